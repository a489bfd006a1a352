"""One whole journey in Chromium, in English and in Russian, on the product as it is started: web, worker, supervisor.

No console error, no breach of the content policy, and axe finds nothing on any page in either theme.
HM_SCREENSHOTS=folder keeps a picture of every page.
"""

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hybridmkt import journey
from tests.browser.conftest import PHONE, WIDE
from tests.browser.house import BRANDS, LANGUAGES, email
from tests.faults.places import ROOT, Embedded
from tests.faults.world import PASSWORD

WAIT = 90_000  # ms for what a worker does
ASKED = "status of 422"  # a form that lacks something says so, and the browser's console repeats it
TOPICS = {"US": "pottery, glazing", "RU": "керамика, глазурь"}
REASONS = {
    "US": "Two paid posts for a rival in one week, and the comments turned sour: no figure can show that.",
    "RU": "За неделю две рекламы конкурента, и под ними злые комментарии: по цифрам этого не видно.",
}
APPROVED = {"US": "Approved", "RU": "Одобрено"}
PLATFORMS = {"US": "instagram", "RU": "vk"}  # the law of one market closes the other's platform to ads
RU_HEADER = (
    "Аккаунт", "Имя", "Страна", "Язык", "Категория", "О себе", "Подписчики", "Лайки на пост", "Комментарии на пост",
    "Посты", "Цена",
)  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Give the address of an installation that is really running."""
    place = Embedded(tmp_path_factory.mktemp("house"))
    subprocess.run([sys.executable, "-m", "tests.browser.house"], env=place.env, cwd=ROOT, check=True)
    place.start()
    yield place.address.rstrip("/")
    place.stop()


@pytest.fixture
def enter(house, new_context) -> Callable[..., Page]:
    """Open a browser for somebody and sign in; whatever it complains of fails the test at its end."""
    wrong: list[str] = []

    def come_in(role: str, market: str, size: dict[str, int] = WIDE) -> Page:
        page = new_context().new_page()
        page.set_viewport_size(size)
        page.on("console", lambda said: wrong.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.goto(f"{house}/sign-in/?lang={LANGUAGES[market]}")
        page.locator("[name=username]").fill(email(role, market))
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[market])
        return page

    yield come_in
    left = dict.fromkeys(words for words in wrong if ASKED not in words)
    assert not left, "The browser complained:\n" + "\n".join(left)


@pytest.fixture
def look(check_axe, check_width) -> Callable[[Page, str], None]:
    """Check a page in both themes, and keep its picture where HM_SCREENSHOTS names a folder."""

    def both(page: Page, name: str) -> None:
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            check_axe(page)
            check_width(page)
            if folder := os.environ.get("HM_SCREENSHOTS"):
                # Else the browser is given a style that hides the caret, and complains of it.
                page.screenshot(path=Path(folder) / f"journey-{name}-{theme}.png", caret="initial")

    return both


def creators_file(market: str) -> bytes:
    """Return the journey's list, for Russia in its own words, numbers and encoding."""
    if market == "US":
        return journey.creators_file("en")
    rows = list(csv.reader(io.StringIO(journey.creators_file("ru").decode()), delimiter=";"))
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow(RU_HEADER)
    for row in rows[1:]:
        about = "Керамика, глазурь и медленная работа за кругом" if "Pottery" in row[5] else "Глина, печи, первые миски"
        size = row[6].replace("1.2M", "1,2 млн").replace("K", " тыс.").replace(",000", " 000")
        sheet.writerow([row[0], row[1].replace("Potter", "Гончар"), "Россия", "русский", row[4], about, size, *row[7:]])
    return out.getvalue().encode("cp1251")


def bring_in(page: Page, house: str, market: str, look) -> None:
    """Import the list: choose the file, correct what was not found in it, let the worker load it."""
    page.goto(f"{house}/import/")
    look(page, f"{market}-import")
    file = {"name": "clay.csv", "mimeType": "text/csv", "buffer": creators_file(market)}
    page.locator("[name=file]").set_input_files(file)
    page.locator("[name=source]").fill("fair")
    page.locator("[name=market]").select_option(market)
    page.locator("form:has([name=file]) button[type=submit]").click()
    page.wait_for_selector("[name=look]", timeout=WAIT)
    look(page, f"{market}-map")
    page.locator("[name=platform]").select_option(PLATFORMS[market])
    page.locator("[name=look]").click()
    page.wait_for_selector("[name=import]", timeout=WAIT)
    page.locator("[name=import]").click()
    page.wait_for_selector(".sum", timeout=WAIT)
    assert page.locator(".sum b").all_inner_texts() == ["60", "1", "1"]
    look(page, f"{market}-imported")


def ask(page: Page, house: str, market: str, look) -> None:
    """Make a campaign and its brief, and start the run."""
    page.goto(f"{house}/campaigns/new/")
    look(page, f"{market}-campaign")
    deadline = (date.today() + timedelta(days=30)).isoformat()
    typed = {"name": "Clay", "budget": "120000", "fee": "600", "wanted": "6", "deadline": deadline}
    for name, value in typed.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=brand]").select_option(BRANDS[market][0])
    page.locator("[name=market]").select_option(market)
    page.locator("form:has([name=budget]) button.btn--primary").click()
    page.locator("[name=words_topics]").fill(TOPICS[market])
    page.locator("[name=weight_topics]").fill("30")
    expect(page.locator("#left")).to_have_text("60")
    look(page, f"{market}-brief")
    page.locator("[name=action][value=run]").click()
    page.wait_for_selector("table.rank", timeout=WAIT)
    assert ranked(page) == 50
    look(page, f"{market}-run")


def ranked(page: Page) -> int:
    """Return how many creators the first page of a ranking stands for, those in folded stretches among them."""
    lines = page.locator("table.rank tbody tr:has(a[href*='open='])").all_inner_texts()
    folded = [[int(number) for number in re.findall(r"\d+", line)[:2]] for line in lines]
    rows = page.locator("table.rank tbody tr:not(.cut)").count() - len(lines)
    return rows + sum(last - first + 1 for first, last in folded)


def current(page: Page) -> str:
    """Return the number of the open card, once the list shows it as the current one."""
    card = page.locator("#card").get_attribute("data-task")
    expect(page.locator(f"#q-{card}")).to_have_class(re.compile("is-current"))
    return card


def move(page: Page, key: str) -> str:
    """Go to a neighbour by key. Returns the number of its card."""
    before = current(page)
    page.keyboard.press(key)
    expect(page.locator("#card")).not_to_have_attribute("data-task", before)
    return current(page)


def open_card(page: Page, at: str) -> None:
    """Walk down the list with j until a card has what is looked for."""
    for _ in range(30):
        if page.locator(f"#card {at}").count():
            return
        move(page, "j")
    raise AssertionError(f"no card of the queue has {at}")


def triage(page: Page, market: str, look) -> None:
    """Work through cards by keyboard: approve one, move, decide against the AI with a reason, take it back."""
    page.goto(page.url.split("/runs/")[0] + "/queue/?stakes=medium")
    page.wait_for_selector("#card")
    look(page, f"{market}-queue")
    first = current(page)
    assert move(page, "j") != first
    assert move(page, "k") == first
    open_card(page, "button[value=approve]:not([data-asks])")
    decided = current(page)
    answer_gates(page)
    page.keyboard.press("a")
    expect(page.locator(f"#q-{decided}")).to_have_count(0)
    override(page, market, look)


def answer_gates(page: Page) -> None:
    """Answer what the law of the market asks and the figures cannot tell: until then there is nothing to approve."""
    open_ones = page.locator(".gans")
    for left in range(open_ones.count(), 0, -1):
        expect(page.locator("#card button[value=approve]")).to_be_disabled()
        open_ones.first.locator("summary").click()
        open_ones.first.locator("input").fill("https://registry.example/4711")
        open_ones.first.locator("[value=yes]").click()
        expect(open_ones).to_have_count(left - 1)
    expect(page.locator("#card button[value=approve]")).to_be_enabled()
    current(page)


def override(page: Page, market: str, look) -> None:
    """Reject against a Partner: the dialog asks for a reason, refuses a short one, keeps a long one."""
    open_card(page, "button[value=reject][data-asks=override]")
    decided = current(page)
    page.keyboard.press("r")
    expect(page.locator("dialog#ask")).to_be_visible()
    look(page, f"{market}-override")
    page.locator("#id_rationale").fill("No")
    page.keyboard.press("Control+Enter")
    expect(page.locator("dialog#ask .errsum")).to_be_visible()
    expect(page.locator("#id_rationale")).to_have_value("No")
    look(page, f"{market}-override-refused")
    page.locator("dialog#ask [name=category]").first.check(force=True)
    page.locator("#id_rationale").fill(REASONS[market])
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#q-{decided}")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("#card")).to_have_attribute("data-task", decided)
    expect(page.locator("#card button[value=reject]")).to_be_enabled()


def commit_view(page: Page) -> None:
    """Say yes and how likely before the AI's verdict opens."""
    page.locator("[name=says][value=yes]").check(force=True)
    page.locator("#id_p").fill("74")
    page.locator("[name=because]").first.check(force=True)
    page.locator("#id_sentence").fill("Slow work, and the comments ask where to buy.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#card button[value=approve]")).to_have_count(1)


def send_up(page: Page, house: str, market: str, look) -> str:
    """Send a card of high stakes to the manager, with a reason. Returns its number."""
    page.goto(f"{house}/queue/?stakes=high")
    page.wait_for_selector("#card")
    if page.locator("#id_p").count():  # high stakes are sealed until a view is committed
        look(page, f"{market}-sealed")
        commit_view(page)
        look(page, f"{market}-both")
    open_card(page, "button[value=approve][data-asks]")
    card = current(page)
    answer_gates(page)
    page.keyboard.press("a")
    page.locator("#id_rationale").fill(REASONS[market])
    if page.locator("dialog#ask [name=category]:visible").count():
        page.locator("dialog#ask [name=category]").first.check(force=True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#q-{card}")).to_have_count(0)
    return card


def approve(page: Page, house: str, market: str, card: str, look) -> None:
    """Approve on a phone."""
    page.goto(f"{house}/approvals/")
    look(page, f"{market}-approvals")
    page.locator(f"a[href='/approvals/{card}/']").click()
    page.wait_for_url(f"**/approvals/{card}/")
    look(page, f"{market}-approval")
    page.locator("[data-open=sheet-approve]").click()
    expect(page.locator("dialog#sheet-approve")).to_be_visible()
    look(page, f"{market}-approval-sheet")
    page.locator("dialog#sheet-approve button.btn--primary").click()
    page.wait_for_selector("text=" + APPROVED[market])
    look(page, f"{market}-approval-given")


def export(page: Page, house: str, market: str, card: str, look) -> None:
    """Export the log as the analyst, and find the decision in the file."""
    page.goto(f"{house}/audit/")
    look(page, f"{market}-audit")
    page.locator(".acts summary").click()
    with page.expect_download() as found:
        page.locator(".acts a[href*='export.csv']").first.click()
    rows = list(csv.DictReader(io.StringIO(Path(found.value.path()).read_text(encoding="utf-8-sig"))))
    mine = [row for row in rows if row["stream"] == f"task:{card}"]
    assert {"recommendation", "claim", "decision", "approval"} - {row["kind"] for row in mine} <= {"recommendation"}
    assert REASONS[market] in {row["rationale"] for row in mine}


class TestJourney:
    @pytest.mark.parametrize("market", ["US", "RU"])
    def test_goes_from_a_file_to_an_exported_decision(self, enter, house, look, market):
        strategist = enter("strategist", market)
        bring_in(strategist, house, market, look)
        ask(strategist, house, market, look)
        triage(strategist, market, look)
        card = send_up(strategist, house, market, look)
        approve(enter("manager", market, PHONE), house, market, card, look)
        export(enter("analyst", market), house, market, card, look)
        assert re.fullmatch(r"\d+", card)
