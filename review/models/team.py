"""How a team works on cases together: hand-offs, promises, mentions, the creator's own clock, absence and capacity."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review.models.judged import Note
from review.models.task import ReviewTask


class HandoffWhy(models.TextChoices):
    """How a card came to somebody else."""

    HAND = "hand", _("handed over")
    TAKE = "take", _("taken over")
    ABSENCE = "absence", _("goes to the deputy")


class Handoff(models.Model):
    """A card that went from one person to another, and whether what came with it was enough.

    The note and what was missing stand in the payloads of the two entries. The answer is given once.
    """

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="handoffs")
    why = models.CharField(max_length=8, choices=HandoffWhy)
    before = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    length = models.PositiveIntegerField(default=0)  # characters of the note
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="handoff")
    is_enough = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)
    missing_length = models.PositiveIntegerField(default=0)  # characters of what was missing
    answer_audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(before__isnull=True) | ~Q(before=F("to")), name="a_hand_off_goes_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(is_enough__isnull=True, answered_at__isnull=True, answer_audit__isnull=True)
                | Q(is_enough__isnull=False, answered_at__isnull=False, answer_audit__isnull=False),
                name="an_answer_to_a_hand_off_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["task", "-id"], name="hand_offs_of_a_card")]

    def __str__(self) -> str:
        return f"{self.task_id} to {self.to_id}"


class Promise(models.Model):
    """What somebody promised to the creator: whose it is to keep, and until when. Its words stand in the payload."""

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="promises")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="promises")
    at = models.DateTimeField(default=timezone.now)
    due_date = models.DateField(null=True)
    length = models.PositiveIntegerField()
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="promise")
    kept_at = models.DateTimeField(null=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"promise on {self.task_id}"


class Mention(models.Model):
    """Somebody whom a note on a card names, and who was told."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="a_note_names_a_person_once")]

    def __str__(self) -> str:
        return f"{self.note_id} names {self.user_id}"


class ClockSays(models.TextChoices):
    """What the creator's own clock says."""

    OFFER = "offer", _("has another offer")
    WITHDRAWN = "withdrawn", _("withdrew")
    TAKEN = "taken", _("took another offer")
    BACK = "back", _("is free again")


class CreatorClock(models.Model):
    """One word about the creator's own time: another offer until a moment, withdrawn, taken, free again.

    before: where the card stood and when it was due, so that it can be taken back.
    """

    task = models.ForeignKey(ReviewTask, on_delete=models.PROTECT, related_name="creator_clock")
    says = models.CharField(max_length=9, choices=ClockSays)
    until = models.DateTimeField(null=True)
    state_before = models.CharField(max_length=9)
    due_before = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    idempotency_key = models.CharField(max_length=80, null=True, unique=True)  # of the form; older rows have none
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="creator_clock")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(says="offer", until__isnull=False) | ~Q(says="offer"), name="an_offer_has_an_end"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.says}"


class Absence(models.Model):
    """Days on which a person is away and somebody stands in; both ends included, in the person's own time zone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_date = models.DateField()
    until_date = models.DateField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    began_at = models.DateTimeField(null=True)  # when the work went to the deputy
    ended_at = models.DateTimeField(null=True)  # taken back, or back earlier
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="absence")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_date__gte=F("from_date")), name="an_absence_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="a_deputy_is_somebody_else"),
        ]
        indexes = [models.Index(fields=["user", "from_date", "until_date"], name="absences_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.from_date}–{self.until_date}"


class Capacity(models.Model):
    """How many cards a person can decide on a working day."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="capacity")
    cards_a_day = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cards_a_day__range=(1, 500)), name="a_capacity_is_1_to_500_cards_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.cards_a_day} a day"
