"""A decision's row without its log, and the same row with each of the logs that are compared."""

from auditlog.registry import auditlog
from django.db import models
from simple_history.models import HistoricalRecords

from audit.models import AuditEntry


class Row(models.Model):
    """What the product's own decision holds, but for its relations."""

    task = models.BigIntegerField()
    choice = models.CharField(max_length=8)
    decided_by = models.BigIntegerField()
    at = models.DateTimeField()
    ai_verdict = models.CharField(max_length=10)
    ai_p_u6 = models.PositiveIntegerField()
    model_sha256 = models.CharField(max_length=64)
    is_override = models.BooleanField()
    rationale_length = models.PositiveIntegerField()
    rationale_commitment = models.CharField(max_length=64)
    idempotency_key = models.CharField(max_length=80, unique=True)

    class Meta:
        abstract = True


class Plain(Row):
    """Logged by nobody."""


class Ours(Row):
    """Logged by the product."""

    audit = models.OneToOneField(AuditEntry, on_delete=models.PROTECT)


class Auditlogged(Row):
    """Logged by django-auditlog."""


class Historied(Row):
    """Logged by django-simple-history."""

    history = HistoricalRecords()


auditlog.register(Auditlogged)
