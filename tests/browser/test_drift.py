"""Drift in a real browser: what moved is read without pushing a table sideways, wide and on a phone, EN and RU."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from screening import pools, training
from screening.models import Profile
from tests import factories as make
from tests.browser.conftest import PHONE, WIDE
from tests.screening import schooling

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("language", "size"), [("en", WIDE), ("ru", PHONE)])
def test_shows_what_moved_whole(visit, look, language, size):
    now = timezone.now()
    boss, campaign = make.user("manager", name="Sofia Bennett", language=language), make.campaign()
    make.brief(campaign)
    training.approve(training.publish_card(campaign.market, by=None, now=now), by=boss, now=now)
    profiles, _worth = schooling.fill(now)
    schooling.screened(campaign, now=now)
    schooling.results(campaign, profiles, [-9.0] * 90, now=now)
    for one in Profile.objects.all():
        old = one.metrics.first()
        make.metrics(one, taken_at=date(2026, 11, 20), followers=old.followers * 9, likes_avg=old.likes_avg, posts=80)
    pools.freeze(campaign.market, by=None, now=now + timedelta(days=30))
    page = visit("/models/drift/", user=boss, size=size)
    expect(page.locator("#drift-US .banner--warn a")).to_be_visible()
    page.locator("#drift-US summary").click()
    expect(page.locator("#drift-US table")).to_be_visible()
    for box in page.locator(".scrollx").all():
        wide, shown = box.evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide == shown
    look(page)
