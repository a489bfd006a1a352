"""Anchors: the newest signed checkpoint goes where whoever owns this database has no hand (trust.md 1.8).

The clock asks, jobs carry it out: a sink that hangs or refuses is tried again and told of, and holds nothing up.
"""

from datetime import datetime, timedelta

from django.db import transaction

from audit import rollback, sinks, standing, tree
from audit.models import AuditAnchor, AuditCheckpoint
from jobs import dispatch
from jobs.lease import Lease

ANYHOW = timedelta(days=1)  # also a log that did not grow is shown to be there


def ask(now: datetime) -> None:
    """Queue a job for each sink that is due, one in a quarter of an hour at most."""
    newest = tree.newest()
    if newest is None:
        return
    quarter = int(now.timestamp() // sinks.QUARTER.total_seconds())
    for kind, sink in sinks.configured().items():
        if is_due(sink, newest, now):
            key = f"audit-anchor:{kind}:{quarter}"
            with transaction.atomic():
                dispatch.enqueue(standing.ANCHOR, params={"sink": kind}, key=key, by=None, now=now)


def is_due(sink: sinks.Sink, newest: AuditCheckpoint, now: datetime) -> bool:
    """Tell whether a sink should keep a checkpoint: it has waited long enough, and the log grew or a day went by."""
    last = AuditAnchor.objects.filter(sink=sink.kind).order_by("-pk").first()
    if last is None:
        return True
    has_grown = last.checkpoint_id != newest.size
    return now - last.at >= (sink.again if has_grown else ANYHOW)


def keep(kind: str, held: Lease) -> None:
    """Have a sink keep the newest checkpoint and note what it answered. Raises NotKept."""
    sink, newest = sinks.configured().get(kind), tree.newest()
    if sink is None or newest is None:  # its setting was taken away meanwhile
        return
    if sink.kept and (note := sink.kept()) and rollback.notice(iter([(kind, note)])):
        raise sinks.NotKept("It keeps a checkpoint that speaks against this database.")
    answer = sink.send(newest.note)
    with transaction.atomic():
        AuditAnchor.objects.create(checkpoint=newest, sink=kind, receipt=answer)
        held.finish({"size": newest.size, "receipt": answer})
