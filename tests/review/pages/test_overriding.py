"""What goes with a decision against the AI: what would prove it right, and how such decisions turned out."""

import json
from datetime import date

import pytest

from audit.models import AuditPayload
from review.models import Decision
from review.queries import Overrides, overrides_of
from review.words.overrides import overrides
from screening import memory
from screening.memory import Told

pytestmark = pytest.mark.django_db


def test_what_would_prove_it_right_is_stored_with_the_decision(signed_in, elena, card, sent, why, words):
    task, browser = card("decline"), signed_in(elena)
    form = sent(task, choice="approve", category="context", rationale=why, proof="Orders over 40 by May", asked="1")
    browser.post(f"/queue/{task.pk}/decide/", form)
    made = Decision.objects.get()
    assert json.loads(AuditPayload.objects.get(entry=made.audit_id).payload)["proof"] == "Orders over 40 by May"
    assert "Orders" not in made.audit.body
    assert "Orders over 40 by May" in words(browser.get(f"/decisions/{made.pk}/"))


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
    assert "Of the overrides here 1 have a known result, 1 proved right." in page


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (Overrides(2, 0, 0), "2 overrides here so far, none with a known result."),
        (Overrides(60, 41, 24), "Of 41 overrides here with a known result, 59% proved right (46–70%)."),
    ],
)
def test_few_results_are_counted_and_many_have_an_interval(record, says):
    assert overrides(record) == says
