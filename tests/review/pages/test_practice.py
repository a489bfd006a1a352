"""The page of a practice card: the workbench without script, without names, and without the AI before a view."""

import contextlib
import re

import pytest
from django.db import connection

from review import practice
from review.models import Practice, ReviewTask
from screening.models import Recommendation
from tests import factories as make
from tests.review.practising import closed_cases, decided, practised
from tests.review.worlds import RANDOM, unguarded

KNOWN = {
    "know": [{"code": "known", "feature": "topics", "numbers": {"value": 0.5}}],
    "uncertain": [{"code": "prior", "feature": "", "numbers": {}}],
}
FACTORS = [["engagement_rate", 10_000_000, 0.02]]
NAMES = ("lena", "glow", "acme", "autumn", "campaign-")  # of the creator, handle, brand and campaign of each case


@pytest.fixture
def policy(sofia, marcus):
    return make.policy(make.brand(), make.market(), owner=sofia, deputy=marcus, practice_share_u6=100_000)


@pytest.fixture
def cases(policy):
    found = closed_cases(knowledge={"uncertain": KNOWN["uncertain"]}, factors=FACTORS)
    for one in found:
        make.metrics(one.profile, followers=51_234, taken_at=one.run.created_at.date())
    return found


@pytest.fixture
def browser(signed_in, elena):
    return signed_in(elena)


@pytest.fixture
def opened(cases, browser):
    """The address of a practice card that opening the queue led to."""
    answer = browser.get("/queue/")
    assert re.fullmatch(r"/queue/unnamed/\d+/", answer.headers["Location"])
    return answer.headers["Location"]


def spoken(browser, address, **said):
    return browser.post(address + "first-view/", {"says": "yes", "p": "70", **said}, follow=True)


def stage(answer):
    """The part of the page that shows the card: the list beside it and the frame have names of their own."""
    page = answer.content.decode()
    return page[page.index('id="stage"') :]


@contextlib.contextmanager
def rewritten():
    """Let what is never changed be another for once; what waits to be checked is checked before."""
    connection.check_constraints()
    with unguarded():
        yield
        connection.check_constraints()


class TestOpening:
    def test_the_queue_anew_leads_a_newcomer_to_practice_once(self, opened, browser):
        assert browser.get("/queue/").status_code == 200
        assert Practice.objects.count() == 1

    def test_ahead_or_with_a_filter_draws_nothing(self, cases, browser):
        browser.get("/queue/?lane=top")
        browser.head("/queue/")
        browser.get("/queue/", headers={"X-Ahead": "prefetch"})
        assert not Practice.objects.exists()

    def test_a_card_that_is_decided_is_followed_by_practice_where_it_is_drawn(
        self, policy, card, elena, decide, browser, sent, monkeypatch
    ):
        decided(elena, 3, card, decide)
        closed_cases()
        monkeypatch.setattr(practice, "_seed", lambda user, turn: next(s for s in range(99) if hit(s)))
        task, after = card(), card()
        answer = browser.post(f"/queue/{task.pk}/decide/", sent(task, choice="approve"))
        row = Practice.objects.get()
        assert answer.headers["Location"] == f"/queue/unnamed/{row.pk}/"
        assert f"/queue/{after.pk}/" in browser.get(answer.headers["Location"]).content.decode()
        other, more = card(), sent(after, choice="approve")
        again = browser.post(f"/queue/{after.pk}/decide/", more, headers={"hx-request": "true"})
        assert again.headers["HX-Push-Url"] == f"/queue/unnamed/{row.pk}/"  # it waits: nothing else is drawn
        assert f"/queue/{other.pk}/" in again.content.decode()
        assert 'id="card"' in again.content.decode()


def hit(seed):
    from review.judgement import dealing

    pile = dealing.Pile(100_000, wrong=list(range(6)), right=list(range(6)))
    return dealing.deal([pile], errors=0, given=5, seed=seed) is not None


class TestWithoutScript:
    def test_goes_from_a_view_to_the_verdict_to_the_truth_to_the_next_card(self, opened, browser, card, words):
        task = card()
        first = words(browser.get(opened))
        assert "Your view first" in first
        assert "51" in first
        second = words(spoken(browser, opened))
        assert "The AI’s verdict is open now." in second
        assert "practice" not in re.sub(r"in_practice", "", second.lower())
        third = browser.post(opened + "decide/", {"choice": "reject"}, follow=True)
        told = words(third)
        row = Practice.objects.get()
        assert "This was practice: it decided nothing." in told
        assert ("It was right." if row.ai_was_right else "It was wrong.") in told
        assert ("It worked out" if row.ai_was_right else "It did not work out") in told
        assert "The AI had said: Partner, 61% sure." in told
        assert "You: at first rather yes, 70%; with the AI open: Reject." in told
        assert "1 practice card so far." in told
        assert f'href="/queue/{task.pk}/"' in stage(third)
        assert (row.says_yes, row.approves) == (True, False)
        assert ReviewTask.objects.get(pk=task.pk).state == "open"

    def test_says_not_now_and_goes_on(self, opened, browser, card):
        task = card()
        answer = browser.post(opened + "not-now/")
        assert answer.headers["Location"] == f"/queue/{task.pk}/"
        assert Practice.objects.get().skipped_at is not None
        assert browser.get("/queue/").status_code == 200

    def test_asks_again_for_what_is_missing(self, opened, browser, words):
        answer = spoken(browser, opened, p="30")
        assert answer.status_code == 422
        assert "A yes means 50% or more" in words(answer)
        assert browser.post(opened + "first-view/", {}).status_code == 422
        assert browser.post(opened + "decide/", {"choice": "approve"}).status_code == 409

    def test_answers_htmx_with_the_card_alone(self, opened, browser):
        part = browser.get(opened, headers={"hx-request": "true"}).content.decode()
        assert 'id="card"' in part
        assert "<html" not in part
        assert 'id="queue"' not in part


class TestKeys:
    def test_are_those_of_the_desk(self, opened, browser):
        assert "data-save" in stage(browser.get(opened))
        second = stage(spoken(browser, opened))
        assert re.search(r'value="approve"[^>]*data-key="a"', second)
        assert re.search(r'value="reject"[^>]*data-key="r"', second)
        assert ", against the AI" in second.split('value="reject"')[1].split("</button>")[0]
        assert ", against the AI" not in second.split('value="approve"')[1].split("</button>")[0]


class TestTheCase:
    def test_names_nobody_at_any_step(self, opened, browser):
        pages = [browser.get(opened), spoken(browser, opened)]
        pages.append(browser.post(opened + "decide/", {"choice": "approve"}, follow=True))
        for page in pages:
            shown = stage(page).casefold()
            assert [name for name in NAMES if name in shown] == []
            assert "skincare" in shown
            assert "/creators/" not in shown
            assert "briefing" not in shown

    def test_strikes_out_what_the_ai_says_with_a_name_in_it(self, opened, browser):
        row = Practice.objects.get()
        with rewritten():
            Recommendation.objects.filter(pk=row.recommendation_id).update(
                factors=[["topics", 10_000_000, "Acme lovers"], ["engagement_rate", 1_000_000, 0.02]]
            )
        assert "acme" not in stage(spoken(browser, opened)).casefold()

    @pytest.mark.parametrize("agent", [{}, {"hx-request": "true"}])
    def test_looks_the_same_before_a_view_whatever_the_ai_said(self, opened, browser, agent):
        row = Practice.objects.get()

        def page():
            body = browser.get(opened, headers=agent).content
            for pattern, instead in RANDOM:
                body = pattern.sub(instead, body)
            return body

        here = page()
        with rewritten():
            Recommendation.objects.filter(pk=row.recommendation_id).update(
                verdict="decline", p_u6=330_000, score_u6=31_000_000, rank=77, flags=[{"feature": "x"}],
                factors=[["engagement_rate", -9_000_000, 0.001]], knowledge={"know": [], "uncertain": []},
            )  # fmt: skip
            Practice.objects.filter(pk=row.pk).update(ai_was_right=not row.ai_was_right)
        assert page() == here
        spoken(browser, opened)
        assert page() != here


class TestRights:
    def test_of_a_practice_card_are_its_persons_alone(self, opened, signed_in, daniel, sofia):
        for other in (daniel, sofia, make.user("analyst", brand="acme", market="US"), make.user("admin")):
            answer = signed_in(other).get(opened)
            assert answer.status_code in {403, 404}
            assert signed_in(other).post(opened + "first-view/", {"says": "yes", "p": "70"}).status_code == 404

    def test_of_the_log_show_that_somebody_practised_and_no_answer(self, opened, browser, signed_in, sofia, words):
        spoken(browser, opened)
        browser.post(opened + "decide/", {"choice": "approve"})
        told = words(signed_in(sofia).get("/audit/?kind=practice"))
        assert "A practice card answered" in told
        assert "Elena Markova" in told
        assert "Approve" not in told.split("practice card answered")[1][:60]


class TestTheRecord:
    def test_shows_ones_own_rates_with_count_and_interval(self, policy, elena, browser, words):
        practised(elena, policy, 9, right=False, says_yes=False, approves=False)  # right, and stayed so
        practised(elena, policy, 3, right=False, says_yes=False, approves=True)
        practised(elena, policy, 10, right=True, says_yes=False, approves=True)  # wrong, and followed a right AI
        told = words(browser.get("/practice/"))
        for said in (
            "you went against it 9 of 12: 75% (51–90%)",
            "you kept your view 9 of 12: 75% (51–90%)",
            "you changed your view 10 of 10: 100% (79–100%)",
            "you went along with it 10 of 10: 100% (79–100%)",
        ):
            assert said in told

    def test_shows_no_rate_of_too_few(self, policy, elena, browser, words):
        practised(elena, policy, 9, right=False, says_yes=False, approves=False)
        practised(elena, policy, 1, right=True, says_yes=True, approves=True)
        told = words(browser.get("/practice/"))
        assert "you kept your view 9 cases are too few to tell. 10 are needed." in told
        assert "you went along with it 1 case is too few to tell. 10 are needed." in told
        assert "of 9:" not in told

    def test_lists_past_cards_with_what_their_end_showed(self, policy, elena, browser, words):
        rows = practised(elena, policy, 26, right=False, says_yes=True, approves=False)
        page = browser.get("/practice/")
        assert "Practice card 26" in words(page)
        assert "Practice card 1 " not in words(page)
        assert "You: at first rather yes, 70%; with the AI open: Reject." in words(page)
        assert "The AI had said: Partner, 61% sure. It was wrong." in words(page)
        assert "It did not work out" in words(page)
        assert f'href="/queue/unnamed/{rows[-1].pk}/"' in page.content.decode()
        assert "Practice card 1 " in words(browser.get("/practice/?page=2"))

    def test_tells_nothing_of_a_card_that_waits_or_was_put_off(self, opened, elena, browser, words):
        row = Practice.objects.get()
        for said in ("No practice card answered yet", "0 cases are too few to tell"):
            assert said in words(browser.get("/practice/"))
        assert opened not in browser.get("/practice/").content.decode().split('id="main"')[1]
        practice.skip(row, by=elena, now=row.drawn_at)
        assert opened not in browser.get("/practice/").content.decode()

    def test_is_the_persons_alone(self, policy, elena, daniel, sofia, signed_in, words):
        practised(elena, policy, 12, right=False, says_yes=False, approves=False)
        for other in (daniel, sofia, make.user("analyst", brand="acme", market="US"), make.user("admin")):
            told = words(signed_in(other).get(f"/practice/?user={elena.pk}"))
            assert "No practice card answered yet" in told
            assert "12" not in told.split("You and the AI")[1].split("Past practice cards")[0]

    def test_asks_the_database_once_for_however_many(self, policy, elena, browser, django_assert_max_num_queries):
        practised(elena, policy, 30, right=False, says_yes=False, approves=False)
        browser.get("/practice/")
        with django_assert_max_num_queries(12):
            browser.get("/practice/")


class TestThePolicyPage:
    def test_says_how_often_and_from_what(self, cases, policy, signed_in, sofia, words):
        told = words(signed_in(sofia).get(f"/policies/{policy.pk}/"))
        assert "10% of a person’s cards are practice until they have seen 10 errors of the AI, then 4%" in told
        assert "None is dealt here yet" not in told

    def test_says_where_there_are_too_few_closed_cases(self, policy, signed_in, sofia, words):
        told = words(signed_in(sofia).get(f"/policies/{policy.pk}/"))
        assert "None is dealt here yet: it takes 5 closed cases where the AI was right" in told

    def test_says_that_there_is_none(self, sofia, signed_in, words):
        plain = make.policy(make.brand(), make.market(), owner=sofia)
        assert "No practice cards." in words(signed_in(sofia).get(f"/policies/{plain.pk}/"))

    def test_offers_the_share_to_whoever_proposes_a_change(self, policy, signed_in, sofia):
        form = signed_in(sofia).get(f"/policies/{policy.pk}/propose/").content.decode()
        assert re.search(r'name="practice_share" value="10"', form)
