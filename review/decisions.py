"""Decide, and take it back. One decision is one row, one audit entry, one transaction (trust.md 1.5)."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import overlays, policies, workflow
from review.models import Category, Choice, Decision, Origin, Overlay, ReviewTask, Stakes, TaskState
from review.models.judged import MIN_RATIONALE
from screening.models import Verdict

GRACE = timedelta(minutes=15)  # an undone decision leaves at least this much time before the clock acts
MAX_RATIONALE = 8_000  # characters
CHOICES = (Choice.APPROVE, Choice.REJECT, Choice.HOLD)  # Undo is a verb of its own
OURS = ("auto:", "expiry:")  # keys of the AI's and the clock's own decisions
AGAINST = {(Choice.APPROVE, Verdict.DECLINE), (Choice.REJECT, Verdict.RECOMMEND)}


class TaskMoved(Exception):
    """Raised when the task is no longer as the form showed it (409); the sentence names who decided."""


class KeyReused(Exception):
    """Raised when an idempotency key comes back with another request, or a form without one (409)."""


class NeedsReason(ValueError):
    """Raised when a decision lacks what it must say; `field` names where it is asked."""

    def __init__(self, sentence: Any, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def is_override(choice: str, verdict: str) -> bool:
    """Tell whether a choice goes against the AI's verdict. Hold never does, nor anything on Unsure."""
    return (choice, verdict) in AGAINST


def decide(
    task: ReviewTask,
    *,
    choice: str,
    by: User,
    now: datetime,
    version: int,
    key: str,
    category: str = "",
    rationale: str = "",
    hold_until: date | None = None,
    expected_p: float | None = None,
    view: Mapping[str, Any] | None = None,
) -> Decision:
    """Record a person's Approve, Reject or Hold; the same key and request again return the decision while it stands.

    version: the task's version that the person saw. expected_p: how sure they are that it works out, 0 to 1. view: what
    `overlays.save` takes, kept as the next overlay where it says something new; their latest one is tied to the
    decision. Approve on high stakes waits for a manager. Raises TaskMoved, KeyReused, NeedsReason, NotAnOverlay,
    workflow.Refused and NotAllowed.
    """
    if choice not in CHOICES:
        raise workflow.Refused(_("A decision is Approve, Reject or Hold."))
    rationale = rationale.strip()
    said = {
        "choice": str(choice), "category": str(category), "rationale": rationale,
        "hold_until": hold_until.isoformat() if hold_until else None,
        "expected_p_u6": None if expected_p is None else round(expected_p * 1_000_000),
    }  # fmt: skip
    request = _request(task, by, version, {**said, "view": dict(view) if view else None})
    with transaction.atomic():
        task, by = workflow.lock(task, choice, by=by)
        if known := _known(key, request, task):
            return known
        require_version(task, version)
        move = workflow.check(task, choice, by=by, now=now)
        _require_words(task, said, now=now)
        seen = overlays.keep(task, by=by, now=now, view=view or {})
        made = write(task, choice, origin=Origin.PERSON, by=by, owner=by, now=now, key=key, request=request,
                     said=said, overlay=seen)  # fmt: skip
        _move(task, move.target_of(task), by=by, now=now, hold_until=hold_until)
    return made


def undo(task: ReviewTask, *, by: User, now: datetime, version: int, key: str) -> Decision:
    """Take the last decision back within the policy's undo window: a new row, and the card is open again."""
    request = _request(task, by, version, {"choice": "undo"})
    with transaction.atomic():
        workflow.lock_campaign(task.campaign_id)
        task, by = workflow.lock(task, "undo", by=by)
        if known := _known(key, request, task):
            return known
        require_version(task, version)
        workflow.check(task, "undo", by=by, now=now)
        made = write(task, Choice.UNDO, origin=Origin.PERSON, by=by, owner=by, now=now, key=key, request=request)
        back = TaskState.ESCALATED if task.escalated_at else TaskState.OPEN
        was_held = task.state == TaskState.HELD  # its date is that of the hold, not the card's own
        due = task.due_at if task.due_at and not was_held else now + policies.period(task.policy)
        asked = {"escalated_to": by} if back == TaskState.ESCALATED else {}
        workflow.go(task, back, now=now, due_at=max(due, now + GRACE), **asked)
    return made


def reopen(task: ReviewTask, *, by: User, now: datetime, version: int) -> ReviewTask:
    """Open a held or not shown card again, as a person can at any time. Raises TaskMoved, Refused and NotAllowed."""
    with transaction.atomic():
        workflow.lock_campaign(task.campaign_id)
        task, by = workflow.lock(task, "reopen", by=by)
        require_version(task, version)
        workflow.check(task, "reopen", by=by, now=now)
        entry = {"task": task.pk, "what": "reopen", "from": str(task.state)}
        workflow.go(task, TaskState.OPEN, now=now, due_at=now + policies.period(task.policy))
        log.record(Kind.DECISION, stream=f"task:{task.pk}", by=by, body=entry, brand=task.brand, market=task.market)
    return task


def _request(task: ReviewTask, by: User, version: int, said: dict[str, Any]) -> str:
    whole = log.canonical({"task": task.pk, "by": by.pk, "version": version, **said})
    return hashlib.sha256(whole.encode()).hexdigest()


def _known(key: str, request: str, task: ReviewTask) -> Decision | None:
    require_key(key)
    found = Decision.objects.filter(idempotency_key=key).first()
    if found is None:
        return None
    if found.request_sha256 != request:
        raise KeyReused(_("This key was used for another decision. Load the card again."))
    is_asked_again = found.choice != Choice.UNDO and task.state in workflow.WAITING
    if is_asked_again or Decision.objects.filter(supersedes=found).exists():
        raise TaskMoved(gone(task))
    return found


def require_key(key: str) -> None:
    """Refuse a form that bears no key of its own: it could not be told from another person's."""
    if not key or key.startswith(OURS):
        raise KeyReused(_("The form came without its key. Load the page again."))


def gone(task: ReviewTask) -> Any:
    """Say that what a form asks for was done, and no longer stands."""
    return _("That was done before and does not stand any more: the card is %(state)s now.") % {
        "state": task.get_state_display()
    }


def require_version(task: ReviewTask, version: int) -> None:
    """Refuse a form that shows the task as it was: raises TaskMoved, which names who was faster."""
    if task.version != version:
        raise TaskMoved(_moved(task))


def _moved(task: ReviewTask) -> Any:
    last = task.decisions.select_related("decided_by").order_by("-id").first()
    if last is None:
        return _("This card changed while it was open: it is %(state)s now.") % {"state": task.get_state_display()}
    if last.decided_by is None:
        return _("This card was decided without a person meanwhile: %(state)s.") % {"state": task.get_state_display()}
    words = {"name": last.decided_by, "state": task.get_state_display()}
    return _("%(name)s was faster: the card is %(state)s now.") % words


def _require_words(task: ReviewTask, said: dict[str, Any], *, now: datetime) -> None:
    rationale, choice, verdict = said["rationale"], said["choice"], task.recommendation.verdict
    if len(rationale) > MAX_RATIONALE:
        raise NeedsReason(_("The reason has %(found)d characters, at most 8,000 are kept.") % {"found": len(rationale)},
                          "rationale")  # fmt: skip
    if is_override(choice, verdict):
        if said["category"] not in Category.values:
            raise NeedsReason(_("Choose what kind of reason it is"), "category")
        if len(rationale) < MIN_RATIONALE:
            raise NeedsReason(_("Write why you decide differently, at least 40 characters"), "rationale")
    elif choice != Choice.HOLD and task.stakes == Stakes.HIGH and not rationale:
        raise NeedsReason(_("High stakes: write in a sentence why"), "rationale")
    until = _date(said["hold_until"])
    if choice == Choice.HOLD and (until is None or policies.morning(until, task.campaign.market) <= now):
        raise NeedsReason(_("A hold needs a date that lies ahead"), "hold_until")
    if said["expected_p_u6"] is not None and not 0 <= said["expected_p_u6"] <= 1_000_000:
        raise NeedsReason(_("A chance lies between 0 and 100%"), "expected_p")


def write(
    task: ReviewTask,
    choice: str,
    *,
    origin: Origin,
    by: User | None,
    owner: User,
    now: datetime,
    key: str,
    request: str = "",
    said: dict[str, Any] | None = None,
    overlay: Overlay | None = None,
) -> Decision:
    """Write the decision record with its audit entry inside the caller's transaction; the task is moved by the caller.

    Everything the AI said is copied from the recommendation and its run as they stand. Raises KeyReused when another
    task's decision has the key.
    """
    said = said or {}
    before = task.decisions.order_by("-id").first()
    record = _advice(task, now) | {
        "choice": str(choice), "origin": str(origin), "category": "",
        "is_override": origin == Origin.PERSON and is_override(choice, task.recommendation.verdict),
        "seconds_taken": _seconds(task, by, now), "expected_p_u6": said.get("expected_p_u6"),
        "rationale_length": len(said.get("rationale", "")), "rationale_language": _language(said.get("rationale", "")),
    }  # fmt: skip
    if record["is_override"]:
        record["category"] = said.get("category", "")
    entry = _record(task, record, by=by, owner=owner, before=before, said=said, overlay=overlay)
    commitment = _commitment(entry) if record["rationale_length"] else ""
    try:
        with transaction.atomic():
            return Decision.objects.create(
                task=task, decided_by=by, owner=owner, at=now, policy=task.policy, overlay=overlay, supersedes=before,
                hold_until_date=_date(said.get("hold_until")), rationale_commitment=commitment, idempotency_key=key,
                request_sha256=request, audit=entry, **record,
            )  # fmt: skip
    except IntegrityError as clash:
        if not Decision.objects.filter(idempotency_key=key).exists():
            raise
        raise KeyReused(_("This key was used for another decision. Load the card again.")) from clash


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _advice(task: ReviewTask, now: datetime) -> dict[str, Any]:
    said, run = task.recommendation, task.recommendation.run
    age = (now.date() - said.figures_date).days if said.figures_date else None
    return {
        "ai_verdict": str(said.verdict), "ai_p_u6": said.p_u6, "ai_factors": said.factors,
        "model_sha256": run.model.sha256, "pool_sha256": run.pool_id or "",
        "figures_age_days": None if age is None else max(age, 0),
    }  # fmt: skip


def _seconds(task: ReviewTask, by: User | None, now: datetime) -> int | None:
    if by is None:
        return None
    start = task.claimed_at if task.claimed_by_id == by.pk else None
    return max(0, int((now - start).total_seconds())) if start else None


def _language(text: str) -> str:
    # Enough to say in which script it was written; names of the other script inside a sentence do not turn it.
    if not text:
        return ""
    cyrillic = len(re.findall(r"[а-яё]", text, re.IGNORECASE))
    return "ru" if cyrillic * 2 > sum(letter.isalpha() for letter in text) else "en"


def _record(
    task: ReviewTask,
    record: dict[str, Any],
    *,
    by: User | None,
    owner: User,
    before: Decision | None,
    said: dict[str, Any],
    overlay: Overlay | None,
) -> AuditEntry:
    # Factors hold fractions; the recommendation's own entry and the row hold them, the log names both.
    exact = {name: value for name, value in record.items() if name not in {"ai_factors", "choice"}}
    kinds = {Choice.UNDO: Kind.UNDO}
    kind = Kind.EXPIRY if record["origin"] == Origin.EXPIRY else kinds.get(Choice(record["choice"]), Kind.DECISION)
    words = {"rationale": said["rationale"]} if said.get("rationale") else None
    return log.record(
        kind,
        stream=f"task:{task.pk}",
        by=by,
        body=exact
        | {
            "task": task.pk,
            "choice": record["choice"],
            "override": record["is_override"],
            "recommendation": task.recommendation.audit_id.hex,
            "run": task.recommendation.run_id,
            "policy": task.policy_id,
            "policy_version": task.policy.version,
            "stakes": str(task.stakes),
            "owner": f"user:{owner.pk}",
            "hold_until": said.get("hold_until"),
            "overlay": overlay.audit_id.hex if overlay else None,
            "supersedes": before.audit_id.hex if before else None,
        },
        personal=words,
        subject=task.recommendation.creator.subject,
        brand=task.brand,
        market=task.market,
    )


def _commitment(entry: AuditEntry) -> str:
    return json.loads(entry.body)["commit"]


def _move(task: ReviewTask, state: TaskState, *, by: User, now: datetime, hold_until: date | None) -> None:
    changes: dict[str, Any] = {}
    if state == TaskState.HELD and hold_until is not None:
        changes["due_at"] = policies.morning(hold_until, task.campaign.market)
    if state == TaskState.AWAITING:
        asked = policies.manager_for(task, but={by.pk})
        changes |= {"due_at": now + policies.period(task.policy), "escalated_to": asked}
    if not workflow.go(task, state, now=now, **changes):
        raise TaskMoved(_moved(task))


def undo_seconds_left(decision: Decision, *, now: datetime) -> int:
    """Return how long a decision can still be taken back, in seconds; 0 when it stands."""
    end = decision.at + timedelta(seconds=decision.policy.undo_seconds)
    return max(0, int((end - now).total_seconds()))
