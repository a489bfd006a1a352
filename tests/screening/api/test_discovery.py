"""A discovery by the API: opened, marked, taken back, ended round by round, narrowed, committed."""

from datetime import timedelta

import pytest

from audit.models import Kind
from screening import discovery, sealed, standings
from screening.models import Discovery, DiscoveryMark, DiscoveryRound, Exposure, Profile
from tests import factories as make
from tests.programs import pointers


@pytest.fixture
def where(campaign):
    return f"/api/campaigns/{campaign.slug}/discovery/"


@pytest.fixture
def day(now):
    return (now + timedelta(days=3)).date()


@pytest.fixture
def searched(campaign, run, elena, now, day):
    return discovery.start(campaign, commit_date=day, by=elena, now=now)


@pytest.fixture
def asking(elena, program):
    return program(elena)


def order(asking, where):
    return [one["profile"] for one in asking.get(where + "ranking/").json()["items"]]


def pick(profile):
    return {"kind": "pick", "profile": profile}


class TestOpening:
    def test_stands_on_the_newest_run(self, where, run, asking, elena, day):
        assert asking.get(where).status_code == 404
        made = asking.post(where, {"commit_date": day.isoformat()})
        assert (made.status_code, made["Location"]) == (201, where)
        said = made.json()
        assert (said["run"], said["round"], said["stage"], said["places"]) == (run.pk, 1, 0, 0)
        assert (said["commit_date"], said["is_frozen"], said["opened_by"]) == (day.isoformat(), False, elena.pk)
        assert (said["total"], said["left_out"], said["newer_run"]) == (len(standings.field(run).ids), 0, None)
        answer = asking.get(where)
        assert answer.json() == said
        assert asking.get(where, headers={"if-none-match": answer["ETag"]}).status_code == 304

    def test_happens_once(self, where, run, asking, day):
        said = {"commit_date": day.isoformat()}
        first, again = (asking.post(where, said, key="one") for _ in range(2))
        assert again.json() == first.json()
        assert asking.post(where, said).status_code == 409

    def test_needs_a_run_and_a_date_before_the_deadline(self, where, campaign, asking, finish, day):
        assert asking.post(where, {"commit_date": day.isoformat()}).status_code == 409
        finish(campaign)
        assert pointers(asking.post(where, {"commit_date": "2020-01-01"})) == (422, ["/commit_date"])
        assert pointers(asking.post(where, {})) == (422, ["/commit_date"])

    def test_takes_who_writes_briefs_and_a_key_that_may(self, where, run, program, elena, day):
        said = {"commit_date": day.isoformat()}
        for role in ("expert", "analyst", "admin"):
            assert program(make.user(role, brand="acme", market="US")).post(where, said).status_code == 403
        assert program(elena, "read", "decide").post(where, said).status_code == 403
        assert not Discovery.objects.exists()

    def test_of_a_closed_campaign_is_refused(self, where, campaign, run, asking, day, now):
        campaign.closed_at = now
        campaign.save()
        assert asking.post(where, {"commit_date": day.isoformat()}).status_code == 409


class TestMarks:
    def test_reshape_the_ranking_and_are_taken_back(self, where, searched, asking, elena):
        before = order(asking, where)
        assert before == standings.field(searched.run).ids.tolist()
        made = asking.post(where + "marks/", pick(before[-1]))
        said = made.json()
        assert (made.status_code, said["kind"], said["profile"], said["by"]) == (201, "pick", before[-1], elena.pk)
        ranked = asking.get(where + "ranking/").json()["items"]
        (line,) = [one for one in ranked if one["profile"] == before[-1]]
        assert (line["mark"], line["moved"] > 0, line["taste_u6"] > 0) == (said["id"], True, True)
        assert abs(line["score_u6"] + line["taste_u6"] - line["total_u6"]) <= 1
        assert (line["reasons"] != [], asking.get(where).json()["taste"] != []) == (True, True)
        undone = asking.post(f"{where}marks/{said['id']}/undo/").json()
        assert (undone["taken_back_by"], undone["id"]) == (elena.pk, said["id"])
        assert order(asking, where) == before
        assert asking.post(f"{where}marks/{said['id']}/undo/").json() == undone

    def test_stand_in_a_journal(self, where, searched, asking):
        first, second = order(asking, where)[:2]
        one, two = (asking.post(where + "marks/", pick(profile)).json() for profile in (first, second))
        asking.post(f"{where}marks/{one['id']}/undo/")
        journal = where + "marks/"
        assert [mark["id"] for mark in asking.get(journal).json()["items"]] == [two["id"], one["id"]]
        assert [mark["id"] for mark in asking.get(journal + "?live=yes").json()["items"]] == [two["id"]]
        assert [mark["id"] for mark in asking.get(journal + "?live=no").json()["items"]] == [one["id"]]
        assert pointers(asking.get(journal + "?live=x")) == (422, ["#query/live"])
        page = asking.get(journal + "?limit=1").json()
        assert asking.get(f"{journal}?limit=1&cursor={page['next']}").json()["items"][0]["id"] == one["id"]

    def test_of_a_factor_and_of_the_other_kind(self, where, searched, asking):
        hint = asking.post(where + "marks/", {"kind": "more", "feature": "followers"}).json()
        assert (hint["feature"], hint["profile"]) == ("followers", None)
        profile = order(asking, where)[0]
        asking.post(where + "marks/", pick(profile))
        asking.post(where + "marks/", {"kind": "reject", "profile": profile})
        assert profile not in order(asking, where)
        assert DiscoveryMark.objects.filter(taken_back_at=None).count() == 2

    def test_happen_once(self, where, searched, asking, entries_of):
        said = pick(order(asking, where)[0])
        ids = {asking.post(where + "marks/", said, key=key).json()["id"] for key in ("one", "one", "")}
        assert len(ids) == DiscoveryMark.objects.count() == 1
        assert [one["what"] for one in entries_of(Kind.DISCOVERY)] == ["open", "pick"]

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"kind": "pick", "profile": 99_999}, "/profile"), ({"kind": "pick"}, "/profile"),
         ({"kind": "more", "feature": "nothing"}, "/feature"), ({"kind": "more"}, "/feature"),
         ({"kind": "less", "feature": "followers", "profile": 1}, "/feature"),
         ({"kind": "reject", "feature": "followers"}, "/kind"), ({"kind": "love", "profile": 1}, "/kind")],
    )  # fmt: skip
    def test_name_what_is_wrong(self, where, searched, asking, wrong, pointer):
        assert pointers(asking.post(where + "marks/", wrong)) == (422, [pointer])
        assert not DiscoveryMark.objects.exists()

    def test_take_who_decides_and_a_key_that_may(self, where, searched, program, elena):
        profile = int(standings.field(searched.run).ids[0])
        for role in ("analyst", "admin"):
            asking = program(make.user(role, brand="acme", market="US"))
            assert asking.post(where + "marks/", pick(profile)).status_code == 403
            assert asking.get(where + "ranking/").status_code == 200
        assert program(elena, "read", "brief").post(where + "marks/", pick(profile)).status_code == 403
        expert = program(make.user("expert", brand="acme", market="US"))
        assert expert.post(where + "marks/", pick(profile)).status_code == 201

    def test_of_another_discovery_are_not_found(self, where, searched, asking, finish, campaign, now):
        other = make.campaign(brand=campaign.brand, market=campaign.market)
        theirs = Discovery.objects.create(
            campaign=other, run=searched.run, commit_date=searched.commit_date, opened_by=searched.opened_by
        )
        mark = discovery.mark(theirs, kind="more", feature="followers", by=searched.opened_by, now=now)
        assert asking.post(f"{where}marks/{mark.pk}/undo/").status_code == 404
        mark.refresh_from_db()
        assert mark.taken_back_at is None


class TestTheRanking:
    def test_is_paged_while_nobody_marks(self, where, searched, asking):
        ranked = order(asking, where)
        page = asking.get(where + "ranking/?limit=3").json()
        rest = asking.get(f"{where}ranking/?limit=200&cursor={page['next']}").json()
        assert [one["profile"] for one in page["items"] + rest["items"]] == ranked
        assert (rest["next"], [one["place"] for one in page["items"]]) == (None, [1, 2, 3])
        asking.post(where + "marks/", {"kind": "reject", "profile": ranked[0]})
        assert pointers(asking.get(f"{where}ranking/?limit=3&cursor={page['next']}")) == (422, ["#query/cursor"])

    def test_remembers_who_has_seen_what_the_ai_says(self, where, searched, asking, elena):
        shown = [one["profile"] for one in asking.get(where + "ranking/?limit=3").json()["items"]]
        seen = set(Exposure.objects.filter(user=elena).values_list("creator", flat=True))
        assert seen == set(Profile.objects.filter(pk__in=shown).values_list("creator", flat=True))

    def test_tells_nothing_of_sealed_creators(self, where, searched, asking, elena, monkeypatch):
        ranked = order(asking, where)
        asking.post(where + "marks/", pick(ranked[1]))
        asking.post(where + "rounds/", {"number": 1})
        hidden = ranked[0]
        Exposure.objects.all().delete()
        monkeypatch.setattr(sealed, "profiles", lambda campaign, user=None: frozenset({hidden}))
        told = asking.get(where).json()
        assert (told["total"], told["left_out"]) == (len(ranked) - 1, 1)
        left = asking.get(where + "ranking/").json()["items"]
        assert hidden not in {one["profile"] for one in left}
        assert sorted(one["ai"] for one in left) == [*range(1, len(ranked))]
        (ended,) = asking.get(where + "rounds/").json()["items"]
        assert (hidden in DiscoveryRound.objects.get().places, hidden in ended["places"]) == (True, False)
        assert pointers(asking.post(where + "marks/", pick(hidden))) == (422, ["/profile"])
        asking.post(where + "commit/")
        monkeypatch.setattr(sealed, "profiles", lambda campaign, user=None: frozenset({hidden, ranked[1]}))
        assert {hidden, ranked[1]} & set(order(asking, where)) == set()
        assert not Exposure.objects.filter(creator=Profile.objects.get(pk=hidden).creator).exists()


class TestRounds:
    def test_end_once_with_what_they_changed(self, where, searched, asking, elena):
        asking.post(where + "marks/", pick(order(asking, where)[-1]))
        ended = asking.post(where + "rounds/", {"number": 1})
        said = ended.json()
        assert (ended.status_code, said["number"], said["picks"], said["ended_by"]) == (201, 1, 1, elena.pk)
        assert asking.post(where + "rounds/", {"number": 1}).json() == said
        assert asking.get(where + "rounds/").json()["items"] == [said]
        assert (asking.get(where).json()["round"], asking.get(where).json()["picked"]) == (2, 1)

    def test_without_a_word_do_not_end(self, where, searched, asking):
        assert asking.post(where + "rounds/", {"number": 1}).status_code == 409

    def test_that_there_are_not_do_not_end_the_open_one(self, where, searched, asking):
        asking.post(where + "marks/", pick(order(asking, where)[-1]))
        assert pointers(asking.post(where + "rounds/", {"number": 2})) == (422, ["/number"])
        assert not DiscoveryRound.objects.exists()


class TestTheSearch:
    def test_is_narrowed_and_its_taste_switched(self, where, searched, asking):
        assert asking.post(where + "stage/", {"stage": 5}).json()["places"] == 8
        assert len(order(asking, where)) <= 8
        assert pointers(asking.post(where + "stage/", {"stage": 6})) == (422, ["/stage"])
        assert asking.post(where + "taste/", {"is_on": False}).json()["is_taste_on"] is False
        assert pointers(asking.post(where + "taste/", {})) == (422, ["/is_on"])

    def test_moves_its_date(self, where, searched, asking, now):
        day = (now + timedelta(days=5)).date().isoformat()
        assert asking.post(where + "date/", {"commit_date": day}).json()["commit_date"] == day
        assert pointers(asking.post(where + "date/", {"commit_date": "2020-01-01"})) == (422, ["/commit_date"])

    def test_is_committed_and_takes_nothing_more(self, where, searched, asking):
        ranked = order(asking, where)
        asking.post(where + "stage/", {"stage": 5})
        told = asking.post(where + "commit/").json()
        assert (told["is_frozen"], bool(told["frozen_at"])) == (True, True)
        assert asking.post(where + "commit/").json() == told
        assert order(asking, where) == ranked[:8]
        for step, said in (("marks", pick(ranked[0])), ("stage", {"stage": 0}), ("taste", {"is_on": False}),
                           ("date", {"commit_date": told["commit_date"]}), ("rounds", {"number": 1})):  # fmt: skip
            assert asking.post(f"{where}{step}/", said).status_code == 409

    def test_goes_on_in_a_newer_run(self, where, searched, asking, campaign, finish, day):
        said = {"commit_date": day.isoformat()}
        assert asking.post(where + "next/", said).status_code == 409
        asking.post(where + "marks/", pick(order(asking, where)[-1]))
        newer = finish(campaign)
        assert asking.get(where).json()["newer_run"] == newer.pk
        told = asking.post(where + "next/", said).json()
        assert (told["run"], told["round"], told["picked"], told["newer_run"]) == (newer.pk, 2, 1, None)

    def test_takes_who_writes_briefs(self, where, searched, program, day):
        asking = program(make.user("expert", brand="acme", market="US"))
        for step, said in (("commit", {}), ("date", {"commit_date": day.isoformat()}),
                           ("next", {"commit_date": day.isoformat()})):  # fmt: skip
            assert asking.post(f"{where}{step}/", said).status_code == 403

    def test_of_another_place_is_not_there(self, where, searched, asking, program):
        mark = asking.post(where + "marks/", pick(order(asking, where)[0])).json()["id"]
        make.brand("other")
        for place in ({"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}):
            other = program(make.user("strategist", "manager", **place))
            assert {other.get(where + one).status_code for one in ("", "ranking/", "marks/", "rounds/")} == {404}
            steps = (f"marks/{mark}/undo", "marks", "rounds", "stage", "taste", "date", "next", "commit")
            assert {other.post(f"{where}{one}/").status_code for one in steps} == {404}
            assert other.post(where).status_code == 404
        assert DiscoveryMark.objects.get().taken_back_at is None
