"""Pages of a run: while it works, when it has failed, when it is finished."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import dispatch
from jobs.models import Job
from screening import runs
from screening.models import ScreeningRun


@pytest.fixture
def working(campaign, now):
    """A run that waits for a worker."""
    return runs.start(campaign, by=None, now=now)


class TestList:
    def test_shows_runs_of_the_persons_brands_only(self, strategist, outsider, run):
        assert f"/runs/{run.pk}/" in strategist.get("/runs/").content.decode()
        assert "No run yet" in outsider.get("/runs/").content.decode()


class TestWorking:
    def test_says_what_is_frozen_and_what_stays_valid(self, strategist, working):
        page = strategist.get(f"/runs/{working.pk}/").content.decode()
        assert "version 1" in page
        assert "There is no earlier list" in page
        assert "Nothing partial is shown" in page

    def test_asks_for_its_progress_only(self, strategist, working):
        page = strategist.get(f"/runs/{working.pk}/progress/").content.decode()
        assert f'hx-get="/runs/{working.pk}/progress/"' in page
        assert "<html" not in page

    def test_shows_the_step_and_how_much_is_done(self, strategist, working):
        begun = timezone.now() - timedelta(seconds=90)
        Job.objects.filter(pk=working.job_id).update(status="running", step="screen", done=1, total=4, started_at=begun)
        ScreeningRun.objects.update(status="running")
        page = strategist.get(f"/runs/{working.pk}/").content.decode()
        assert "Hard criteria, scores, peers" in page
        assert "1 of 4" in page
        assert 'aria-valuenow="25"' in page
        assert "about 4 m left" in page

    def test_loads_the_list_once_it_is_there(self, strategist, working):
        dispatch.run(working.job_id, worker="test")
        assert strategist.get(f"/runs/{working.pk}/progress/")["HX-Refresh"] == "true"

    def test_can_be_cancelled_by_whoever_may_run(self, strategist, working):
        page = strategist.post(f"/runs/{working.pk}/cancel/", follow=True).content.decode()
        working.refresh_from_db()
        assert working.status == "cancelled"
        assert "The run was cancelled." in page

    def test_offers_no_cancelling_to_an_analyst(self, as_role, working):
        analyst = as_role("analyst")
        assert "/cancel/" not in analyst.get(f"/runs/{working.pk}/").content.decode()
        assert analyst.post(f"/runs/{working.pk}/cancel/").status_code == 403

    def test_ends_the_polling_when_it_failed_and_names_the_reason(self, strategist, working):
        ScreeningRun.objects.update(status="failed", error="The hard criteria leave nobody.")
        answer = strategist.get(f"/runs/{working.pk}/progress/")
        assert answer.status_code == 286
        assert "The hard criteria leave nobody." in answer.content.decode()

    def test_can_be_tried_again_after_a_failure(self, strategist, working):
        ScreeningRun.objects.update(status="failed")
        strategist.post(f"/runs/{working.pk}/retry/")
        working.refresh_from_db()
        assert working.status == "queued"

    def test_says_why_a_finished_run_is_not_tried_again(self, strategist, run):
        page = strategist.post(f"/runs/{run.pk}/retry/", follow=True).content.decode()
        assert "Only a run that failed" in page


class TestStart:
    def test_leads_to_the_run(self, strategist, campaign):
        answer = strategist.post(f"/campaigns/{campaign.slug}/start/")
        assert answer["Location"] == f"/runs/{ScreeningRun.objects.get().pk}/"

    def test_says_why_it_refuses_a_second_one_meanwhile(self, strategist, working):
        page = strategist.post(f"/campaigns/{working.campaign.slug}/start/", follow=True).content.decode()
        assert "has not finished" in page
        assert ScreeningRun.objects.count() == 1

    @pytest.mark.parametrize("role", ["analyst", "expert", "admin"])
    def test_refuses_roles_that_start_no_runs(self, as_role, campaign, role):
        assert as_role(role).post(f"/campaigns/{campaign.slug}/start/").status_code == 403


class TestFinished:
    def test_shows_inputs_funnel_and_that_nothing_was_learned(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/").content.decode()
        assert run.pool_id[:8] in page
        assert "Pass the hard criteria" in page
        assert "Not learned yet" in page
        assert "stays between 31 and 69%" in page

    def test_lists_creators_by_rank_with_their_factors(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/").content.decode()
        names = [answer.creator.name for answer in run.recommendations.order_by("rank")]
        places = [
            page.index(f"<b>{name}</b>") if f"<b>{name}</b>" in page else page.index(f">{name}</b>") for name in names
        ]
        assert places == sorted(places)
        assert "Topics of the brief" in page

    def test_draws_the_cut_after_the_last_one_wanted(self, strategist, run):
        assert strategist.get(f"/runs/{run.pk}/").content.decode().count('class="cut"') == 1
        run.campaign.__class__.objects.update(wanted=200)
        assert 'class="cut"' not in strategist.get(f"/runs/{run.pk}/").content.decode()

    def test_says_by_which_criterion_somebody_was_removed(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/?list=removed").content.decode()
        assert "Removed: Platform" in page
        assert "Removed: Followers" in page

    def test_narrows_the_removed_to_one_criterion(self, strategist, run):
        page = strategist.get(f"/runs/{run.pk}/?list=removed&criterion=platform").content.decode()
        assert "Removed: Platform" in page
        assert "Removed: Followers" not in page

    @pytest.mark.parametrize(
        "query", ["?list=x&sort=y&page=z", "?page=999999999999", "?criterion=';--", "?sort=p&flags=1"]
    )
    def test_takes_nonsense_for_nothing_asked(self, strategist, run, query):
        assert strategist.get(f"/runs/{run.pk}/{query}").status_code == 200

    def test_sorts_by_chance(self, strategist, run):
        assert "Sorted by chance" in strategist.get(f"/runs/{run.pk}/?sort=p").content.decode()
