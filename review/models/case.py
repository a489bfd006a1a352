"""Questions to people who know, and investigations of contradictions. What was written stands in the payloads."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role
from review.models.judged import Decision
from review.models.task import ReviewTask
from screening.models import MarketGate, MarketNorm, Verdict


class QuestionKind(models.TextChoices):
    """What is asked for: what somebody knows, or what somebody else thinks of the whole card."""

    KNOWLEDGE = "knowledge", _("question")
    SECOND = "second", _("second view")


class QuestionState(models.TextChoices):
    """Where a question stands. Only an open one stops the clock of its card."""

    OPEN = "open", pgettext_lazy("question", "open")
    ANSWERED = "answered", pgettext_lazy("question", "answered")
    PASSED = "passed", pgettext_lazy("question", "passed on")
    WITHDRAWN = "withdrawn", pgettext_lazy("question", "withdrawn")
    LAPSED = "lapsed", pgettext_lazy("question", "no answer in time")


class Quick(models.TextChoices):
    """Answers of one key press; words can go with them."""

    NORMAL = "normal", _("Normal for this market")
    UNUSUAL = "unusual", _("Not normal here")
    YES = "yes", _("Yes")
    NO = "no", _("No")
    PASSED = "passed", _("Passed")
    BLOCKED = "blocked", _("Not passed")
    UNKNOWN = "unknown", _("I cannot tell")


class Question(models.Model):
    """One person, or whoever holds a role, is asked about a card. The people of a panel share the audit entry."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(max_length=10, choices=QuestionKind, default=QuestionKind.KNOWLEDGE)
    gate = models.ForeignKey(MarketGate, on_delete=models.PROTECT, null=True, related_name="questions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="questions")
    role = models.CharField(max_length=12, choices=Role, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    length = models.PositiveIntegerField()
    instead_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="passed_to")
    state = models.CharField(max_length=9, choices=QuestionState, default=QuestionState.OPEN)
    quick = models.CharField(max_length=8, choices=Quick, default="", blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    answer_length = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=5, default="", blank=True)  # of the answer, which is never translated
    audit = models.ForeignKey("audit.AuditEntry", on_delete=models.PROTECT, related_name="questions")
    answer = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, null=True, related_name="answered")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to__isnull=False, role="") | Q(to__isnull=True) & ~Q(role=""),
                name="a_question_goes_to_a_person_or_to_a_role",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_by__isnull=False, answer__isnull=False),
                name="an_answer_names_who_gave_it",
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | ~Q(state="open") & Q(ended_at__isnull=False),
                name="a_question_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["to", "due_at"], condition=Q(state="open"), name="questions_of_a_person"),
            models.Index(fields=["state", "due_at"], name="questions_by_deadline"),
            models.Index(fields=["task", "id"], name="questions_of_a_card"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Opening(models.TextChoices):
    """Why an investigation was opened."""

    OVERRIDE = "override", _("A decision against a confident AI")
    FIRST_VIEW = "first_view", _("A first view against a confident AI")
    REQUEST = "request", _("Somebody asked for it")


class Finding(models.TextChoices):
    """How an investigation ends."""

    CONTEXT = "context", _("The AI missed context")
    MISTAKEN = "mistaken", _("The person was mistaken")
    NORMAL = "normal", _("Normal for this market")
    DATA = "data", _("The data is wrong")


class Investigation(models.Model):
    """Why the AI and a person contradict each other: opened, owned, and closed once with a finding."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="investigations")
    why = models.CharField(max_length=10, choices=Opening)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    says_yes = models.BooleanField(null=True)  # what that person said
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="investigations")
    ai_verdict = models.CharField(max_length=10, choices=Verdict)
    ai_p_u6 = models.PositiveIntegerField()
    flag = models.CharField(max_length=40, default="", blank=True)  # feature:side of the flag that it is about
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="investigations")
    opened_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    length = models.PositiveIntegerField(default=0)  # characters of what is asked
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    finding = models.CharField(max_length=8, choices=Finding, default="", blank=True)
    norm = models.OneToOneField(MarketNorm, on_delete=models.PROTECT, null=True, related_name="investigation")
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="investigation")
    closing = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, null=True, related_name="finding")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task"], condition=Q(closed_at__isnull=True), name="a_card_has_one_open_investigation"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, finding="", closing__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False, closing__isnull=False) & ~Q(finding=""),
                name="an_investigation_is_closed_with_a_finding",
            ),
            models.CheckConstraint(
                condition=Q(norm__isnull=True) | Q(finding="normal"), name="a_norm_comes_of_what_is_normal"
            ),
        ]
        indexes = [models.Index(fields=["closed_at", "due_at"], name="investigations_by_deadline")]

    def __str__(self) -> str:
        return f"investigation {self.pk}"


class EvidenceKind(models.TextChoices):
    """Which side a line speaks for; a hypothesis speaks for none."""

    HYPOTHESIS = "hypothesis", _("Hypothesis")
    AI = "ai", _("For the AI")
    PERSON = "person", _("For the person")


class Evidence(models.Model):
    """A line in an investigation. Rows refuse update and delete; what was written stands in the payload."""

    investigation = models.ForeignKey(Investigation, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=10, choices=EvidenceKind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    length = models.PositiveIntegerField()
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="evidence")

    def __str__(self) -> str:
        return f"{self.kind} of {self.investigation_id}"
