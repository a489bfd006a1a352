"""A practice card by keyboard in both layouts, on a desk and on a phone, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from review.models import Policy, Practice, ReviewTask
from tests import factories as make
from tests.browser.conftest import NARROW, PHONE, WIDE
from tests.browser.test_triage import PREVIEW, press  # noqa: F401
from tests.review.practising import closed_cases, practised

pytestmark = pytest.mark.django_db(transaction=True)
FACTORS = [["engagement_rate", 9_000_000, 0.094], ["followers", -3_000_000, 50_000.0]]
ADDRESS = re.compile(r"/queue/unnamed/\d+/$")


@pytest.fixture
def strategist():
    """A newcomer, who is dealt practice for certain, and one real card after it."""
    make.policy(make.brand(), make.market(), practice_share_u6=100_000)
    for answer in closed_cases(knowledge=PREVIEW, factors=FACTORS):
        make.metrics(answer.profile, taken_at=answer.run.created_at.date())
    make.task(make.recommendation(make.run(make.campaign()), knowledge=PREVIEW, factors=FACTORS))

    def made(language="en"):
        return make.user("strategist", brand="acme", market="US", name="Elena Markova", language=language)

    return made


WORDS = {
    "en": ("The AI’s verdict is open now.", "This was practice", "Next card"),
    "ru": ("Вывод ИИ теперь открыт.", "Это была учебная карточка", "Следующая карточка"),
}


@pytest.mark.parametrize("layout", ["en", "ru"])
def test_goes_from_a_view_to_the_truth_to_the_next_card_without_a_mouse(
    visit, strategist, press, shoot, layout  # noqa: F811
):  # fmt: skip
    is_open, told, onward = WORDS[layout]
    page = visit("/queue/", user=strategist(layout))
    expect(page).to_have_url(ADDRESS)
    shoot(f"practice-sealed-{layout}")
    press(page, "f", layout)
    expect(page.locator("#id_says_0")).to_be_focused()
    page.keyboard.press("ArrowRight")  # from no to rather no, and on to rather yes
    page.keyboard.press("ArrowRight")
    page.locator("#id_p").fill("70")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk")).to_contain_text(is_open)
    shoot(f"practice-open-{layout}")
    page.locator("#card .stage").focus()
    press(page, "r", layout)
    expect(page.locator("#card")).to_contain_text(told)
    shoot(f"practice-told-{layout}")
    expect(page.locator("#card [data-first]")).to_be_focused()
    expect(page.locator("#card [data-first]")).to_have_text(onward)
    page.keyboard.press("Enter")
    task = ReviewTask.objects.get()
    expect(page).to_have_url(re.compile(f"/queue/{task.pk}/"))
    row = Practice.objects.get()
    assert (row.says_yes, row.approves) == (True, False)


def test_is_put_off_by_a_key(visit, strategist, press):  # noqa: F811
    page = visit("/queue/", user=strategist())
    expect(page).to_have_url(ADDRESS)
    press(page, "c")
    expect(page).to_have_url(re.compile(f"/queue/{ReviewTask.objects.get().pk}/"))
    assert Practice.objects.get().skipped_at is not None


@pytest.mark.parametrize("size", [WIDE, PHONE, NARROW], ids=["desk", "phone", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_is_for_everybody_at_each_step(visit, strategist, check_axe, check_width, shoot, size, theme):
    page = visit("/queue/", user=strategist("ru"), size=size, theme=theme)
    for step in ("sealed", "open", "told"):
        check_axe(page)
        check_width(page)
        shoot(f"practice-{step}-{theme}-{size['width']}")
        if step == "sealed":
            assert page.locator("#card [data-save]").evaluate("e => e.scrollWidth <= e.clientWidth")
            page.locator(".seg label", has=page.locator("[value=yes]")).click()
            page.locator("#id_p").fill("70")
            page.locator("#card [data-save]").click()
            expect(page.locator("#card [value=approve]")).to_be_visible()
        elif step == "open":
            assert page.locator("#card [value=approve]").evaluate("e => e.scrollWidth <= e.clientWidth")
            page.locator("#card [value=approve]").click()
            expect(page.locator("#card [data-first]")).to_be_visible()


def test_of_ones_own_is_read_on_every_screen(visit, strategist, look, shoot):
    person = strategist("ru")
    for right in (False, True):
        practised(person, Policy.objects.get(), 11, right=right, says_yes=False, approves=right)
    page = visit("/practice/", user=person)
    expect(page.locator("h1")).to_have_text("Ваши учебные карточки")
    shoot("practice-record")
    look(page)
