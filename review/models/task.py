"""The review task: a recommendation that waits for a person."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from review.models.policy import Policy
from screening.models import Campaign, Recommendation

if TYPE_CHECKING:
    from review.models.judged import Decision


class Stakes(models.TextChoices):
    """How much hangs on a decision."""

    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high")


class Route(models.TextChoices):
    """Who leads."""

    AUTO = "auto", _("the AI")
    FAST = "fast", _("fast track")
    REVIEW = "review", _("a person")
    EXPERT = "expert", _("a regional expert")
    MANAGER = "manager", _("a person and a manager")


class TaskState(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", _("open")
    ESCALATED = "escalated", _("with the manager")
    HELD = "held", _("held")
    AWAITING = "awaiting", _("waits for approval")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    NOT_SHOWN = "not_shown", _("not shown now")
    WITHDRAWN = "withdrawn", _("withdrawn by the creator")
    TAKEN = "taken", _("taken by another offer")


class OnExpiry(models.TextChoices):
    """What the clock does; said on the card beforehand."""

    STANDS = "stands", _("the AI’s verdict stands")
    ESCALATES = "escalates", _("goes to the manager")
    HOLDS = "holds", _("is held")


class Lane(models.TextChoices):
    """The part of the queue a card stands in: the first reason it is shown to people. Each card has one."""

    CUT = "cut", _("At the cut")
    TOP = "top", _("Top")
    UNCERTAIN = "uncertain", _("Uncertain")
    DISAGREE = "disagree", pgettext_lazy("lane", "Disagree")
    EXPLORE = "explore", _("Explore")
    SPOT = "spot", _("Spot checks")
    FAST = "fast", _("Fast track")


class Arm(models.TextChoices):
    """Whether the person speaks before the AI does. Drawn by the server when the run ends, never changed."""

    BLIND = "blind", _("blind-first")
    AI_FIRST = "ai_first", _("AI first")


class ReviewTask(models.Model):
    """One question to a person, with why it is asked, how much hangs on it, and what the clock does."""

    recommendation = models.OneToOneField(Recommendation, on_delete=models.PROTECT, related_name="task")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="tasks")
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="tasks")
    brand = models.CharField(max_length=60)  # slug and code again: the queue's filter and index
    market = models.CharField(max_length=12)
    route = models.CharField(max_length=8, choices=Route)
    lane = models.CharField(max_length=9, choices=Lane, default=Lane.CUT, blank=True)  # empty while the card is sealed
    differs = models.ForeignKey(  # whose view contradicts the AI: such a card stands in the lane Disagree
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reasons = models.JSONField()  # [[code, {numbers}], ...] most important first
    is_guarded = models.BooleanField(default=False)  # a guardrail asked for the person
    stakes = models.CharField(max_length=6, choices=Stakes)
    fee_minor = models.BigIntegerField()
    value = models.FloatField(default=0)  # worth of asking, orders the queue
    probability_u6 = models.PositiveIntegerField()  # of being shown to a person, times 10^6
    arm = models.CharField(max_length=8, choices=Arm, default=Arm.AI_FIRST)
    arm_share_u6 = models.PositiveIntegerField(default=0)  # chance with which blind-first was drawn, times 10^6
    unsealed_at = models.DateTimeField(null=True)  # of a blind-first card: a view was committed, or the case ended
    is_exploration = models.BooleanField(default=False)
    is_spot_check = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=TaskState, default=TaskState.OPEN)
    on_expiry = models.CharField(max_length=9, choices=OnExpiry)
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    desk_due_at = models.DateTimeField(null=True)  # the desk's own deadline while a manager or a date is waited for
    paused_at = models.DateTimeField(null=True)  # the clock stands while somebody is asked
    offer_until = models.DateTimeField(null=True)  # the creator's own clock: another offer until then
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="claims")
    claimed_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    first_opened_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    escalated_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["state", "brand", "market", "-value", "-id"], name="queue_by_value"),
            models.Index(fields=["state", "brand", "market", "lane", "-value", "-id"], name="queue_by_lane"),
            # Counted lane by lane: without their stakes in it every card of a lane was looked up.
            models.Index(
                fields=["state", "brand", "market", "stakes", "lane", "-value", "-id"], name="queue_by_stakes"
            ),
            models.Index(fields=["state", "campaign", "-value", "-id"], name="queue_by_campaign"),
            models.Index(fields=["state", "-value", "-id"], name="queue_of_all"),
            models.Index(
                fields=["state", "brand", "market", "-value", "-id"],
                condition=Q(claimed_by__isnull=True),
                name="free_cards_by_value",
            ),
            models.Index(
                fields=["state", "-value", "-id"], condition=Q(claimed_by__isnull=True), name="free_cards_of_all"
            ),
            models.Index(fields=["state", "due_at"], name="tasks_by_deadline"),
            models.Index(
                fields=["state", "claimed_until"], condition=Q(claimed_by__isnull=False), name="cards_that_are_held"
            ),
            models.Index(fields=["claimed_by", "state", "-value", "-id"], name="queue_of_a_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(on_expiry="stands") | (~Q(stakes="high") & Q(is_guarded=False)),
                name="the_clock_never_approves_high_stakes_or_guarded",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_until__isnull=True)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="a_claim_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(unsealed_at__isnull=True) | Q(arm="blind"), name="only_a_sealed_card_is_unsealed"
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("opened_at")), name="due_after_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"

    @classmethod
    def locked(cls, pk: int) -> "ReviewTask":
        """Return a card's row locked for this transaction. Raises DoesNotExist."""
        # Written out: a queryset would spell some forty columns anew at each press.
        lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
        found = list(cls.objects.raw(f"SELECT * FROM review_reviewtask WHERE id = %s{lock}", [pk]))
        if not found:
            raise cls.DoesNotExist
        return found[0]

    def decided(self) -> "models.QuerySet[Decision]":
        """Return the task's decisions, undone ones and undos included, oldest first."""
        # A person's decision moves the card, and the AI decides only on routes of its own: else here is none yet.
        is_waiting = self.state in {TaskState.OPEN, TaskState.ESCALATED}
        if self.version == 1 and is_waiting and self.route not in {Route.AUTO, Route.FAST}:
            return self.decisions.none()
        return self.decisions.select_related("decided_by", "owner", "policy").order_by("id")
