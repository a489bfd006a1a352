"""Market norms: the list, one of them with what it answers, and its end or correction."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from jobs import lease
from review import queries
from review.addresses import line
from review.forms.investigations import ScopeForm
from review.investigations import MAX_WORDS
from review.queries import Known
from review.views import person
from review.views.investigations import scope_words
from screening import norms
from screening import words as screening
from screening.models import MarketNorm


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show the norms in force in the person's markets, and those that ended."""
    live, ended = queries.norms_of(person(request), on=lease.now().date())
    return render(
        request, "review/norms.html", {"live": [_line(one) for one in live], "ended": [_line(one) for one in ended]}
    )


def _line(row: MarketNorm) -> dict[str, Any]:
    return {"row": row, "name": screening.flag_name(*row.flag.split(":")), "scope": scope_words(row.scope)}


def _found(request: HttpRequest, norm_id: int) -> Known:
    try:
        return queries.norm(norm_id, user=person(request))
    except MarketNorm.DoesNotExist as missing:
        raise Http404 from missing


@login_required
@require_safe
def page(request: HttpRequest, norm_id: int) -> HttpResponse:
    """Show a norm: what it answers, for whom, why, until when, and which open cards the next run looks at anew."""
    return _show(request, _found(request, norm_id))


def _show(request: HttpRequest, known: Known, *, form: ScopeForm | None = None, status: int = 200) -> HttpResponse:
    user, row = person(request), known.row
    is_live = row.ended_at is None and row.valid_until_date >= lease.now().date()
    may = is_live and access.may(user, "norm", market=row.market_id)
    context = {
        **_line(row), "known": known, "is_live": is_live, "may_change": may,
        "form": form or ScopeForm(initial={**row.scope, "until": row.valid_until_date}),
        "touched": queries.touched(row.market_id, row.flag, row.scope, user=user) if is_live else None,
        "source": queries.visible_investigations(user).filter(norm=row).first(),
        "next": MarketNorm.objects.filter(replaces=row).first(),
    }  # fmt: skip
    return render(request, "review/norm.html", context, status=status)


@login_required
@require_POST
def end(request: HttpRequest, norm_id: int) -> HttpResponse:
    """Take a norm out of force."""
    known = _found(request, norm_id)
    try:
        norms.end(
            known.row, reason=line(request.POST.get("reason", ""), most=MAX_WORDS), by=person(request), now=lease.now()
        )
    except norms.NormRefused as refused:
        messages.error(request, str(refused))
        return redirect("norm", norm_id)
    messages.success(request, _("%(code)s is out of force from the next run on.") % {"code": known.row})
    return redirect("norm", norm_id)


@login_required
@require_POST
def correct(request: HttpRequest, norm_id: int) -> HttpResponse:
    """Write a norm anew with another scope or end."""
    known, form = _found(request, norm_id), ScopeForm(request.POST)
    access.require(person(request), "norm", market=known.row.market_id)
    if not form.is_valid():
        return _show(request, known, form=form, status=422)
    until = form.cleaned_data["until"]
    if until is None:
        form.add_error("until", _("A norm ends on a day that lies ahead, within two years."))
        return _show(request, known, form=form, status=422)
    try:
        made = norms.correct(
            known.row,
            scope=form.scope,
            until=until,
            reason=form.cleaned_data["text"],
            by=person(request),
            now=lease.now(),
        )
    except norms.NormRefused as refused:
        form.add_error(form.fields_of.get(refused.field), str(refused))
        return _show(request, _found(request, norm_id), form=form, status=422)
    messages.success(request, _("%(code)s is in force from the next run on.") % {"code": made})
    return redirect("norm", made.pk)
