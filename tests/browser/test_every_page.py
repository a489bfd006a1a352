"""Every page of the resolver, opened by a role that may see it: axe in both themes, and no sideways scroll at 320 px.

The addresses are those with which two worlds are compared (tests/review/worlds.py); a new page is covered by itself.
"""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error

from accounts.models import User
from jobs import dispatch
from review import decisions, investigations, questions, stops
from review.models import Investigation, Question, ReviewTask, Stop
from screening import norms, own_scores
from screening.engine.own import Own
from screening.imports import load, uploads
from screening.models import Discovery, ImportBatch, MarketNorm
from tests import factories as make
from tests.browser.conftest import COLOURS, NARROW, WIDE, _session, breaches
from tests.review import worlds

pytestmark = pytest.mark.django_db(transaction=True)
ROLES = ("strategist", "manager", "expert", "analyst", "admin", "nobody")
# Each of these looks otherwise: a card sealed, open, decided; an approval before its answer and after; a file that
# waits to be looked at, and one that was.
EVERY = {"queue-card", "import-map", "approval"}
ELSEWHERE = {
    "audit-file",
    "audit-file-download",
    "audit-receipt-file",
    "practice",
}  # things that are not made here: a large export, a closed case
FILE = 204  # what an address counts as that answers with a file, JSON or a part of a page
# A header, an address and a name as long as they come, and none of them with a place to break.
LIST = (
    "username,AverageInteractionsAcrossAllPublishedReelsOfTheLastQuarter,followers,homepage\n"
    "anna,12,1.2M,https://example.org/creators/anna-of-the-long-address-without-any-blank/overview\n"
    "@@thisIsNoHandleAtAllButStandsInTheColumnOfHandles!!,3,many,https://example.org/none\n"
)
NAME = "InfluencersOfTheSecondQuarterAsTheAgencySentThemLateOnFriday_final_v7_corrected.csv"
LONG_ENOUGH = timedelta(minutes=5)  # ago: nobody can take a decision back, so it has a letter
WHY = "Her readers buy at pharmacies, I saw it in her last two campaigns."


@pytest.fixture
def world(tmp_path, monkeypatch, settings):
    """The market of the two worlds, and in it one of everything that has a page."""
    monkeypatch.setattr(load, "PAUSE", 0)
    made = worlds.build(tmp_path)
    for name, value in made.own.items():
        setattr(settings, name, value)
    fill(made)
    found = {"question_id": Question, "investigation_id": Investigation, "norm_id": MarketNorm, "stop_id": Stop,
             "user_id": User}  # fmt: skip
    monkeypatch.setattr(worlds, "PARAMETERS", worlds.PARAMETERS | {name: worlds.ids(of) for name, of in found.items()})
    people = {
        "erase-person": worlds.ids(User),
        "person": worlds.ids(User),
        "people": worlds.ids(User),
        "role": worlds.ids(User),
    }
    files = {"import": worlds.ids(ImportBatch), "api-import": worlds.ids(ImportBatch)}
    monkeypatch.setattr(worlds, "PK", worlds.PK | people | files)
    return made


def fill(world):
    """Decide a card, send one up, ask, look into, meet, search and stop."""
    now, readers = timezone.now(), world.readers
    by = readers["strategist"]
    readers["admin"] = make.user("admin", name="Oleg Reznik")
    campaign = world.run.campaign
    free = list(ReviewTask.objects.filter(state="open").exclude(pk=world.task.pk).order_by("arm", "pk")[:3])
    for task in free:  # chance drew their arms
        ReviewTask.objects.filter(pk=task.pk).update(arm="ai_first")
        task.refresh_from_db()
    for n, task in enumerate(free[:2]):
        if n:
            ReviewTask.objects.filter(pk=task.pk).update(stakes="high", on_expiry="escalates")
            task.refresh_from_db()
        said = {} if not n else {"rationale": WHY}
        is_against = task.recommendation.verdict == "decline"
        decisions.decide(
            task, choice="approve", by=by, now=now - LONG_ENOUGH, version=task.version, key=f"every-{n}",
            **({"category": "context", "rationale": WHY} if is_against else said),
        )  # fmt: skip
    left = free[2]
    questions.ask(left, text="Is this usual here?", to=[readers["expert"]], by=by, now=now, hours=24)
    investigations.request(left, text="Is this usual here?", by=by, now=now)
    Discovery.objects.update(commit_date=now.date() + timedelta(days=5))  # open on the day of the test too
    own_scores.save(world.run, name="Small and loyal", wanted=Own({"followers": 0.0}), by=by, now=now)
    stops.stop(campaign.market, reason="Odd verdicts since the morning", by=make.user("manager"), now=now)
    bring_in(by, now)
    norms.write(
        campaign.market, flag="engagement_rate:high", scope={}, until=now.date() + timedelta(days=200), reason=WHY,
        by=readers["expert"], now=now,
    )  # fmt: skip


def bring_in(by, now):
    """One file is in, with a row that was refused; one was looked at, one waits for a worker."""
    for step in ("loaded", "looked at", "waiting"):
        batch = uploads.receive(ContentFile((LIST + step).encode()), name=NAME, by=by, now=now, platform="instagram")
        for done in {"loaded": ("look", "load"), "looked at": ("look",), "waiting": ()}[step]:
            if done == "load":
                load.start_import(batch, by=by, now=now)
            batch.refresh_from_db()
            dispatch.run(batch.job_id, worker="test")
            batch.refresh_from_db()
    assert ImportBatch.objects.filter(status="loaded", refused__gt=0).count() == 1


def pages(world, part):
    """Return address -> role for a page of every name of a part, and the names that show none to anybody."""
    clients = {role: Client() for role in ROLES}
    for role, client in clients.items():
        if role in world.readers:
            client.force_login(world.readers[role], worlds.BACKEND)
    found, told = {}, {}
    for name, given in worlds.addresses():
        if name not in part or (200 in told.setdefault(name, set()) and name not in EVERY):
            continue
        address = reverse(name, kwargs=given)
        for role, client in clients.items():
            answer = client.get(address)
            is_page = answer.status_code == 200 and b"<html" in getattr(answer, "content", b"")
            if is_page:
                found[address] = role
            if role != "nobody" or is_page:
                told[name].add(200 if is_page else FILE if answer.status_code == 200 else answer.status_code)
            if is_page:
                break
    return found, {name for name, statuses in told.items() if statuses <= {403, 404}}


class TestEveryPage:
    @pytest.mark.parametrize("half", [0, 1])  # one for each worker
    def test_is_open_to_everybody_and_fits_the_smallest_screen(self, world, page, live_server, expected, half):
        part = set(sorted({name for name, _given in worlds.addresses()})[half::2])
        found, unseen = pages(world, part)
        assert unseen == ELSEWHERE & part
        by_role = sorted(found.items(), key=lambda one: ROLES.index(one[1]))
        wrong = []
        for language in ("en", "ru"):
            User.objects.update(language=language)
            for address, role in by_role:
                wrong += look(page, live_server.url, world.readers.get(role), address, language)
        assert not wrong, "\n".join(wrong)


# What reaches over the right edge, the innermost last.
OUTSIDE = """() => [...document.querySelectorAll("body *")]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 60)}`).slice(-5)"""


def arrive(page, url):
    """Open a page, at the second try where the browser gave the first one up by itself.

    That was seen once, on a busy machine, for a reason that nobody found; a page that is at fault is given up twice.
    """
    page.goto("about:blank")  # what the last page still does ends with it
    try:
        page.goto(url)
    except Error as error:
        if "net::ERR_ABORTED" not in str(error):
            raise
        page.goto(url)


def look(page, host, user, address, language):
    """Return what is wrong with a page: axe in English, for its structure is that of both; width in both."""
    page.context.clear_cookies()
    if user is not None:
        page.context.add_cookies([_session(user, host)])
    page.set_viewport_size(NARROW)
    arrive(page, host + address)
    wide, shown = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
    wrong = []
    if wide > shown:
        wrong.append(f"{address} ({language}) is {wide} px wide: {page.evaluate(OUTSIDE)}")
    if language == "en":
        page.set_viewport_size(WIDE)
        for theme, rules in (("light", None), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            if found := breaches(page, rules):
                wrong.append(f"{address} ({theme}): {found}")
    return wrong
