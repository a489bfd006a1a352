"""Several entries of one act."""

import json

import pytest
from django.db import transaction

from audit import log
from audit.models import AuditEntry, AuditPayload
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestRecordAll:
    def test_writes_entries_as_record_does(self, django_assert_max_num_queries):
        by, one, more = make.user("manager"), {"task": 1, "what": "claim"}, {"task": 2, "what": "release"}
        with transaction.atomic():
            alone = log.record("claim", stream="task:1", by=by, body=one, personal={"note": "x"}, brand="acme")
            with django_assert_max_num_queries(3):
                made = log.record_all(
                    [log.Said("claim", "task:1", one, {"note": "x"}, brand="acme"), log.Said("claim", "task:2", more)],
                    by=by,
                )
        kept = {row.pk: row for row in AuditEntry.objects.filter(pk__in=[entry.pk for entry in made])}
        assert [kept[entry.pk].stream for entry in made] == ["task:1", "task:2"]
        assert [(entry.body, entry.at) for entry in made] == [(kept[one.pk].body, kept[one.pk].at) for one in made]
        once, twice = (json.loads(entry.body) for entry in (alone, made[0]))
        assert {**once, "uid": "", "commit": ""} == {**twice, "uid": "", "commit": ""}
        assert [row.entry_id for row in AuditPayload.objects.filter(pk__in=kept)] == [made[0].pk]
        assert not hasattr(made[1], "payload")

    def test_writes_nothing_for_nothing(self, django_assert_num_queries):
        with transaction.atomic(), django_assert_num_queries(0):
            assert log.record_all([], by=None) == []
