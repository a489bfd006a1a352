"""What waits for a manager, and one approval with its money."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from accounts import access
from accounts.models import User
from review import approvals
from review.models import Decision, FirstView, ReviewTask, TaskState
from review.queries.cards import WHOLE, Card, card
from screening.models import Outcome


@dataclass(frozen=True)
class Alike:
    """How earlier partnerships in the same market on the same platform ended, of those the reader may see."""

    n: int
    missed: int


@dataclass(frozen=True)
class ApprovalPage:
    """What a manager sees on high stakes: money, both sides, what follows. budget_*: minor units of the currency."""

    card: Card
    decision: Decision | None
    rationale: str
    budget_minor: int
    committed_minor: int  # approved in this campaign before this one
    after_minor: int  # left of the budget if this is approved
    undo_seconds: int
    first_view: FirstView | None  # what the decider thought before the AI spoke
    alike: Alike


def approval_page(task: ReviewTask, *, user: User, now: datetime) -> ApprovalPage:
    """Return the approval page of a task that `find` gave."""
    shown = card(task, user=user, now=now)
    spent = committed_minor(task)
    left = approvals.undo_seconds_left(shown.approval, now=now) if shown.approval else 0
    made, words = shown.decision, {step.uid: step.words for step in shown.history}
    return ApprovalPage(
        card=shown,
        decision=shown.decision,
        rationale=words.get(made.audit_id, {}).get("rationale", "") if made else "",
        budget_minor=task.campaign.budget_minor,
        committed_minor=spent,
        after_minor=task.campaign.budget_minor - spent - task.fee_minor,
        undo_seconds=left if "undo_approval" in shown.allowed else 0,
        first_view=next((one for one in shown.beside.firsts if made and one.by_id == made.decided_by_id), None),
        alike=alike(task, user=user),
    )


def alike(task: ReviewTask, *, user: User) -> Alike:
    """Count how partnerships of the same market and platform ended: each once, by its newest result."""
    here = access.scope(user).query("campaign__brand", "campaign__market")
    same = Outcome.objects.filter(
        here, campaign__market=task.market, profile__platform=task.recommendation.profile.platform,
        replaced_by__isnull=True,
    )  # fmt: skip
    later = Outcome.objects.filter(
        campaign=OuterRef("campaign"), profile=OuterRef("profile"), as_of_date__gt=OuterRef("as_of_date"),
        replaced_by__isnull=True,
    )  # fmt: skip
    newest = same.exclude(campaign=task.campaign_id).filter(~Exists(later))
    found = newest.aggregate(n=Count("pk"), missed=Count("pk", filter=Q(is_success=False)))
    return Alike(**found)


def committed_minor(task: ReviewTask) -> int:
    """Return what the campaign's other approved cards cost, in minor units of the brand's currency."""
    others = task.campaign.tasks.filter(state=TaskState.APPROVED).exclude(pk=task.pk)
    return sum(others.values_list("fee_minor", flat=True))


def approvals_of(user: User) -> list[ReviewTask]:
    """Return what waits for the person as a manager: cards to approve, and escalated ones, soonest due first."""
    here = ReviewTask.objects.filter(
        access.scope(user).query("brand", "market", access.MAY["approve"]),
        state__in=[TaskState.AWAITING, TaskState.ESCALATED],
    )
    rows = here.select_related(*WHOLE).order_by("due_at", "pk")[:200]
    return sorted(rows, key=lambda task: task.escalated_to_id != user.pk)  # what is asked of this person comes first
