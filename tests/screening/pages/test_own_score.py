"""The page of an own score, without script and as htmx asks for it."""

import pytest
from django.urls import reverse

from jobs.models import Job
from screening import standings
from screening.models import Exposure, OwnScore
from tests import factories as f
from tests.screening.conftest import browser

pytestmark = pytest.mark.django_db
TYPED = {"w_followers": "0", "r0_feature": "posts", "r0_side": "least", "r0_value": "1,000", "r0_points": "-20"}


def at(run):
    return reverse("own-score", args=[run.pk])


def shown(answer, status=200):
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


class TestPage:
    def test_begins_with_the_ais_own_order(self, strategist, run):
        page = shown(strategist.get(at(run)))
        assert "The AI’s first" in page
        assert "Nothing is changed yet" in page
        assert 'name="w_followers" value="100"' in page
        assert reverse("own-score", args=[run.pk]) in shown(strategist.get(reverse("run", args=[run.pk])))

    def test_says_of_a_ranking_that_is_not_kept_any_more_what_to_do(self, strategist, campaign):
        gone = f.run(campaign, status="completed")
        page = shown(strategist.get(at(gone)), status=410)
        assert f"The ranking of run {gone.number} is not kept any more: start a new run." in page

    def test_shows_what_was_typed_and_keeps_nothing(self, strategist, run):
        page = shown(strategist.post(at(run), TYPED | {"action": "show"}))
        assert "Your first" in page
        assert 'name="w_followers" value="0"' in page
        assert not OwnScore.objects.exists()

    def test_answers_htmx_with_the_ranking_alone(self, strategist, run):
        page = shown(strategist.post(at(run), TYPED, headers={"HX-Request": "true"}))
        assert page.startswith('<section class="panel pad" id="own-ranking"')
        assert "Your first" in page

    def test_keeps_a_named_score_and_opens_it_again(self, strategist, run):
        answer = strategist.post(at(run), TYPED | {"action": "save", "name": "No size"}, follow=True)
        page = shown(answer)
        assert "Kept as “No size”." in page
        assert 'name="w_followers" value="0"' in page
        assert OwnScore.objects.get().content["weights"] == {"followers": 0}
        assert OwnScore.objects.get().content["rules"] == [
            {"feature": "posts", "side": "least", "points": -20, "value": 1000.0}
        ]

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"w_followers": "900"}, "less than or equal to 300"),
            ({"r0_feature": "engagement_rate", "r0_value": "3", "r0_points": "5"}, "Write shares with a percent sign."),
            ({"r0_feature": "engagement_rate", "r0_value": "3%"}, "Say how many points"),
            ({"r0_feature": "posts", "r0_points": "5"}, "Say from which value"),
            ({"r0_points": "5"}, "Choose the factor"),
            ({"r0_feature": "platform", "r0_points": "5"}, "not one of the available"),
            ({"action": "save", "w_posts": "0"}, "Give the score a name, of at most"),
        ],
    )
    def test_says_what_cannot_be_read_and_keeps_what_was_typed(self, strategist, run, typed, says):
        page = shown(strategist.post(at(run), {"w_like_rate": "70"} | typed), 422)
        assert says in page
        assert 'name="w_like_rate" value="70"' in page

    def test_a_rule_of_the_unknown_needs_no_value(self, strategist, run):
        typed = {"r0_feature": "posts", "r0_side": "unknown", "r0_points": "-5", "action": "save", "name": "n"}
        assert strategist.post(at(run), typed).status_code == 302
        assert OwnScore.objects.get().content["rules"][0]["value"] is None

    def test_notes_who_has_seen_the_ais_view_of_whom(self, strategist, run):
        strategist.get(at(run))
        assert Exposure.objects.count() == len(standings.field(run).ids)

    def test_is_not_there_for_others_nor_before_the_run_has_finished(self, outsider, abroad, strategist, run, campaign):
        for who in (outsider, abroad):
            assert who.get(at(run)).status_code == 404
            assert who.post(at(run), TYPED).status_code == 404
        waiting = f.run(campaign)
        waiting.status = "queued"
        waiting.save()
        assert strategist.get(at(waiting)).status_code == 404

    def test_an_analyst_looks_and_keeps_nothing(self, as_role, run):
        analyst = as_role("analyst")
        assert "Keep this score" not in shown(analyst.get(at(run)))
        assert "Your first" in shown(analyst.post(at(run), TYPED))
        assert analyst.post(at(run), TYPED | {"action": "save", "name": "n"}).status_code == 403
        assert not OwnScore.objects.exists()


class TestKept:
    @pytest.fixture
    def kept(self, strategist, run):
        strategist.post(at(run), TYPED | {"action": "save", "name": "No size"})
        return OwnScore.objects.get()

    def test_is_compared_by_a_job(self, strategist, kept):
        answer = strategist.post(reverse("own-score-compare", args=[kept.pk]))
        assert answer.url == reverse("job", args=[Job.objects.get(kind="own_trial").pk])

    def test_is_taken_away_by_its_owner_alone(self, strategist, as_role, run, kept):
        away = reverse("own-score-remove", args=[kept.pk])
        other = as_role("strategist")
        assert "Take away" not in shown(other.get(at(run)))
        assert "Only" in shown(other.post(away, follow=True))
        strategist.post(away)
        assert "Kept scores" not in shown(strategist.get(at(run)))

    def test_is_not_there_for_others(self, outsider, kept, run):
        for name in ("own-score-compare", "own-score-remove"):
            assert outsider.post(reverse(name, args=[kept.pk])).status_code == 404
        stranger = browser(f.user("strategist", brand="acme", market="RU"))
        assert stranger.get(at(run) + f"?saved={kept.pk}").status_code == 404
