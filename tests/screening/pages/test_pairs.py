"""Two creators: how they stand to each other, who said so, and what the AI says of both."""

import re
from html import unescape

import pytest

from screening import exposures, sealed
from screening.models import Exposure, Relation
from tests import factories as f
from tests.screening.conftest import browser


@pytest.fixture
def other(creator):
    """Another creator of the market."""
    return f.profile(handle="Marina_K").creator


@pytest.fixture
def add(page):
    """Sends the form as somebody; returns the answer."""

    def sent(who, **fields):
        return browser(who).post(f"{page}pairs/", {"handle": "@marina_k", "kind": "posted", "brand": "acme", **fields})

    return sent


@pytest.fixture
def judged(creator, other):
    """Makes the AI answer on both for a campaign: a verdict each."""

    def answer(own="recommend", theirs="recommend", **fields):
        run = f.run(f.campaign(name="Winter Barrier", **fields))
        for one, verdict in ((creator, own), (other, theirs)):
            f.recommendation(run, profile=one.profiles.get(), verdict=verdict)
        return run.campaign

    return answer


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


class TestAdd:
    def test_shows_it_on_both_pages_with_since_how_often_and_who_said_so(self, add, page, elena, creator, other):
        answer = add(elena, kind="mentions", since="2026-05-01", times="6", words="Stories")
        assert (answer.status_code, answer.url) == (302, f"{page}#rel")
        name = other.name
        assert f"{name} mentions, 6 times Acme, since 1 May · Stories · said by Elena Markova" in text_of(
            browser(elena).get(page)
        )
        theirs = text_of(browser(elena).get(f"/creators/{other.pk}/"))
        assert f"{creator.name} is mentioned by, 6 times" in theirs

    def test_pressed_twice_is_one_row_and_later_words_correct_it(self, add, elena, other):
        for fields in ({}, {}, {"times": "2"}):
            assert add(elena, **fields).status_code == 302
        assert Relation.objects.get().times == 2

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"handle": "nobody"}, "Nobody with this nick is known here."),
            ({"handle": "twins"}, "Several creators have this nick"),
            ({"handle": "own"}, "This is the same creator"),
            ({"times": "0"}, "0 is not allowed"),
            ({"since": "2999-01-01"}, "The day lies in the future."),
        ],
    )
    def test_says_at_the_field_what_is_wrong(self, add, elena, creator, other, fields, said):
        f.profile(handle="twins")
        f.profile("youtube", handle="twins")
        f.profile("vk", handle="own", creator=creator)
        answer = add(elena, **fields)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert not Relation.objects.exists()

    def test_takes_the_platform_before_a_nick_that_several_have(self, add, elena, creator, other):
        f.profile("youtube", handle="marina_k")
        assert add(elena).status_code == 422
        assert add(elena, handle="youtube/@marina_k").status_code == 302

    def test_is_for_those_who_decide_and_names_nobody_of_another_market(self, add, other):
        assert add(f.user("analyst", brand="acme", market="US")).status_code == 403
        other.profiles.update(markets=["RU"])
        assert "Nobody with this nick" in text_of(add(f.user("strategist", brand="acme", market="US")))

    def test_is_taken_back_by_whoever_said_it(self, add, page, elena, other):
        add(elena)
        back = f"{page}pairs/{Relation.objects.get().pk}/back/"
        browser(f.user("manager", brand="acme", market="US")).post(back)
        assert Relation.objects.exists()
        for _ in range(2):
            assert browser(elena).post(back).status_code == 302
        assert not Relation.objects.exists()


class TestWhatTheAiSaysOfBoth:
    def test_is_that_both_suit_a_campaign_and_could_work_as_a_pair(self, add, page, elena, judged):
        add(elena, kind="mentions")
        judged()
        assert "both suit Winter Barrier Take back" in text_of(browser(elena).get(page))
        add(elena, kind="posted")
        assert "both suit Winter Barrier, they could work as a pair" in text_of(browser(elena).get(page))

    def test_is_told_across_markets_of_those_who_did_something_together(self, add, page, creator, other):
        add(f.user("strategist", brand="acme", market="US"), kind="posted")
        for one, market in ((creator, "US"), (other, "RU")):
            run = f.run(f.campaign(name=f"Winter {market}", market=f.market(market)))
            f.recommendation(run, profile=one.profiles.get())
        everywhere = text_of(browser(f.user("strategist", brand="acme")).get(page))
        assert "they could work as a pair across markets: Winter US, US and Winter RU, RU" in everywhere
        here = text_of(browser(f.user("strategist", brand="acme", market="US")).get(page))
        assert "as a pair" not in here

    @pytest.mark.parametrize("told", [{"own": "decline"}, {"theirs": "unsure"}, {"closed_at": "2026-11-01T00:00Z"}])
    def test_is_nothing_unless_both_are_partners_in_an_open_campaign(self, add, page, elena, judged, told):
        add(elena)
        judged(**told)
        assert "both suit" not in text_of(browser(elena).get(page))

    @pytest.mark.parametrize("verdict", ["recommend", "decline"])
    def test_is_kept_while_the_other_is_sealed_whatever_the_verdict(
        self, add, page, elena, judged, other, monkeypatch, verdict
    ):
        add(elena)
        campaign = judged(theirs=verdict)
        monkeypatch.setattr(sealed, "creators", lambda *_: frozenset({(campaign.pk, other.pk)}))
        shown = text_of(browser(elena).get(page))
        assert "both suit" not in shown
        assert not Exposure.objects.filter(creator=other).exists()

    def test_is_remembered_as_seen_of_both(self, add, page, elena, judged, creator, other):
        add(elena)
        campaign = judged()
        browser(elena).get(page)
        assert {one.creator_id for one in Exposure.objects.filter(user=elena, campaign=campaign)} == {
            creator.pk, other.pk,
        }  # fmt: skip


class TestASealedCard:
    def test_of_the_other_is_never_told_by_the_queue_itself(self, add, page, elena, judged, other):
        add(elena)
        campaign = judged()
        answer = campaign.runs.get().recommendations.get(creator=other)
        f.task(answer, arm="blind", lane="")
        assert "both suit" not in text_of(browser(elena).get(page))
        exposures.note(elena, campaign, [other.pk], now=answer.run.finished_at)
        assert "both suit" in text_of(browser(elena).get(page))
