"""Briefs: numbered versions that nobody changes, and live counts that add up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from screening import briefs, campaigns, money, pools
from screening.engine.types import Criteria, Criterion, Preferences, Wish, WishKind
from screening.models import Brief
from tests import factories as f

pytestmark = pytest.mark.django_db
NOTHING = Preferences()
TODAY = date(2026, 11, 20)


def _publish(campaign, now, criteria=Criteria(), preferences=NOTHING, **fields):  # noqa: B008
    return briefs.publish(
        campaign, criteria=criteria, preferences=preferences, **{"by": None, "note": "", **fields}, now=now
    )


class TestPublish:
    def test_numbers_versions_and_leaves_the_old_one(self, now):
        campaign = f.campaign()
        first = _publish(campaign, now, Criteria(followers_min=1_000))
        second = _publish(campaign, now, Criteria(followers_min=2_000))
        first.refresh_from_db()
        assert (first.version, second.version) == (1, 2)
        assert briefs.criteria_of(first).followers_min == 1_000

    def test_refuses_a_version_equal_to_the_last(self, now):
        campaign = f.campaign()
        _publish(campaign, now, Criteria(platforms=("vk",)))
        with pytest.raises(briefs.NothingChanged):
            _publish(campaign, now, Criteria(platforms=("vk",)))

    def test_keeps_what_it_was_given(self, now):
        criteria = Criteria(
            platforms=("vk", "telegram"), languages=("ru",), fee_max=1_000.5, excluded_ids=(3, 4), figures_max_days=60,
            keep_unknown=frozenset({Criterion.FEE}),
        )  # fmt: skip
        wishes = (Wish(WishKind.SIZE, 0.2, (), 1e4, 1e5), Wish(WishKind.TOPICS, 0.3, ("кремы",)))
        brief = _publish(f.campaign(), now, criteria, Preferences(wishes, "Крем"))
        brief = Brief.objects.get(pk=brief.pk)
        assert briefs.criteria_of(brief) == criteria
        assert briefs.preferences_of(brief) == Preferences(wishes, "Крем")

    def test_writes_what_changed_to_the_log(self, now):
        campaign = f.campaign()
        _publish(campaign, now)
        _publish(campaign, now, Criteria(platforms=("vk",)), note="Only VK")
        entry = AuditEntry.objects.filter(kind="brief").latest("uid")
        assert '"changed":["platforms"]' in entry.body
        assert "Only VK" not in entry.body
        assert "Only VK" in entry.payload.payload

    def test_is_for_those_who_write_briefs(self, now):
        campaign = f.campaign()
        with pytest.raises(NotAllowed):
            _publish(campaign, now, by=f.user("analyst"))

    def test_refuses_a_closed_campaign(self, now):
        with pytest.raises(campaigns.CampaignClosed):
            _publish(f.campaign(closed_at=now), now)

    @pytest.mark.parametrize("change", [{"note": "x"}, {"criteria": {}}])
    def test_makes_rows_that_the_database_refuses_to_change(self, now, change):
        brief = _publish(f.campaign(), now, Criteria(platforms=("vk",)))
        with pytest.raises(DatabaseError), transaction.atomic():
            Brief.objects.filter(pk=brief.pk).update(**change)


class TestFromPlainData:
    def test_refuses_criteria_that_do_not_exist(self):
        with pytest.raises(briefs.BriefInvalid, match="hair_colour"):
            briefs.criteria_from({"hair_colour": "red"})

    def test_refuses_a_wish_twice_and_weights_above_all(self):
        half = {"kind": "tone", "weight": 0.6}
        with pytest.raises(briefs.BriefInvalid, match="twice"):
            briefs.preferences_from({"wishes": [half, half]})
        with pytest.raises(briefs.BriefInvalid, match="120%"):
            briefs.preferences_from({"wishes": [half, {"kind": "values", "weight": 0.6}]})

    def test_reads_an_empty_brief_as_nothing_asked(self):
        assert (briefs.criteria_from({}), briefs.preferences_from({})) == (Criteria(), NOTHING)


class TestDifferences:
    def test_names_fields_and_wishes_with_both_values(self, now):
        old = _publish(f.campaign(), now, Criteria(followers_min=10), Preferences((Wish(WishKind.TONE, 0.1),)))
        found = briefs.differences(old, Criteria(followers_min=20), Preferences((Wish(WishKind.TONE, 0.2),)))
        assert (found[0].field, found[0].before) == ("followers_min", 10)
        assert {one.field for one in found} == {"followers_min", "wish:tone"}

    def test_sees_a_wish_that_went(self, now):
        old = _publish(f.campaign(), now, preferences=Preferences((Wish(WishKind.TONE, 0.1),)))
        assert [(one.field, one.after) for one in briefs.differences(old, Criteria(), NOTHING)] == [("wish:tone", None)]


class TestLiveCounts:
    def test_says_that_there_is_no_pool_yet(self, market):
        counts = briefs.live_counts(f.campaign(market=market), Criteria(), on=TODAY)
        assert (counts.pool, counts.funnel) == (None, None)

    def test_counts_in_sequence_alone_and_without(self, market, now):
        pools.freeze(market, by=None, now=now)
        criteria = Criteria(platforms=("youtube", "instagram"), followers_min=8_000)
        funnel = briefs.live_counts(f.campaign(market=market), criteria, on=TODAY).funnel
        steps = {step.criterion: step for step in funnel.steps}
        # 13 profiles: one on VK with 500 followers, one without figures, one with 4,400.
        assert (funnel.total, funnel.passed) == (13, 10)
        assert (steps["platform"].removed, steps["platform"].alone, steps["platform"].without) == (1, 1, 0)
        assert (steps["followers"].removed, steps["followers"].alone, steps["followers"].without) == (2, 3, 2)

    def test_says_what_to_loosen_when_nobody_is_left(self, market, now):
        pools.freeze(market, by=None, now=now)
        criteria = Criteria(platforms=("youtube",), followers_min=1e9)
        assert briefs.live_counts(f.campaign(market=market), criteria, on=TODAY).loosen[0] == "followers"

    def test_compares_the_ceiling_in_the_currency_of_the_market(self, market, now):
        f.metrics(f.profile(handle="dear"), fee_minor=20_000, currency="USD", followers=9_000)
        pools.freeze(market, by=None, now=now)
        campaign = f.campaign(market=market, brand=f.brand("north", currency="RUB"))
        criteria = Criteria(fee_max=10_000, keep_unknown=frozenset({Criterion.FEE}))
        assert briefs.live_counts(campaign, criteria, on=TODAY).problem
        money.record_rate("USD", "RUB", rate=Decimal(80), date=TODAY, source="test", by=None, now=now)
        assert briefs.live_counts(campaign, criteria, on=TODAY).funnel.passed == 13
        assert briefs.live_counts(campaign, replace(criteria, fee_max=16_000), on=TODAY).funnel.passed == 14

    def test_compares_the_wished_price_in_the_currency_of_the_market_too(self):
        wished = Preferences((Wish(WishKind.PRICE, 0.2, (), None, 500), Wish(WishKind.SIZE, 0.1, (), 10, 500)))
        price, size = briefs.wishes_at_rate(wished, Decimal(80)).wishes
        assert (price.high, size.high) == (40_000, 500)
