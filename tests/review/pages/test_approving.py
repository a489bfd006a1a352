"""What a manager sees and answers on high stakes; policies, as far as pages show them."""

import pytest

from review.models import Approval, Policy
from screening.models import Campaign
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(card, decide, elena, why):
    """A card of high stakes that Elena has decided."""
    task = card(stakes="high", fee_minor=1_000_000)
    decide(task, "approve", by=elena, rationale=why, expected_p=0.77)
    task.refresh_from_db()
    return task


@pytest.fixture
def answered(sent):
    """What a manager's form sends."""

    def form(task, **said):
        given = sent(task, **said)
        return {name: given[name] for name in ("version", "key", "reason") if name in given}

    return form


class TestList:
    def test_shows_amount_and_why(self, signed_in, sofia, waiting, words):
        page = words(signed_in(sofia).get("/approvals/"))
        assert waiting.recommendation.creator.name in page
        assert "$10,000" in page
        assert "asked of you" in page

    def test_leads_an_escalated_card_to_the_desk(self, signed_in, sofia, card, words):
        task = card(stakes="high", state="escalated", escalated_to=sofia)
        answer = signed_in(sofia).get("/approvals/")
        assert "The deadline passed: you decide" in words(answer)
        assert f'href="/queue/{task.pk}/?state=escalated"' in answer.content.decode()

    def test_is_refused_to_a_strategist_with_the_rule(self, signed_in, elena, waiting, words):
        answer = signed_in(elena).get("/approvals/")
        assert answer.status_code == 403
        assert "It takes one of these roles: manager." in words(answer)

    def test_says_why_it_is_empty(self, signed_in, sofia, policy, words):
        assert "Nothing waits for your approval" in words(signed_in(sofia).get("/approvals/"))


class TestPage:
    def test_costs_the_same_however_much_was_done(self, signed_in, sofia, waiting, django_assert_max_num_queries):
        browser = signed_in(sofia)
        browser.get(f"/approvals/{waiting.pk}/")
        with django_assert_max_num_queries(12):
            browser.get(f"/approvals/{waiting.pk}/")

    def test_shows_money_and_both_sides(self, signed_in, sofia, waiting, words):
        Campaign.objects.update(budget_minor=4_000_000)
        page = words(signed_in(sofia).get(f"/approvals/{waiting.pk}/"))
        assert "Budget after this 25%" in page
        assert "was 0%, left $30,000" in page
        assert "Prepared by Elena Markova." in page
        assert "They differ by 16 points." in page

    @pytest.mark.parametrize(
        ("verdict", "said"),
        [("recommend", "Both are for it."), ("unsure", "Elena Markova is for it, the AI is unsure.")],
    )
    def test_says_who_is_for_it(self, signed_in, sofia, elena, card, decide, why, words, verdict, said):
        task = card(verdict, stakes="high", fee_minor=1_000_000)
        decide(task, "approve", by=elena, rationale=why)
        assert said in words(signed_in(sofia).get(f"/approvals/{task.pk}/"))

    def test_of_ones_own_decision_has_no_approve_and_says_why(self, signed_in, sofia, marcus, card, decide, why, words):
        task = card(stakes="high")
        decide(task, "approve", by=sofia, rationale=why)
        answer = signed_in(sofia).get(f"/approvals/{task.pk}/")
        assert "Four eyes: a second person approves." in words(answer)
        assert "sheet-approve" not in answer.content.decode()

    def test_of_another_brand_is_not_found(self, signed_in, waiting):
        other = signed_in(make.user("manager", brand="other"))
        assert other.get(f"/approvals/{waiting.pk}/").status_code == 404
        assert other.post(f"/approvals/{waiting.pk}/approve/").status_code == 404

    def test_speaks_russian(self, signed_in, waiting, words):
        page = words(signed_in(make.user("manager", brand="acme", language="ru")).get(f"/approvals/{waiting.pk}/"))
        for text in ("Бюджет после сделки", "ИИ и люди", "Согласовать", "Кто отвечает"):
            assert text in page


class TestAnswer:
    def test_approves(self, signed_in, sofia, waiting, answered, words):
        answer = signed_in(sofia).post(f"/approvals/{waiting.pk}/approve/", answered(waiting), follow=True)
        waiting.refresh_from_db()
        assert waiting.state == "approved"
        assert "Approval given:" in words(answer)
        assert "Undo, 9 m left" in words(answer)

    @pytest.mark.parametrize("choice", ["ask", "reject"])
    def test_asks_why_where_it_is_not_a_yes(self, signed_in, sofia, waiting, answered, choice, words):
        answer = signed_in(sofia).post(f"/approvals/{waiting.pk}/{choice}/", answered(waiting))
        assert answer.status_code == 422
        assert "Write why, in a sentence" in words(answer)
        assert not Approval.objects.exists()

    def test_sends_it_back_with_the_question(self, signed_in, sofia, elena, waiting, answered, words):
        signed_in(sofia).post(f"/approvals/{waiting.pk}/ask/", answered(waiting, reason="Who pays the agent?"))
        page = words(signed_in(elena).get(f"/queue/{waiting.pk}/"))
        assert "Sofia Bennett asks before approving: Who pays the agent?" in page

    def test_sent_twice_is_made_once(self, signed_in, sofia, waiting, answered):
        said = answered(waiting)
        for _n in range(2):
            assert signed_in(sofia).post(f"/approvals/{waiting.pk}/approve/", said).status_code == 302
        assert Approval.objects.count() == 1

    def test_after_somebody_else_is_read_only_with_the_name(self, signed_in, sofia, marcus, waiting, answered, words):
        late = answered(waiting, reason="Too dear.")
        signed_in(sofia).post(f"/approvals/{waiting.pk}/approve/", answered(waiting))
        answer = signed_in(marcus).post(f"/approvals/{waiting.pk}/reject/", late)
        assert answer.status_code == 409
        assert "Sofia Bennett: Approve" in words(answer)
        assert "Too dear." in words(answer)

    def test_can_be_taken_back(self, signed_in, sofia, waiting, answered):
        browser = signed_in(sofia)
        browser.post(f"/approvals/{waiting.pk}/approve/", answered(waiting))
        browser.post(f"/approvals/{waiting.pk}/undo/", answered(waiting))
        waiting.refresh_from_db()
        assert waiting.state == "awaiting"

    def test_has_a_page_of_its_own_without_script(self, signed_in, sofia, waiting, words):
        page = words(signed_in(sofia).get(f"/approvals/{waiting.pk}/approve/"))
        assert f"Approve $10,000 for {waiting.recommendation.creator.name}?" in page

    def test_of_an_unknown_kind_is_not_found(self, signed_in, sofia, waiting):
        assert signed_in(sofia).post(f"/approvals/{waiting.pk}/bless/").status_code == 404


class TestPolicies:
    def test_are_read_by_everybody_of_the_brand(self, signed_in, policy, words):
        page = words(signed_in(make.user("analyst", brand="acme")).get("/policies/"))
        assert "US-1, version 1" in page
        assert "owner Sofia Bennett" in page

    def test_of_others_are_not_found(self, signed_in, policy):
        assert signed_in(make.user("manager", brand="other")).get(f"/policies/{policy.pk}/").status_code == 404

    @pytest.fixture
    def draft(self, policy, sofia):
        return make.policy(policy.brand, policy.market, state="draft", owner=sofia, approved_by=None, approved_at=None)

    def test_are_put_in_force_by_a_second_person(self, signed_in, marcus, draft, words):
        answer = signed_in(marcus).post(f"/policies/{draft.pk}/approve/", follow=True)
        assert "US-2 is in force." in words(answer)
        assert Policy.objects.get(state="active") == draft

    def test_are_not_put_in_force_by_their_proposer(self, signed_in, sofia, draft, words):
        browser = signed_in(sofia)
        assert "Put in force" not in words(browser.get(f"/policies/{draft.pk}/"))
        assert browser.post(f"/policies/{draft.pk}/approve/").status_code == 409

    def test_are_proposed_as_the_next_version_by_a_manager(self, signed_in, marcus, policy, words):
        browser = signed_in(marcus)
        shown = browser.get(f"/policies/{policy.pk}/propose/").context["form"]
        said = {name: value for name, value in shown.initial.items() if value is not None and value is not False}
        answer = browser.post(
            f"/policies/{policy.pk}/propose/", {**said, "auto_line": 85, "is_shadow": "on"}, follow=True
        )
        assert "Proposed. A second person approves it." in words(answer)
        draft = Policy.objects.get(state="draft")
        assert (draft.version, draft.auto_line_u6, draft.is_shadow) == (2, 850_000, True)
        assert (draft.medium_fee_minor, draft.undo_seconds) == (policy.medium_fee_minor, policy.undo_seconds)

    def test_that_contradict_a_bound_are_refused_and_kept(self, signed_in, marcus, policy, words):
        browser = signed_in(marcus)
        said = {"auto_line": 60, "medium_fee": 123}
        answer = browser.post(f"/policies/{policy.pk}/propose/", said)
        assert answer.status_code == 422
        assert 'value="123"' in answer.content.decode()
        assert not Policy.objects.filter(state="draft").exists()

    def test_are_refused_at_the_field_that_breaks_a_bound(self, signed_in, marcus, policy):
        browser = signed_in(marcus)
        initial = browser.get(f"/policies/{policy.pk}/propose/").context["form"].initial
        said = {name: value for name, value in initial.items() if value is not None and value is not False}
        answer = browser.post(f"/policies/{policy.pk}/propose/", {**said, "medium_fee": 900, "high_fee": 800})
        assert (answer.status_code, [*answer.context["form"].errors]) == (422, ["high_fee"])

    def test_begin_where_a_brand_and_market_have_none(self, signed_in, sofia, marcus, words):
        make.brand("acme"), make.market("US")
        browser = signed_in(sofia)
        assert "/policies/of/acme/US/" in browser.get("/policies/").content.decode()
        shown = browser.get("/policies/of/acme/US/").context["form"]
        assert (shown["medium_fee"].value(), shown["is_shadow"].value()) == (None, True)
        said = {name: value for name, value in shown.initial.items() if value is not None and value is not False}
        browser.post("/policies/of/acme/US/", {**said, "medium_fee": 1000, "high_fee": 5000})
        draft = Policy.objects.get()
        assert (draft.version, draft.state, draft.medium_fee_minor, draft.owner) == (1, "draft", 100_000, sofia)
        assert "/policies/of/" not in browser.get("/policies/").content.decode()

    def test_begin_anew_from_those_that_were_taken_out_of_force(self, signed_in, sofia, policy, words):
        browser = signed_in(sofia)
        browser.post(f"/policies/{policy.pk}/retire/", {"reason": "Wrong."})
        assert "/policies/of/acme/US/" in browser.get("/policies/").content.decode()
        assert browser.get("/policies/of/acme/US/").context["form"].initial["undo_seconds"] == policy.undo_seconds

    @pytest.mark.parametrize(("place", "status"), [("acme/RU", 404), ("other/US", 404), ("acme/US", 403)])
    def test_begin_where_a_manager_may_write_them_only(self, signed_in, policy, place, status):
        make.brand("other"), make.market("RU")
        strategist = make.user("strategist", brand="acme", market="US")
        assert signed_in(strategist).get(f"/policies/of/{place}/").status_code == status

    def test_are_not_proposed_by_a_strategist(self, signed_in, elena, policy):
        assert signed_in(elena).get(f"/policies/{policy.pk}/propose/").status_code == 403

    def test_are_taken_out_of_force_by_one_manager(self, signed_in, marcus, policy, words):
        browser = signed_in(marcus)
        assert "Take out of force" in words(browser.get(f"/policies/{policy.pk}/"))
        assert "US-1 is out of force." in words(
            browser.post(f"/policies/{policy.pk}/retire/", {"reason": "Wrong."}, follow=True)
        )
        assert not Policy.objects.filter(state="active").exists()
        assert browser.post(f"/policies/{policy.pk}/retire/", {"reason": "Wrong."}).status_code == 409

    def test_are_not_taken_out_of_force_by_a_strategist(self, signed_in, elena, policy, words):
        browser = signed_in(elena)
        assert "Take out of force" not in words(browser.get(f"/policies/{policy.pk}/"))
        assert browser.post(f"/policies/{policy.pk}/retire/", {"reason": "Wrong."}).status_code == 403
