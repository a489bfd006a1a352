"""Blind-first: a person commits a view of a sealed card, and with it the AI's verdict opens. Neither is taken back.

The view is one row and one entry, the reveal another entry, in one transaction; the sentence stands in the payload.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import claims, decisions, disagreement, investigations, seals, workflow
from review.decisions import NeedsReason
from review.models import Because, FirstView, ReviewTask

MILLION = 1_000_000
EVEN = MILLION // 2
MAX_SENTENCE = 1_000  # characters
MAX_SECONDS = 24 * 3600  # on one card; more is a clock gone wrong


def commit(
    task: ReviewTask,
    *,
    by: User,
    now: datetime,
    version: int,
    says_yes: bool,
    p: float,
    because: str,
    sentence: str,
    is_firm: bool = False,
    because_too: str = "",
    active_seconds: int | None = None,
) -> FirstView:
    """Keep what a person thinks before the AI spoke, and unseal the card; their own view, sent again, is returned.

    version: the task's version that the person saw. p: their chance that it works out, 0 to 1, on the side of says_yes.
    because: a value of Because. is_firm: they said yes or no, not only rather so. because_too: a second value, if any.
    active_seconds: on the card until now. Raises TaskMoved, NeedsReason (field p, because or sentence),
    workflow.Refused and NotAllowed.
    """
    sentence, p_u6 = sentence.strip(), round(p * MILLION)
    with transaction.atomic():
        task, by = workflow.lock(task, "first_view", by=by)
        if known := task.first_views.filter(by=by).first():
            return known
        workflow.check(task, "first_view", by=by, now=now)
        decisions.require_version(task, version)
        _require(says_yes, p_u6, (because, because_too), sentence)
        seconds = None if active_seconds is None else min(max(active_seconds, 0), MAX_SECONDS)
        said = {"says_yes": says_yes, "is_firm": is_firm, "p_u6": p_u6, "because": str(because),
                "because_too": str(because_too), "length": len(sentence), "active_seconds": seconds}  # fmt: skip
        entry = _record(task, said, by=by, sentence=sentence)
        made = FirstView.objects.create(task=task, by=by, at=now, audit=entry, **said)
        _reveal(task, made, by=by, now=now)
        investigations.after_first_view(made, now=now)
        claims.renew(task, by=by, now=now)
        task.refresh_from_db()
        disagreement.mark(task)
    return made


def _require(says_yes: bool, p_u6: int, because: tuple[str, str], sentence: str) -> None:
    if not 0 <= p_u6 <= MILLION:
        raise NeedsReason(_("A chance lies between 0 and 100%"), "p")
    if (p_u6 < EVEN) if says_yes else (p_u6 > EVEN):
        wrong = _("A yes means 50% or more, a no 50% or less")
        raise NeedsReason(wrong, "p")
    first, second = because
    if first not in Because.values or second not in ("", *Because.values) or first == second:
        raise NeedsReason(_("Choose what decides it"), "because")
    if not sentence:
        raise NeedsReason(_("Say in one sentence why"), "sentence")
    if len(sentence) > MAX_SENTENCE:
        raise NeedsReason(_("A sentence has at most 1,000 characters"), "sentence")


def _record(task: ReviewTask, said: dict[str, object], *, by: User, sentence: str) -> AuditEntry:
    return log.record(
        Kind.FIRST_VIEW,
        stream=f"task:{task.pk}",
        by=by,
        body={"task": task.pk, "arm_share_u6": task.arm_share_u6, **said},
        personal={"first_view": sentence},
        subject=task.recommendation.creator.subject,
        brand=task.brand,
        market=task.market,
    )


def _reveal(task: ReviewTask, made: FirstView, *, by: User, now: datetime) -> None:
    still = ReviewTask.objects.filter(pk=task.pk, version=task.version, unsealed_at__isnull=True)
    if not still.update(version=task.version + 1, **seals.opened(task, now=now)):
        raise decisions.TaskMoved(_("This card changed while it was open."))
    task.refresh_from_db()
    body = {"task": task.pk, "first_view": made.audit_id.hex, "recommendation": task.recommendation.audit_id.hex}
    log.record(Kind.REVEAL, stream=f"task:{task.pk}", by=by, body=body, brand=task.brand, market=task.market)
