"""Absence and workload: who is loaded, who is away, what is late, and who stands in."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, wording
from accounts.models import Role, User
from jobs import lease
from review import absences, controls
from review.forms import AbsenceForm, CapacityForm
from review.models import Absence, ReviewTask, Side
from review.queries.workload import MOST_COUNTED, Load, Place, Workload, workload
from review.views import person, rows
from review.words import practice


@dataclass(frozen=True)
class Row:
    """A person's line in words."""

    load: Load
    where: list[str]
    capacity_form: CapacityForm | None
    is_over: bool


@dataclass(frozen=True)
class Late:
    """A card that is late, and with whom it is."""

    task: ReviewTask
    name: str
    language: str
    who: str


@dataclass(frozen=True)
class Here:
    """A place with its counts as people read them."""

    name: str
    open: str
    late: str
    soon: str
    is_late: bool


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the workload of whom the person answers for, or their own."""
    access.require(person(request), "decide")
    return show(request)


def show(request: HttpRequest, *, form: AbsenceForm | None = None, refused: str = "", status: int = 200
         ) -> HttpResponse:  # fmt: skip
    """Render the page, with a form that was refused where there is one."""
    user, now = person(request), lease.now()
    whole = workload(user, now=now)
    context: dict[str, Any] = {
        "whole": whole, "rows": [_row(one) for one in whole.people], "places": [_place(one) for one in whole.places],
        "late": [_late(one) for one in whole.late], "form": form or _form(whole, user), "refused": refused, "now": now,
        "practice": _practice(controls.team(user)) if whole.is_manager else [],
    }  # fmt: skip
    return render(request, "review/workload.html", context, status=status)


def _practice(team: controls.Team) -> list[str]:
    """Return what a manager is told of practice: figures of the team, and who needs a word at the second alarm."""
    shares = {Side.FOLLOWS: team.catch, Side.OPPOSES: team.accepted}
    lines = [practice.of_team(side, share) for side, share in shares.items() if share]
    return lines + [practice.of_person(who, side) for who, side in team.told]


def _form(whole: Workload, user: User, data: Any = None) -> AbsenceForm:
    form = AbsenceForm(data, here=_known(whole, user), initial={"user": user.pk}, auto_id="absence_%s")
    if not whole.is_manager:
        form.fields["user"].choices = [(str(user.pk), user.name)]  # type: ignore[attr-defined]
    return form


def _known(whole: Workload, user: User) -> list[User]:
    """Return whom an absence can name: for somebody who manages nobody, their colleagues as deputies."""
    if whole.is_manager:
        return [one.user for one in whole.people]
    return list(absences.colleagues(user))


def _row(load: Load) -> Row:
    form = CapacityForm(initial={"cards_a_day": load.capacity}, auto_id=f"capacity-{load.user.pk}-%s")
    where = [" · ".join(filter(None, (str(Role(role).label), brand, market))) for role, brand, market in load.roles]
    return Row(load, where, form if load.may_set else None, load.share is not None and load.share > 1)


def _place(place: Place) -> Here:
    market = place.market.name_ru if wording.is_russian() else place.market.name_en
    return Here(f"{place.brand.name}, {market}", _counted(place.open), _counted(place.late), _counted(place.soon),
                place.late > 0)  # fmt: skip


def _counted(count: int) -> str:
    return f"{wording.number(count)}+" if count >= MOST_COUNTED else wording.number(count)


def _late(task: ReviewTask) -> Late:
    name = task.recommendation.creator.name or f"@{task.recommendation.profile.handle}"
    who = task.escalated_to or task.claimed_by
    return Late(task, name, rows.script(name), who.name if who else _("nobody"))


@login_required
@require_POST
def absence(request: HttpRequest) -> HttpResponse:
    """Write down when somebody is away and who stands in."""
    user, now = person(request), lease.now()
    access.require(user, "decide")
    form = _form(workload(user, now=now), user, request.POST)
    if not form.is_valid():
        return show(request, form=form, status=422)
    who, deputy, said = form.chosen("user"), form.chosen("deputy"), form.cleaned_data
    assert who is not None
    assert deputy is not None
    try:
        absences.set_absence(
            who, deputy=deputy, from_date=said["from_date"], until_date=said["until_date"], by=user, now=now
        )
    except absences.NotAbsent as refused:
        return show(request, form=form, refused=str(refused), status=422)
    messages.success(request, _("Written down. On these days the work goes to %(name)s.") % {"name": deputy.name})
    return redirect("workload")


@login_required
@require_POST
def end(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Take an absence back, or end it early."""
    row = get_object_or_404(Absence.objects.select_related("user"), pk=absence_id)
    _require_known(request, row.user)
    try:
        absences.end_absence(row, by=person(request), now=lease.now())
    except absences.NotAbsent as refused:
        return show(request, refused=str(refused), status=409)
    messages.success(request, _("The absence has ended. New work goes to %(name)s again.") % {"name": row.user.name})
    return redirect("workload")


@login_required
@require_POST
def capacity(request: HttpRequest, user_id: int) -> HttpResponse:
    """Write down how many cards a person can decide a day."""
    who = get_object_or_404(User, pk=user_id, is_active=True)
    _require_known(request, who)
    form = CapacityForm(request.POST)
    if not form.is_valid():
        return show(request, refused=" ".join(map(str, form.errors["cards_a_day"])), status=422)
    absences.set_capacity(who, cards_a_day=form.cleaned_data["cards_a_day"], by=person(request), now=lease.now())
    messages.success(request, _("Written down: %(name)s.") % {"name": who.name})
    return redirect("workload")


def _require_known(request: HttpRequest, who: User) -> None:
    """Answer not found for somebody with whom the person shares no place."""
    by = person(request)
    if who.pk != by.pk and not any(access.scope(by).reaches(b, m) for b, m in absences.places_of(who)):
        raise Http404
