"""Practice: deal a closed case, hear a person before and after the AI speaks, show the truth. It decides nothing.

The log gets one entry when a card ends, not before: an earlier one would tell its reader which card it is. It holds the
draw and a commitment to the answer; the answer itself stands in the row, which the person alone reads.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import controls
from review.decisions import NeedsReason
from review.judgement import dealing
from review.models import Choice, Decision, Origin, Policy, Practice
from review.queries import practice as cases

MILLION = 1_000_000
PAUSE = timedelta(hours=1)  # after “not now” nothing is dealt


class Ended(Exception):
    """Raised when a practice card is not at the step that was asked for; the sentence says where it is."""


def waiting(user: User) -> Practice | None:
    """Return the practice card that waits for a person, while a policy of theirs still practises."""
    row = Practice.objects.filter(user=user, answered_at=None, skipped_at=None).select_related("policy").first()
    return row if row and access.may(user, "decide", brand=row.brand, market=row.market) else None


def deal(*, by: User, now: datetime) -> Practice | None:
    """Draw whether the person's next card is practice; None for no. The same turn asked again draws nothing new.

    A turn is a card that the person was given; its seed comes from the installation's secret: nobody can foretell it.
    """
    policies = cases.policies_with(by)
    if not policies or waiting(by) or Practice.objects.filter(user=by, skipped_at__gt=now - PAUSE).exists():
        return None
    turn = given(by)
    if Practice.objects.filter(user=by, turn=turn).exists():
        return None
    found = list(cases.piles(by, policies))
    seed = _seed(by, turn)
    drawn = dealing.deal(
        [pile for _policy, pile, _told in found], errors=controls.errors_seen(by), given=turn, seed=seed
    )
    if drawn is None:
        return None
    policy, _pile, told = found[drawn.pile]
    return _keep(policy, told[drawn.case], drawn, user=by, turn=turn, seed=seed, now=now)


def _keep(
    policy: Policy, case: cases.Case, drawn: dealing.Dealt, *, user: User, turn: int, seed: int, now: datetime
) -> Practice | None:
    said: dict[str, Any] = {
        "recommendation_id": case.recommendation, "outcome_id": case.outcome, "policy": policy,
        "brand": policy.brand_id, "market": policy.market_id, "seed": seed, "share_u6": drawn.share_u6,
        "probability_u6": drawn.probability_u6, "ai_was_right": drawn.ai_was_right, "drawn_at": now,
    }  # fmt: skip
    try:
        with transaction.atomic():
            return Practice.objects.get_or_create(user=user, turn=turn, defaults=said)[0]
    except IntegrityError:  # another window was dealt one between two turns: one card waits, not two
        return waiting(user)


def given(user: User) -> int:
    """Return how many cards a person has been given: those they decided, and practice."""
    made = Decision.objects.filter(decided_by=user, origin=Origin.PERSON).exclude(choice=Choice.UNDO)
    return made.count() + Practice.objects.filter(user=user).count()


def _seed(user: User, turn: int) -> int:
    digest = salted_hmac("review.practice", f"{user.pk}:{turn}", algorithm="sha256").digest()
    return int.from_bytes(digest[:8]) >> (64 - dealing.BITS)


def opened(row: Practice, *, now: datetime) -> None:
    """Note when a person first opened a practice card: telemetry, never audit."""
    if row.opened_at is None and Practice.objects.filter(pk=row.pk, opened_at=None).update(opened_at=now):
        row.opened_at = now


def speak(row: Practice, *, by: User, now: datetime, says_yes: bool, p: float) -> Practice:
    """Keep what a person thinks before the AI speaks, once; the AI's verdict of that time opens with it.

    p: their chance that it works out, 0 to 1, on the side of says_yes. Raises Ended, NeedsReason and NotAllowed.
    """
    p_u6 = round(p * MILLION)
    if not 0 <= p_u6 <= MILLION or ((p_u6 < MILLION // 2) if says_yes else (p_u6 > MILLION // 2)):
        raise NeedsReason(_("A yes means 50% or more, a no 50% or less"), "p")
    with transaction.atomic():
        row = _lock(row, by)
        if row.spoke_at is None:
            row.says_yes, row.p_u6, row.spoke_at = says_yes, p_u6, now
            row.save(update_fields=["says_yes", "p_u6", "spoke_at"])
    return row


def answer(row: Practice, *, by: User, now: datetime, approves: bool) -> Practice:
    """Keep what a person would decide with the AI's verdict open; the truth is shown from then on.

    Raises Ended and NotAllowed.
    """
    with transaction.atomic():
        row = _lock(row, by)
        if row.spoke_at is None:
            raise Ended(_("Your view comes first."))
        row.approves, row.answered_at = approves, now
        row.seconds = max(0, int((now - (row.opened_at or row.drawn_at)).total_seconds()))
        row.salt = secrets.token_hex(32)
        row.audit = _record(row, "answered", by=by, commitment=commitment(row))
        row.save(update_fields=["approves", "answered_at", "seconds", "salt", "audit"])
        controls.watch(row, now=now)
    return row


def skip(row: Practice, *, by: User, now: datetime) -> Practice:
    """Put a practice card off for good: it is kept that it was, and nothing is dealt for an hour. Raises Ended."""
    with transaction.atomic():
        row = _lock(row, by)
        row.skipped_at, row.audit = now, _record(row, "skipped", by=by)
        row.save(update_fields=["skipped_at", "audit"])
    return row


def _lock(row: Practice, by: User) -> Practice:
    found = Practice.objects.select_for_update(of=("self",)).select_related("policy").get(pk=row.pk, user=by)
    access.require(User.objects.get(pk=by.pk), "decide", brand=found.brand, market=found.market)
    if found.answered_at or found.skipped_at:
        raise Ended(_("You have answered this card, or put it off."))
    return found


def commitment(row: Practice) -> str:
    """Return what the log keeps of an answer: it proves the row, and tells nobody what was said."""
    said = {
        "recommendation": row.recommendation_id, "outcome": row.outcome_id, "says_yes": row.says_yes, "p_u6": row.p_u6,
        "approves": row.approves, "seconds": row.seconds,
    }  # fmt: skip
    return log.commitment(bytes.fromhex(row.salt), log.canonical(said))


def _record(row: Practice, what: str, *, by: User, **more: str) -> AuditEntry:
    body: Mapping[str, Any] = {
        "practice": row.pk, "what": what, "policy": row.policy_id, "policy_version": row.policy.version,
        "turn": row.turn, "seed": row.seed, "share_u6": row.share_u6, "probability_u6": row.probability_u6, **more,
    }  # fmt: skip
    return log.record(Kind.PRACTICE, stream=f"practice:{row.pk}", by=by, body=dict(body), brand=row.brand,
                      market=row.market)  # fmt: skip
