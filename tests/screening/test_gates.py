"""Market gates: dated law as data; what cannot be checked is a question, never a pass."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from screening import gates, words
from screening.gates import GateState
from screening.models import GateAnswer, MarketGate
from tests import factories as f

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def russia(now):
    """Market RU with its gates."""
    market = f.market("RU")
    gates.install(market, by=None, now=now)
    return market


def _states(profile, market, on=TODAY):
    return {found.gate.code: found.state for found in gates.check(profile, market, on=on)}


class TestInstall:
    def test_writes_each_gate_once_with_evidence_and_date(self, russia, now):
        assert gates.install(russia, by=None, now=now) == []
        rows = MarketGate.objects.filter(market=russia)
        assert {row.code for row in rows} == {"register", "platforms", "erid", "foreign_agents"}
        assert all(row.evidence and row.checked_on_date and row.valid_from_date for row in rows)
        assert AuditEntry.objects.filter(kind="gate").count() == 1

    def test_knows_no_gates_of_a_market_without_them(self, now):
        assert gates.install(f.market("US"), by=None, now=now) == []
        assert gates.check(f.profile(), f.market("US"), on=TODAY) == []


class TestCheck:
    @pytest.mark.parametrize(
        ("followers", "state"), [(9_999, "passed"), (10_000, "passed"), (10_001, "question"), (None, "question")]
    )
    def test_asks_for_the_register_above_ten_thousand(self, russia, followers, state):
        profile = f.profile("vk")
        f.metrics(profile, followers=followers)
        assert _states(profile, russia)["register"] == state

    def test_takes_the_newest_known_number_of_followers(self, russia):
        profile = f.profile("vk")
        f.metrics(profile, taken_at=date(2026, 9, 1), followers=50_000)
        f.metrics(profile, taken_at=date(2026, 10, 1), followers=9_000)
        f.metrics(profile, taken_at=date(2026, 11, 1), followers=None)
        f.metrics(profile, taken_at=date(2026, 12, 1), followers=90_000)
        assert _states(profile, russia)["register"] == "passed"

    @pytest.mark.parametrize(
        ("platform", "day", "state"),
        [
            ("instagram", date(2025, 8, 31), None),
            ("instagram", date(2025, 9, 1), "blocked"),
            ("instagram", TODAY, "blocked"),
            ("telegram", date(2026, 3, 9), "passed"),
            ("telegram", date(2026, 3, 10), "question"),
            ("youtube", TODAY, "question"),
            ("vk", TODAY, "passed"),
        ],
    )
    def test_holds_platforms_to_the_law_of_the_day(self, russia, platform, day, state):
        assert _states(f.profile(platform), russia, day).get("platforms") == state

    def test_does_not_ask_for_the_label_before_the_ad(self, russia):
        assert _states(f.profile("vk"), russia)["erid"] == "not_due"

    def test_never_passes_a_list_that_is_not_here(self, russia):
        assert _states(f.profile("vk"), russia)["foreign_agents"] == "question"

    def test_says_why_in_both_languages(self, russia):
        from django.utils import translation

        f.metrics(profile := f.profile("vk"), followers=25_000)
        found = gates.check(profile, russia, on=TODAY)[0]
        assert words.gate(found.reason, found.numbers) == "25,000 followers: look the page up in the register"
        with translation.override("ru"):
            assert words.gate(found.reason, found.numbers).startswith("Подписчиков 25\u00a0000")
            assert found.name.startswith("Реестр")


class TestAnswer:
    def _answer(self, profile, market, code="foreign_agents", now=None, **fields):
        gate = gates.in_force(market, on=TODAY)
        gate = next(one for one in gate if one.code == code)
        defaults = {"is_passed": True, "evidence": "minjust.gov.ru, 20 Nov", "by": f.user("expert", market="RU")}
        return gates.answer(profile, gate, **{**defaults, **fields}, now=now)

    def test_turns_a_question_into_what_was_found(self, russia, now):
        profile = f.profile("vk")
        self._answer(profile, russia, now=now)
        assert _states(profile, russia)["foreign_agents"] == GateState.PASSED
        self._answer(profile, russia, now=now, is_passed=False)
        assert _states(profile, russia)["foreign_agents"] == GateState.BLOCKED

    def test_says_where_it_was_looked_up(self, russia, now):
        with pytest.raises(gates.NotAnswered):
            self._answer(f.profile("vk"), russia, now=now, evidence="  ")

    def test_cannot_lift_a_ban(self, russia, now):
        profile = f.profile("instagram")
        with pytest.raises(gates.NotAnswered):
            self._answer(profile, russia, "platforms", now=now)
        assert _states(profile, russia)["platforms"] == "blocked"

    def test_is_for_those_who_decide_in_the_market(self, russia, now):
        with pytest.raises(NotAllowed):
            self._answer(f.profile("vk"), russia, now=now, by=f.user("expert", market="US"))

    def test_cannot_be_changed_afterwards(self, russia, now):
        made = self._answer(f.profile("vk"), russia, now=now)
        with pytest.raises(DatabaseError), transaction.atomic():
            GateAnswer.objects.filter(pk=made.pk).update(is_passed=False)
