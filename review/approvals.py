"""A manager's answer on high stakes: approve, ask, reject. Four eyes hold in code and in the database."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import decisions, overlays, policies, workflow
from review.decisions import KeyReused, NeedsReason, TaskMoved
from review.models import Approval, ApprovalChoice, Decision, ReviewTask

VERBS = {
    ApprovalChoice.APPROVE: "sign_off",
    ApprovalChoice.ASK: "ask",
    ApprovalChoice.REJECT: "turn_down",
}
MAX_REASON = 4_000  # characters


def answer(
    task: ReviewTask, *, choice: str, by: User, now: datetime, version: int, key: str, reason: str = ""
) -> Approval:
    """Approve, ask or reject what a colleague decided on high stakes; the same key again returns the stored answer.

    Ask sends the card back to the desk with the question, and gives it a fresh deadline. Ask and Reject say why. Raises
    TaskMoved, KeyReused, NeedsReason, workflow.Refused and NotAllowed.
    """
    reason = reason.strip()
    with transaction.atomic():
        task, by = workflow.lock(task, VERBS[ApprovalChoice(choice)], by=by)
        if known := _known(key, task, choice, by, reason):
            return known
        decisions.require_version(task, version)
        move = workflow.check(task, VERBS[ApprovalChoice(choice)], by=by, now=now)
        if choice != ApprovalChoice.APPROVE and not reason:
            raise NeedsReason(_("Write why, in a sentence"), "reason")
        if len(reason) > MAX_REASON:
            raise NeedsReason(_("The text has %(found)d characters, at most 4,000 are kept.") % {"found": len(reason)},
                              "reason")  # fmt: skip
        made = _write(task, choice, by=by, now=now, key=key, reason=reason)
        changes = {"due_at": now + policies.period(task.policy)} if choice == ApprovalChoice.ASK else {}
        if not workflow.go(task, move.target_of(task), now=now, **changes):
            raise TaskMoved(_("This card changed while it was open."))
    return made


def undo(task: ReviewTask, *, by: User, now: datetime, version: int, key: str) -> Approval:
    """Take one's own approval or rejection back within 10 minutes: a new row, and the card waits again."""
    with transaction.atomic():
        task, by = workflow.lock(task, "undo_approval", by=by)
        if known := _known(key, task, ApprovalChoice.UNDO, by):
            return known
        decisions.require_version(task, version)
        move = workflow.check(task, "undo_approval", by=by, now=now)
        made = _write(task, ApprovalChoice.UNDO, by=by, now=now, key=key)
        workflow.go(task, move.target_of(task), now=now, due_at=now + policies.period(task.policy), escalated_to=by)
    return made


def undo_seconds_left(approval: Approval, *, now: datetime) -> int:
    """Return how long a manager's answer can still be taken back, in seconds."""
    return max(0, int((approval.at + workflow.APPROVAL_UNDO - now) / timedelta(seconds=1)))


def _known(key: str, task: ReviewTask, choice: str, by: User, reason: str = "") -> Approval | None:
    decisions.require_key(key)
    found = Approval.objects.select_related("decision").filter(idempotency_key=key).first()
    if found is None:
        return None
    before = (found.decision.task_id, found.choice, found.by_id, overlays.words_of(found).get("reason", reason))
    if before != (task.pk, choice, by.pk, reason):
        raise KeyReused(_("This key was used for another answer. Load the page again."))
    if Approval.objects.filter(supersedes=found).exists():
        raise TaskMoved(decisions.gone(task))
    return found


def _write(task: ReviewTask, choice: str, *, by: User, now: datetime, key: str, reason: str = "") -> Approval:
    decision = task.decisions.filter(decided_by__isnull=False).order_by("-id")[:1].get()
    before = decision.approvals.order_by("-id").first()
    entry = _record(task, decision, choice, by=by, before=before, reason=reason)
    return Approval.objects.create(
        decision=decision,
        decider=decision.decided_by or decision.owner,
        by=by,
        choice=choice,
        at=now,
        reason_length=len(reason),
        supersedes=before,
        idempotency_key=key,
        audit=entry,
    )


def _record(
    task: ReviewTask, decision: Decision, choice: str, *, by: User, before: Approval | None, reason: str
) -> AuditEntry:
    return log.record(
        Kind.UNDO if choice == ApprovalChoice.UNDO else Kind.APPROVAL,
        stream=f"task:{task.pk}",
        by=by,
        body={
            "task": task.pk,
            "choice": str(choice),
            "decision": decision.audit_id.hex,
            "decider": f"user:{decision.decided_by_id}",
            "recommendation": task.recommendation.audit_id.hex,
            "fee_minor": task.fee_minor,
            "stakes": str(task.stakes),
            "reason_length": len(reason),
            "supersedes": before.audit_id.hex if before else None,
        },
        personal={"reason": reason} if reason else None,
        subject=task.recommendation.creator.subject,
        brand=task.brand,
        market=task.market,
    )
