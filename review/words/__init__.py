"""Words for the codes of review, in the reader’s language (ux.md section 6). Only codes and numbers
are stored; sentences are made here, at the face.
"""

from review.words.clock import UP, by_when, on_expiry, on_expiry_sealed
from review.words.events import ANSWERS, CHOSEN, CLAIMS, CLOCK, EVENTS, OUTCOMES, event
from review.words.policies import ALONE, FAST, GUARDRAILS, LINE, OWNER, REFERRALS, STAKES, rule, rules
from review.words.reasons import (
    MILLION,
    REASONS,
    Numbers,
    Words,
    reason,
    reasons,
    reasons_sealed,
    short_reason,
    small_chance,
)
from review.words.team import next_step

__all__ = [
    "ALONE",
    "ANSWERS",
    "CHOSEN",
    "CLAIMS",
    "CLOCK",
    "EVENTS",
    "FAST",
    "GUARDRAILS",
    "LINE",
    "MILLION",
    "OUTCOMES",
    "OWNER",
    "REASONS",
    "REFERRALS",
    "STAKES",
    "UP",
    "Numbers",
    "Words",
    "by_when",
    "event",
    "next_step",
    "on_expiry",
    "on_expiry_sealed",
    "reason",
    "reasons",
    "reasons_sealed",
    "rule",
    "rules",
    "short_reason",
    "small_chance",
]
