"""The written rules: proposed by one, approved by another."""

import json
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import bounds, policies
from review.models import Notice, Policy, PolicyState
from screening.models import Brand
from tests import factories as make

pytestmark = pytest.mark.django_db
RULES = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000}


@pytest.fixture
def draft(sofia, marcus, now):
    return policies.propose(make.brand(), make.market(), owner=sofia, deputy=marcus, by=sofia, now=now, **RULES)


class TestPropose:
    def test_makes_a_numbered_draft_in_shadow_with_its_entry(self, draft, sofia):
        body = json.loads(draft.audit.body)
        assert (draft.version, draft.state, draft.is_shadow) == (1, PolicyState.DRAFT, True)
        assert (body["what"], body["high_fee_minor"], body["owner"]) == ("propose", 1_000_000, f"user:{sofia.pk}")

    @pytest.mark.parametrize("wrong", [
        {"auto_line_u6": 690_000}, {"high_fee_minor": 50_000}, {"random_share_u6": 50_000}, {"colour": 1},
    ])  # fmt: skip
    def test_refuses_what_no_policy_may_say(self, sofia, now, wrong):
        with pytest.raises(bounds.NotAPolicy):
            policies.propose(make.brand(), make.market(), owner=sofia, by=sofia, now=now, **{**RULES, **wrong})

    def test_refuses_an_owner_who_is_their_own_deputy(self, sofia, now):
        with pytest.raises(bounds.NotAPolicy):
            policies.propose(make.brand(), make.market(), owner=sofia, deputy=sofia, by=sofia, now=now, **RULES)

    def test_names_managers_of_the_place_and_people_who_work_there(self, sofia, elena, now):
        make.brand("other")
        elsewhere = make.user("manager", brand="other", market="US")
        for wrong, field in (
            ({"owner": elena}, "owner"), ({"owner": elsewhere}, "owner"), ({"deputy": elsewhere}, "deputy"),
            ({"rights": {"partnership": {"low": {"deputy": elena.pk}}}}, "rights"),
            ({"trusted": [f"user:{elsewhere.pk}"]}, "trusted"), ({"high_fee_minor": None}, "high_fee_minor"),
        ):  # fmt: skip
            with pytest.raises(bounds.NotAPolicy) as refused:
                policies.propose(make.brand(), make.market(), by=sofia, now=now, **{"owner": sofia, **RULES, **wrong})
            assert refused.value.field == field
        assert not Policy.objects.exists()

    def test_is_a_managers(self, elena, sofia, now):
        with pytest.raises(NotAllowed):
            policies.propose(make.brand(), make.market(), owner=sofia, by=elena, now=now, **RULES)


class TestApprove:
    def test_puts_a_draft_in_force_by_a_second_person(self, draft, marcus, now):
        policies.approve(draft, by=marcus, now=now)
        assert policies.active("acme", "US") == draft
        assert AuditEntry.objects.filter(kind="policy_change").count() == 2

    def test_leaves_nobody_asked_any_more(self, draft, policy, sofia, marcus, now):
        newer = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **RULES)
        asked = Notice.objects.filter(about="rules", read_at__isnull=True)
        assert {one.key for one in asked.all()} == {f"rules:{draft.pk}", f"rules:{newer.pk}"}
        policies.approve(newer, by=marcus, now=now)  # and the older draft can never be approved
        assert not asked.exists()

    def test_refuses_who_proposed_it(self, draft, sofia, now):
        with pytest.raises(policies.CannotApprove, match="you proposed these rules yourself"):
            policies.approve(draft, by=sofia, now=now)

    def test_refuses_who_manages_another_market(self, draft, now):
        with pytest.raises(NotAllowed):
            policies.approve(draft, by=make.user("manager", market="RU"), now=now)

    def test_retires_the_version_before(self, policy, draft, marcus, now):
        policies.approve(draft, by=marcus, now=now)
        policy.refresh_from_db()
        assert (policy.state, policies.active("acme", "US")) == (PolicyState.RETIRED, draft)

    def test_is_done_once(self, draft, marcus, now):
        policies.approve(draft, by=marcus, now=now)
        with pytest.raises(policies.CannotApprove, match="Only a draft"):
            policies.approve(draft, by=marcus, now=now)

    def test_refuses_a_draft_that_is_older_than_what_is_in_force(self, draft, policy, sofia, marcus, now):
        newer = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=now, **RULES)
        policies.approve(newer, by=marcus, now=now)
        with pytest.raises(policies.CannotApprove, match="A newer version was in force since"):
            policies.approve(draft, by=marcus, now=now)
        assert policies.active("acme", "US") == newer

    def test_opens_the_brand_when_it_leaves_shadow(self, sofia, marcus, now):
        Brand.objects.filter(pk=make.brand().pk).update(is_shadow=True)
        opened = policies.propose(make.brand(), make.market(), owner=sofia, by=sofia, now=now, is_shadow=False, **RULES)
        policies.approve(opened, by=marcus, now=now)
        assert not policies.is_shadow(policies.active("acme", "US"))


class TestRetire:
    def test_leaves_nothing_in_force(self, policy, sofia, now):
        policies.retire(policy, by=sofia, now=now, reason="Wrong.")
        assert policies.active("acme", "US") is None


class TestTheDatabase:
    def test_refuses_a_second_active_policy(self, policy):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.policy(policy.brand, policy.market)

    def test_refuses_an_approver_who_proposed_it(self, draft, sofia):
        with pytest.raises(IntegrityError, match="a_second_person_approved_the_policy"), transaction.atomic():
            Policy.objects.filter(pk=draft.pk).update(state="active", approved_by=sofia)

    @pytest.mark.parametrize("column", [
        field.column for field in Policy._meta.concrete_fields
        if field.name not in {"id", "state", "approved_by", "approved_at"}
    ])  # fmt: skip
    def test_refuses_to_change_the_rules_of_a_version(self, policy, column):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE review_policy SET {column} = {column}")

    @pytest.mark.parametrize("change", [
        {"approved_by": None}, {"approved_at": None}, {"approved_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"state": "draft"},
    ])  # fmt: skip
    def test_refuses_another_approval_of_a_version_that_is_published(self, policy, change):
        with pytest.raises(DatabaseError, match="can only retire"), transaction.atomic():
            Policy.objects.filter(pk=policy.pk).update(**change)

    def test_refuses_to_bring_a_retired_version_back(self, policy, sofia, now):
        policies.retire(policy, by=sofia, now=now, reason="Wrong.")
        with pytest.raises(DatabaseError, match="can only retire"), transaction.atomic():
            Policy.objects.filter(pk=policy.pk).update(state="active")


def test_the_decision_line_of_a_run_is_the_policys(policy):
    line = policies.decision_line("acme", "US")
    assert (line.p, line.half_band) == (0.5, 0.045)


def test_the_decision_line_is_the_usual_one_without_a_policy(db):
    assert policies.decision_line("acme", "US") == policies.USUAL_LINE
