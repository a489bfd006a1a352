"""The explorer and the page of an entry: who may read, what they say, and that reading is an entry."""

import json
import uuid

import pytest
from django.urls import reverse

from accounts.models import Role
from audit import checks, faces, log, words
from audit.models import AuditEntry, AuditPayload, Kind
from tests import factories

pytestmark = pytest.mark.django_db


def text(client, name="audit", *args, **query):
    return client.get(reverse(name, args=args, query=query)).content.decode()


def readings():
    return [json.loads(entry.body) for entry in AuditEntry.objects.filter(kind=Kind.LOG_READ)]


class TestExplorer:
    def test_refuses_a_role_that_may_not_read_the_log_and_names_those_that_may(self, client):
        client.force_login(factories.user(Role.STRATEGIST))
        answer = client.get(reverse("audit"))
        assert answer.status_code == 403
        assert "analyst" in answer.content.decode()

    def test_shows_who_did_what(self, client, analyst):
        factories.entry("brief", by=factories.user(Role.STRATEGIST, name="Elena Markova"))
        page = text(client)
        assert "Elena Markova" in page
        assert "Brief" in page

    def test_keeps_to_the_readers_brands(self, client, acme_analyst):
        factories.entry("run", brand="other", market="US", stream="campaign:77")
        assert "campaign:77" not in text(client)

    def test_finds_by_the_filter_in_the_address(self, client, analyst, decision):
        against, along = decision(override=True), decision(override=False)
        page = text(client, override="yes")
        assert against.uid.hex[-4:] in page
        assert str(along.uid) not in page

    def test_keeps_the_filter_on_the_way_to_older_entries(self, client, analyst, monkeypatch):
        monkeypatch.setattr("audit.queries.PAGE", 1)
        factories.entry("run")
        factories.entry("run")
        assert "kind=run&amp;before=" in text(client, kind="run")

    @pytest.mark.parametrize(
        "query",
        [
            {"person": "9" * 20}, {"person": "9" * 5_000}, {"person": "9" * 15}, {"from": "0001-01-01"},
            {"to": "9999-12-31"}, {"from": "9998-12-31"}, {"stream": "campaign:" + "9" * 23},
            {"stream": "campaign:" + "9" * 18}, {"stream": "a\0"}, {"brand": "b" * 61}, {"brand": "\0"},
            {"market": "M" * 13}, {"kind": "\0"}, {"before": "x"}, {"after": "f" * 32},
        ],
    )  # fmt: skip
    def test_answers_whatever_the_address_asks(self, client, analyst, query):
        for name, args in [("audit", []), ("audit-export", ["csv"])]:
            answer = client.get(reverse(name, args=args, query=query))
            assert answer.status_code == 200
            assert b"".join(answer)

    def test_is_an_entry_once_a_page(self, client, analyst):
        factories.entry("run")
        factories.entry("run")
        text(client, kind="run")
        (body,) = readings()
        assert (body["rows"], body["filter"]) == (2, {"kind": "run"})

    @pytest.mark.parametrize(
        ("asked", "written"),
        [
            ({"brand": "acme", "market": "US"}, ("acme", "US")), ({"brand": "other"}, ("", "")),
            ({"brand": "acme", "market": "RU"}, ("", "")),
        ],
    )  # fmt: skip
    def test_writes_into_no_log_but_the_readers_own(self, client, acme_analyst, asked, written):
        text(client, **asked)
        client.get(reverse("audit-export", args=["csv"], query=asked)).getvalue()
        left = AuditEntry.objects.filter(kind__in=[Kind.LOG_READ, Kind.EXPORT]).values_list("brand", "market")
        assert set(left) == {written}

    def test_warns_when_the_guard_is_incomplete(self, client, analyst, monkeypatch):
        monkeypatch.setattr(checks, "missing", lambda: ["audit_auditentry_no_update"])
        assert "audit_auditentry_no_update" in text(client)

    def test_takes_names_and_words_from_the_floors_above(self, client, analyst, monkeypatch):
        named = {7: faces.Thing("Winter Barrier", "/campaigns/7/")}
        monkeypatch.setitem(faces.NAMERS, "campaign", lambda ids: (named.items(), lambda one: one))
        monkeypatch.setitem(faces.FACES, "brief", lambda shown: faces.Face(detail=f"version {shown.body['version']}"))
        factories.entry("brief", body={"campaign": 7, "version": 4}, stream="campaign:7")
        page = text(client)
        assert "/campaigns/7/" in page
        assert "version 4" in page

    def test_shows_an_entry_whose_form_nobody_knows_any_more(self, client, analyst, monkeypatch):
        monkeypatch.setitem(faces.FACES, "brief", lambda shown: faces.Face(detail=shown.body["gone"]))
        factories.entry("brief", stream="campaign:5")
        assert "campaign:5" in text(client)

    def test_says_when_nothing_matches(self, client, analyst):
        assert "No entry matches" in text(client, kind="stop")

    def test_speaks_russian(self, client):
        client.force_login(factories.user(Role.ANALYST, language="ru"))
        assert "Журнал" in text(client)


class TestSearch:
    def test_of_a_person_leads_to_what_they_did_and_keeps_the_filter(self, client, analyst):
        elena = factories.user(Role.STRATEGIST, name="Elena Markova")
        answer = client.get(reverse("audit"), {"q": "markova", "kind": "run", "before": "f" * 32})
        assert answer["Location"] == f"{reverse('audit')}?kind=run&person={elena.pk}"

    def test_of_a_receipt_or_an_identifier_leads_to_the_entry(self, client, analyst):
        entry = factories.entry("run")
        for text in (log.receipt(entry)[:8], log.receipt(entry), entry.uid.hex, str(entry.uid)):
            assert client.get(reverse("audit"), {"q": text})["Location"] == reverse("audit-entry", args=[entry.uid])

    def test_offers_a_choice_where_several_have_the_name(self, client, analyst):
        for name in ("Elena Markova", "Elena Berg"):
            factories.user(Role.STRATEGIST, name=name)
        page = text(client, q="elena", kind="run")
        assert page.count("?kind=run&amp;person=") == 2

    def test_says_that_nothing_is_called_so_and_reads_nothing(self, client, analyst):
        assert "Nothing here is called “Nobody at all”" in text(client, q=" Nobody  at all ")
        assert readings() == []

    def test_finds_nothing_of_another_place(self, client, acme_analyst):
        entry = factories.entry("run", brand="other", market="US")
        factories.user(Role.STRATEGIST, name="Olga Foreign", brand="other", market="US")
        for asked in (log.receipt(entry)[:8], entry.uid.hex, "Olga"):
            assert "Nothing here is called" in text(client, q=asked)

    @pytest.mark.parametrize("asked", ["a\0b", "q" * 101, "   "])
    def test_takes_nonsense_for_nothing_asked(self, client, analyst, asked):
        assert "What happened" in text(client, q=asked)


class TestEntry:
    def test_shows_the_words_that_were_written(self, client, analyst, decision):
        entry = decision(override=True, rationale="He hosts a price-comparison show, and irony is not in the numbers.")
        assert "irony is not in the numbers" in text(client, "audit-entry", entry.uid)

    def test_says_so_when_words_were_changed_afterwards(self, client, analyst, decision):
        entry = decision(rationale="the first words")
        AuditPayload.objects.update(payload='{"rationale":"other words"}')
        assert "changed afterwards" in text(client, "audit-entry", entry.uid)

    def test_says_so_when_words_were_erased(self, client, analyst, decision):
        entry = decision(rationale="the first words")
        AuditPayload.objects.all().delete()
        assert "has been erased" in text(client, "audit-entry", entry.uid)

    def test_is_a_drawer_for_htmx(self, client, analyst, decision):
        answer = client.get(reverse("audit-entry", args=[decision().uid]), headers={"HX-Request": "true"})
        assert "<html" not in answer.content.decode()

    def test_is_open_to_those_who_wrote_it(self, client, decision):
        person = factories.user(Role.STRATEGIST)
        client.force_login(person)
        assert client.get(reverse("audit-entry", args=[decision(by=person).uid])).status_code == 200

    @pytest.mark.parametrize("left", [{"brand": "other"}, {"market": "RU"}, {"ended_at": "2026-01-01T00:00Z"}])
    def test_closes_when_its_writer_leaves_the_brand(self, client, decision, left):
        person = factories.user(Role.STRATEGIST, brand="acme")
        client.force_login(person)
        url = reverse("audit-entry", args=[decision(by=person).uid])
        assert client.get(url).status_code == 200
        person.memberships.update(**left)
        assert client.get(url).status_code == 404

    @pytest.mark.parametrize("place", [{}, {"market": "US"}])
    def test_of_no_brand_is_open_to_its_writer(self, client, place):
        person = factories.user(Role.STRATEGIST, brand="acme", market="US")
        client.force_login(person)
        entry = factories.entry("norm", by=person, **place)
        assert client.get(reverse("audit-entry", args=[entry.uid])).status_code == 200

    def test_answers_404_to_everybody_else(self, client, decision):
        client.force_login(factories.user(Role.STRATEGIST))
        assert client.get(reverse("audit-entry", args=[decision().uid])).status_code == 404
        assert client.get(reverse("audit-entry", args=[uuid.uuid4()])).status_code == 404

    def test_is_an_entry_when_it_is_read(self, client, analyst, decision):
        entry = decision()
        text(client, "audit-entry", entry.uid)
        assert [body["newest"] for body in readings()] == [entry.uid.hex]


class TestCommitment:
    def test_holds_for_the_words_as_they_were_written(self, decision):
        entry = decision(rationale="the first words")
        assert words.is_committed(entry, AuditPayload.objects.get())


class TestFaces:
    """The words of the floors above, over entries as those floors write them."""

    def shown(self, client, **entry):
        return text(client, "audit-entry", factories.entry(**entry).uid)

    def test_shows_a_decision_in_both_voices(self, client, analyst):
        body = {
            "task": 1, "ai_verdict": "recommend", "ai_p_u6": 610_000, "choice": "reject", "override": True,
            "origin": "person", "owner": f"user:{analyst.pk}", "stakes": "low", "policy_version": 4,
            "model_sha256": "a" * 64, "pool_sha256": "b" * 64, "figures_age_days": 2, "seconds_taken": 95,
        }  # fmt: skip
        page = self.shown(client, kind="decision", body=body, stream="task:1", market="US")
        assert "Partner, 61%" in page
        assert "Reject" in page
        assert "US-4" in page
        assert "Ada Analyst" in page

    def test_shows_confidence_in_what_the_ai_said_not_the_chance(self, client, analyst):
        body = {"profile": 1, "verdict": "decline", "p_u6": 440_000, "rank": 12}
        assert "Do not partner, 56%, place 12" in self.shown(client, kind="recommendation", body=body)

    def test_shows_which_role_was_given_to_whom(self, client, analyst):
        person = factories.user(name="Elena Markova")
        page = self.shown(client, kind="role_change", body={"change": "granted", "user": person.pk, "role": "manager"})
        assert "Elena Markova" in page
        assert "role given: manager" in page

    def test_shows_how_a_password_was_chosen(self, client, analyst):
        body = {"change": "link", "user": analyst.pk}
        assert "chosen by a link" in self.shown(client, kind="password", body=body)

    def test_calls_a_pool_by_the_beginning_of_its_hash(self, client, analyst):
        page = self.shown(client, kind="pool", stream=f"pool:{'ab12' * 16}", body={"pool": "ab12" * 16, "profiles": 3})
        assert "Pool, ab12ab12</h2>" in page

    def test_takes_the_cards_of_a_campaign_into_its_filter(self, client, analyst):
        run = factories.run(factories.campaign())
        task = factories.task(factories.recommendation(run))
        factories.entry("claim", stream=f"task:{task.pk}", body={"task": task.pk, "what": "claim"})
        factories.entry("claim", stream="task:999999", body={"task": 999999, "what": "claim"})
        page = text(client, kind="claim", stream=f"campaign:{run.campaign_id}")
        assert "1 entry" in page
