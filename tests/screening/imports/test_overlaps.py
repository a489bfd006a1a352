"""Imports that overlap: of several files, or of one file twice, each in its own time, finished or given up."""

from datetime import date
from unittest import mock

import pytest
from django.db import connection

from jobs import dispatch, lease
from jobs.models import Job, Status
from screening.imports import load
from screening.imports.plan import make_plan
from screening.models import BatchStatus, Creator, ImportBatch, Metrics, Profile, ProfileChange
from tests import factories
from tests.screening.imports.files import write

pytestmark = pytest.mark.django_db
LIST = "username,name,followers\nanna,Anna,1200\nivan,Ivan,900\nolga,Olga,700\n"


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(load, "PAUSE", 0)
    monkeypatch.setattr(load, "CHUNK", 2)


def waiting(path, *, market="", source="list"):
    now, day = lease.now(), date(2022, 3, 31)
    plan = make_plan(path, name=path.name, today=now.date(), platform="instagram", as_of=day, source=source)
    return load.begin(plan, by=None, now=now, market=market)


def started(path, **options):
    return Import(waiting(path, **options))


class Import:
    """One file on its way in, a chunk at a time."""

    def __init__(self, batch):
        self.batch = batch
        self.job = load.start_import(batch, by=None, now=lease.now())

    def first_chunk(self):
        write_chunk = load.ChunkWriter.write

        def stops(writer, items):
            if writer.tally.records:
                raise SystemExit
            write_chunk(writer, items)

        with mock.patch.object(load.ChunkWriter, "write", stops), pytest.raises(SystemExit):
            dispatch.run(self.job.pk, worker="first")
        assert Job.objects.get(pk=self.job.pk).done == 2
        return self

    def finish(self):
        dispatch.run(self.job.pk, worker="second")
        self.batch.refresh_from_db()
        self.job.refresh_from_db()
        return self

    def cancel(self):
        dispatch.cancel(self.job, by=factories.user("admin"), now=lease.now())
        return self

    def counts(self):
        names = ("records", "loaded", "merged", "refused", "duplicates")
        return tuple(getattr(self.batch, name) for name in names)


def remove_given_up():
    for job in Job.objects.filter(kind="import-removal", status=Status.QUEUED):
        dispatch.run(job.pk, worker="broom")
        job.refresh_from_db()
        assert job.status == Status.SUCCEEDED


def shown():
    return sorted(Metrics.objects.visible().values_list("profile__handle_key", "followers"))


def profile(handle):
    return Profile.objects.visible().get(handle_key=handle)


class TestAfterACancelledImport:
    @pytest.mark.parametrize("is_removed_first", [True, False])
    def test_the_same_file_comes_in_whole(self, tmp_path, is_removed_first):
        path = write(tmp_path / "a.csv", LIST)
        started(path).first_chunk().cancel()
        if is_removed_first:
            remove_given_up()
        again = started(path).finish()
        assert again.counts() == (3, 3, 0, 0, 0)
        remove_given_up()
        assert shown() == [("anna", 1200), ("ivan", 900), ("olga", 700)]
        assert not ImportBatch.objects.exclude(pk=again.batch.pk).filter(metrics__isnull=False).exists()

    def test_another_file_keeps_the_row_they_share(self, tmp_path):
        first = started(write(tmp_path / "a.csv", LIST)).first_chunk()
        second = started(write(tmp_path / "b.csv", "username,name,followers\nanna,Anna,1200\n")).finish()
        first.cancel()
        remove_given_up()
        assert second.batch.status == BatchStatus.LOADED
        assert shown() == [("anna", 1200)]
        assert (Profile.objects.count(), Creator.objects.count(), ProfileChange.objects.count()) == (1, 1, 1)

    def test_nothing_that_it_said_is_left(self, tmp_path):
        factories.market("RU")
        head = "username,name,bio,category,followers\n"
        rows = head + "ANNA,Wrong,Travels a lot and writes,Beauty,5\nivan,Ivan,,,6\nx,X,,,7\n"
        first = started(write(tmp_path / "a.csv", rows), market="RU").first_chunk()
        started(write(tmp_path / "b.csv", "username,name,followers\nanna,Anna,1200\n")).finish()
        anna = profile("anna")
        assert (anna.handle, anna.name, anna.bio, anna.markets, anna.categories) == ("anna", "Anna", "", [], [])
        assert (anna.creator.name, anna.creator.batch) == ("Anna", anna.batch)
        first.cancel()
        remove_given_up()
        assert profile("anna").name == "Anna"

    def test_nobody_keeps_a_profile_that_two_given_up_imports_named(self, tmp_path):
        first = started(write(tmp_path / "a.csv", LIST)).first_chunk()
        second = started(write(tmp_path / "b.csv", LIST.replace("1200", "1201"))).first_chunk()
        first.cancel()
        remove_given_up()
        assert Profile.objects.count() == 2
        second.cancel()
        remove_given_up()
        assert (Profile.objects.count(), Creator.objects.count(), ProfileChange.objects.count()) == (0, 0, 0)


class TestTwoFilesAtOnce:
    def test_keep_the_figures_they_share_once(self, tmp_path):
        first = started(write(tmp_path / "a.csv", LIST)).first_chunk()
        started(write(tmp_path / "b.csv", "username,name,followers\nanna,Anna,1200\npetr,Petr,5\n")).finish()
        first.finish()
        assert shown() == [("anna", 1200), ("ivan", 900), ("olga", 700), ("petr", 5)]
        assert Metrics.objects.count() == 4

    def test_count_a_row_that_was_shown_meanwhile_as_a_repeat(self, tmp_path):
        started(write(tmp_path / "0.csv", "username,name,followers\nanna,Anna,1\n"), source="other").finish()
        first = started(write(tmp_path / "a.csv", LIST)).first_chunk()
        started(write(tmp_path / "b.csv", "username,name,followers\nanna,Anna,1200\n")).finish()
        assert first.finish().counts() == (3, 2, 1, 0, 1)

    def test_each_add_what_they_say_of_a_profile(self, tmp_path):
        factories.market("RU")
        factories.market("US")
        head = "username,name,bio,category,followers\n"
        first = started(write(tmp_path / "a.csv", head + "anna,Анна,,Beauty,5\nivan,Ivan,,,6\nx,X,,,7\n"), market="RU")
        first.first_chunk()
        rows = head + "anna,Anna,Travels a lot and writes,Travel,5\nlena,Lena,,,6\n"
        started(write(tmp_path / "b.csv", rows), market="US").finish()
        assert profile("anna").markets == ["US"]
        first.finish()
        anna = profile("anna")
        assert (anna.name, anna.bio, anna.categories) == ("Anna", "Travels a lot and writes", ["Travel", "Beauty"])
        assert sorted(anna.markets) == ["RU", "US"]

    def test_both_put_a_known_profile_into_their_markets(self, tmp_path):
        for code in ("RU", "US"):
            factories.market(code)
        started(write(tmp_path / "0.csv", LIST)).finish()
        lists = [
            started(write(tmp_path / f"{code}.csv", LIST.replace("0\n", "1\n") + code), market=code)
            for code in ("RU", "US")
        ]
        for one in lists:
            one.first_chunk()
        for one in lists:
            one.finish()
        assert profile("anna").markets == ["RU", "US"]


class TestOneFileTwiceAtOnce:
    def test_comes_in_once_and_the_other_is_told_so(self, tmp_path):
        path = write(tmp_path / "a.csv", LIST)
        loser, winner = map(Import, [waiting(path), waiting(path)])
        loser.first_chunk()
        assert winner.finish().counts() == (3, 3, 0, 0, 0)
        loser.finish()
        assert (loser.batch.status, loser.job.status) == (BatchStatus.FAILED, Status.FAILED)
        assert loser.job.error == f"Already here: import {winner.batch.pk}."
        remove_given_up()
        assert shown() == [("anna", 1200), ("ivan", 900), ("olga", 700)]
        assert Metrics.objects.count() == 3

    def test_is_noticed_in_the_last_transaction_too(self, tmp_path, monkeypatch):
        first = started(write(tmp_path / "a.csv", LIST))
        other = ImportBatch.objects.create(
            name="same", sha256=first.batch.sha256, platform="instagram", status="loading"
        )

        def finds_nothing(batch):
            ImportBatch.objects.filter(pk=other.pk).update(status=BatchStatus.LOADED)
            return []

        monkeypatch.setattr(load.suspicions, "find", finds_nothing)
        assert first.finish().job.error == f"Already here: import {other.pk}."
        assert not Metrics.objects.visible().exists()


class TestOneFile:
    def test_adds_the_topics_of_every_chunk_to_a_known_profile(self, tmp_path):
        started(write(tmp_path / "0.csv", LIST)).finish()
        rows = "username,name,category,followers\nanna,Anna,Beauty,5\nivan,Ivan,,6\nanna,Anna,Travel,5\n"
        started(write(tmp_path / "a.csv", rows)).finish()
        assert profile("anna").categories == ["Beauty", "Travel"]


def test_figures_stay_guarded_where_the_table_was_made_anew(tmp_path):
    started(write(tmp_path / "a.csv", LIST)).finish()
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM screening_metrics")
