"""What a look at flags would find, on a card and on an approval: beside the flags, in words, never of a sealed card."""

import pytest

from review import investigations
from review.models import Arm
from screening import look_words
from tests import factories as make

pytestmark = pytest.mark.django_db
FLAG = {"feature": "engagement_rate", "side": "high", "value": 0.21, "norm": "", "percentile": 0.99, "median": 0.03,
        "group_size": 120, "platform": "instagram"}  # fmt: skip
LOOK = {
    "p_u6": 620_000, "low_u6": 480_000, "high_u6": 710_000, "looks": 214, "reasons": 71, "level_u6": -1_000_000,
    "log_odds_u6": 500_000,
    "added_u6": [["engagement_rate", "high", 900_000], ["comment_per_like", "low", 700_000],
                 ["posting_rate", "high", 100_000], ["view_rate", "low", -200_000]],
}  # fmt: skip
SAID = (
    "Chance that a look at such flags finds a reason to hold back: 62% (48–71%), by 214 closed investigations of this "
    "market."
)


@pytest.fixture
def looked(policy, now):
    """Makes cards with a flag whose answer keeps what a look would find."""

    def made(look=LOOK, **fields):
        told = {"look": look} if look else {}
        answer = make.recommendation(make.run(make.campaign()), flags=[FLAG], knowledge=told)
        return make.task(answer, policy=policy, opened_at=now, **fields)

    return made


class TestSaid:
    def test_names_the_signs_that_carry_half_of_what_speaks_for_a_reason(self):
        assert look_words.carrying(LOOK) == [("engagement_rate", "high")]  # 0.9 of 1.7
        alike = [[f"f{n}", "high", 100_000] for n in range(9)]
        assert len(look_words.carrying(LOOK | {"added_u6": alike})) == look_words.MOST_SIGNS
        assert look_words.carrying(LOOK | {"added_u6": LOOK["added_u6"][3:]}) == []

    def test_says_nothing_where_nothing_speaks_for_a_reason(self):
        assert look_words.said(None) == ""
        assert look_words.said(LOOK | {"added_u6": []}) == SAID

    def test_never_says_surely_or_never(self):
        assert "95% (1–99%)" in look_words.said(LOOK | {"p_u6": 950_000, "low_u6": 0, "high_u6": 1_000_000})


class TestACard:
    def test_says_it_beside_the_flags_with_what_carries_it(self, signed_in, elena, looked, words):
        said = words(signed_in(elena).get(f"/queue/{looked().pk}/"))
        assert SAID in said
        assert "What carries most of it: Reactions: unusually high." in said
        assert said.index("Grey band: 90% of peers") < said.index(SAID)

    def test_says_it_in_russian(self, signed_in, elena, looked, words):
        elena.language = "ru"
        elena.save()
        said = words(signed_in(elena).get(f"/queue/{looked().pk}/"))
        assert "найдёт причину воздержаться: 62 % (48–71 %), по 214 закрытым разборам этого рынка." in said
        assert "Больше всего значат: " in said
        assert "unusually" not in said

    def test_says_nothing_of_it_where_the_run_told_nothing(self, signed_in, elena, looked, words):
        assert "finds a reason" not in words(signed_in(elena).get(f"/queue/{looked(None).pk}/"))

    def test_that_is_sealed_shows_nothing_of_it(self, signed_in, elena, looked):
        task = looked(arm=Arm.BLIND, arm_share_u6=300_000)
        page = signed_in(elena).get(f"/queue/{task.pk}/").content.decode()
        assert "finds a reason" not in page
        assert "48–71%" not in page


class TestAnInvestigation:
    def test_is_not_told_what_others_found(self, signed_in, elena, looked, words, now):
        """Whoever looks would repeat it, and it would learn itself."""
        made = investigations.request(looked(), by=elena, now=now, text="Is this usual?")
        said = words(signed_in(elena).get(f"/investigations/{made.pk}/"))
        assert "react to a post" in said
        assert "finds a reason" not in said


class TestAnApproval:
    def test_shows_it_too(self, signed_in, elena, sofia, looked, decide, why, words):
        task = looked(stakes="high", fee_minor=1_000_000, on_expiry="escalates")
        decide(task, "approve", by=elena, rationale=why, expected_p=0.77)
        assert SAID in words(signed_in(sofia).get(f"/approvals/{task.pk}/"))
