"""Pages of the clocks: the heartbeat, and when a market works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import ticks
from review.models import Holiday, WorkingHours
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestHeartbeat:
    def test_has_a_red_banner_while_a_clock_is_late(self, signed_in, sofia, words, now):
        browser = signed_in(sofia)
        assert "A clock is late." in words(browser.get("/health/"))
        ticks.run_due(now)
        assert "A clock is late." not in words(browser.get("/health/"))

    def test_says_how_long_a_card_is_due_in_units_that_people_use(self, signed_in, sofia, card, words):
        late = timezone.now() - timedelta(hours=30, minutes=1)
        card(opened_at=late - timedelta(days=2), due_at=late)
        assert "due and not acted on 30 h over" in words(signed_in(sofia).get("/health/"))

    def test_is_for_managers_and_admins(self, signed_in, elena):
        assert signed_in(make.user("admin")).get("/health/").status_code == 200
        assert signed_in(elena).get("/health/").status_code == 403


class TestHours:
    @pytest.fixture
    def address(self, policy):
        return "/places/US/hours/"

    def test_are_kept_by_a_manager(self, signed_in, sofia, address):
        said = {"days": ["0", "5"], "opens": "08:30", "closes": "17:00"}
        assert signed_in(sofia).post(address, said).status_code == 302
        assert WorkingHours.objects.get().days == "05"

    def test_that_end_before_they_begin_are_refused(self, signed_in, sofia, address, words):
        answer = signed_in(sofia).post(address, {"days": ["0"], "opens": "18:00", "closes": "09:00"})
        assert answer.status_code == 422
        assert "opens before it closes" in words(answer)

    def test_are_read_only_to_a_strategist(self, signed_in, elena, address, words):
        browser = signed_in(elena)
        assert "Keep the hours" not in words(browser.get(address))
        assert browser.post(address, {"days": ["0"], "opens": "08:00", "closes": "09:00"}).status_code == 403

    def test_of_another_market_are_not_found(self, signed_in, elena, address):
        make.market("RU")
        assert signed_in(elena).get("/places/RU/hours/").status_code == 404

    def test_take_a_holiday_in_and_out(self, signed_in, sofia, address, words):
        browser = signed_in(sofia)
        browser.post(f"{address}holiday/", {"day": "2026-11-26", "name": "Thanksgiving"})
        made = Holiday.objects.get()
        assert "Thanksgiving" in words(browser.get(address))
        browser.post(f"{address}holiday/{made.pk}/end/")
        assert "No holiday was entered." in words(browser.get(address))
