"""Brands, markets with their models, and exchange rates: for admins, and for managers who approve a model."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from jobs import lease
from screening import learning, money, places, training
from screening.models import Market, ScoringModel
from screening.place_forms import BrandForm, MarketForm, RateForm
from screening.views import person


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show the brands and markets of a person; an admin adds to them, a manager approves models."""
    return _show(request)


def _show(request: HttpRequest, status: int = 200, **forms: Form) -> HttpResponse:
    user = person(request)
    empty: dict[str, type[Form]] = {"brand": BrandForm, "market": MarketForm, "rate": RateForm}
    shown = {f"{name}_form": forms.get(name) or form(auto_id=f"{name}_%s") for name, form in empty.items()}
    context: dict[str, Any] = {
        "brands": places.brands_of(user), "markets": places.markets_of(user, on=lease.now().date()),
        "rates": places.rates(), "may": access.may(user, "places"), "wrong": next(iter(forms), ""),
        "may_policy": access.may(user, "policy"),
    }  # fmt: skip
    return render(request, "screening/places.html", context | shown, status=status)


def _take(request: HttpRequest, name: str, form: Form, verb: Callable[..., Any], done: str) -> HttpResponse:
    if form.is_valid():
        try:
            verb(**form.cleaned_data, by=person(request), now=lease.now())
        except (places.PlaceRefused, money.RateRefused) as refusal:
            form.add_error(getattr(refusal, "field", None), str(refusal))
        else:
            messages.success(request, done)
            return redirect("places")
    return _show(request, 422, **{name: form})


@login_required
@require_POST
def add_brand(request: HttpRequest) -> HttpResponse:
    """Add a brand."""
    access.require(person(request), "places")
    form = BrandForm(request.POST, auto_id="brand_%s")
    return _take(request, "brand", form, places.add_brand, _("The brand is here. Give people roles for it."))


@login_required
@require_POST
def open_market(request: HttpRequest) -> HttpResponse:
    """Open a market."""
    access.require(person(request), "places")
    form = MarketForm(request.POST, auto_id="market_%s")
    return _take(request, "market", form, places.open_market, _("The market is open. A manager approves its model."))


@login_required
@require_POST
def add_rate(request: HttpRequest) -> HttpResponse:
    """Enter an exchange rate."""
    access.require(person(request), "places")
    return _take(request, "rate", RateForm(request.POST, auto_id="rate_%s"), money.record_rate, _("The rate is kept."))


@login_required
@require_POST
def renew_card(request: HttpRequest, code: str) -> HttpResponse:
    """Register the expert card of a market again, with prices at today's rate."""
    access.require(person(request), "places")
    model = training.publish_card(_market(request, code), by=person(request), now=lease.now())
    messages.success(request, _("The expert card at today’s rate is version %(n)d.") % {"n": model.version})
    return redirect("places")


@login_required
@require_POST
def learn(request: HttpRequest, code: str) -> HttpResponse:
    """Have the model of a market learn from its results, graded or not, or from a named proxy; leads to the work."""
    asked = request.POST.get("target")
    target = asked if asked in {learning.GRADED, learning.NEXT_MONTH} else learning.RESULTS
    try:
        job = learning.start(_market(request, code), by=person(request), now=lease.now(), target=target)
    except learning.LearningRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect("places")
    return redirect("job", pk=job.pk)


@login_required
@require_POST
def roll_back(request: HttpRequest, code: str) -> HttpResponse:
    """Put the model that was at work before back to work, by a manager's name."""
    try:
        model = training.roll_back(_market(request, code), by=person(request), now=lease.now())
    except training.NothingBefore as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Version %(n)d is at work again. It stands in your name.") % {"n": model.version})
    return redirect("places")


def _market(request: HttpRequest, code: str) -> Market:
    market = Market.objects.filter(access.scope(person(request)).query(market="pk"), pk=code).first()
    if market is None:
        raise Http404
    return market


@login_required
@require_POST
def approve_model(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a candidate to work, by a manager's name."""
    seen = access.scope(person(request)).query(market="market_id")
    model = ScoringModel.objects.filter(seen, pk=pk).defer("document").first()
    if model is None:
        raise Http404
    try:
        training.approve(model, by=person(request), now=lease.now())
    except training.NotACandidate as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The model is at work. It stands in your name."))
    return redirect("places")
