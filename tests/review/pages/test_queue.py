"""The list and the card, as people of each role see them."""

import gzip
import re
from datetime import timedelta

import pytest

from accounts.models import User
from review import claims, overlays
from review.models import ReviewTask
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestList:
    def test_shows_who_why_and_how_long(self, signed_in, elena, card, words):
        task = card()
        page = words(signed_in(elena).get("/queue/"))
        assert task.recommendation.creator.name in page
        assert "Near the cut, place 1" in page
        assert "US · $500 · Partner 61%" in page
        assert "47 h" in page or "48 h" in page

    def test_says_why_it_is_empty(self, signed_in, elena, policy, words):
        assert "Nothing was routed to people yet" in words(signed_in(elena).get("/queue/"))

    def test_says_how_many_a_filter_hides(self, signed_in, elena, card, words):
        card(), card()
        page = words(signed_in(elena).get("/queue/?lane=fast"))
        assert "No card is like this" in page
        assert "The filter hides 2 cards." in page

    def test_says_where_counting_stopped(self, signed_in, elena, card, monkeypatch, words):
        monkeypatch.setattr("review.views.rows.MOST_COUNTED", 2)
        card(), card(lane="top"), card(lane="top")
        page = words(signed_in(elena).get("/queue/"))
        assert "3+ open" in page
        assert "At the cut 1 Top 2+" in page

    def test_keeps_lane_and_scope_in_its_links(self, signed_in, elena, card):
        task = card(lane="top")
        page = signed_in(elena).get("/queue/?lane=top&whose=all").content.decode()
        assert f'href="/queue/{task.pk}/?lane=top&amp;whose=all"' in page

    def test_names_whoever_holds_a_card(self, signed_in, elena, daniel, card, now, words):
        claims.claim(card(), by=daniel, now=now)
        assert "Held by Daniel Okafor" in words(signed_in(elena).get("/queue/"))

    def test_is_refused_to_an_analyst_with_the_rule(self, signed_in, card, words):
        card()
        answer = signed_in(make.user("analyst", brand="acme")).get("/queue/")
        assert answer.status_code == 403
        assert "It takes one of these roles: regional expert, manager, strategist." in words(answer)

    def test_asks_for_a_sign_in(self, client, card):
        assert client.get(f"/queue/{card().pk}/")["Location"] == f"/sign-in/?next=/queue/{card().pk - 1}/"


class TestCard:
    def test_says_who_decides_a_sensitive_topic(self, signed_in, elena, card, words):
        page = words(signed_in(elena).get(f"/queue/{card(route='expert', is_guarded=True).pk}/"))
        assert "A sensitive topic: a regional expert of this market decides, or a manager." in page

    def test_answers_the_five_questions(self, signed_in, elena, card, words):
        page = words(signed_in(elena).get(f"/queue/{card().pk}/"))
        assert "here a person’s view changes who goes forward" in page  # why here
        assert "Leaning yes" in page  # how sure
        assert "Not learned yet: an expert prior" in page  # how often right
        assert "What I have no data for" in page  # what is unknown
        assert "the AI’s Partner stands and is recorded as decided without a person" in page  # what if nobody acts

    def test_sums_the_factors_to_the_score(self, signed_in, elena, policy, now, words):
        factors = [["followers", 12_000_000, 40_000.0], ["like_rate", -5_000_000, 0.01], ["verified", 2_000_000, 1.0],
                   ["posts", 1_000_000, 300.0]]  # fmt: skip
        answer = make.recommendation(make.run(make.campaign()), score_u6=60_500_000, factors=factors, missing=2)
        page = words(signed_in(elena).get(f"/queue/{make.task(answer, policy=policy).pk}/"))
        assert "2 smaller factors +1.5" in page
        assert "Missing data: 2 figures" in page

    @pytest.mark.parametrize("brand", ["acme", "other"])
    def test_of_another_market_or_of_none_is_not_found(self, signed_in, card, brand):
        stranger = make.user("strategist", brand=brand, market="RU")
        assert signed_in(stranger).get(f"/queue/{card().pk}/").status_code == 404
        assert signed_in(stranger).get("/queue/999999/").status_code == 404

    def test_is_held_by_whoever_opens_it(self, signed_in, elena, card):
        task = card()
        signed_in(elena).get(f"/queue/{task.pk}/")
        task.refresh_from_db()
        assert task.claimed_by == elena

    def test_is_not_held_by_looking_ahead(self, signed_in, elena, card):
        task = card()
        signed_in(elena, **{"Sec-Purpose": "prefetch"}).get(f"/queue/{task.pk}/")
        task.refresh_from_db()
        assert task.claimed_by is None

    def test_is_shown_ahead_as_it_will_be_and_held_by_nobody(self, signed_in, elena, card, words):
        task = card()
        browser = signed_in(elena, **{"HX-Request": "true"})
        ahead = browser.get(f"/queue/{task.pk}/", headers={"X-Ahead": "prefetch"})
        assert "Held for you" in words(ahead)
        task.refresh_from_db()
        assert (task.claimed_by, task.first_opened_at) == (None, None)
        parts = re.compile(r'(name="(?:key|was|csrfmiddlewaretoken)" value=|data-until=)"[^"]*"|\d+ m\b')
        opened = browser.get(f"/queue/{task.pk}/")
        assert parts.sub("", ahead.content.decode()) == parts.sub("", opened.content.decode())

    def test_is_let_go_when_the_next_one_is_opened_untouched(self, signed_in, elena, card):
        first, second = card(), card()
        browser = signed_in(elena)
        browser.get(f"/queue/{first.pk}/")
        browser.get(f"/queue/{second.pk}/")
        assert list(ReviewTask.objects.filter(claimed_by=elena)) == [second]

    def test_stays_held_once_something_was_typed(self, signed_in, elena, card):
        first, second = card(), card()
        browser = signed_in(elena)
        browser.get(f"/queue/{first.pk}/")
        assert browser.post(f"/queue/{first.pk}/renew/").json()["seconds"] in {899, 900}
        browser.get(f"/queue/{second.pk}/")
        assert set(ReviewTask.objects.filter(claimed_by=elena)) == {first, second}

    def test_held_by_somebody_else_can_be_read_and_not_decided(self, signed_in, elena, daniel, card, now, words):
        task = card()
        claims.claim(task, by=daniel, now=now)
        answer = signed_in(elena).get(f"/queue/{task.pk}/")
        assert "Daniel Okafor is deciding this one. It frees itself in 14 m." in words(answer)
        assert answer.content.decode().count('data-key="a" disabled') == 1
        assert "Take over" not in words(answer)

    def test_can_be_taken_over_by_a_manager(self, signed_in, sofia, daniel, card, now, words):
        task = card()
        claims.claim(task, by=daniel, now=now)
        browser = signed_in(sofia)
        assert "Take over" in words(browser.get(f"/queue/{task.pk}/"))
        browser.post(f"/queue/{task.pk}/take/")
        task.refresh_from_db()
        assert task.claimed_by == sofia

    def test_is_read_by_an_analyst_without_a_desk(self, signed_in, card, words):
        answer = signed_in(make.user("analyst", brand="acme")).get(f"/queue/{card().pk}/")
        assert answer.status_code == 200
        assert "Deciding takes the role of" in words(answer)
        assert 'name="choice"' not in answer.content.decode()

    def test_shows_what_colleagues_added_and_keeps_ones_own_in_the_fields(
        self, signed_in, elena, daniel, card, now, words
    ):
        task = card()
        overlays.save(task, by=daniel, now=now, cultural_fit=2, words={"risk_note": "Three ads a week."})
        overlays.save(task, by=elena, now=now, gut_rating=4, words={"how_to_brief": "Send it early."})
        answer = signed_in(elena).get(f"/queue/{task.pk}/")
        assert "Cultural fit: 2/5" in words(answer)
        assert "Risk note: Three ads a week." in words(answer)
        assert "Send it early." in answer.content.decode()

    def test_says_beforehand_which_decision_goes_against_the_ai(self, signed_in, elena, card):
        page = signed_in(elena).get(f"/queue/{card(verdict='decline').pk}/").content.decode()
        approve = page.split('value="approve" data-key="a"')[1].split("</button>")[0]
        reject = page.split('value="reject" data-key="r"')[1].split("</button>")[0]
        assert "against the AI" in approve
        assert "against the AI" not in reject

    def test_tells_the_right_of_the_person_on_the_button(self, signed_in, elena, card, words):
        assert "Send to Sofia" in words(signed_in(elena).get(f"/queue/{card(stakes='high').pk}/"))

    def test_speaks_russian(self, signed_in, elena, card, words):
        User.objects.filter(pk=elena.pk).update(language="ru")
        elena.refresh_from_db()
        page = words(signed_in(elena).get(f"/queue/{card().pk}/"))
        for text in (
            "Почему решает человек:",
            "За 61 %",
            "Культурное соответствие",
            "Одобрить",
            "Чего ждём?",
            "О чём нет данных",
        ):
            assert text in page
        assert "Your view" not in page

    def test_comes_alone_where_htmx_asks_for_it(self, signed_in, elena, card):
        task = card()
        part = signed_in(elena, **{"HX-Request": "true"}).get(f"/queue/{task.pk}/").content.decode()
        assert "<html" not in part
        assert 'id="card"' in part
        assert 'id="queue"' not in part

    def test_comes_whole_where_the_browser_goes_back(self, signed_in, elena, card):
        browser = signed_in(elena, **{"HX-Request": "true", "HX-History-Restore-Request": "true"})
        assert "<html" in browser.get(f"/queue/{card().pk}/").content.decode()


class TestSmallSteps:
    def test_release_lets_the_card_go(self, signed_in, elena, card):
        task = card()
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        assert browser.post(f"/queue/{task.pk}/release/")["Location"] == "/queue/"
        task.refresh_from_db()
        assert task.claimed_by is None

    def test_renewing_what_is_no_longer_ones_own_is_refused(self, signed_in, elena, card):
        assert signed_in(elena).post(f"/queue/{card().pk}/renew/").status_code == 409

    def test_a_note_stands_in_the_history(self, signed_in, elena, daniel, card, now, words):
        task = card()
        claims.claim(task, by=daniel, now=now)
        signed_in(elena).post(f"/queue/{task.pk}/note/", {"text": "Her agent answers on Fridays."})
        assert "Her agent answers on Fridays." in words(signed_in(daniel).get(f"/queue/{task.pk}/"))

    def test_an_interest_of_ones_own_hands_the_card_over(self, signed_in, elena, card, words):
        task = card()
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        browser.post(f"/queue/{task.pk}/interest/")
        assert "You declared an interest of your own" in words(browser.get(f"/queue/{task.pk}/"))

    @pytest.mark.parametrize(
        "step", ["decide", "interest", "undo", "release", "take", "renew", "reopen", "note", "gates/1"]
    )
    def test_on_a_forged_id_is_not_found(self, signed_in, elena, policy, step):
        assert signed_in(elena).post(f"/queue/999999/{step}/").status_code == 404

    @pytest.mark.parametrize("step", ["decide", "release", "take", "note"])
    def test_by_an_analyst_is_refused(self, signed_in, card, sent, step):
        task = card()
        said = sent(task, choice="approve", text="hello")
        assert signed_in(make.user("analyst", brand="acme")).post(f"/queue/{task.pk}/{step}/", said).status_code in {
            403,
            409,
        }
        task.refresh_from_db()
        assert task.state == "open"


class TestCost:
    def test_in_bytes_is_small_with_nine_cards(self, signed_in, elena, card):
        for _n in range(8):
            card()
        page = signed_in(elena).get(f"/queue/{card().pk}/").content
        assert len(gzip.compress(page)) < 60 * 1024

    def test_of_the_list_does_not_grow_with_the_queue(self, signed_in, elena, card, django_assert_max_num_queries):
        for _n in range(12):
            card()
        browser = signed_in(elena)
        with django_assert_max_num_queries(12):
            browser.get("/queue/")

    def test_of_a_card_is_bounded(self, signed_in, elena, card, now, django_assert_max_num_queries):
        task = card(opened_at=now - timedelta(hours=1))
        browser = signed_in(elena, **{"HX-Request": "true"})
        browser.get(f"/queue/{task.pk}/")
        with django_assert_max_num_queries(12):
            browser.get(f"/queue/{task.pk}/")

    def test_of_a_whole_page_is_that_of_a_card_and_of_the_list(
        self, signed_in, elena, card, now, django_assert_max_num_queries
    ):
        task = card(opened_at=now - timedelta(hours=1))
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        with django_assert_max_num_queries(12):
            browser.get(f"/queue/{task.pk}/")
