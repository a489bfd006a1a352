"""What people said and decided. Overlays, decisions, approvals and notes refuse update and delete.

The words that people wrote stand once, in the erasable payload of the row's audit entry; the row keeps their length,
language and commitment.
"""

import json

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from review.models.policy import Policy
from review.models.task import Arm, ReviewTask
from screening.models import Verdict

MIN_RATIONALE = 40  # characters of an override's reason


class Relationship(models.TextChoices):
    """How the person stands to the creator."""

    NONE = "none", _("None")
    KNOW = "know", _("Know")
    WORKED = "worked", _("Worked")
    REFERRAL = "referral", _("Referral")


class Overlay(models.Model):
    """A person's structured context beside the recommendation, never inside it. Each save is a version."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="overlays")
    version = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    has_interest = models.BooleanField(default=False)  # of one's own in the deal: the card goes to somebody else
    relationship = models.CharField(max_length=8, choices=Relationship, default=Relationship.NONE)
    cultural_fit = models.PositiveSmallIntegerField(null=True)  # 1 clashes .. 5 at home
    strategic_alignment = models.PositiveSmallIntegerField(null=True)  # 1 off .. 5 spot on
    gut_rating = models.PositiveSmallIntegerField(null=True)  # 1 no .. 5 yes
    referred_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    forecast_percent = models.SmallIntegerField(null=True)  # by how much the forecast is too low (+) or too high (-)
    factor_views = models.JSONField(default=dict)  # factor code -> agree | disagree
    words = models.JSONField(default=list)  # names of the fields that hold words in the payload
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="overlay")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "version"], name="overlay_versions_are_numbered_once"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__range": (1, 5)}),
                    name=f"{field}_is_1_to_5",
                )
                for field in ("cultural_fit", "strategic_alignment", "gut_rating")
            ),
            models.CheckConstraint(
                condition=Q(referred_by__isnull=True) | Q(relationship="referral"),
                name="only_a_referral_names_who_referred",
            ),
            models.CheckConstraint(
                condition=Q(forecast_percent__isnull=True) | Q(forecast_percent__range=(-90, 300)),
                name="a_forecast_is_adjusted_by_90_down_to_300_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} v{self.version}"


class Because(models.TextChoices):
    """What decided a first view."""

    FIT = "fit", _("Fit with the brand")
    AUDIENCE = "audience", _("Audience")
    CONTENT = "content", _("Content and tone")
    PRICE = "price", _("Price or terms")
    RISK = "risk", _("A risk")
    KNOWN = "known", _("I know the creator")


class FirstView(models.Model):
    """What a person thought before the AI spoke. One a person and card; rows refuse update and delete."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="first_views")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    says_yes = models.BooleanField()
    is_firm = models.BooleanField(default=False)  # yes or no, not only rather so
    p_u6 = models.PositiveIntegerField()  # the person's own chance that it works out, times 10^6
    because = models.CharField(max_length=12, choices=Because)
    because_too = models.CharField(max_length=12, choices=Because, blank=True, default="")
    length = models.PositiveIntegerField(default=0)  # characters of the sentence; it stands in the payload
    active_seconds = models.PositiveIntegerField(null=True)  # on the card before the view was committed
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="first_view")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "by"], name="a_person_commits_one_first_view_a_card"),
            models.CheckConstraint(condition=Q(p_u6__range=(0, 1_000_000)), name="a_first_view_is_a_chance"),
            models.CheckConstraint(
                condition=Q(says_yes=True, p_u6__gte=500_000) | Q(says_yes=False, p_u6__lte=500_000),
                name="a_first_view_does_not_contradict_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {'yes' if self.says_yes else 'no'}"


class Choice(models.TextChoices):
    """What a decision says. `undo` takes the one it supersedes back."""

    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    HOLD = "hold", _("Hold")
    UNDO = "undo", _("Undo")


class Origin(models.TextChoices):
    """How a decision came about."""

    PERSON = "person", _("a person")
    AUTO = "auto", _("the AI, by the policy")
    FAST = "fast", _("fast track")
    EXPIRY = "expiry", _("decided without a person at the deadline")


class Category(models.TextChoices):
    """Kind of reason of an override."""

    CONTEXT = "context", _("The AI misses context")
    RELATIONSHIP = "relationship", _("I know the creator")
    CULTURE = "culture", _("Cultural fit")
    STRATEGY = "strategy", _("Strategy")
    DATA = "data", _("The data is wrong")
    RISK = "risk", _("A risk the data does not show")
    PRICE = "price", _("Price or terms")


class Decision(models.Model):
    """The decision record: the AI's advice as it stood, the choice, and who owns it, in one row never changed."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="decisions")
    choice = models.CharField(max_length=8, choices=Choice)
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.PERSON)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_decisions")
    at = models.DateTimeField(default=timezone.now)
    seconds_taken = models.PositiveIntegerField(null=True)
    active_seconds = models.PositiveIntegerField(null=True)  # looked at and used; unknown without script
    # What the AI said at that time.
    ai_verdict = models.CharField(max_length=10, choices=Verdict)
    ai_p_u6 = models.PositiveIntegerField()
    ai_factors = models.JSONField()
    model_sha256 = models.CharField(max_length=64)
    pool_sha256 = models.CharField(max_length=64)
    figures_age_days = models.PositiveIntegerField(null=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    # What the person said.
    overlay = models.ForeignKey(Overlay, on_delete=models.PROTECT, null=True, related_name="+")
    first_view = models.ForeignKey(FirstView, on_delete=models.PROTECT, null=True, related_name="decisions")
    arm = models.CharField(
        max_length=8, choices=Arm, default="", blank=True
    )  # who spoke first in fact; empty: no person
    is_override = models.BooleanField(default=False)
    category = models.CharField(max_length=12, choices=Category, default="", blank=True)
    rationale_length = models.PositiveIntegerField(default=0)
    rationale_language = models.CharField(max_length=5, default="", blank=True)
    rationale_commitment = models.CharField(max_length=64, default="", blank=True)
    expected_p_u6 = models.PositiveIntegerField(null=True)  # how sure the person is that it works out
    hold_until_date = models.DateField(null=True)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    idempotency_key = models.CharField(max_length=80, unique=True)
    request_sha256 = models.CharField(max_length=64)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="decision")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_override=False) | Q(rationale_length__gte=MIN_RATIONALE) & ~Q(category=""),
                name="an_override_has_category_and_rationale",
            ),
            models.CheckConstraint(
                condition=~Q(origin="person")
                | Q(is_override=True, choice="approve", ai_verdict="decline")
                | Q(is_override=True, choice="reject", ai_verdict="recommend")
                | Q(is_override=False)
                & ~Q(choice="approve", ai_verdict="decline")
                & ~Q(choice="reject", ai_verdict="recommend"),
                name="an_override_is_a_decision_against_the_ai",
            ),
            models.CheckConstraint(
                condition=Q(origin="person", decided_by__isnull=False)
                | ~Q(origin="person") & Q(decided_by__isnull=True),
                name="a_persons_decision_names_the_person",
            ),
            models.CheckConstraint(
                condition=~Q(arm="blind") | Q(first_view__isnull=False), name="a_blind_decision_has_a_first_view"
            ),
            models.CheckConstraint(
                condition=~Q(choice="hold") | ~Q(origin="person") | Q(hold_until_date__isnull=False),
                name="a_hold_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(choice="undo") | Q(supersedes__isnull=False), name="an_undo_undoes_something"
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(supersedes__isnull=True), name="one_first_decision_a_task"
            ),
        ]
        indexes = [
            models.Index(fields=["task", "-id"], name="decisions_by_task"),
            models.Index(fields=["task"], condition=Q(is_override=True), name="overrides_by_task"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.choice}"

    @property
    def category_too(self) -> list[str]:
        """Kinds of reason marked beside the first: the audit entry alone holds them, and only where there are any."""
        return json.loads(self.audit.body).get("category_too", []) if self.is_override else []

    @property
    def kinds(self) -> str:
        """Every kind of reason of an override, in words."""
        return " · ".join(str(Category(one).label) for one in (self.category, *self.category_too) if one)


class ApprovalChoice(models.TextChoices):
    """What a manager answers. Ask sends it back with a question."""

    APPROVE = "approve", pgettext_lazy("approval", "Approve")
    ASK = "ask", pgettext_lazy("approval", "Ask")
    REJECT = "reject", pgettext_lazy("approval", "Reject")
    UNDO = "undo", _("Undo")


class Approval(models.Model):
    """A manager's answer on high stakes, never the decider's: a trigger keeps `decider` true, a CHECK compares."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="approvals")
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals")
    choice = models.CharField(max_length=8, choices=ApprovalChoice)
    at = models.DateTimeField(default=timezone.now)
    reason_length = models.PositiveIntegerField(default=0)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    idempotency_key = models.CharField(max_length=80, unique=True)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="approval")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(by=F("decider")), name="four_eyes"),
            models.CheckConstraint(
                condition=Q(choice__in=["approve", "undo"]) | Q(reason_length__gt=0), name="ask_and_reject_say_why"
            ),
            models.UniqueConstraint(
                fields=["decision"], condition=Q(supersedes__isnull=True), name="one_first_approval_a_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.choice}"


class Note(models.Model):
    """A short note on a card; its words stand in the payload of its audit entry."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    length = models.PositiveIntegerField()
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="note")

    def __str__(self) -> str:
        return f"note on {self.task_id}"
