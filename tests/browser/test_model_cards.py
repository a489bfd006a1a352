"""A model's card in a browser: readable by everybody, whole on the smallest screen, in both languages."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from jobs import lease
from jobs.models import Job
from screening import learning, training
from tests import factories as make
from tests.browser.conftest import PHONE
from tests.screening import schooling

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_shows_what_was_stated_against_what_happened(visit, look, shoot, language, tmp_path, settings):
    settings.DATA_DIR, settings.STORE_URL = tmp_path, str(tmp_path / "store")
    now, campaign = timezone.now(), make.campaign()
    make.brief(campaign)
    boss = make.user("manager", name="Sofia Bennett", language=language)
    training.approve(training.publish_card(campaign.market, by=None, now=now), by=boss, now=now)
    people, worth = schooling.fill(now)
    schooling.screened(campaign, now=now)
    schooling.results(campaign, people, worth, now=now)
    schooling.carried_out(learning.start(campaign.market, by=boss, now=lease.now()))
    assert Job.objects.get(kind="learn").result.get("model")
    model = training.approve(campaign.market.models.get(kind="learned"), by=boss, now=now + timedelta(hours=1))
    page = visit(f"/models/{model.pk}/", user=boss)
    expect(page.locator("svg.chart circle").first).to_be_visible()
    look(page)
    small = "e => [...e.querySelectorAll('small, text')].map(one => parseFloat(getComputedStyle(one).fontSize))"
    assert min(page.locator("main").evaluate(small)) >= 12
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shoot(f"model-card-{language}-{scheme}")
        page.locator("#history").scroll_into_view_if_needed()
        shoot(f"model-card-{language}-{scheme}-2")
        page.evaluate("scrollTo(0, 0)")
    page.set_viewport_size(PHONE)
    box = page.locator("#reliability .scrollx")
    assert box.evaluate("e => e.scrollWidth <= e.clientWidth")
    for place in ("reliability", "weights", "history"):
        page.locator(f"#{place}").evaluate("e => e.scrollIntoView()")
        shoot(f"model-card-{language}-phone-{place}")
    page = visit("/models/", user=boss)
    look(page)
    shoot(f"models-{language}")
