"""Exports that people keep, and the clock that has them written."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Role
from audit import saved, tasks
from audit.models import AuditEntry, SavedExport
from jobs.models import Job
from jobs.tasks import run_job
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


def keep(client, name="Overrides", form="csv", every="", **asked):
    said = {"name": name, "form": form, "every": every}
    return client.post(reverse("audit-exports"), said, query_params=asked)


def page(client):
    return client.get(reverse("audit-exports")).content.decode()


def rows(job):
    run_job.apply(args=[job.pk])
    job.refresh_from_db()
    return list(csv.DictReader(io.StringIO(gzip.decompress(tasks.file_of(job).read_bytes()).decode("utf-8-sig"))))


class TestKeeping:
    def test_keeps_the_filter_of_the_address_under_a_name(self, client, analyst):
        assert keep(client, kind="decision", override="yes", form="csv;").status_code == 302
        made = SavedExport.objects.get()
        assert made.filter == {"kind": "decision", "override": "yes"}
        assert (made.user, made.form, made.delimiter, made.due_at) == (analyst, "csv", "semicolon", None)
        assert "What happened: decision · AI against people: yes" in page(client)

    def test_replaces_what_has_the_same_name(self, client, analyst):
        keep(client)
        keep(client, form="parquet")
        assert SavedExport.objects.get().form == "parquet"

    @pytest.mark.parametrize("odd", [{"name": "  "}, {"form": "exe"}, {"every": "hourly"}])
    def test_refuses_what_it_cannot_keep(self, client, analyst, odd):
        assert keep(client, **odd).status_code == 422
        assert not SavedExport.objects.exists()

    def test_keeps_twenty_at_most(self, client, analyst):
        for n in range(saved.MOST):
            keep(client, name=f"Export {n}")
        assert keep(client, name="One more").status_code == 422
        assert keep(client, name="Export 3", form="jsonl").status_code == 302

    def test_has_one_written_when_it_is_asked_for(self, client, analyst, decision):
        decision(override=True)
        decision()
        keep(client, kind="decision", override="yes")
        press = {"start": SavedExport.objects.get().pk, "key": "k"}
        for _ in range(2):
            assert client.post(reverse("audit-exports"), press).status_code == 302
        assert [row["override"] for row in rows(Job.objects.get())] == ["yes"]
        assert reverse("audit-file", args=[Job.objects.get().pk]) in page(client)

    def test_is_everybodys_own(self, client, analyst):
        keep(client, name="Mine alone")
        one = SavedExport.objects.get()
        client.force_login(factories.user(Role.ANALYST))
        assert "Mine alone" not in page(client)
        for step in ("start", "drop"):
            assert client.post(reverse("audit-exports"), {step: one.pk}).status_code == 404
        assert client.post(reverse("audit-exports"), {"drop": "x"}).status_code == 404
        client.force_login(factories.user(Role.STRATEGIST))
        assert client.get(reverse("audit-exports")).status_code == 403

    def test_is_removed(self, client, analyst):
        keep(client)
        client.post(reverse("audit-exports"), {"drop": SavedExport.objects.get().pk})
        assert not SavedExport.objects.exists()


class TestSchedule:
    @pytest.mark.parametrize(
        ("every", "due"),
        [("week", datetime(2026, 11, 30, 3, tzinfo=UTC)), ("month", datetime(2026, 12, 1, 3, tzinfo=UTC))],
    )
    def test_is_due_at_six_of_the_persons_own_morning(self, client, analyst, every, due):
        analyst.time_zone = "Europe/Moscow"
        analyst.save()
        with time_machine.travel(WEDNESDAY, tick=False):
            keep(client, every=every)
        assert SavedExport.objects.get().due_at == due

    def test_writes_what_was_written_in_the_week_before(self, client, analyst, decision):
        with time_machine.travel(WEDNESDAY, tick=False):
            keep(client, every="week", kind="decision")
        now = datetime(2026, 11, 30, 7, tzinfo=UTC)
        for moment in (now - timedelta(hours=2), now, now + timedelta(minutes=5)):
            saved.run_due(moment)
        job = Job.objects.get()
        assert (job.by, job.params["filter"]) == (
            analyst,
            {"kind": "decision", "since": "2026-11-23T00:00:00+00:00", "until": "2026-11-30T00:00:00+00:00"},
        )
        saved.run_due(now + timedelta(days=7))
        assert Job.objects.count() == 2

    def test_of_a_month_holds_that_month(self, client, analyst):
        with time_machine.travel(WEDNESDAY, tick=False):
            keep(client, every="month")
        saved.run_due(datetime(2027, 1, 20, tzinfo=UTC))  # the clock stood for a while: of what was missed the last
        assert Job.objects.get().params["filter"] == {
            "since": "2026-12-01T00:00:00+00:00", "until": "2027-01-01T00:00:00+00:00",
        }  # fmt: skip
        assert SavedExport.objects.get().due_at == datetime(2027, 2, 1, 6, tzinfo=UTC)

    def test_writes_nothing_for_who_may_no_longer_read_the_log(self, client, analyst):
        with time_machine.travel(WEDNESDAY, tick=False):
            keep(client, every="week")
        analyst.memberships.all().delete()
        saved.run_due(datetime(2026, 12, 1, tzinfo=UTC))
        assert not Job.objects.exists()

    def test_is_an_entry_when_it_begins_and_when_it_ends(self, client, analyst):
        keep(client, every="week", kind="run")
        client.post(reverse("audit-exports"), {"drop": SavedExport.objects.get().pk})
        said = [
            json.loads(body)
            for body in AuditEntry.objects.filter(kind="export").order_by("uid").values_list("body", flat=True)
        ]
        assert [(one["step"], one["every"], one["filter"]) for one in said] == [
            ("scheduled", "week", {"kind": "run"}), ("unscheduled", "week", {"kind": "run"}),
        ]  # fmt: skip
