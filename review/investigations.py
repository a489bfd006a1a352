"""Investigations: why a confident AI and a person contradict each other, from the opening to the finding.

One opens by itself when a decision or a revealed first view goes against a confident AI, or on request from a card. It
ends with a finding; "normal for this market" makes a market norm that the next runs use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Role, User
from audit import log
from audit.models import AuditEntry, Kind
from review import policies, seals, workflow
from review.models import (
    About,
    Choice,
    Decision,
    Evidence,
    EvidenceKind,
    Finding,
    FirstView,
    Investigation,
    Opening,
    ReviewTask,
)
from review.notices import tell
from screening import norms
from screening.models import MarketNorm, Verdict

PERIOD = timedelta(days=3)  # an investigation is due
MAX_WORDS = 4_000
LEAST = 20  # characters of a finding


class NotInvestigated(workflow.Refused):
    """Raised when an investigation cannot be as asked; `field` names where it is asked."""

    def __init__(self, sentence: Any, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class NewNorm:
    """What a finding "normal for this market" makes: the flag that is answered, for whom, and until when."""

    flag: str
    until: date
    scope: Mapping[str, str] = field(default_factory=dict)


def open_of(user: User) -> QuerySet[Investigation]:
    """Return the open investigations that a person owns."""
    return Investigation.objects.filter(owner=user, closed_at__isnull=True)


def is_confident(task: ReviewTask) -> bool:
    """Tell whether the AI was sure of a card: its confidence reaches the policy's auto line."""
    confidence = task.recommendation.confidence
    return confidence is not None and confidence * 1_000_000 >= task.policy.auto_line_u6


def contradicts(says_yes: bool, verdict: str) -> bool:
    """Tell whether a person's yes or no goes against a verdict; nothing goes against Unsure."""
    return verdict == (Verdict.DECLINE if says_yes else Verdict.RECOMMEND)


def after_decision(decision: Decision, *, now: datetime) -> Investigation | None:
    """Open an investigation where a person decided against a confident AI, inside the caller's transaction."""
    task, by = decision.task, decision.decided_by
    if by is None or not decision.is_override or not is_confident(task):
        return None
    return _open(task, Opening.OVERRIDE, by=None, now=now, person=by, says_yes=decision.choice == Choice.APPROVE,
                 decision=decision)  # fmt: skip


def after_first_view(view: FirstView, *, now: datetime) -> Investigation | None:
    """Open an investigation where a first view goes against a confident AI; to be called once it is revealed."""
    task = view.task
    if not is_confident(task) or not contradicts(view.says_yes, task.recommendation.verdict):
        return None
    return _open(task, Opening.FIRST_VIEW, by=None, now=now, person=view.by, says_yes=view.says_yes)


def request(task: ReviewTask, *, by: User, now: datetime, text: str, flag: str = "") -> Investigation:
    """Open an investigation from a card. flag: one of the card's, feature:side, where it is about one.

    Raises NotInvestigated, Refused and NotAllowed.
    """
    text = text.strip()
    with transaction.atomic():
        task, by = workflow.lock(task, "investigate", by=by)
        workflow.check(task, "investigate", by=by, now=now)
        if not text or len(text) > MAX_WORDS:
            raise NotInvestigated(_("Write what should be looked into, in 4,000 characters at most."), "text")
        if flag and (seals.is_sealed(task) or flag not in flags_of(task)):
            raise NotInvestigated(_("The card bears no such flag."), "flag")
        made = _open(task, Opening.REQUEST, by=by, now=now, text=text, flag=flag)
        if made is None:
            raise NotInvestigated(_("This card is being looked into already."))
    return made


def flags_of(task: ReviewTask) -> list[str]:
    """Return the flags of a card that no norm answers yet, as feature:side."""
    return [f"{told['feature']}:{told['side']}" for told in task.recommendation.flags if not told.get("norm")]


def _open(
    task: ReviewTask, why: Opening, *, by: User | None, now: datetime, text: str = "", flag: str = "",
    person: User | None = None, says_yes: bool | None = None, decision: Decision | None = None,
) -> Investigation | None:  # fmt: skip
    if task.investigations.filter(closed_at__isnull=True).exists():
        return None
    answer, owner = task.recommendation, _owner(task, but={one.pk for one in (person, by) if one is not None})
    known = [] if seals.is_sealed(task) else flags_of(task)  # a flag is part of what the AI says
    flag = flag or (known[0] if len(known) == 1 else "")
    body = {
        "task": task.pk, "what": "open", "why": str(why), "to": f"user:{owner.pk}", "flag": flag,
        "due": (now + PERIOD).isoformat(), "length": len(text), "recommendation": answer.audit_id.hex,
        "decision": decision.audit_id.hex if decision else None,
    }  # fmt: skip
    entry = _record(task, by, body, {"question": text} if text else None)
    made = Investigation.objects.create(
        task=task, why=why, by=by, person=person, says_yes=says_yes, decision=decision, ai_verdict=answer.verdict,
        ai_p_u6=answer.p_u6, flag=flag, owner=owner, opened_at=now, due_at=now + PERIOD, length=len(text), audit=entry,
    )  # fmt: skip
    _tell(made, owner, now=now, by=by, what="open")
    return made


def _owner(task: ReviewTask, *, but: set[int]) -> User:
    out = but | policies.interested(task)
    experts = policies.holders(Role.EXPERT, task.brand, task.market).exclude(pk__in=out)
    return experts.first() or policies.manager_for(task, but=out) or task.policy.owner


def add(investigation: Investigation, *, kind: str, text: str, by: User, now: datetime) -> Evidence:
    """Add a hypothesis or a line of evidence to an open investigation. Raises NotInvestigated and NotAllowed."""
    text = text.strip()
    with transaction.atomic():
        found, task, by = _lock(investigation, by=by, now=now)
        if kind not in EvidenceKind.values:
            raise NotInvestigated(_("Say which side it speaks for."), "kind")
        if not text or len(text) > MAX_WORDS:
            raise NotInvestigated(_("Write what you found, in 4,000 characters at most."), "text")
        body = {"task": task.pk, "what": "evidence", "investigation": found.pk, "side": str(kind), "length": len(text)}
        entry = _record(task, by, body, {"evidence": text})
        return Evidence.objects.create(
            investigation=found, kind=kind, by=by, at=now, length=len(text), audit=entry
        )  # fmt: skip


def assign(investigation: Investigation, *, to: User, due: datetime, by: User, now: datetime) -> Investigation:
    """Give it another owner or due time, as its owner or a manager. Raises NotInvestigated and NotAllowed."""
    with transaction.atomic():
        found, task, by = _lock(investigation, by=by, now=now)
        if found.owner_id != by.pk:
            access.require(by, "approve", brand=task.brand, market=task.market)
        if due <= now:
            raise NotInvestigated(_("It is due at a time that lies ahead."), "due")
        if not access.may(to, "decide", brand=task.brand, market=task.market) or not to.is_active:
            raise NotInvestigated(_("The owner works in this brand and market."), "to")
        body = {"task": task.pk, "what": "assign", "investigation": found.pk, "to": f"user:{to.pk}",
                "due": due.isoformat()}  # fmt: skip
        _record(task, by, body, None)
        Investigation.objects.filter(pk=found.pk).update(owner=to, due_at=due)
        found.refresh_from_db()
        _tell(found, to, now=now, by=by, what="assign")
    return found


def may_close(investigation: Investigation, user: User) -> bool:
    """Tell whether a person may write the finding: the owner, or somebody who knows the market."""
    task = investigation.task
    return investigation.owner_id == user.pk or access.may(user, "norm", brand=task.brand, market=task.market)


def close(
    investigation: Investigation, *, finding: str, text: str, by: User, now: datetime, norm: NewNorm | None = None
) -> Investigation:
    """Close an investigation once, with its finding in words; "normal for this market" needs a norm, and makes it.

    A norm takes two people: neither the one who contradicted the AI nor the one who asked writes it alone. Raises
    NotInvestigated, norms.NormRefused, Refused and NotAllowed.
    """
    text = text.strip()
    with transaction.atomic():
        found, task, by = _lock(investigation, by=by, now=now)
        if not may_close(found, by):
            raise NotInvestigated(_("The owner closes it, or somebody who knows this market."))
        if finding not in Finding.values:
            raise NotInvestigated(_("Choose what was found."), "finding")
        if not LEAST <= len(text) <= MAX_WORDS:
            raise NotInvestigated(_("Say in %(n)d characters or more what was found.") % {"n": LEAST}, "text")
        made = _norm(found, norm, text, by=by, now=now) if finding == Finding.NORMAL else None
        body = {
            "task": task.pk, "what": "close", "investigation": found.pk, "finding": str(finding), "length": len(text),
            "norm": made.pk if made else None,
        }  # fmt: skip
        entry = _record(task, by, body, {"finding": text})
        Investigation.objects.filter(pk=found.pk).update(
            closed_at=now, closed_by=by, finding=finding, norm=made, closing=entry
        )
        found.refresh_from_db()
        for one in filter(None, {found.person, found.by, found.owner}):
            _tell(found, one, now=now, by=by, what="close")
    return found


def _norm(found: Investigation, norm: NewNorm | None, text: str, *, by: User, now: datetime) -> MarketNorm:
    if by.pk in {found.person_id, found.by_id}:
        raise NotInvestigated(
            _("A norm takes two people: you are one side of this, somebody else who knows the market writes it."),
            "finding",
        )
    if norm is None:
        raise NotInvestigated(_("Say which flag is normal here, for whom, and until when."), "flag")
    return norms.write(found.task.campaign.market, flag=norm.flag, scope=norm.scope, until=norm.until, reason=text,
                       by=by, now=now)  # fmt: skip


def remind(now: datetime) -> int:
    """Tell the owners of investigations that are due, each once a due time; return how many there are."""
    late = Investigation.objects.filter(closed_at__isnull=True, due_at__lte=now).select_related("owner", "task")
    for one in late:
        _tell(one, one.owner, now=now, by=None, what=f"late:{int(one.due_at.timestamp())}")
    return len(late)


def _lock(investigation: Investigation, *, by: User, now: datetime) -> tuple[Investigation, ReviewTask, User]:
    task, by = workflow.lock(investigation.task, "investigate", by=by)
    workflow.check(task, "investigate", by=by, now=now)
    whole = Investigation.objects.select_for_update(of=("self",)).select_related("person", "by", "owner", "task")
    found = whole.get(pk=investigation.pk)
    if found.closed_at is not None:
        said = {"finding": found.get_finding_display()}
        raise NotInvestigated(_("This investigation is closed: %(finding)s.") % said)
    return found, task, by


def _tell(found: Investigation, who: User, *, now: datetime, by: User | None, what: str) -> None:
    url = reverse("investigation", args=[found.pk])
    key = f"investigation:{found.pk}:{what}"
    tell(
        [who],
        About.INVESTIGATION,
        key=key,
        url=url,
        now=now,
        by=by,
        task=found.task,
        numbers={"what": what.split(":", maxsplit=1)[0]},
    )


def _record(task: ReviewTask, by: User | None, body: dict[str, Any], words: dict[str, str] | None) -> AuditEntry:
    subject = task.recommendation.creator.subject
    return log.record(Kind.INVESTIGATION, stream=f"task:{task.pk}", by=by, body=body, personal=words, subject=subject,
                      brand=task.brand, market=task.market)  # fmt: skip
