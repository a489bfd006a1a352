"""A disk without room: a decision is refused whole, says so, and is taken once when there is room again."""

from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from audit.models import AuditEntry, AuditPayload
from review.models import Decision, Overlay

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a bound on pages is SQLite's"),
]
LONG = " ".join(
    ["Two paid posts for a rival in one week, and the comments turned sour."] * 50
)  # more than a page has room for
PIECES = (3_000, 300, 30)  # octets: the last page is filled to its end
NO_BOUND = 2**30


@contextmanager
def full():
    """Leave SQLite no page more than it has, and no room on those."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (what BLOB)")
        cursor.execute("SELECT page_count FROM pragma_page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        for size in PIECES:
            with pytest.raises(OperationalError, match="full"):
                _insert_for_ever(cursor, f"INSERT INTO filler VALUES (zeroblob({size}))")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA max_page_count = {NO_BOUND}")
            cursor.execute("DROP TABLE filler")


def _insert_for_ever(cursor, statement):
    while True:
        cursor.execute(statement)


def test_a_decision_is_refused_whole_and_taken_once_when_there_is_room(signed_in, elena, card, sent):
    task, browser = card(), signed_in(elena)
    browser.raise_request_exception = False
    browser.get(f"/queue/{task.pk}/")
    said = sent(task, choice="reject", category="risk", rationale=LONG[:900], how_to_brief=LONG)
    before = AuditEntry.objects.count(), AuditPayload.objects.count()
    with full():
        answer = browser.post(f"/queue/{task.pk}/decide/", said)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert (AuditEntry.objects.count(), AuditPayload.objects.count()) == before
    assert not Decision.objects.exists()
    assert not Overlay.objects.exists()
    task.refresh_from_db()
    assert task.state == "open"
    for _ in range(2):
        assert browser.post(f"/queue/{task.pk}/decide/", said).status_code == 302
    assert Decision.objects.get().choice == "reject"
    assert Overlay.objects.get().words == ["how_to_brief"]
