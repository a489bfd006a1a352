"""Own scores by the API: tried, kept, compared and taken away; nothing of sealed creators."""

import pytest

from audit.models import Kind
from jobs.models import Job
from screening import sealed, standings
from screening.models import Exposure, OwnScore, Profile
from tests import factories as make
from tests.programs import pointers

LIST = "/api/own-scores/"
RULES = [
    {"feature": "comment_rate", "side": "least", "value": 0.001, "points": 12},
    {"feature": "posts", "side": "unknown", "points": -9},
]
OWN = {"weights": {"followers": 0}, "rules": RULES}
NEW = OWN | {"name": "Small and loyal"}


@pytest.fixture
def tried(run):
    return f"/api/runs/{run.pk}/own-ranking/"


@pytest.fixture
def kept(run):
    return f"/api/runs/{run.pk}/own-scores/"


class TestTrying:
    def test_without_a_change_gives_the_ais_order(self, tried, elena, program, run):
        told = program(elena).post(tried).json()
        assert [one["profile"] for one in told["items"]] == standings.field(run).ids.tolist()
        assert all(one["place"] == one["ai"] and not one["moved"] for one in told["items"])
        assert (told["fallen"], told["not_asked"], told["left_out"]) == ([], [], 0)
        assert told["total"] == len(told["items"])

    def test_moves_those_whom_it_holds_for_says_why_and_keeps_nothing(self, tried, elena, program):
        small = {"feature": "followers", "side": "most", "value": 30_000, "points": 40}
        told = program(elena).post(tried, OWN | {"rules": [*RULES, small]}).json()
        assert any(one["moved"] for one in told["items"])
        assert [one["score_u6"] for one in told["items"]] == sorted(one["score_u6"] for one in told["items"])[::-1]
        assert {"feature": "followers", "points_u6": 40_000_000} in told["items"][0]["reasons"]
        assert {one["feature"] for one in told["reach"]} >= {"followers", "comment_rate"}
        assert not OwnScore.objects.exists()

    def test_says_which_factors_the_brief_does_not_ask_about(self, tried, elena, program, run):
        asked = standings.field(run).features
        free = next(one for one in ("fee_per_thousand", "fee_to_usual", "audience_match") if one not in asked)
        assert program(elena).post(tried, {"weights": {free: 50}}).json()["not_asked"] == [free]

    def test_remembers_who_has_seen_what_the_ai_says(self, tried, elena, program, run):
        told = program(elena).post(tried, OWN).json()
        seen = set(Exposure.objects.filter(user=elena).values_list("creator", flat=True))
        shown = {one["profile"] for one in told["items"]} | set(told["fallen"])
        assert seen == set(Profile.objects.filter(pk__in=shown).values_list("creator", flat=True))

    def test_tells_nothing_of_sealed_creators(self, tried, kept, elena, program, run, monkeypatch):
        asking = program(elena)
        made = asking.post(kept, NEW).json()
        hidden = int(standings.field(run).ids[0])
        monkeypatch.setattr(sealed, "profiles", lambda campaign, user=None: frozenset({hidden}))
        for answer in (asking.post(tried, OWN), asking.get(f"{LIST}{made['id']}/ranking/")):
            told = answer.json()
            assert hidden not in {one["profile"] for one in told["items"]} | set(told["fallen"])
            assert (told["left_out"], min(one["ai"] for one in told["items"])) == (1, 1)
        creator = Profile.objects.get(pk=hidden).creator
        assert not Exposure.objects.filter(user=elena, creator=creator).exists()

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"weights": {"posts": 301}}, "/weights/posts"), ({"weights": {"posts": -1}}, "/weights/posts"),
         ({"weights": {"nothing": 50}}, "/weights"), ({"weights": {"posts": "x"}}, "/weights/posts"),
         ({"rules": [RULES[1] | {"points": 0}]}, "/rules/0/points"),
         ({"rules": [RULES[1], RULES[0] | {"points": 51}]}, "/rules/1/points"),
         ({"rules": [RULES[0] | {"value": None}]}, "/rules/0/value"),
         ({"rules": [RULES[0] | {"value": -5}]}, "/rules/0/value"),
         ({"rules": [RULES[0] | {"value": "nan"}]}, "/rules/0/value"),
         ({"rules": [RULES[0] | {"feature": "platform"}]}, "/rules/0/feature"),
         ({"rules": [RULES[0] | {"feature": "nothing"}]}, "/rules/0/feature"),
         ({"rules": [RULES[0] | {"side": "above"}]}, "/rules/0/side"), ({"rules": RULES * 3}, "/rules")],
    )  # fmt: skip
    def test_names_what_is_wrong(self, tried, kept, elena, program, wrong, pointer):
        asking = program(elena)
        assert pointers(asking.post(tried, wrong)) == (422, [pointer])
        assert pointers(asking.post(kept, {"name": "a"} | wrong)) == (422, [pointer])
        assert not OwnScore.objects.exists()

    def test_needs_a_run_that_has_ended(self, elena, program, campaign):
        waiting = make.run(campaign, status="queued", finished_at=None)
        assert program(elena).post(f"/api/runs/{waiting.pk}/own-ranking/").status_code == 404
        assert program(elena).post(f"/api/runs/{waiting.pk}/own-scores/", NEW).status_code == 404

    def test_says_where_a_ranking_is_not_kept_any_more(self, elena, program, campaign):
        gone = make.run(campaign, status="completed")
        answer = program(elena).post(f"/api/runs/{gone.pk}/own-ranking/")
        assert (answer.status_code, "not kept any more" in answer.json()["detail"]) == (409, True)

    def test_is_for_whoever_reads_the_run(self, tried, run, program):
        assert program(make.user("analyst", brand="acme", market="US")).post(tried, OWN).status_code == 200
        for place in ({"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}):
            assert program(make.user("strategist", **place)).post(tried, OWN).status_code == 404


class TestKeeping:
    def test_is_told_in_lists_and_by_itself(self, kept, elena, program, run):
        asking = program(elena)
        made = asking.post(kept, NEW)
        said = made.json()
        assert (made.status_code, made["Location"]) == (201, f"{LIST}{said['id']}/")
        assert (said["name"], said["weights"], said["by"], said["trial"]) == (
            "Small and loyal", {"followers": 0}, elena.pk, None
        )  # fmt: skip
        assert said["rules"] == [{"feature": "comment_rate", "side": "least", "value": 0.001, "points": 12.0},
                                 {"feature": "posts", "side": "unknown", "value": None, "points": -9.0}]  # fmt: skip
        answer = asking.get(f"{LIST}{said['id']}/")
        assert answer.json() == said
        assert asking.get(f"{LIST}{said['id']}/", headers={"if-none-match": answer["ETag"]}).status_code == 304
        for where in (LIST, kept, LIST + "?brand=acme&market=US"):
            assert asking.get(where).json()["items"] == [said]
        assert asking.get(LIST + "?market=RU").json()["items"] == []
        ranking = asking.get(f"{LIST}{said['id']}/ranking/").json()
        assert ranking == asking.post(f"/api/runs/{run.pk}/own-ranking/", OWN).json()

    def test_is_paged_by_cursor(self, kept, elena, program):
        asking = program(elena)
        made = [asking.post(kept, NEW | {"name": name}).json()["id"] for name in ("one", "two", "three")]
        first = asking.get(LIST + "?limit=2").json()
        rest = asking.get(f"{LIST}?limit=2&cursor={first['next']}").json()
        assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
        assert rest["next"] is None

    def test_happens_once_for_a_key(self, kept, elena, program):
        asking = program(elena)
        first, again = (asking.post(kept, NEW, key="one") for _ in range(2))
        assert again.json() == first.json()
        assert asking.post(kept, NEW | {"name": "Other"}, key="one").status_code == 409
        assert OwnScore.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "pointer"), [({"name": " "}, "/name"), ({"name": "x" * 61}, "/name"),
                               ({"weights": {"posts": 100}, "rules": []}, "/weights")],
    )  # fmt: skip
    def test_names_what_is_wrong(self, kept, elena, program, wrong, pointer):
        assert pointers(program(elena).post(kept, NEW | wrong)) == (422, [pointer])

    def test_takes_who_decides_and_a_key_that_may(self, kept, elena, program):
        for role in ("analyst", "admin"):
            assert program(make.user(role, brand="acme", market="US")).post(kept, NEW).status_code == 403
        assert program(elena, "read", "brief").post(kept, NEW).status_code == 403
        assert not OwnScore.objects.exists()

    def test_of_another_place_is_not_there(self, kept, elena, program):
        address = f"{LIST}{program(elena).post(kept, NEW).json()['id']}/"
        for place in ({"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}):
            asking = program(make.user("strategist", "manager", **place))
            assert asking.get(LIST).json()["items"] == []
            assert {asking.get(one).status_code for one in (address, address + "ranking/", kept)} == {404}
            assert {asking.post(address + one).status_code for one in ("compare/", "remove/")} == {404}
            assert asking.post(kept, NEW).status_code == 404
        assert OwnScore.objects.get().removed_at is None


class TestAnotherRun:
    def test_of_the_same_brand_and_market_is_ranked_by_it(self, kept, elena, program, campaign, finish):
        asking = program(elena)
        made, newer = asking.post(kept, NEW).json(), finish(campaign)
        assert asking.get(f"{LIST}{made['id']}/ranking/?run={newer.pk}").json()["run"] == newer.pk

    def test_of_elsewhere_is_refused(self, kept, elena, program):
        asking = program(make.user("strategist", market="US"))
        made = asking.post(kept, NEW).json()
        other = make.run(make.campaign(brand=make.brand("other")), status="completed")
        address = f"{LIST}{made['id']}/ranking/?run="
        assert pointers(asking.get(f"{address}{other.pk}")) == (422, ["#query/run"])
        assert pointers(asking.get(f"{address}x")) == (422, ["#query/run"])
        assert program(elena).get(f"{address}{other.pk}").status_code == 404


class TestAComparison:
    def test_is_a_job_that_is_started_once(self, kept, elena, program):
        asking = program(elena)
        address = f"{LIST}{asking.post(kept, NEW).json()['id']}/compare/"
        started, again = asking.post(address), asking.post(address)
        assert (started.status_code, again.json()["id"]) == (202, started.json()["id"])
        assert asking.get(started["Location"]).json()["kind"] == "own_trial"
        assert Job.objects.filter(kind="own_trial").count() == 1

    def test_stands_with_the_score(self, kept, elena, program):
        asking = program(elena)
        made = asking.post(kept, NEW).json()
        ends = [610_000, 580_000, 640_000]
        told = {"results": 90, "worked": 40, "version": 1, "own": ends, "official": ends, "gain": [0, -1, 1]}
        OwnScore.objects.update(trial=told)
        assert asking.get(f"{LIST}{made['id']}/").json()["trial"] == told

    def test_takes_who_decides(self, kept, elena, program):
        made = program(elena).post(kept, NEW).json()
        asking = program(make.user("analyst", brand="acme", market="US"))
        assert asking.post(f"{LIST}{made['id']}/compare/").status_code == 403


class TestRemoving:
    def test_is_for_whose_it_is(self, kept, elena, program, entries_of):
        address = f"{LIST}{program(elena).post(kept, NEW).json()['id']}/"
        other = program(make.user("manager", brand="acme", market="US"))
        refused = other.post(address + "remove/")
        assert (refused.status_code, elena.name in refused.json()["detail"]) == (403, True)
        assert program(elena).post(address + "remove/").status_code == 204
        assert other.get(address).status_code == 404
        assert [one["what"] for one in entries_of(Kind.OWN_SCORE)] == ["save", "remove"]
