"""Model cards: the models of a person's markets, and what is known of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import wording
from screening import model_cards, training, words
from screening.forms import market_name
from screening.learning import GRADED, MILLION, NEXT_MONTH, RESULTS, gain_words
from screening.model_cards import Card, Group, Moment, Part, Weight
from screening.views import person
from screening.views.finished import Line

YOUNG = 100  # results under which a learned model's band is wide (docs/models.md, Limits)


@dataclass(frozen=True)
class Row:
    """A wording with what was stated and what happened, in words."""

    words: str
    stated: str
    count: int
    happened: str
    interval: str


@dataclass(frozen=True)
class Sliced:
    """A part of the lessons with what was stated and what happened, in words. is_off: further apart than by chance."""

    kind: str
    name: str
    count: int
    stated: str
    happened: str
    interval: str
    gap: str
    is_off: bool


@dataclass(frozen=True)
class Heavy:
    """A feature and how far it moves scores, in words; share: of the one that moves them most."""

    name: str
    reach: str
    share: float


@dataclass(frozen=True)
class Event:
    """What the log says of a model: who did what. url: of the entry, where the reader may open it."""

    moment: Moment
    words: str
    url: str


@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show the models of a person's markets."""
    return render(request, "screening/models.html", {"shelves": model_cards.shelves(person(request))})


@login_required
@require_safe
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that is known of a model."""
    found = model_cards.card(person(request), pk)
    told = [one for one in found.groups if one.is_told]
    context: dict[str, Any] = {
        "card": found, "model": found.model, "market": market_name(found.model.market), "learned": learned(found),
        "is_learned": found.model.kind == "learned", "is_graded": training.target(found.model) == GRADED,
        "is_young": found.model.facts.get("results", YOUNG) < YOUNG,
        "slices": [sliced(one) for one in model_cards.parts(found.model.facts)],
        "rows": [row(one) for one in found.groups],
        "plot": [(one.stated, one.share, (one.record.low, one.record.high), one.record.count, one.is_few)
                 for one in told],
        "agreement": agreement(told), "weights": weights(found.weights), "file": file(found),
        "events": [event(one) for one in found.moments],
    }  # fmt: skip
    return render(request, "screening/model_card.html", context)


def learned(found: Card) -> list[Line]:
    """Return what a model learned from, in words; nothing of the expert card."""
    told = found.model.facts
    if not told:
        return []
    if found.model.is_proxy:
        return _of_next_month(told)
    is_graded = training.target(found.model) == GRADED
    lines = [
        Line(_("Target of learning"), str(words.TARGETS[GRADED if is_graded else RESULTS])),
        Line(_("Learned from results"), words.number_of_results(told)),
        Line(_("of these worked out"), wording.number(told["worked"])),
        Line(_("Creators whose results they are"), wording.number(told["creators"])),
        Line(_("Results whose creator could not be read"), wording.number(told["left_out"])),
    ]
    worth = wording.number(told["card_worth_u6"] / MILLION, 2)
    lines.append(Line(_("What a point of the expert card is worth in it (1: as written)"), worth))
    lines += _ordering(told) if is_graded else []
    return lines + ([_boosting(told["boosted"], is_graded=is_graded)] if "boosted" in told else [])


def _ordering(told: dict[str, Any]) -> list[Line]:
    ours, theirs = (wording.number(told[name] / MILLION, 2) for name in ("ndcg_u6", "ndcg_before_u6"))
    said = _("%(ours)s, version %(version)s: %(theirs)s") % {
        "ours": ours, "theirs": theirs, "version": told["champion"]
    }  # fmt: skip
    return [Line(_("Its first fifty by what they reached over their goals (NDCG, decides nothing)"), said)]


def _of_next_month(told: dict[str, Any]) -> list[Line]:
    return [
        Line(_("Target of learning"), str(words.TARGETS[NEXT_MONTH])),
        Line(_("Learned from next-month engagement of profiles"), wording.number(told["profiles"])),
        Line(_("of these at least the middle of their platform"), wording.number(told["worked"])),
        Line(_("Creators whose profiles they are"), wording.number(told["creators"])),
        Line(_("Campaign results that went into it"), _("none")),
    ]


def _boosting(told: dict[str, Any], *, is_graded: bool) -> Line:
    taken, left = _("%(gain)s (%(low)s to %(high)s): taken up"), _("%(gain)s (%(low)s to %(high)s): left out")
    said = (taken if told["is_taken"] else left) % gain_words(told)
    if is_graded:
        return Line(_("Boosted by two figures at a time, it explains more of the grades by"), said)
    return Line(_("Boosted by two figures at a time, its error is smaller by"), said)


def row(group: Group) -> Row:
    """Return a group in words: under 10 cases nothing is said, under 30 the count stands first."""
    record, low = group.record, group.stated[0]
    counted = _("%(hits)s of %(n)s") % {"hits": wording.number(record.right), "n": wording.number(record.count)}
    if not group.is_told:
        happened, interval = _("too few to say"), ""
    else:
        happened = counted if group.is_few else f"{wording.share(group.share)} ({counted})"
        interval = wording.span(round(100 * record.low), round(100 * record.high))
    return Row(wording.chance_words(low), wording.chance_range(low), record.count, happened, interval)


def sliced(part: Part) -> Sliced:
    """Return a part in words: under 10 cases nothing is said of it, under 30 the count stands first."""
    kinds = {"platform": _("Platform"), "tier": _("Tier"), "completeness": _("Profile known")}
    thirds = {"least": _("least known third"), "middle": _("middle third"), "most": _("best known third")}
    name = thirds.get(part.name) or str((words.TIERS | words.PLATFORMS).get(part.name, part.name))
    record = part.record
    if not part.is_told:
        return Sliced(kinds[part.kind], name, record.count, "–", _("too few to say"), "", "", is_off=False)
    counted = _("%(hits)s of %(n)s") % {"hits": wording.number(record.right), "n": wording.number(record.count)}
    happened = counted if part.is_few else f"{wording.share(record.right / record.count)} ({counted})"
    given = {"gap": wording.number(100 * part.gap, 1), "usual": wording.number(100 * part.usual, 1)}
    return Sliced(
        kinds[part.kind], name, record.count, wording.share(part.stated), happened,
        wording.span(round(100 * record.low), round(100 * record.high)),
        _("%(gap)s (by chance up to %(usual)s)") % given, is_off=part.is_off,
    )  # fmt: skip


def agreement(told: list[Group]) -> str:
    """Return in a sentence how what was stated and what happened go together. told: groups with enough cases."""
    if not told:
        return _("No group has 10 cases yet: nothing can be said.")
    given = {"n": wording.number(len(told)), "k": wording.number(sum(one.agrees for one in told))}
    return _("Groups with at least 10 cases: %(n)s. Of these, groups where what happened agrees: %(k)s.") % given


def weights(found: Sequence[Weight]) -> list[Heavy]:
    """Return the features that weigh most, in words."""
    most = max((one.high - one.low for one in found), default=1.0)
    ends = ((one, {"low": wording.points(one.low), "high": wording.points(one.high)}) for one in found)
    return [
        Heavy(words.feature(one.feature), _("%(low)s to %(high)s") % given, (one.high - one.low) / most)
        for one, given in ends
    ]


def event(moment: Moment) -> Event:
    """Return an entry of the log in words."""
    url = reverse("audit-entry", args=[moment.shown.entry.uid]) if moment.is_open else ""
    said = str(moment.shown.face.detail or moment.shown.title)
    return Event(moment, said[:1].upper() + said[1:], url)


def file(found: Card) -> list[Line]:
    """Return what identifies the file: hash, form, trainer, grid, size."""
    lines = [Line("SHA-256", found.model.sha256, is_code=True)]
    if found.tables is None:
        return [*lines, Line(_("Why it cannot be read"), found.broken, is_code=True)]
    known = found.tables
    return [
        *lines,
        Line(_("Form of the file (schema)"), str(known.schema)),
        Line(_("Version of the trainer"), known.version, is_code=True),
        Line(_("Grid of the codes"), known.grid, is_code=True),
        Line(_("Tables: features, pairs"), f"{len(known.features)}, {len(known.pairs)}"),
    ]
