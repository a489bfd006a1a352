"""The creator registry."""

from datetime import date

import pytest
from django.test import Client

from screening import registry
from screening.models import Relation
from tests import factories as f


@pytest.fixture
def alina(db):
    """A creator of both markets with a history, a figure typed by hand, and past work for two brands."""
    f.market()
    made = f.profile("telegram", handle="alina_bez_grima", markets=["RU", "US"], bio="Чувствительная кожа")
    made.creator.name = "Алина Воронцова"
    made.creator.language = "ru"
    made.creator.save()
    for month in range(1, 7):
        f.metrics(made, taken_at=date(2026, month, 1), followers=100_000 + month * 1000, source="open statistics",
                  is_typed_by_hand=month == 3, likes_avg=None, comments_avg=None)  # fmt: skip
    return made


class TestList:
    @pytest.mark.parametrize("words", ["алина", "Воронцова", "@alina_bez", "ALINA_BEZ"])
    def test_finds_by_name_or_handle_in_any_case(self, strategist, alina, words):
        f.profile(handle="somebody")
        page = strategist.get("/creators/", {"q": words}).content.decode()
        assert "Алина Воронцова" in page
        assert "somebody" not in page

    def test_narrows_by_platform_market_and_followers(self, strategist, alina):
        f.profile("youtube", handle="other")
        asked = {"platform": "telegram", "market": "US", "followers_min": "100k", "followers_max": "0.2M"}
        page = strategist.get("/creators/", asked).content.decode()
        assert "alina_bez_grima" in page
        assert "@other" not in page

    def test_says_which_filter_cannot_be_read(self, strategist, alina):
        page = strategist.get("/creators/", {"followers_min": "lots"}).content.decode()
        assert "“lots” is not a number" in page
        assert "alina_bez_grima" in page

    def test_pages_by_key(self, strategist, monkeypatch):
        monkeypatch.setattr(registry, "PER_PAGE", 2)
        made = [f.profile(handle=f"n{n}") for n in range(3)]
        page = strategist.get("/creators/").content.decode()
        assert f"?after={made[1].creator_id}" in page
        rest = strategist.get("/creators/", {"after": made[1].creator_id}).content.decode()
        assert "@n0" in rest
        assert "@n1" not in rest

    def test_offers_to_clear_the_filters_when_nobody_meets_them(self, strategist, alina):
        assert "Nobody like that" in strategist.get("/creators/", {"q": "zzz"}).content.decode()

    def test_hides_creators_of_other_markets(self, strategist):
        f.profile(handle="only_ru", markets=["RU"])
        assert "only_ru" not in strategist.get("/creators/").content.decode()


class TestPage:
    def test_shows_profiles_with_the_age_of_their_figures(self, strategist, alina):
        page = strategist.get(f"/creators/{alina.creator_id}/").content.decode()
        assert "@alina_bez_grima" in page
        assert 'class="age age--old"' in page
        assert "open statistics" in page

    def test_draws_the_history_with_a_table_beside_it_and_open_dots_for_typed_figures(self, strategist, alina):
        page = strategist.get(f"/creators/{alina.creator_id}/").content.decode()
        assert 'role="img" aria-label="Followers, Telegram: 101k on 1 Jan' in page
        assert page.count('class="dot--hand"') == 2  # the wide drawing and the narrow one
        assert page.count("<td>1 Mar") == 1

    def test_shows_relations_and_past_work_of_the_persons_brands_only(self, strategist, alina):
        person = f.user("strategist", name="Elena Markova")
        Relation.objects.create(creator=alina.creator, kind="worked", person=person)
        for brand in ("acme", "other"):
            made = f.campaign(brand=f.brand(brand), name=f"Campaign of {brand}")
            made.outcomes.create(profile=alina, kpi="orders", actual=5, as_of_date="2026-01-01", is_success=True,
                                 audit=f.entry("outcome"))  # fmt: skip
        page = strategist.get(f"/creators/{alina.creator_id}/").content.decode()
        assert "Elena Markova" in page
        assert "Campaign of acme" in page
        assert "Campaign of other" not in page

    def test_names_nobody_of_a_foreign_market_among_the_relations(self, strategist, alina):
        for market, name in (("US", "Known Friend"), ("RU", "Secret Person")):
            other = f.profile(handle=name.split()[0], markets=[market]).creator
            type(other).objects.filter(pk=other.pk).update(name=name)
            Relation.objects.create(creator=alina.creator, kind="mentions", other=other)
        page = strategist.get(f"/creators/{alina.creator_id}/").content.decode()
        assert "Known Friend" in page
        assert "Secret Person" not in page

    def test_shows_the_gates_of_a_market(self, alina, now):
        from screening import gates

        gates.install(f.market("RU"), by=None, now=now)
        client = Client()
        client.force_login(f.user("expert", market="RU"))
        page = client.get(f"/creators/{alina.creator_id}/").content.decode()
        assert "Market gates, Russia, Telegram" in page

    def test_is_not_found_in_another_market(self, strategist):
        stranger = f.profile(handle="only_ru", markets=["RU"])
        assert strategist.get(f"/creators/{stranger.creator_id}/").status_code == 404


class TestHostileText:
    EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

    @pytest.fixture
    def evil(self, db):
        """A creator whose every text is an attack."""
        f.market()
        made = f.profile(
            handle="evil", name=self.EVIL, bio=self.EVIL, categories=[self.EVIL], url="javascript:alert(1)"
        )
        made.creator.name = self.EVIL
        made.creator.save()
        f.metrics(made, source=self.EVIL[:80])
        return made

    def test_is_shown_as_text_everywhere(self, strategist, evil):
        for url in ("/creators/", f"/creators/{evil.creator_id}/", f"/creators/?q={self.EVIL}"):
            page = strategist.get(url).content.decode()
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "&lt;script&gt;" in page

    def test_makes_no_link(self, strategist, evil):
        assert "javascript:" not in strategist.get(f"/creators/{evil.creator_id}/").content.decode()
