"""The forecast on a card and on an approval: the figure, its intervals, what stands behind them, who would move it."""

import pytest

from review import overlays
from review.models import Arm
from screening import forecast_words
from tests import factories as make

pytestmark = pytest.mark.django_db
TOLD = {
    "kpi": "engagement", "place": 4.0969, "middle": 12_500.0, "ends": [2.0, 6.0], "markets": 1,
    "bands": [
        {"level": 50, "low": 8_000.0, "high": 19_000.0, "n": 90, "rank": 46, "promised_u6": 440_000},
        {"level": 80, "low": 5_100.0, "high": 30_400.0, "n": 90, "rank": 73, "promised_u6": 744_000},
        {"level": 90, "low": 3_900.0, "high": 40_200.0, "n": 90, "rank": 82, "promised_u6": 855_000},
    ],
}  # fmt: skip


@pytest.fixture
def foreseen(policy, now):
    """Makes cards whose answer keeps a forecast: `foreseen(TOLD, stakes="high")`."""

    def made(told, **fields):
        answer = make.recommendation(make.run(make.campaign()), knowledge={"forecast": told})
        return make.task(answer, policy=policy, opened_at=now, **fields)

    return made


class TestACard:
    def test_shows_the_figure_with_its_intervals_rank_and_count(self, signed_in, elena, foreseen, words):
        page = signed_in(elena).get(f"/queue/{foreseen(TOLD).pk}/")
        said = words(page)
        assert "Engagement, forecast 12.5k" in said
        assert "5.1k–30.4k, 80% interval" in said
        assert "3.9k–40.2k, 90% interval" in said
        assert "rank 73 of the errors on 90 creators; with 90% confidence it holds at least 74% of new ones" in said
        html = page.content.decode()
        # log10(5101) = 3.7077: (3.7077 - 2) / 4 of the axis; the dot at (4.0969 - 2) / 4.
        assert 'class="st-80" x1="42.7%"' in html
        assert 'cx="52.4%"' in html
        assert 'aria-label="Engagement: 12.5k, 5.1k–30.4k, 80% interval"' in html

    def test_says_it_in_russian(self, signed_in, elena, foreseen, words):
        elena.language = "ru"
        elena.save()
        said = words(signed_in(elena).get(f"/queue/{foreseen(TOLD).pk}/"))
        assert "интервал 80 %" in said
        assert "73-я по величине из ошибок на 90 авторах" in said

    def test_puts_beside_it_what_people_say_of_it(self, signed_in, elena, foreseen, words, now):
        task = foreseen(TOLD)
        overlays.save(task, by=elena, now=now, forecast_percent=-20, words={"forecast": "A quiet month"})
        said = words(signed_in(elena).get(f"/queue/{task.pk}/"))
        assert f"{elena.name}: 10k (−20%). A quiet month" in said

    def test_of_who_is_unlike_everybody_has_no_figure(self, signed_in, elena, foreseen, words):
        said = words(signed_in(elena).get(f"/queue/{foreseen({'kpi': 'engagement', 'far': True}).pk}/"))
        assert "no forecast. Too many figures lie beyond those of everybody with a result." in said

    def test_shows_no_figure_without_an_interval(self, signed_in, elena, foreseen, words):
        said = words(signed_in(elena).get(f"/queue/{foreseen({**TOLD, 'bands': TOLD['bands'][:1]}).pk}/"))
        assert "12.5k" not in said
        assert "too far off for an interval" in said

    def test_that_is_sealed_shows_nothing_of_it(self, signed_in, elena, foreseen, words):
        task = foreseen(TOLD, arm=Arm.BLIND, arm_share_u6=300_000)
        page = signed_in(elena).get(f"/queue/{task.pk}/").content.decode()
        assert "12.5k" not in page
        assert "80% interval" not in page


class TestAnApproval:
    def test_shows_it_too(self, signed_in, elena, sofia, foreseen, decide, why, words):
        task = foreseen(TOLD, stakes="high", fee_minor=1_000_000, on_expiry="escalates")
        decide(task, "approve", by=elena, rationale=why, expected_p=0.77)
        said = words(signed_in(sofia).get(f"/approvals/{task.pk}/"))
        assert "Engagement, forecast 12.5k" in said
        assert "5.1k–30.4k, 80% interval" in said

    def test_says_how_many_results_are_lacking(self, signed_in, elena, sofia, card, decide, why, words):
        task = card(stakes="high", fee_minor=1_000_000)
        decide(task, "approve", by=elena, rationale=why, expected_p=0.77)
        said = words(signed_in(sofia).get(f"/approvals/{task.pk}/"))
        assert "no forecast. 0 creators of this market have a result in it; 30 are needed." in said


class TestLacking:
    def test_says_how_many_results_are_known_and_needed_or_that_they_are_enough(self):
        assert "1 creator of this market has a result in it; 30 are needed." in forecast_words.lacking("reach", 1)
        assert "29 creators of this market have a result in it" in forecast_words.lacking("reach", 29)
        assert "30 creators here have a result: enough." in forecast_words.lacking("reach", 30)
