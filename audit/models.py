"""The audit log's tables (trust.md 1.3): entries that are never changed, the queue of the sequencer, and the one
erasable table that holds personal words. Triggers that refuse change stand in `audit/triggers.py`."""

from django.conf import settings
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
    OWN_SCORE = "own_score", _("own score")
    HANDOFF = "handoff", _("hand-off")
    CREATOR_CLOCK = "creator_clock", _("creator’s clock")
    ABSENCE = "absence", _("absence")
    GATE = "gate", _("market gate")
    PLAYBOOK = "playbook", _("playbook")
    OUTCOME = "outcome", _("outcome")
    RELATION = "relation", _("relation")
    CORRECTION = "correction", _("correction")
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
    KEY_ROTATION = "key_rotation", _("new audit key")
    CANCEL = "cancel", _("cancelled work")
    ROLLED_BACK = "rolled_back", _("log rolled back")
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


class AuditLeaf(models.Model):
    """An entry's place in the tree: `seq` in the log, `k` in its stream after the leaf with the hash `prev`."""

    seq = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.DO_NOTHING, db_column="uid", related_name="leaf")
    stream = models.CharField(max_length=120)
    k = models.BigIntegerField()
    prev = models.BinaryField(max_length=32, null=True)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(seq__gte=0), name="audit_leaf_counts_from_zero"),
            models.UniqueConstraint(fields=["stream", "k"], name="audit_leaf_has_one_place_in_its_stream"),
        ]

    def __str__(self) -> str:
        return str(self.seq)


class AuditBlock(models.Model):
    """The root over the whole run number `idx` of 256^level leaves: proofs read these instead of every leaf."""

    level = models.PositiveSmallIntegerField()
    idx = models.BigIntegerField()
    root = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "idx"], name="audit_run_has_one_root")]

    def __str__(self) -> str:
        return f"{self.level}/{self.idx}"


class AuditCheckpoint(models.Model):
    """The signed head over the first `size` entries. frontier: roots of whole parts, widest first, 32 bytes each."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    frontier = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.size)


class AuditAnchor(models.Model):
    """A checkpoint that was sent where the owner of this database has no hand, and what was answered there."""

    checkpoint = models.ForeignKey(
        AuditCheckpoint, on_delete=models.DO_NOTHING, db_column="size", related_name="anchors"
    )
    sink = models.CharField(max_length=200)
    receipt = models.TextField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["sink", "id"], name="audit_anchors_of_a_sink")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} {self.sink}"


class Period(models.TextChoices):
    """How often the clock has a kept export written."""

    ASKED = "", _("only when I ask")
    WEEK = "week", _("every week")
    MONTH = "month", _("every month")


class SavedExport(models.Model):
    """An export that a person kept under a name; with `every` the clock has it written, next at `due_at`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_exports")
    name = models.CharField(max_length=60)
    filter = models.JSONField(default=dict)
    form = models.CharField(max_length=10)
    delimiter = models.CharField(max_length=10, default="", blank=True)
    every = models.CharField(max_length=5, choices=Period, default=Period.ASKED, blank=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="an_export_is_named_once_a_person"),
            models.CheckConstraint(
                condition=models.Q(every="", due_at__isnull=True)
                | (~models.Q(every="") & models.Q(due_at__isnull=False)),
                name="a_scheduled_export_has_its_next_time",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="scheduled_exports")]

    def __str__(self) -> str:
        return self.name
