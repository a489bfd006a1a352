"""From the ranking: two to four creators side by side, and all that is said of one."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from jobs import lease
from screening import (
    exposures,
    forecast_words,
    forecasting,
    gates,
    judging,
    queries,
    ranking,
    replay,
    replay_words,
    sealed,
)
from screening.forms import market_name
from screening.models import RunStatus, ScreeningRun
from screening.ranking import Candidate
from screening.views import person, rows


@dataclass(frozen=True)
class Column:
    """One creator of a comparison, and where the comparison stands without them."""

    card: rows.Card
    row: rows.Row
    gates: list[gates.GateResult]
    forecast: forecast_words.Shown
    without_url: str


@login_required
@require_GET
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show two to four creators of a finished run in columns on the same scales."""
    found = _finished(request, pk)
    asked = ranking.asked(request.GET.getlist("p"))
    hidden = sealed.profiles(found.campaign, person(request))
    listed = ranking.by_rank(found, asked[: ranking.MANY], hidden)
    seen = (one.row.creator_id for one in listed)
    exposures.note(person(request), found.campaign, seen, now=timezone.now())
    checked = gates.check_all([one.profile for one in listed], found.campaign.market, on=timezone.localdate())
    known = _known(found)
    columns = [_column(found, one, asked, checked[one.profile.pk], known) for one in listed]
    shown = {
        "run": found,
        "campaign": found.campaign,
        "columns": columns,
        "scale": rows.longest([column.card for column in columns]),
        "line": judging.line_used(found.norms),
        "total": ranking.funnel(found, hidden)["ranked"],
        "is_prior": found.model.is_prior,
        "is_proxy": found.model.is_proxy,
        "left_out": _left_out(asked, len(columns)),
        "together": _together(found, columns),
    }
    return render(request, "screening/compare.html", shown)


def _column(run: ScreeningRun, one: Candidate, asked: list[int], checked: list[gates.GateResult], known: int) -> Column:
    card = rows.card(run, one)
    return Column(card, card.row, checked, _forecast(run, card, known), _without(asked, card.row.rank))


def _known(run: ScreeningRun) -> int:
    return 0 if forecasting.is_fixed(run) else forecasting.known(run.campaign.market_id, run.campaign.objective)


def _forecast(run: ScreeningRun, card: rows.Card, known: int) -> forecast_words.Shown:
    return forecast_words.shown(card.said.knowledge.get("forecast"), run.campaign.objective, known=known)


def _together(run: ScreeningRun, columns: list[Column]) -> forecast_words.Shown:
    told = [column.card.said.knowledge.get("forecast") for column in columns]
    by = forecasting.of_run(run)
    return forecast_words.together(forecasting.together(told, by), by, run.campaign.objective, len(told))


def _finished(request: HttpRequest, pk: int) -> ScreeningRun:
    found = queries.run(person(request), pk)
    if found.status != RunStatus.COMPLETED:
        raise Http404
    return found


def _without(asked: list[int], rank: int) -> str:
    return "?p=" + ",".join(str(one) for one in asked[: ranking.MANY] if one != rank)


def _left_out(asked: list[int], shown: int) -> str:
    if len(asked) > ranking.MANY:
        return _("Four at most stand side by side: the first four you picked are shown.")
    missing = len(asked) - shown
    if not missing:
        return ""
    return _("Creators you picked who are not in this list: %(n)s.") % {"n": missing}


@login_required
@require_GET
def candidate(request: HttpRequest, pk: int, profile: int) -> HttpResponse:
    """Show all that is said of one candidate of a finished run, ranked or not."""
    found = _finished(request, pk)
    listed, hidden = _open(request, found, profile)
    exposures.note(person(request), found.campaign, [listed.row.creator_id], now=timezone.now())
    card = rows.card(found, listed)
    checked = gates.check_all([listed.profile], found.campaign.market, on=timezone.localdate())
    shown: dict[str, Any] = {
        "run": found,
        "campaign": found.campaign,
        "market": market_name(found.campaign.market),
        "card": card,
        "row": card.row,
        "profile": listed.profile,
        "gates": checked[listed.profile.pk],
        "scale": max((abs(one.points) for one in (*card.factors, *filter(None, [card.lacking]))), default=1.0),
        "line": judging.line_used(found.norms),
        "total": ranking.funnel(found, hidden)["ranked"],
        "is_prior": found.model.is_prior,
        "is_proxy": found.model.is_proxy,
        "back": reverse("run", args=[found.pk]),
        "sum": card.said.score - 50,
        "forecast": _forecast(found, card, _known(found)),
        "is_answered": listed.answer is not None,
        "replayed": listed.answer and replay_words.shown(replay.last(listed.answer)),
        "may_ask": access.may(
            person(request), "decide", brand=found.campaign.brand_id, market=found.campaign.market_id
        ),
    }
    return render(request, "screening/candidate.html", shown)


def _open(request: HttpRequest, run: ScreeningRun, profile: int) -> tuple[Candidate, frozenset[int]]:
    hidden = sealed.profiles(run.campaign, person(request))
    if profile in hidden:
        raise PermissionDenied(_("This creator’s card is sealed: commit your view of it in the queue first."))
    try:
        return ranking.by_profile(run, profile, hidden), hidden
    except ranking.NotListed as absent:
        raise Http404 from absent


@login_required
@require_POST
def play_again(request: HttpRequest, pk: int, profile: int) -> HttpResponse:
    """Have the AI's answer about a candidate derived again from its frozen inputs."""
    listed, _hidden = _open(request, _finished(request, pk), profile)
    if listed.answer is None:
        raise Http404
    return redirect("job", pk=replay.start(listed.answer, by=person(request), now=lease.now()).pk)
