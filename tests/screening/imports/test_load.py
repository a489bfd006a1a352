"""Files become creators, profiles and figures: counted, merged, visible all at once."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from audit.models import AuditEntry
from jobs import dispatch, lease
from jobs.models import Job
from screening.imports import load
from screening.imports.plan import make_plan
from screening.models import BatchStatus, ColumnMapping, Creator, ImportBatch, Metrics, Profile, RowError
from tests import factories
from tests.screening.imports.files import write, write_xlsx
from tests.screening.imports.loads import codes, counted, imported

pytestmark = pytest.mark.django_db
HEAD = "username,name,followers,likes avg,country\n"
LIST = HEAD + "anna,Анна,1.2M,34.5K,Россия\nivan,Иван,19 тыс.,-- ,RU\nolga,Ольга,900,12,США\n"


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(load, "PAUSE", 0)


class TestFirstImport:
    def test_makes_creators_profiles_and_figures(self, tmp_path):
        factories.market("US")
        assert counted(imported(write(tmp_path / "a.csv", LIST), market="US")) == (3, 3, 0, 0)
        anna = Profile.objects.visible().get(handle_key="anna")
        assert (anna.name, anna.country, anna.markets, anna.creator.name) == ("Анна", "RU", ["US"], "Анна")
        figures = anna.metrics.get()
        assert (figures.followers, figures.likes_avg, figures.taken_at) == (1_200_000, 34_500, date(2022, 3, 31))

    def test_writes_one_audit_entry_with_the_counts(self, tmp_path):
        imported(write(tmp_path / "a.csv", LIST))
        body = json.loads(AuditEntry.objects.get(kind="import").body)
        assert (body["records"], body["loaded"], body["refused"]) == (3, 3, 0)
        assert "a.csv" not in AuditEntry.objects.get(kind="import").body

    def test_gives_the_same_rows_from_every_format(self, tmp_path):
        rows = [["username", "followers"], ["anna", 1200], ["ivan", 900]]
        lines = "\n".join(json.dumps(dict(zip(rows[0], row, strict=True))) for row in rows[1:])
        for path in (
            write(tmp_path / "a.csv", "\n".join(f"{a};{b}" for a, b in rows), "utf-16"),
            write(tmp_path / "a.jsonl", lines),
            write_xlsx(tmp_path / "a.xlsx", rows),
        ):
            with transaction.atomic():
                assert counted(imported(path)) == (2, 2, 0, 0)
                assert list(Metrics.objects.order_by("pk").values_list("followers", flat=True)) == [1200, 900]
                transaction.set_rollback(True)


class TestRefusedRows:
    def test_keep_line_column_value_and_reason(self, tmp_path):
        rows = LIST + ",Nobody,5,5,RU\npetr,Пётр,2I4000,1,RU\nmila,Мила,-5,1,RU\nlena,Лена,договорная,1,RU\n,,,,\n"
        assert counted(imported(write(tmp_path / "a.csv", rows))) == (8, 3, 0, 5)
        found = list(RowError.objects.order_by("line").values_list("line", "column", "value", "reason"))
        assert found == [
            (5, "username", "", "handle_missing"),
            (6, "followers", "2I4000", "number_broken"),
            (7, "followers", "-5", "number_negative"),
            (8, "followers", "договорная", "number_word"),
            (9, "", "", "row_empty"),
        ]

    def test_a_row_with_a_date_of_the_future_is_one(self, tmp_path):
        report = imported(write(tmp_path / "a.csv", "username,date,followers\nanna,2021-05-01,5\nivan,2099-05-01,6\n"))
        assert (report["loaded"], RowError.objects.get().reason) == (1, "date_future")

    def test_a_line_cut_off_is_one(self, tmp_path):
        lines = [json.dumps({"username": f"user{n}", "followers": n + 5}) + "\n" for n in range(12)]
        lines[3] = lines[3][:20] + "\n"
        report = imported(write(tmp_path / "a.jsonl", "".join(lines)[:-9]))
        assert counted(report) == (12, 10, 0, 2)
        found = RowError.objects.order_by("line").values_list("line", "column", "value", "reason")
        assert list(found) == [
            (4, "", '{"username": "user3"', "json_broken"),
            (12, "", '{"username": "user11", "followe', "json_broken"),
        ]


class TestMerging:
    def test_counts_an_exact_repeat_as_merged_and_keeps_one_row(self, tmp_path):
        report = imported(write(tmp_path / "a.csv", LIST + "Anna,Анна,1.2M,34.5K,Россия\n"))
        assert (counted(report), report["duplicates"]) == ((4, 3, 1, 0), 1)
        assert Metrics.objects.filter(profile__handle_key="anna").count() == 1

    def test_keeps_both_figures_of_a_handle_that_stands_twice(self, tmp_path):
        report = imported(write(tmp_path / "a.csv", LIST + "@ANNA,,1.3M,,\n"))
        assert (counted(report), report["duplicates"]) == ((4, 3, 1, 0), 0)
        assert codes(report) == {"figures_differ"}
        assert Metrics.objects.filter(profile__handle_key="anna").count() == 2

    def test_adds_history_from_another_month(self, tmp_path):
        imported(write(tmp_path / "a.csv", LIST))
        later = imported(write(tmp_path / "b.csv", LIST.replace("900", "950")), as_of="2022-06-30")
        assert counted(later) == (3, 0, 3, 0)
        days = (
            Metrics.objects.filter(profile__handle_key="olga").order_by("taken_at").values_list("taken_at", "followers")
        )
        assert list(days) == [(date(2022, 3, 31), 900), (date(2022, 6, 30), 950)]

    def test_fills_blanks_of_a_known_profile_and_overwrites_nothing(self, tmp_path):
        imported(write(tmp_path / "a.csv", "username,name,followers\nanna,Анна,5\n"))
        imported(write(tmp_path / "b.csv", "username,name,bio,followers\nanna,Other,Travels a lot and writes,6\n"))
        anna = Profile.objects.get(handle_key="anna")
        assert (anna.name, anna.bio) == ("Анна", "Travels a lot and writes")

    def test_the_same_content_again_changes_nothing(self, tmp_path):
        first = imported(write(tmp_path / "a.csv", LIST))
        before = (
            Metrics.objects.count(),
            Profile.objects.count(),
            ImportBatch.objects.count(),
            AuditEntry.objects.count(),
        )
        again = imported(write(tmp_path / "renamed.csv", LIST))
        assert (counted(again), again["already"]) == ((3, 0, 3, 0), first["batch"])
        assert before == (
            Metrics.objects.count(), Profile.objects.count(), ImportBatch.objects.count(), AuditEntry.objects.count()
        )  # fmt: skip


class TestSeveralProfilesInARow:
    CREATORS = (
        "creator_id,name,youtube_id,twitch_id\nk1,周默,UCw2CTp01JDHoyH-4tFX9UlA,zhoumo\nk2,Mia,UCRf7OJA3azS4RsGd_G96FUw,\n"
        "k3,Leo,,leo_live\nk4,Nobody,,\n"
    )
    DAILY = (
        "date,creator_id,youtube_subscribers,twitch_followers\n2026-06-13,k1,547000.0,32836.0\n2026-06-14,k1,547100.0,\n"
        "2026-06-13,k2,10.0,5.0\n2026-06-13,k3,,77.0\n2026-06-13,k9,5.0,5.0\n2026-06-14,k2,,\n"
    )

    def test_share_their_creator(self, tmp_path):
        assert counted(imported(write(tmp_path / "c.csv", self.CREATORS), platform="youtube")) == (4, 3, 0, 1)
        assert Creator.objects.count() == 3
        platforms = Profile.objects.filter(creator__name="周默").order_by("platform").values_list("platform", flat=True)
        assert list(platforms) == ["twitch", "youtube"]

    def test_figures_are_keyed_by_the_ids_of_a_file_loaded_before(self, tmp_path):
        imported(write(tmp_path / "c.csv", self.CREATORS), platform="youtube")
        report = imported(write(tmp_path / "d.csv", self.DAILY), platform="youtube")
        assert counted(report) == (6, 0, 4, 2)
        assert set(RowError.objects.filter(batch=report["batch"]).values_list("reason", flat=True)) == {
            "creator_unknown", "no_figures",
        }  # fmt: skip
        assert codes(report) == {"account_unknown"}
        twitch = Metrics.objects.filter(profile__platform="twitch").values_list("followers", flat=True)
        assert sorted(twitch) == [77, 32836]


class TestWarnings:
    def file(self, tmp_path, name, step):
        rows = "".join(f"user{n},{1000 + n * 7 + step},{20 + n + step}\n" for n in range(40))
        return write(tmp_path / name, "username,followers,likes avg\n" + rows)

    def test_name_an_earlier_month_with_the_same_figures(self, tmp_path):
        imported(self.file(tmp_path, "march.csv", 0))
        path = write(tmp_path / "june.csv", self.file(tmp_path, "x.csv", 0).read_text() + "new,5,5\n")
        report = imported(path, as_of="2022-06-30")
        assert [(w["code"], w["file"]) for w in report["warnings"]] == [("same_as_earlier", "march.csv")]
        assert "march.csv" in report["warnings"][0]["text"]

    def test_name_the_one_day_of_many_that_has_the_same_figures(self, tmp_path):
        head, days = "username,date,followers\n", range(1, 29)
        rows = "".join(f"user{n},2022-02-{day:02},{1000 + n * 7 + day}\n" for n in range(30) for day in days)
        imported(write(tmp_path / "february.csv", head + rows))
        again = "".join(f"user{n},2022-05-{day:02},{1000 + n * 7 + 40 - day}\n" for n in range(30) for day in (1, 30))
        report = imported(write(tmp_path / "may.csv", head + again))
        assert [(w["code"], w["file"], w["date"]) for w in report["warnings"]] == [
            ("same_as_earlier", "february.csv", "2022-02-10")
        ]

    def test_name_a_file_against_which_figures_run_backwards(self, tmp_path):
        imported(self.file(tmp_path, "march.csv", 300))
        report = imported(self.file(tmp_path, "june.csv", 0), as_of="2022-06-30")
        assert [(w["code"], w["file"], w["column"]) for w in report["warnings"]] == [
            ("runs_backwards", "march.csv", "followers")
        ]

    def test_are_silent_where_figures_grow(self, tmp_path):
        imported(self.file(tmp_path, "march.csv", 0))
        assert not imported(self.file(tmp_path, "june.csv", 30), as_of="2022-06-30")["warnings"]

    def test_name_keys_that_came_too_late(self, tmp_path):
        lines = [{"username": f"user{n}", "followers": n, "likes avg": 3} for n in range(3_001)]
        lines[3_000]["country"] = "RU"
        report = imported(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines))))
        late = next(warning for warning in report["warnings"] if warning["code"] == "key_late")
        assert (late["column"], late["count"]) == ("country", 1)

    def test_name_the_sheets_that_are_left_out(self, tmp_path):
        rows = [["username", "followers"], *([f"user{n}", n + 5] for n in range(9))]
        path = write_xlsx(tmp_path / "a.xlsx", rows, others={"May": rows[:4], "Notes": [["x"]]})
        preview, report = imported(path, dry_run=True), imported(path)
        assert preview["warnings"] == report["warnings"]
        assert report["warnings"][0]["text"].endswith("Left out: May, Notes.")

    def test_say_that_nobody_named_a_day(self, tmp_path):
        assert codes(imported(write(tmp_path / "a.csv", LIST), as_of="")) == {"as_of_assumed"}


class TestMappings:
    def test_given_by_a_person_are_remembered_for_the_source(self, tmp_path):
        given = write(tmp_path / "m.json", json.dumps({"country": "audience_country"}))
        first = imported(write(tmp_path / "list sep-2022.csv", LIST), mapping=given)
        assert (first["mapping_by"], Profile.objects.get(handle_key="anna").audience_country) == ("given", "RU")
        later = imported(write(tmp_path / "list nov-2022.csv", LIST.replace("900", "901")), as_of="2022-11-30")
        assert (later["mapping_by"], later["mapping"]["country"]) == ("remembered", "audience_country")
        assert ColumnMapping.objects.count() == 1

    @pytest.mark.parametrize("wrong", ['{"city": "name"}', '{"country": "planet"}', "[1]", "{"])
    def test_that_name_what_is_not_there_are_refused(self, tmp_path, wrong):
        with pytest.raises(CommandError):
            imported(write(tmp_path / "a.csv", LIST), mapping=write(tmp_path / "m.json", wrong))


class TestDryRun:
    def test_counts_and_writes_nothing(self, tmp_path):
        imported(write(tmp_path / "a.csv", LIST))
        before = Profile.objects.count(), ImportBatch.objects.count(), Job.objects.count()
        rows = LIST + "petr,Пётр,5,1,RU\nPetr,Пётр,6,1,RU\nlena,,x,1,\n"
        report = imported(write(tmp_path / "b.csv", rows), dry_run=True)
        assert counted(report) == (6, 1, 4, 1)
        assert report["problems"] == [{"line": 7, "column": "followers", "value": "x", "reason": "number_word"}]
        assert before == (Profile.objects.count(), ImportBatch.objects.count(), Job.objects.count())


def begun(path, by=None):
    now = lease.now()
    plan = make_plan(path, name=path.name, today=now.date(), platform="instagram", as_of=date(2022, 3, 31))
    batch = load.begin(plan, by=by, now=now)
    return batch, load.start_import(batch, by=by, now=now)


class TestKilledInTheMiddle:
    @pytest.fixture
    def path(self, tmp_path, monkeypatch):
        monkeypatch.setattr(load, "CHUNK", 4)
        rows = "".join(f"user{n % 17},{1000 + n},{n}\n" for n in range(30)) + "bad,x,1\n"
        return write(tmp_path / "a.csv", "username,followers,likes avg\n" + rows)

    def rows(self):
        figures = Metrics.objects.order_by("profile__handle_key", "followers").values_list(
            "profile__handle_key", "followers"
        )
        return list(figures), list(RowError.objects.values_list("line", "reason"))

    def test_leaves_nothing_visible_and_goes_on_to_the_same_rows(self, path, monkeypatch):
        whole = imported(path, dry_run=True)
        batch, job = begun(path)
        write_chunk, seen = load.ChunkWriter.write, []

        def dies_in_the_fourth(self, items):
            seen.append(1)
            write_chunk(self, items)
            if len(seen) == 4:
                raise SystemExit

        monkeypatch.setattr(load.ChunkWriter, "write", dies_in_the_fourth)
        with pytest.raises(SystemExit):
            dispatch.run(job.pk, worker="one")
        batch.refresh_from_db()
        assert (batch.status, batch.records, Profile.objects.visible().count()) == (BatchStatus.LOADING, 12, 0)
        assert not AuditEntry.objects.filter(kind="import").exists()
        dispatch.run(job.pk, worker="two")
        batch.refresh_from_db()
        assert (batch.status, batch.records, batch.loaded, batch.merged, batch.refused) == (
            BatchStatus.LOADED, whole["records"], whole["loaded"], whole["merged"], whole["refused"],
        )  # fmt: skip
        figures, errors = self.rows()
        assert figures == sorted((f"user{n % 17}", 1000 + n) for n in range(30))
        assert errors == [(32, "number_word")]

    def test_a_second_delivery_of_the_job_changes_nothing(self, path):
        _, job = begun(path)
        dispatch.run(job.pk, worker="one")
        before = self.rows()
        dispatch.run(job.pk, worker="two")
        assert self.rows() == before


class TestGivingUp:
    def test_a_cancelled_import_leaves_no_rows(self, tmp_path, monkeypatch):
        monkeypatch.setattr(load, "CHUNK", 1)
        person = factories.user("strategist")
        batch, job = begun(write(tmp_path / "a.csv", LIST), by=person)
        write_chunk = load.ChunkWriter.write

        def cancelled_meanwhile(self, items):
            write_chunk(self, items)
            if self.tally.records == 2:
                raise SystemExit

        monkeypatch.setattr(load.ChunkWriter, "write", cancelled_meanwhile)
        with pytest.raises(SystemExit):
            dispatch.run(job.pk, worker="one")
        assert Profile.objects.count() == 1
        dispatch.cancel(Job.objects.get(pk=job.pk), by=person, now=lease.now())
        batch.refresh_from_db()
        assert batch.status == BatchStatus.CANCELLED
        dispatch.run(Job.objects.get(kind="import-removal").pk, worker="two")
        assert (Profile.objects.count(), Creator.objects.count(), Metrics.objects.count()) == (0, 0, 0)

    def test_a_file_that_breaks_on_the_way_fails_with_a_sentence(self, tmp_path, monkeypatch):
        monkeypatch.setattr(load, "CHUNK", 10)
        path, written = write(tmp_path / "a.csv", HEAD + "".join(f"user{n},Name,{n + 5},1,RU\n" for n in range(50))), []
        count_rows, write_chunk = load._size, load.ChunkWriter.write

        def breaks_once_counted(plan, held):
            size = count_rows(plan, held)
            with path.open("ab") as file:
                file.write(b"iv\x00an,Ivan,6,1,RU\n")
            return size

        def noted(writer, items):
            write_chunk(writer, items)
            written.append(len(items))

        monkeypatch.setattr(load, "_size", breaks_once_counted)
        monkeypatch.setattr(load.ChunkWriter, "write", noted)
        with pytest.raises(CommandError, match="The file holds zero characters"):
            imported(path)
        assert written == [10, 10, 10, 10, 10]
        assert (ImportBatch.objects.get().status, Profile.objects.count()) == (BatchStatus.FAILED, 50)
        assert not Profile.objects.visible().exists()
        dispatch.run(Job.objects.get(kind="import-removal").pk, worker="two")
        assert (Profile.objects.count(), Creator.objects.count(), Metrics.objects.count()) == (0, 0, 0)


class TestTheFileItself:
    """Between the look and the load."""

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (LIST.replace("1.2M", "1.3M"), "it has changed since"),
            (LIST.replace("country", "land"), "it has changed since"),
            ("", "it has changed since"),
            (None, "not there any more"),
        ],
    )
    def test_is_refused_where_it_is_not_what_was_looked_at(self, tmp_path, text, sentence):
        path = write(tmp_path / "a.csv", LIST)
        batch, job = begun(path)
        path.unlink() if text is None else write(path, text)
        dispatch.run(job.pk, worker="one")
        job.refresh_from_db()
        batch.refresh_from_db()
        assert (job.status, batch.status) == ("failed", BatchStatus.FAILED)
        assert sentence in job.error
        assert not Profile.objects.exists()


class TestCommand:
    @pytest.mark.parametrize(
        ("text", "options", "sentence"),
        [
            ("", {}, "empty"),
            (LIST, {"market": "XX"}, "no market"),
            (LIST, {"as_of": "2099-01-01"}, "future"),
            ("followers,posts\n1,2\n3,4\n", {}, "No column names an account"),
            (LIST, {"platform": "myspace"}, "no platform"),
        ],
    )
    def test_says_in_one_sentence_what_is_wrong(self, tmp_path, text, options, sentence):
        with pytest.raises(CommandError, match=sentence):
            imported(write(tmp_path / "a.csv", text), **options)
        assert not ImportBatch.objects.exists()

    def test_prints_the_counts_as_a_line(self, tmp_path):
        out = StringIO()
        call_command("import_creators", str(write(tmp_path / "a.csv", LIST)), platform="instagram", stdout=out)
        assert "records 3, loaded 3, merged 0, refused 0" in out.getvalue()
