"""The page of how long each market keeps creators: the rule, the legal hold, and who would go today."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.models import User
from hybridmkt import retention
from jobs import lease
from screening.models import Market


class RetentionForm(forms.Form):
    """How long a market keeps creators, and why."""

    months = forms.IntegerField(
        label=gettext_lazy("Months without anything new, then erased"), required=False,
        min_value=retention.LEAST, max_value=retention.MOST, help_text=gettext_lazy("Empty: nobody goes by the clock."),
    )  # fmt: skip
    is_held = forms.BooleanField(label=gettext_lazy("Legal hold: nobody of this market is erased"), required=False)
    reason = forms.CharField(label=gettext_lazy("Why, in your words"), max_length=400)


@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show each market's rule, and how many creators would go today."""
    access.require(request.user, "places")
    return _shown(request)


@login_required
@require_POST
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Set a market's rule."""
    assert isinstance(request.user, User)
    access.require(request.user, "places")
    market = get_object_or_404(Market, pk=code)
    form = _form(market, request.POST)
    if form.is_valid():
        try:
            retention.set_rule(market, **form.cleaned_data, by=access.renewed(request.user), now=lease.now())
        except retention.NotKept as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved, and written to the audit log."))
            return redirect("retention")
    return _shown(request, {market.pk: form}, status=422)


def _form(market: Market, data: Any = None, **initial: Any) -> RetentionForm:
    return RetentionForm(data, initial=initial, auto_id=f"{market.pk}_%s")


def _shown(request: HttpRequest, forms_: dict[str, RetentionForm] | None = None, *, status: int = 200) -> HttpResponse:
    found = retention.rules()
    counts = retention.counts(found, now=lease.now())
    rows = [
        (
            rule,
            count,
            (forms_ or {}).get(rule.market.pk) or _form(rule.market, months=rule.months, is_held=rule.is_held),
        )
        for rule, count in zip(found, counts, strict=True)
    ]
    return render(request, "retention.html", {"rows": rows, "is_wrong": bool(forms_)}, status=status)
