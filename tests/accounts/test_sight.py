"""Which fields of creators a role sees, where, and what stands there for the others."""

from contextlib import contextmanager

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation

from accounts import sight, tokens
from accounts.access import Place
from review.words.reasons import opened, reason
from screening import figure_words, words
from tests import factories as make

pytestmark = pytest.mark.django_db
FLAG = {
    "feature": "fee_per_thousand",
    "side": "high",
    "value": 17.5,
    "median": 9.0,
    "percentile": 0.97,
    "group_size": 40,
}
ROLES = ("strategist", "expert", "manager", "analyst", "admin")
BIO = "Food. anna@mail.example, t.me/anna, @anna.desk, +1 (202) 555-01-47. Since 2019, 120 recipes"


@contextmanager
def reading(user):
    """Answer a request of a person."""
    before = sight.READER.set(user)
    yield
    sight.READER.reset(before)


def admin():
    return make.user("admin", brand="acme", market="US")


class TestSees:
    def test_is_asked_by_place(self):
        both = make.user("admin", brand="acme", market="US")
        both.memberships.create(role="strategist", brand="other", market="RU")
        assert sight.sees("fee", Place("other", "RU"), by=both)
        assert not sight.sees("fee", Place("acme", "US"), by=both)
        assert not sight.sees("fee", by=both)  # of a place that nobody names

    def test_shows_prices_to_analysts_and_contacts_to_whoever_decides(self):
        seen = {role: [sight.sees(one, by=make.user(role)) for one in ("fee", "contact")] for role in ROLES}
        assert seen == {
            "strategist": [True, True], "expert": [True, True], "manager": [True, True], "analyst": [True, False],
            "admin": [False, False],
        }  # fmt: skip

    def test_hides_from_strangers_and_from_nobody_outside_of_a_request(self):
        assert not sight.sees("fee", by=AnonymousUser())
        assert sight.sees("fee")


class TestReached:
    def test_leaves_a_bio_without_ways_to_reach_its_owner(self):
        with reading(admin()):
            said = sight.reached(BIO, ["US"])
        hidden = "(hidden for your role)"
        assert said == f"Food. {hidden}, {hidden}, {hidden}, {hidden}. Since 2019, 120 recipes"

    def test_is_whole_for_whoever_decides_and_in_their_language_for_others(self):
        with reading(make.user("strategist", market="US")):
            assert sight.reached(BIO, ["US"]) == BIO
        with reading(admin()), translation.override("ru"):
            assert "(скрыто для вашей роли)" in sight.reached(BIO, ["US"])


class TestPrices:
    def test_stay_hidden_in_factors_flags_and_reasons(self):
        told = [["followers", 1, 50_000], ["fee_per_thousand", 2, 17.5]]
        knowledge = {"know": [{"code": "known", "feature": "fee_to_usual", "numbers": {"value": 0.5}}],
                     "typical": {"fee_to_usual": 1.0, "posts": 3.0}}  # fmt: skip
        why = [("high_fee", {"fee": 87_654, "line": 50_000}), ("high_share", {"share": 40, "line": 30})]
        with reading(admin()):
            said = [words.flag(FLAG), words.factor("fee_to_ceiling", 0.84), words.value("fee_to_usual", 0.5)]
            said += [reason(code, numbers, "USD") for code, numbers in why]
            said.append(figure_words.written("fee_minor", 87_654, "USD", "US"))
            assert words.opened(told) == [["followers", 1, 50_000], ["fee_per_thousand", 2, None]]
            assert words.opened([FLAG])[0].keys() == {"feature", "side", "percentile", "group_size"}
            assert words.opened(knowledge) == {"know": [{"code": "known", "feature": "fee_to_usual"}],
                                               "typical": {"posts": 3.0}}  # fmt: skip
            assert opened(why) == [("high_fee", {"line": 50_000}), ("high_share", {"line": 30})]
        assert all("hidden for your role" in one for one in said)
        assert not any(figure in " ".join(said) for figure in ("17.5", "9.0", "84%", "50%", "876", "40%"))

    def test_are_told_to_whoever_decides(self):
        with reading(make.user("expert")):
            assert words.opened(FLAG) == FLAG
            assert words.factor("fee_to_ceiling", 0.84) == "Price is 84% of the ceiling"
            assert reason("high_fee", {"fee": 87_654, "line": 50_000}, "USD").startswith(
                "Guardrail: high stakes, $876.54"
            )


class TestAProgram:
    @pytest.mark.parametrize(("role", "fee"), [("admin", None), ("strategist", 50_000)])
    def test_sees_what_its_owner_sees(self, client, role, fee):
        found, now = make.campaign(), timezone.now()
        _token, key = tokens.make(name="p", scopes=["read"], days=9, by=make.user(role), now=now)
        answer = client.get(f"/api/campaigns/{found.slug}/", headers={"authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["fee_minor"]) == (200, fee)
        assert sight.READER.get() is None  # nothing of it stays for whom this process serves next
