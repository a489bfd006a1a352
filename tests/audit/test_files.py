"""Exports as files: typed for analysis, and downloads that go on where they broke off."""

import json

import pyarrow.parquet as pq
import pytest
from django.urls import reverse

from audit import export, tasks
from audit.models import AuditEntry
from jobs.models import Job
from jobs.tasks import run_job
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def written(client, analyst, decision):
    """Let a worker write an export: `written(form="parquet")` gives its job."""
    decision(override=True, rationale="=1+1 is no formula here, only a sum", by=analyst)
    decision()
    factories.entry("run", stream="campaign:1")

    def write(form="parquet", **asked):
        answer = client.post(reverse("audit-export", args=[form]), {"key": "k"}, query_params=asked)
        assert answer.status_code == 302
        job = Job.objects.latest("pk")
        run_job.apply(args=[job.pk])
        job.refresh_from_db()
        return job

    return write


class TestParquet:
    def test_holds_the_columns_of_the_other_exports_typed(self, written, analyst):
        job = written()
        table = pq.read_table(tasks.file_of(job))
        assert table.column_names == export.COLUMNS
        assert {name: str(table.schema.field(name).type) for name in ("at", "override", "body")} == {
            "at": "timestamp[ms, tz=UTC]", "override": "bool", "body": "string",
        }  # fmt: skip
        first, second, third = table.to_pylist()
        assert (first["override"], second["override"], third["override"]) == (True, False, None)
        assert first["rationale"].startswith("=1+1")
        assert (first["person"], third["person"]) == (analyst.name, None)
        assert json.loads(third["body"])["stream"] == "campaign:1"
        entry = AuditEntry.objects.order_by("uid").first()
        assert abs((first["at"] - entry.at).total_seconds()) < 0.001

    def test_is_complete_over_many_pages(self, written, monkeypatch):
        monkeypatch.setattr(export, "PAGE", 2)
        job = written()
        assert (pq.read_table(tasks.file_of(job)).num_rows, job.result["rows"]) == (3, 3)

    def test_keeps_the_filter_and_has_its_entry(self, written, analyst):
        job = written(kind="run")
        assert pq.read_table(tasks.file_of(job)).num_rows == 1
        said = json.loads(AuditEntry.objects.filter(kind="export").latest("uid").body)
        assert (said["format"], said["rows"], said["sha256"]) == ("parquet", 1, job.result["sha256"])

    def test_is_a_file_without_rows_where_nothing_is_found(self, written):
        assert pq.read_table(tasks.file_of(written(kind="norm"))).column_names == export.COLUMNS

    def test_is_asked_for_by_a_button(self, client, analyst):
        page = client.get(reverse("audit-export", args=["parquet"])).content.decode()
        assert "Export as Parquet" in page
        assert not Job.objects.exists()


class TestDownload:
    @pytest.fixture
    def whole(self, written):
        return tasks.file_of(written()).read_bytes()

    def ask(self, client, **headers):
        answer = client.get(reverse("audit-file-download", args=[Job.objects.latest("pk").pk]), headers=headers)
        body = b"".join(answer) if answer.streaming else answer.content
        return answer, body

    def test_goes_on_where_it_broke_off(self, client, whole):
        answer, body = self.ask(client)
        assert (answer.status_code, body, answer["Accept-Ranges"]) == (200, whole, "bytes")
        answer, rest = self.ask(client, range="bytes=100-", if_range=answer["ETag"])
        assert (answer.status_code, rest) == (206, whole[100:])
        assert answer["Content-Range"] == f"bytes 100-{len(whole) - 1}/{len(whole)}"
        assert int(answer["Content-Length"]) == len(rest)

    @pytest.mark.parametrize(
        ("asked", "part"), [("0-9", slice(0, 10)), ("-7", slice(-7, None)), ("5-99999999", slice(5, None))]
    )
    def test_sends_the_part_that_is_asked_for(self, client, whole, asked, part):
        answer, body = self.ask(client, range=f"bytes={asked}")
        assert (answer.status_code, body) == (206, whole[part])

    @pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0", "bytes=9-3"])
    def test_has_no_part_beyond_its_end(self, client, whole, asked):
        answer, _body = self.ask(client, range=asked)
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(whole)}")

    @pytest.mark.parametrize("headers", [{"range": "lines=1-2"}, {"range": "bytes=0-1,4-5"}, {"range": "bytes=-"},
                                         {"range": "bytes=5-", "if_range": '"another"'}])  # fmt: skip
    def test_is_whole_where_the_rest_would_not_fit(self, client, whole, headers):
        answer, body = self.ask(client, **headers)
        assert (answer.status_code, body) == (200, whole)

    def test_is_an_entry_each_time_with_the_part(self, client, whole):
        self.ask(client)
        self.ask(client, range="bytes=100-")
        self.ask(client, range="bytes=99999999-")
        said = [json.loads(body) for body in AuditEntry.objects.filter(kind="export").values_list("body", flat=True)]
        taken = sorted(one.get("part", "") for one in said if one.get("step") == "taken")
        assert taken == ["", f"bytes 100-{len(whole) - 1}/{len(whole)}"]
