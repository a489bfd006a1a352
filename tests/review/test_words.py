"""Codes and numbers as sentences, in both languages."""

from datetime import timedelta

import pytest
from django.utils import translation

from review import approvals, deadlines, overlays, queries, thread, words
from review.models import Approval, TaskState
from review.routing import Reason
from review.views import cards, rows

pytestmark = pytest.mark.django_db
NUMBERS = {
    Reason.HIGH_FEE: {"fee": 1_200_000, "line": 1_000_000, "first": True}, Reason.HIGH_SHARE: {"share": 45, "line": 40},
    Reason.NO_RATE: {"currency": "KZT"}, Reason.SERIOUS_FLAG: {"feature": "engagement_rate"},
    Reason.SENSITIVE: {"topic": "politics"}, Reason.UNSEEN: {"peers": 3}, Reason.PROVEN: {"results": 4},
    Reason.OVER_LINE: {"confidence": 86, "line": 70}, Reason.TOP: {"rank": 1, "wanted": 5},
    Reason.AT_CUT: {"rank": 7, "wanted": 5}, Reason.DRAWN: {"probability_u6": 40_000}, Reason.UNSURE: {"p": 50},
    Reason.UNDER_LINE: {"confidence": 61, "line": 70},
    Reason.UNDER_CHANCE: {"p": 62, "line": 65},
    Reason.TO_EXPERT: {"stakes": "low"},
    Reason.TO_MANAGER: {"stakes": "medium"},
}  # fmt: skip


class TestReasons:
    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize("code", list(Reason))
    def test_are_said_in_both_languages(self, card, code, language):
        task = card(reasons=[[code, NUMBERS.get(code, {})]])
        with translation.override(language):
            short, whole = words.short_reason(task), words.reasons(task)[0]
        assert short
        assert whole.endswith(".")
        assert "%(" not in short + whole
        assert (language == "ru") == any("а" <= letter <= "я" for letter in whole)

    def test_say_the_numbers_as_the_reader_writes_them(self, card):
        task = card(reasons=[[Reason.HIGH_FEE, NUMBERS[Reason.HIGH_FEE]]])
        assert words.reasons(task) == [
            "Guardrail: high stakes, $12,000; they begin at $10,000.", "A first deal with a creator counts double.",
        ]  # fmt: skip

    @pytest.mark.parametrize(("chance", "said"), [(0.04, "4%"), (0.002, "0.2%"), (0.00001, "under 0.1%")])
    def test_never_round_a_chance_to_nothing(self, chance, said):
        assert words.small_chance(chance) == said

    def test_count_in_russian(self, card):
        task = card(reasons=[[Reason.PROVEN, {"results": 5}]])
        with translation.override("ru"):
            assert "5 результатов" in words.reasons(task)[0]


class TestOnExpiry:
    @pytest.mark.parametrize(("fields", "said"), [
        ({}, "the AI’s Partner stands and is recorded as decided without a person"),
        ({"verdict": "decline"}, "not shown now, never rejected for good"),
        ({"verdict": "unsure", "on_expiry": "holds"}, "it is held: the AI is unsure"),
        ({"stakes": "high"}, "High stakes are never approved by the clock"),
        ({"is_guarded": True}, "What a guardrail sent to a person is never approved by the clock"),
        ({"on_expiry": "escalates"}, "In shadow the clock decides nothing"),
        ({"is_spot_check": True}, "the check is counted as missed"),
        ({"state": "held"}, "then it opens again"),
        ({"stakes": "high", "state": "awaiting"}, "the clock never approves"),
        ({"stakes": "high", "state": "escalated", "due_at": None}, "it waits for a manager"),
    ])  # fmt: skip
    def test_is_said_beforehand(self, card, now, fields, said):
        task = card(**fields)
        up = deadlines.why_up(task, now=now) if task.state == "open" else None
        found = words.on_expiry(task, now=now, manager="Sofia Bennett", up=up)
        assert said in found
        with translation.override("ru"):
            assert words.on_expiry(task, now=now, manager="Sofia Bennett", up=up) != found

    def test_names_the_day_where_it_is_not_today(self, card, now):
        late = card(due_at=now + timedelta(days=2))
        assert "22 Nov 09:00" in words.on_expiry(late, now=now)
        assert "by 11:00" in words.on_expiry(card(due_at=now + timedelta(hours=2)), now=now)

    def test_says_nothing_of_a_decided_card(self, card, now):
        assert words.on_expiry(card(state=TaskState.APPROVED, due_at=None), now=now) == ""


class TestEvents:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_tell_a_whole_case(self, card, decide, elena, daniel, sofia, now, why, language):
        from review import approvals, claims

        task = card("decline", stakes="high")
        claims.claim(task, by=elena, now=now)
        overlays.save(task, by=elena, now=now, gut_rating=4)
        thread.add_note(task, by=daniel, now=now, text="Ask about May.")
        decide(task, "approve", by=elena, category="context", rationale=why)
        task.refresh_from_db()
        approvals.answer(task, choice="ask", by=sofia, now=now, version=2, key="ask", reason="What of May?")
        deadlines.sweep(now + timedelta(hours=49))
        with translation.override(language):
            told = [words.event(step) for step in queries.history(task)][1:]
        assert all("%(" not in line for line in told)
        if language == "en":
            assert told == [
                "Claimed: Elena Markova", "View: Elena Markova, version 1", "Note: Daniel Okafor",
                "Approved against the AI: Elena Markova", "Sent back with a question: Sofia Bennett",
                "The deadline passed: it went to Sofia Bennett",
            ]  # fmt: skip

    def test_name_what_the_clock_decided(self, card, now):
        task = card("decline")
        deadlines.sweep(now + timedelta(hours=49))
        assert words.event(queries.history(task)[-1]) == "Decided without a person at the deadline: not shown now"


class TestEnded:
    @pytest.mark.parametrize(("answer", "said"), [
        ("", "Sent for approval"), ("approve", "Approved"), ("reject", "Approval refused"),
        ("ask", "Sent back with a question"),
    ])  # fmt: skip
    def test_tells_what_a_manager_made_of_it(self, card, decide, elena, sofia, now, answer, said):
        task = card(stakes="high")
        decide(task, "approve", by=elena, rationale="I know her.")
        if answer:
            approvals.answer(task, choice=answer, by=sofia, now=now, version=2, key="answer", reason="Too dear.")
        made = queries.decided(elena, now=now + timedelta(minutes=2), most=9)
        past = queries.past_of(task.recommendation.creator, user=elena)
        assert [one.label for one in rows.done(made, now=now)] == [said]
        assert [cards.work(one).chip for one in past] == [said]

    def test_tells_low_stakes_by_the_choice(self, card, decide, elena):
        assert rows.ended(decide(card(), "approve", by=elena)) == "Approved"


class TestRules:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_say_which_hours_count_and_from_where_the_password_is_asked_for(self, policy, language):
        with translation.override(language):
            plain = words.rules(policy)
            policy.has_business_hours, policy.fresh_sign_in_minor = True, 2_000_000
            changed = words.rules(policy)
        new = [one for one in changed if one not in plain]
        expected = {
            "en": ["Deadlines count the market’s working hours only.",
                   "An approval from $20,000 asks for the password again."],
            "ru": ["Сроки считаются только по рабочему времени рынка."],
        }  # fmt: skip
        assert new[: len(expected[language])] == expected[language]
        assert (len(new), len(plain) - len([one for one in plain if one in changed])) == (2, 1)

    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize("is_shadow", [True, False])
    def test_are_said_whole(self, policy, language, is_shadow):
        policy.is_shadow = is_shadow
        with translation.override(language):
            said = words.rules(policy)
        assert len(said) == 11
        assert all("%(" not in line for line in said)
        assert (language == "ru") == ("Sofia" not in said[0] and "Всегда" in said[0])


def test_approval_states_read_otherwise_than_decisions_in_russian():
    with translation.override("ru"):
        labels = dict(Approval._meta.get_field("choice").flatchoices)
        assert str(labels["approve"]) == "Согласовать"
