"""Which entries a filter finds, who may see them, and how pages follow each other."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import Role
from audit import faces, queries
from audit.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db


def found(**wanted):
    return list(AuditEntry.objects.filter(queries.Filter(**wanted).query()))


class TestFilter:
    def test_finds_a_kind(self):
        factories.entry("run")
        brief = factories.entry("brief")
        assert found(kind="brief") == [brief]

    def test_finds_what_a_person_did(self):
        person = factories.user()
        theirs = factories.entry("brief", by=person)
        factories.entry("brief", by=factories.user())
        assert found(person=person.pk) == [theirs]

    def test_finds_a_stream(self):
        one = factories.entry("brief", stream="campaign:1")
        factories.entry("brief", stream="campaign:10")
        assert found(stream="campaign:1") == [one]

    def test_tells_overrides_from_other_decisions(self, decision):
        against, along = decision(override=True), decision(override=False)
        assert found(override="yes") == [against]
        assert found(override="no") == [along]

    def test_is_not_taken_in_by_words_that_look_like_the_key(self):
        factories.entry("decision", body={"override": False, "note": '"override":true'})
        assert found(override="yes") == []

    def test_ends_before_the_next_day(self):
        factories.entry("run")
        now = timezone.now()
        assert len(found(since=now - dt.timedelta(hours=1), until=now + dt.timedelta(hours=1))) == 1
        assert found(until=now - dt.timedelta(hours=1)) == []
        assert found(since=now + dt.timedelta(hours=1)) == []

    def test_leaves_readings_of_the_log_out_unless_asked_for(self):
        reading = factories.entry("log_read")
        assert found() == []
        assert found(reads="yes") == [reading]
        assert found(kind="log_read") == [reading]

    def test_survives_being_kept_in_a_job(self):
        wanted = queries.Filter(kind="run", person=3, since=timezone.now(), override="yes")
        assert queries.from_dict(wanted.as_dict()) == wanted


class TestFromPage:
    def test_ignores_what_it_cannot_read(self):
        asked = {"kind": "dance", "person": "x", "from": "2026-13-40", "override": "maybe"}
        assert queries.from_page(asked) == queries.Filter()

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("person", "9" * 20), ("person", "9" * 5_000), ("person", "²"), ("stream", "campaign:" + "9" * 23),
            ("stream", "x" * 121), ("stream", "campaign:1\0"), ("brand", "b" * 61), ("brand", "ac\0me"),
            ("market", "M" * 13), ("market", "\0"), ("from", "0001-01-01"), ("to", "9999-12-31"), ("to", "1969-12-31"),
        ],
    )  # fmt: skip
    def test_ignores_what_no_entry_can_have(self, name, text):
        assert queries.from_page({name: text}) == queries.Filter()

    @pytest.mark.parametrize("day", ["1970-01-01", "9998-12-31"])
    @pytest.mark.parametrize("hours", [-12, 14])
    def test_finds_at_the_ends_of_the_calendar(self, day, hours):
        with timezone.override(dt.timezone(dt.timedelta(hours=hours))):
            wanted = queries.from_page({"from": day, "to": day})
        assert not AuditEntry.objects.filter(wanted.query()).exists()

    def test_takes_days_of_the_reader_and_includes_the_last(self):
        with timezone.override(dt.timezone(dt.timedelta(hours=3))):
            wanted = queries.from_page({"from": "2026-11-14", "to": "2026-11-14"})
        assert wanted.since == dt.datetime(2026, 11, 13, 21, tzinfo=dt.UTC)
        assert wanted.until == dt.datetime(2026, 11, 14, 21, tzinfo=dt.UTC)


class TestVisible:
    def test_keeps_to_the_brands_and_markets_of_the_reader(self):
        reader = factories.user(Role.ANALYST, brand="acme", market="US")
        mine = factories.entry("run", brand="acme", market="US")
        for brand, market in [("acme", "RU"), ("other", "US"), ("", "")]:
            factories.entry("run", brand=brand, market=market)
        assert list(queries.visible(reader)) == [mine]

    def test_counts_only_roles_that_may_read_the_log(self):
        reader = factories.user(Role.STRATEGIST)
        factories.entry("run", brand="acme")
        assert not queries.visible(reader).exists()

    def test_shows_everything_to_an_analyst_of_everything(self):
        factories.entry("run", brand="acme")
        assert queries.visible(factories.user(Role.ANALYST)).count() == 1


class TestPage:
    @pytest.fixture
    def seven(self, monkeypatch):
        monkeypatch.setattr(queries, "PAGE", 3)
        made = sorted((factories.entry("run") for _n in range(7)), key=lambda entry: entry.uid, reverse=True)
        return [entry.uid for entry in made]

    def uids(self, page):
        return [entry.uid for entry in page.entries]

    def test_begins_with_the_newest(self, seven):
        page = queries.page(AuditEntry.objects.all())
        assert self.uids(page) == seven[:3]
        assert (page.newer, page.older) == (None, seven[2])

    def test_goes_on_below_a_mark_and_ends(self, seven):
        middle = queries.page(AuditEntry.objects.all(), before=seven[2])
        last = queries.page(AuditEntry.objects.all(), before=seven[5])
        assert self.uids(middle) == seven[3:6]
        assert self.uids(last) == seven[6:]
        assert last.older is None

    def test_goes_back_up_to_the_same_page(self, seven):
        assert self.uids(queries.page(AuditEntry.objects.all(), after=seven[6])) == seven[3:6]
        assert self.uids(queries.page(AuditEntry.objects.all(), after=seven[3])) == seven[:3]

    def test_is_empty_where_nothing_is_found(self):
        assert queries.page(AuditEntry.objects.none()) == queries.Page([], None, None)


class TestOffers:
    def test_offers_only_campaigns_of_the_readers_brands(self):
        mine = factories.campaign()
        factories.campaign(brand=factories.brand("other"))
        reader = factories.user(Role.ANALYST, brand="acme", market="US")
        assert faces.offers(reader)["campaigns"] == [(f"campaign:{mine.pk}", mine.name)]
        assert [value for value, _name in faces.offers(reader)["brands"]] == ["acme"]
        assert [value for value, _name in faces.offers(reader)["markets"]] == ["US"]

    def test_names_only_people_who_act_in_the_readers_brands(self):
        reader = factories.user(Role.ANALYST, brand="acme", market="US")
        colleague = factories.user(Role.STRATEGIST, brand="acme", market="US")
        factories.user(Role.STRATEGIST, brand="other", market="US")
        assert set(queries.people(reader)) == {reader.pk, colleague.pk}
