"""Brands and markets in a real browser: a manager approves a model on the phone without pushing a table sideways."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from screening import training
from tests import factories as make
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_shows_each_market_whole_on_a_phone(visit, language):
    boss, market = make.user("manager", name="Sofia Bennett", language=language), make.market()
    make.brand()
    for _ in range(2):
        training.publish_card(market, by=None, now=timezone.now())
    page = visit("/places/", user=boss, size=PHONE)
    boxes = page.locator(".scrollx")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        wide, shown = box.evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide == shown
    expect(page.locator("#markets form button").first).to_be_in_viewport()
    small = "e => [...e.querySelectorAll('small')].map(one => parseFloat(getComputedStyle(one).fontSize))"
    assert min(page.locator("main").evaluate(small)) >= 12
