"""Cards by the API: read, held, decided, taken back."""

import pytest

from review import claims, first_views
from review.models import Decision, ReviewTask
from screening.models import Exposure
from tests import factories as make

WHY = "Her readers buy at pharmacies, I saw it in her last two campaigns."


def address(task, verb=""):
    return f"/api/cards/{task.pk}/" + (f"{verb}/" if verb else "")


@pytest.fixture
def sealed(card):
    return card(arm="blind", lane="")


class TestReading:
    def test_tells_what_the_ai_says_and_what_one_may_do(self, card, elena, program):
        task = card("decline")
        told = program(elena).get(address(task)).json()
        assert (told["ai"]["verdict"], told["ai"]["p_u6"], told["is_sealed"]) == ("decline", 350_000, False)
        assert {"approve", "reject", "hold"} <= set(told["allowed"])

    def test_tells_what_a_look_at_the_flags_would_find(self, card, elena, program, policy, now):
        look = {"p_u6": 620_000, "low_u6": 480_000, "high_u6": 710_000, "looks": 214}
        answer = make.recommendation(make.run(make.campaign()), knowledge={"look": look})
        task = make.task(answer, policy=policy, opened_at=now)
        assert program(elena).get(address(task)).json()["ai"]["look"] == look
        assert program(elena).get(address(card())).json()["ai"]["look"] is None

    def test_is_remembered_as_a_page_is(self, card, elena, program):
        task = card()
        program(elena).get(address(task))
        assert Exposure.objects.filter(user=elena, campaign=task.campaign).exists()

    def test_of_a_sealed_card_tells_nothing_of_the_ai(self, sealed, elena, program):
        told = program(elena).get(address(sealed)).json()
        assert (told["ai"], told["is_sealed"]) == (None, True)
        assert not Exposure.objects.exists()
        assert program(elena).get("/api/cards/").json()["items"][0]["is_sealed"] is True

    def test_of_a_sealed_card_tells_an_analyst_all(self, sealed, program):
        analyst = make.user("analyst", brand="acme", market="US")
        assert program(analyst).get(address(sealed)).json()["ai"]["verdict"] == "recommend"

    def test_narrows_the_list(self, card, elena, program):
        low, high = card(), card(stakes="high")
        told = program(elena).get("/api/cards/?stakes=high").json()["items"]
        assert [one["id"] for one in told] == [high.pk]
        told = program(elena).get(f"/api/cards/?campaign={low.campaign.slug}").json()["items"]
        assert [one["id"] for one in told] == [low.pk]
        assert program(elena).get("/api/cards/?stakes=none").status_code == 422

    @pytest.mark.parametrize("place", [{"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}])
    def test_finds_no_card_of_another_place(self, card, program, place):
        make.brand("other")
        asking = program(make.user("strategist", **place))
        assert asking.get(address(card())).status_code == 404
        assert asking.get("/api/cards/").json()["items"] == []
        assert asking.post(address(card(), "claim")).status_code == 404


class TestDeciding:
    def test_records_the_decision_of_the_keys_owner(self, card, elena, program):
        task, asking = card(), program(elena)
        tag = asking.get(address(task))["ETag"]
        answer = asking.post(address(task, "decide"), {"choice": "approve", "expected_p_u6": 800_000}, match=tag)
        assert (answer.status_code, answer.json()["state"]) == (200, "approved")
        made = Decision.objects.get()
        assert (made.decided_by, made.owner, made.expected_p_u6) == (elena, elena, 800_000)
        assert answer["ETag"] != tag

    def test_asks_which_version_was_seen(self, card, elena, program):
        answer = program(elena).post(address(card(), "decide"), {"choice": "approve"})
        assert answer.status_code == 428
        assert not Decision.objects.exists()

    @pytest.mark.parametrize("tag", ["*", '"x"', "v1", '"v99-ab"'])
    def test_refuses_another_version(self, card, elena, program, tag):
        answer = program(elena).post(address(card(), "decide"), {"choice": "approve"}, match=tag)
        assert answer.status_code == 412
        assert not Decision.objects.exists()

    def test_refuses_what_somebody_else_has_decided(self, card, elena, daniel, program, decide):
        task, asking = card(), program(elena)
        tag = asking.get(address(task))["ETag"]
        decide(task, "reject", by=daniel, category="context", rationale=WHY)
        answer = asking.post(address(task, "decide"), {"choice": "approve"}, match=tag)
        assert answer.status_code == 412
        assert "Daniel Okafor" in answer.json()["detail"]

    def test_against_the_ai_takes_a_reason(self, card, elena, program):
        task, asking = card("decline"), program(elena)
        tag = asking.get(address(task))["ETag"]
        lacking = asking.post(address(task, "decide"), {"choice": "approve", "category": "context"}, match=tag)
        assert lacking.status_code == 422
        assert lacking.json()["errors"][0]["pointer"] == "/rationale"
        said = {"choice": "approve", "category": "context", "rationale": WHY}
        assert asking.post(address(task, "decide"), said, match=tag).status_code == 200
        assert Decision.objects.get().is_override

    def test_against_the_ai_takes_several_kinds_of_reason(self, card, elena, program):
        task, asking = card("decline"), program(elena)
        tag = asking.get(address(task))["ETag"]
        said = {"choice": "approve", "category": "context", "category_too": ["price", "risk"], "rationale": WHY}
        assert asking.post(address(task, "decide"), said, match=tag).status_code == 200
        made = asking.get("/api/decisions/").json()["items"][0]
        assert (made["category"], made["category_too"]) == ("context", ["price", "risk"])

    def test_happens_once_for_a_key(self, card, elena, program):
        task, asking = card(), program(elena)
        tag = asking.get(address(task))["ETag"]
        said = {"choice": "approve"}
        first, again = (asking.post(address(task, "decide"), said, match=tag, key="k") for _ in range(2))
        assert first.json() == again.json()
        assert again["Idempotent-Replayed"] == "true"
        other = asking.post(address(task, "decide"), {"choice": "hold", "hold_until": "2027-01-01"}, match=tag, key="k")
        assert other.status_code == 409
        assert Decision.objects.count() == 1

    def test_is_refused_while_somebody_else_holds_the_card(self, card, elena, daniel, program, now):
        task, asking = card(), program(elena)
        tag = asking.get(address(task))["ETag"]
        claims.claim(task, by=daniel, now=now)
        answer = asking.post(address(task, "decide"), {"choice": "approve"}, match=tag)
        assert answer.status_code == 409
        assert "Daniel Okafor is deciding this one" in answer.json()["detail"]

    def test_is_refused_on_a_sealed_card(self, sealed, elena, program):
        asking = program(elena)
        tag = asking.get(address(sealed))["ETag"]
        answer = asking.post(address(sealed, "decide"), {"choice": "approve"}, match=tag)
        assert (answer.status_code, answer.json()["detail"][:20]) == (409, "This card is sealed:")
        assert b"recommend" not in answer.content

    def test_is_no_analysts(self, card, program):
        asking, task = program(make.user("analyst", brand="acme", market="US")), card()
        tag = asking.get(address(task))["ETag"]
        assert asking.post(address(task, "decide"), {"choice": "approve"}, match=tag).status_code == 403

    def test_takes_a_key_with_the_scope(self, card, elena, program):
        task = card()
        tag = program(elena).get(address(task))["ETag"]
        answer = program(elena, "read", "run").post(address(task, "decide"), {"choice": "approve"}, match=tag)
        assert answer.status_code == 403

    def test_is_taken_back(self, card, elena, program):
        task, asking = card(), program(elena)
        tag = asking.get(address(task))["ETag"]
        made = asking.post(address(task, "decide"), {"choice": "approve"}, match=tag)
        back = asking.post(address(task, "undo"), match=made["ETag"])
        assert (back.status_code, back.json()["state"]) == (200, "open")


class TestSpeakingFirst:
    def test_opens_the_verdict(self, sealed, elena, program):
        asking = program(elena)
        tag = asking.get(address(sealed))["ETag"]
        said = {"says_yes": True, "p_u6": 700_000, "because": "fit", "sentence": "Her tone is ours."}
        answer = asking.post(address(sealed, "first-view"), said, match=tag)
        assert (answer.status_code, answer.json()["ai"]["verdict"]) == (200, "recommend")

    def test_may_not_contradict_itself(self, sealed, elena, program):
        asking = program(elena)
        tag = asking.get(address(sealed))["ETag"]
        said = {"says_yes": False, "p_u6": 700_000, "because": "fit", "sentence": "Her tone is ours."}
        answer = asking.post(address(sealed, "first-view"), said, match=tag)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/p")


class TestTheRest:
    def test_holds_and_lets_go(self, card, elena, program):
        task, asking = card(), program(elena)
        assert asking.post(address(task, "claim")).json()["claimed_by"] == elena.pk
        assert asking.post(address(task, "release")).json()["claimed_by"] is None
        assert asking.post(address(task, "release")).status_code == 409

    def test_keeps_a_view(self, card, elena, program):
        task = card()
        said = {"gut_rating": 4, "relationship": "know", "words": {"risk_note": "Late twice"}}
        assert program(elena).post(address(task, "view"), said).status_code == 200
        assert task.overlays.get().gut_rating == 4
        wrong = program(elena).post(address(task, "view"), {"words": {"nonsense": "x"}})
        assert wrong.status_code == 422

    def test_escalates_with_a_reason(self, card, elena, sofia, program):
        task, asking = card(), program(elena)
        tag = asking.get(address(task))["ETag"]
        assert asking.post(address(task, "escalate"), {"reason": " "}, match=tag).status_code == 422
        told = asking.post(address(task, "escalate"), {"reason": "Too close to the rival"}, match=tag).json()
        assert (told["state"], told["escalated_to"]) == ("escalated", sofia.pk)

    def test_asks_and_is_answered(self, card, elena, daniel, program):
        task, asking = card(), program(elena)
        assert asking.post(address(task, "questions"), {"text": "Usual here?", "to": [daniel.pk]}).status_code == 200
        (asked,) = program(daniel).get("/api/questions/").json()["items"]
        where = f"/api/questions/{asked['id']}/answer/"
        assert program(daniel).post(where, {}).status_code == 422
        assert program(daniel).post(where, {"quick": "yes"}).json()["state"] == "answered"
        assert program(daniel).post(where, {"quick": "yes"}).status_code == 409
        stranger = make.user("strategist", brand="acme", market="RU")
        wrong = asking.post(address(task, "questions"), {"text": "Usual?", "to": [stranger.pk]})
        assert wrong.json()["errors"][0]["pointer"] == "/to"

    def test_leaves_a_note(self, card, elena, program):
        task = card()
        assert program(elena).post(address(task, "notes"), {"text": "Call her agent"}).status_code == 200
        assert task.notes.count() == 1

    def test_has_a_contradiction_looked_into(self, card, elena, sofia, program):
        task, asking = card(), program(elena)
        assert asking.post(address(task, "investigations"), {"text": "Is this usual?"}).status_code == 200
        (row,) = asking.get("/api/investigations/").json()["items"]
        where = f"/api/investigations/{row['id']}/"
        assert asking.post(where + "evidence/", {"kind": "person", "text": "12 of 12"}).status_code == 200
        closed = program(sofia).post(where + "finding/", {"finding": "data", "text": "The figures were of March."})
        assert closed.json()["finding"] == "data"
        assert asking.post(where + "evidence/", {"kind": "person", "text": "more"}).status_code == 409


class TestApproving:
    @pytest.fixture
    def waiting(self, card, elena, decide):
        task = card(stakes="high", fee_minor=900_000)
        decide(task, "approve", by=elena, rationale=WHY)
        return ReviewTask.objects.get(pk=task.pk)

    def test_is_a_second_persons(self, waiting, elena, sofia, program):
        asking = program(sofia)
        tag = asking.get(address(waiting))["ETag"]
        said = {"choice": "approve", "reason": "Fine"}
        assert program(elena).post(address(waiting, "approval"), said, match=tag).status_code == 403
        told = asking.post(address(waiting, "approval"), said, match=tag)
        assert told.json()["state"] == "approved"
        back = asking.post(address(waiting, "approval/undo"), match=told["ETag"])
        assert back.json()["state"] == "awaiting"

    def test_above_the_limit_is_done_by_no_key(self, waiting, sofia, program, settings):
        settings.FRESH_SIGN_IN_TIMES = 0.1
        asking = program(sofia)
        tag = asking.get(address(waiting))["ETag"]
        answer = asking.post(address(waiting, "approval"), {"choice": "approve", "reason": "Fine"}, match=tag)
        assert answer.status_code == 403
        waiting.refresh_from_db()
        assert waiting.state == "awaiting"


class TestDecisionRecords:
    def test_tell_what_the_ai_said_then(self, card, elena, program, decide):
        decide(card(), "approve", by=elena)
        (told,) = program(elena).get("/api/decisions/").json()["items"]
        assert (told["ai_verdict"], told["owner"], told["is_override"]) == ("recommend", elena.pk, False)
        assert program(elena).get(f"/api/decisions/{told['id']}/").json() == told

    def test_are_not_there_for_another_brand(self, card, elena, program, decide):
        decide(card(), "approve", by=elena)
        make.brand("other")
        asking = program(make.user("manager", brand="other"))
        assert asking.get("/api/decisions/").json()["items"] == []
        assert asking.get(f"/api/decisions/{Decision.objects.get().pk}/").status_code == 404

    def test_of_a_card_that_is_sealed_since_are_kept_back(self, card, sealed, elena, daniel, program, now):
        assert program(elena).get("/api/decisions/").json()["items"] == []
        first_views.commit(
            sealed, by=daniel, now=now, version=1, says_yes=True, p=0.7, because="fit", sentence="Fits us."
        )
        sealed.refresh_from_db()
        assert program(elena).get(address(sealed)).json()["is_sealed"] is False
