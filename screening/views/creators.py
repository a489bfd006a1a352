"""The creator registry: the list with its filters, and a creator's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import sight
from screening import casebook, exposures, gates, pairs, peer_bands, prevalence, queries, registry, words
from screening.forms import CreatorFilter, language_name, market_name
from screening.models import Fact, Recommendation
from screening.note_forms import NoteForm
from screening.registry import Dossier, Figure, Filters, ProfileCard
from screening.relation_forms import PairForm, RelationForm
from screening.views import histories, noted, peers, person, relations, rows, sources


@login_required
@require_GET
def creator_list(request: HttpRequest) -> HttpResponse:
    """Show the creators of a person's markets, newest first, with filters and pages by key."""
    form = CreatorFilter(request.GET, markets=queries.markets_of(person(request)))
    form.is_valid()
    asked = form.cleaned_data
    found = registry.creators(
        person(request),
        Filters(
            q=asked.get("q", ""),
            platform=asked.get("platform", ""),
            market=asked.get("market", ""),
            followers_min=asked.get("followers_min"),
            followers_max=asked.get("followers_max"),
            after=_key(request.GET.get("after", "")),
        ),
    )
    context = {"form": form, "items": [_line(one) for one in found.items], "next_url": _next(request, found.after)}
    return render(request, "screening/creators.html", context | {"is_filtered": any(asked.values())})


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _next(request: HttpRequest, after: int | None) -> str:
    if after is None:
        return ""
    query = request.GET.copy()
    query["after"] = str(after)
    return f"?{query.urlencode()}"


@dataclass(frozen=True)
class ProfileLine:
    """A profile in the list."""

    platform: str
    handle: str
    followers: str


@dataclass(frozen=True)
class CreatorLine:
    """A creator in the list."""

    pk: int
    name: str
    language: str
    country: str
    markets: str
    categories: str
    profiles: tuple[ProfileLine, ...]


def _line(found: registry.Entry) -> CreatorLine:
    profiles = tuple(
        ProfileLine(one.get_platform_display(), one.handle, rows.compact(found.followers.get(one.pk)))
        for one in found.profiles
    )
    return CreatorLine(
        found.creator.pk,
        found.creator.name,
        found.creator.language,
        found.creator.country,
        ", ".join(sorted({code for one in found.profiles for code in one.markets})),
        ", ".join(dict.fromkeys(str(word) for one in found.profiles for word in one.categories[:3])),
        profiles,
    )


@login_required
@require_GET
def creator(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a creator: profiles, history, where each figure comes from, relations, past work, gates."""
    return show(request, registry.creator(person(request), pk))


def show(
    request: HttpRequest, found: Dossier, *, form: RelationForm | None = None, pair: PairForm | None = None,
    note: NoteForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Return a creator's page. form, pair, note: a relation or a note that was refused, as it was typed."""
    user, today = person(request), timezone.localdate()
    told = casebook.of(found.creator, user, found.outcomes)
    said = [one for one in found.answers if one.run.campaign_id not in told.sealed]
    seen = {one.run.campaign_id: one.run.campaign for one in said}
    cards = [] if told.sealed else [card.profile for card in found.profiles]
    standings = peer_bands.of(cards, found.markets) if cards else []
    related = relations.of(found, user, pairs.of(said, relations.others(found), user))
    of_others = [(one.suits, one.other) for one in related if one.suits and one.other]
    exposures.note_all(user, [*((one, found.creator.pk) for one in seen.values()), *of_others], now=timezone.now())
    context: dict[str, Any] = {
        "creator": found.creator,
        "language": language_name(found.creator.language) if found.creator.language else "",
        "form": form or relations.form_of(found, user),
        "pair_form": pair or relations.pair_form_of(found, user),
        "note_form": note if note and note.places else noted.form_of(found, user),
        "notes": noted.of(found, user, is_sealed=bool(told.sealed), typed=note),
        "markets": ", ".join(sorted({code for card in found.profiles for code in card.profile.markets})),
        "tier": _tier(found),
        "profiles": [_profile(card, today, found.answers) for card in found.profiles],
        "charts": histories.of(found, standings),
        "peers": peers.of(standings),
        "is_sealed": bool(told.sealed),
        "sources": sources.of(found, user, is_sealed=bool(told.sealed), today=today),
        "city": sources.fact_of(found, Fact.CITY),
        "agent": sources.fact_of(found, Fact.AGENT),
        "relations": related,
        "casebook": told,
        "now": next((one for one in told.cases if one.is_waiting), None),
        "outcomes": found.outcomes,
        "answers": said,
        "gates": _gates(found, today),
    }
    return render(request, "screening/creator.html", context, status=status)


def _tier(found: Dossier) -> str:
    """Return the size of the largest profile, empty where none is known."""
    tier = prevalence.tier_of(max((_followers(card) or 0 for card in found.profiles), default=0))
    return str(words.TIERS[tier]) if tier else ""


@dataclass(frozen=True)
class ProfileRow:
    """A profile on the creator's page."""

    platform: str
    handle: str
    url: str
    followers: str
    reactions: str
    views: str
    age: str
    is_old: bool
    bio: str
    categories: str
    used: str


def _profile(card: ProfileCard, today: date, answers: Sequence[Recommendation]) -> ProfileRow:
    known = {figure.name: figure for figure in card.figures}
    days = (today - card.history[-1].taken_at).days if card.history else None
    profile = card.profile
    return ProfileRow(
        profile.get_platform_display(),
        profile.handle,
        profile.url if profile.url.startswith(("https://", "http://")) else "",
        _short(known.get("followers")),
        _reactions(known),
        _short(known.get("views_avg")),
        rows.days(max(0, days)) if days is not None else "",
        days is not None and days > sources.OLD_DAYS,
        sight.reached(profile.bio, profile.markets),
        ", ".join(map(str, profile.categories)),
        _used([one for one in answers if one.profile_id == profile.pk]),
    )


def _used(answers: Sequence[Recommendation]) -> str:
    if not answers:
        return ""
    given = {"n": answers[0].run.number, "campaign": answers[0].run.campaign.name}
    return _("scored in run %(n)s, %(campaign)s") % given


def _short(figure: Figure | None) -> str:
    return rows.compact(figure.value) if figure else ""


def _reactions(known: dict[str, Figure]) -> str:
    """Return reactions to a post as a share of followers, empty where either is unknown."""
    followers, stated = known.get("followers"), known.get("engagement_avg")
    parts = [known[name].value for name in ("likes_avg", "comments_avg") if name in known]
    reactions = stated.value if stated else sum(parts) if parts else None
    if reactions is None or followers is None or not followers.value:
        return ""
    return words.share(reactions / followers.value)


@dataclass(frozen=True)
class GateGroup:
    """The gates of one market for one profile."""

    title: str
    results: list[gates.GateResult]


def _gates(found: Dossier, today: date) -> list[GateGroup]:
    profiles, codes = [card.profile for card in found.profiles], found.markets
    sizes = {card.profile.pk: _followers(card) for card in found.profiles}
    checked = gates.check_markets(profiles, codes, on=today, followers=sizes)
    return [
        GateGroup(f"{market_name(results[0].gate.market)}, {one.get_platform_display()}", results)
        for code in codes
        for one in profiles
        if code in one.markets and (results := checked[code, one.pk])
    ]


def _followers(card: ProfileCard) -> int | None:
    return next((int(figure.value) for figure in card.figures if figure.name == "followers"), None)
