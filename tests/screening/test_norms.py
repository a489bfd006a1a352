"""Market norms: written by those who know the market, ended, corrected; the next run uses them, no earlier one."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from screening import norms, prevalence
from screening.models import MarketNorm
from tests import factories as f

pytestmark = pytest.mark.django_db
WHY = "Family channels keep a chat of regular viewers."


@pytest.fixture
def ruth(db):
    return f.user("expert", market="US", name="Ruth Abbott")


@pytest.fixture
def write(ruth, now):
    def made(**said):
        given = {"flag": "engagement_rate:high", "scope": {}, "until": date(2027, 6, 1), "reason": WHY, "by": ruth}
        return norms.write(f.market(), **{"now": now, **given, **said})

    return made


@pytest.fixture
def loud(campaign):
    """Forty creators of one platform and size around the same share of reactions, and one far above it."""
    for n in range(40):
        one = f.profile(platform="youtube", handle=f"p{n}", categories=["Beauty"])
        f.metrics(one, followers=20_000, likes_avg=600.0 + n * 5, comments_avg=20.0)
    far = f.profile(platform="youtube", handle="far", categories=["Family"])
    f.metrics(far, followers=20_000, likes_avg=9_000.0, comments_avg=300.0)
    return far


def flag_of(run, profile):
    """What the engine says of the reactions of a profile: the flag and whether the result bears it."""
    told = run.recommendations.get(profile=profile)
    return next(one for one in told.flags if (one["feature"], one["side"]) == ("engagement_rate", "high"))


class TestNextRun:
    @pytest.mark.parametrize("scope", [{}, {"platform": "youtube", "tier": "micro"}, {"category": "family"}])
    def test_has_the_flag_answered_and_names_the_norm(self, campaign, finish, loud, write, scope):
        before = finish(campaign)
        assert flag_of(before, loud)["norm"] == ""
        assert flag_of(before, loud)["is_serious"]
        norm = write(scope=scope)
        after = finish(campaign)
        assert flag_of(after, loud)["norm"] == str(norm.pk)
        assert not flag_of(after, loud)["is_serious"]
        assert flag_of(before, loud)["norm"] == ""
        borne = prevalence.common(after, "engagement_rate:high", loud)[0].flagged
        assert borne == prevalence.common(before, "engagement_rate:high", loud)[0].flagged - 1

    @pytest.mark.parametrize("scope", [{"platform": "instagram"}, {"tier": "nano"}, {"category": "Beauty"}])
    def test_keeps_the_flag_outside_its_scope(self, campaign, finish, loud, write, scope):
        write(scope=scope)
        assert flag_of(finish(campaign), loud)["norm"] == ""

    def test_has_the_flag_again_once_the_norm_ended(self, campaign, finish, loud, write, ruth, now):
        norms.end(write(), reason="The chats were closed.", by=ruth, now=now)
        assert flag_of(finish(campaign), loud)["norm"] == ""

    def test_has_the_flag_again_after_its_last_day(self, campaign, finish, loud, write, now):
        last = write(now=now - timedelta(days=9), until=now.date())
        assert flag_of(finish(campaign), loud)["norm"] == str(last.pk)
        write(now=now - timedelta(days=9), until=now.date() - timedelta(days=1))
        norms.end(last, reason="Replaced.", by=last.author, now=now)
        assert flag_of(finish(campaign), loud)["norm"] == ""


class TestWrite:
    def test_numbers_norms_by_market(self, write):
        assert [write().code, write().code] == ["US-N-01", "US-N-02"]

    def test_is_for_those_who_know_the_market(self, write):
        for role, market in (("strategist", "US"), ("expert", "RU"), ("analyst", "US")):
            with pytest.raises(NotAllowed):
                write(by=f.user(role, market=market))
        assert write(by=f.user("manager", market="US")).pk

    @pytest.mark.parametrize(
        ("said", "says"),
        [
            ({"flag": "followers:high"}, "one of the flags"),
            ({"scope": {"platform": "myspace"}}, "myspace"),
            ({"scope": {"tier": "giant"}}, "giant"),
            ({"until": date(2026, 11, 20)}, "lies ahead"),
            ({"until": date(2029, 1, 1)}, "two years"),
            ({"reason": "Because."}, "20 characters"),
        ],
    )
    def test_refuses_what_cannot_be(self, write, said, says):
        with pytest.raises(norms.NormRefused, match=says):
            write(**said)

    def test_keeps_the_reason_in_the_payload(self, write):
        norm = write()
        assert "chat" not in norm.audit.body
        assert "chat" in norm.audit.payload.payload

    def test_refuses_change_in_the_database(self, write):
        write()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            MarketNorm.objects.update(scope={"platform": "vk"})


class TestEnd:
    def test_happens_once(self, write, ruth, now):
        norm = norms.end(write(), reason="Not any more.", by=ruth, now=now)
        assert (norm.ended_by, norm.ended_at) == (ruth, now)
        with pytest.raises(norms.NormRefused, match="before"):
            norms.end(norm, reason="Again.", by=ruth, now=now)

    def test_says_why(self, write, ruth, now):
        with pytest.raises(norms.NormRefused, match="why"):
            norms.end(write(), reason=" ", by=ruth, now=now)


class TestCorrect:
    def test_writes_a_new_one_that_names_the_old_one(self, write, ruth, now):
        old = write()
        new = norms.correct(
            old, scope={"tier": "micro"}, until=date(2027, 1, 1), reason=WHY, by=ruth, now=now + timedelta(days=1)
        )
        assert (new.replaces, new.code, new.scope) == (old, "US-N-02", {"tier": "micro"})
        assert list(norms.in_force("US", on=date(2026, 11, 22))) == [new]

    def test_leaves_the_old_one_where_the_new_one_cannot_be(self, write, ruth, now):
        old = write()
        with pytest.raises(norms.NormRefused):
            norms.correct(old, scope={"tier": "giant"}, until=date(2027, 1, 1), reason=WHY, by=ruth, now=now)
        assert list(norms.in_force("US", on=date(2026, 11, 22))) == [old]
