"""The Job row: the queue, the lease, the progress and the result of every piece of long work (stack.md section 2)."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Job(models.Model):
    """One piece of work. Claimed by compare-and-swap, kept alive by its lease, resumed from `done` after a kill."""

    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    queue = models.CharField(max_length=10, default="default")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=settings.JOB_ATTEMPTS)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, default="", blank=True)
    done = models.PositiveBigIntegerField(default=0)
    furthest = models.PositiveBigIntegerField(default=0)  # the highest `done` of all attempts
    total = models.PositiveBigIntegerField(default=0)
    step = models.CharField(max_length=40, default="", blank=True)  # a code; the words are made at the face
    result = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    brand = models.CharField(max_length=60, default="", blank=True)
    market = models.CharField(max_length=12, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "created_at"], name="jobs_by_status"),
            models.Index(fields=["by", "-id"], name="jobs_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.status}"

    @property
    def is_finished(self) -> bool:
        """True once nothing more will happen to the job."""
        return self.status in {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1; 0 while the total is not known."""
        if self.status == Status.SUCCEEDED:
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0


class Tick(models.Model):
    """A slot of the scheduler that somebody took: two schedulers do each slot once. Also the heartbeat."""

    name = models.CharField(max_length=40)
    slot = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="a_slot_is_taken_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.slot}"
