"""The same in JSON."""

import pytest

from screening.models import Exposure, ScreeningRun


class TestCampaigns:
    def test_are_those_of_the_person(self, strategist, outsider, campaign):
        assert [one["slug"] for one in strategist.get("/api/campaigns/").json()["items"]] == [campaign.slug]
        assert outsider.get("/api/campaigns/").json()["items"] == []


class TestRuns:
    def test_are_started_by_a_post(self, strategist, campaign):
        answer = strategist.post(f"/api/campaigns/{campaign.slug}/runs/")
        assert answer.status_code == 201
        assert answer.json()["status"] == "queued"

    def test_refuse_with_the_sentence_of_the_verb(self, strategist, campaign):
        strategist.post(f"/api/campaigns/{campaign.slug}/runs/")
        answer = strategist.post(f"/api/campaigns/{campaign.slug}/runs/")
        assert answer.status_code == 409
        assert "has not finished" in answer.json()["detail"]
        assert ScreeningRun.objects.count() == 1

    def test_refuse_a_role_that_starts_none(self, as_role, campaign):
        assert as_role("analyst").post(f"/api/campaigns/{campaign.slug}/runs/").status_code == 403

    def test_tell_their_inputs_and_the_hash_of_the_result(self, strategist, run):
        told = strategist.get(f"/api/runs/{run.pk}/").json()
        assert (told["pool"], told["result_sha256"], told["seed"]) == (run.pool_id, run.result_sha256, run.seed)


class TestRecommendations:
    def test_come_by_rank_with_exact_numbers(self, strategist, run):
        told = strategist.get(f"/api/runs/{run.pk}/recommendations/").json()
        assert len(told["items"]) == run.recommendations.count()
        first = told["items"][0]
        assert first["rank"] == 1
        assert first["score_u6"] == pytest.approx(
            50_000_000 + sum(points for _name, points, _value in first["factors"]), abs=30
        )

    def test_are_walked_by_cursor_each_once(self, strategist, run):
        address, seen, cursor = f"/api/runs/{run.pk}/recommendations/?limit=3", [], ""
        while cursor is not None:
            told = strategist.get(address, {"cursor": cursor} if cursor else {}).json()
            seen += [one["profile"] for one in told["items"]]
            cursor = told["next"]
            address = f"/api/runs/{run.pk}/recommendations/?limit=3" + (f"&cursor={cursor}" if cursor else "")
        assert sorted(seen) == sorted(run.recommendations.values_list("profile", flat=True))

    def test_note_down_who_saw_the_verdict(self, strategist, run):
        strategist.get(f"/api/runs/{run.pk}/recommendations/?limit=2")
        assert Exposure.objects.count() == 2
