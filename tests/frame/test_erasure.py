"""Erasing somebody: their name stands in no table and in no file any more, and the log holds before and after."""

import gzip
import io
import json
import re
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.access import Place
from audit import bundle, sequencer
from audit import tasks as exports
from audit.models import AuditEntry, AuditPayload
from hybridmkt import erasure, sweep
from hybridmkt.sweep import BLANK, Names
from jobs import dispatch
from jobs.models import Job
from review import decisions, drafts, queue, saved_views, thread
from review.listing import Filters
from review.models import ReviewTask
from screening import corrections, judging, notes, pools, replay, runs
from screening.imports import load, uploads
from screening.models import Creator, Metrics, Pool, Profile, Relation, RowError
from tests import factories as f
from tests.review import worlds

pytestmark = pytest.mark.django_db
HANDLE, NAME = "quill.zebra_77", "Zoë Quillfeather"
WHY = "Her readers buy at pharmacies, I saw it in her last two campaigns."
REASON = "She wrote to us on Friday and asked for it."


@pytest.fixture
def world(settings, monkeypatch):
    """A screened market with a creator of a name that nobody else has, who stands wherever a creator can."""
    monkeypatch.setattr(load, "PAUSE", 0)
    made = worlds.build(settings.DATA_DIR)
    made.creator, made.profile, made.answer = _named(made.run.recommendations.order_by("rank")[1])
    made.admin = f.user("admin", name="Oleg Admin")
    _everywhere(made)
    return made


def _named(answer):
    """Give the creator of a verdict the name, and have the market screened again, so that its pool has it too."""
    creator, profile = answer.creator, answer.profile
    Creator.objects.filter(pk=creator.pk).update(name=NAME)
    Profile.objects.filter(pk=profile.pk).update(
        name=NAME, handle=HANDLE, handle_key=HANDLE, bio=f"Skin care by @{HANDLE}", url=f"https://example.org/{HANDLE}"
    )
    judging._judged.cache_clear()
    run = runs.start(answer.run.campaign, by=None, now=timezone.now())
    dispatch.run(run.job_id, worker="test")
    for row in (run, creator, profile):
        row.refresh_from_db()
    return creator, profile, run.recommendations.get(profile=profile)


def _everywhere(world):
    by, now = world.readers["strategist"], timezone.now()
    _bring_in(by, now)
    task = _open(queue.ask_for(world.answer.run, world.profile.pk, by=by, now=now))
    world.other = _open(ReviewTask.objects.filter(state="open").exclude(recommendation__creator=world.creator).first())
    thread.add_note(world.other, by=by, now=now, text=f"Posts like {HANDLE} did in May, compare them.")
    f.metrics(world.other.recommendation.profile, named=[[HANDLE, 3], ["somebody", 2]], said=[["skin", 4]])
    Relation.objects.create(creator=world.creator, other=world.other.recommendation.creator, kind="mentions")
    notes.write(world.creator, place=Place("acme", "US"), text=f"{NAME} answers late", by=by, now=now)
    newest = world.profile.metrics.exclude(followers=None).order_by("-taken_at", "-pk").first()
    corrections.correct(
        world.profile, field="followers", value=51_000, was=newest.pk, day=now.date(), by=by, now=now,
        reason=f"Seen on the page of {HANDLE}",
    )  # fmt: skip
    saved_views.keep(by, name="Hers", filters=Filters(search=HANDLE))
    drafts.keep(world.other, by=by, now=now, fields={"note": f"I know {NAME} well"})
    given = {"category": "context"} if task.recommendation.verdict == "decline" else {}
    decisions.decide(
        task, choice="approve", by=by, now=now, version=task.version, key="hers", rationale=f"{NAME}: {WHY}", **given
    )
    sequencer.sequence_all()
    reader, key = f.user("analyst"), uuid.uuid4().hex
    job = exports.start_bundle(by=reader, stream="", is_skeleton=False, key=key, now=now)
    dispatch.run(job.pk, worker="test")


def _open(task):
    """Return a card as it is where chance did not draw it blind."""
    ReviewTask.objects.filter(pk=task.pk).update(arm="ai_first", state="open", closed_at=None)
    task.refresh_from_db()
    return task


def _bring_in(by, now):
    text = f"username,followers,name\n{HANDLE},52000,{NAME}\n@@{HANDLE}!!,many,{NAME}\nsomebody.else1,900,Some Body\n"
    for name in ("loaded.csv", f"{HANDLE}.csv"):
        batch = uploads.receive(ContentFile((text + name).encode()), name=name, by=by, now=now, platform="instagram")
        _carry_out(batch)
        if name == "loaded.csv":
            load.start_import(batch, by=by, now=now)
            _carry_out(batch)
    assert RowError.objects.exists()


def _carry_out(batch):
    batch.refresh_from_db()
    dispatch.run(batch.job_id, worker="test")
    batch.refresh_from_db()


def tables(*words):
    """Return where words stand in any column of any table, read as text by the database itself."""
    found = []
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
            cursor.execute(f'SELECT {", ".join(chr(34) + one + chr(34) for one in columns)} FROM "{table}"')
            for row in cursor.fetchall():
                text = json.dumps([bytes(one).decode("latin1") if isinstance(one, memoryview | bytes) else str(one)
                                   for one in row], ensure_ascii=False)  # fmt: skip
                text = text.encode("utf-8", "replace").decode("unicode_escape", "replace") + text
                found += [f"{table}: {word}" for word in words if word.casefold() in text.casefold()]
    return sorted(set(found))


def files(folder, *words):
    """Return the files in which words stand, packed ones unpacked."""
    found = []
    for path in (one for one in folder.rglob("*") if one.is_file()):
        data = path.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        found += [str(path.relative_to(folder)) for word in words if word.casefold().encode() in data.lower()]
    return sorted(set(found))


def browser(person):
    """Return a browser of a person."""
    made = Client(headers={"accept-language": "en"})
    made.force_login(person, worlds.BACKEND)
    return made


def erase(subject, by):
    job = erasure.ask(subject, basis="request", reason=REASON, by=by, now=timezone.now())
    dispatch.run(job.pk, worker="test")
    job.refresh_from_db()
    assert job.status == "succeeded", job.error
    return job


class TestACreator:
    def test_stands_nowhere_any_more(self, world, settings):
        words = (HANDLE, NAME, "quillfeather")
        assert {one.split(":")[0] for one in tables(*words)} >= {
            "screening_creator", "screening_profile", "screening_rowerror", "screening_metrics", "review_savedview",
            "audit_auditpayload", "screening_importbatch",
        }  # fmt: skip
        assert {one.split("/")[0] for one in files(settings.DATA_DIR, *words)} == {"store", "uploads", "exports"}
        job = erase(world.creator, world.admin)
        assert (tables(*words), files(settings.DATA_DIR, *words)) == ([], [])
        assert job.result["left"] == []
        assert {"pools", "uploads", "exports", "figures", "words", "elsewhere"} <= job.result["went"].keys()

    def test_leaves_the_log_whole(self, world):
        sequencer.sequence_all()
        before = bundle.check()
        first = AuditEntry.objects.count()
        erase(world.creator, world.admin)
        sequencer.sequence_all()
        after = bundle.check()
        assert after.erased > before.erased
        assert AuditEntry.objects.count() == first + 2  # asked, done
        assert not AuditPayload.objects.filter(subject=world.creator.subject).exists()

    def test_makes_old_runs_not_replayable(self, world):
        answers = list(world.answer.run.recommendations.all())
        assert {one.finding for one in replay.of(answers)} == {"reproduced"}
        erase(world.creator, world.admin)
        assert {(one.finding, one.why) for one in replay.of(answers)} == {("not_replayable", "erased")}

    def test_leaves_everybody_else(self, world):
        pool = Pool.objects.get(pk=world.answer.run.pool_id)
        before = pools.open_pool(pool)
        row, rest = pools.row_of(before, world.profile.pk), list(range(len(before)))
        rest.remove(row)
        old = {one: before.raw.text(one).take(np.array(rest)).data.tobytes() for one in ("name", "bio")}
        figures, codes = before.raw.history.figures["followers"].copy(), before.codes.copy()
        of_row = slice(*before.raw.history.offsets[row : row + 2].tolist())
        metrics = Metrics.objects.exclude(profile=world.profile).count()
        erase(world.creator, world.admin)
        after = pools.open_pool(pool)
        assert {one: after.raw.text(one).take(np.array(rest)).data.tobytes() for one in ("name", "bio")} == old
        assert (after.codes[:, rest] == codes[:, rest]).all()
        assert not after.codes[:, row].any()
        kept = np.delete(after.raw.history.figures["followers"], np.r_[of_row])
        assert np.array_equal(kept, np.delete(figures, np.r_[of_row]), equal_nan=True)
        assert np.isnan(after.raw.history.figures["followers"][of_row]).all()
        assert Metrics.objects.count() == metrics
        assert Metrics.objects.exclude(named=None).get().named == [["somebody", 2]]

    def test_lets_the_old_run_be_read(self, world):
        erase(world.creator, world.admin)
        page = browser(world.readers["analyst"]).get(reverse("run", args=[world.answer.run_id]))
        assert page.status_code == 200
        other = world.answer.run.recommendations.exclude(profile=world.profile).order_by("rank").first()
        card = browser(world.readers["analyst"]).get(reverse("run-creator", args=[other.run_id, other.profile_id]))
        assert card.status_code == 200

    def test_closes_the_cards(self, world):
        mine = ReviewTask.objects.filter(recommendation__creator=world.creator)
        erase(world.creator, world.admin)
        assert not mine.filter(state__in=["open", "escalated", "held", "awaiting"]).exists()

    def test_comes_into_no_new_pool(self, world):
        erase(world.creator, world.admin)
        pool = pools.freeze(world.answer.run.campaign.market, by=None, now=timezone.now() + timedelta(days=1))
        assert pools.row_of(pools.open_pool(pool), world.profile.pk) is None

    def test_may_be_done_again_after_a_kill(self, world, monkeypatch, settings):
        job = erasure.ask(world.creator, basis="request", reason=REASON, by=world.admin, now=timezone.now())
        with monkeypatch.context() as once:
            once.setattr(sweep, "clean", lambda names: 1 / 0)  # the last step before the names are gone
            dispatch.run(job.pk, worker="test")
        job.refresh_from_db()
        assert job.status == "queued"
        assert tables(HANDLE)
        Job.objects.filter(pk=job.pk).update(lease_until=None)
        dispatch.run(job.pk, worker="test")
        job.refresh_from_db()
        assert job.status == "succeeded"
        assert (tables(HANDLE, NAME), files(settings.DATA_DIR, HANDLE, NAME)) == ([], [])


class TestAPerson:
    def test_stands_nowhere_any_more(self, world, settings):
        person = f.user("strategist", name="Quentin Vexworth", email="quentin@vexworth.example")
        thread.add_note(world.other, by=person, now=timezone.now(), text="quentin@vexworth.example wrote to her first")
        words = ("vexworth",)
        assert tables(*words)
        job = erase(person, world.admin)
        assert (tables(*words), files(settings.DATA_DIR, *words), job.result["left"]) == ([], [], [])
        person.refresh_from_db()
        assert (person.name, person.is_active, person.memberships.filter(ended_at=None).count()) == (
            f"#{person.pk}", False, 0,
        )  # fmt: skip

    def test_is_never_the_one_who_asks(self, world):
        with pytest.raises(erasure.NotErasable, match="another admin"):
            erase(world.admin, world.admin)


class TestTheDatabase:
    def test_still_refuses_to_lose_figures_of_anybody_else(self, world):
        from django.db import DatabaseError, transaction

        erase(world.creator, world.admin)
        for change in (
            lambda rows: rows.delete(), lambda rows: rows.update(followers=1),
            lambda rows: rows.update(named=[["x" * 99, 1]]),
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Metrics.objects.filter(profile=world.other.recommendation.profile))


class TestThePage:
    @pytest.fixture
    def client(self, world):
        return browser(world.admin)

    def _send(self, client, world, **fields):
        sent = {"basis": "request", "reason": REASON, "password": "correct horse"} | fields
        return client.post(reverse("erase-creator", args=[world.creator.pk]), sent)

    def test_shows_first_what_will_go(self, world, client):
        page = client.get(reverse("erase-creator", args=[world.creator.pk])).content.decode()
        assert "What will go" in page
        assert HANDLE in page
        assert "Rows of figures" in page

    def test_asks_for_the_password_and_the_reason(self, world, client):
        assert "not your password" in self._send(client, world, password="wrong").content.decode()
        assert self._send(client, world, reason="no").status_code == 422
        assert Creator.objects.get(pk=world.creator.pk).erased_at is None

    def test_erases_and_tells_what_went(self, world, client):
        answer = self._send(client, world)
        assert answer.status_code == 302
        dispatch.run(int(re.findall(r"\d+", answer.url)[-1]), worker="test")
        page = client.get(reverse("erase-creator", args=[world.creator.pk])).content.decode()
        assert "the name stands nowhere" in page
        entries = AuditEntry.objects.filter(kind="erasure").order_by("uid")
        assert [json.loads(one.body)["what"] for one in entries] == ["asked", "done"]
        assert entries[0].payload.payload == json.dumps({"reason": REASON}, separators=(",", ":"))

    @pytest.mark.parametrize("role", ["strategist", "manager", "analyst", "expert"])
    def test_is_for_admins_alone(self, world, role):
        for name, pk in (("erase-creator", world.creator.pk), ("erase-person", world.admin.pk)):
            assert browser(world.readers[role]).get(reverse(name, args=[pk])).status_code == 403
            assert browser(world.readers[role]).post(reverse(name, args=[pk])).status_code == 403

    def test_is_not_for_an_admin_of_one_brand(self, world):
        client = browser(f.user("admin", brand="acme"))
        assert client.get(reverse("erase-creator", args=[world.creator.pk])).status_code == 403


class TestNames:
    @pytest.mark.parametrize(
        ("name", "text", "is_there"),
        [
            ("anna", "anna is here", False), ("anna", "see @Anna.", True), ("anna", "site.com/anna", True),
            ("anna", "anna", True), ("anna", '["anna", 3]', True), ("anna", "@annabel", False),
            ("anna.b", "anna.b said", True), ("anna.b", "anna.bo", False), ("zebra_7", "the zebra_7, no", True),
            ("zebra_7", "zebra_77", False), ("мария_к", "пишет Мария_К!", True),
        ],
    )  # fmt: skip
    def test_are_found_as_whole_words(self, name, text, is_there):
        assert bool(Names.of([name]).pattern.search(text)) is is_there

    def test_are_blanked_where_they_stand(self):
        names = Names.of(["zebra_7"])
        told = {"note": "like @zebra_7 did", "named": [["zebra_7", 3], ["other", 1]], "n": 7}
        assert names.blank(told) == {"note": f"like @{BLANK} did", "named": [["other", 1]], "n": 7}

    def test_are_found_in_packed_files(self, tmp_path):
        import zipfile

        (tmp_path / "one.gz").write_bytes(gzip.compress(b"a,zebra_7,b"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("sheet.xml", "<t>Zebra_7</t>")
        (tmp_path / "two.xlsx").write_bytes(packed.getvalue())
        (tmp_path / "three.csv").write_bytes("zebra_7;1".encode("utf-16-le"))
        (tmp_path / "four.csv").write_bytes(b"zebra_77")
        found = {path.name for path in sweep.files(tmp_path, Names.of(["zebra_7"]))}
        assert found == {"one.gz", "two.xlsx", "three.csv"}
