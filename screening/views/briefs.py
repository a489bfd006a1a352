"""The brief: its editor with live counts, and each version as it was published."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from jobs import lease
from screening import briefs, campaigns, pools, queries, runs, words
from screening.engine.types import Criteria
from screening.forms import CRITERIA, BriefForm, brief_initial, market_name
from screening.models import Brief, Campaign
from screening.views import editor, person


@login_required
@require_http_methods(["GET", "POST"])
def brief(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit the brief: count, save the next version, save and start a run."""
    found = queries.campaign(person(request), slug)
    access.require(person(request), "brief", brand=found.brand_id, market=found.market_id)
    base = briefs.latest(found)
    form = _form(request, base)
    action = request.POST.get("action", "")
    if request.method == "POST" and form.is_valid() and action in {"save", "run"}:
        return _save(request, found, base, form)
    # Counting posts what is typed and saves nothing: an error then is a hint, not a refusal.
    return _editor(request, found, base, form, status=422 if form.errors and action in {"save", "run"} else 200)


def _form(request: HttpRequest, base: Brief | None) -> BriefForm:
    stored = (base.criteria, base.preferences) if base else ({}, {})
    ids = stored[0].get("excluded_ids", ())
    if request.method == "POST":
        return BriefForm(request.POST, excluded_ids=ids)
    return BriefForm(initial=brief_initial(*stored), excluded_ids=ids)


def _save(request: HttpRequest, found: Campaign, base: Brief | None, form: BriefForm) -> HttpResponse:
    if request.POST.get("base", "0") != str(base.version if base else 0):
        return _editor(request, found, base, form, moved=_moved(base), status=409)
    wants_run = request.POST["action"] == "run"
    criteria = briefs.criteria_from(form.criteria())
    if wants_run and _is_nobody_left(found, criteria):
        return _editor(request, found, base, form, status=422)
    try:
        saved = briefs.publish(
            found,
            criteria=criteria,
            preferences=briefs.preferences_from(form.preferences()),
            note=form.cleaned_data["note"],
            by=person(request),
            now=lease.now(),
        )
        messages.success(request, _("Version %(n)d is saved.") % {"n": saved.version})
    except briefs.NothingChanged as same:
        if not wants_run:
            messages.info(request, str(same))
    except campaigns.CampaignClosed as closed:
        messages.warning(request, str(closed))
        return redirect("campaign", slug=found.slug)
    return _start(request, found) if wants_run else redirect("campaign", slug=found.slug)


def _moved(base: Brief | None) -> str:
    if base is None or base.by is None:
        return _("Not saved: somebody else saved another version while you were writing.")
    told = {"name": base.by.name, "n": base.version}
    return _("Not saved: %(name)s saved version %(n)d while you were writing.") % told


def _is_nobody_left(found: Campaign, criteria: Criteria) -> bool:
    if pools.is_behind(found.market):
        return False  # those who have just come in are not counted yet, and the run will see them
    funnel = briefs.live_counts(found, criteria, on=timezone.localdate()).funnel
    return funnel is not None and not funnel.passed


def _start(request: HttpRequest, found: Campaign) -> HttpResponse:
    try:
        run = runs.start(found, by=person(request), now=lease.now())
    except (runs.RunRefused, campaigns.CampaignClosed) as refusal:
        messages.warning(request, str(refusal))
        return redirect("campaign", slug=found.slug)
    return redirect("run", pk=run.pk)


@login_required
@require_POST
def start_run(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a run of the newest version."""
    return _start(request, queries.campaign(person(request), slug))


@login_required
@require_POST
def counts(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the live counts of what is typed; nothing is saved."""
    found = queries.campaign(person(request), slug)
    access.require(person(request), "brief", brand=found.brand_id, market=found.market_id)
    base = briefs.latest(found)
    form = _form(request, base)
    form.is_valid()
    return render(request, "screening/_counts.html", _context(found, base, form) | {"oob": True})


def _editor(
    request: HttpRequest, found: Campaign, base: Brief | None, form: BriefForm, *, moved: str = "", status: int = 200
) -> HttpResponse:
    may_run = access.may(person(request), "run", brand=found.brand_id, market=found.market_id)
    words_of_sum = _("{n}% in all")  # the script counts on: {n} is what it replaces
    shown = {
        "campaign": found,
        "form": form,
        "moved": moved,
        "may_run": may_run,
        "wishes": editor.wish_rows(form),
        "sum_words": words_of_sum,
        "weight_sum": words_of_sum.replace("{n}", str(editor.weight_sum(form))),
    }
    return render(request, "screening/brief.html", shown | _context(found, base, form), status=status)


def _context(found: Campaign, base: Brief | None, form: BriefForm) -> dict[str, Any]:
    asked = form.criteria() if form.is_bound else (base.criteria if base else {})
    live = briefs.live_counts(found, briefs.criteria_from(asked), on=timezone.localdate())
    return {
        "base": base,
        "next_version": base.version + 1 if base else 1,
        "market": market_name(found.market),
        "currency": found.brand.currency,
        "rows": editor.criterion_rows(form, live),
        "funnel": live.funnel,
        "pool": live.pool,
        "problem": live.problem,
        "is_behind": pools.is_behind(found.market),
        "steps": editor.steps(live),
        "loosen": editor.loosen(live),
        "differences": _differences(base, form),
    }


def _differences(base: Brief | None, form: BriefForm) -> list[editor.Change]:
    if base is None or not form.is_bound:
        return []
    wishes = form.preferences()["wishes"]
    is_readable = sum(wish["weight"] for wish in wishes) <= 1
    preferences = briefs.preferences_from(form.preferences()) if is_readable else briefs.preferences_of(base)
    return editor.changes(briefs.differences(base, briefs.criteria_from(form.criteria()), preferences))


@login_required
@require_GET
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show a published version, and what it changed."""
    found = queries.brief_version(person(request), slug, number)
    campaign, older = found.campaign, queries.brief_before(found)
    may_write = access.may(person(request), "brief", brand=campaign.brand_id, market=campaign.market_id)
    newest = briefs.latest(campaign)
    shown = {
        "campaign": campaign,
        "brief": found,
        "older": older.version if older else None,
        "newer": number + 1 if newest and newest.version > number else None,
        "runs": queries.runs_of(found),
        "market": market_name(campaign.market),
        "may_write": may_write and campaign.closed_at is None,
        "criteria": _criteria_lines(found.criteria),
        "wishes": _wish_lines(found.preferences),
        "text": found.preferences.get("text", ""),
        "differences": _against(found, older),
    }
    return render(request, "screening/brief_version.html", shown)


def _criteria_lines(stored: dict[str, Any]) -> list[dict[str, str]]:
    kept = set(stored.get("keep_unknown", ()))
    lines = []
    for criterion, names in CRITERIA.items():
        if asked := editor.summary(stored, names):
            note = _("those of whom it is not known are kept") if criterion in kept else ""
            lines.append({"label": str(words.criterion(criterion)), "value": asked, "note": note})
    return lines


def _wish_lines(stored: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "label": str(words.wish(wish["kind"])),
            "value": editor.wish_told(wish),
            "weight": wish["weight"],
        }
        for wish in stored.get("wishes", ())
    ]


def _against(brief: Brief, older: Brief | None) -> list[editor.Change]:
    if older is None:
        return []
    return editor.changes(briefs.differences(older, briefs.criteria_of(brief), briefs.preferences_of(brief)))
