"""What a card leads to, without a mouse: a question, an escalation, an approval on a phone, a session, a discovery.

Each in English and on a Russian layout, and once more without JavaScript, by Tab and Enter alone.
"""

import re
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from jobs import dispatch
from review import decisions, queue
from review.models import Investigation, Question, Session
from screening import discovery, judging, runs, training
from screening.models import Discovery, MarketNorm, Profile
from tests import factories as make
from tests.browser.conftest import PHONE
from tests.browser.test_by_keyboard import WHY, card, opened, person, place, state_of  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = [("en", True), ("ru", True), ("ru", False)]
ways = pytest.mark.parametrize(("language", "has_script"), WAYS)
_keys = count(1)


def colleague(role, language, **fields):
    return make.user(role, brand="northleaf", language=language, **fields)


def open_card(sit, user, task, has_script):
    hands = sit(user, f"/queue/{task.pk}/", has_script=has_script)
    opened(hands.page)
    return hands


def ask(hands, key, words, before=None):
    """Fill in what a button of the card asks for: in its dialog, or without script on a page of its own."""
    hands.key(key) if hands.has_script else hands.follow(f"#card [data-key={key}]")
    if hands.has_script:
        expect(hands.page.locator("dialog[open]")).to_be_visible()
    if before:
        hands.tab(before)
        hands.press("Space")
    hands.tab(f"[name={key}_text]")
    hands.type(words)
    if hands.has_script:
        hands.press("Control+Enter")
        expect(hands.page.locator("dialog[open]")).to_have_count(0)
    else:
        hands.follow("form.panel button[type=submit]")


@ways
def test_question_is_asked_of_an_expert_and_answered(sit, card, person, language, has_script):  # noqa: F811
    task, irina = card(), colleague("expert", language, market="US", name="Irina Savelyeva")
    hands = open_card(sit, person(language), task, has_script)
    ask(hands, "q", WHY[language], before="[name=q_to]")
    expect(hands.page.locator("#card")).to_contain_text(WHY[language])
    question = Question.objects.get()
    expert = sit(irina, "/questions/", has_script=has_script)
    expert.follow(f"a[href='/questions/{question.pk}/']")
    expert.tab("form[action$='/answer/'] [name=text]")
    expert.type(WHY[language])
    expert.follow("form[action$='/answer/'] .btn--primary")
    question.refresh_from_db()
    assert (question.state, question.answered_by) == ("answered", irina)


@ways
def test_card_is_passed_up_and_decided_by_the_manager(sit, card, person, language, has_script):  # noqa: F811
    task, manager = card(), colleague("manager", language, market="US", name="Marcus Hale")
    ask(open_card(sit, person(language), task, has_script), "e", WHY[language])
    assert state_of(task.pk) == "escalated"
    hands = sit(manager, "/queue/?state=escalated", has_script=has_script)
    if has_script:
        opened(hands.page)
        hands.key("a")
        expect(hands.page.locator(".qitem")).to_have_count(0)
    else:
        hands.follow(".qitem .cover")
        hands.follow("#card [value=approve]")
    assert state_of(task.pk) == "approved"


@ways
def test_money_is_approved_on_a_phone(sit, card, place, person, language, has_script):  # noqa: F811
    owner = place[1].owner
    type(owner).objects.filter(pk=owner.pk).update(language=language)
    owner.refresh_from_db()
    task = card(stakes="high", on_expiry="escalates", fee_minor=1_500_000)
    decisions.decide(
        task, choice="approve", by=person("en"), now=timezone.now(), version=task.version, key=f"k{next(_keys)}",
        rationale=WHY["en"],
    )  # fmt: skip
    hands = sit(owner, "/approvals/", has_script=has_script, size=PHONE)
    hands.follow(f"a[href='/approvals/{task.pk}/']")
    if has_script:
        hands.key("a")
        expect(hands.page.locator("dialog#sheet-approve")).to_be_visible()
    else:
        hands.follow("[data-key=a]")
    hands.follow("form.sheet .btn--primary")
    assert state_of(task.pk) == "approved"


def test_space_presses_what_is_called_a_button(sit, card, place, person):  # noqa: F811
    owner, task = place[1].owner, card(stakes="high", on_expiry="escalates", fee_minor=1_500_000)
    decisions.decide(
        task, choice="approve", by=person("en"), now=timezone.now(), version=task.version, key=f"k{next(_keys)}",
        rationale=WHY["en"],
    )  # fmt: skip
    hands = sit(owner, f"/approvals/{task.pk}/")
    hands.tab("a[role=button][data-open=sheet-approve]")
    hands.press("Space")
    expect(hands.page.locator("dialog#sheet-approve")).to_be_visible()


@ways
def test_session_is_held_and_closed(sit, card, place, person, language, has_script):  # noqa: F811
    card()
    hands = sit(person(language), f"/campaigns/{place[0].campaign.slug}/session/", has_script=has_script)
    hands.follow("form[action$='/session/open/'] button")
    hands.tab("form[action$='/items/'] [name=text]")
    hands.type(WHY[language])
    hands.follow("form[action$='/items/'] button")
    hands.tab("form[action$='/minutes/'] textarea")
    hands.type(WHY[language])
    hands.follow("form[action$='/minutes/'] button")
    hands.follow("form[action$='/session/close/'] button")
    held = Session.objects.get()
    assert (held.items.count(), held.closed_at is not None) == (1, True)


@pytest.fixture
def market():
    """Forty creators of one size, and one whose readers react far more; a campaign to screen them for."""
    now = timezone.now()
    for n in range(41):
        one = make.profile(handle=f"p{n}" if n else "far", language="en", country="US", categories=["Family"])
        make.metrics(one, followers=20_000, likes_avg=600.0 + n * 5 if n else 9_000.0, comments_avg=20.0)
    brand = make.brand("northleaf", name="Northleaf")
    found = make.campaign(brand=brand, wanted=5, fee_minor=40_000, deadline_date=now.date() + timedelta(days=60))
    make.brief(found)
    training.approve(training.publish_card(found.market, by=None, now=now), by=make.user("manager"), now=now)
    make.policy(brand, found.market, owner=colleague("manager", "en", market="US"), review_budget=10)
    return found


def work(run):
    """Do what the worker does."""
    judging._judged.cache_clear()
    dispatch.run(run.job_id, worker="test")
    run.refresh_from_db()
    assert run.status == "completed", run.error
    return run


def screen(campaign):
    return work(runs.start(campaign, by=None, now=timezone.now()))


@ways
def test_discovery_goes_from_a_pick_to_the_commit(sit, market, person, language, has_script):  # noqa: F811
    screen(market)
    hands = sit(person(language), f"/campaigns/{market.slug}/discovery/", has_script=has_script)
    press = hands.go if has_script else hands.follow
    hands.tab("[name=commit_date]")
    day = timezone.localdate() + timedelta(days=20)
    hands.page.keyboard.type(day.strftime("%m%d%Y"))
    hands.follow("form[action$='/discovery/open/'] button")
    press("#discovery [id^=pick-]")
    expect(hands.page.locator("#discovery .on")).to_have_count(1)
    press("#end-round:not(:disabled)")
    expect(hands.page.locator(".dsc__ch li")).to_have_count(1)
    hands.go("details:has(#commit-now) summary")
    press("#commit-now")
    expect(hands.page.locator("#commit-now")).to_have_count(0)
    assert Discovery.objects.get().frozen_at is not None


def test_discovery_leaves_the_focus_beside_what_was_pressed(sit, market, person):  # noqa: F811
    screen(market)
    until = timezone.localdate() + timedelta(days=20)
    discovery.start(market, commit_date=until, by=make.user("manager"), now=timezone.now())
    hands = sit(person("en"), f"/campaigns/{market.slug}/discovery/")
    focused = hands.page.locator(":focus")
    hands.go("#discovery [id^=pick-]")
    expect(focused).to_have_id(re.compile("^back-"))
    hands.press("Enter")
    expect(focused).to_have_id(re.compile("^pick-"))
    second = hands.page.locator(".dsc__c li").nth(1).locator("[id^=not-]").get_attribute("id")
    hands.go("#discovery [id^=not-]")
    expect(focused).to_have_id(second)  # who was passed over is gone: the next one stands there
    hands.go("[id^=undo-]")
    expect(focused).to_have_id(re.compile("^pick-"))


@ways
def test_investigation_makes_a_norm_that_the_next_run_uses(sit, market, person, language, has_script):  # noqa: F811
    first = screen(market)
    profile = Profile.objects.get(handle="far").pk
    task = queue.ask_for(first, profile, by=person("en"), now=timezone.now())
    hands = open_card(sit, person(language), task, has_script)
    ask(hands, "i", WHY[language])
    case = Investigation.objects.get()
    expert = colleague("expert", language, market="US")
    hands = sit(expert, "/investigations/", has_script=has_script)
    hands.follow(f"a[href='/investigations/{case.pk}/']")
    close = "form[action$='/close/']"
    hands.choose("finding", "normal")
    hands.tab(f"{close} [name=text]")
    hands.type(WHY[language])
    hands.go(f"{close} summary")
    hands.tab(f"{close} [name=flag]")
    hands.press("ArrowDown")
    hands.tab(f"{close} [name=until]")
    hands.page.keyboard.type(f"0101{timezone.localdate().year + 1}")
    hands.follow(f"{close} .btn--primary")
    norm = MarketNorm.objects.get()
    hands = sit(person(language), f"/campaigns/{market.slug}/", has_script=has_script)
    hands.follow("form[action$='/start/'] button")
    second = work(market.runs.exclude(pk=first.pk).get())
    told = [one for one in second.recommendations.get(profile=profile).flags if one["norm"]]
    assert [one["norm"] for one in told] == [str(norm.pk)]
