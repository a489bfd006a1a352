"""The stop button: one manager presses it, with the reason; two start the AI again."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from jobs import lease
from review import queries, stops
from review.views import person
from screening.forms import market_name
from screening.models import Brand, Market, ScoringModel

STEPS = {"propose": stops.propose_restart, "withdraw": stops.withdraw_restart, "confirm": stops.confirm_restart}
DONE = {
    "propose": gettext_lazy("Asked. A second manager starts the AI again."),
    "withdraw": gettext_lazy("The AI stays stopped."),
    "confirm": gettext_lazy("The AI runs again."),
}


class StopForm(forms.Form):
    """Which model is stopped, and why."""

    model = forms.ModelChoiceField(
        label=gettext_lazy("Model"), queryset=ScoringModel.objects.none(), required=False,
        empty_label=gettext_lazy("all models of the market"),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=stops.MAX_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One sentence. Everybody who decides there reads it."),
    )  # fmt: skip

    def __init__(self, data: object = None, *, market: Market) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["model"].queryset = stops.stoppable(market)  # type: ignore[attr-defined]
        self.fields["model"].label_from_instance = lambda one: _("version %(n)d") % {"n": one.version}  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "POST"])
def press(request: HttpRequest, brand: str, market: str) -> HttpResponse:
    """Ask why, and stop the AI of a brand and market at once."""
    user = person(request)
    who, where = Brand.objects.filter(pk=brand).first(), Market.objects.filter(pk=market).first()
    if who is None or where is None or not access.scope(user).reaches(brand, market):
        raise Http404
    access.require(user, "policy", brand=brand, market=market)
    form = StopForm(request.POST or None, market=where)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = stops.stop(where, brand=brand, model=said["model"], reason=said["reason"], by=user, now=lease.now())
        except stops.CannotStop as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The AI is stopped. Decisions taken back: %(n)d.") % {"n": made.came_back})
            return redirect("policies")
    context = {"form": form, "name": f"{who.name}, {market_name(where)}"}
    return render(request, "review/stop.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def move(request: HttpRequest, stop_id: int, step: str) -> HttpResponse:
    """Ask to start the AI again, refuse that, or start it as the second person."""
    found = queries.stop_of(stop_id, user=person(request))
    if found is None or step not in STEPS:
        raise Http404
    try:
        STEPS[step](found, by=person(request), now=lease.now())
    except stops.CannotStop as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, str(DONE[step]))
    return redirect("policies")
