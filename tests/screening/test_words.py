"""Words: every code of the engine can be said in English and in Russian."""

import pytest
from django.utils import translation

from screening import words
from screening.engine.features import FEATURES
from screening.engine.peers import WATCHED
from screening.engine.types import BANDS, Criterion, WishKind
from screening.execution import STEPS
from screening.gates import RULES


@pytest.fixture(params=["en", "ru"])
def language(request):
    """Read in each language."""
    with translation.override(request.param):
        yield request.param


class TestEveryCode:
    def test_of_a_feature_has_a_name_and_a_sentence(self, language):
        assert set(words.FEATURES) == set(FEATURES)
        assert set(words.SUBJECTS) == set(FEATURES["main_subject"].choices)
        for code, feature in FEATURES.items():
            value = feature.choices[0] if feature.choices else (feature.low + feature.high) / 2
            said = [words.feature(code), words.factor(code, value), words.factor(code, None), words.value(code, value)]
            assert all(said), code
            assert "%(" not in "".join(said)
            assert (language == "ru") == any("а" <= letter <= "я" for letter in words.feature(code).lower()), code

    def test_of_nothing_lost_says_so(self, language):
        assert words.factor("falling_share", 0.0) in {
            "Followers never fell",
            "Подписчиков ни разу не становилось меньше",
        }
        assert "%" in words.factor("falling_share", 0.25)

    def test_of_criteria_wishes_steps_and_bands_has_a_word(self, language):
        said = [words.criterion(code) for code in Criterion] + [words.wish(kind) for kind in WishKind]
        said += [words.step(code) for code in STEPS] + [str(words.BANDS[band]) for band in BANDS]
        assert all(said)
        assert not set(said) & {*Criterion, *WishKind, *STEPS, *BANDS}

    def test_of_a_flag_has_a_sentence_with_the_peers(self, language):
        for code, side in WATCHED:
            told = {"feature": code, "side": side, "value": 0.4, "percentile": 0.98, "median": 0.1, "group_size": 240}
            assert "240" in words.flag(told)
            assert words.feature(code) in words.flag_name(code, side)

    @pytest.mark.parametrize(
        ("code", "feature", "numbers"),
        [
            ("known", "engagement_rate", {"value": 0.038, "typical": 0.02}),
            ("known", "platform", {"value": 2.0}),
            ("history", "", {"rows": 4, "days": 120}),
            ("prior", "", {}),
            ("unlike", "", {}),
            ("proxy", "", {}),
            ("stale", "figures_age", {"days": 90}),
            ("still", "stale_share", {"share": 0.6}),
            ("misdated", "misdated_share", {"share": 0.1}),
            ("short_history", "", {"rows": 1}),
            ("few_peers", "", {"size": 12}),
            ("near_line", "", {"p": 0.51}),
            ("wide", "", {"low": -9.0, "high": 14.5}),
            ("flag", "growth_rate", {"value": 2.0, "percentile": 0.99, "median": 0.1, "group_size": 50, "z": 4}),
            ("missing", "fee_per_thousand", {"sd": 3.2, "low": -4, "high": 4, "known_share": 0.3}),
            ("wish", "tone", {"weight": 0.2}),
        ],
    )
    def test_of_knowledge_has_a_line(self, language, code, feature, numbers):
        said = words.knowledge({"code": code, "feature": feature, "points": 0.0, "numbers": numbers})
        assert said
        assert "%(" not in said

    def test_of_knowledge_is_tried_above(self):
        assert set(words._LINES) == {
            "known",
            "history",
            "prior",
            "unlike",
            "proxy",
            "stale",
            "still",
            "misdated",
            "short_history",
            "few_peers",
            "near_line",
            "wide",
            "flag",
            "missing",
            "wish",
        }

    def test_of_a_question_has_a_sentence(self, language):
        flag = {"value": 2.0, "percentile": 0.99, "median": 0.1, "group_size": 50, "z": 4}
        for code, numbers in (("flag", flag), ("missing", {}), ("wish", {})):
            assert words.question({"code": code, "feature": "growth_rate", "numbers": numbers}).endswith((".", "?"))
        assert words.question(None) == ""

    def test_of_a_gate_has_a_sentence(self, language):
        numbers = {"followers": 20_000, "limit": 10_000}
        assert all(words.gate(reason, numbers) for reason in words.GATES)
        assert all(rule.name_en and rule.name_ru for rules in RULES.values() for rule in rules)


class TestFactor:
    @pytest.mark.parametrize(
        ("code", "value", "said"),
        [
            ("engagement_rate", 0.038, "3.8% of followers react to a post"),
            ("followers", 214_000.0, "214k followers"),
            ("followers", 1_234_567.0, "1.2M followers"),
            ("posting_rate", 4.0, "Posts 4 times a week"),
            ("growth_rate", -0.12, "Followers: −12% in 30 days"),
            ("verified", 0.0, "Not verified by the platform"),
            ("tier_fit", 0.0, "Size as asked for"),
            ("tier_fit", 1.0, "Size is off 10-fold"),
            ("platform", "youtube", "On YouTube"),
            ("comment_per_like", 0.031, "3.10 comments for 100 likes"),
        ],
    )
    def test_is_said_as_a_strategist_would(self, code, value, said):
        with translation.override("en"):
            assert words.factor(code, value) == said

    def test_has_russian_numbers(self):
        with translation.override("ru"):
            assert words.factor("engagement_rate", 0.038) == "На публикацию откликаются 3,8\u00a0% подписчиков"
            assert words.factor("followers", 1_234_567.0) == "Подписчиков: 1,2\u00a0млн"
