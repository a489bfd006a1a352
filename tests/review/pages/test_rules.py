"""Pages of policies: the matrix, a draft with its effect, the stop button."""

from datetime import timedelta

import pytest

from jobs.models import Job
from review import bounds, dry_run, policies, stops
from review.models import Policy, RoutedFacts, Stop
from screening.models import Outcome, ScoringModel
from tests import factories as make

pytestmark = pytest.mark.django_db
FACTS = {
    "shown": "top", "rank": 1, "wanted": 5, "verdict": "recommend", "p": 0.86, "fee": 50_000, "budget": 5_000_000,
    "currency": "USD", "probability": 1.0, "is_first_deal": False, "results_in_band": 0, "paid_before": None,
    "is_referred": False, "flags": [], "serious": [], "sensitive": [], "has_open_gate": False, "peers": 40,
    "is_spot_checked": False,
}  # fmt: skip
RULES = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000, "is_shadow": False, "blind_share_u6": 0}


@pytest.fixture
def draft(policy, sofia, now):
    def made(**rules):
        return policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **{**RULES, **rules})

    return made


@pytest.fixture
def tried(card, now):
    def made(*, kept=FACTS, **fields):
        task = card(opened_at=now - timedelta(days=3), **fields)
        # Learned, and before the rules were put in force: the AI may decide.
        ScoringModel.objects.update(kind="learned", approved_at=now - timedelta(days=200))
        if kept:
            RoutedFacts.objects.create(task=task, facts={**FACTS, **kept})
        return task

    return made


class TestTheMatrix:
    def test_says_who_decides_by_stakes_with_its_owner(self, signed_in, elena, policy, words):
        page = words(signed_in(elena).get("/policies/"))
        for said in (
            "US-1, version 1 · owner Sofia Bennett",
            "AI decides",
            "auto line 70%",
            "Strategist, then manager",
        ):
            assert said in page

    def test_says_which_kinds_have_cards_today(self, signed_in, elena, policy, words):
        page = words(signed_in(elena).get("/policies/?kind=strategy"))
        assert "no card is routed by it yet" in page

    def test_costs_as_many_queries_for_many_as_for_one(self, signed_in, sofia, policy, django_assert_max_num_queries):
        browser = signed_in(make.user("manager"))
        for slug in ("one", "two", "three"):
            make.policy(make.brand(slug), policy.market)
        with django_assert_max_num_queries(12):
            browser.get("/policies/")


class TestADraft:
    def test_shows_the_approver_what_it_changes_and_would_have_done(self, signed_in, marcus, draft, tried, words, now):
        tried(), tried(kept={"p": 0.6})
        made = draft(rights={"partnership": {"low": {"hours": 24}}}, auto_line_u6=800_000)
        job = Job.objects.get(kind="dry_run")
        Job.objects.filter(pk=job.pk).update(status="succeeded", result=dry_run.count(made, now=now))
        page = words(signed_in(marcus).get(f"/policies/{made.pk}/"))
        assert "Auto line: 70% → 80%" in page
        assert "Partnership, stakes low, deadline: as for all → 24 h" in page
        assert "Tried on 2 cards of the last 90 days." in page
        assert "0 of 2 runs could be played again exactly" in page
        assert "the rules of that time do not give the same cards any more: 2" in page
        assert "Without a person 0 → 1" in page
        assert ": A person, low → Without a person, low" in page

    def test_says_how_far_it_is(self, signed_in, marcus, draft, words):
        made = draft()
        Job.objects.filter(kind="dry_run").update(status="running", done=12, total=200)
        assert "12 of 200 runs so far." in words(signed_in(marcus).get(f"/policies/{made.pk}/"))

    def test_that_was_counted_before_runs_were_played_again_says_so(self, signed_in, marcus, draft, words):
        made = draft()
        old = {"cards": 2, "changed": [1], "would": {"1": ["auto", "low"]}, "n_changed": 1}
        Job.objects.filter(kind="dry_run").update(status="succeeded", result=old)
        assert "was not counted" in words(signed_in(marcus).get(f"/policies/{made.pk}/"))

    def test_is_found_by_its_own_place_alone(self, signed_in, draft):
        made = draft()
        assert signed_in(make.user("manager", brand="other")).get(f"/policies/{made.pk}/").status_code == 404
        assert signed_in(make.user("manager", market="RU")).get(f"/policies/{made.pk}/").status_code == 404

    def test_is_read_by_all_of_the_place_and_approved_by_managers(self, signed_in, elena, draft, words):
        made, browser = draft(), signed_in(elena)
        page = browser.get(f"/policies/{made.pk}/")
        assert (page.status_code, "Put in force" in words(page)) == (200, False)
        assert browser.post(f"/policies/{made.pk}/approve/").status_code == 403

    def test_says_that_it_is_still_counted(self, signed_in, marcus, draft, words):
        assert "is being counted" in words(signed_in(marcus).get(f"/policies/{draft().pk}/"))


class TestTheDryRun:
    def test_routes_stored_cards_again(self, draft, tried, now):
        alone, _under = tried(), tried(kept={"p": 0.6})
        found = dry_run.count(draft(), now=now)
        assert (found["cards"], found["n_changed"], found["new"]["alone"]) == (2, 1, 1)
        assert [(one["task"], one["was"], one["would"]) for one in found["changed"]] == [
            (alone.pk, ["review", "low", False], ["alone", "low", False])
        ]
        assert (found["old"]["people"], found["old"]["alone"], found["new"]["people"]) == (2, 0, 1)

    def test_sets_each_verdict_anew_by_the_proposed_line(self, draft, tried, now):
        tried()
        assert dry_run.count(draft(), now=now)["new"]["alone"] == 1
        for rules in ({"decision_line_u6": 900_000}, {"decision_line_u6": 850_000, "unsure_band_u6": 20_000}):
            found = dry_run.count(draft(**rules), now=now)
            assert (found["new"]["alone"], found["new"]["people"], found["changed"]) == (0, 1, [])

    def test_leaves_out_sealed_cards_and_those_without_facts(self, draft, tried, now):
        tried(arm="blind"), tried(kept=None)
        found = dry_run.count(draft(), now=now)
        assert (found["cards"], found["sealed"], found["unknown"]) == (0, 1, 1)

    def test_counts_known_results_of_what_the_ai_would_decide(self, draft, tried, now):
        task = tried()
        Outcome.objects.create(
            campaign=task.campaign, profile=task.recommendation.profile, kpi=task.campaign.objective, actual=1,
            as_of_date=now.date(), is_success=True, audit=make.entry("outcome"),
        )  # fmt: skip
        new = dry_run.count(draft(), now=now)["new"]
        assert (new["known"], new["worked"], new["low_u6"] < 500_000) == (1, 1, True)

    def test_names_nobody_who_has_a_card_in_the_campaign_that_is_sealed_for_the_reader(self, draft, tried, elena, now):
        task = tried()
        found = dry_run.count(draft(), now=now)
        assert [one.task for one in dry_run.examples(found, user=elena)] == [task.pk]
        newer = make.run(task.campaign)
        make.task(make.recommendation(newer, profile=task.recommendation.profile), policy=task.policy, arm="blind")
        assert dry_run.examples(found, user=elena) == []


class TestProposing:
    def test_keeps_the_cells_of_the_matrix(self, signed_in, marcus, policy):
        browser = signed_in(marcus)
        shown = browser.get(f"/policies/{policy.pk}/propose/").context["form"]
        said = {name: value for name, value in shown.initial.items() if value is not None and value is not False}
        said |= {"partnership-low-auto_line_u6": 85, "partnership-medium-leads": "expert"}
        answer = browser.post(f"/policies/{policy.pk}/propose/", said)
        assert answer.status_code == 302, answer.context["form"].errors
        assert Policy.objects.get(state="draft").rights == {
            "partnership": {"low": {"auto_line_u6": 850_000}, "medium": {"leads": "expert"}}
        }

    def test_refuses_what_no_cell_may_say(self, policy, sofia, now):
        with pytest.raises(bounds.NotAPolicy, match="High stakes are decided by a person and a manager"):
            policies.propose(
                policy.brand, policy.market, owner=sofia, by=sofia, now=now,
                rights={"partnership": {"high": {"leads": "ai"}}}, **RULES,
            )  # fmt: skip


class TestRetiring:
    def test_asks_why(self, signed_in, marcus, policy, words):
        answer = signed_in(marcus).post(f"/policies/{policy.pk}/retire/", {"reason": " "})
        assert answer.status_code == 409
        assert "Write in a sentence why" in words(answer)


class TestTheStopButton:
    def test_stops_at_once_and_says_so_on_the_pages_of_the_market(self, signed_in, sofia, elena, policy, words):
        answer = signed_in(sofia).post(
            "/policies/stop/acme/US/", {"reason": "63% right where it said 77%"}, follow=True
        )
        assert "The AI is stopped." in words(answer)
        for address in ("/policies/", "/queue/"):
            page = words(signed_in(elena).get(address))
            assert "The AI decides nothing in" in page
        assert "63% right where it said 77%" in words(signed_in(elena).get("/policies/"))

    def test_is_not_shown_to_another_market(self, signed_in, policy, sofia, now, words):
        stops.stop(policy.market, brand="acme", reason="Wrong.", by=sofia, now=now)
        make.market("RU")
        other = make.user("strategist", brand="acme", market="RU")
        assert "The AI decides nothing" not in words(signed_in(other).get("/queue/"))

    def test_starts_again_by_a_second_person(self, signed_in, policy, sofia, marcus, now):
        made = stops.stop(policy.market, brand="acme", reason="Wrong.", by=sofia, now=now)
        signed_in(sofia).post(f"/policies/stops/{made.pk}/propose/")
        signed_in(sofia).post(f"/policies/stops/{made.pk}/confirm/")
        assert Stop.objects.get().ended_at is None
        signed_in(marcus).post(f"/policies/stops/{made.pk}/confirm/")
        assert Stop.objects.get().ended_at is not None

    def test_is_not_a_strategists(self, signed_in, elena, policy):
        assert signed_in(elena).get("/policies/stop/acme/US/").status_code == 403

    def test_of_other_places_is_not_found(self, signed_in, policy):
        other = make.user("manager", brand="other")
        assert signed_in(other).get("/policies/stop/acme/US/").status_code == 404
