"""Above a limit of the rules an answer asks for the password again; what an approval is tied to."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import proof
from audit.models import AuditEntry
from review import approvals
from review.models import Approval, Policy
from tests import factories as make

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"


@pytest.fixture
def waiting(card, decide, elena, why):
    """A card of high stakes that Elena has decided, at the limit of a fresh sign-in."""
    task = card(stakes="high", fee_minor=6_000_000)
    decide(task, "approve", by=elena, rationale=why, expected_p=0.77)
    task.refresh_from_db()
    return task


@pytest.fixture
def sends(signed_in, sofia, waiting, sent):
    """Sofia's browser and what she sends: `sends("approve", password="...")`."""
    browser = signed_in(sofia)

    def done(choice, **said):
        form = {name: value for name, value in sent(waiting, **said).items() if name != "relationship"}
        return browser.post(f"/approvals/{waiting.pk}/{choice}/", form)

    done.browser = browser
    return done


class TestAboveTheLimit:
    def test_the_sheet_asks_for_the_password(self, sends, waiting, words):
        page = words(sends.browser.get(f"/approvals/{waiting.pk}/approve/"))
        assert "Above the limit of the rules your password is asked for again." in page

    @pytest.mark.parametrize(("password", "sentence"), [("", "Write your password."), ("guess", "not your password")])
    def test_is_refused_without_it_and_keeps_the_reason(self, sends, words, password, sentence):
        answer = sends("reject", reason="Too dear.", password=password)
        assert answer.status_code == 422
        assert sentence in words(answer)
        assert "Too dear." in words(answer)
        assert not Approval.objects.exists()

    def test_is_taken_with_it_and_the_log_says_so(self, sends, waiting):
        assert sends("approve", password=PASSWORD).status_code == 302
        waiting.refresh_from_db()
        assert waiting.state == "approved"
        assert json.loads(Approval.objects.get().audit.body)["fresh_sign_in"] is True
        again = json.loads(AuditEntry.objects.get(kind="sign_in").body)
        assert again["again"] is True

    def test_counts_a_sign_in_of_less_than_five_minutes(self, sends, waiting, words):
        session = sends.browser.session
        session[proof.KEY] = (timezone.now() - timedelta(minutes=4)).isoformat()
        session.save()
        assert "password" not in words(sends.browser.get(f"/approvals/{waiting.pk}/approve/"))
        assert sends("approve").status_code == 302

    def test_counts_no_older_sign_in(self, sends):
        session = sends.browser.session
        session[proof.KEY] = (timezone.now() - timedelta(minutes=6)).isoformat()
        session.save()
        assert sends("approve").status_code == 422

    def test_counts_wrong_passwords_as_the_sign_in_page_does(self, sends):
        answers = [sends("approve", password="guess").status_code for _n in range(5)]
        assert answers == [422, 422, 422, 422, 429]
        assert sends("approve", password=PASSWORD).status_code == 429
        assert not Approval.objects.exists()

    def test_asks_without_it_because_a_question_moves_no_money(self, sends):
        assert sends("ask", reason="Who pays the agent?").status_code == 302

    def test_the_limit_is_the_policys_own_where_it_names_one(self, card, decide, elena, why, signed_in, marcus, sent):
        policy = make.policy(make.brand("other"), make.market(), fresh_sign_in_minor=10, high_fee_minor=1_000_000)
        campaign = make.campaign(brand=policy.brand)
        task = make.task(make.recommendation(make.run(campaign)), policy=policy, stakes="high", on_expiry="escalates")
        decide(task, "approve", by=make.user("strategist"), rationale=why)
        task.refresh_from_db()
        form = {name: value for name, value in sent(task).items() if name != "relationship"}
        browser = signed_in(make.user("manager"))
        assert browser.post(f"/approvals/{task.pk}/approve/", form).status_code == 422
        Policy.objects.filter(pk=policy.pk).update(state="retired")


class TestConditions:
    SAID = "No health claims: clause in the contract\n\nPay in three parts\n"

    @pytest.fixture
    def tied(self, sends, waiting):
        until = timezone.localdate() + timedelta(days=9)
        assert sends("approve", password=PASSWORD, conditions=self.SAID, exit_date=until.isoformat()).status_code == 302
        return until

    def test_stand_on_approval_card_and_playbook(self, sends, waiting, tied, words):
        for address in (f"/approvals/{waiting.pk}/", f"/queue/{waiting.pk}/", f"/playbooks/{waiting.pk}/"):
            page = words(sends.browser.get(address))
            assert "No health claims: clause in the contract" in page
            assert "Pay in three parts" in page
            assert "Free exit until" in page

    def test_are_counted_in_the_log_and_their_words_can_be_erased(self, tied):
        made = Approval.objects.get()
        body = json.loads(made.audit.body)
        assert (body["conditions"], body["exit_date"]) == (2, tied.isoformat())
        assert "health" not in made.audit.body

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"conditions": "x" * 201}, "200 characters each"),
            ({"conditions": "\n".join("abcdefghi")}, "Eight conditions at most"),
            ({"exit_date": "2020-01-01"}, "The day of free exit lies ahead."),
        ],
    )
    def test_have_bounds(self, sends, words, said, sentence):
        answer = sends("approve", password=PASSWORD, **said)
        assert answer.status_code == 422
        assert sentence in words(answer)

    def test_go_when_the_approval_is_taken_back(self, sends, tied, waiting, words):
        sends.browser.post(f"/approvals/{waiting.pk}/undo/?version={waiting.version + 1}&key=back")
        assert approvals.standing(waiting) is None
        assert "Free exit until" not in words(sends.browser.get(f"/queue/{waiting.pk}/"))


class TestTogetherUnderTheLine:
    def test_takes_one_sentence(self, sends, waiting, words, monkeypatch):
        monkeypatch.setattr(approvals, "together_of", lambda task, **_known: 0.67)
        page = words(sends.browser.get(f"/approvals/{waiting.pk}/"))
        assert "Together 67%, leaning yes: 3 points under the line of 70%." in page
        answer = sends("approve", password=PASSWORD)
        assert answer.status_code == 422
        assert "why you accept the risk" in words(answer)
        assert sends("approve", reason="The stop after month 1 limits the loss.").status_code == 302

    def test_over_it_takes_none(self, sends, waiting, words, monkeypatch):
        monkeypatch.setattr(approvals, "together_of", lambda task, **_known: 0.71)
        assert "Together 71%, likely: over the line of 70%." in words(sends.browser.get(f"/approvals/{waiting.pk}/"))
        assert sends("approve", password=PASSWORD).status_code == 302

    def test_is_not_asked_about_while_there_is_no_number(self, sends, waiting, words):
        assert approvals.together_of(waiting) is None
        assert "Together has no number yet" in words(sends.browser.get(f"/approvals/{waiting.pk}/"))
