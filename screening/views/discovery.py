"""The discovery of a campaign: who stands where, picks and rejections, rounds, stages, the commit date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts import access, wording
from accounts.at_once import at_once
from jobs import lease
from screening import discovery, exposures, queries, ranking, standings, words
from screening.campaigns import CampaignClosed
from screening.models import Campaign, Discovery, DiscoveryMark, DiscoveryRound, MarkKind, ScreeningRun
from screening.views import person, rows
from screening.views.pages import Pager, number, pager

PER_PAGE = 20
SAID: dict[str, str | Promise] = {
    MarkKind.PICK: gettext_lazy("More like %(name)s"),
    MarkKind.REJECT: gettext_lazy("Not like %(name)s"),
    MarkKind.MORE: gettext_lazy("Should count more: %(name)s"),
    MarkKind.LESS: gettext_lazy("Should count less: %(name)s"),
}
NAMES: tuple[str | Promise, ...] = (
    gettext_lazy("Everybody"), "100", "50", "20", gettext_lazy("10–15"), gettext_lazy("5–8"),
)  # fmt: skip


class DateForm(forms.Form):
    """Until when picks count."""

    commit_date = forms.DateField(
        label=gettext_lazy("Commit date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class HintForm(forms.Form):
    """What the AI is missing: a factor that should count more or less."""

    feature = forms.ChoiceField(label=gettext_lazy("What is the AI missing?"))
    kind = forms.ChoiceField(
        label=gettext_lazy("It should count"),
        choices=[(MarkKind.MORE, pgettext_lazy("factor", "more")), (MarkKind.LESS, pgettext_lazy("factor", "less"))],
        initial=MarkKind.MORE, widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, data: Any = None, *, features: tuple[str, ...]) -> None:
        super().__init__(data)
        named = sorted(((code, str(words.feature(code))) for code in features), key=lambda one: one[1])
        self.fields["feature"].choices = named  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Line:
    """A creator of the list. place, ai: now and the AI's; moved: places won since the last round; points: of taste."""

    row: rows.Row
    profile: int
    place: int
    ai: int
    moved: int
    points: float
    total: float
    reasons: list[str]
    mark: DiscoveryMark | None

    @property
    def lost(self) -> int:
        """Places lost since the last round."""
        return max(0, -self.moved)


@dataclass(frozen=True)
class Said:
    """A line of the journal."""

    mark: DiscoveryMark
    text: str
    changed: float


@dataclass(frozen=True)
class Stage:
    """A step from everybody to the few."""

    number: int
    label: str | Promise
    is_current: bool
    is_past: bool


Step = Callable[Concatenate[HttpRequest, Discovery, ...], None]


def _found(request: HttpRequest, slug: str) -> tuple[Campaign, Discovery | None]:
    campaign = queries.campaign(person(request), slug)
    return campaign, queries.discovery(campaign)


@login_required
@require_GET
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the discovery of a campaign, or how to open one."""
    campaign, found = _found(request, slug)
    if found is None:
        return _closed(request, campaign, DateForm(initial={"commit_date": campaign.deadline_date}))
    return _show(request, campaign, found)


def _closed(request: HttpRequest, campaign: Campaign, form: DateForm) -> HttpResponse:
    shown = {
        "campaign": campaign, "form": form, "found": None, "may_open": _may(request, campaign, "brief"),
        "has_run": campaign.runs.filter(status="completed").exists(),
    }  # fmt: skip
    return render(request, "screening/discovery.html", shown, status=422 if form.errors else 200)


def _may(request: HttpRequest, campaign: Campaign, verb: str) -> bool:
    is_open = campaign.closed_at is None
    return is_open and access.may(person(request), verb, brand=campaign.brand_id, market=campaign.market_id)


def _show(request: HttpRequest, campaign: Campaign, found: Discovery) -> HttpResponse:
    marks, now = standings.live(found), lease.now()
    field = standings.search(found)
    stood = standings.standing(field, marks)
    newer = discovery.newer_run(found) if _may(request, campaign, "brief") else ScreeningRun.objects.none()
    rounds = found.rounds.order_by("number")
    at_once(rounds, newer)
    is_frozen = found.frozen_at is not None or discovery.is_over(found, now)
    lines, under = _lines(request, found, stood, marks, now)
    shown = {
        "campaign": campaign, "found": found, "lines": lines, "page": under, "rounds": [_round(one) for one in rounds],
        "journal": [_said(one) for one in reversed(marks)], "weights": _weights(stood), "stages": _stages(found),
        "agreed": standings.agreed(field, marks), "is_converged": standings.is_converged(list(rounds)),
        "is_frozen": is_frozen,
        "is_open": not is_frozen and _may(request, campaign, "decide"), "total": len(field.ids),
        "may_date": not is_frozen and _may(request, campaign, "brief"),
        "may_ask": _may(request, campaign, "decide"),
        "left_out": int(found.run.funnel["ranked"]) - len(field.ids),
        "newer": next(iter(newer), None), "remembered": len(marks),
        "has_said": any(one.round == found.round for one in marks),
        "hint": HintForm(features=field.features),
        "date_form": DateForm(initial={"commit_date": found.commit_date}),
        "next_form": DateForm(initial={"commit_date": campaign.deadline_date}, auto_id="id_next_%s"),
    }  # fmt: skip
    is_part = bool(request.htmx) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    name = "screening/_discovery.html" if is_part else "screening/discovery.html"
    answer = render(request, name, shown)
    answer["Vary"] = "HX-Request"
    return answer


def _lines(
    request: HttpRequest, found: Discovery, stood: standings.Standing, marks: list[DiscoveryMark], now: datetime
) -> tuple[list[Line], Pager]:
    part, under = _part(request, discovery.listed(found, stood, marks))
    listed = {one.profile.pk: one for one in ranking.by_profiles(found.run, part)}
    spots = standings.spots(stood, marks, found.round, [profile for profile in part if profile in listed])
    shown = rows.rows(found.run, [listed[one.profile] for one in spots])
    seen = [listed[one.profile].profile.creator_id for one in spots]
    exposures.note(person(request), found.campaign, seen, now=now)
    return [_line(row, one) for row, one in zip(shown, spots, strict=True)], under


@dataclass(frozen=True)
class _Part:
    number: int
    pages: int
    found: int


def _part(request: HttpRequest, ids: list[int]) -> tuple[list[int], Pager]:
    pages = max(1, -(-len(ids) // PER_PAGE))
    at = min(max(1, number(request)), pages)
    under = pager(request, _Part(at, pages, len(ids)), anchor="#list", many=_("creators: %(n)s"))
    return ids[(at - 1) * PER_PAGE : at * PER_PAGE], under


def _line(row: rows.Row, one: standings.Spot) -> Line:
    because = [f"{words.feature(code)} {wording.points(part)}" for code, part in one.reasons]
    return Line(row, one.profile, one.place, one.ai, one.moved, one.taste, one.total, because, one.mark)


def _said(mark: DiscoveryMark) -> Said:
    if mark.profile is None:
        name = str(words.feature(mark.feature))
    else:
        name = mark.profile.creator.name or f"@{mark.profile.handle}"
    return Said(mark, str(SAID[mark.kind]) % {"name": name}, mark.changed_u6 / discovery.MILLION)


def _round(one: DiscoveryRound) -> dict[str, Any]:
    changed = one.changed_u6 / discovery.MILLION
    return {"one": one, "changed": changed, "is_quiet": changed < standings.CONVERGED}


def _weights(stood: standings.Standing) -> list[tuple[str, float]]:
    return [(str(words.feature(code)), weight) for code, weight in stood.heaviest()]


def _stages(found: Discovery) -> list[Stage]:
    return [Stage(n, label, n == found.stage, n < found.stage) for n, label in enumerate(NAMES)]


def step(view: Step) -> Callable[..., HttpResponse]:
    """Take a POST on an open discovery and show it as it stands then; a refusal shows the sentence."""

    @login_required
    @require_POST
    @wraps(view)
    def taken(request: HttpRequest, slug: str, **more: Any) -> HttpResponse:
        campaign, found = _found(request, slug)
        if found is None:
            return redirect("discovery", slug)
        try:
            view(request, found, **more)
        except (discovery.DiscoveryRefused, CampaignClosed) as refused:
            messages.error(request, str(refused))
        if request.htmx:  # type: ignore[attr-defined]
            return _show(request, *_reread(request, campaign))
        return redirect(f"{campaign_url(slug)}{_query(request)}")

    return taken


def _reread(request: HttpRequest, campaign: Campaign) -> tuple[Campaign, Discovery]:
    _campaign, found = _found(request, campaign.slug)
    assert found is not None
    return campaign, found


def campaign_url(slug: str) -> str:
    """Return the address of a campaign's discovery."""
    return reverse("discovery", args=[slug])


def _query(request: HttpRequest) -> str:
    at = number(request)
    return f"?page={at}#list" if at > 1 else "#list"


@login_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the discovery of a campaign."""
    campaign, _known = _found(request, slug)
    form = DateForm(request.POST)
    if not form.is_valid():
        return _closed(request, campaign, form)
    try:
        discovery.start(campaign, commit_date=_date(form), by=person(request), now=lease.now())
    except (discovery.DiscoveryRefused, CampaignClosed) as refused:
        form.add_error("commit_date", str(refused))
        return _closed(request, campaign, form)
    return redirect("discovery", slug)


def _date(form: DateForm) -> date:
    told: date = form.cleaned_data["commit_date"]
    return told


@step
def mark(request: HttpRequest, found: Discovery, *, profile: int, kind: str) -> None:
    """Say "more like this" or "not this" of a creator."""
    discovery.mark(found, kind=kind, profile=profile, by=person(request), now=lease.now())


@step
def hint(request: HttpRequest, found: Discovery) -> None:
    """Say that a factor should count more or less."""
    form = HintForm(request.POST, features=standings.field(found.run).features)
    if not form.is_valid():
        raise discovery.DiscoveryRefused(_("Choose a factor, and whether it should count more or less."))
    said = form.cleaned_data
    discovery.mark(found, kind=said["kind"], feature=said["feature"], by=person(request), now=lease.now())


@step
def take_back(request: HttpRequest, found: Discovery, *, mark: int) -> None:
    """Take a mark back."""
    one = get_object_or_404(DiscoveryMark.objects.select_related("discovery__campaign"), pk=mark, discovery=found)
    discovery.take_back(one, by=person(request), now=lease.now())


@step
def end_round(request: HttpRequest, found: Discovery, *, number: int) -> None:
    """End the open round."""
    ended = discovery.end_round(found, number=number, by=person(request), now=lease.now())
    told = {"n": ended.number, "share": wording.share(ended.changed_u6 / discovery.MILLION)}
    messages.success(request, _("Round %(n)s ended: %(share)s of the first 20 changed.") % told)


@step
def stage(request: HttpRequest, found: Discovery, *, number: int) -> None:
    """Narrow the list, or widen it again."""
    discovery.narrow(found, stage=number, by=person(request), now=lease.now())


@step
def set_date(request: HttpRequest, found: Discovery) -> None:
    """Move the commit date."""
    form = DateForm(request.POST)
    if not form.is_valid():
        raise discovery.DiscoveryRefused(_("Give the commit date as a date."))
    discovery.set_date(found, commit_date=_date(form), by=person(request), now=lease.now())


@step
def taste(request: HttpRequest, found: Discovery, *, state: str) -> None:
    """Switch the team's taste on or off."""
    if state not in {"on", "off"}:
        raise discovery.DiscoveryRefused(_("The team’s taste is on or off."))
    discovery.switch_taste(found, on=state == "on", by=person(request), now=lease.now())


@step
def go_on(request: HttpRequest, found: Discovery) -> None:
    """Go on with what was learnt on the newest run."""
    form = DateForm(request.POST)
    if not form.is_valid():
        raise discovery.DiscoveryRefused(_("Give the commit date as a date."))
    run = discovery.go_on(found, commit_date=_date(form), by=person(request), now=lease.now())
    messages.success(request, _("The search goes on in run %(n)s with all that was said.") % {"n": run.number})


@step
def freeze(request: HttpRequest, found: Discovery) -> None:
    """Commit now: the ranking freezes as it is."""
    discovery.freeze(found, by=person(request), now=lease.now())
    messages.success(request, _("The ranking is frozen as it is."))
