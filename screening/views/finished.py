"""The page of a finished run: its inputs, the funnel, how far to trust it, and the list with filters and pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import access, wording
from jobs.models import Job
from screening import exposures, judging, queries, ranking, replay, replay_words, sealed, words
from screening.engine.calibration import record_of
from screening.engine.confidence import bounds
from screening.engine.types import Band, Criterion
from screening.forms import market_name
from screening.models import ScreeningRun
from screening.views import folding, pages, person, rows

VIEWS = ("shown", "not_shown", "removed")
SORTS = ("rank", "p", "flags", "missing")


@dataclass(frozen=True)
class Line:
    """A label and its value; `url` where it leads somewhere, `is_code` for hashes and seeds."""

    label: str
    value: str
    url: str = ""
    is_code: bool = False


@dataclass(frozen=True)
class Bar:
    """A step of the funnel from the pool to people. tone: variants of the bar's class."""

    label: str
    detail: str
    count: int
    share: float
    tone: str


@dataclass(frozen=True)
class Choice:
    """One of several ways to see the list."""

    code: str
    label: str
    url: str
    is_current: bool
    count: int = 0


def asked(request: HttpRequest) -> dict[str, Any]:
    """Return the filters and the order of the list that the address asks for; nonsense counts as not asked."""
    view, sort, criterion = (request.GET.get(name, "") for name in ("list", "sort", "criterion"))
    view = view if view in VIEWS else VIEWS[0]
    return {
        "view": view,
        "sort": sort if sort in SORTS else SORTS[0],
        "flagged": request.GET.get("flags") == "1",
        "criterion": criterion if view == "removed" and criterion in set(Criterion) else "",
    }


def page(request: HttpRequest, found: ScreeningRun) -> dict[str, Any]:
    """Return all that the page of a finished run shows."""
    filters, hidden = asked(request), sealed.profiles(found.campaign, person(request))
    listed = ranking.read(found, number=pages.number(request), hidden=hidden, **filters)
    told = ranking.funnel(found, hidden)
    parts = _parts(request, rows.rows(found, listed.candidates), filters)
    folded = folding.hidden(parts)
    shown = (one.row.creator_id for one in listed.candidates if one.row.rank and one.row.rank not in folded)
    exposures.note(person(request), found.campaign, shown, now=timezone.now())
    is_removed = filters["view"] == "removed"
    beside = queries.beside(found, replay.last_of_run(found))
    place = {"brand": found.campaign.brand_id, "market": found.campaign.market_id}
    return {
        "run": found,
        "campaign": found.campaign,
        "market": market_name(found.campaign.market),
        "inputs": inputs(found),
        "funnel": funnel(found, told, listed.counts, beside.decided),
        "trust": trust(found, told, known=beside.known),
        "replayed": _replayed(found, beside.replayed, hidden),
        "may_ask": access.may(person(request), "decide", **place),
        "sealed": int(found.funnel["ranked"]) - int(told["ranked"]),
        "tabs": _tabs(request, filters["view"], listed.counts),
        "criteria": _criteria(request, found, filters["criterion"]) if is_removed else [],
        "sorts": _sorts(request, filters["sort"]),
        "sort_label": sort_words()[filters["sort"]],
        "flag_url": _link(request, flags=None if filters["flagged"] else "1"),
        "is_flagged": filters["flagged"],
        "parts": parts,
        "cut": found.campaign.wanted,
        "scored": told["ranked"],
        "page": pages.pager(request, listed.page, anchor="#ranking", many=_("creators: %(n)s")),
        "last_column": _("Why not here") if is_removed else _("Who decides"),
        "queue_url": _queue_url(request),
        "empty": _empty(is_flagged=filters["flagged"]),
    }


def _parts(request: HttpRequest, listed: list[rows.Row], filters: Mapping[str, Any]) -> list[folding.Stretch]:
    """Return the list in stretches: by rank what nobody is asked about stands folded, any other order stands whole."""
    if (filters["view"], filters["sort"]) != ("shown", "rank") or filters["flagged"]:
        return [folding.Stretch(tuple(listed))] if listed else []
    opens = folding.opened(request.GET.get("open", ""))
    return folding.stretches(listed, opens=opens, link=lambda asked: _opening(request, asked))


def _opening(request: HttpRequest, asked: str) -> str:
    query = request.GET.copy()
    query["open"] = asked
    return f"?{query.urlencode()}"


def _replayed(found: ScreeningRun, job: Job | None, hidden: frozenset[int]) -> replay_words.ShownRun | None:
    """Return the last replay of the whole run; answers that differ are named unless they are sealed for the reader."""
    told = replay_words.shown_run(job)
    if told is None or not told.answers:
        return told
    return replace(told, differ=queries.named(found, told.answers, hidden))


def _empty(*, is_flagged: bool) -> dict[str, str]:
    text = (
        _("Take the filter away to see the others.") if is_flagged else _("Every candidate stands in the other lists.")
    )
    return {"title": _("Nobody stands in this list"), "text": text}


def inputs(found: ScreeningRun) -> list[Line]:
    """Return what a run froze at its start, in words."""
    frozen = found.norms or {}
    approved = found.model.approved_by
    model = _("%(n)s, approved by %(name)s") % {"n": found.model.version, "name": approved.name} if approved else ""
    brief = reverse("brief-version", args=[found.campaign.slug, found.brief.version])
    return [
        Line(_("Brief"), _("version %(n)s") % {"n": found.brief.version}, brief),
        Line(
            _("Pool"),
            wording.short_hash(found.pool_id) if found.pool_id else _("not frozen yet"),
            is_code=bool(found.pool_id),
        ),
        Line(_("Model"), model or str(found.model.version), reverse("model-card", args=[found.model_id])),
        Line(_("Norms and events"), wording.number(len(frozen.get("norms", ())) + len(frozen.get("events", ())))),
        Line(_("Decision line"), words.decision_line(judging.line_used(frozen))),
        Line(_("Discovery round"), wording.number(found.round)),
        Line(_("Seed"), str(found.seed), is_code=True),
    ]


def _queue_url(request: HttpRequest) -> str:
    if not access.may(person(request), "decide"):
        return ""
    try:
        return reverse("queue")
    except NoReverseMatch:
        return ""


def sort_words() -> dict[str, str]:
    """Return how a list can be sorted, in words."""
    return {"rank": _("rank"), "p": _("chance"), "flags": _("flags"), "missing": _("missing data")}


def _link(request: HttpRequest, **changed: str | None) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changed.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}#ranking" if query else f"{request.path}#ranking"


def _tabs(request: HttpRequest, view: str, counts: Mapping[str, int]) -> list[Choice]:
    labels = {"shown": _("Shown now"), "not_shown": _("Not shown now"), "removed": _("Removed by criteria")}
    return [
        Choice(code, label, _link(request, list=code, criterion=None), code == view, counts[code])
        for code, label in labels.items()
    ]


def _sorts(request: HttpRequest, sort: str) -> list[Choice]:
    return [Choice(code, label, _link(request, sort=code), code == sort) for code, label in sort_words().items()]


def _criteria(request: HttpRequest, found: ScreeningRun, criterion: str) -> list[Choice]:
    steps = [step for step in found.funnel["steps"] if step["removed"]]
    return [
        Choice(
            step["criterion"],
            words.criterion(step["criterion"]),
            _link(request, criterion=None if step["criterion"] == criterion else step["criterion"]),
            step["criterion"] == criterion,
            step["removed"],
        )
        for step in steps
    ]


def funnel(found: ScreeningRun, told: dict[str, Any], counts: Mapping[str, int], decided: queries.Decided) -> list[Bar]:
    """Return the steps from everyone to the few that need a person; told: the counts as the reader may see them."""
    total = max(int(told["total"]), 1)
    frozen = _("frozen %(at)s") % {"at": wording.when(found.pool.frozen_at)} if found.pool else ""
    told |= {"removed": told["total"] - told["passed"]}
    people = _("decided by the AI: %(n)s") % {"n": wording.number(decided.ai)}
    steps = [
        (_("Pool"), frozen, told["total"], "peer"),
        (_("Pass the hard criteria"), _("removed: %(n)s") % _of(told["removed"]), told["passed"], "peer"),
        (
            _("Scored, one row a creator"),
            _("with missing data: %(n)s") % _of(told["with_missing"]),
            told["ranked"],
            "ai",
        ),
        (_("Shown now"), _("not shown now: %(n)s") % _of(counts["not_shown"]), counts["shown"], "ai"),
        (_("Decided by a person"), people, decided.people, "human"),
    ]
    return [Bar(label, detail, count, count / total, tone) for label, detail, count, tone in steps]


def _of(n: int) -> dict[str, str]:
    return {"n": wording.number(n)}


def _learned(found: ScreeningRun) -> list[Line]:
    """Return what the model of a run learned from, and how often each of its chances came true."""
    told = found.model.facts
    lines = [Line(_("Learned from results"), words.number_of_results(told))] if told else []
    for word, (count, worked) in told.get("reliability", {}).items():
        record, low = record_of(count, worked), bounds(Band(word))[0]
        given = {"n": wording.number(record.count), "hits": wording.number(record.right),
                 "range": wording.span(round(100 * record.low), round(100 * record.high))}  # fmt: skip
        said = _("of %(n)s known results %(hits)s worked out (%(range)s)") % given
        lines.append(Line(f"{wording.chance_words(low)} ({wording.chance_range(low)})", said))
    return lines


def trust(found: ScreeningRun, told: dict[str, Any], *, known: int) -> dict[str, Any]:
    """Return how far a run can be trusted: what it learned from, verdicts, flags, age of the figures.

    known: how many results of the market there are.
    """
    market = market_name(found.campaign.market)
    is_prior = found.model.is_prior
    verdicts = [wording.number(told["verdicts"][code]) for code in ("recommend", "decline", "unsure")]
    lines = [
        Line(_("Partner / Do not partner / Unsure"), " / ".join(verdicts)),
        Line(_("With flags"), wording.number(told["flagged"])),
    ]
    if not is_prior:
        lines += _learned(found)
    if is_prior:
        results_known = _("%(market)s, known results: %(n)s") % {"market": market, "n": wording.number(known)}
        proxy = _("learned from next-month engagement, chance kept between 31 and 69%")
        prior = _("expert prior, chance kept between 31 and 69%")
        lines.insert(0, Line(results_known, proxy if found.model.is_proxy else prior))
    if found.pool and found.pool.median_age_days is not None:
        age = rows.days(round(found.pool.median_age_days))
        lines.append(Line(_("Age of the figures"), _("median %(days)s") % {"days": age}))
    return {"is_prior": is_prior, "is_proxy": found.model.is_proxy, "lines": lines}
