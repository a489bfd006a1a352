"""The queue's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from review import claims, creator_clock, decisions, listing
from review.listing import Filters
from review.models import Lane, TaskState
from tests import factories as make

pytestmark = pytest.mark.django_db


def ids(page):
    return [task.pk for task in page.tasks]


class TestPage:
    def test_shows_the_worthiest_first_and_the_newer_of_equals(self, card, elena, now):
        low, first, second = card(value=1.0), card(value=2.0), card(value=2.0)
        assert ids(listing.page(elena, Filters(), now=now)) == [second.pk, first.pk, low.pk]

    def test_walks_through_all_pages_without_gap_or_repeat(self, card, elena, now):
        made = {card(value=float(n % 3)).pk for n in range(11)}
        seen, filters = [], Filters()
        while True:
            page = listing.page(elena, filters, now=now, size=3)
            seen += ids(page)
            if not page.next_cursor:
                break
            filters = Filters(cursor=page.next_cursor)
        assert (len(seen), set(seen)) == (11, made)

    def test_merges_the_markets_of_a_person_in_order(self, card, now):
        both = make.user("strategist", brand="acme")
        make.policy(make.brand(), make.market("RU"))
        made = [card(value=float(n), market=("US", "RU")[n % 2]).pk for n in range(6)]
        assert ids(listing.page(both, Filters(), now=now)) == made[::-1]

    def test_hides_other_brands_and_markets(self, card, elena, now):
        make.policy(make.brand("other"), make.market())
        card(brand="other")
        card(market="RU")
        assert not ids(listing.page(elena, Filters(whose="all"), now=now))

    def test_shows_an_analyst_all_and_no_market_of_their_own(self, card, now):
        task, analyst = card(), make.user("analyst")
        assert ids(listing.page(analyst, Filters(whose="all"), now=now)) == [task.pk]
        assert not ids(listing.page(analyst, Filters(), now=now))

    @pytest.mark.parametrize("cursor", ["x", "WzEsMSwiIl0:bad", "eyJ9"])
    def test_takes_a_broken_cursor_for_the_first_page(self, card, elena, now, cursor):
        task = card()
        assert ids(listing.page(elena, Filters(cursor=cursor), now=now)) == [task.pk]

    def test_takes_no_cursor_of_another_list(self, card, elena, now):
        made = [card(value=float(n)).pk for n in range(4)]
        cursor = listing.page(elena, Filters(), now=now, size=2).next_cursor
        other = listing.page(elena, Filters(lane=Lane.CUT, cursor=cursor), now=now)
        assert ids(other) == made[::-1]

    def test_asks_the_database_ten_times_at_most(self, card, elena, now, django_assert_max_num_queries):
        for _ in range(12):
            card()
        with django_assert_max_num_queries(10):
            page = listing.page(elena, Filters(search="creator"), now=now)
            assert page.tasks[0].recommendation.creator.name


class TestFilters:
    @pytest.mark.parametrize("gone", [TaskState.WITHDRAWN, TaskState.TAKEN])
    def test_find_what_the_creators_own_word_closed(self, card, elena, now, gone):
        task, _open = card(), card()
        creator_clock.say(task, says=gone, by=elena, now=now, version=task.version, key="gone")
        assert ids(listing.page(elena, Filters.of({"state": gone}), now=now)) == [task.pk]
        assert task.pk not in ids(listing.page(elena, Filters(), now=now))

    def test_find_what_is_mine_free_and_held(self, card, elena, daniel, now):
        mine, theirs, free = card(), card(), card()
        claims.claim(mine, by=elena, now=now)
        claims.claim(theirs, by=daniel, now=now)
        found = {whose: ids(listing.page(elena, Filters(whose=whose), now=now)) for whose in ("mine", "unassigned")}
        assert found == {"mine": [mine.pk], "unassigned": [free.pk]}

    def test_count_an_expired_claim_as_free(self, card, elena, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        later = now + timedelta(minutes=16)
        assert ids(listing.page(elena, Filters(whose="unassigned"), now=later)) == [task.pk]

    @pytest.mark.parametrize(("given", "fields"), [
        ({"lane": "explore"}, {"lane": "explore"}),
        ({"stakes": "high"}, {"stakes": "high"}),
        ({"state": "held"}, {"state": TaskState.HELD}),
    ])  # fmt: skip
    def test_narrow_the_list(self, card, elena, now, given, fields):
        card()
        task = card(**fields)
        assert ids(listing.page(elena, Filters(**given), now=now)) == [task.pk]

    def test_search_by_handle_and_by_name(self, card, elena, now):
        card()
        task = card()
        profile = task.recommendation.profile
        for text in (f"@{profile.handle}", profile.creator.name):
            assert task.pk in ids(listing.page(elena, Filters(search=text), now=now))
        assert not ids(listing.page(elena, Filters(search="nobody at all"), now=now))

    def test_ignore_what_they_do_not_know(self):
        asked = {"whose": "x", "lane": "'; DROP TABLE", "state": "approved", "stakes": "9", "search": "  a  "}
        assert Filters.of(asked) == Filters(search="a")


class TestCounts:
    def test_agree_with_the_lanes(self, card, elena, now):
        for lane in ("cut", "cut", "top", "explore"):
            card(lane=lane)
        counts = listing.page(elena, Filters(), now=now).lanes
        assert counts == {"": 4, "cut": 2, "top": 1, "uncertain": 0, "disagree": 0, "explore": 1, "spot": 0, "fast": 0}

    def test_agree_with_the_choice_of_whose(self, card, elena, daniel, now):
        claims.claim(card(), by=elena, now=now)
        claims.claim(card(), by=daniel, now=now)
        card()
        assert listing.page(elena, Filters(), now=now).whose == {"mine": 1, "markets": 3, "unassigned": 1, "all": 3}

    def test_of_lanes_are_those_of_the_cards_that_are_asked_for(self, card, elena, daniel, now):
        for lane, by in ((Lane.CUT, elena), (Lane.CUT, daniel), (Lane.CUT, None), (Lane.TOP, None), (Lane.TOP, daniel)):
            task = card(lane=lane)
            if by:
                claims.claim(task, by=by, now=now)
        found = {whose: listing.page(elena, Filters(whose=whose), now=now).lanes for whose in ("mine", "unassigned")}
        kept = {whose: {lane: n for lane, n in lanes.items() if n} for whose, lanes in found.items()}
        assert kept == {"mine": {"": 1, Lane.CUT: 1}, "unassigned": {"": 2, Lane.CUT: 1, Lane.TOP: 1}}

    def test_follow_the_filter_of_whose(self, card, elena, now):
        claims.claim(card(lane="top"), by=elena, now=now)
        card()
        counts = listing.page(elena, Filters(whose="mine"), now=now).lanes
        assert (counts[""], counts["top"], counts["cut"]) == (1, 1, 0)

    def test_end_where_nobody_counts_on(self, card, elena, now, monkeypatch):
        monkeypatch.setattr(listing, "MOST_COUNTED", 2)
        for _ in range(4):
            card()
        assert listing.page(elena, Filters(), now=now).lanes[""] == 2


class TestDecidedToday:
    def test_leaves_out_what_was_taken_back(self, card, decide, elena, now):
        kept, undone = card(), card()
        decide(kept, "approve", by=elena)
        decide(undone, "approve", by=elena)
        decisions.undo(undone, by=elena, now=now + timedelta(seconds=90), version=2, key="undo")
        assert [one.task_id for one in listing.decided_today(elena, now=now)] == [kept.pk]

    def test_leaves_out_yesterday(self, card, decide, elena, now):
        decide(card(), "approve", by=elena)
        assert not listing.decided_today(elena, now=now + timedelta(days=1)).exists()

    def test_begins_at_the_readers_midnight(self, card, decide, elena, now):
        made = decide(card(), "approve", by=elena)  # 09:01 UTC, 23:01 of the day before in Honolulu
        for zone, after, is_today in [
            ("Pacific/Honolulu", timedelta(minutes=50), True), ("Pacific/Honolulu", timedelta(hours=2), False),
            ("Europe/Moscow", timedelta(hours=11), True), ("Europe/Moscow", timedelta(hours=12), False),
        ]:  # fmt: skip
            with timezone.override(zone):
                assert (made in listing.decided_today(elena, now=now + after)) is is_today
