"""Campaigns begun, briefed and measured by the API; the registry, places, jobs and the log told."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from jobs.models import Job
from screening.models import Brief, Campaign, Outcome
from tests import factories as make

NEW = {
    "brand": "acme", "market": "US", "name": "Winter", "objective": "reach", "budget_minor": 5_000_000,
    "fee_minor": 50_000, "deadline_date": (timezone.now() + timedelta(days=40)).date().isoformat(),
}  # fmt: skip
BRIEF = {
    "criteria": {"platforms": ["youtube"], "followers_min": 8000, "keep_unknown": ["fee"]},
    "preferences": {"wishes": [{"kind": "topics", "weight": 0.2, "words": ["skincare"]}], "text": "Barrier cream"},
}


def send(client: Client, address: str, said: object = None):
    return client.post(address, said or {}, content_type="application/json")


class TestCampaigns:
    @pytest.fixture(autouse=True)
    def place(self, db):
        make.brand("acme"), make.brand("other"), make.market("US")

    def test_are_begun_and_ended(self, strategist):
        made = send(strategist, "/api/campaigns/", NEW)
        assert made.status_code == 201
        assert made["Location"] == f"/api/campaigns/{made.json()['slug']}/"
        assert strategist.get(made["Location"]).json() == made.json()
        assert send(strategist, made["Location"] + "close/").json()["closed_at"]
        assert send(strategist, made["Location"] + "close/").status_code == 409

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"brand": "other"}, "/brand"), ({"market": "RU"}, "/market"), ({"deadline_date": "2020-01-01"}, "/deadline"),
         ({"fee_minor": 6_000_000}, "/fee"), ({"budget_minor": 2**63}, "/budget_minor"), ({"name": "\u200b"}, None)],
    )  # fmt: skip
    def test_are_refused_where_something_is_wrong(self, strategist, wrong, pointer):
        answer = send(strategist, "/api/campaigns/", NEW | wrong)
        if pointer:
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
            assert not Campaign.objects.exists()

    def test_are_no_analysts(self, as_role):
        assert send(as_role("analyst"), "/api/campaigns/", NEW).status_code == 422  # no brand is theirs to write for


class TestBriefs:
    def test_are_published_in_versions(self, strategist, campaign):
        address = f"/api/campaigns/{campaign.slug}/briefs/"
        made = send(strategist, address, BRIEF)
        assert (made.status_code, made.json()["version"]) == (201, 2)
        assert made.json()["criteria"]["followers_min"] == 8000
        assert send(strategist, address, BRIEF).status_code == 409
        assert [one["version"] for one in strategist.get(address).json()["items"]] == [2, 1]
        assert [one["version"] for one in strategist.get(address + "?limit=1").json()["items"]] == [2]

    @pytest.mark.parametrize(
        "wrong",
        [{"criteria": {"platforms": "youtube"}}, {"criteria": {"platforms": ["myspace"]}}, {"criteria": []}, {},
         {"criteria": {}, "preferences": {"wishes": [{"kind": "topics", "weight": 2}]}},
         {"criteria": {}, "preferences": {"wishes": [{"kind": "topics", "weight": 0.1}] * 2}},
         {"criteria": {"keep_unknown": ["age"]}}, {"criteria": {"excluded_words": [{}]}}],
    )  # fmt: skip
    def test_refuse_what_is_no_criterion(self, strategist, campaign, wrong):
        assert send(strategist, f"/api/campaigns/{campaign.slug}/briefs/", wrong).status_code == 422
        assert Brief.objects.count() == 1


class TestRuns:
    def test_are_listed_stopped_and_tried_again(self, strategist, campaign):
        started = send(strategist, f"/api/campaigns/{campaign.slug}/runs/")
        address = started["Location"]
        assert [one["id"] for one in strategist.get("/api/runs/").json()["items"]] == [started.json()["id"]]
        assert send(strategist, address + "cancel/").json()["status"] == "cancelled"
        assert send(strategist, address + "cancel/").status_code == 409
        assert send(strategist, address + "retry/").json()["status"] == "queued"

    def test_are_another_brands_not_to_stop(self, outsider, run):
        assert send(outsider, f"/api/runs/{run.pk}/cancel/").status_code == 404


class TestOutcomes:
    def test_are_recorded_once(self, strategist, run):
        profile = run.recommendations.first().profile_id
        said = {"profile": profile, "kpi": "engagement", "actual": 40, "target": 30, "as_of_date": "2026-11-01"}
        address = f"/api/campaigns/{run.campaign.slug}/outcomes/"
        made = send(strategist, address, said)
        assert (made.status_code, made.json()["is_success"]) == (201, True)
        assert send(strategist, address, said).status_code == 409
        assert strategist.get(address).json()["items"] == [made.json()]
        assert send(strategist, address, said | {"actual": -1}).status_code == 422
        assert Outcome.objects.count() == 1

    def test_of_a_profile_in_another_market_are_refused(self, strategist, run):
        far = make.profile(markets=["RU"])
        said = {"profile": far.pk, "kpi": "engagement", "actual": 40, "target": 30, "as_of_date": "2026-11-01"}
        assert send(strategist, f"/api/campaigns/{run.campaign.slug}/outcomes/", said).status_code == 404


class TestTheRegistry:
    def test_tells_creators_of_the_persons_markets(self, strategist, abroad, campaign):
        told = strategist.get("/api/creators/?limit=200").json()["items"]
        assert len(told) == 12
        assert {one["platform"] for one in told[0]["profiles"]} == {"instagram", "youtube", "vk"} & {
            one["platform"] for one in told[0]["profiles"]
        }
        assert abroad.get("/api/creators/").json()["items"] == []
        assert abroad.get(f"/api/creators/{told[0]['id']}/").status_code == 404

    def test_finds_them_by_handle_and_platform(self, strategist, campaign):
        (one,) = strategist.get("/api/creators/?handle=@second").json()["items"]
        assert [(p["platform"], p["followers"]) for p in one["profiles"] if p["handle"] == "second"] == [("vk", 500)]
        assert len(strategist.get("/api/creators/?platform=vk").json()["items"]) == 1
        assert strategist.get("/api/creators/?handle=%00").status_code == 200


class TestPlaces:
    def test_are_those_of_the_person(self, strategist, abroad, campaign):
        make.brand("other")
        assert [one["slug"] for one in strategist.get("/api/brands/").json()["items"]] == ["acme"]
        assert [one["code"] for one in strategist.get("/api/markets/").json()["items"]] == ["US"]
        (model,) = strategist.get("/api/models/").json()["items"]
        assert (model["market"], model["state"]) == ("US", "active")
        assert "document" not in model
        assert abroad.get(f"/api/models/{model['id']}/").status_code == 404


class TestJobs:
    def test_are_told_and_stopped(self, strategist, outsider, campaign):
        send(strategist, f"/api/campaigns/{campaign.slug}/runs/")
        (job,) = strategist.get("/api/jobs/").json()["items"]
        address = f"/api/jobs/{job['id']}/"
        assert "params" not in job
        assert outsider.get(address).status_code == 404
        assert send(strategist, address + "cancel/").json()["status"] == "cancelled"
        assert send(strategist, address + "cancel/").status_code == 409
        assert Job.objects.get().status == "cancelled"


class TestTheLog:
    def test_is_told_to_its_readers_and_notes_it(self, as_role, strategist, run):
        analyst = as_role("analyst")
        told = analyst.get("/api/audit/?kind=run&limit=1").json()
        entry = AuditEntry.objects.get(pk=told["items"][0]["uid"])
        assert told["items"][0]["body"] == entry.body
        assert analyst.get(f"/api/audit/?kind=run&limit=1&cursor={told['next']}").status_code == 200
        note = json.loads(AuditEntry.objects.filter(kind="log_read").latest("uid").body)
        assert note["rows"] == 1
        assert strategist.get("/api/audit/").status_code == 403

    def test_finds_no_entry_of_another_brand(self, run):
        other = make.user("analyst", brand="other", market="US")
        client = Client()
        client.force_login(other)
        entry = AuditEntry.objects.filter(kind="run").first()
        assert client.get(f"/api/audit/{entry.pk}/").status_code == 404
        assert client.get("/api/audit/").json()["items"] == []
