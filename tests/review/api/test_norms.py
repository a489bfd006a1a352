"""Norms of markets and their gates by the API: read, written, corrected, ended; a gate answered for a card."""

import pytest

from screening import gates
from screening.models import GateAnswer, MarketNorm
from tests import factories as make

WHERE = "/api/norms/"
WHY = "Family channels here are commented on far more than elsewhere."
NEW = {
    "market": "US", "flag": "comment_per_like:high", "category": "Family", "tier": "micro", "until": "2027-06-01",
    "reason": WHY,
}  # fmt: skip
SCOPE = {"platform": "youtube", "until": "2027-03-01", "reason": WHY}


def pointers(answer):
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, [one["pointer"] for one in answer.json().get("errors", [])]


@pytest.fixture
def expert(db):
    make.market(), make.brand()
    return make.user("expert", brand="acme", market="US")


@pytest.fixture
def norm(expert, program):
    return program(expert).post(WHERE, NEW).json()


class TestANorm:
    def test_is_written_and_read(self, expert, elena, program):
        made = program(expert).post(WHERE, NEW)
        assert (made.status_code, made.json()["code"], made.json()["author"]) == (201, "US-N-01", expert.pk)
        assert made.json()["scope"] == {"category": "Family", "tier": "micro"}
        assert WHY not in made.content.decode()
        asking = program(elena)
        assert asking.get(WHERE).json()["items"] == [made.json()]
        answer = asking.get(f"{WHERE}{made.json()['id']}/")
        assert answer.json() == made.json()
        again = asking.get(f"{WHERE}{made.json()['id']}/", headers={"if-none-match": answer["ETag"]})
        assert again.status_code == 304

    def test_is_corrected_by_another_and_ended(self, norm, expert, program):
        asking, address = program(expert), f"{WHERE}{norm['id']}/"
        newer = asking.post(address + "correct/", SCOPE)
        assert (newer.status_code, newer.json()["replaces"]) == (201, norm["id"])
        assert (newer.json()["scope"], newer.json()["flag"]) == ({"platform": "youtube"}, NEW["flag"])
        assert asking.post(address + "correct/", SCOPE).status_code == 409
        ended = asking.post(f"{WHERE}{newer.json()['id']}/end/", {"reason": "No more."})
        assert ended.json()["ended_by"] == expert.pk
        assert asking.post(f"{WHERE}{newer.json()['id']}/end/", {"reason": "No more."}).status_code == 409

    def test_stands_in_a_list_that_is_narrowed(self, norm, expert, program):
        asking = program(expert)
        assert len(asking.get(WHERE + "?live=yes&market=US").json()["items"]) == 1
        assert asking.get(WHERE + "?live=no").json()["items"] == asking.get(WHERE + "?market=RU").json()["items"] == []
        assert pointers(asking.get(WHERE + "?live=x")) == (422, ["#query/live"])

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"flag": "age:high"}, "/flag"), ({"platform": "myspace"}, "/platform"), ({"tier": "giant"}, "/tier"),
         ({"until": "2020-01-01"}, "/until"), ({"until": "2099-01-01"}, "/until"), ({"reason": "Short"}, "/reason"),
         ({"market": "RU"}, "/market"), ({"category": "x" * 81}, "/category")],
    )  # fmt: skip
    def test_names_what_is_wrong(self, expert, program, wrong, pointer):
        make.market("RU")
        assert pointers(program(expert).post(WHERE, NEW | wrong)) == (422, [pointer])
        assert not MarketNorm.objects.exists()

    def test_that_is_corrected_names_what_is_wrong(self, norm, expert, program):
        answer = program(expert).post(f"{WHERE}{norm['id']}/correct/", SCOPE | {"until": "2020-01-01"})
        assert pointers(answer) == (422, ["/until"])
        assert MarketNorm.objects.get().ended_at is None

    def test_is_written_once_for_a_key(self, expert, program):
        asking = program(expert)
        first, again = (asking.post(WHERE, NEW, key="one") for _ in range(2))
        assert again.json() == first.json()
        assert asking.post(WHERE, NEW | {"tier": "nano"}, key="one").status_code == 409
        assert MarketNorm.objects.count() == 1

    @pytest.mark.parametrize("role", ["strategist", "analyst", "admin"])
    def test_takes_who_knows_the_market(self, norm, program, role):
        asking = program(make.user(role, brand="acme", market="US"))
        assert asking.post(WHERE, NEW).status_code == 403
        assert asking.post(f"{WHERE}{norm['id']}/end/", {"reason": "No."}).status_code == 403
        assert asking.post(f"{WHERE}{norm['id']}/correct/", SCOPE).status_code == 403

    def test_takes_a_key_that_may(self, expert, program):
        assert program(expert, "read", "decide").post(WHERE, NEW).status_code == 403

    def test_of_another_market_is_not_found(self, norm, program):
        asking = program(make.user("expert", brand="acme", market="RU"))
        assert asking.get(WHERE).json()["items"] == []
        assert asking.get(f"{WHERE}{norm['id']}/").status_code == 404
        for verb in ("end", "correct"):
            assert asking.post(f"{WHERE}{norm['id']}/{verb}/").status_code == 404


class TestAGate:
    @pytest.fixture
    def russian(self, db, now):
        market, brand = make.market("RU"), make.brand()
        gates.install(market, by=None, now=now)
        answer = make.recommendation(make.run(make.campaign(brand=brand, market=market)), profile=make.profile("vk"))
        return make.task(answer, policy=make.policy(brand, market), opened_at=now)

    @pytest.fixture
    def asking(self, program):
        return program(make.user("strategist", brand="acme", market="RU"))

    def test_is_told_and_answered(self, russian, asking):
        assert {one["code"] for one in asking.get("/api/gates/?market=RU").json()["items"]} >= {"erid", "register"}
        address = f"/api/cards/{russian.pk}/gates/"
        (asked,) = [one for one in asking.get(address).json() if one["code"] == "foreign_agents"]
        assert (asked["state"], asked["is_open"], asked["answered_by"]) == ("question", True, None)
        said = {"is_passed": True, "evidence": "Register of 20 November, nothing under her name"}
        first, again = (asking.post(f"{address}{asked['gate']}/", said, key="one") for _ in range(2))
        (told,) = [one for one in first.json() if one["code"] == "foreign_agents"]
        assert (told["state"], told["is_open"]) == ("passed", False)
        assert told["answered_at"]
        assert again.json() == first.json()
        assert said["evidence"] not in first.content.decode()
        assert asking.post(f"{address}{asked['gate']}/", said | {"is_passed": False}, key="one").status_code == 409
        assert GateAnswer.objects.count() == 1

    def test_that_is_law_is_answered_by_nobody(self, russian, asking):
        erid = russian.campaign.market.gates.get(code="erid")
        said = {"is_passed": True, "evidence": "here"}
        assert asking.post(f"/api/cards/{russian.pk}/gates/{erid.pk}/", said).status_code == 409

    def test_names_what_is_wrong(self, russian, asking):
        gate = russian.campaign.market.gates.get(code="foreign_agents")
        address = f"/api/cards/{russian.pk}/gates/{gate.pk}/"
        assert pointers(asking.post(address, {"is_passed": True, "evidence": " "})) == (422, ["/evidence"])
        assert pointers(asking.post(address, {"is_passed": "so", "evidence": "a"})) == (422, ["/is_passed"])

    def test_of_another_place_or_role_is_not_answered(self, russian, program, card):
        gate = russian.campaign.market.gates.get(code="foreign_agents")
        said, address = {"is_passed": True, "evidence": "here"}, f"/api/cards/{russian.pk}/gates/{gate.pk}/"
        make.brand("other")
        for place in ({"brand": "other", "market": "RU"}, {"brand": "acme", "market": "US"}):
            asking = program(make.user("strategist", **place))
            assert asking.post(address, said).status_code == 404
            assert asking.get(f"/api/cards/{russian.pk}/gates/").status_code == 404
        assert program(make.user("analyst", brand="acme", market="RU")).post(address, said).status_code == 403
        here = program(make.user("strategist"))
        assert here.post(f"/api/cards/{card().pk}/gates/{gate.pk}/", said).status_code == 404
        assert not GateAnswer.objects.exists()
