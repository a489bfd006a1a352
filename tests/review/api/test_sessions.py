"""Strategy sessions by the API: opened, agreed on, minuted, closed; the agenda tells nothing of sealed cards."""

import pytest

from audit.models import AuditEntry
from review.models import Session, SessionItem
from screening.models import Exposure
from tests import factories as make
from tests.programs import pointers

WORDS, SAID = "Ask her agent about spring", "Two tests a month, as before."


@pytest.fixture
def campaign(policy):
    return make.campaign()


@pytest.fixture
def where(campaign):
    return f"/api/campaigns/{campaign.slug}/sessions/"


@pytest.fixture
def asking(elena, program):
    return program(elena)


@pytest.fixture
def meeting(asking, where):
    return asking.post(where).json()


@pytest.fixture
def at(meeting):
    return f"/api/sessions/{meeting['id']}/"


class TestASession:
    def test_is_opened_one_at_a_time_told_and_closed(self, where, asking, elena, campaign):
        made = asking.post(where, {"minutes": 30})
        said = made.json()
        at = made["Location"]
        assert (made.status_code, said["number"], said["minutes_planned"]) == (201, 1, 30)
        assert (said["campaign"], said["opened_by"], said["closed_at"]) == (campaign.slug, elena.pk, None)
        assert asking.post(where).json() == said
        answer = asking.get(at)
        assert (answer.json(), answer["ETag"].startswith('"v1-')) == (said, True)
        assert asking.get(at, headers={"if-none-match": answer["ETag"]}).status_code == 304
        closed = asking.post(at + "close/").json()
        assert closed["closed_by"] == elena.pk
        assert asking.post(at + "close/").json() == closed
        second = asking.post(where).json()
        assert [one["number"] for one in asking.get(where).json()["items"]] == [second["number"], 1] == [2, 1]
        page = asking.get(where + "?limit=1").json()
        assert asking.get(f"{where}?limit=1&cursor={page['next']}").json()["items"] == [closed]

    def test_of_a_closed_campaign_is_not_opened(self, where, asking, campaign, now):
        campaign.closed_at = now
        campaign.save()
        assert asking.post(where).status_code == 409

    def test_has_a_length_that_there_is(self, where, asking):
        assert pointers(asking.post(where, {"minutes": 4})) == (422, ["/minutes"])

    def test_takes_who_decides_and_a_key_that_may(self, where, at, meeting, program, elena):
        item = {"kind": "decision", "text": WORDS}
        for role in ("analyst", "admin"):
            asking = program(make.user(role, brand="acme", market="US"))
            assert asking.get(at).json() == meeting
            for address, said in ((where, {}), (at + "items/", item), (at + "close/", {})):
                assert asking.post(address, said).status_code == 403
            tag = asking.get(at)["ETag"]
            assert asking.post(at + "minutes/", {"text": SAID}, match=tag).status_code == 403
        assert program(elena, "read", "brief").post(at + "close/").status_code == 403
        assert Session.objects.get().closed_at is None

    def test_of_another_place_is_not_there(self, where, at, asking, program, elena):
        item = asking.post(at + "items/", {"kind": "action", "text": WORDS, "owner": elena.pk}).json()["id"]
        make.brand("other")
        for place in ({"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}):
            other = program(make.user("strategist", "manager", **place))
            reads = (where, at, at + "agenda/", at + "items/", at + "minutes/")
            assert {other.get(one).status_code for one in reads} == {404}
            writes = (where, at + "items/", at + "minutes/", at + "close/", f"/api/sessions/items/{item}/done/")
            assert {other.post(one, match='"v1-0"').status_code for one in writes} == {404}
        assert SessionItem.objects.get().done_at is None


class TestWhatWasAgreedOn:
    def test_is_written_down_and_ticked_off(self, at, asking, elena, campaign, told):
        task = told("recommend")
        said = {"kind": "action", "text": WORDS, "owner": elena.pk, "due_date": "2027-01-05", "card": task.pk}
        made = asking.post(at + "items/", said)
        item = made.json()
        assert (made.status_code, item["owner"], item["card"], item["done_at"]) == (201, elena.pk, task.pk, None)
        assert WORDS not in made.content.decode()
        assert asking.get(at + "items/").json()["items"] == [item | {"text": WORDS}]
        tick = f"/api/sessions/items/{item['id']}/done/"
        assert asking.post(tick, {"is_done": True}).json()["done_by"] == elena.pk
        assert asking.post(tick, {"is_done": False}).json()["done_at"] is None
        assert pointers(asking.post(tick, {})) == (422, ["/is_done"])

    def test_goes_on_to_the_next_session_where_it_is_open(self, where, at, asking, elena):
        item = asking.post(at + "items/", {"kind": "action", "text": WORDS, "owner": elena.pk}).json()
        asking.post(at + "items/", {"kind": "decision", "text": "Done with it"})
        asking.post(at + "close/")
        second = asking.post(where).json()
        (carried,) = asking.get(f"/api/sessions/{second['id']}/items/").json()["items"]
        assert (carried["id"], carried["times_carried"]) == (item["id"], 1)

    def test_is_written_once_for_a_key(self, at, asking):
        said = {"kind": "decision", "text": WORDS}
        first, again = (asking.post(at + "items/", said, key="one") for _ in range(2))
        assert again.json() == first.json()
        assert SessionItem.objects.count() == 1

    def test_names_what_is_wrong(self, at, asking, elena, program):
        make.brand("other")
        stranger, gone = make.user("strategist", brand="other", market="US"), 99_999
        own = {"kind": "decision", "text": WORDS}
        for wrong, pointer in (
            ({"kind": "action"}, "/owner"), ({"kind": "action", "owner": stranger.pk}, "/owner"),
            ({"kind": "action", "owner": gone}, "/owner"), ({"owner": stranger.pk}, "/owner"),
            ({"kind": "vote"}, "/kind"), ({"text": " "}, "/text"), ({"text": "x" * 1001}, "/text"),
            ({"due_date": "soon"}, "/due_date"), ({"card": gone}, "/card"),
        ):  # fmt: skip
            assert pointers(asking.post(at + "items/", own | wrong)) == (422, [pointer])
        assert not SessionItem.objects.exists()

    def test_is_about_cards_of_the_campaign(self, at, asking, card):
        said = {"kind": "decision", "text": WORDS, "card": card().pk}
        assert pointers(asking.post(at + "items/", said)) == (422, ["/card"])

    def test_that_is_no_action_is_not_ticked_off(self, at, asking):
        item = asking.post(at + "items/", {"kind": "decision", "text": WORDS}).json()
        assert asking.post(f"/api/sessions/items/{item['id']}/done/", {"is_done": True}).status_code == 409

    def test_is_nothing_more_once_the_session_is_closed(self, at, asking):
        asking.post(at + "close/")
        assert asking.post(at + "items/", {"kind": "decision", "text": WORDS}).status_code == 409


class TestMinutes:
    def test_are_saved_over_the_version_that_was_read(self, at, asking, elena, daniel, program):
        empty = asking.get(at + "minutes/")
        assert (empty.json()["text"], empty.json()["present"], empty.json()["entry"]) == ("", [], None)
        said = {"text": SAID, "present": [daniel.pk, elena.pk]}
        saved = asking.post(at + "minutes/", said, match=empty["ETag"])
        assert (saved.status_code, saved.json()["version"]) == (200, 2)
        assert SAID not in saved.content.decode()
        answer = program(daniel).get(at + "minutes/")
        assert (answer.json()["text"], answer.json()["present"]) == (SAID, sorted([elena.pk, daniel.pk]))
        assert AuditEntry.objects.filter(pk=answer.json()["entry"], kind="session").exists()
        late = program(daniel).post(at + "minutes/", {"text": "Mine"}, match=empty["ETag"])
        assert (late.status_code, asking.get(at + "minutes/").json()["text"]) == (412, SAID)
        assert program(daniel).post(at + "minutes/", {"text": "Mine"}, match=saved["ETag"]).status_code == 200

    def test_take_the_version_that_was_read(self, at, asking):
        assert asking.post(at + "minutes/", {"text": SAID}).status_code == 428
        assert asking.post(at + "minutes/", {"text": SAID}, match='"x"').status_code == 412

    def test_name_what_is_wrong(self, at, asking):
        make.brand("other")
        stranger, tag = make.user("strategist", brand="other", market="US"), asking.get(at)["ETag"]
        for wrong, pointer in (({"present": [stranger.pk]}, "/present"), ({"text": "x" * 20_001}, "/text"),
                               ({"present": ["x"]}, "/present/0")):  # fmt: skip
            assert pointers(asking.post(at + "minutes/", {"text": SAID} | wrong, match=tag)) == (422, [pointer])
        assert Session.objects.get().version == 1

    def test_of_a_closed_session_stand(self, at, asking):
        asking.post(at + "close/")
        assert asking.post(at + "minutes/", {"text": SAID}, match=asking.get(at)["ETag"]).status_code == 409


class TestTheAgenda:
    def test_says_where_both_agree_contradict_and_what_nobody_looked_for(self, at, asking, told, elena):
        agreed = told("recommend", says_yes=True, by=elena)
        against = told("decline", says_yes=True, by=elena)
        drawn = told("recommend", is_exploration=True)
        said = asking.get(at + "agenda/").json()
        assert [(one["card"], one["ai_verdict"], one["says_yes"]) for one in said["agree"]] == [
            (agreed.pk, "recommend", True)
        ]
        (other,) = said["contradict"]
        assert (other["card"], other["ai_p_u6"], other["p_u6"], other["by"]) == (against.pk, 350_000, 800_000, elena.pk)
        (pick,) = said["explore"]
        assert (pick["card"], "approve" in pick["allowed"]) == (drawn.pk, True)
        assert (said["sealed"], said["decided"], said["tests"]["spent_minor"]) == (0, [], 0)

    def test_leaves_sealed_cards_out_and_remembers_what_was_seen(self, at, asking, told, elena):
        open_one = told("recommend", says_yes=True, by=elena)
        sealed = told("decline", is_exploration=True, arm="blind", lane="")
        said = asking.get(at + "agenda/")
        assert (said.json()["sealed"], said.json()["explore"]) == (1, [])
        assert sealed.recommendation.profile_id not in {one["profile"] for one in said.json()["agree"]}
        seen = Exposure.objects.filter(user=elena).values_list("creator", flat=True)
        assert list(seen) == [open_one.recommendation.creator_id]

    def test_tells_decisions_that_were_made_meanwhile(self, at, asking, told, elena, decide):
        task = told("recommend")
        decide(task, "approve", by=elena)
        (made,) = asking.get(at + "agenda/").json()["decided"]
        assert (made["card"], made["choice"], made["decided_by"]) == (task.pk, "approve", elena.pk)

    def test_keeps_prices_from_whom_they_do_not_concern(self, at, told, program):
        told("recommend", is_exploration=True)
        asking = program(make.user("admin", brand="acme", market="US"))
        said = asking.get(at + "agenda/").json()
        assert (said["tests"], said["explore"][0]["allowed"]) == (None, [])
