"""The audit log's tables (trust.md 1.3): entries that are never changed, the queue of the sequencer, and the one
erasable table that holds personal words. Triggers that refuse change stand in `audit/triggers.py`."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What happened: one kind for each arrow of the product's flow, and for what the system does by itself."""

    IMPORT = "import", _("import")
    BRAND = "brand", _("brand")
    CAMPAIGN = "campaign", _("campaign")
    BRIEF = "brief", _("brief")
    POOL = "pool", _("pool")
    RUN = "run", _("screening run")
    ROUTING = "routing", _("routing")
    RECOMMENDATION = "recommendation", _("AI verdict")
    CLAIM = "claim", _("claim")
    FIRST_VIEW = "first_view", _("first view")
    REVEAL = "reveal", _("reveal")
    OVERLAY = "overlay", _("your view")
    DECISION = "decision", _("decision")
    APPROVAL = "approval", _("approval")
    UNDO = "undo", _("undo")
    EXPIRY = "expiry", _("expiry")
    QUESTION = "question", _("question")
    ANSWER = "answer", _("answer")
    INVESTIGATION = "investigation", _("investigation")
    NORM = "norm", _("market norm")
    PRACTICE = "practice", _("practice")
    SESSION = "session", _("strategy session")
    DISCOVERY = "discovery", _("discovery")
    HANDOFF = "handoff", _("hand-off")
    CREATOR_CLOCK = "creator_clock", _("creator’s clock")
    ABSENCE = "absence", _("absence")
    GATE = "gate", _("market gate")
    PLAYBOOK = "playbook", _("playbook")
    OUTCOME = "outcome", _("outcome")
    RELATION = "relation", _("relation")
    ERASURE = "erasure", _("erasure")
    EXPORT = "export", _("export")
    LOG_READ = "log_read", _("log read")
    POLICY_CHANGE = "policy_change", _("policy change")
    STOP = "stop", _("stop button")
    ROLE_CHANGE = "role_change", _("role change")
    SIGN_IN = "sign_in", _("sign-in")
    PASSWORD = "password", _("new password")
    MODEL_RELEASE = "model_release", _("model release")
    CAMPAIGN_CLOSED = "campaign_closed", _("campaign closed")
    CANCEL = "cancel", _("cancelled work")
    HEARTBEAT = "heartbeat", _("heartbeat")


class AuditEntry(models.Model):
    """One thing that happened. `body` is exact canonical JSON (RFC 8785); rows refuse update and delete."""

    uid = models.UUIDField(primary_key=True, editable=False)
    stream = models.CharField(max_length=120)
    kind = models.CharField(max_length=24, choices=Kind)
    at = models.DateTimeField(db_default=Now())
    body = models.TextField()
    # Copies for filters; what the log promises stands in `body`.
    actor = models.CharField(max_length=40, default="", blank=True)
    brand = models.CharField(max_length=60, default="", blank=True)
    market = models.CharField(max_length=12, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["stream", "uid"], name="audit_by_stream"),
            models.Index(fields=["kind", "uid"], name="audit_by_kind"),
            models.Index(fields=["brand", "market", "uid"], name="audit_by_brand"),
            models.Index(fields=["actor", "uid"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"


class AuditPending(models.Model):
    """An entry the sequencer has not placed yet; the only table of the log that rows leave.

    A trigger writes it with each entry (`audit/triggers.py`), so that none can be without: a constraint would only
    look for the row that has just been written.
    """

    entry = models.OneToOneField(
        AuditEntry, on_delete=models.DO_NOTHING, primary_key=True, db_column="uid", db_constraint=False
    )

    def __str__(self) -> str:
        return str(self.pk)


class AuditPayload(models.Model):
    """Personal words of an entry with the salt of their commitment; may be erased, the log stays whole."""

    entry = models.OneToOneField(
        AuditEntry, on_delete=models.DO_NOTHING, primary_key=True, db_column="uid", related_name="payload"
    )
    subject = models.UUIDField(null=True, db_index=True)
    salt = models.BinaryField(max_length=32)
    payload = models.TextField()

    def __str__(self) -> str:
        return str(self.pk)
