"""The creator's page: relations from both sides, the case that waits, past decisions and what colleagues wrote."""

from datetime import date

import pytest

from review import claims, overlays
from screening import memory
from screening.models import Outcome
from tests import factories as make


def page_of(task):
    return f"/creators/{task.recommendation.creator_id}/"


class TestCreatorPage:
    def test_shows_the_case_that_waits_with_the_voices_side_by_side(self, signed_in, words, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        overlays.save(task, by=elena, now=now, gut_rating=4, words={"last_brand": "Sent a ready caption."})
        text = words(signed_in(elena).get(page_of(task)))
        assert f"{task.campaign.name}, now AI 61% Partner Elena Markova – gut rating 4 of 5 Together" in text
        assert "What the last brand did wrong Sent a ready caption. Elena Markova" in text
        assert "scored in run 1" in text

    def test_gives_nothing_of_a_sealed_card_away(self, signed_in, words, card, elena):
        pages = []
        for verdict in ("recommend", "decline"):
            task = card(verdict, arm="blind")
            type(task.recommendation.creator).objects.filter(pk=task.recommendation.creator_id).update(
                name="Alina Fair"
            )
            text = words(signed_in(elena).get(page_of(task)))
            assert "Sealed: what the AI says opens" in text
            assert "What the AI says now" not in text
            names = (task.recommendation.profile.name, task.recommendation.profile.handle, task.campaign.name)
            for name in names:
                text = text.replace(name, "N")
            pages.append(text.split("Creators / ", 1)[-1])  # without the count beside the queue
        assert pages[0] == pages[1]

    def test_tells_how_a_decision_ended(self, signed_in, words, card, elena, decide, now):
        task = card()
        decide(task, "approve", by=elena)
        Outcome.objects.create(
            campaign=task.campaign, profile=task.recommendation.profile, kpi="orders", actual=120,
            as_of_date=date(2026, 11, 19), is_success=True, audit=make.entry("outcome"),
        )  # fmt: skip
        text = words(signed_in(elena).get(page_of(task)))
        assert "Approved: Elena Markova" in text
        assert "Met the goal: 120" in text

    def test_of_other_brands_shows_no_case_and_no_words(self, signed_in, words, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        overlays.save(task, by=elena, now=now, words={"last_brand": "Sent a ready caption."})
        stranger = make.user("strategist", brand="other", market="US")
        text = words(signed_in(stranger).get(page_of(task)))
        assert task.campaign.name not in text
        assert "ready caption" not in text

    def test_takes_as_many_queries_for_ten_cases_as_for_one(
        self, signed_in, card, elena, policy, now, django_assert_max_num_queries
    ):
        task = card()
        answers = [
            make.recommendation(make.run(make.campaign()), profile=task.recommendation.profile) for _n in range(9)
        ]
        for answer in answers:
            overlays.save(make.task(answer, policy=policy), by=elena, now=now, words={"how_to_brief": "Gently"})
        browser = signed_in(elena)
        browser.get(page_of(task))
        with django_assert_max_num_queries(12):
            browser.get(page_of(task))


class TestRelations:
    @pytest.fixture
    def alina(self, db):
        return make.profile(creator=None).creator

    @pytest.fixture
    def marina(self, db):
        return make.profile(creator=None).creator

    def seen(self, signed_in, words, user, creator):
        return words(signed_in(user).get(f"/creators/{creator.pk}/"))

    def test_stand_on_the_pages_of_both(self, signed_in, words, elena, alina, marina, now):
        memory.relate(alina, kind="referred", other=marina, by=None, now=now)
        assert f"{marina.name} was referred by" in self.seen(signed_in, words, elena, alina)
        assert f"{alina.name} referred" in self.seen(signed_in, words, elena, marina)

    def test_written_both_ways_are_one_line(self, signed_in, words, elena, alina, marina, now):
        memory.relate(alina, kind="mentions", other=marina, by=None, now=now)
        memory.relate(marina, kind="mentions", other=alina, by=None, now=now)
        text = self.seen(signed_in, words, elena, alina)
        assert text.count("mention each other") == 1
        assert "is mentioned by" not in text

    def test_of_people_say_since_when_and_for_whom(self, signed_in, words, elena, alina, now):
        make.brand()
        memory.relate(alina, kind="worked", person=elena, brand="acme", since_date=date(2024, 3, 1), by=elena, now=now)
        text = self.seen(signed_in, words, elena, alina)
        assert "Elena Markova worked with this creator Acme, since 1 Mar 2024" in text

    def test_with_creators_out_of_sight_are_not_shown(self, signed_in, words, elena, alina, now):
        far = make.profile(markets=["RU"]).creator
        memory.relate(far, kind="mentions", other=alina, by=None, now=now)
        assert far.name not in self.seen(signed_in, words, elena, alina)
