"""A person corrects a figure of a creator, tells a fact, and takes either back."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from jobs import lease
from screening import corrections, figure_words, money, registry
from screening.correction_forms import FactForm, FigureForm
from screening.corrections import CorrectionRefused
from screening.models import Fact
from screening.registry import Dossier, Figure, ProfileCard
from screening.views import person, sources


@login_required
@require_http_methods(["GET", "POST"])
def figure(request: HttpRequest, profile: int, field: str) -> HttpResponse:
    """Show a figure of a profile with the form that corrects it, and correct it."""
    user = person(request)
    found = registry.creator_of(user, profile)
    card, known = _known(found, profile, field)
    corrections.require(user, field, sources.markets_of(found, card))
    currency = known.currency
    form = FigureForm(request.POST or None, field=field, was=known.row, currency=currency)
    if form.is_valid():
        said = form.cleaned_data
        value = said["value"] * (money.minor_units(currency) if field == "fee_minor" else 1)
        try:
            corrections.correct(
                card.profile, field=field, value=value, was=said["was"], day=said["day"], reason=said["reason"],
                by=user, now=lease.now(),
            )  # fmt: skip
        except CorrectionRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("Corrected. New runs use it from now on."))
            return _back(found.creator.pk)
    what = sources.name_of(field, card)
    context = {"known": known, "value": figure_words.shown(known)}
    return _page(request, found, form, what, context)


@login_required
@require_http_methods(["GET", "POST"])
def fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """Show a fact of a creator with the form that tells it, and keep it."""
    user = person(request)
    found = registry.creator(user, pk)
    if field not in Fact.values:
        raise _nothing()
    corrections.require(user, field, found.markets)
    form = FactForm(request.POST or None, field=field)
    if form.is_valid():
        said = form.cleaned_data
        try:
            corrections.tell(
                found.creator, field=field, words=said["value"], reason=said["reason"], since_date=said.get("day"),
                markets=found.markets, by=user, now=lease.now(),
            )  # fmt: skip
        except CorrectionRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("Kept. Everybody who sees this creator sees it."))
            return _back(pk)
    told = sources.fact_of(found, Fact(field))
    return _page(request, found, form, sources.name_of(field), {"value": told.words if told else ""})


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int, correction: int) -> HttpResponse:
    """Take a correction of one's own back; pressed twice, it is gone once."""
    user = person(request)
    found = registry.creator(user, pk)
    kept = found.creator.corrections.filter(pk=correction, by=user).first()
    if kept is None:
        raise _nothing()
    try:
        is_gone = corrections.take_back(kept, markets=_markets(found, user, kept.field), by=user, now=lease.now())
    except CorrectionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Taken back.") if is_gone else _("It was taken back before."))
    return _back(pk)


def _markets(found: Dossier, user: User, field: str) -> list[str]:
    return [code for code in found.markets if corrections.may(user, field, [code])] or list(found.markets)


def _known(found: Dossier, profile: int, field: str) -> tuple[ProfileCard, Figure]:
    for card in found.profiles:
        for one in card.figures:
            if (card.profile.pk, one.name) == (profile, field):
                return card, one
    raise _nothing()


def _page(
    request: HttpRequest, found: Dossier, form: forms.Form, what: str, more: dict[str, object]
) -> HttpResponse:  # fmt: skip
    context = {"creator": found.creator, "form": form, "what": what, **more}
    return render(request, "screening/datum.html", context, status=422 if form.errors else 200)


def _nothing() -> Http404:
    return Http404(_("There is nothing here, or it is not yours to see."))


def _back(pk: int) -> HttpResponse:
    return redirect(f"{reverse('creator', args=[pk])}#prov")
