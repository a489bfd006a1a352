"""Drafts, time on a card, saved views: what the workbench keeps for a person."""

from datetime import timedelta

import pytest

from review import attention, drafts, saved_views
from review.listing import Filters
from review.models import Attention, Decision, Draft, SavedView
from tests import factories as make

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


class TestDraft:
    def test_is_one_a_person_and_card_and_the_newest_counts(self, card, elena, daniel, now):
        task = card()
        drafts.keep(task, by=elena, now=now, fields={"risk_note": "Three ads"})
        drafts.keep(task, by=elena, now=now, fields={"risk_note": "Three ads a week", "gut_rating": "4", "why": " "})
        drafts.keep(task, by=daniel, now=now, fields={"risk_note": "None"})
        assert drafts.of(task, by=elena).get().fields == {"risk_note": "Three ads a week", "gut_rating": "4"}

    def test_keeps_no_token_and_no_decision(self, card, elena, now):
        said = {"csrfmiddlewaretoken": "x", "version": "1", "key": "k", "choice": "approve", "risk_note": "a"}
        assert drafts.keep(card(), by=elena, now=now, fields=said).fields == {"risk_note": "a"}

    def test_is_cut_where_it_is_endless(self, card, elena, now):
        fields = {f"field{n}": "x" * 9000 for n in range(100)}
        kept = drafts.keep(card(), by=elena, now=now, fields=fields).fields
        assert (len(kept), {len(text) for text in kept.values()}) == (80, {8000})

    def test_goes_with_the_decision_whoever_makes_it(self, card, decide, elena, daniel, now):
        task = card()
        drafts.keep(task, by=elena, now=now, fields={"risk_note": "a"})
        decide(task, "approve", by=daniel)
        assert not Draft.objects.exists()

    def test_is_not_kept_on_a_decided_card(self, card, elena, now):
        assert drafts.keep(card(state="approved"), by=elena, now=now, fields={"risk_note": "a"}) is None


class TestAttention:
    def test_keeps_first_opening_and_place(self, card, elena, now):
        task = card()
        attention.opened(task, by=elena, now=now, place=3)
        attention.opened(task, by=elena, now=now + 60 * SECOND, place=1)
        row = Attention.objects.get()
        assert (row.opened_at, row.place, row.active_seconds) == (now, 3, None)

    def test_adds_up_what_the_page_tells_as_far_as_the_clock_allows(self, card, elena, now):
        task = card()
        attention.opened(task, by=elena, now=now)
        attention.told(task, by=elena, now=now + 20 * SECOND, seconds=15, sections=["factors", "nonsense"])
        attention.told(task, by=elena, now=now + 30 * SECOND, seconds=900, sections=["history", "factors"])
        row = Attention.objects.get()
        assert (row.active_seconds, row.sections) == (15 + 12, ["factors", "history"])

    def test_believes_no_report_over_two_minutes_nor_under_nothing(self, card, elena, now):
        task = card()
        attention.opened(task, by=elena, now=now)
        attention.told(task, by=elena, now=now + 3600 * SECOND, seconds=3600)
        assert attention.told(task, by=elena, now=now + 3700 * SECOND, seconds=-5).active_seconds == 120

    def test_goes_to_the_record_of_the_decision(self, card, decide, elena, now):
        task = card()
        attention.opened(task, by=elena, now=now)
        attention.told(task, by=elena, now=now + 40 * SECOND, seconds=33)
        assert decide(task, "approve", by=elena).active_seconds == 33
        assert Attention.objects.get().decided_at == now + timedelta(minutes=1)

    def test_is_unknown_where_no_script_told(self, card, decide, elena, now):
        task = card()
        attention.opened(task, by=elena, now=now)
        decide(task, "approve", by=elena)
        assert Decision.objects.get().active_seconds is None


class TestSavedView:
    def test_keeps_what_is_not_usual(self, elena):
        kept = saved_views.keep(elena, name=" High in the US ", filters=Filters(stakes="high", market="US", cursor="x"))
        assert (kept.name, kept.query) == ("High in the US", "stakes=high&market=US")

    def test_of_the_same_name_is_replaced(self, elena):
        for lane in ("cut", "top"):
            saved_views.keep(elena, name="Mine", filters=Filters(lane=lane))
        assert [one.query for one in saved_views.of(elena)] == ["lane=top"]

    def test_is_ones_own(self, elena, daniel):
        kept = saved_views.keep(elena, name="Mine", filters=Filters())
        assert saved_views.of(daniel) == []
        assert not saved_views.drop(daniel, kept.pk)
        assert saved_views.drop(elena, kept.pk)

    def test_is_kept_twenty_times_and_no_more(self, elena):
        for n in range(20):
            saved_views.keep(elena, name=str(n), filters=Filters())
        with pytest.raises(saved_views.TooMany):
            saved_views.keep(elena, name="one more", filters=Filters())
        assert saved_views.keep(elena, name="19", filters=Filters(lane="cut"))
        assert SavedView.objects.count() == 20

    def test_needs_a_name(self, elena):
        assert saved_views.keep(elena, name="  ", filters=Filters()) is None


def test_filters_of_brand_market_and_campaign_narrow_list_and_counts(card, now):
    from review import listing

    both = make.user("strategist", brand="acme")
    make.policy(make.brand(), make.market("RU"))
    here, there = card(), card(market="RU")
    for asked, found in [
        ({"market": "RU"}, there), ({"market": "US"}, here), ({"campaign": here.campaign.slug}, here),
    ]:  # fmt: skip
        page = listing.page(both, Filters(**asked), now=now)
        assert ([one.pk for one in page.tasks], page.lanes[""], page.whose["markets"]) == ([found.pk], 1, 1)
    assert not listing.page(both, Filters(brand="other"), now=now).tasks
