"""What an export holds, that no cell can be taken for a formula, and that it is an entry itself."""

import csv
import hashlib
import io
import json
import re
import threading
import time

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from audit import export, queries, tasks
from audit.models import AuditEntry, AuditPayload, Kind
from jobs import dispatch
from jobs.models import Job, Status
from tests import factories

pytestmark = pytest.mark.django_db


def exported(form="csv", **options):
    return b"".join(export.Export(AuditEntry.objects.all(), form=form, **options).chunks())


def rows(content, delimiter=","):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def noted():
    """Bodies of the entries of exports by their steps; identifiers of one millisecond have no order."""
    bodies = [json.loads(entry.body) for entry in AuditEntry.objects.filter(kind=Kind.EXPORT)]
    found = {body.get("step", "done"): body for body in bodies}
    assert len(found) == len(bodies)
    return found


class TestCsv:
    def test_holds_every_column_of_an_entry(self, decision):
        person = factories.user(name="Ирина Савельева")
        entry = decision(override=True, rationale="Она знает этот рынок лучше всех нас.", by=person)
        (row,) = rows(exported())
        assert list(row) == export.COLUMNS
        assert (row["uid"], row["kind"], row["person"]) == (entry.uid.hex, "decision", "Ирина Савельева")
        assert (row["override"], row["rationale"]) == ("yes", "Она знает этот рынок лучше всех нас.")
        assert (row["brand"], row["market"], row["actor"]) == ("acme", "US", f"user:{person.pk}")
        assert row["body"] == entry.body

    def test_writes_times_in_utc_with_milliseconds(self, decision):
        entry = decision()
        entry.refresh_from_db()
        expected = entry.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{entry.at.microsecond // 1000:03d}Z"
        assert rows(exported())[0]["at"] == expected

    def test_opens_in_spreadsheets(self):
        assert exported().startswith(b"\xef\xbb\xbfuid,at,")

    def test_takes_semicolons_on_request(self, decision):
        decision(rationale="one; two, three " * 3)
        assert rows(exported(delimiter="semicolon"), ";")[0]["rationale"].startswith("one; two, three")

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\xa0=", "＝", "\ufeff＠"])
    def test_lets_no_cell_begin_like_a_formula(self, decision, start):
        decision(rationale=f"{start}cmd|' /C calc'!A0", by=factories.user(name=f"{start}HYPERLINK(1)"))
        (row,) = rows(exported())
        assert row["rationale"] == f"'{start}cmd|' /C calc'!A0"
        assert row["person"] == f"'{start}HYPERLINK(1)"

    def test_leaves_an_erased_rationale_empty(self, decision):
        decision(rationale="words that somebody wanted gone " * 2)
        AuditPayload.objects.all().delete()
        assert rows(exported())[0]["rationale"] == ""

    def test_is_complete_over_many_pages_and_in_order(self, monkeypatch):
        monkeypatch.setattr(export, "PAGE", 4)
        monkeypatch.setattr(export, "BLOCK", 3)
        made = sorted(factories.entry("run").uid.hex for _n in range(9))
        assert [row["uid"] for row in rows(exported())] == made

    def test_ends_at_the_head_it_declared(self):
        first = factories.entry("run")
        running = export.Export(AuditEntry.objects.all(), form="csv")
        time.sleep(0.002)  # identifiers of one millisecond have no order
        factories.entry("run")
        assert [row["uid"] for row in rows(b"".join(running.chunks()))] == [first.uid.hex]

    def test_is_a_header_alone_where_nothing_is_found(self):
        assert rows(exported()) == []


class TestJsonLines:
    def test_holds_the_same_columns_and_the_body_as_an_object(self, decision):
        entry = decision(override=True, rationale="=not a formula in JSON, and long enough to stand")
        (line,) = exported("jsonl").splitlines()
        row = json.loads(line)
        assert list(row) == export.COLUMNS
        assert row["rationale"].startswith("=not")
        assert row["body"] == json.loads(entry.body)

    def test_keeps_a_line_whole_whatever_people_wrote(self, decision):
        decision(rationale="first\nsecond\u2028third\u0085fourth")
        factories.entry("run", body={"what": "a\u2028b"})
        assert len(exported("jsonl").decode().splitlines()) == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="COPY is PostgreSQL's")
@pytest.mark.django_db(transaction=True)
class TestCopy:
    def test_writes_the_same_bytes(self, decision):
        decision(override=True, rationale='=1+1, "quoted"\nand; more', by=factories.user(name="-dash"))
        decision()
        factories.entry("run", body={"what": "кириллица"})
        for delimiter in ("comma", "semicolon"):
            copied = export.Export(AuditEntry.objects.all(), form="csv", delimiter=delimiter)
            assert b"".join(copied.copied()) == exported(delimiter=delimiter)
            assert copied.rows == 3

    def test_is_a_header_alone_where_nothing_is_found(self):
        assert b"".join(export.Export(AuditEntry.objects.none(), form="csv").copied()) == exported()

    def test_stops_when_its_reader_leaves(self, monkeypatch):
        monkeypatch.setattr(export, "PIECE", 1)
        monkeypatch.setattr(export, "WAITING", 1)
        for _n in range(20):
            factories.entry("run")
        copied = export.Export(AuditEntry.objects.all(), form="csv").copied()
        next(copied)
        next(copied)
        assert "COPY" in {thread.name for thread in threading.enumerate()}
        copied.close()
        assert "COPY" not in {thread.name for thread in threading.enumerate()}

    def test_hands_its_errors_to_the_reader(self, monkeypatch):
        monkeypatch.setattr(export, "copy_sql", lambda entries, delimiter: ("COPY (SELECT 1/0) TO STDOUT", ()))
        factories.entry("run")
        with pytest.raises(Exception, match="zero"):
            list(export.Export(AuditEntry.objects.all(), form="csv").copied())


class TestDownload:
    def url(self, form="csv", **query):
        return reverse("audit-export", args=[form], query=query)

    def test_sends_what_the_filter_finds(self, client, analyst, decision):
        decision(override=True)
        decision(override=False)
        answer = client.get(self.url(override="yes"))
        assert "attachment" in answer["Content-Disposition"]
        assert [row["override"] for row in rows(answer.getvalue())] == ["yes"]

    def test_is_an_entry_before_its_first_byte(self, client, analyst, decision):
        entry = decision()
        client.get(self.url(override="no"))
        assert list(noted()) == ["begun"]
        body = noted()["begun"]
        assert (body["head"], body["filter"]) == (entry.uid.hex, {"override": "no"})

    def test_ends_with_an_entry_of_rows_and_hash_of_what_was_sent(self, client, analyst, decision):
        entry = decision()
        content = client.get(self.url()).getvalue()
        body = noted()["done"]
        assert (body["rows"], body["complete"], body["head"]) == (1, True, entry.uid.hex)
        assert body["sha256"] == hashlib.sha256(content).hexdigest()
        assert body["begun"] == noted()["begun"]["uid"]

    def test_records_an_export_that_was_broken_off(self, analyst, decision):
        decision()
        found = export.Export(AuditEntry.objects.filter(kind="decision"), form="csv")
        sending = export.sent(found, by=analyst, wanted=queries.Filter())
        next(sending)
        sending.close()
        body = noted()["done"]
        assert (body["rows"], body["complete"]) == (0, False)

    def test_reads_as_begun_and_as_done(self, client, analyst, decision):
        decision()
        client.get(self.url()).getvalue()
        page = client.get(reverse("audit", query={"kind": "export"})).content.decode()
        assert "begun, CSV" in page
        assert "1 entry, CSV" in page

    def test_keeps_to_the_readers_brands(self, client, acme_analyst):
        factories.entry("run", brand="other", market="US")
        assert rows(client.get(self.url()).getvalue()) == []

    def test_refuses_a_role_that_may_not_read_the_log(self, client):
        client.force_login(factories.user(Role.STRATEGIST))
        assert client.get(self.url()).status_code == 403


class TestLargeExport:
    @pytest.fixture
    def small_limit(self, monkeypatch):
        monkeypatch.setattr(queries, "COUNTED", 1)

    @pytest.fixture
    def job(self, client, analyst, decision, small_limit):
        for _n in range(3):
            decision(override=True)
        client.post(reverse("audit-export", args=["csv"], query={"override": "yes"}), {"key": "k1"})
        return Job.objects.get()

    def test_asks_before_it_starts_work(self, client, analyst, decision, small_limit):
        decision()
        decision()
        answer = client.get(reverse("audit-export", args=["csv"]))
        assert answer.status_code == 200
        assert not Job.objects.exists()

    def test_starts_one_job_for_one_press(self, client, job):
        client.post(reverse("audit-export", args=["csv"], query={"override": "yes"}), {"key": "k1"})
        assert Job.objects.count() == 1

    def test_keeps_the_filter_where_a_button_is_pressed_again_for_another(self, client, job):
        url = reverse("audit-export", args=["csv"], query={"kind": "decision"})
        answer = client.post(url, {"key": "k1"})
        assert answer.status_code == 409
        page = answer.content.decode()
        assert "had started an export of another filter" in page
        assert Job.objects.get() == job
        fresh = re.search(r'name="key" value="(\w+)"', page)[1]
        assert client.post(url, {"key": fresh}).status_code == 302
        assert Job.objects.latest("pk").params["filter"]["kind"] == "decision"

    @pytest.mark.parametrize("key", ["", "k" * 300, "k\0"])
    def test_starts_a_job_of_its_own_for_a_key_that_cannot_be_kept(self, client, job, key):
        client.post(reverse("audit-export", args=["csv"], query={"override": "yes"}), {"key": key})
        assert Job.objects.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_can_be_downloaded_when_it_is_written(self, client, job):
        dispatch.run(job.pk, worker="w")
        job.refresh_from_db()
        assert job.status == Status.SUCCEEDED, job.error
        page = client.get(reverse("audit-file", args=[job.pk])).content.decode()
        content = b"".join(client.get(reverse("audit-file-download", args=[job.pk])).streaming_content)
        assert hashlib.sha256(content).hexdigest() == job.result["sha256"]
        assert job.result["sha256"] in page
        assert job.result["rows"] == 3

    @pytest.mark.django_db(transaction=True)
    def test_writes_an_entry_for_each_download(self, client, job):
        dispatch.run(job.pk, worker="w")
        client.get(reverse("audit-file-download", args=[job.pk])).close()
        taken = noted()["taken"]
        assert (taken["job"], taken["rows"], taken["sha256"]) == (job.pk, 3, noted()["done"]["sha256"])

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("place", [{"brand": "acme"}, {"brand": "other"}, {"market": "US"}])
    def test_is_not_there_once_the_right_to_its_entries_ended(self, client, analyst, job, place):
        dispatch.run(job.pk, worker="w")
        analyst.memberships.update(**place)
        for name in ("audit-file", "audit-file-download"):
            assert client.get(reverse(name, args=[job.pk])).status_code == 404
        assert list(noted()) == ["done"]

    @pytest.mark.django_db(transaction=True)
    def test_is_an_entry_with_the_hash_of_the_file(self, job):
        dispatch.run(job.pk, worker="w")
        body = json.loads(AuditEntry.objects.get(kind=Kind.EXPORT).body)
        assert (body["rows"], body["filter"]) == (3, {"override": "yes"})
        assert body["sha256"] == hashlib.sha256(tasks.file_of(job).read_bytes()).hexdigest()

    @pytest.mark.django_db(transaction=True)
    def test_leaves_no_file_and_no_entry_when_it_is_cancelled(self, job, monkeypatch):
        monkeypatch.setattr(tasks, "BETWEEN", -1.0)

        class Cancelled(export.Export):
            def chunks(self):
                Job.objects.filter(pk=job.pk).update(status=Status.CANCELLED)
                yield b"uid"

            copied = chunks

        monkeypatch.setattr(tasks, "Export", Cancelled)
        dispatch.run(job.pk, worker="w")
        job.refresh_from_db()
        assert job.status == Status.CANCELLED
        assert not list(tasks.folder().iterdir())
        assert not AuditEntry.objects.filter(kind=Kind.EXPORT).exists()

    def test_is_work_of_no_brand_but_the_readers_own(self):
        person = factories.user(Role.ANALYST, brand="acme")
        for brand, written in [("acme", "acme"), ("other", "")]:
            wanted = queries.Filter(brand=brand)
            job = tasks.start(by=person, wanted=wanted, form="csv", delimiter="", key=brand, now=timezone.now())
            assert job.brand == written

    def test_is_not_there_for_anybody_else(self, client, job):
        Job.objects.update(status=Status.SUCCEEDED)
        client.force_login(factories.user(Role.ANALYST))
        assert client.get(reverse("audit-file", args=[job.pk])).status_code == 404
        assert client.get(reverse("audit-file-download", args=[job.pk])).status_code == 404

    def test_goes_after_a_week(self, job):
        tasks.file_of(job).write_bytes(b"old")
        created = job.created_at
        tasks.remove_old(created)
        assert tasks.file_of(job).exists()
        tasks.remove_old(created + dispatch.timedelta(seconds=tasks.KEPT + 60))
        assert not tasks.file_of(job).exists()
