"""The desk without a mouse, in English and on a Russian layout: a day of sixty cards, blind-first, an override.

Each is done once more without JavaScript, by Tab and Enter alone.
"""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from review.models import Arm, Decision, FirstView, ReviewTask
from tests import factories as make
from tests.browser.hands import Hands

pytestmark = pytest.mark.django_db(transaction=True)
WHY = {
    "en": "Her readers buy at pharmacies, I saw it in her last two campaigns.",
    "ru": "Её читатели покупают в аптеках, это видно по двум последним кампаниям.",
}
P = {"recommend": 610_000, "decline": 350_000, "unsure": 500_000}
STILL = "#stage:not(.htmx-swapping):not(.htmx-settling)"  # nothing is on its way


@pytest.fixture
def place():
    brand, market = make.brand("northleaf", name="Northleaf"), make.market("US")
    rules = make.policy(brand, market, owner=make.user("manager", brand="northleaf", name="Sofia Bennett"))
    return make.run(make.campaign(brand=brand, market=market, name="Winter Barrier")), rules


@pytest.fixture
def person():
    def made(language):
        return make.user("strategist", brand="northleaf", name="Elena Markova", language=language)

    return made


@pytest.fixture
def card(place):
    """Make cards of one run: `card("decline", arm=Arm.BLIND)`."""
    run, rules = place

    def one(verdict="recommend", **fields):
        profile = make.profile(categories=["Skin care"], bio="Dry skin, cold winters")
        make.metrics(profile)
        answer = make.recommendation(run, profile=profile, verdict=verdict, p_u6=P[verdict])
        return make.task(answer, policy=rules, **fields)

    return one


def state_of(pk):
    return ReviewTask.objects.get(pk=pk).state


def opened(page, but=None):
    """Wait until a card is open that is not a given one; return its number."""
    page.wait_for_selector(f"{STILL} #card:not([inert]):not([data-task='{but}'])")
    return page.locator("#card").get_attribute("data-task")


@pytest.fixture
def day(card):
    """Cards of a day, in the order of the queue, and what is done with each."""

    def made(n):
        steps = ["a", "a", "a", "decline r", "a", "unsure r", "a", "h", "a", "sealed"]
        todo = {}
        for at in range(n):
            *kind, step = steps[at % len(steps)].split()
            fields = {"arm": Arm.BLIND, "arm_share_u6": 100_000} if step == "sealed" else {}
            task = card(*kind, value=1_000.0 - at, **fields)
            todo[str(task.pk)] = step
        return todo

    return made


CHOICES = {"a": "approve", "r": "reject"}
ENDS = {"a": "approved", "r": "rejected", "h": "held", "sealed": "approved"}


def do(hands, step, language):
    """Decide the open card by keys alone."""
    if step == "sealed":
        commit_view(hands, language)
        step = "a"
    hands.key(step)
    if step == "h":
        expect(hands.page.locator("#id_hold_until")).to_be_focused()
        hands.page.keyboard.type(f"0101{timezone.localdate().year + 1}")  # the same with the day or the month first
        hands.press("Enter")


def commit_view(hands, language):
    """Commit a first view on a sealed card: rather yes, 70, why."""
    hands.key("f")
    expect(hands.page.locator("#id_says_0")).to_be_focused()
    hands.choose("says", "yes")
    hands.tab("#id_p")
    hands.type("70")
    hands.tick("because", "fit")
    hands.tab("#id_sentence")
    hands.type(WHY[language])
    hands.press("Control+Enter")
    expect(hands.page.locator(f"{STILL} [name=after]").first).to_be_visible()


class TestDay:
    @pytest.mark.parametrize(("language", "n"), [("en", 60), ("ru", 10)])
    def test_of_cards_is_decided_by_keys_alone(self, sit, day, person, language, n):
        todo = day(n)
        hands = sit(person(language), "/queue/")
        at = opened(hands.page)
        for _ in range(n - 1):
            do(hands, todo[at], language)
            at = opened(hands.page, but=at)
        do(hands, todo[at], language)
        expect(hands.page.locator(".qitem")).to_have_count(0)
        ended = dict(ReviewTask.objects.values_list("pk", "state"))
        assert {pk: ended[int(pk)] for pk in todo} == {pk: ENDS[step] for pk, step in todo.items()}

    def test_is_decided_without_script_by_tab_and_enter(self, sit, day, person):
        todo = day(4)
        hands = sit(person("ru"), "/queue/", has_script=False)
        hands.follow(".qitem .cover")
        for step in todo.values():
            hands.follow(f"#card [name=choice][value={CHOICES[step]}]")
        expect(hands.page.locator(".qitem")).to_have_count(0)
        assert [state_of(pk) for pk in todo] == [ENDS[step] for step in todo.values()]

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_goes_on_to_the_next_card_before_the_server_has_answered(self, sit, card, person, language):
        cards = [card(value=9.0 - n) for n in range(4)]
        page = sit(person(language), "/queue/").page
        hands = Hands(page, layout=language)
        opened(page)
        page.wait_for_timeout(600)  # the next two are fetched ahead
        page.route("**/queue/*/**", lambda _route: None)  # from here on the server is silent
        hands.key("j")
        expect(page.locator("#card")).to_have_attribute("data-task", str(cards[1].pk))


class TestOverride:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_is_refused_without_a_reason_and_kept_with_one(self, sit, card, person, language, expected, look):
        expected.append("status of 422")
        task = card()
        hands = sit(person(language), f"/queue/{task.pk}/")
        opened(hands.page)
        hands.key("r")
        expect(hands.page.locator("#id_rationale")).to_be_focused()
        hands.type("No")
        hands.press("Control+Enter")
        expect(hands.page.locator("dialog#ask .errsum")).to_be_focused()
        look(hands.page)
        hands.tick("category", "context")
        hands.tab("#id_rationale")
        hands.type(WHY[language])
        hands.press("Control+Enter")
        expect(hands.page.locator(".qitem")).to_have_count(0)
        self.is_kept(task)

    def test_is_kept_without_script(self, sit, card, person, expected):
        expected.append("status of 422")
        task = card()
        hands = sit(person("en"), f"/queue/{task.pk}/", has_script=False)
        hands.follow("#card [name=choice][value=reject]")
        hands.follow(".dlg__foot [type=submit]")
        expect(hands.page.locator(".errsum")).to_be_visible()
        hands.tick("category", "context")
        hands.tab("#id_rationale")
        hands.type(WHY["en"])
        hands.follow(".dlg__foot [type=submit]")
        expect(hands.page.locator(".qitem")).to_have_count(0)
        self.is_kept(task)

    def is_kept(self, task):
        made = Decision.objects.get(task=task)
        assert (made.choice, made.is_override, made.category) == ("reject", True, "context")


class TestBlindFirst:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_view_is_committed_before_the_ai_is_seen(self, sit, card, person, language, look):
        task = card(arm=Arm.BLIND, arm_share_u6=300_000)
        hands = sit(person(language), f"/queue/{task.pk}/")
        opened(hands.page)
        assert not hands.page.locator(".aiv").count()
        look(hands.page)
        commit_view(hands, language)
        expect(hands.page.locator(".aiv")).to_be_visible()
        look(hands.page)
        hands.go("#card .stack--3 [data-open=investigation]")
        expect(hands.page.locator("dialog#investigation")).to_be_visible()
        hands.press("Escape")
        hands.choose("after", "part")
        hands.key("a")
        expect(hands.page.locator(".qitem")).to_have_count(0)
        self.is_recorded(task)

    def test_view_is_committed_without_script(self, sit, card, person):
        task = card(arm=Arm.BLIND, arm_share_u6=300_000)
        hands = sit(person("ru"), f"/queue/{task.pk}/", has_script=False)
        hands.choose("says", "yes")
        hands.tab("#id_p")
        hands.type("70")
        hands.tick("because", "fit")
        hands.tab("#id_sentence")
        hands.type(WHY["ru"])
        hands.follow("#card [data-save]")
        hands.choose("after", "part")
        hands.follow("#card [name=choice][value=approve]")
        expect(hands.page.locator(".qitem")).to_have_count(0)
        self.is_recorded(task)

    def is_recorded(self, task):
        view, made = FirstView.objects.get(task=task), Decision.objects.get(task=task)
        assert (view.says_yes, view.p_u6, view.because) == (True, 700_000, "fit")
        assert made.choice == "approve"
        assert made.expected_p_u6 == 655_000
