"""Where each datum of a creator comes from, and who may correct it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from accounts import sight
from accounts.models import User
from screening import corrections, figure_words
from screening.figure_words import written
from screening.models import Correction, Fact
from screening.registry import Dossier, Figure, ProfileCard
from screening.views import rows

OLD_DAYS = 40  # figures older than this are shown as old (ux.md section 3)


@dataclass(frozen=True)
class Source:
    """Where one datum comes from. by, at, was, reason: of a correction, who made it, when, in place of what, and why.

    url: of the page that corrects it, empty for whoever may not; own: the correction, where it is the reader's.
    """

    what: str
    value: str
    source: str
    as_of_date: date | None
    age: str
    is_old: bool
    is_hand: bool
    batch_id: int | None
    by: str = ""
    at: datetime | None = None
    was: str = ""
    reason: str = ""
    url: str = ""
    own: Correction | None = None


@dataclass(frozen=True)
class Told:
    """A fact that a person told of a creator."""

    words: str
    since_date: date | None
    by: str
    at: datetime


class _Reader(NamedTuple):
    """Who reads, whether a card of the creator is sealed for them, and on which day."""

    user: User
    is_sealed: bool
    today: date


def of(found: Dossier, user: User, *, is_sealed: bool, today: date) -> list[Source]:
    """Return the figures of a creator by profile, then the facts, each with its source.

    Of a sealed creator the reader sees no reason but their own: what colleagues write may tell what the AI says.
    """
    reader = _Reader(user, is_sealed, today)
    figures = (_figure(found, card, one, reader) for card in found.profiles for one in card.figures)
    return [*figures, *_facts(found, reader)]


def fact_of(found: Dossier, field: Fact) -> Told | None:
    """Return what stands of a fact, None where nobody told it or it is not known any more."""
    for one in found.corrections:
        if one.field == field:
            said = _open(found, field, corrections.words_of(one).datum)
            return Told(said, one.since_date, one.by.name, one.at) if said else None
    return None


def name_of(field: str, card: ProfileCard | None = None) -> str:
    """Return what a figure of a profile, or a fact, is called."""
    if card is None:
        return str(Fact(field).label)
    return f"{figure_words.name(field)}, {card.profile.get_platform_display()}"


def _figure(found: Dossier, card: ProfileCard, figure: Figure, reader: _Reader) -> Source:
    age, said = max(0, figure.age_days(reader.today)), figure.correction
    markets = markets_of(found, card)
    may = corrections.may(reader.user, figure.name, markets)
    return Source(
        name_of(figure.name, card), figure_words.shown(figure, *markets), figure.source,
        figure.as_of_date, rows.days(age),
        age > OLD_DAYS,
        figure.is_typed_by_hand, figure.batch_id,
        by=said.by.name if said else "", at=said.at if said else None,
        was=written(figure.name, figure.was, figure.currency, *markets) if figure.was is not None else "",
        reason=_reason(said, reader),
        url=reverse("creator-figure", args=[card.profile.pk, figure.name]) if may else "",
        own=said if said and may and said.by_id == reader.user.pk else None,
    )  # fmt: skip


def markets_of(found: Dossier, card: ProfileCard) -> list[str]:
    """Return the markets of a profile that the reader sees."""
    return [code for code in found.markets if code in card.profile.markets]


def _facts(found: Dossier, reader: _Reader) -> Iterator[Source]:
    for field in Fact:
        told = [one for one in found.corrections if one.field == field]
        may = corrections.may(reader.user, field, found.markets)
        if not told and not may:
            continue
        newest = told[0] if told else None
        before = _open(found, field, corrections.words_of(told[1]).datum) if len(told) > 1 else ""
        day = timezone.localdate(newest.at) if newest else None
        yield Source(
            name_of(field), _open(found, field, corrections.words_of(newest).datum) if newest else "", "", day,
            rows.days(max(0, (reader.today - day).days)) if day else "", is_old=False,
            is_hand=bool(newest), batch_id=None,
            by=newest.by.name if newest else "", at=newest.at if newest else None, was=before,
            reason=_open(found, field, _reason(newest, reader)),
            url=reverse("creator-fact", args=[found.creator.pk, field]) if may else "",
            own=newest if newest and may and newest.by_id == reader.user.pk else None,
        )  # fmt: skip


def _open(found: Dossier, field: Fact, text: str) -> str:
    """Return what was told of a fact; by an agent a creator is reached."""
    is_open = field != Fact.AGENT or not text or sight.in_markets(sight.CONTACT, found.markets)
    return text if is_open else str(sight.HIDDEN)


def _reason(said: Correction | None, reader: _Reader) -> str:
    is_open = said is not None and (not reader.is_sealed or said.by_id == reader.user.pk)
    return corrections.words_of(said).reason if said and is_open else ""
