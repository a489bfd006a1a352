"""Drafts, time, the question before an approval, asking a holder, and what changed meanwhile, over HTTP."""

from datetime import timedelta

import pytest

from review import attention, claims, friction, stops
from review.models import Attention, Decision, Draft, Friction, ReviewTask, SavedView
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestDraft:
    def test_comes_back_in_another_browser(self, signed_in, elena, card, words):
        task = card()
        first = signed_in(elena)
        first.get(f"/queue/{task.pk}/")
        said = first.post(f"/queue/{task.pk}/draft/", {"risk_note": "Three ads a week", "gut_rating": "4"}).json()
        assert said["saved"].startswith("Draft saved ")
        page = signed_in(elena).get(f"/queue/{task.pk}/")
        assert "Three ads a week" in page.content.decode()
        assert page.content.decode().count('name="gut_rating" value="4" id="id_gut_rating_3" checked') == 1
        assert "It stays if you close the page." in words(page)

    def test_is_shown_to_nobody_else(self, signed_in, elena, daniel, card, now):
        task = card()
        Draft.objects.create(task=task, by=elena, fields={"risk_note": "Three ads a week"})
        assert "Three ads a week" not in signed_in(daniel).get(f"/queue/{task.pk}/").content.decode()

    def test_goes_with_a_saved_view(self, signed_in, elena, card, sent):
        task = card()
        browser = signed_in(elena)
        browser.post(f"/queue/{task.pk}/draft/", {"risk_note": "a"})
        browser.post(f"/queue/{task.pk}/decide/", sent(task, risk_note="a"))
        assert not Draft.objects.exists()

    @pytest.mark.parametrize("step", ["draft", "seen", "ask-release"])
    def test_is_not_for_strangers_nor_readers(self, signed_in, card, step):
        task = card()
        assert signed_in(make.user("strategist", market="RU")).post(f"/queue/{task.pk}/{step}/").status_code == 404
        assert signed_in(make.user("analyst", brand="acme")).post(f"/queue/{task.pk}/{step}/").status_code == 403


class TestTime:
    def test_is_told_by_the_page_and_goes_along_with_the_decision(self, signed_in, elena, card, sent):
        task = card()
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        Attention.objects.update(seen_at=Attention.objects.get().seen_at - timedelta(seconds=60))
        answer = browser.post(f"/queue/{task.pk}/seen/", {"active": "20", "sections": "factors", "place": "7"})
        assert answer.json() == {"version": 1}
        browser.post(f"/queue/{task.pk}/decide/", sent(task, choice="approve", active="2"))
        assert Decision.objects.get().active_seconds == 22
        row = Attention.objects.get()
        assert (row.sections, row.place) == (["factors"], 1)  # the page itself was the list's first

    def test_is_unknown_without_script(self, signed_in, elena, card, sent):
        task = card()
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        browser.post(f"/queue/{task.pk}/decide/", sent(task, choice="approve", active=""))
        assert Decision.objects.get().active_seconds is None

    def test_does_not_begin_by_looking_ahead(self, signed_in, elena, card):
        signed_in(elena, **{"Sec-Purpose": "prefetch"}).get(f"/queue/{card().pk}/")
        assert not Attention.objects.exists()


@pytest.fixture
def hurried(card, decide, elena, daniel, now):
    """Twenty usual reviews of a colleague, sixteen of Elena, and then her four quick approvals."""
    for by, seconds in [(daniel, 90)] * 20 + [(elena, 90)] * 16 + [(elena, 10)] * 4:
        task = card()
        Attention.objects.create(task=task, user=by, opened_at=now, seen_at=now, active_seconds=seconds)
        decide(task, "approve", by=by)


class TestFriction:
    def approve(self, browser, task, sent, **more):
        return browser.post(f"/queue/{task.pk}/decide/", sent(task, **{"choice": "approve", **more}))

    def test_asks_one_question_and_any_answer_goes_on(self, signed_in, elena, card, hurried, sent, words):
        task = card()
        browser = signed_in(elena)
        answer = self.approve(browser, task, sent, risk_note="Kept")
        assert answer.status_code == 422
        assert "4 approvals in 40 s; such a card usually takes the team 90 s." in words(answer)
        assert "Nothing, I checked" in words(answer)
        assert "Kept" in answer.content.decode()
        said = sent(task, worry="none")
        assert browser.post(f"/queue/{task.pk}/decide/", said).status_code == 302
        assert ReviewTask.objects.get(pk=task.pk).state == "approved"
        row = Friction.objects.get()
        assert (row.approvals, row.seconds, row.usual_seconds, row.worry) == (4, 40, 90, None)
        assert row.answered_at is not None

    def test_keeps_which_uncertainty_was_chosen(self, elena, card, now, hurried):
        task = card()
        task.recommendation.knowledge = {"uncertain": [{"code": "prior"}, {"code": "old"}]}
        assert friction.due(task, by=elena, now=now)
        friction.answer(task, by=elena, now=now, worry=1)
        assert Friction.objects.get().worry == {"code": "old"}
        assert friction.due(task, by=elena, now=now) is None

    def test_is_not_asked_again_on_the_next_card(self, elena, card, now, hurried):
        assert friction.due(card(), by=elena, now=now + timedelta(hours=1))
        assert friction.due(card(), by=elena, now=now + timedelta(hours=1)) is None

    @pytest.mark.parametrize("fields", [{"route": "fast"}, {"stakes": "high"}, {"verdict": "decline"}])
    def test_is_none_of_fast_track_nor_of_what_asks_for_a_reason(self, elena, card, now, hurried, fields):
        assert friction.due(card(**fields), by=elena, now=now) is None

    def test_is_not_asked_of_a_colleague_who_takes_the_usual_time(self, daniel, card, now, hurried):
        assert friction.due(card(), by=daniel, now=now) is None

    def test_stands_before_no_rejection(self, signed_in, elena, card, hurried, sent):
        task = card(verdict="unsure")
        said = sent(task, choice="reject")
        assert signed_in(elena).post(f"/queue/{task.pk}/decide/", said).status_code == 302


class TestHolder:
    def test_is_asked_and_sees_who_asks(self, signed_in, elena, daniel, card, words):
        task = card()
        holder = signed_in(elena)
        holder.get(f"/queue/{task.pk}/")
        other = signed_in(daniel)
        assert "Ask to release it" in words(other.get(f"/queue/{task.pk}/"))
        other.post(f"/queue/{task.pk}/ask-release/")
        assert "Daniel Okafor asks for this card." in words(holder.get(f"/queue/{task.pk}/"))
        assert holder.post(f"/queue/{task.pk}/renew/").json()["asks"] == "Daniel Okafor asks for this card."


def test_a_conflict_shows_the_card_before_and_now(signed_in, elena, daniel, card, sent, words):
    task = card()
    browser = signed_in(elena)
    page = browser.get(f"/queue/{task.pk}/")
    was = page.context["was"]
    claims.release(ReviewTask.objects.get(pk=task.pk), by=elena, now=page.context["task"].claimed_at)
    ReviewTask.objects.filter(pk=task.pk).update(fee_minor=165_000, version=2)
    said = {**sent(task, choice="approve", was=was, risk_note="Kept"), "version": 1}
    answer = browser.post(f"/queue/{task.pk}/decide/", said)
    assert answer.status_code == 409
    assert "Fee $500 $1,650" in words(answer)
    assert "Held by Elena Markova nobody" in words(answer)
    assert "Kept" in answer.content.decode()


class TestSavedView:
    def test_is_kept_offered_and_removed(self, signed_in, elena, card, words):
        card()
        browser = signed_in(elena)
        answer = browser.post("/queue/views/", {"name": "Dear ones", "stakes": "high", "whose": "all"})
        assert answer["Location"] == "/queue/?whose=all&stakes=high"
        page = browser.get("/queue/")
        assert "Dear ones" in words(page)
        assert 'href="/queue/?whose=all&amp;stakes=high"' in page.content.decode()
        kept = SavedView.objects.get()
        assert signed_in(make.user("strategist", brand="acme")).post(f"/queue/views/{kept.pk}/drop/").status_code == 404
        browser.post(f"/queue/views/{kept.pk}/drop/")
        assert not SavedView.objects.exists()


class TestSelection:
    def test_is_decided_by_checkboxes_and_a_form(self, signed_in, elena, card, words):
        tasks = [card(), card()]
        browser = signed_in(elena)
        page = browser.get("/queue/").content.decode()
        assert page.count('form="bulk"') == 2
        picks = [f"{one.pk}.1" for one in tasks]
        answer = browser.post("/queue/bulk/", {"pick": picks, "choice": "approve", "key": "b"}, follow=True)
        assert "2 cards approved." in words(answer)
        assert answer.content.decode().count('aria-label="Undo: ') == 2
        assert set(ReviewTask.objects.values_list("state", flat=True)) == {"approved"}

    def test_names_who_is_decided_alone_and_goes_on_with_the_others(self, signed_in, elena, card, words):
        low, high = card(), card(stakes="high")
        browser = signed_in(elena)
        picks = [f"{one.pk}.1" for one in (low, high)]
        answer = browser.post("/queue/bulk/", {"pick": picks, "choice": "approve", "key": "b"})
        assert answer.status_code == 409
        assert f"{high.recommendation.creator.name} its stakes are not low" in words(answer)
        assert "Approve 1 card" in words(answer)
        assert not Decision.objects.exists()

    def test_says_when_there_is_none(self, signed_in, elena, policy, words):
        answer = signed_in(elena).post("/queue/bulk/", {"choice": "approve"}, follow=True)
        assert "No card is selected." in words(answer)


class TestEmpty:
    def test_says_that_others_hold_everything(self, signed_in, elena, daniel, card, now, words):
        claims.claim(card(), by=daniel, now=now)
        page = words(signed_in(elena).get("/queue/?whose=unassigned"))
        assert "Somebody holds every card" in page
        assert "held by Daniel Okafor." in page

    def test_says_that_no_policy_is_in_force(self, signed_in, elena, words):
        assert "No policy is in force" in words(signed_in(elena).get("/queue/"))

    def test_names_the_run_that_is_under_way(self, signed_in, elena, policy, words):
        make.run(make.campaign(name="Winter Barrier"), status="running", finished_at=None)
        assert "New cards come when run 1 of Winter Barrier ends" in words(signed_in(elena).get("/queue/"))

    def test_says_that_the_ai_is_stopped_here(self, signed_in, elena, sofia, policy, now, words):
        stops.stop(policy.market, brand="acme", by=sofia, now=now, reason="Odd answers since this morning.")
        browser = signed_in(elena)
        assert "what the next screening run brings comes to people" in words(browser.get("/queue/"))
        make.market("RU")
        assert "what the next screening run brings" not in words(browser.get("/queue/?market=RU"))

    def test_tells_what_was_decided_today(self, signed_in, elena, card, decide, now, words):
        decide(card(), "approve", by=elena)
        assert "1 decided today, 0 of them against the AI." in words(signed_in(elena).get("/queue/"))


def test_a_filter_costs_no_more_than_the_list(signed_in, elena, card, django_assert_max_num_queries):
    for _n in range(3):
        card()
    browser = signed_in(elena)
    browser.post("/queue/views/", {"name": "One"})
    with django_assert_max_num_queries(12):
        browser.get("/queue/")


def test_attention_is_kept_when_a_card_is_opened_by_htmx(signed_in, elena, card):
    signed_in(elena, **{"HX-Request": "true"}).get(f"/queue/{card().pk}/")
    assert Attention.objects.get().place is None
    attention.told(
        ReviewTask.objects.get(), by=elena, now=Attention.objects.get().seen_at, seconds=1, sections=(), place=4
    )
    assert Attention.objects.get().place == 4
