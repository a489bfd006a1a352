"""Decide, and take it back. One decision is one row, one audit entry, one transaction (trust.md 1.5)."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from audit import log
from audit.models import AuditEntry, Kind
from review import attention, disagreement, drafts, investigations, notices, overlays, policies, seals, workflow
from review.models import (
    About,
    Arm,
    Category,
    Choice,
    Decision,
    FirstView,
    Lane,
    OnExpiry,
    Origin,
    Overlay,
    ReviewTask,
    Route,
    Stakes,
    TaskState,
)
from review.models.judged import MIN_RATIONALE
from review.routing import Reason
from screening.models import Verdict

GRACE = timedelta(minutes=15)  # an undone decision leaves at least this much time before the clock acts
MAX_RATIONALE = 8_000  # characters
CHOICES = (Choice.APPROVE, Choice.REJECT, Choice.HOLD)  # Undo is a verb of its own
OURS = ("auto:", "fast:", "expiry:", "stop:")  # keys of the AI's and the clock's own decisions
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
    category_too: Sequence[str] = (),
    rationale: str = "",
    proof: str = "",
    hold_until: date | None = None,
    expected_p: float | None = None,
    view: Mapping[str, Any] | None = None,
) -> Decision:
    """Record a person's Approve, Reject or Hold; the same key and request again return the decision while it stands.

    version: the task's version that the person saw. category_too: kinds of reason beside the first. proof: what would
    prove an override right. expected_p: how sure they are that it works out, 0 to 1. view: what `overlays.save` takes,
    kept as the next overlay where it says something new; the latest is tied to the decision. Approve on high stakes
    waits for a manager. Raises TaskMoved, KeyReused, NeedsReason, NotAnOverlay, workflow.Refused and NotAllowed.
    """
    if choice not in CHOICES:
        raise workflow.Refused(_("A decision is Approve, Reject or Hold."))
    rationale, proof = rationale.strip(), proof.strip() if is_override(choice, task.recommendation.verdict) else ""
    said: dict[str, Any] = {
        "choice": str(choice), "category": str(category), "rationale": rationale, "proof": proof,
        "hold_until": hold_until.isoformat() if hold_until else None,
        "expected_p_u6": None if expected_p is None else round(expected_p * 1_000_000),
    }  # fmt: skip
    if too := [str(one) for one in dict.fromkeys(category_too) if one != category]:
        said["category_too"] = too  # a request without any keeps its hash of before
    request = _request(task, by, version, {**said, "view": dict(view) if view else None})
    with _with_key(key):
        task, by = workflow.lock(task, choice, by=by)
        case = workflow.Case(task, by, now)
        if known := _known(key, request, case):
            return known
        require_version(task, version)
        move = workflow.check(task, choice, by=by, now=now, case=case)
        _require_words(task, said, now=now)
        seen = overlays.keep(case, view=view or {}, is_locked=True)
        made = write(task, choice, origin=Origin.PERSON, by=by, owner=by, now=now, key=key, request=request,
                     said=said, overlay=seen, case=case)  # fmt: skip
        _move(task, move.target_of(task), by=by, now=now, hold_until=hold_until)
        _tell_manager(task, made, now=now)
        investigations.after_decision(made, now=now)
    return made


def undo(task: ReviewTask, *, by: User, now: datetime, version: int, key: str) -> Decision:
    """Take the last decision back within the policy's undo window: a new row, and the card is open again."""
    request = _request(task, by, version, {"choice": "undo"})
    with _with_key(key):
        workflow.lock_campaign(task.campaign_id)
        task, by = workflow.lock(task, "undo", by=by)
        if known := _known(key, request, workflow.Case(task, by, now)):
            return known
        require_version(task, version)
        workflow.check(task, "undo", by=by, now=now)
        return take_back(task, by=by, now=now, key=key, request=request)


def take_back(task: ReviewTask, *, by: User, now: datetime, key: str, request: str = "", why: str = "") -> Decision:
    """Write the undo of a task's last decision and open the card again, inside the caller's transaction.

    What the AI or the clock decided is a person's from then on: the clock does not do it again.
    """
    last = task.decisions.order_by("-id")[:1].get()
    notices.withdraw(f"approval:{last.pk}")
    made = write(task, Choice.UNDO, origin=Origin.PERSON, by=by, owner=by, now=now, key=key, request=request)
    back = TaskState.ESCALATED if task.escalated_at else TaskState.OPEN
    is_elsewhere = task.state in {TaskState.HELD, TaskState.AWAITING}  # whose deadline is not the desk's
    due = (task.desk_due_at if is_elsewhere else task.due_at) or policies.due(task.policy, task.stakes, now=now)
    changes: dict[str, Any] = {"escalated_to": by} if back == TaskState.ESCALATED else {}
    if last.origin != Origin.PERSON:
        changes |= _to_people(task, why or Reason.TAKEN_BACK)
        due = max(due, policies.due(task.policy, task.stakes, now=now))
    workflow.go(task, back, now=now, due_at=max(due, now + GRACE), desk_due_at=None, **changes)
    disagreement.mark(task)
    return made


def _to_people(task: ReviewTask, why: str) -> dict[str, Any]:
    lead = Route.REVIEW if task.route in {Route.AUTO, Route.FAST} else task.route
    lane = Lane.TOP if task.lane in {Lane.SPOT, Lane.FAST} else task.lane
    return {"route": lead, "lane": lane, "on_expiry": OnExpiry.ESCALATES, "reasons": [[why, {}], *task.reasons]}


def reopen(task: ReviewTask, *, by: User, now: datetime, version: int) -> ReviewTask:
    """Open a held or not shown card again, as a person can at any time. Raises TaskMoved, Refused and NotAllowed."""
    with transaction.atomic():
        workflow.lock_campaign(task.campaign_id)
        task, by = workflow.lock(task, "reopen", by=by)
        require_version(task, version)
        workflow.check(task, "reopen", by=by, now=now)
        entry = {"task": task.pk, "what": "reopen", "from": str(task.state)}
        workflow.go(task, TaskState.OPEN, now=now, due_at=policies.due(task.policy, task.stakes, now=now))
        log.record(Kind.DECISION, stream=f"task:{task.pk}", by=by, body=entry, brand=task.brand, market=task.market)
    return task


def _request(task: ReviewTask, by: User, version: int, said: dict[str, Any]) -> str:
    whole = log.canonical({"task": task.pk, "by": by.pk, "version": version, **said})
    return hashlib.sha256(whole.encode()).hexdigest()


@contextmanager
def _with_key(key: str) -> Iterator[None]:
    """Hold a transaction in which a decision gets its key; raises KeyReused where another card's decision bears it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as clash:
        if not Decision.objects.filter(idempotency_key=key).exists():
            raise
        raise KeyReused(_("This key was used for another decision. Load the card again.")) from clash


def _known(key: str, request: str, case: workflow.Case) -> Decision | None:
    # A key that another card's decision bears is refused by the database (`_with_key`).
    require_key(key)
    found = next((one for one in case.decisions if one.idempotency_key == key), None)
    if found is None:
        return None
    if found.request_sha256 != request:
        raise KeyReused(_("This key was used for another decision. Load the card again."))
    is_asked_again = found.choice != Choice.UNDO and case.task.state in workflow.WAITING
    if is_asked_again or any(one.supersedes_id == found.pk for one in case.decisions):
        raise TaskMoved(gone(case.task))
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
        if not {said["category"], *said.get("category_too", ())} <= set(Category.values):
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
    case: workflow.Case | None = None,
) -> Decision:
    """Write the decision record with its audit entry inside the caller's transaction; the task is moved by the caller.

    Everything the AI said is copied from the recommendation and its run as they stand. case: what was read already.
    The database refuses a key that another task's decision has.
    """
    said = said or {}
    words = said.get("rationale", "")
    before = case.decision if case else task.decisions.order_by("-id").first()
    first = task.first_views.filter(by=by).first() if by and task.arm == Arm.BLIND else None
    record = _advice(task, now) | {
        "choice": str(choice), "origin": str(origin), "category": "",
        "is_override": origin == Origin.PERSON and is_override(choice, task.recommendation.verdict),
        "seconds_taken": _seconds(task, by, now),
        "active_seconds": attention.decided(task, by=by, now=now) if by and choice != Choice.UNDO else None,
        "expected_p_u6": said.get("expected_p_u6"),
        "rationale_length": len(words), "rationale_language": language_of(words),
        "arm": "" if by is None else str(Arm.BLIND if first else Arm.AI_FIRST),
    }  # fmt: skip
    if record["is_override"]:
        record["category"] = said.get("category", "")
    entry = _record(task, record, by=by, owner=owner, before=before, said=said, overlay=overlay, first=first)
    commitment = _commitment(entry) if record["rationale_length"] else ""
    drafts.drop(task)
    return Decision.objects.create(
        task=task, decided_by=by, owner=owner, at=now, policy=task.policy, overlay=overlay,
        supersedes=before, first_view=first,
        hold_until_date=_date(said.get("hold_until")), rationale_commitment=commitment, idempotency_key=key,
        request_sha256=request, audit=entry, **record,
    )  # fmt: skip


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


def language_of(text: str) -> str:
    """Return in which language a text is written, by its script: ru or en; empty for nothing."""
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
    first: FirstView | None,
) -> AuditEntry:
    # Factors hold fractions; the recommendation's own entry and the row hold them, the log names both.
    exact = {name: value for name, value in record.items() if name not in {"ai_factors", "choice"}}
    kinds = {Choice.UNDO: Kind.UNDO}
    kind = Kind.EXPIRY if record["origin"] == Origin.EXPIRY else kinds.get(Choice(record["choice"]), Kind.DECISION)
    words = {name: said[name] for name in ("rationale", "proof") if said.get(name)} or None
    too = {"category_too": said["category_too"]} if record["is_override"] and said.get("category_too") else {}
    return log.record(
        kind,
        stream=f"task:{task.pk}",
        by=by,
        body=exact
        | too
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
            "proof_length": len(said.get("proof", "")),
            "overlay": overlay.audit_id.hex if overlay else None,
            "first_view": first.audit_id.hex if first else None,
            "arm_drawn": str(task.arm),
            "arm_share_u6": task.arm_share_u6,
            "seen_before": by is not None and seals.is_sealed(task),  # only who had seen the AI's view decides so
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
    changes: dict[str, Any] = {"desk_due_at": task.due_at} if state in {TaskState.HELD, TaskState.AWAITING} else {}
    if state == TaskState.HELD and hold_until is not None:
        changes["due_at"] = policies.morning(hold_until, task.campaign.market)
    if state == TaskState.AWAITING:
        asked = policies.manager_for(task, but={by.pk}, now=now)
        changes |= {"due_at": policies.due(task.policy, task.stakes, now=now), "escalated_to": asked}
    if not workflow.go(task, state, now=now, **changes):
        raise TaskMoved(_moved(task))


def _tell_manager(task: ReviewTask, made: Decision, *, now: datetime) -> None:
    if task.state != TaskState.AWAITING:
        return
    wait = max(notices.UNDO, timedelta(seconds=task.policy.undo_seconds))
    people = [task.escalated_to] if task.escalated_to else policies.holders(Role.MANAGER, task.brand, task.market)
    notices.tell(people, About.APPROVAL, key=f"approval:{made.pk}", url=reverse("approval", args=[task.pk]), now=now,
                 by=made.decided_by, task=task, numbers={"fee_minor": task.fee_minor}, wait=wait)  # fmt: skip


def undo_seconds_left(decision: Decision, *, now: datetime) -> int:
    """Return how long a decision can still be taken back, in seconds; 0 when it stands."""
    end = decision.at + workflow.undo_window(decision)
    return max(0, int((end - now).total_seconds()))
