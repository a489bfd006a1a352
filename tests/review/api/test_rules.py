"""The rules of who decides by the API: read, proposed, tried, approved by a second person, retired; the stop button."""

import pytest

from jobs import dispatch
from jobs.models import Job
from review import policies
from review.models import Policy, Stop
from screening.models import ModelState
from tests import factories as make

HERE = {"brand": "acme", "market": "US"}
NEW = {**HERE, "review_budget": 20, "medium_fee_minor": 200_000}
WHERE, STOPS = "/api/policies/", "/api/stops/"


def pointers(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, [one["pointer"] for one in answer.json().get("errors", [])]


class TestReading:
    def test_finds_the_rules_in_force_and_their_history(self, policy, sofia, marcus, elena, program):
        draft = program(sofia).post(WHERE, NEW).json()
        program(marcus).post(f"{WHERE}{draft['id']}/approve/")
        asking = program(elena)
        told = asking.get(WHERE + "?brand=acme&market=US").json()["items"]
        assert [(one["version"], one["state"]) for one in told] == [(2, "active"), (1, "retired")]
        (live,) = asking.get(WHERE + "?state=active").json()["items"]
        assert live == asking.get(f"{WHERE}{draft['id']}/").json()
        assert set(policies.RULES) <= set(live)
        assert pointers(asking.get(WHERE + "?state=x")) == (422, ["#query/state"])

    def test_is_told_by_the_tag_that_nothing_changed(self, policy, elena, program):
        asking, address = program(elena), f"{WHERE}{policy.pk}/"
        tag = asking.get(address)["ETag"]
        assert asking.get(address, headers={"if-none-match": tag}).status_code == 304


class TestProposing:
    def test_changes_what_is_said_and_keeps_the_rest(self, policy, sofia, program):
        made = program(sofia).post(WHERE, NEW)
        assert (made.status_code, made.json()["state"], made.json()["version"]) == (201, "draft", 2)
        draft = Policy.objects.get(pk=made.json()["id"])
        assert (draft.review_budget, draft.medium_fee_minor) == (20, 200_000)
        kept = set(policies.RULES) - set(NEW)
        assert {name: getattr(draft, name) for name in kept} == {name: getattr(policy, name) for name in kept}
        assert (draft.owner, draft.deputy, draft.proposed_by) == (policy.owner, policy.deputy, sofia)

    def test_writes_the_first_rules_of_a_place(self, sofia, program):
        make.brand(), make.market()
        asking = program(sofia)
        assert pointers(asking.post(WHERE, HERE)) == (422, ["/medium_fee_minor"])
        made = asking.post(WHERE, {**HERE, "medium_fee_minor": 1_000, "high_fee_minor": 9_000}).json()
        assert (made["version"], made["owner"], made["is_shadow"]) == (1, sofia.pk, True)

    def test_has_the_draft_tried(self, policy, sofia, program):
        asking = program(sofia)
        draft = asking.post(WHERE, NEW).json()
        address = f"{WHERE}{draft['id']}/trial/"
        assert (asking.get(address).json()["status"], asking.get(address).json()["found"]) == ("queued", None)
        dispatch.run(Job.objects.get(kind="dry_run").pk, worker="test")
        told = asking.get(address).json()
        assert (told["status"], told["found"]["runs"], told["found"]["changed"]) == ("succeeded", 0, [])
        assert asking.get(f"{WHERE}{policy.pk}/trial/").json()["job"] is None

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"high_fee_minor": 1}, "/high_fee_minor"), ({"random_share_u6": 99_999}, "/random_share_u6"),
         ({"auto_line_u6": 699_999}, "/auto_line_u6"), ({"decision_line_u6": 0}, "/decision_line_u6"),
         ({"unsure_band_u6": 495_000}, "/unsure_band_u6"), ({"review_budget": 501}, "/review_budget"),
         ({"owner": 0}, "/owner"), ({"owner": 10**9}, "/owner"), ({"deputy": 10**9}, "/deputy"),
         ({"trusted": ["role:admin"]}, "/trusted"), ({"fast_track": "yes"}, "/fast_track"),
         ({"rights": {"partnership": {"high": {"leads": "ai"}}}}, "/rights"),
         ({"rights": {"party": {"low": {}}}}, "/rights"), ({"rights": []}, "/rights"),
         ({"rights": {"partnership": {"low": {"deputy": 10**9}}}}, "/rights"),
         ({"rights": {"partnership": {"low": {"hours": "x"}}}}, "/rights/partnership/low/hours"),
         ({"brand": "other"}, "/brand"), ({"market": "RU"}, "/market"), ({"brand": None}, "/brand")],
    )  # fmt: skip
    def test_names_what_is_wrong(self, policy, sofia, program, wrong, pointer):
        make.brand("other"), make.market("RU")
        assert pointers(program(sofia).post(WHERE, NEW | wrong)) == (422, [pointer])
        assert Policy.objects.count() == 1

    def test_happens_once_for_a_key(self, policy, sofia, program):
        asking = program(sofia)
        first, again = (asking.post(WHERE, NEW, key="one") for _ in range(2))
        assert (again.status_code, again.json()) == (201, first.json())
        assert asking.post(WHERE, {**NEW, "review_budget": 21}, key="one").status_code == 409
        assert Policy.objects.count() == 2

    @pytest.mark.parametrize("role", ["strategist", "expert", "analyst", "admin"])
    def test_takes_a_manager(self, policy, program, role):
        assert program(make.user(role, **HERE)).post(WHERE, NEW).status_code == 403

    def test_takes_a_key_that_may(self, policy, sofia, program):
        assert program(sofia, "read", "decide").post(WHERE, NEW).status_code == 403


class TestMoving:
    @pytest.fixture
    def draft(self, policy, sofia, program):
        return program(sofia).post(WHERE, NEW).json()

    def test_into_force_takes_a_second_person(self, draft, sofia, marcus, program):
        address = f"{WHERE}{draft['id']}/approve/"
        assert program(sofia).post(address).status_code == 409
        asking = program(marcus)
        first, again = (asking.post(address, key="one") for _ in range(2))
        assert (first.json()["state"], first.json()["approved_by"]) == ("active", marcus.pk)
        assert again.json() == first.json()
        assert asking.post(address, {"x": 1}, key="one").status_code == 409
        assert asking.post(address).status_code == 409

    def test_out_of_force_takes_a_reason(self, policy, sofia, program):
        address = f"{WHERE}{policy.pk}/retire/"
        assert pointers(program(sofia).post(address, {"reason": " "})) == (422, ["/reason"])
        assert program(sofia).post(address, {"reason": "Wrong line."}).json()["state"] == "retired"
        assert program(sofia).post(address, {"reason": "Wrong line."}).status_code == 409

    @pytest.mark.parametrize("place", [{"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}])
    def test_finds_no_rules_of_another_place(self, draft, program, place):
        make.brand("other")
        asking = program(make.user("manager", **place))
        assert asking.get(WHERE).json()["items"] == []
        for name in ("", "trial/"):
            assert asking.get(f"{WHERE}{draft['id']}/{name}").status_code == 404
        for verb in ("approve", "retire"):
            assert asking.post(f"{WHERE}{draft['id']}/{verb}/").status_code == 404

    def test_is_no_strategists(self, draft, elena, program):
        assert program(elena).post(f"{WHERE}{draft['id']}/approve/").status_code == 403


class TestTheStopButton:
    WHY = {"reason": "Verdicts of this week are wrong."}

    def test_is_pressed_by_one_and_ended_by_two(self, policy, sofia, marcus, program):
        one, two = program(sofia), program(marcus)
        made = one.post(STOPS, {**HERE, **self.WHY})
        assert (made.status_code, made.json()["by"], made.json()["ended_at"]) == (201, sofia.pk, None)
        address = f"{STOPS}{made.json()['id']}/"
        assert two.post(address + "confirm/").status_code == 409
        assert one.post(address + "propose/").json()["proposed_by"] == sofia.pk
        assert two.post(address + "withdraw/").json()["proposed_by"] is None
        one.post(address + "propose/")
        assert one.post(address + "confirm/").status_code == 409
        assert two.post(address + "confirm/").json()["confirmed_by"] == marcus.pk
        assert [bool(found["ended_at"]) for found in one.get(STOPS).json()["items"]] == [True]

    def test_says_no_reason_again(self, policy, sofia, program):
        assert self.WHY["reason"] not in program(sofia).post(STOPS, {**HERE, **self.WHY}).content.decode()

    def test_is_pressed_once_for_a_key(self, policy, sofia, program):
        asking, said = program(sofia), {**HERE, **self.WHY}
        first, again = (asking.post(STOPS, said, key="one") for _ in range(2))
        assert again.json() == first.json()
        assert asking.post(STOPS, said | {"reason": "Else."}, key="one").status_code == 409
        assert asking.post(STOPS, said).status_code == 409
        assert Stop.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"reason": ""}, "/reason"), ({"brand": "other"}, "/brand"), ({"market": "RU"}, "/market"),
         ({"market": "XX"}, "/market"), ({"model": 10**9}, "/model"), ({"model": "x"}, "/model")],
    )  # fmt: skip
    def test_names_what_is_wrong(self, policy, sofia, program, wrong, pointer):
        make.brand("other"), make.market("RU")
        assert pointers(program(sofia).post(STOPS, {**HERE, **self.WHY} | wrong)) == (422, [pointer])
        assert not Stop.objects.exists()

    def test_stops_one_model_that_was_in_force(self, policy, sofia, program):
        model = make.model(policy.market)
        waiting = make.model(policy.market, state=ModelState.CANDIDATE, approved_by=None, approved_at=None)
        said = {**HERE, **self.WHY}
        assert pointers(program(sofia).post(STOPS, said | {"model": waiting.pk})) == (422, ["/model"])
        assert program(sofia).post(STOPS, said | {"model": model.pk}).json()["model"] == model.pk

    def test_for_all_brands_takes_a_manager_of_all(self, policy, sofia, elena, program):
        said = {"market": "US", **self.WHY}
        assert program(sofia).post(STOPS, said).status_code == 403
        made = program(make.user("manager")).post(STOPS, said).json()
        assert program(elena).get(STOPS).json()["items"] == [made]

    def test_is_no_strategists(self, policy, elena, program):
        assert program(elena).post(STOPS, {**HERE, **self.WHY}).status_code == 403

    def test_of_another_place_is_not_found(self, policy, sofia, program):
        made = program(sofia).post(STOPS, {**HERE, **self.WHY}).json()
        make.brand("other")
        for place in ({"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}):
            asking = program(make.user("manager", **place))
            assert asking.get(STOPS).json()["items"] == []
            assert asking.get(f"{STOPS}{made['id']}/").status_code == 404
            for verb in ("propose", "withdraw", "confirm"):
                assert asking.post(f"{STOPS}{made['id']}/{verb}/").status_code == 404
