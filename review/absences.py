"""Holidays, and who stands in: the work of an absent person goes to the deputy, each card with its briefing."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from review import claims, handoffs, people, questions, workflow
from review.models import Absence, Capacity, HandoffWhy, Question, QuestionState, ReviewTask, TaskState

LONGEST_DAYS = 366
MOST_CARDS = 500  # a day


class NotAbsent(ValueError):
    """Raised when an absence has no deputy who can take the work, or days that cannot be; the sentence says which."""


def set_absence(user: User, *, deputy: User, from_date: date, until_date: date, by: User, now: datetime) -> Absence:
    """Write down when a person is away and who stands in. From the first day on the work is the deputy's.

    Said by the person, or by a manager of a place where the person works. Raises NotAbsent and NotAllowed.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        require_may_set(user, by=by)
        _require_days(user, from_date, until_date, now=now)
        _require_deputy(user, deputy)
        body = {"what": "set", "deputy": f"user:{deputy.pk}", "from": from_date.isoformat(),
                "until": until_date.isoformat()}  # fmt: skip
        made = Absence.objects.create(
            user=user, deputy=deputy, from_date=from_date, until_date=until_date, set_by=by, at=now,
            audit=_record(user, body, by=by),
        )  # fmt: skip
        begin(made, now=now)
    return made


def end_absence(absence: Absence, *, by: User, now: datetime) -> Absence:
    """Take an absence back, or end it early: the person is asked again from now on. Raises NotAbsent, NotAllowed."""
    with transaction.atomic():
        require_may_set(absence.user, by=by)
        if not Absence.objects.filter(pk=absence.pk, ended_at__isnull=True).update(ended_at=now):
            raise NotAbsent(_("This absence has ended already."))
        _record(absence.user, {"what": "ended", "absence": absence.audit_id.hex}, by=by)
    absence.refresh_from_db()
    return absence


def set_capacity(user: User, *, cards_a_day: int, by: User, now: datetime) -> Capacity:
    """Write down how many cards a person can decide a day, 1 to 500. Raises NotAbsent and NotAllowed."""
    if cards_a_day not in range(1, MOST_CARDS + 1):
        raise NotAbsent(_("A person decides 1 to 500 cards a day."))
    with transaction.atomic():
        require_may_set(user, by=by)
        said = {"cards_a_day": cards_a_day, "set_by": by, "at": now}
        made, _is_new = Capacity.objects.update_or_create(user=user, defaults=said)
        _record(user, {"what": "capacity", "cards_a_day": cards_a_day}, by=by)
    return made


def places_of(user: User) -> list[tuple[str, str]]:
    """Return where a person decides: pairs of brand and market, '' for all of them."""
    return access.scope(user).places(access.MAY["decide"])


def colleagues(user: User) -> QuerySet[User]:
    """Return who decides where a person does, the person included, by name."""
    found = Q(pk=user.pk)
    for brand, market in places_of(user):
        found |= Q(pk__in=people.sharing(brand, market).values("pk"))
    return User.objects.filter(found, is_active=True).order_by("name", "pk")


def may_set(user: User, *, by: User) -> bool:
    """Tell whether somebody may write a person's absence: themselves, or a manager of a place of theirs."""
    return user.pk == by.pk or any(access.may(by, "approve", brand=b, market=m) for b, m in places_of(user))


def require_may_set(user: User, *, by: User) -> None:
    """Refuse with a sentence unless somebody may write a person's absence."""
    if not may_set(user, by=by):
        raise access.NotAllowed(_("Only the person, or a manager of theirs, sets this."))


def _require_days(user: User, first: date, last: date, *, now: datetime) -> None:
    if last < first:
        raise NotAbsent(_("The last day comes before the first."))
    if last < people.today(user, now=now) or (last - first).days > LONGEST_DAYS:
        raise NotAbsent(_("An absence lies ahead, and is a year long at most."))
    known = Absence.objects.filter(user=user, ended_at__isnull=True, from_date__lte=last, until_date__gte=first)
    if known.exists():
        raise NotAbsent(_("There is an absence on these days already: end that one first."))


def _require_deputy(user: User, deputy: User) -> None:
    if deputy.pk == user.pk or not deputy.is_active:
        raise NotAbsent(_("A deputy is somebody else who is here."))
    if not any(access.may(deputy, "decide", brand=b, market=m) for b, m in places_of(user)):
        raise NotAbsent(_("%(name)s decides nothing where this person works.") % {"name": deputy.name})


def begin_due(now: datetime) -> int:
    """Pass the work of everybody whose absence has begun to their deputies; return how many absences began."""
    waiting = Absence.objects.filter(
        began_at__isnull=True, ended_at__isnull=True, from_date__lte=now.date() + timedelta(days=1)
    )
    begun = 0
    for absence in waiting.select_related("user", "deputy").order_by("pk"):
        with transaction.atomic():
            begun += begin(absence, now=now)
    return begun


def begin(absence: Absence, *, now: datetime) -> bool:
    """Pass the work on where the first day has come, inside the caller's transaction; False where it has not."""
    if people.today(absence.user, now=now) < absence.from_date:
        return False
    if not Absence.objects.filter(pk=absence.pk, began_at__isnull=True, ended_at__isnull=True).update(began_at=now):
        return False
    deputy = people.stands_in(absence.user, now=now)
    mine = Q(claimed_by=absence.user, claimed_until__gt=now, state__in=workflow.WAITING) | Q(
        escalated_to=absence.user, state__in=[TaskState.ESCALATED, TaskState.AWAITING]
    )
    for task in ReviewTask.objects.filter(mine).select_for_update(of=("self",)).order_by("pk"):
        _pass_on(task, absence, deputy, now=now)
    asked = Question.objects.filter(to=absence.user, state=QuestionState.OPEN).select_for_update(of=("self",))
    for question in asked.select_related("task__recommendation__creator", "by", "audit", "gate").order_by("pk"):
        questions.hand_on(question, to=deputy, now=now)
    return True


def _pass_on(task: ReviewTask, absence: Absence, deputy: User, *, now: datetime) -> None:
    asked = task.escalated_to_id == absence.user_id and task.state not in {TaskState.OPEN, TaskState.HELD}
    if task.claimed_by_id == absence.user_id:
        claims.let_go(task)
    if deputy.pk == absence.user_id or not _may_take(task, deputy, is_asked=asked):
        return  # free for everybody of the place; a manager's card keeps its name, the clock passes it on
    if asked:
        ReviewTask.objects.filter(pk=task.pk).update(escalated_to=deputy)
    if task.state in workflow.WAITING:
        handoffs.hold_for(task, deputy, now=now)
    handoffs.keep(task, why=HandoffWhy.ABSENCE, before=absence.user, to=deputy, by=None, now=now)


def _may_take(task: ReviewTask, deputy: User, *, is_asked: bool) -> bool:
    right = "approve" if is_asked else "decide"
    if not access.may(deputy, right, brand=task.brand, market=task.market) or not workflow.knows(task, deputy):
        return False
    decided = task.decisions.filter(decided_by=deputy).exists() if task.state == TaskState.AWAITING else False
    return not decided and not task.overlays.filter(by=deputy, has_interest=True).exists()


def _record(user: User, body: Mapping[str, object], *, by: User) -> AuditEntry:
    return log.record(Kind.ABSENCE, stream=f"user:{user.pk}", by=by, body={"user": user.pk, **body})
