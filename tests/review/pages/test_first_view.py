"""The form of a first view: yes or no, or rather so, and up to two things that decide it."""

from datetime import date

import pytest

from review.models import FirstView
from tests import factories as make

pytestmark = pytest.mark.django_db
SAID = {"says": "yes", "p": "71", "because": ["content", "risk"], "sentence": "Her readers ask her."}


@pytest.fixture
def commit(card, elena, signed_in):
    """Commit a first view of a sealed card by the form; returns the card's page, or the refusal."""

    def sent(**said):
        task, browser = card(arm="blind", arm_share_u6=300_000, lane=""), signed_in(elena)
        given = {**SAID, "version": task.version, **said}
        return browser.post(f"/queue/{task.pk}/first-view/", given, follow=True)

    return sent


@pytest.mark.parametrize(
    ("says", "p", "shown"),
    [("yes", "71", "yes, 71%"), ("rather_yes", "60", "rather yes, 60%"), ("rather_no", "40", "rather no, 40%"),
     ("no", "10", "no, 10%")],
)  # fmt: skip
def test_says_how_firm_it_was(commit, words, says, p, shown):
    told = words(commit(says=says, p=p))
    assert f": {shown}." in told
    assert "What decides it for you: Content and tone, A risk." in told
    made = FirstView.objects.get()
    assert (made.says_yes, made.is_firm) == (says.endswith("yes"), "rather" not in says)


def test_takes_one_thing_that_decides_it(commit, words):
    assert "What decides it for you: Content and tone." in words(commit(because=["content"]))


@pytest.mark.parametrize(
    ("said", "asked"),
    [({"because": ["fit", "content", "risk"]}, "Choose at most two"), ({"because": []}, "Choose what decides it"),
     ({"says": ""}, "Say yes or no, or rather one of them"), ({"p": "40"}, "A yes means 50% or more")],
)  # fmt: skip
def test_asks_for_what_it_lacks_and_keeps_what_was_typed(commit, words, said, asked):
    answer = commit(**said)
    assert answer.status_code == 422
    assert asked in words(answer)
    assert SAID["sentence"] in answer.content.decode()
    assert not FirstView.objects.exists()


class TestRecentPosts:
    def test_are_shown_by_their_words_and_figures(self, card, elena, signed_in, words):
        task = card(arm="blind", arm_share_u6=300_000, lane="")
        make.metrics(
            task.recommendation.profile, taken_at=date(2026, 11, 24), posts_in_period=12, views_avg=52_600.0,
            comments_avg=326.0, ads_in_period=2, gap_days=5, said=[["cream", 7], ["winter", 4]],
            named=[["soapworks", 3, 1]],
        )  # fmt: skip
        page = words(signed_in(elena).get(f"/queue/{task.pk}/"))
        assert "cream · winter They name @soapworks." in page
        figures = "12 posts until 24 Nov · 52.6k views a post · 326 comments a post · 2 marked as ads · longest silence"
        assert f"{figures} 5 days" in page

    def test_say_that_there_are_none(self, card, elena, signed_in, words):
        task = card(arm="blind", arm_share_u6=300_000, lane="")
        page = words(signed_in(elena).get(f"/queue/{task.pk}/"))
        assert "No post of this profile has been brought in." in page
