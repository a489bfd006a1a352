"""What looks at flags tend to find: learned with the model, fixed on a run, kept beside what it said."""

import json
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from audit import faces
from audit.models import AuditEntry
from screening import answers, judging, learning, lookouts, replay, results
from screening.engine import lookout
from screening.engine.lookout import BrokenLookout
from screening.lookouts import Label
from screening.models import Lookout, Profile, ScreeningRun
from screening.replay import Finding, Why
from tests import factories as f
from tests.screening import schooling
from tests.screening.conftest import NOW
from tests.screening.schooling import carried_out, screened
from tests.screening.test_forecasting import achieved, market_with_a_card

pytestmark = pytest.mark.django_db
DAY, EACH = date(2026, 11, 12), 3
FLAG = "engagement_rate:high"


def found(market):
    """Three closed investigations of everybody in the first run: a reason where reactions lie high, mostly."""
    run = ScreeningRun.objects.order_by("pk").first()
    people = {one.pk: one.metrics.first() for one in Profile.objects.order_by("pk") if market in one.markets}
    rate = {pk: told.likes_avg / told.followers for pk, told in people.items()}
    middle = sorted(rate.values())[len(rate) // 2]
    return [
        Label(run.pk, pk, FLAG, (rate[pk] > middle) == bool(n or pk % 4), DAY - timedelta(days=n))
        for pk in people for n in range(EACH)
    ]  # fmt: skip


def teach(now):
    """Make a run of ninety creators and one who stands out, results of all but that one, and let the market learn."""
    campaign = market_with_a_card(now)
    profiles, _worth = schooling.fill(now)
    odd = f.profile("youtube", handle="odd", country="US", language="en", markets=["US"])
    f.metrics(odd, taken_at=date(2026, 8, 1), followers=40_000, likes_avg=30_000, comments_avg=800, posts=300)
    screened(campaign, now=now)
    achieved(campaign, profiles, now=now)
    learn(f.user("manager"), now)


def learn(boss, now):
    job = carried_out(learning.start(schooling.us(), by=boss, now=now))
    assert job.status == "succeeded", job.error


@pytest.fixture(scope="module")
def begins_with(share):
    def build():
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(lookouts, "_readers", [found])
            teach(NOW)

    yield from share(build)


@pytest.fixture(autouse=True)
def _told(monkeypatch):
    monkeypatch.setattr(lookouts, "_readers", [found])


@pytest.fixture
def learned():
    return Lookout.objects.get()


@pytest.fixture
def first():
    """The run before anything was learned."""
    return ScreeningRun.objects.order_by("pk").first()


@pytest.fixture
def run(learned, first, now):
    return screened(first.campaign, now=now)


def said(row):
    """What the log says of a row."""
    return json.loads(AuditEntry.objects.get(pk=row.audit_id).body)


class TestLearn:
    def test_makes_one_of_the_market_in_the_name_of_who_had_it_learn(self, learned):
        labels = found("US")
        assert (learned.market_id, learned.version, learned.creators) == ("US", 1, schooling.PEOPLE + 1)
        assert (learned.looks, learned.reasons) == (len(labels), sum(one.is_reason for one in labels))
        entry, body = AuditEntry.objects.get(pk=learned.audit_id), said(learned)
        assert (entry.kind, entry.actor, entry.market) == ("model_release", f"user:{learned.by_id}", "US")
        assert (body["what"], body["sha"], body["looks"]) == ("lookout", learned.sha256, learned.looks)

    def test_is_said_by_the_log_in_words(self, learned):
        (shown,) = faces.show([AuditEntry.objects.get(pk=learned.audit_id)], {})
        assert "what looks at flags find, version 1" in str(shown.face.detail)
        assert (str(learned.looks), learned.sha256) == (str(shown.face.rows[0][1]), shown.face.rows[-1][1])

    def test_learns_that_high_reactions_are_a_reason_here(self, learned):
        slopes = dict(
            zip([":".join(one) for one in lookout.WATCHED], lookouts.load(learned.sha256).slopes, strict=True)
        )
        assert max(slopes, key=slopes.get) == FLAG

    def test_the_same_investigations_again_are_the_same_row(self, learned, now):
        assert lookouts.learn(learned.market, by=None, now=now) == learned
        learn(learned.by, now)
        assert Lookout.objects.get() == learned

    def test_new_ones_are_the_next_version(self, learned, now, monkeypatch):
        monkeypatch.setattr(lookouts, "_readers", [lambda market: found(market)[:-1]])
        assert lookouts.learn(learned.market, by=None, now=now).version == 2
        assert Lookout.objects.count() == 2

    def test_makes_none_under_two_hundred_or_without_a_reader(self, learned, now, monkeypatch):
        monkeypatch.setattr(lookouts, "_readers", [lambda market: found(market)[:199]])
        assert lookouts.learn(learned.market, by=None, now=now) is None
        assert not lookouts.known("US").is_enough
        monkeypatch.setattr(lookouts, "_readers", [])
        assert lookouts.learn(learned.market, by=None, now=now) is None
        assert lookouts.known("US") == lookouts.Known(0, 0, None)

    def test_leaves_out_who_stands_in_no_pool_and_flags_that_are_not_watched(self, learned, first, monkeypatch):
        poolless = f.run(first.campaign)
        more = [
            Label(first.pk, 10**9, FLAG, True, DAY), Label(poolless.pk, found("US")[0].profile, FLAG, True, DAY),
            Label(first.pk, found("US")[0].profile, "followers:high", True, DAY),
        ]  # fmt: skip
        monkeypatch.setattr(lookouts, "_readers", [lambda market: found(market) + more])
        assert len(lookouts._looks(lookouts.labels("US")).found) == learned.looks

    def test_counts_what_there_is(self, learned):
        assert lookouts.known("US") == lookouts.Known(learned.looks, learned.reasons, DAY)


class TestARun:
    def test_keeps_what_it_began_with_and_says_it_of_who_bears_a_flag(self, run, learned):
        assert run.norms["lookout"] == learned.sha256
        told = {one.profile.handle: one.knowledge.get("look") for one in run.recommendations.all()}
        flagged = {one.profile.handle for one in run.recommendations.all() if one.flags}
        assert "odd" in flagged
        assert {handle for handle, look in told.items() if look} == flagged != set(told)
        look = told["odd"]
        assert (look["looks"], look["reasons"]) == (learned.looks, learned.reasons)
        assert look["low_u6"] <= look["p_u6"] <= look["high_u6"]
        assert look["p_u6"] > 500_000
        assert look["added_u6"][0][:2] == ["engagement_rate", "high"]
        sides = sum(points for _feature, _side, points in look["added_u6"])
        assert abs(look["level_u6"] + sides - look["log_odds_u6"]) <= len(look["added_u6"]) + 1

    def test_writes_the_chance_and_its_ends_into_the_log(self, run):
        answer = run.recommendations.get(profile__handle="odd")
        look = answer.knowledge["look"]
        assert said(answer)["look_u6"] == [look["p_u6"], look["low_u6"], look["high_u6"]]
        other = next(one for one in run.recommendations.all() if not one.flags)
        assert "look_u6" not in said(other)

    def test_is_replayed_to_the_same(self, run):
        assert {(one.finding, one.differences) for one in replay.of(run.recommendations.all())} == {
            (Finding.REPRODUCED, ())
        }

    def test_says_the_same_of_who_is_derived_again(self, run):
        answer = run.recommendations.get(profile__handle="odd")
        judged = judging.judge(run)
        assert answers.beside(run, judged, answers.assess(run, answer.profile_id))["look"] == (answer.knowledge["look"])

    def test_says_nothing_where_a_norm_answers_the_flags(self, run):
        judged = judging.judge(run)
        answer = run.recommendations.get(profile__handle="odd")
        row, peers = answers._row(run, judged.pool, answer.profile_id), judged.screening.references.peers
        flags = answers.assess(run, answer.profile_id).flags
        answered = [flag.__class__(**{**vars(flag), "norm": "7"}) for flag in flags]
        assert lookouts.look(run, judged.pool, peers, row, flags)
        assert lookouts.look(run, judged.pool, peers, row, answered) is None

    def test_ranks_the_same_with_and_without_one(self, run, first):
        assert run.funnel["output"] == first.funnel["output"]

    def test_made_before_says_nothing_and_keeps_its_bytes(self, run, first):
        assert "lookout" not in first.norms
        assert not any("look" in one.knowledge for one in first.recommendations.all())
        assert results.write(first, judging.judge(first).screening).sha256 == first.result_sha256


class TestTheTables:
    def test_are_refused_where_a_byte_changed(self, run, learned, monkeypatch):
        text = learned.file.replace('"level":', '"level":1', 1)
        with pytest.raises(BrokenLookout):
            lookout.from_json(text, grid=lookouts.codes.grid_key())
        monkeypatch.setattr(lookout, "to_json", lambda found: "another")
        told = list(replay.of(run.recommendations.filter(profile__handle="odd")))
        assert [(one.finding, one.why) for one in told] == [(Finding.NOT_REPLAYABLE, Why.LOOKOUT_CHANGED)]

    def test_of_another_release_are_not_frozen(self, learned, monkeypatch):
        lookouts.load.cache_clear()
        assert lookouts.in_force("US") == {"lookout": learned.sha256}
        lookouts.load.cache_clear()
        monkeypatch.setattr(lookout, "SCHEMA", 2)
        assert lookouts.in_force("US") == {}
        assert lookouts.in_force("RU") == {}

    def test_are_never_changed(self, learned):
        for change in (lambda rows: rows.update(looks=1), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Lookout.objects.all())
