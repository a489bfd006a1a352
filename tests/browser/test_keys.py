"""Keys of the list and keys of one's own, in a real browser. Longer ways through the queue stand in test_triage."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review import stops
from review.models import Draft, ReviewTask
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person():
    return make.user("strategist", brand="northleaf", name="Elena Markova")


@pytest.fixture
def cards():
    brand, market = make.brand("northleaf"), make.market("US")
    rules, run = make.policy(brand, market), make.run(make.campaign(brand=brand, market=market))
    return [make.task(make.recommendation(run), policy=rules, value=9.0 - n) for n in range(3)]


def state_of(task):
    return ReviewTask.objects.get(pk=task.pk).state


def test_select_the_open_card_and_the_next_and_approve_both(visit, cards, person):
    page = visit(f"/queue/{cards[0].pk}/", user=person)
    for task in cards[:2]:
        page.wait_for_selector(f"#card[data-task='{task.pk}']:not([inert])")
        page.keyboard.press("x")
        expect(page.locator(f"#q-{task.pk} .pick input")).to_be_checked()
        page.keyboard.press("j")
    page.wait_for_selector(f"#card[data-task='{cards[2].pk}']:not([inert])")
    expect(page.locator("[data-npick]")).to_have_text("2")
    page.keyboard.press("Shift+A")
    expect(page.locator(".qitem")).to_have_count(1)
    assert [state_of(task) for task in cards] == ["approved", "approved", "open"]


def test_leave_what_was_typed_with_the_server(visit, cards, person):
    page = visit(f"/queue/{cards[0].pk}/", user=person)
    page.locator("#id_how_to_brief").fill("Half a thought")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    assert Draft.objects.get().fields["how_to_brief"] == "Half a thought"
    page.evaluate("sessionStorage.clear()")
    page.reload()
    expect(page.locator("#id_how_to_brief")).to_have_value("Half a thought")


def test_ask_for_nothing_more_about_a_card_that_is_decided(visit, cards, person):
    """What runs beside a decision ends with it: an answer that comes later would complain of a card held by nobody."""
    page, slow = visit(f"/queue/{cards[0].pk}/", user=person), []
    page.route("**/renew/", lambda route: slow.append(route))
    page.route("**/draft/", lambda route: slow.append(route))
    page.wait_for_selector("#card:not([inert])")
    page.locator("#id_how_to_brief").fill("Half a thought")
    page.wait_for_timeout(1500)  # longer than a draft waits for a rest
    assert len(slow) == 2
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_selector(f"#card:not([inert])[data-task='{cards[1].pk}']")
    for late in slow:
        late.continue_()
    page.wait_for_timeout(200)
    assert state_of(cards[0]) == "approved"


def test_keep_the_clock_as_it_is_where_an_answer_breaks_off(visit, cards, person):
    page = visit(f"/queue/{cards[0].pk}/", user=person)
    page.wait_for_selector("#card:not([inert])")
    until = page.locator("[data-until]").get_attribute("data-until")
    page.route("**/renew/", lambda route: route.fulfill(status=200, body=""))
    with page.expect_response("**/renew/"):
        page.locator("#id_how_to_brief").fill("Half a thought")
    page.wait_for_timeout(100)
    assert page.locator("[data-until]").get_attribute("data-until") == until


def test_bring_a_card_back_as_it_was_where_no_answer_comes(visit, cards, person, expected):
    expected += ["ERR_FAILED", "htmx:sendError", "htmx:afterRequest"]  # the last is htmx’s own word for it
    page = visit(f"/queue/{cards[0].pk}/", user=person)
    page.locator("#id_how_to_brief").fill("Half a thought")
    page.wait_for_timeout(600)  # the next card is fetched ahead
    page.route("**/decide/", lambda route: route.abort())
    page.locator("#id_how_to_brief").press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#card [role=alert]")).to_contain_text("Your text is kept")
    expect(page.locator("#card")).to_have_attribute("data-task", str(cards[0].pk))
    expect(page.locator("#id_how_to_brief")).to_have_value("Half a thought")
    expect(page.locator(f"#q-{cards[0].pk}")).not_to_have_class(re.compile("is-leaving"))
    page.unroute("**/decide/")
    page.keyboard.press("a")
    expect(page.locator(f"#q-{cards[0].pk}")).to_have_count(0)
    assert state_of(cards[0]) == "approved"


def test_show_the_next_card_that_is_still_on_its_way(visit, cards, person):
    first, second = cards[:2]
    held = {True: [], False: []}  # requests of the next card: fetched ahead, and asked for by the key
    page = visit("/settings/", user=person)
    page.route(f"**/queue/{second.pk}/", lambda route: held["x-ahead" in route.request.headers].append(route))
    with page.expect_request(lambda one: "x-ahead" in one.headers):
        page.goto(page.url.replace("/settings/", f"/queue/{first.pk}/"))
    with page.expect_request(lambda one: one.url.endswith(f"/queue/{second.pk}/")):
        page.keyboard.press("j")
    held[True][0].continue_()
    expect(page.locator(f"#card[data-task='{second.pk}'][inert]")).to_be_visible()
    held[False][0].continue_()
    expect(page.locator(f"#card[data-task='{second.pk}']:not([inert])")).to_be_visible()


@pytest.mark.parametrize(("language", "pressed"), [("en", "b"), ("ru", "b")])
def test_of_ones_own_do_what_they_were_given(sit, cards, language, pressed):
    own = {"a": "b", "r": ";"}  # approve with b, reject with a semicolon; a itself does nothing now
    hands = sit(make.user("strategist", brand="northleaf", language=language, keys=own), f"/queue/{cards[0].pk}/")
    expect(hands.page.locator("#card [value=approve] .kbd")).to_have_text("B")
    hands.key("a")
    hands.key(pressed)
    expect(hands.page.locator(f"#q-{cards[0].pk}")).to_have_count(0)
    assert [state_of(task) for task in cards] == ["approved", "open", "open"]
    hands.page.wait_for_selector(f"#card[data-task='{cards[1].pk}']:not([inert])")
    hands.key(";")
    expect(hands.page.locator("dialog#ask")).to_be_visible()  # reject goes against the AI


def test_leave_what_was_typed_where_the_next_page_was_made_before_it_came(visit, cards, person):
    page = visit(f"/queue/{cards[0].pk}/", user=person)

    def late(route):
        answer = route.fetch()  # made without the draft
        page.wait_for_timeout(2_000)  # meanwhile what was typed comes to rest, and to the server
        route.fulfill(response=answer)

    page.locator("#id_how_to_brief").fill("Half a thought")
    page.route(f"**/queue/{cards[0].pk}/", late)
    page.reload()
    assert Draft.objects.get().fields["how_to_brief"] == "Half a thought"
    expect(page.locator("#id_how_to_brief")).to_have_value("Half a thought")


def test_stay_on_the_screen_where_the_ai_is_stopped(visit, cards, person):
    stops.stop(make.market(), reason="Odd verdicts since the morning", by=make.user("manager"), now=timezone.now())
    page = visit(f"/queue/{cards[0].pk}/", user=person)
    expect(page.locator(".banner--bad")).to_be_visible()
    for part in (".actions", ".queue__foot"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= page.viewport_size["height"]
    assert page.locator("html").evaluate("e => e.scrollHeight <= e.clientHeight")
