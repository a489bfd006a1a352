"""The card’s blocks of earlier cases, the AI’s question, and what each version of a view said."""

from datetime import timedelta

import pytest

from review import asked, overlays
from tests import factories as make
from tests.review.test_together import outcome

pytestmark = pytest.mark.django_db
FLAG = {
    "feature": "engagement_rate", "side": "high", "value": 0.09, "percentile": 0.98, "median": 0.02, "group_size": 240,
    "z": 3.2, "platform": "instagram", "tier": "micro", "is_serious": False, "norm": "",
}  # fmt: skip


@pytest.fixture
def past(policy):
    """An earlier answer with its result: `past(is_success=True, p_u6=610_000, flags=[...])`."""

    def made(*, is_success, **answer):
        task = make.task(make.recommendation(make.run(make.campaign()), **answer), policy=policy, state="approved")
        outcome(task, is_success=is_success)
        return task

    return made


class TestRecord:
    def test_counts_verdicts_of_the_same_level_only(self, signed_in, elena, card, past, words):
        for n in range(30):
            past(is_success=n < 20)
        past(is_success=True, p_u6=400_000, verdict="decline")
        past(is_success=True, p_u6=900_000)
        page = words(signed_in(elena).get(f"/queue/{card().pk}/"))
        assert "Of 30 earlier verdicts at this level, 67% proved right (49–81%)." in page

    def test_gives_the_count_first_where_there_are_few(self, signed_in, elena, card, past, words):
        for n in range(10):
            past(is_success=n < 7)
        page = words(signed_in(elena).get(f"/queue/{card().pk}/"))
        assert "10 earlier verdicts at this level, 7 proved right (40–89%)." in page

    def test_says_when_it_is_too_early(self, signed_in, elena, card, past, words):
        past(is_success=True)
        page = words(signed_in(elena).get(f"/queue/{card().pk}/"))
        assert "1 earlier verdict at this level has a result: too few" in page


class TestFlags:
    def test_say_how_such_cases_ended(self, signed_in, elena, policy, past, words):
        past(is_success=True, flags=[FLAG]), past(is_success=False, flags=[FLAG])
        past(is_success=False, flags=[{**FLAG, "side": "low"}])
        answer = make.recommendation(make.run(make.campaign()), flags=[FLAG])
        page = words(signed_in(elena).get(f"/queue/{make.task(answer, policy=policy).pk}/"))
        assert "of 240 peers" in page
        assert "Of 2 earlier cases with this flag, 1 met the goal." in page


class TestForecast:
    def test_says_what_is_missing(self, signed_in, elena, card, words):
        assert "Engagement: no forecast. 0 creators of this market have a result in it; 30 are needed." in words(
            signed_in(elena).get(f"/queue/{card().pk}/")
        )


@pytest.fixture
def asking(policy):
    """A card whose AI asks something: `asking("missing", "engagement_rate")`."""

    def made(code, feature):
        numbers = {
            "value": 0.09,
            "percentile": 0.98,
            "median": 0.02,
            "group_size": 240,
            "z": 3.2,
            "sd": 4.0,
            "low": -4.0,
            "high": 6.0,
        }
        told = {"question": {"code": code, "feature": feature, "numbers": numbers}}
        return make.task(make.recommendation(make.run(make.campaign()), knowledge=told), policy=policy)

    return made


class TestQuestion:
    def test_takes_a_quick_answer_that_stays_on_the_card(self, signed_in, elena, asking, sent, words):
        task = asking("flag", "engagement_rate")
        said = sent(task, said="normal", ai_text="Every spring here", gut_rating="4")
        page = words(signed_in(elena).post(f"/queue/{task.pk}/ai-question/", said, follow=True))
        assert "Normal for this market : Every spring here" in page
        assert "Noted, no effect on this score." in page
        assert task.overlays.get().gut_rating == 4  # what stood on the desk is kept with it

    def test_asks_for_a_number_where_a_figure_is_missing(self, signed_in, elena, asking, sent, words):
        task = asking("missing", "engagement_rate")
        page = words(signed_in(elena).post(f"/queue/{task.pk}/ai-question/", sent(task, said="figure"), follow=True))
        assert "Type the figure as a number." in page

    def test_reads_a_share_in_per_cent(self, signed_in, elena, asking, sent, monkeypatch, words):
        found = []
        monkeypatch.setattr(asked.answers, "with_figure", lambda *given: found.append(given[2:]) or (68.25, 0.58))
        task = asking("missing", "engagement_rate")
        said = sent(task, said="figure", ai_figure="3,5")
        page = words(signed_in(elena).post(f"/queue/{task.pk}/ai-question/", said, follow=True))
        assert found == [("engagement_rate", pytest.approx(0.035))]
        assert "With it the score would be 68.2 instead of 60.0 (+8.2), the chance 58% instead of 61%." in page

    def test_refuses_what_the_card_does_not_ask(self, asking, elena, now):
        with pytest.raises(asked.NotAnswered):
            asked.answer(asking("flag", "engagement_rate"), by=elena, now=now, said="figure", figure=1.0)

    def test_is_closed_while_the_card_is_sealed(self, asking, elena, now):
        from review import workflow

        task = asking("flag", "engagement_rate")
        type(task).objects.filter(pk=task.pk).update(arm="blind")
        with pytest.raises(workflow.Refused, match="sealed"):
            asked.answer(task, by=elena, now=now, said="normal")


class TestVersions:
    def test_of_a_view_can_be_read_in_the_history(self, signed_in, elena, card, now, words):
        task = card()
        overlays.save(task, by=elena, now=now, words={"risk_note": "Jokes about creams"})
        overlays.save(task, by=elena, now=now + timedelta(minutes=1), words={"risk_note": "None any more"})
        page = words(signed_in(elena).get(f"/queue/{task.pk}/"))
        assert "Risk note: Jokes about creams" in page
        assert "Version 2 saved" in page


class TestReferral:
    def test_names_a_colleague_whom_a_policy_may_trust(self, signed_in, elena, daniel, card, sent):
        task = card()
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        browser.post(f"/queue/{task.pk}/decide/", sent(task, relationship="referral", referred_by=daniel.pk))
        relation = task.recommendation.creator.relations.get()
        assert (relation.kind, relation.person) == ("referred", daniel)

    def test_is_taken_back_with_the_next_version(self, card, elena, daniel, now):
        task = card()
        overlays.save(task, by=elena, now=now, relationship="referral", referred_by=daniel.pk)
        overlays.save(task, by=elena, now=now, relationship="none")
        assert not task.recommendation.creator.relations.exists()

    def test_is_never_ones_own(self, card, elena, now):
        with pytest.raises(overlays.NotAnOverlay):
            overlays.save(card(), by=elena, now=now, relationship="referral", referred_by=elena.pk)

    def test_of_two_people_stays_when_one_takes_it_back(self, card, elena, daniel, sofia, now):
        task = card()
        for who in (elena, sofia):
            overlays.save(task, by=who, now=now, relationship="referral", referred_by=daniel.pk)
        overlays.save(task, by=elena, now=now, relationship="none")
        assert task.recommendation.creator.relations.count() == 1


class TestForecastAdjustment:
    def test_is_kept_with_its_reason_as_a_version(self, card, elena, now):
        made = overlays.save(card(), by=elena, now=now, forecast_percent=-20, words={"forecast": "A quiet month"})
        assert (made.forecast_percent, made.version) == (-20, 1)

    @pytest.mark.parametrize(("percent", "why"), [(-20, ""), (-91, "x"), (301, "x")])
    def test_takes_a_reason_and_stays_in_range(self, card, elena, now, percent, why):
        with pytest.raises(overlays.NotAnOverlay):
            overlays.save(card(), by=elena, now=now, forecast_percent=percent, words={"forecast": why})

    def test_without_a_reason_is_asked_at_the_field(self, signed_in, elena, card, sent, words):
        task = card()
        page = words(signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, forecast_percent="15")))
        assert "Say why the forecast is too high or too low." in page


class TestCost:
    @pytest.mark.parametrize("stakes", ["low", "high"])
    def test_of_a_card_with_views_and_results_is_bounded_whatever_their_number(
        self, signed_in, elena, daniel, card, past, now, stakes, django_assert_max_num_queries
    ):
        task = card(stakes=stakes)
        for who in (daniel, elena):
            overlays.save(task, by=who, now=now, gut_rating=4, words={"risk_note": "x"})
        for n in range(12):
            past(is_success=n % 2 == 0)
        browser = signed_in(elena, **{"HX-Request": "true"})
        browser.get(f"/queue/{task.pk}/")
        with django_assert_max_num_queries(12):
            browser.get(f"/queue/{task.pk}/")
