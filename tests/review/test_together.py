"""What Together is fitted on, how its weights are kept, and what the desk makes of them."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from review import queries, tasks, together
from review.judgement import combine
from review.judgement.enough import Standing
from review.models import FirstView, Weights
from review.queries.together import figure
from screening.models import Outcome
from tests import factories as make

pytestmark = pytest.mark.django_db


def outcome(task, *, is_success, kpi=None, on=date(2026, 11, 20)):
    campaign = task.campaign
    return Outcome.objects.create(
        campaign=campaign, profile=task.recommendation.profile, recommendation=task.recommendation,
        kpi=kpi or campaign.objective, actual=1.0, as_of_date=on, is_success=is_success, audit=make.entry("outcome"),
    )  # fmt: skip


def first_view(task, *, by, yes, at):
    return FirstView.objects.create(
        task=task, by=by, at=at, says_yes=yes, p_u6=700_000 if yes else 300_000, because="fit",
        audit=make.entry("first_view"),
    )  # fmt: skip


@pytest.fixture
def seen(card, elena, now):
    """A blind-first card with a first view and what came of it: `seen(yes=True, good=False)`."""

    def made(*, yes=True, good=True, p_u6=610_000, by=elena, arm="blind", late=False):
        task = card(arm=arm, p_u6=p_u6, unsealed_at=now if arm == "blind" else None)
        first_view(task, by=by, yes=yes, at=now + timedelta(hours=1) if late else now)
        outcome(task, is_success=good)
        return task

    return made


def many(seen, *, hits=40, misses=10):
    """Fifty results of a reviewer who is right in most of them; the AI says the same of all."""
    for n in range(hits + misses):
        seen(yes=(n % 10 != 0) == (n < hits), good=n < hits, p_u6=550_000 + 1_000 * n)


class TestRows:
    def test_join_first_views_with_results(self, seen):
        seen(yes=False, good=True, p_u6=420_000)
        rows = together.rows_of("US")
        assert (rows.p.tolist(), rows.good.tolist(), rows.votes.yes.tolist()) == ([0.42], [True], [False])

    def test_leave_out_a_view_given_after_the_reveal(self, seen):
        seen(late=True)
        assert len(together.rows_of("US").p) == 0

    def test_leave_out_a_card_that_was_never_blind(self, seen):
        seen(arm="ai_first")
        assert len(together.rows_of("US").p) == 0

    def test_take_the_newest_result_of_the_campaigns_own_goal(self, seen):
        task = seen(good=True)
        outcome(task, is_success=False, on=date(2026, 11, 25))
        outcome(task, is_success=True, kpi="orders", on=date(2026, 11, 26))
        assert together.rows_of("US").good.tolist() == [False]

    def test_of_another_market_stay_there(self, seen):
        seen()
        assert len(together.rows_of("RU").p) == 0


class TestRefit:
    def test_keeps_a_version_with_hash_and_entry(self, seen, now):
        seen()
        made = together.refit(make.market(), now=now)
        assert (made.version, made.document["n"], made.audit.kind) == (1, 1, "model_release")
        assert made.sha256 == together.digest_of(made.document)

    def test_makes_nothing_of_nothing(self, policy, now):
        assert together.refit(make.market(), now=now) is None

    def test_keeps_no_second_version_of_the_same_rows(self, seen, now):
        seen()
        assert together.refit(make.market(), now=now) is not None
        assert together.refit(make.market(), now=now) is None
        seen(yes=False, good=False)
        assert together.refit(make.market(), now=now).version == 2

    def test_says_how_far_its_figure_may_be_shown(self, seen, now):
        many(seen)
        fitted = together.read(together.refit(make.market(), now=now).document)
        assert (fitted.n, fitted.standing) == (50, Standing.PROVISIONAL)
        assert fitted.weights.b2 > 0.6

    def test_cannot_be_changed(self, seen, now):
        seen()
        together.refit(make.market(), now=now)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE review_weights SET version = 9")

    def test_is_asked_for_by_the_clock_once_a_day_and_market(self, seen, now):
        from jobs.models import Job

        seen()
        for hours in (0, 1):
            tasks.fit_together(now + timedelta(hours=hours))
        assert [job.params for job in Job.objects.filter(kind="together")] == [{"market": "US"}]


class TestFigure:
    def of(self, task, user, **scales):
        found = queries.find(task.pk, user=user)
        return figure(found, user=user, views=queries.views_of(found), scales=scales)

    def test_is_the_ais_own_chance_where_nothing_is_filled_in(self, card, elena):
        assert self.of(card(), elena).q == 0.61

    def test_takes_the_scales_as_one_vote_that_counts_half_after_the_ai(self, card, elena):
        # 4, 5 and nothing: a mean of 4.5 leans by .75; half of 60 % of ln(65 / 35), three quarters of it.
        told = self.of(card(), elena, cultural_fit=4, gut_rating=5, strategic_alignment=None)
        assert told.lean == 0.75
        assert told.q == pytest.approx(combine.chance(0.61, [combine.Vote(0.75, share=0.5)]))

    def test_gives_each_scale_its_part(self, card, elena):
        told = self.of(card(), elena, cultural_fit=5, strategic_alignment=2)
        moves = {part.code: part.move for part in told.parts}
        assert moves["cultural_fit"] == pytest.approx(-2 * moves["strategic_alignment"])

    def test_takes_a_first_view_whole_and_what_comes_later_not_at_all(self, card, elena, now):
        task = card(arm="blind", unsealed_at=now)
        first_view(task, by=elena, yes=False, at=now)
        told = self.of(task, elena, gut_rating=5)
        assert told.q == pytest.approx(combine.chance(0.61, [combine.Vote(-1.0)]))

    def test_adds_colleagues_and_discounts_what_they_share(self, card, elena, daniel, now):
        from review import overlays

        task = card()
        overlays.save(task, by=daniel, now=now, gut_rating=5)
        told = self.of(task, elena, gut_rating=5)
        both = combine.chance(0.61, [combine.Vote(1.0, share=0.5)] * 2)
        assert told.q == pytest.approx(both)
        assert [part.by for part in told.parts] == [None, daniel]

    def test_weighs_by_the_record_of_the_market(self, seen, card, elena, now):
        many(seen)
        together.refit(make.market(), now=now)
        told = self.of(card(), elena, gut_rating=5)
        assert told.fitted.n == 50
        assert told.q != pytest.approx(combine.chance(0.61, [combine.Vote(1.0, share=0.5)]), abs=0.001)
        assert Weights.objects.count() == 1
