"""Erasing a creator, or a person with an account, from everything that is kept.

    erasure.ask(creator, ...)     an entry with the reason, and a job; the creator is in no new pool from then on
    erasure.carry_out(held)       the job: pools and files first, since the names by which they are found go last

The rooms know what is theirs (their `erasure.py`, from the top floor down), `hybridmkt.sweep` finds the rest. The log
keeps its entries: only words go, and it holds before and after.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access, roles
from accounts import erasure as of_accounts
from accounts.models import User
from audit import erasure as of_audit
from audit import log
from audit import tasks as exports
from audit.models import Kind
from hybridmkt import sweep
from hybridmkt.sweep import Names
from jobs import dispatch, lease
from jobs.lease import Lease
from jobs.models import Job, Status
from review import erasure as of_review
from screening import erasure as of_screening
from screening.models import Creator, Profile

KIND = "erasure"
BASES = {
    "request": _("the person asked for it"),
    "retention": _("the time for which it may be kept is over"),
    "other": _("another reason, written below"),
}
Subject = Creator | User


class NotErasable(ValueError):
    """Raised when somebody cannot be erased; the sentence says why."""


def ask(subject: Subject, *, basis: str, reason: str, by: User | None, now: datetime) -> Job:
    """Have a worker erase a creator or a person. by: None for the clock, whose reason is the rule of keeping.

    Raises NotAllowed, NotErasable and roles.RoleRefused.
    """
    if by is not None:
        access.require(by, "people")
    if by is not None and len(reason.strip()) < roles.MIN_REASON:
        raise NotErasable(
            _("Write why, at least %(least)s characters: it goes into the audit log.") % {"least": roles.MIN_REASON}
        )
    sort = sort_of(subject)
    with transaction.atomic():
        if isinstance(subject, Creator):
            _require_no_hold(subject)
            of_screening.hide(subject)
        elif by is not None:
            _switch_off(subject, reason=reason, by=by, now=now)
        body = {"what": "asked", sort: subject.pk, "basis": basis}
        log.record(
            Kind.ERASURE,
            stream=f"erasure:{sort}:{subject.pk}",
            by=by,
            body=body,
            personal={"reason": reason} if reason else None,
        )
        key = f"{_key(sort, subject.pk)}{now.isoformat(timespec='minutes')}"
        return dispatch.enqueue(KIND, params={"sort": sort, "pk": subject.pk, "basis": basis}, key=key, by=by, now=now)


def sort_of(subject: Subject) -> str:
    """Return what somebody is to us: creator, or user."""
    return "creator" if isinstance(subject, Creator) else "user"


def _require_no_hold(creator: Creator) -> None:
    if held := of_screening.held(creator):
        raise NotErasable(
            _("A legal hold stands on %(markets)s: nobody there is erased until it is lifted.")
            % {"markets": ", ".join(held)}
        )


def _switch_off(person: User, *, reason: str, by: User, now: datetime) -> None:
    if person.pk == by.pk:
        raise NotErasable(_("Nobody erases their own account: another admin does."))
    roles.switch(person, on=False, reason=reason, by=by, now=now)


def _key(sort: str, pk: int) -> str:
    return f"{KIND}:{sort}:{pk}:"


def last(sort: str, pk: int) -> Job | None:
    """Return the newest erasure of somebody that was not given up. One query."""
    found = Job.objects.filter(idempotency_key__startswith=_key(sort, pk)).exclude(
        status__in=[Status.FAILED, Status.CANCELLED]
    )
    return found.order_by("-pk").first()


def _page(job: Job) -> str:
    name = "erase-creator" if job.params["sort"] == "creator" else "erase-person"
    return reverse(name, args=[job.params["pk"]])


@dispatch.runs(KIND, title=_("Erasure"), link=_page)
def carry_out(held: Lease) -> dict[str, Any]:
    """Erase somebody (params: ``sort``, ``pk``). Minutes where many files are kept; safe to start again."""
    pk, went = held.params["pk"], Counter[str]()
    if held.params["sort"] == "creator":
        creator = Creator.objects.get(pk=pk)
        try:
            _require_no_hold(creator)
        except NotErasable as held_back:
            raise dispatch.Refused(str(held_back)) from held_back
        names = Names.of(of_screening.names(creator))
        profiles = list(Profile.objects.filter(creator=creator).values_list("pk", flat=True))
        went["pools"] = of_screening.blank_pools(profiles)
        went["uploads"] = _uploads(creator, names)
        went["exports"] = _exports(names, also=creator.subject.hex)
        held.keep()
        went += _from_tables(creator, names, held, Counter(went))
        went["pools"] += of_screening.blank_pools(profiles)  # one that was read before and frozen meanwhile
    else:
        person = User.objects.get(pk=pk)
        names = Names.of(of_accounts.names(person))
        went["exports"] = _exports(names)
        went += _from_tables(person, names, held, Counter(went))
    _scrub()
    return {"went": dict(went), "left": _left(names)}


def _from_tables(subject: Subject, names: Names, held: Lease, files: Counter[str]) -> Counter[str]:
    """Erase somebody from the tables, in one transaction with the entry that says what went."""
    now, sort = lease.now(), sort_of(subject)
    with transaction.atomic():
        _overwrite()
        if isinstance(subject, Creator):
            went = of_review.of_creator(subject, now=now)
            went["words"] = of_audit.words_about(subject.subject)
            went += of_screening.erase(subject, now=now)
        else:
            went = of_review.of_person(subject)
            went["words"] = of_audit.words_on(f"user:{subject.pk}")
            went["saved"] += of_audit.exports_of(subject)
            went += of_accounts.of_person(subject, now=now)
        went["elsewhere"] = sum(sweep.clean(names).values())
        body = {
            "what": "done",
            sort: subject.pk,
            "basis": held.params["basis"],
            "went": dict(sorted((went + files).items())),
        }
        log.record(
            Kind.ERASURE, stream=f"erasure:{sort}:{subject.pk}", by=held.by, body=body,
            subject=subject.subject if isinstance(subject, Creator) else None,
        )  # fmt: skip
    return went


def _uploads(creator: Creator, names: Names) -> int:
    from screening.models import ImportBatch

    batches = set(of_screening.uploads(creator))
    kept = {Path(one.path): one for one in ImportBatch.objects.exclude(path="")}
    folder = Path(settings.DATA_DIR) / "uploads"
    held = {path.relative_to(folder) for path in sweep.files(folder, names)} if folder.exists() else set()
    batches |= {kept[path] for path in held if path in kept}
    for batch in batches:
        of_screening.drop_upload(batch)
    for path in held - kept.keys():
        (folder / path).unlink()
    return len(batches)


def _exports(names: Names, *, also: str = "") -> int:
    found = list(sweep.files(exports.folder(), Names.of([*names.texts, also])))
    for path in found:
        path.unlink()
    return len(found)


def _overwrite() -> None:
    if connection.vendor == "sqlite":  # else the words would stay in the free pages of the file
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _scrub() -> None:
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _left(names: Names) -> list[str]:
    """Return where a name still stands: records that nobody may change, and files of other programs."""
    tables = Counter(place.label for place in sweep.rows(names))
    return [f"{label}: {count}" for label, count in sorted(tables.items())]


def names_of(subject: Subject) -> Collection[str]:
    """Return what is searched for."""
    return of_screening.names(subject) if isinstance(subject, Creator) else of_accounts.names(subject)
