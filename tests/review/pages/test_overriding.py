"""What goes with a decision against the AI: kinds of reason, what would prove it right, how such decisions ended."""

import json
import re
from datetime import date

import pytest

from audit.models import AuditPayload
from review.decisions import NeedsReason
from review.models import Decision
from review.queries import Overrides, overrides_of
from review.words.overrides import overrides
from screening import memory
from screening.memory import Told
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_what_would_prove_it_right_is_stored_with_the_decision(signed_in, elena, card, sent, why, words):
    task, browser = card("decline"), signed_in(elena)
    form = sent(
        task, choice="approve", category="context", rationale=why, proof="Orders over 40 by May", asked="approve"
    )
    browser.post(f"/queue/{task.pk}/decide/", form)
    made = Decision.objects.get()
    assert json.loads(AuditPayload.objects.get(entry=made.audit_id).payload)["proof"] == "Orders over 40 by May"
    assert "Orders" not in made.audit.body
    assert "Orders over 40 by May" in words(browser.get(f"/decisions/{made.pk}/"))


class TestKinds:
    """Several kinds of reason: the row keeps the first, the audit entry all of them."""

    def test_are_kept_and_shown_wherever_the_decision_is_read(self, signed_in, elena, card, sent, why, words):
        task, browser = card("decline"), signed_in(elena)
        form = sent(task, choice="approve", category=["context", "price"], rationale=why)
        assert browser.post(f"/queue/{task.pk}/decide/", form).status_code == 302
        made = Decision.objects.get()
        assert (made.category, made.category_too) == ("context", ["price"])
        assert json.loads(made.audit.body)["category_too"] == ["price"]
        said = "The AI misses context · Price or terms"
        assert said in words(browser.get(f"/decisions/{made.pk}/"))
        analyst = signed_in(make.user("analyst", brand=task.brand))
        assert said in words(analyst.get(f"/audit/{made.audit_id}/"))

    def test_an_entry_with_one_is_written_as_before(self, card, decide, elena, why):
        made = decide(card("decline"), "approve", by=elena, category="context", category_too=["context"], rationale=why)
        assert (made.kinds, "category_too" in made.audit.body) == ("The AI misses context", False)

    def test_go_with_overrides_alone(self, card, decide, elena):
        made = decide(card(), "approve", by=elena, category="context", category_too=["price"])
        assert (made.category, made.category_too, "category_too" in made.audit.body) == ("", [], False)

    def test_that_there_are_not_are_refused(self, card, decide, elena, why):
        with pytest.raises(NeedsReason) as refused:
            decide(card("decline"), "approve", by=elena, category="context", category_too=["taste"], rationale=why)
        assert refused.value.field == "category"

    def test_are_all_in_a_draft(self, signed_in, elena, card, sent):
        task, browser = card("decline"), signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        browser.post(f"/queue/{task.pk}/draft/", sent(task, category=["context", "price"]))
        page = browser.get(f"/queue/{task.pk}/").content.decode()
        ticked = re.findall(r'name="category" value="(\w+)"[^>]*checked', page)
        assert ticked == ["context", "price"]


class TestAnotherDecision:
    """Chosen in the dialog, or without script on its page."""

    def test_is_offered_among_those_that_are_open(self, signed_in, elena, card, sent):
        task = card("decline")
        page = signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="approve")).content.decode()
        assert re.findall(r'<option value="(\w+)" data-asks="(\w+)"( selected)?>', page) == [
            ("approve", "override", " selected"), ("reject", "plain", ""), ("hold", "hold", ""),
        ]  # fmt: skip

    def test_is_asked_for_what_it_needs_before_it_is_told_off(self, signed_in, elena, card, sent, words):
        task = card("decline")
        form = sent(task, choice="hold", asked="approve", category="context", rationale="Her agent is away.")
        answer = signed_in(elena).post(f"/queue/{task.pk}/decide/", form)
        assert answer.status_code == 200
        assert 'value="hold" data-asks="hold" selected' in answer.content.decode()
        assert "Her agent is away." in words(answer)
        assert "There is a problem" not in words(answer)

    def test_that_needs_nothing_is_made_at_once(self, signed_in, elena, card, sent):
        task = card("decline")
        form = sent(task, choice="reject", asked="approve", category="context", rationale="Too dear.")
        assert signed_in(elena).post(f"/queue/{task.pk}/decide/", form).status_code == 302
        made = Decision.objects.get()
        assert (made.choice, made.is_override, made.category, made.rationale_length) == ("reject", False, "", 9)


def test_the_form_says_how_overrides_turned_out(signed_in, elena, card, sent, decide, why, words, now):
    done = card("decline")
    decide(done, "approve", by=elena, category="context", rationale=why)
    assert overrides_of("acme", "US") == Overrides(1, 0, 0)
    told = Told(kpi="orders", actual=120.0, target=100.0, as_of_date=date(2026, 1, 10))
    memory.record_outcome(done.campaign, done.recommendation.profile, told, by=None, now=now)
    assert overrides_of("acme", "US") == Overrides(1, 1, 1)
    task = card("decline")
    page = words(signed_in(elena).post(f"/queue/{task.pk}/decide/", sent(task, choice="approve")))
    assert "What would prove you right?" in page
    assert "Of the overrides here 1 has a known result, 1 proved right." in page


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (Overrides(2, 0, 0), "2 overrides here so far, none with a known result."),
        (Overrides(60, 41, 24), "Of 41 overrides here with a known result, 59% proved right (46–70%)."),
    ],
)
def test_few_results_are_counted_and_many_have_an_interval(record, says):
    assert overrides(record) == says
