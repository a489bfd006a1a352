"""Investigations: opened by a contradiction with a confident AI or on request, closed once with a finding."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import first_views, investigations, workflow
from review.investigations import NewNorm
from review.models import About, Evidence, Investigation, Notice
from screening import norms
from screening.models import MarketNorm
from tests import factories as make

pytestmark = pytest.mark.django_db
FLAG = {"feature": "engagement_rate", "side": "high", "norm": "", "percentile": 0.99, "platform": "instagram"}
DAY = timedelta(days=1)
FOUND = "Family channels keep a chat of regular viewers."


@pytest.fixture
def irina(db):
    return make.user("expert", market="US", name="Irina Savelyeva")


@pytest.fixture
def flagged(policy, now):
    """A card whose recommendation bears a flag."""

    def made(**fields):
        answer = make.recommendation(make.run(make.campaign()), p_u6=fields.pop("p_u6", 850_000), flags=[FLAG])
        return make.task(answer, policy=policy, opened_at=now, **fields)

    return made


@pytest.fixture
def opened(flagged, elena, irina, now):
    def made(**said):
        task = said.pop("task", None) or flagged()
        return investigations.request(task, by=elena, now=now, **{"text": "Is this usual?", **said})

    return made


def normal(**said):
    given = {"flag": "engagement_rate:high", "until": date(2027, 11, 1), "scope": {"platform": "instagram"}, **said}
    return NewNorm(**given)


class TestOpening:
    def test_follows_an_override_of_a_confident_ai(self, card, elena, irina, decide, why):
        task = card(p_u6=850_000)
        made = decide(task, "reject", by=elena, category="context", rationale=why)
        found = Investigation.objects.get()
        assert (found.why, found.person, found.says_yes, found.decision) == ("override", elena, False, made)
        assert found.owner == irina
        assert Notice.objects.get(user=irina).about == About.INVESTIGATION

    def test_does_not_follow_an_override_of_an_unsure_one(self, card, elena, decide, why):
        decide(card(p_u6=690_000), "reject", by=elena, category="context", rationale=why)
        assert not Investigation.objects.exists()

    def test_does_not_follow_a_decision_with_the_ai(self, card, elena, decide):
        decide(card(p_u6=850_000), "approve", by=elena)
        assert not Investigation.objects.exists()

    @pytest.mark.parametrize(("says_yes", "opens"), [(False, True), (True, False)])
    def test_follows_a_revealed_first_view_that_contradicts(self, card, elena, now, says_yes, opens):
        p = 0.8 if says_yes else 0.2
        first_views.commit(
            card(p_u6=850_000, arm="blind"), by=elena, now=now, version=1, says_yes=says_yes, p=p, because="fit",
            sentence="Her readers know us.",
        )  # fmt: skip
        assert Investigation.objects.exists() is opens

    def test_on_request_names_the_flag_that_it_is_about(self, opened, elena):
        assert (opened().flag, opened().by) == ("engagement_rate:high", elena)

    def test_waits_for_a_first_view_on_a_sealed_card(self, opened, flagged):
        with pytest.raises(workflow.Refused, match="commit your view first"):
            opened(task=flagged(arm="blind"))

    def test_happens_once_at_a_time(self, opened):
        found = opened()
        with pytest.raises(workflow.Refused, match="already"):
            opened(task=found.task)

    def test_is_for_those_who_decide(self, flagged, now):
        with pytest.raises(NotAllowed):
            investigations.request(flagged(), by=make.user("analyst", market="US"), now=now, text="?")


class TestEvidence:
    def test_stands_in_the_payload_and_never_changes(self, opened, daniel, now):
        line = investigations.add(opened(), kind="person", text="12 of 12 chats were open.", by=daniel, now=now)
        assert "chats" in line.audit.payload.payload
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Evidence.objects.update(kind="ai")

    @pytest.mark.parametrize(("said", "says"), [({"kind": "odd"}, "which side"), ({"text": " "}, "what you found")])
    def test_says_something_for_a_side(self, opened, daniel, now, said, says):
        with pytest.raises(workflow.Refused, match=says):
            investigations.add(opened(), by=daniel, now=now, **{"kind": "ai", "text": "Seen.", **said})


class TestOwner:
    def test_is_told_once_that_it_is_overdue(self, opened, irina, now):
        opened()
        assert investigations.remind(now + 2 * DAY) == 0
        assert investigations.remind(now + 3 * DAY) == investigations.remind(now + 4 * DAY) == 1
        assert Notice.objects.filter(user=irina, numbers__what="late").count() == 1

    def test_can_hand_it_to_a_colleague(self, opened, irina, daniel, now):
        found = investigations.assign(opened(), to=daniel, due=now + 9 * DAY, by=irina, now=now)
        assert (found.owner, found.due_at) == (daniel, now + 9 * DAY)
        assert Notice.objects.filter(user=daniel).count() == 1

    def test_is_changed_by_nobody_but_them_or_a_manager(self, opened, daniel, sofia, now):
        found = opened()
        with pytest.raises(NotAllowed):
            investigations.assign(found, to=daniel, due=now + DAY, by=daniel, now=now)
        assert investigations.assign(found, to=daniel, due=now + DAY, by=sofia, now=now).owner == daniel


class TestFinding:
    @pytest.mark.parametrize("finding", ["context", "mistaken", "data"])
    def test_closes_it_in_words(self, opened, irina, elena, now, finding):
        done = investigations.close(opened(), finding=finding, text=FOUND, by=irina, now=now + DAY)
        assert (done.finding, done.closed_by, done.norm) == (finding, irina, None)
        assert FOUND in done.closing.payload.payload
        assert Notice.objects.filter(user=elena, numbers__what="close").count() == 1

    def test_normal_makes_a_norm_with_author_scope_and_end(self, opened, irina, now):
        norm = investigations.close(opened(), finding="normal", text=FOUND, by=irina, now=now, norm=normal()).norm
        assert (norm.code, norm.author, norm.flag) == ("US-N-01", irina, "engagement_rate:high")
        assert (norm.scope, norm.valid_until_date) == ({"platform": "instagram"}, date(2027, 11, 1))

    def test_normal_takes_two_people(self, opened, flagged, irina, now):
        found = investigations.request(flagged(), by=irina, now=now, text="Is this usual?")
        with pytest.raises(workflow.Refused, match="takes two people"):
            investigations.close(found, finding="normal", text=FOUND, by=irina, now=now, norm=normal())
        assert not MarketNorm.objects.exists()

    def test_normal_is_found_by_those_who_know_the_market(self, opened, irina, daniel, sofia, now):
        found = investigations.assign(opened(), to=daniel, due=now + DAY, by=sofia, now=now)
        with pytest.raises(NotAllowed):
            investigations.close(found, finding="normal", text=FOUND, by=daniel, now=now, norm=normal())
        assert Investigation.objects.get(pk=found.pk).closed_at is None

    def test_normal_needs_a_norm(self, opened, irina, now):
        with pytest.raises(workflow.Refused, match="which flag is normal"):
            investigations.close(opened(), finding="normal", text=FOUND, by=irina, now=now)

    def test_says_enough(self, opened, irina, now):
        with pytest.raises(workflow.Refused, match="20 characters"):
            investigations.close(opened(), finding="data", text="Wrong.", by=irina, now=now)

    def test_is_written_by_the_owner_or_somebody_who_knows_the_market(self, opened, daniel, now):
        with pytest.raises(workflow.Refused, match="The owner closes it"):
            investigations.close(opened(), finding="data", text=FOUND, by=daniel, now=now)

    def test_is_written_once(self, opened, irina, now):
        done = investigations.close(opened(), finding="data", text=FOUND, by=irina, now=now)
        with pytest.raises(workflow.Refused, match="is closed"):
            investigations.close(done, finding="context", text=FOUND, by=irina, now=now)
        with pytest.raises(DatabaseError, match="stays as it was closed"), transaction.atomic():
            Investigation.objects.update(finding="context")

    def test_stands_in_the_cards_own_stream(self, opened, irina, now):
        done = investigations.close(opened(), finding="data", text=FOUND, by=irina, now=now)
        assert AuditEntry.objects.filter(stream=f"task:{done.task_id}", kind="investigation").count() == 2

    def test_passes_on_what_a_norm_refuses(self, opened, irina, now):
        with pytest.raises(norms.NormRefused, match="two years"):
            investigations.close(
                opened(), finding="normal", text=FOUND, by=irina, now=now, norm=normal(until=date(2030, 1, 1))
            )
