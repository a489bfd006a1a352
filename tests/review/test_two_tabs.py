"""Two tabs of one person that open two cards at the same moment, each on a connection of its own."""

import threading
import time

import pytest
from django.db import connection, transaction

from review import claims
from review.models import ReviewTask
from tests import servers

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 10.0  # seconds
WAITS = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = %s)"
)


@pytest.fixture(autouse=True)
def postgres():
    """SQLite lets one transaction write at a time: there is nothing to meet."""
    servers.need("postgres", connection.vendor == "postgresql", "two connections at once are PostgreSQL's")


@pytest.fixture
def tab(now):
    """Opens a card in a thread with a connection of its own, and gives what it raised."""

    def start(task, by):
        raised = []

        def run():
            try:
                claims.open_card(ReviewTask.objects.get(pk=task.pk), by=by, now=now)
            except Exception as error:
                raised.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread, raised

    return start


def until_it_waits(thread):
    """Return once the thread has ended, or stands before a lock."""
    deadline = time.monotonic() + PATIENCE
    while thread.is_alive() and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITS, [connection.settings_dict["NAME"]])
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


@pytest.mark.parametrize("are_held", [False, True], ids=["two free cards", "each other's"])
def test_leaves_one_card_held(card, elena, now, tab, are_held):
    first, second = card(), card()
    if are_held:
        for task in (first, second):
            claims.claim(ReviewTask.objects.get(pk=task.pk), by=elena, now=now)
    with transaction.atomic():
        claims.open_card(ReviewTask.objects.get(pk=first.pk), by=elena, now=now)
        thread, raised = tab(second, elena)
        until_it_waits(thread)
    thread.join(PATIENCE)
    assert raised == []
    assert list(ReviewTask.objects.filter(claimed_by=elena)) == [second]


def test_waits_for_nobody_elses_opening(card, elena, daniel, now, tab):
    first, second = card(), card()
    with transaction.atomic():
        claims.open_card(ReviewTask.objects.get(pk=first.pk), by=elena, now=now)
        thread, raised = tab(second, daniel)
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert raised == []
    assert set(ReviewTask.objects.values_list("claimed_by", flat=True)) == {elena.pk, daniel.pk}
