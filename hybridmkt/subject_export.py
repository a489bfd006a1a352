"""Everything that is kept of a creator, or of a person with an account, as one JSON file with where each row came from.

A table that leads to somebody is named here, as one that goes into the file or as one that does not; a test looks for
others.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import ApiToken, KeptAnswer, Membership, User
from audit import log
from audit.models import AuditEntry, AuditPayload, Kind, SavedExport
from hybridmkt.erasure import Subject, sort_of
from jobs.models import Job
from review import models as r
from review import seals
from screening import models as s
from screening import pools, store

FORMAT = "hybridmkt subject export 1"
SECRET = {"password", "digest", "salt", "rationale_commitment", "request_sha256", "idempotency_key", "audit", "keys"}
# Name in the file -> the model, and how its rows lead to the person.
OF_CREATOR: Mapping[str, tuple[type[models.Model], str]] = {
    "profiles": (s.Profile, "creator"),
    "figures": (s.Metrics, "profile__creator"),
    "added_by_files": (s.ProfileChange, "profile__creator"),
    "corrections": (s.Correction, "creator"),
    "relations": (s.Relation, "creator"),
    "relations_of_others": (s.Relation, "other"),
    "notes": (s.CreatorNote, "creator"),
    "gate_answers": (s.GateAnswer, "profile__creator"),
    "verdicts": (s.Recommendation, "creator"),
    "results": (s.Outcome, "profile__creator"),
    "discovery_marks": (s.DiscoveryMark, "profile__creator"),
    "cards": (r.ReviewTask, "recommendation__creator"),
    "decisions": (r.Decision, "task__recommendation__creator"),
    "approvals": (r.Approval, "decision__task__recommendation__creator"),
    "views": (r.Overlay, "task__recommendation__creator"),
    "first_views": (r.FirstView, "task__recommendation__creator"),
    "notes_on_cards": (r.Note, "task__recommendation__creator"),
    "questions": (r.Question, "task__recommendation__creator"),
    "investigations": (r.Investigation, "task__recommendation__creator"),
    "evidence": (r.Evidence, "investigation__task__recommendation__creator"),
    "handoffs": (r.Handoff, "task__recommendation__creator"),
    "session_items": (r.SessionItem, "task__recommendation__creator"),
    "routed_on": (r.RoutedFacts, "task__recommendation__creator"),
    "promises": (r.Promise, "task__recommendation__creator"),
    "clock": (r.CreatorClock, "task__recommendation__creator"),
}
OF_PERSON: Mapping[str, tuple[type[models.Model], str]] = {
    "roles": (Membership, "user"),
    "keys_for_programs": (ApiToken, "user"),
    "decisions": (r.Decision, "decided_by"),
    "approvals": (r.Approval, "by"),
    "views": (r.Overlay, "by"),
    "first_views": (r.FirstView, "by"),
    "notes_on_cards": (r.Note, "by"),
    "notes_on_creators": (s.CreatorNote, "by"),
    "corrections": (s.Correction, "by"),
    "questions_asked": (r.Question, "by"),
    "questions_answered": (r.Question, "answered_by"),
    "relations": (s.Relation, "person"),
    "gate_answers": (s.GateAnswer, "by"),
    "investigations": (r.Investigation, "owner"),
    "evidence": (r.Evidence, "by"),
    "handoffs": (r.Handoff, "to"),
    "promises": (r.Promise, "owner"),
    "clock": (r.CreatorClock, "by"),
    "mentions": (r.Mention, "user"),
    "capacity": (r.Capacity, "user"),
    "absences": (r.Absence, "user"),
    "saved_views": (r.SavedView, "user"),
    "saved_exports": (SavedExport, "user"),
    "drafts": (r.Draft, "by"),
    "notices": (r.Notice, "user"),
    "notice_choices": (r.NoticeChoice, "user"),
    "how_they_worked": (r.Attention, "user"),
    "friction": (r.Friction, "user"),
    "practice": (r.Practice, "user"),
    "alarms": (r.Alarm, "user"),
    "first_sights": (s.Exposure, "user"),
}
# How colleagues worked at somebody's card is theirs, not the creator's.
NOT_OF_CREATOR = frozenset({r.Draft, r.Attention, r.Friction, r.Notice, r.Practice, s.Exposure})
# Work for a brand or a market, in which a person is a number: what they did of it stands among their entries.
NOT_OF_PERSON = frozenset({
    Job, KeptAnswer, s.Campaign, s.Brief, s.ImportBatch, s.ColumnMapping, s.ScoringModel, s.Forecaster, s.Lookout,
    s.ScreeningRun, s.Discovery, s.DiscoveryMark, s.DiscoveryRound, s.Outcome, s.MarketNorm, s.MarketEvent, s.OwnScore,
    r.Policy, r.ReviewTask, r.Holiday, r.Session, r.SessionItem, r.Stop,
    s.Retention,
})  # fmt: skip


def write(subject: Subject, *, by: User, now: datetime) -> bytes:
    """Return the file of somebody, and write in the log who took it. Raises NotAllowed, and PermissionDenied where a
    card of the creator is sealed for whoever asks.
    """
    access.require(by, "people")
    if isinstance(subject, s.Creator) and seals.hidden_of(subject.pk, by).exists():
        raise PermissionDenied(_("A card of this creator is sealed for you: commit your view of it first."))
    sort = sort_of(subject)
    told = _of_creator(subject) if isinstance(subject, s.Creator) else _of_person(subject)
    with transaction.atomic():
        log.record(
            Kind.EXPORT, stream=f"export:{sort}:{subject.pk}", by=by, body={"what": "subject", sort: subject.pk},
            subject=subject.subject if isinstance(subject, s.Creator) else None,
        )  # fmt: skip
    head = {"format": FORMAT, "made_at": now, "of": sort}
    return json.dumps(head | told, ensure_ascii=False, indent=1, default=str).encode()


def _of_creator(creator: s.Creator) -> dict[str, Any]:
    tables = {name: _rows(model, path, creator) for name, (model, path) in OF_CREATOR.items()}
    batches = {int(row["batch"]) for rows in tables.values() for row in rows if row.get("batch")}
    files = s.ImportBatch.objects.filter(pk__in={*batches, creator.batch_id or 0})
    return {
        "creator": _plain(creator),
        **tables,
        # The number of a row's `batch` leads here: the file that brought it.
        "files": list(files.values("pk", "name", "sha256", "source", "as_of_date", "loaded_at")),
        "pools": _pools(creator),
        "words": _words(AuditPayload.objects.filter(subject=creator.subject)),
    }


def _of_person(person: User) -> dict[str, Any]:
    own = AuditEntry.objects.filter(actor=f"user:{person.pk}")
    return {
        "person": _plain(person),
        **{name: _rows(model, path, person) for name, (model, path) in OF_PERSON.items()},
        "entries": list(own.order_by("uid").values("uid", "kind", "at", "brand", "market")),
        "words": _words(AuditPayload.objects.filter(entry__in=own)),
    }


def _rows(model: type[models.Model], path: str, subject: Subject) -> list[dict[str, Any]]:
    return [_plain(row) for row in model._base_manager.filter(**{path: subject}).order_by("pk")]


def _plain(row: models.Model) -> dict[str, Any]:
    """Return the columns of a row that hold something; whoever else stands in it is a number."""
    values = {one.name: one.value_from_object(row) for one in row._meta.concrete_fields if one.name not in SECRET}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _words(payloads: models.QuerySet[AuditPayload]) -> list[dict[str, Any]]:
    rows = payloads.order_by("pk").values_list("entry__kind", "entry__at", "payload")
    return [{"kind": kind, "at": at, "words": json.loads(text)} for kind, at, text in rows]


def _pools(creator: s.Creator) -> list[dict[str, Any]]:
    ids, found = set(creator.profiles.values_list("pk", flat=True)), []
    for pool in s.Pool.objects.order_by("frozen_at"):
        try:
            _header, columns = pools.read(pool.pk)
        except store.NotInStore:
            continue
        if ids & set(columns["ids"].tolist()):
            found.append({"pool": pool.pk, "market": pool.market_id, "frozen_at": pool.frozen_at})
    return found
