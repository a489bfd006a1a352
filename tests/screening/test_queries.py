"""Reads for pages: what is not the user's is not found, and a page costs a dozen queries at most."""

from datetime import date

import pytest
from django.http import Http404

from screening import memory, queries, registry
from screening.registry import Filters
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    """A strategist of another brand in another market."""
    f.brand("other")
    f.market("RU")
    return f.user("strategist", brand="other", market="RU")


@pytest.fixture
def mine(campaign):
    """A strategist of the campaign's brand and market."""
    return f.user("strategist", brand=campaign.brand_id, market=campaign.market_id)


class TestScope:
    def test_of_campaigns(self, campaign, mine, other):
        assert queries.campaign(mine, campaign.slug) == campaign
        assert queries.campaigns(mine).found == 1
        assert queries.campaigns(other).found == 0
        for read in (queries.campaign, queries.overview):
            with pytest.raises(Http404):
                read(other, campaign.slug)

    def test_of_briefs(self, campaign, mine, other):
        assert queries.brief_version(mine, campaign.slug, 1).version == 1
        with pytest.raises(Http404):
            queries.brief_version(mine, campaign.slug, 2)
        with pytest.raises(Http404):
            queries.brief_version(other, campaign.slug, 1)

    def test_of_runs(self, campaign, finish, mine, other):
        run = finish(campaign)
        assert queries.run(mine, run.pk) == run
        assert (queries.runs(mine).found, queries.runs(other).found) == (1, 0)
        with pytest.raises(Http404):
            queries.run(other, run.pk)

    def test_gives_the_same_answer_for_foreign_and_for_missing(self, campaign, mine, other):
        with pytest.raises(Http404) as foreign:
            queries.campaign(other, campaign.slug)
        with pytest.raises(Http404) as missing:
            queries.campaign(mine, "no-such-campaign")
        assert str(foreign.value) == str(missing.value)

    def test_needs_the_same_membership_for_brand_and_market(self, campaign):
        user = f.user("strategist", brand=campaign.brand_id, market="RU")
        user.memberships.create(role="strategist", brand="other", market=campaign.market_id)
        assert queries.campaigns(user).found == 0

    def test_of_nobody_without_roles(self, campaign):
        assert queries.campaigns(f.user()).found == 0

    def test_of_creators_is_by_market(self, market, mine, other):
        creator = f.profile(markets=["RU", "US"]).creator
        local = f.profile(markets=["RU"]).creator
        assert registry.creator(mine, creator.pk).creator == creator
        assert registry.creator(other, creator.pk).creator == creator
        with pytest.raises(Http404):
            registry.creator(mine, local.pk)
        assert {entry.creator for entry in registry.creators(other, Filters()).items} == {creator, local}


class TestOverview:
    def test_holds_versions_runs_results_and_cards(self, campaign, finish, mine, now, django_assert_max_num_queries):
        run = finish(campaign)
        profile = run.recommendations.first().profile
        told = memory.Told(kpi="orders", actual=5, target=4, as_of_date=date(2026, 11, 1))
        first = memory.record_outcome(campaign, profile, told, by=None, now=now)
        memory.correct_outcome(first, told, by=f.user("strategist"), now=now)
        with django_assert_max_num_queries(12):
            found = queries.overview(mine, campaign.slug)
            assert [one.model.approved_by.name for one in found.runs]
        assert (len(found.briefs), len(found.runs), len(found.outcomes), found.successes) == (1, 1, 1, 1)
        assert (found.may_write, found.may_run) == (True, True)

    def test_of_a_closed_campaign_offers_nothing_to_write(self, campaign, mine, now):
        campaign.closed_at = now
        campaign.save()
        assert not queries.overview(mine, campaign.slug).may_write


class TestCampaigns:
    def test_come_open_first_with_version_and_runs(self, campaign, mine, finish, now):
        f.campaign(name="Old", closed_at=now)
        finish(campaign)
        items = queries.campaigns(mine).items
        assert [(one.name == "Old", one.brief_version, one.run_count) for one in items] == [
            (False, 1, 1),
            (True, None, None),
        ]


class TestRunBefore:
    def test_is_the_last_one_that_completed(self, campaign, finish, now):
        first = finish(campaign)
        f.run(campaign, status="failed")
        assert queries.run_before(finish(campaign)) == first
        assert queries.run_before(first) is None


class TestCreators:
    def test_pages_by_key_without_gaps_or_repeats(self, mine, monkeypatch, django_assert_max_num_queries):
        monkeypatch.setattr(registry, "PER_PAGE", 5)
        seen, after = [], None
        for _ in range(4):
            with django_assert_max_num_queries(4):
                page = registry.creators(mine, Filters(after=after))
            seen += [entry.creator.pk for entry in page.items]
            after = page.after
            if after is None:
                break
        assert len(seen) == len(set(seen)) == 12
        assert seen == sorted(seen, reverse=True)

    def test_show_one_row_a_creator_with_all_visible_profiles(self, mine):
        entry = registry.creators(mine, Filters(q="second")).items[0]
        assert {profile.platform for profile in entry.profiles} >= {"vk"}
        assert len(entry.profiles) == 2

    @pytest.mark.parametrize("words", ["Ирина", "ирина", "ИРИНА", "савельева", "@irina_s", "Irina"])
    def test_are_found_by_name_and_handle_in_any_script(self, mine, words):
        made = f.profile(handle="irina_s", name="Ирина Савельева", markets=["US"])
        assert [entry.creator for entry in registry.creators(mine, Filters(q=words)).items] == [made.creator]

    def test_are_narrowed_by_platform_and_newest_followers(self, mine):
        assert len(registry.creators(mine, Filters(platform="vk")).items) == 1
        assert len(registry.creators(mine, Filters(followers_min=40_000)).items) == 2
        assert len(registry.creators(mine, Filters(followers_max=5_000)).items) == 2


class TestCreator:
    def test_shows_each_figure_with_its_source_and_age(self, mine, now, django_assert_max_num_queries):
        profile = f.profile(handle="irina")
        f.metrics(profile, taken_at=date(2026, 9, 1), followers=10, posts=7, source="old list")
        f.metrics(profile, taken_at=date(2026, 11, 1), followers=20, source="new list", is_typed_by_hand=True)
        with django_assert_max_num_queries(12):
            card = registry.creator(mine, profile.creator_id).profiles[0]
        figures = {figure.name: figure for figure in card.figures}
        assert (figures["followers"].value, figures["followers"].source) == (20, "new list")
        assert (figures["posts"].value, figures["posts"].age_days(now.date())) == (7, 80)
        assert card.series("followers") == [(date(2026, 9, 1), 10, False), (date(2026, 11, 1), 20, True)]

    def test_shows_past_work_of_the_readers_brands_only(self, mine, campaign, now):
        profile = f.profile()
        told = memory.Told(kpi="orders", actual=5, target=4, as_of_date=date(2026, 11, 1))
        ours = memory.record_outcome(campaign, profile, told, by=None, now=now)
        memory.record_outcome(f.campaign(brand=f.brand("other")), profile, told, by=None, now=now)
        assert registry.creator(mine, profile.creator_id).outcomes == (ours,)

    def test_shows_the_newest_answer_a_campaign(self, mine, campaign, finish):
        finish(campaign)
        newest = finish(campaign).recommendations.order_by("rank").first()
        assert registry.creator(mine, newest.creator_id).answers == (newest,)

    def test_of_an_unfinished_import_is_not_found(self, mine):
        from screening.models import ImportBatch

        batch = ImportBatch.objects.create(name="x.csv", sha256="0" * 64, status="loading")
        with pytest.raises(Http404):
            registry.creator(mine, f.profile(batch=batch).creator_id)
