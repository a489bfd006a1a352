"""A log to which nothing happens says once an hour that it is alive, and how far it is signed and kept outside."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from audit import faces, sequencer, tasks, tree
from audit.models import AuditAnchor, AuditEntry, Kind
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def beats():
    return list(AuditEntry.objects.filter(kind=Kind.HEARTBEAT).order_by("uid"))


def test_comes_after_an_hour_without_an_entry_and_not_before():
    factories.entry()
    now = timezone.now()
    tasks.beat(now + HOUR / 2)
    assert beats() == []
    tasks.beat(now + HOUR)
    assert [one.stream for one in beats()] == ["log"]
    tasks.beat(timezone.now() + HOUR / 2)  # its own entry is the newest one
    assert len(beats()) == 1


def test_comes_not_into_a_log_that_has_not_begun():
    tasks.beat(timezone.now())
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("language", "alone", "outside"),
    [("en", "signed up to entry 2, kept nowhere else", "signed up to entry 2, kept outside: the file 2"),
     ("ru", "подписан до записи 2, больше нигде не хранится", "подписан до записи 2, хранится вне базы: файл 2")],
)  # fmt: skip
def test_tells_how_far_the_log_is_signed_and_kept(language, alone, outside):
    for _ in range(2):
        factories.entry()
    sequencer.sequence_all()
    assert said(language) == alone
    AuditAnchor.objects.create(checkpoint=tree.newest(), sink="file", receipt="kept")
    assert said(language) == outside
    assert json.loads(beats()[-1].body)["kept"] == [{"sink": "file", "size": 2}]


def said(language):
    """Let the clock beat and read the newest beat as the log's page tells it."""
    tasks.beat(timezone.now() + HOUR)
    with translation.override(language):
        return faces.show(beats()[-1:], {})[0].face.detail
