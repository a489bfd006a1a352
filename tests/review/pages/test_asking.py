"""A person can always look: from a finished run, somebody who is not shown now is put before a person."""

import pytest

from review.models import ReviewTask
from screening import results
from tests import factories as make
from tests.review.test_queue import campaign, screen  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def hidden(campaign, policy):  # noqa: F811
    """The page of somebody of a finished run about whom nobody is asked."""
    run = screen(campaign)
    asked = set(ReviewTask.objects.values_list("recommendation__profile", flat=True))
    profile = next(row.profile_id for row in results.page(run, view="all").rows if row.profile_id not in asked)
    return f"/runs/{run.pk}/creators/{profile}/"


def test_opens_a_card_and_leads_to_it(signed_in, elena, hidden, words):
    browser = signed_in(elena)
    assert "Ask a person about this one" in words(browser.get(hidden))
    answer = browser.post(f"{hidden}ask/", follow=True)
    assert "A colleague asked to look at this creator." in words(answer)
    assert "Ask a person about this one" not in words(browser.get(hidden))


def test_says_why_it_cannot(signed_in, elena, hidden, policy, words):
    type(policy).objects.update(state="retired")
    assert "no policy is in force" in words(signed_in(elena).post(f"{hidden}ask/", follow=True))


def test_is_for_those_who_decide(signed_in, hidden, words):
    browser = signed_in(make.user("analyst", brand="acme", market="US"))
    assert "Ask a person about this one" not in words(browser.get(hidden))
    assert browser.post(f"{hidden}ask/").status_code == 403


def test_of_others_is_not_found(signed_in, hidden):
    assert signed_in(make.user("strategist", brand="other")).post(f"{hidden}ask/").status_code == 404
