"""Triage by keyboard in both layouts, and an approval on a phone, in a real browser."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review import claims
from review.models import Decision, ReviewTask
from tests import factories as make
from tests.browser.conftest import NARROW, PHONE, WIDE

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Her readers buy at pharmacies, I saw it in her last two campaigns."
PREVIEW = {
    "know": [{"code": "history", "feature": "", "points": 0, "numbers": {"rows": 6, "days": 180}}],
    "uncertain": [{"code": "prior", "feature": "", "points": 0, "numbers": {}}],
    "no_data": [{"code": "wish", "feature": "tone", "points": 0, "numbers": {"weight": 0.2}}],
    "question": {"code": "missing", "feature": "share_rate", "numbers": {}},
}
FLAG = {"feature": "engagement_rate", "side": "high", "value": 0.094, "percentile": 0.98, "median": 0.031}
FLAG["group_size"] = 240


@pytest.fixture
def brand():
    return make.brand("northleaf", name="Northleaf")


@pytest.fixture
def market():
    return make.market("US")


@pytest.fixture
def rules(brand, market):
    return make.policy(brand, market, owner=make.user("manager", brand="northleaf", name="Sofia Bennett"))


@pytest.fixture
def strategist(brand):
    def made(language="en"):
        return make.user("strategist", brand="northleaf", name="Elena Markova", language=language)

    return made


@pytest.fixture
def cards(brand, market, rules):
    """Three cards, most valuable first, with everything a card can show."""
    campaign = make.campaign(brand=brand, market=market, name="Winter Barrier")
    run = make.run(campaign)

    def one(n, **fields):
        profile = make.profile(
            creator=make.s.Creator.objects.create(name=f"Creator {'ABC'[n]}"), categories=["Skin care"]
        )
        make.metrics(profile)
        answer = make.recommendation(
            run, profile=profile, flags=[FLAG], knowledge=PREVIEW, figures_date=date(2026, 11, 1), missing=1,
            factors=[["engagement_rate", 9_000_000, 0.094], ["followers", -3_000_000, 50_000.0]],
        )  # fmt: skip
        return make.task(answer, policy=rules, value=9.0 - n, **fields)

    return [one(n) for n in range(3)]


def name_of(task):
    return task.recommendation.creator.name


def state_of(task):
    return ReviewTask.objects.get(pk=task.pk).state


@pytest.fixture
def press(visit):
    """Press a letter key as a layout sends it: on the Russian one the letter is Cyrillic, the physical key the same."""
    russian = {"j": "о", "k": "л", "a": "ф", "r": "к", "h": "р", "z": "я", "n": "т", "c": "с", "f": "а"}

    def pressed(page, key, layout="en"):
        if layout == "en":
            page.keyboard.press(key)
            return
        page.evaluate(
            "([key, code]) => (document.activeElement ?? document.body).dispatchEvent("
            "new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true}))",
            [russian[key], f"Key{key.upper()}"],
        )

    return pressed


def heading(page, task):
    # The card that can be used: until the server has answered, the next one stands before the one that was decided.
    return expect(page.locator("#card:not([hidden], [inert]) .who h2")).to_contain_text(name_of(task))


class TestKeyboard:
    @pytest.mark.parametrize(
        ("layout", "approved", "back", "against"),
        [
            ("en", "Approved: ", "Taken back.", "Decide against the AI: "),
            ("ru", "Одобрено: ", "Отменено.", "Вопреки ИИ: "),
        ],
    )
    def test_decides_a_queue_without_a_mouse(
        self, visit, press, cards, strategist, shoot, layout, approved, back, against
    ):
        first, second, third = cards
        page = visit("/queue/", user=strategist(layout))
        heading(page, first)  # a wide screen opens the first free card
        press(page, "j", layout)
        heading(page, second)
        press(page, "k", layout)
        heading(page, first)
        press(page, "a", layout)
        expect(page.locator("#toasts")).to_contain_text(approved + name_of(first))
        heading(page, second)
        assert state_of(first) == "approved"
        press(page, "z", layout)
        expect(page.locator("#toasts")).to_contain_text(back)
        heading(page, first)
        assert state_of(first) == "open"
        press(page, "r", layout)
        expect(page.locator("#ask")).to_contain_text(against + name_of(first))
        expect(page.locator("#id_rationale")).to_be_focused()
        shoot(f"override-{layout}")
        page.keyboard.type(WHY)
        expect(page.locator("[data-count]")).to_have_text(str(len(WHY)))
        page.locator("#ask .pills label").first.click()
        page.keyboard.press("Tab")
        page.locator("#id_rationale").press("Control+Enter")
        heading(page, second)
        made = Decision.objects.get(task=first, choice="reject")
        assert (made.is_override, made.category) == (True, "context")
        press(page, "h", layout)
        page.locator("#id_hold_until").fill((timezone.localdate() + timedelta(days=3)).isoformat())
        page.locator("#id_hold_until").press("Enter")
        heading(page, third)
        assert state_of(second) == "held"

    def test_shows_the_card_that_was_asked_for_last(self, visit, press, cards, strategist):
        first, second, _third = cards
        page = visit(f"/queue/{first.pk}/", user=strategist())
        heading(page, first)
        late = []
        address = f"**/queue/{second.pk}/"
        page.route(
            address, lambda route: route.continue_() if "x-ahead" in route.request.headers else late.append(route)
        )
        press(page, "j")
        expect(page.locator(f"#q-{second.pk}")).to_have_class(re.compile("is-current"))  # looked at ahead
        press(page, "k")
        heading(page, first)
        assert len(late) == 1
        late[0].continue_()
        page.unroute(address)
        page.wait_for_timeout(500)  # what must not happen has no end to wait for
        heading(page, first)

    def test_never_fires_inside_a_field(self, visit, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        page.locator("#id_how_to_brief").fill("")
        page.locator("#id_how_to_brief").press_sequentially("arh")
        expect(page.locator("#id_how_to_brief")).to_have_value("arh")
        assert state_of(cards[0]) == "open"

    def test_leads_to_the_fields_and_sets_a_scale(self, visit, press, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        press(page, "f")
        expect(page.locator("#id_relationship_0")).to_be_focused()
        page.locator("[name=cultural_fit]").first.focus()
        page.keyboard.press("4")
        expect(page.locator("[name=cultural_fit][value='4']")).to_be_checked()

    def test_leaves_a_note(self, visit, press, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        press(page, "n")
        expect(page.locator("#note-text")).to_be_focused()
        page.keyboard.type("Her agent answers on Fridays.")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".hist", has_text="Her agent answers on Fridays.").first).to_be_attached()

    def test_releases_a_card(self, visit, press, cards, strategist):
        person = strategist()
        page = visit(f"/queue/{cards[0].pk}/", user=person)
        press(page, "c")
        expect(page.locator("#toasts")).to_contain_text("Released.")
        assert not ReviewTask.objects.filter(claimed_by=person).exists()


class TestDesk:
    def test_refuses_an_override_without_a_reason_in_place(self, visit, cards, strategist, expected):
        expected.append("422")
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        page.locator("#id_how_to_brief").fill("Send it early.")
        page.get_by_role("button", name="Reject").click()
        page.get_by_role("button", name="Save override").click()
        expect(page.locator("#ask .errsum")).to_be_focused()
        expect(page.locator("#ask .errsum")).to_contain_text("at least 40 characters")
        page.locator("#ask [data-close]").first.click()
        expect(page.locator("#id_how_to_brief")).to_have_value("Send it early.")
        page.get_by_role("button", name="Hold").click()
        expect(page.locator("#ask [data-save]")).to_contain_text("Hold")
        expect(page.locator("#ask .err, #ask .errsum, #ask .field--error")).to_have_count(0)

    def test_changes_the_decision_inside_its_dialog(self, visit, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        page.get_by_role("button", name="Reject").click()
        page.locator("#id_rationale").fill(WHY)
        dialog = page.locator("#ask")
        expect(dialog.locator("h2")).to_contain_text("Decide against the AI")
        dialog.locator("[data-instead]").select_option("hold")
        expect(dialog.locator("h2")).to_contain_text("Hold: ")
        expect(dialog.locator(".pills")).to_be_hidden()
        dialog.locator("#id_hold_until").fill((timezone.localdate() + timedelta(days=3)).isoformat())
        dialog.locator("[data-instead]").select_option("approve")
        expect(dialog.locator("h2")).to_contain_text("Your decision: ")
        expect(dialog.locator("#id_hold_until")).to_be_hidden()
        expect(page.locator("#id_rationale")).to_have_value(WHY)
        dialog.get_by_role("button", name="Save decision").click()
        expect(page.locator("#toasts")).to_contain_text("Approved: ")
        assert state_of(cards[0]) == "approved"

    def test_takes_several_kinds_of_reason(self, visit, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        page.get_by_role("button", name="Reject").click()
        page.locator("#ask .pills label").nth(0).click()
        page.locator("#ask .pills label").nth(6).click()
        page.locator("#id_rationale").fill(WHY)
        page.get_by_role("button", name="Save override").click()
        expect(page.locator("#toasts")).to_contain_text("Decided against the AI")
        assert Decision.objects.get().kinds == "The AI misses context · Price or terms"

    def test_opens_a_line_for_why_where_one_disagrees(self, visit, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        line = page.locator(".fvwhy").first
        expect(line).to_be_hidden()
        page.locator(".fv label[title=Disagree]").first.click()
        line.fill("Gear links, not creams")
        page.get_by_role("button", name="Save view").click()
        expect(page.locator("#toasts")).to_contain_text("Your view is kept.")
        expect(page.locator(".fvwhy").first).to_have_value("Gear links, not creams")

    def test_keeps_what_was_typed_when_the_page_is_left(self, visit, cards, strategist):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        page.locator("#id_how_to_brief").fill("Half a thought")
        page.reload()
        expect(page.locator("#id_how_to_brief")).to_have_value("Half a thought")

    def test_names_the_one_who_was_faster(self, visit, cards, strategist, expected):
        expected.append("409")
        page = visit(f"/queue/{cards[0].pk}/", user=strategist())
        page.locator("#id_how_to_brief").fill("Send it early.")
        other = make.user("strategist", brand="northleaf", name="Daniel Okafor")
        ReviewTask.objects.filter(pk=cards[0].pk).update(claimed_by=None, claimed_at=None, claimed_until=None)
        claims.claim(ReviewTask.objects.get(pk=cards[0].pk), by=other, now=timezone.now())
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("alert")).to_contain_text("Daniel Okafor is deciding this one.")
        expect(page.locator(".stage textarea")).to_have_value("Send it early.")
        assert state_of(cards[0]) == "open"


class TestPhone:
    def test_shows_the_list_then_the_card_then_the_next(self, visit, cards, strategist, shoot):
        page = visit("/queue/", user=strategist(), size=PHONE)
        expect(page.locator(".stagewrap")).to_be_hidden()
        page.get_by_role("link", name=name_of(cards[0])).click()
        heading(page, cards[0])
        expect(page.locator(".queue")).to_be_hidden()
        shoot("card-phone")
        page.get_by_role("button", name="Approve").click()
        heading(page, cards[1])
        toast, bar = (
            page.locator("#toasts .toast").bounding_box(),
            page.locator("#card:not([hidden]) .actions").bounding_box(),
        )
        assert toast["y"] + toast["height"] <= bar["y"]
        page.locator(".stage").get_by_role("link", name="Queue").click()
        expect(page.locator(".qitem")).to_have_count(2)

    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize("size", [PHONE, NARROW], ids=["phone", "narrow"])
    def test_keeps_four_decisions_at_hand_and_the_others_in_the_card(self, visit, cards, strategist, size, language):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist(language), size=size)
        at_hand = page.locator("#card .actions .btn")
        assert [one.get_attribute("data-key") for one in at_hand.all()] == ["a", "r", "h", "e"]
        for one in at_hand.all():
            box = one.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size["width"]
            assert box["height"] >= 44
        beside = page.locator("#card .sideacts .btn")
        assert [one.get_attribute("data-key") for one in beside.all()] == ["n", "q", "i"]
        widths = {round(one.bounding_box()["width"]) for one in at_hand.all()}
        assert size != NARROW or max(widths) - min(widths) <= 1  # none alone in a row

    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize("size", [PHONE, NARROW], ids=["phone", "narrow"])
    def test_lays_a_message_above_the_decisions(self, visit, cards, strategist, size, language):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist(language), size=size)
        page.locator("#card .actions [data-key=a]").click()
        heading(page, cards[1])
        toast, bar = (
            page.locator("#toasts .toast").bounding_box(),
            page.locator("#card:not([hidden]) .actions").bounding_box(),
        )
        assert toast["y"] + toast["height"] <= bar["y"]

    def test_approves_high_stakes_in_two_taps(self, visit, cards, strategist, rules, shoot, check_width):
        task = make.task(
            make.recommendation(cards[0].recommendation.run), policy=rules, stakes="high", on_expiry="escalates",
            fee_minor=1_500_000,
        )  # fmt: skip
        page = visit(f"/queue/{task.pk}/", user=strategist(), size=PHONE)
        page.get_by_role("button", name="Send to Sofia").click()
        page.locator("#id_rationale").fill("Two audiences at one price.")
        page.locator("#ask [data-save]").click()
        expect(page.locator("#toasts")).to_contain_text("Sent for approval")
        page.goto("about:blank")  # what the page still asks for would bring a cookie of its own
        page.context.clear_cookies()
        page = visit(f"/approvals/{task.pk}/", user=rules.owner, size=PHONE)
        top = page.locator(".hero").bounding_box()
        assert top["y"] + top["height"] <= 300
        check_width(page)
        page.get_by_role("button", name="Approve").click()
        expect(page.locator("#sheet-approve")).to_contain_text("Approve $15,000 for")
        shoot("approval-phone")
        page.locator("#sheet-approve").get_by_role("button", name="Approve $15,000").click()
        expect(page.locator("#toasts")).to_contain_text("Approval given")
        assert state_of(task) == "approved"
        expect(page.locator(".ap__act")).to_have_count(0)


class TestShape:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_has_no_breach_of_accessibility(self, visit, cards, strategist, check_axe, theme):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist(), theme=theme, size=WIDE)
        check_axe(page)
        page.get_by_role("button", name="Reject").click()
        check_axe(page)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_of_the_managers_pages_has_none_either(self, visit, cards, rules, check_axe, check_width, theme):
        task = make.task(
            make.recommendation(cards[0].recommendation.run, flags=[FLAG], knowledge=PREVIEW),
            policy=rules, stakes="high", state="awaiting", on_expiry="escalates", escalated_to=rules.owner,
        )  # fmt: skip
        for path in (
            "/approvals/",
            f"/approvals/{task.pk}/",
            "/policies/",
            f"/policies/{rules.pk}/",
            f"/policies/{rules.pk}/propose/",
        ):
            page = visit(path, user=rules.owner, theme=theme, size=PHONE)
            check_axe(page)
            page.set_viewport_size(NARROW)
            check_width(page)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_of_a_decision_record_has_none_either(self, visit, cards, strategist, check_axe, check_width, theme):
        page = visit(f"/queue/{cards[0].pk}/", user=strategist(), theme=theme, size=WIDE)
        page.get_by_role("button", name="Approve").click()
        heading(page, cards[1])
        page = visit(f"/decisions/{Decision.objects.get().pk}/", theme=theme, size=NARROW)
        check_axe(page)
        check_width(page)

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_never_scrolls_sideways(self, visit, cards, strategist, check_width, language):
        person = strategist(language)
        for path in ("/queue/", f"/queue/{cards[0].pk}/"):
            check_width(visit(path, user=person, size=NARROW))
