"""Relations that people tell of a creator, correct and take back."""

from datetime import date

import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry, AuditPayload
from screening import memory, relations
from screening.memory import RelationRefused
from screening.models import Relation
from tests import factories as f


@pytest.fixture
def creator(db):
    """A creator of one market."""
    f.market()
    return f.profile().creator


@pytest.fixture
def elena(db):
    """Who may decide for the brand."""
    return f.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def daniel(db):
    """A colleague of the same place."""
    return f.user("expert", brand="acme", market="US", name="Daniel Okafor")


@pytest.fixture
def say(creator, elena, now):
    """Says a relation, as Elena for Acme unless told otherwise."""

    def said(**told):
        given = {"kind": "worked", "markets": ["US"], "by": elena, "now": now, **told}
        return relations.say(creator, f.brand(), **given)

    return said


def log():
    """What the log says of relations, oldest first."""
    return [entry.body.split('"what":"')[1].split('"')[0] for entry in AuditEntry.objects.filter(kind="relation")]


class TestSay:
    def test_keeps_who_for_whom_and_by_whom_with_one_entry(self, say, elena, creator):
        made = say(since_date=date(2024, 3, 1), words="  Calm   Cream ")
        assert (made.person, made.by, made.brand, made.since_date) == (elena, elena, "acme", date(2024, 3, 1))
        assert made.source == "Calm Cream"
        entry = AuditEntry.objects.get(kind="relation")
        assert (entry.actor, entry.brand) == (f"user:{elena.pk}", "acme")
        assert "Calm" not in entry.body
        assert "Calm Cream" in AuditPayload.objects.get(entry=entry).payload

    def test_keeps_how_far_one_trusts_and_corrects_it(self, say):
        assert say(trust=4).trust == 4
        assert [say(trust=5).trust, say(words="Calm Cream").trust] == [5, 5]
        assert log() == ["related", "corrected", "corrected"]
        assert '"trust":5' in AuditEntry.objects.filter(kind="relation").order_by("-uid").first().body

    @pytest.mark.parametrize("told", [{"trust": 0}, {"trust": 6}, {"kind": "referred", "trust": 3}])
    def test_takes_trust_from_1_to_5_and_none_in_a_referral(self, say, told):
        with pytest.raises(RelationRefused, match="from 1 to 5") as refused:
            say(**told)
        assert refused.value.field == "trust"

    def test_twice_is_one_row_and_one_entry(self, say):
        assert say(words="Calm Cream") == say(words="Calm Cream")
        assert (Relation.objects.count(), log()) == (1, ["related"])

    def test_again_with_other_words_corrects_it_in_an_entry_of_its_own(self, say):
        say(words="Calm Cream")
        made = say(words="Calm Cream, two videos", since_date=date(2025, 1, 1))
        made.refresh_from_db()
        assert (made.source, made.since_date) == ("Calm Cream, two videos", date(2025, 1, 1))
        assert log() == ["related", "corrected"]

    def test_again_without_words_leaves_what_was_said(self, say):
        say(words="Calm Cream", since_date=date(2025, 1, 1))
        made = say()
        assert (made.source, made.since_date) == ("Calm Cream", date(2025, 1, 1))
        assert log() == ["related"]

    def test_of_a_referral_bears_the_colleagues_name(self, say, elena, daniel):
        made = say(kind="referred", referred_by=daniel.pk)
        assert (made.person, made.by) == (daniel, elena)

    def test_is_not_corrected_by_somebody_else(self, say, daniel, now):
        say(kind="referred", referred_by=daniel.pk, words="Met in May")
        third = f.user("manager", brand="acme", market="US")
        with pytest.raises(RelationRefused, match="Daniel Okafor, Elena Markova"):
            say(kind="referred", referred_by=daniel.pk, words="Never met", by=third)
        assert Relation.objects.get().source == "Met in May"

    @pytest.mark.parametrize("role", ["analyst", "admin"])
    def test_is_for_those_who_decide(self, say, role):
        with pytest.raises(NotAllowed):
            say(by=f.user(role, brand="acme", market="US"))
        assert not Relation.objects.exists()

    @pytest.mark.parametrize(("brand", "market"), [("other", "US"), ("acme", "RU")])
    def test_is_for_their_own_brand_and_market(self, say, brand, market):
        with pytest.raises(NotAllowed):
            say(by=f.user("strategist", brand=brand, market=market))

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"kind": "mentions"}, "kind"),
            ({"kind": "referred"}, "referred_by"),
            ({"since_date": date(2026, 11, 21)}, "since"),
            ({"words": "x" * 81}, "words"),
        ],
    )
    def test_refuses_what_it_cannot_be_and_says_where(self, say, told, field):
        with pytest.raises(RelationRefused) as refused:
            say(**told)
        assert refused.value.field == field

    @pytest.mark.parametrize(
        "who", [{"brand": "other", "market": "US"}, {"brand": "acme", "market": "RU"}, {"is_active": False}]
    )
    def test_takes_no_referral_of_somebody_who_is_not_here(self, say, who):
        with pytest.raises(RelationRefused, match="colleague"):
            say(kind="referred", referred_by=f.user("strategist", **who).pk)

    def test_takes_no_referral_of_ones_own(self, say, elena):
        with pytest.raises(RelationRefused, match="Know"):
            say(kind="referred", referred_by=elena.pk)


class TestTakeBack:
    @pytest.fixture
    def back(self, creator, elena):
        def taken(**told):
            given = {"kind": "worked", "person": elena.pk, "brand": "acme", "markets": ["US"], "by": elena, **told}
            return relations.take_back(creator, **given)

        return taken

    def test_removes_the_row_and_says_so_in_the_log(self, say, back):
        say()
        assert back()
        assert (Relation.objects.count(), log()) == (0, ["related", "taken_back"])

    def test_twice_happens_once(self, say, back):
        say()
        assert [back(), back()] == [True, False]
        assert log() == ["related", "taken_back"]

    def test_of_a_referral_is_for_who_said_it_and_for_whose_name_it_bears(self, say, back, elena, daniel):
        for by in (elena, daniel):
            say(kind="referred", referred_by=daniel.pk)
            assert back(kind="referred", person=daniel.pk, by=by)

    def test_is_not_for_others(self, say, back, daniel):
        say()
        with pytest.raises(RelationRefused, match="ask Elena Markova"):
            back(by=daniel)
        assert Relation.objects.count() == 1

    def test_is_not_for_who_has_lost_the_role(self, say, back, elena):
        say()
        elena.memberships.update(role="analyst")
        del elena._scope
        with pytest.raises(NotAllowed):
            back()

    def test_on_the_desk_leaves_what_somebody_else_said(self, say, creator, elena, daniel):
        say(kind="referred", referred_by=daniel.pk)
        third = f.user("manager", brand="acme", market="US")
        memory.unrelate(creator, kind="referred", person=daniel, brand="acme", by=third)
        assert Relation.objects.count() == 1
        memory.unrelate(creator, kind="referred", person=daniel, brand="acme", by=elena)
        assert not Relation.objects.exists()


class TestNear:
    def test_names_the_people_of_the_places_where_one_decides(self, elena, daniel):
        everywhere = f.user("manager")
        for place in ({"brand": "other"}, {"brand": "acme", "market": "RU"}, {"brand": "acme", "is_active": False}):
            f.user("strategist", **place)
        assert [one.user for one in relations.near(elena)] == [daniel, elena, everywhere]

    @pytest.mark.parametrize("place", [{}, {"brand": "acme"}, {"market": "US"}])
    def test_of_a_wider_place_names_more(self, elena, daniel, place):
        wide = f.user("manager", **place)
        assert {one.user for one in relations.near(wide)} == {elena, daniel, wide}

    def test_names_nobody_to_those_who_decide_nowhere(self, elena):
        assert not relations.near(f.user("analyst"))

    def test_offers_those_of_the_brand_and_market_but_oneself(self, elena, daniel):
        f.user("strategist", brand="acme", market="RU")
        held = relations.near(f.user("manager"))
        assert relations.colleagues(held, ["acme"], ["US"], elena).keys() >= {daniel.pk}
        assert elena.pk not in relations.colleagues(held, ["acme"], ["US"], elena)
        assert relations.colleagues(held, ["other"], ["KZ"], elena).keys().isdisjoint({daniel.pk})
