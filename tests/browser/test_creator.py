"""A creator's page in a real browser: where they stand among peers, and a relation added with script and without."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from screening import pools
from screening.models import Relation
from tests import factories as make
from tests.browser.conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elena(db):
    """A strategist, with a colleague."""
    make.user("expert", brand="acme", market="US", name="Daniel Okafor")
    return make.user("strategist", brand="acme", market="US", name="Elena Markova", language="en")


@pytest.fixture
def address(db):
    """The page of a creator who has forty peers and past work."""
    make.brand()
    market = make.market()
    made = [make.profile(handle=f"p{n}") for n in range(40)]
    for n, one in enumerate(made, 1):
        make.metrics(one, likes_avg=100.0 * n, comments_avg=1.0 * n)
    pools.freeze(market, by=None, now=timezone.now())
    make.campaign(name="Spring Calm").outcomes.create(
        profile=made[0], kpi="orders", actual=5, predicted=4, predicted_low=2, predicted_high=6,
        as_of_date="2026-01-01", is_success=True, audit=make.entry("outcome"),
    )  # fmt: skip
    return f"/creators/{made[0].creator_id}/"


def test_with_its_form_open_and_refused_keeps_the_rules_of_accessibility(visit, elena, address, look, expected):
    expected.append("422")
    page = visit(address, user=elena)
    expect(page.locator("#peers .flag")).to_have_count(2)
    page.get_by_text("Add a relation", exact=True).click()
    look(page)
    expect(page.locator("#relation_referred_by")).to_be_hidden()
    page.select_option("#relation_kind", "referred")
    expect(page.locator("#relation_referred_by")).to_be_visible()
    page.fill("#relation_words", "Saw her talk")
    page.get_by_role("button", name="Add the relation").click()
    expect(page.locator(".errsum")).to_be_focused()
    expect(page.locator("#relation_words")).to_have_value("Saw her talk")
    look(page)


@pytest.mark.parametrize(("has_script", "size"), [(True, WIDE), (False, NARROW)])
def test_takes_a_relation_pressed_twice_once_and_takes_it_back(sit, elena, address, has_script, size):
    page = sit(elena, address, has_script=has_script, size=size).page
    page.get_by_text("Add a relation", exact=True).click()
    page.select_option("#relation_kind", "knows")
    page.get_by_role("button", name="Add the relation").dblclick()
    expect(page.locator("#rel li")).to_contain_text("knows this creator")
    assert Relation.objects.count() == 1
    page.locator("#rel li").get_by_role("button", name="Take back").click()
    expect(page.locator("#rel")).to_contain_text("Nobody has said yet")
    assert not Relation.objects.exists()


def test_takes_a_note_with_a_long_address_and_corrects_it_without_leaving_the_screen(visit, elena, address, look):
    page = visit(address, user=elena)
    page.get_by_role("link", name="Add a note").click()
    page.fill("#note_text", f"Her agent: https://example.org/{'agents/' * 20}")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator("#notes .rel li")).to_have_count(1)
    page.locator("#notes .rel summary").click()
    look(page)
    page.locator("#notes .rel textarea").fill("Her agent answers within a day")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#notes .rel li")).to_contain_text("Her agent answers within a day")
