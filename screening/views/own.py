"""An own score on a run's ranking: weights, forbidden factors and rules; the list moves at once, a name keeps it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from jobs import lease
from screening import exposures, own_scores, own_trials, queries, ranking, standings, words
from screening.engine.own import Own
from screening.models import OwnScore, Profile, ScreeningRun
from screening.own_forms import OwnForm
from screening.views import person, rows

LEAST = 0.05  # points: less is written 0.0


@dataclass(frozen=True)
class Weight:
    """One factor's weight, and between which points it moves this run's candidates at 100 %."""

    field: BoundField
    low: float
    high: float

    @property
    def moves(self) -> bool:
        """True where the factor tells this run's candidates apart."""
        return self.high - self.low >= LEAST


@dataclass(frozen=True)
class Line:
    """A creator of the list. place: by the own score; ai: the AI's place; moved: places won."""

    row: rows.Row
    place: int
    ai: int
    score: float
    moved: int
    reasons: tuple[rows.Factor, ...]

    @property
    def lost(self) -> int:
        """Places lost."""
        return max(0, -self.moved)


@dataclass(frozen=True)
class Kept:
    """An own score that somebody keeps, with what a comparison found."""

    score: OwnScore
    is_mine: bool
    is_open: bool
    trial: str


@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run's ranking by a score of one's own; posting shows what is typed, and keeps it where it is asked to."""
    found = queries.finished_run(person(request), pk)
    features = standings.field(found).features
    kept = [] if request.htmx else list(own_scores.of_run(person(request), found))  # type: ignore[attr-defined]
    if request.method == "GET":
        opened = next((one for one in kept if str(one.pk) == request.GET.get("saved")), None)
        start = own_scores.own_of(opened.content) if opened else Own()
        return _show(request, found, OwnForm(features=features, start=start), start, kept=kept, opened=opened)
    form = OwnForm(request.POST, features=features)
    wanted = form.own() if form.is_valid() else Own()
    if form.is_valid() and request.POST.get("action") == "save":
        try:
            saved = own_scores.save(
                found, name=form.cleaned_data["name"], wanted=wanted, by=person(request), now=lease.now()
            )
        except own_scores.OwnScoreRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Kept as “%(name)s”.") % {"name": saved.name})
            return redirect(f"{reverse('own-score', args=[pk])}?saved={saved.pk}")
    return _show(request, found, form, wanted, kept=kept)


def _show(
    request: HttpRequest, found: ScreeningRun, form: OwnForm, wanted: Own, *, kept: list[OwnScore],
    opened: OwnScore | None = None,
) -> HttpResponse:  # fmt: skip
    ranked = own_scores.ranked(found, wanted)
    listed = {one.profile.pk: one for one in ranking.by_profiles(found, [*ranked.ids, *ranked.fallen])}
    exposures.note(
        person(request), found.campaign, [one.profile.creator_id for one in listed.values()], now=lease.now()
    )
    is_changed = bool(wanted.weights or wanted.rules)
    shown: dict[str, Any] = {
        "run": found, "campaign": found.campaign, "form": form, "is_changed": is_changed, "opened": opened,
        "lines": _lines(found, ranked, listed), "total": len(ranked.field.ids), "top": len(ranked.first),
        "fallen": [_name(listed[one].profile) for one in ranked.fallen if one in listed],
        "entered": len(ranked.fallen), "has_errors": bool(form.errors),
        "left_out": int(found.funnel["ranked"]) - len(ranked.field.ids),
        "not_asked": [words.feature(code) for code in own_scores.not_asked(wanted, ranked.field.features)],
    }  # fmt: skip
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "screening/_own_ranking.html", shown)
    may = access.may(person(request), "decide", brand=found.campaign.brand_id, market=found.campaign.market_id)
    weights = _weights(form, ranked)
    still = [one for one in weights if not one.moves]
    more = {
        "weights": weights, "may_save": may, "still": len(still),
        "has_still": any(one.field.errors or str(one.field.value()) not in {"100", ""} for one in still),
        "kept": [_kept(request, one, opened) for one in kept],
    }  # fmt: skip
    return render(request, "screening/own.html", shown | more, status=422 if form.errors else 200)


def _weights(form: OwnForm, ranked: own_scores.Ranked) -> list[Weight]:
    reach = ranked.reach()
    found = [Weight(bound, *reach[code]) for code, bound in form.weights()]
    return sorted(found, key=lambda one: one.low - one.high)  # what moves most first, of equals by name


def _lines(run: ScreeningRun, ranked: own_scores.Ranked, listed: dict[int, ranking.Candidate]) -> list[Line]:
    kept = [one for one in ranked.places() if one.profile in listed]
    shown = rows.rows(run, [listed[one.profile] for one in kept])
    return [
        Line(
            row=told, place=one.place, ai=one.ai, score=one.score, moved=one.moved,
            reasons=tuple(rows.Factor(words.feature(code), points) for code, points in ranked.factors(one.row)),
        )
        for told, one in zip(shown, kept, strict=True)
    ]  # fmt: skip


def _name(profile: Profile) -> str:
    return profile.creator.name or f"@{profile.handle}"


def _kept(request: HttpRequest, score: OwnScore, opened: OwnScore | None) -> Kept:
    return Kept(score, score.by_id == request.user.pk, score == opened, own_trials.sentence(score))


@login_required
@require_POST
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a kept score compared with the AI's on past results; leads to the work in progress."""
    return redirect("job", pk=own_trials.start(_one(request, pk), by=person(request), now=lease.now()).pk)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a kept score off the list."""
    score = _one(request, pk)
    try:
        own_scores.remove(score, by=person(request), now=lease.now())
    except own_scores.OwnScoreRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("“%(name)s” is taken away.") % {"name": score.name})
    return redirect("own-score", pk=score.run_id)


def _one(request: HttpRequest, pk: int) -> OwnScore:
    found = own_scores.visible(person(request)).filter(pk=pk).select_related("run__campaign", "by").first()
    if found is None:
        raise Http404
    return found
