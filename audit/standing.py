"""How the log stands: what is signed, what still waits for its place, and what the last check of it found."""

import base64
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet, Subquery

from audit import rollback
from audit.models import AuditAnchor, AuditCheckpoint, AuditEntry
from jobs import lease
from jobs.models import Job, Status

CHECK = "audit_check"  # the kind of the job that checks
ANCHOR = "audit_anchor"  # of the job that has a checkpoint kept elsewhere
KINDS = ("file", "webhook", "mail", "git")  # of sinks
LATE = timedelta(seconds=60)  # an entry that waits longer for its place says that nothing sequences
STALE = timedelta(hours=25)  # a day, and an hour for who is asked once a day
RECENT = timedelta(days=1)  # a sink that failed and was not tried again for longer is one no more


@dataclass(frozen=True)
class Standing:
    """Each is None where there is nothing of it yet. waits: the oldest entry that has no place.

    anchors: the newest of each sink, newest first. tries: the newest job of each sink in a day. found: what is kept
    outside and speaks against the database (`audit/rollback.py`).
    """

    checkpoint: AuditCheckpoint | None
    check: Job | None
    waits: AuditEntry | None
    anchors: list[AuditAnchor]
    tries: list[Job]
    found: AuditEntry | None = None

    @property
    def root(self) -> str:
        """The root of the newest checkpoint, in hex."""
        return base64.b64decode(self.checkpoint.note.split("\n")[2]).hex() if self.checkpoint else ""

    @property
    def is_late(self) -> bool:
        """True where entries wait longer for their place than they should."""
        return self.waits is not None and self.waits.read_at - self.waits.at > LATE  # type: ignore[attr-defined]

    @property
    def is_stale(self) -> bool:
        """True where checkpoints were kept elsewhere once, and none was for more than a day."""
        newest = self.anchors[0] if self.anchors else None
        return newest is not None and newest.read_at - newest.at > STALE  # type: ignore[attr-defined]

    @property
    def failing(self) -> list[tuple[str, str]]:
        """The kind of each sink that did not take the newest checkpoint it was given, and why, as it was told."""
        bad = (job for job in self.tries if job.status == Status.FAILED or (job.error and not job.is_finished))
        return [(job.params["sink"], job.error.removeprefix("NotKept: ")) for job in bad]


Asked = tuple[
    QuerySet[AuditCheckpoint], QuerySet[Job], QuerySet[AuditEntry], QuerySet[AuditAnchor], QuerySet[Job],
    QuerySet[AuditEntry],
]  # fmt: skip


def asked() -> Asked:
    """Return what has to be read to tell how the log stands, for a page that reads it together with other rows."""
    newest = Q(pk__in=[])
    for kind in KINDS:
        newest |= Q(pk=Subquery(AuditAnchor.objects.filter(sink=kind).order_by("-pk").values("pk")[:1]))
    return (
        AuditCheckpoint.objects.only("size", "note", "at").order_by("-size")[:1],
        Job.objects.filter(kind=CHECK, status=Status.SUCCEEDED).order_by("-pk")[:1],
        AuditEntry.objects.filter(auditpending__isnull=False).annotate(read_at=lease.clock()).order_by("uid")[:1],
        AuditAnchor.objects.filter(newest).annotate(read_at=lease.clock()).order_by("-pk"),
        Job.objects.filter(kind=ANCHOR, created_at__gte=lease.clock() - RECENT).order_by("-pk")[:12],
        rollback.last(),
    )


def told(read: Asked) -> Standing:
    """Return how the log stands by what was read."""
    newest, checks, waits, anchors, tries, found = read
    of_sinks: dict[str, Job] = {}
    for job in tries:
        of_sinks.setdefault(job.params["sink"], job)
    return Standing(
        next(iter(newest), None),
        next(iter(checks), None),
        next(iter(waits), None),
        list(anchors),
        list(of_sinks.values()),
        rollback.open_of(found),
    )
