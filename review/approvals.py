"""A manager's answer on high stakes: approve, ask, reject. Four eyes hold in code and in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import proof
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import decisions, disagreement, notices, overlays, policies, workflow
from review.decisions import KeyReused, NeedsReason, TaskMoved
from review.judgement.enough import Standing
from review.models import About, Approval, ApprovalChoice, Decision, Policy, ReviewTask

if TYPE_CHECKING:
    from review.queries import View

VERBS = {
    ApprovalChoice.APPROVE: "sign_off",
    ApprovalChoice.ASK: "ask",
    ApprovalChoice.REJECT: "turn_down",
}
MAX_REASON = 4_000  # characters
MOST_CONDITIONS, MAX_CONDITION = 8, 200  # lines of an approval, characters of one


class NeedsFreshSignIn(Exception):
    """Raised when an answer lies above the limit of the rules and the password was not given within five minutes."""


@dataclass(frozen=True)
class Conditions:
    """What a manager ties an approval to. words: one condition a line; exit_date: until when leaving costs nothing."""

    words: str = ""
    exit_date: date | None = None

    @property
    def lines(self) -> list[str]:
        """The conditions, one each."""
        return [line.strip() for line in self.words.splitlines() if line.strip()]


def answer(
    task: ReviewTask,
    *,
    choice: str,
    by: User,
    now: datetime,
    version: int,
    key: str,
    reason: str = "",
    conditions: Conditions = Conditions(),
    signed_in_at: datetime | None = None,
) -> Approval:
    """Approve, ask or reject what a colleague decided on high stakes; the same key again returns the stored answer.

    Ask sends the card back to the desk with the question, and gives it a fresh deadline. Ask and Reject say why.
    Approve may tie the deal to conditions. signed_in_at: when the person last gave their password. Raises TaskMoved,
    KeyReused, NeedsReason, NeedsFreshSignIn, workflow.Refused and NotAllowed.
    """
    choice, tied = ApprovalChoice(choice), conditions if choice == ApprovalChoice.APPROVE else Conditions()
    words = {"reason": reason.strip(), "conditions": "\n".join(tied.lines)}
    with transaction.atomic():
        task, by = workflow.lock(task, VERBS[choice], by=by)
        if known := _known(key, task, choice, by, words):
            return known
        decisions.require_version(task, version)
        move = workflow.check(task, VERBS[choice], by=by, now=now)
        _require_sentence(task, choice, words["reason"])
        _require_words(choice, words["reason"], tied, on=policies.today(task.campaign.market, now=now))
        facts: dict[str, Any] = {"fresh_sign_in": require_fresh(task, choice, signed_in_at=signed_in_at, now=now)}
        if choice == ApprovalChoice.APPROVE:
            facts |= {"conditions": len(tied.lines), "exit_date": tied.exit_date and tied.exit_date.isoformat()}
        made = _write(task, choice, by=by, now=now, key=key, words=words, facts=facts)
        changes = {"due_at": policies.due(task.policy, task.stakes, now=now)} if choice == ApprovalChoice.ASK else {}
        if not workflow.go(task, move.target_of(task), now=now, **changes):
            raise TaskMoved(_("This card changed while it was open."))
        if choice == ApprovalChoice.ASK:
            disagreement.mark(task)
        _tell_decider(task, made, now=now)
    return made


def _tell_decider(task: ReviewTask, made: Approval, *, now: datetime) -> None:
    notices.settle(f"approval:{made.decision_id}", now=now)
    wait = timedelta(0) if made.choice == ApprovalChoice.ASK else workflow.APPROVAL_UNDO
    numbers = {"choice": str(made.choice), "fee_minor": task.fee_minor, **notices.receipt(made.audit)}
    notices.tell([made.decider], About.APPROVED, key=f"approved:{made.pk}", url=reverse("queue-card", args=[task.pk]),
                 now=now, by=made.by, task=task, wait=wait, numbers=numbers)  # fmt: skip


def _require_sentence(task: ReviewTask, choice: ApprovalChoice, reason: str) -> None:
    if choice == ApprovalChoice.APPROVE and not reason and is_under_line(task, together_of(task)):
        raise NeedsReason(_("Together is under the line: write in a sentence why you accept the risk."), "reason")


def together_of(task: ReviewTask, *, by: User | None = None, views: "list[View] | None" = None) -> float | None:
    """Return Together of the AI and the one who decided, 0 to 1; None while too few results stand behind a number.

    by: who decided, views: what people said, where they were read already.
    """
    from review.queries import views_of
    from review.queries.together import figure

    if by is None:
        last = task.decisions.filter(decided_by__isnull=False).select_related("decided_by").order_by("-id").first()
        by = last.decided_by if last else None
    if by is None:
        return None
    told = figure(task, user=by, views=views_of(task) if views is None else views)
    return {Standing.WORDS: None, Standing.AI_ALONE: told.p}.get(told.fitted.standing, told.q)


def is_under_line(task: ReviewTask, together: float | None) -> bool:
    """Tell whether Together lies under the policy's auto line, so that an approval takes a sentence."""
    return together is not None and together < task.policy.auto_line_u6 / 1_000_000


def _require_words(choice: ApprovalChoice, reason: str, tied: Conditions, *, on: date) -> None:
    if choice != ApprovalChoice.APPROVE and not reason:
        raise NeedsReason(_("Write why, in a sentence"), "reason")
    if len(reason) > MAX_REASON:
        raise NeedsReason(_("The text has %(found)d characters, at most 4,000 are kept.") % {"found": len(reason)},
                          "reason")  # fmt: skip
    if len(tied.lines) > MOST_CONDITIONS or any(len(line) > MAX_CONDITION for line in tied.lines):
        raise NeedsReason(_("Eight conditions at most, of 200 characters each."), "conditions")
    if tied.exit_date and tied.exit_date < on:
        raise NeedsReason(_("The day of free exit lies ahead."), "exit_date")


def fresh_limit_minor(policy: Policy) -> int:
    """Return from which fee an answer asks for the password again, in minor units of the brand's currency."""
    own = policy.fresh_sign_in_minor
    return policy.high_fee_minor * settings.FRESH_SIGN_IN_TIMES if own is None else own


def is_above_limit(task: ReviewTask, choice: str) -> bool:
    """Tell whether an answer takes a fresh sign-in. A question moves no money."""
    return choice != ApprovalChoice.ASK and task.fee_minor >= fresh_limit_minor(task.policy)


def require_fresh(task: ReviewTask, choice: str, *, signed_in_at: datetime | None, now: datetime) -> bool:
    """Return whether the answer was asked for a fresh sign-in, and had it. Raises NeedsFreshSignIn."""
    if not is_above_limit(task, choice):
        return False
    if not proof.is_fresh(signed_in_at, now=now):
        raise NeedsFreshSignIn(_("Above this amount the password is asked for again: five minutes later at most."))
    return True


def standing(task: ReviewTask) -> Approval | None:
    """Return the approval that stands on a task, with its entry; None where none does."""
    last = task.decisions.order_by("-id")[:1]
    found = Approval.objects.select_related("by", "audit__payload").filter(decision__in=last).order_by("-id").first()
    return found if found and found.choice == ApprovalChoice.APPROVE else None


def tied_to(numbers: Mapping[str, Any], words: Mapping[str, str]) -> Conditions:
    """Return the conditions of an approval's entry: what the log holds, and the words while they are not erased."""
    until = numbers.get("exit_date")
    return Conditions(words.get("conditions", ""), date.fromisoformat(until) if until else None)


def undo(task: ReviewTask, *, by: User, now: datetime, version: int, key: str) -> Approval:
    """Take one's own approval or rejection back within 10 minutes: a new row, and the card waits again."""
    with transaction.atomic():
        task, by = workflow.lock(task, "undo_approval", by=by)
        if known := _known(key, task, ApprovalChoice.UNDO, by):
            return known
        decisions.require_version(task, version)
        move = workflow.check(task, "undo_approval", by=by, now=now)
        notices.withdraw(f"approved:{_last(task).pk}")
        made = _write(task, ApprovalChoice.UNDO, by=by, now=now, key=key)
        due = policies.due(task.policy, task.stakes, now=now)
        workflow.go(task, move.target_of(task), now=now, due_at=due, escalated_to=by)
    return made


def _last(task: ReviewTask) -> Approval:
    return Approval.objects.filter(decision__task=task).order_by("-id")[:1].get()


def undo_seconds_left(approval: Approval, *, now: datetime) -> int:
    """Return how long a manager's answer can still be taken back, in seconds."""
    return max(0, int((approval.at + workflow.APPROVAL_UNDO - now) / timedelta(seconds=1)))


def _known(
    key: str, task: ReviewTask, choice: str, by: User, words: Mapping[str, str] | None = None
) -> Approval | None:
    decisions.require_key(key)
    found = Approval.objects.select_related("decision").filter(idempotency_key=key).first()
    if found is None:
        return None
    said, kept = {name: text for name, text in (words or {}).items() if text}, overlays.words_of(found)
    is_same = not kept or not words or kept == said  # erased words say nothing against it
    if (found.decision.task_id, found.choice, found.by_id) != (task.pk, choice, by.pk) or not is_same:
        raise KeyReused(_("This key was used for another answer. Load the page again."))
    if Approval.objects.filter(supersedes=found).exists():
        raise TaskMoved(decisions.gone(task))
    return found


def _write(
    task: ReviewTask, choice: str, *, by: User, now: datetime, key: str, words: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Approval:  # fmt: skip
    decision = task.decisions.filter(decided_by__isnull=False).order_by("-id")[:1].get()
    before = decision.approvals.order_by("-id").first()
    said = {name: text for name, text in (words or {}).items() if text}
    entry = _record(task, decision, choice, by=by, before=before, said=said, facts=facts or {})
    return Approval.objects.create(
        decision=decision,
        decider=decision.decided_by or decision.owner,
        by=by,
        choice=choice,
        at=now,
        reason_length=len(said.get("reason", "")),
        supersedes=before,
        idempotency_key=key,
        audit=entry,
    )


def _record(
    task: ReviewTask,
    decision: Decision,
    choice: str,
    *,
    by: User,
    before: Approval | None,
    said: dict[str, str],
    facts: Mapping[str, Any],
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
            "reason_length": len(said.get("reason", "")),
            "supersedes": before.audit_id.hex if before else None,
            **facts,
        },
        personal=said or None,
        subject=task.recommendation.creator.subject,
        brand=task.brand,
        market=task.market,
    )
