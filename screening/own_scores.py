"""Own scores: what a person's own weights, forbidden factors and rules make of a run's ranking; kept by name.

An own score is for looking: no card is routed and nobody is shown or left out by it. Sealed creators stand in no list.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import AuditEntry, Kind
from screening import judging, standings, words
from screening.engine import feedback, own, tables
from screening.engine.features import CHOICE, FEATURES
from screening.engine.own import Own, Rule, Side
from screening.engine.raw import Doubles, Longs
from screening.engine.tables import POINTS, Model
from screening.models import OwnScore, ScreeningRun

TOP = 20  # places that are shown, and whose change is told
MOST_WEIGHT = 300  # per cent
MOST_RULES = 5
MOST_POINTS = 50
MOST_NAME = 60  # characters


class OwnScoreRefused(ValueError):
    """Raised when an own score cannot be kept or taken away; the sentence says what was found.

    field: the part that is meant, as name, weights/FACTOR or rules/0/points; "" where it is none.
    """

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(str(sentence))
        self.field = field


class NotYours(OwnScoreRefused):
    """Raised when somebody would take another person's score away."""


@dataclass(frozen=True)
class Place:
    """Where a profile stands by an own score, in points. row: of the field; ai: the AI's place; moved: places won."""

    profile: int
    row: int
    place: int
    ai: int
    moved: int
    score: float


@dataclass(frozen=True, eq=False)
class Ranked:
    """A run's ranking by an own score. order: rows of the field, best first; score: points (n,) by row of the field.

    moved: places won (n,) by place of the order. fallen: profiles that the AI had in the first places and this has not.
    model, official: the tables of the own score and of the AI's.
    """

    field: standings.Field
    order: Longs
    score: Doubles
    moved: Longs
    model: Model
    official: Model

    @property
    def first(self) -> Longs:
        """Rows of the first places."""
        return self.order[:TOP]

    @property
    def ids(self) -> list[int]:
        """Profiles of the first places, best first."""
        return [int(profile) for profile in self.field.ids[self.first]]

    def places(self) -> list[Place]:
        """Return the first places, best first."""
        return [
            Place(profile, int(row), at + 1, int(row) + 1, int(self.moved[at]), float(self.score[row]))
            for at, (row, profile) in enumerate(zip(self.first, self.ids, strict=True))
        ]

    @property
    def fallen(self) -> list[int]:
        """Profiles that stood in the AI's first places and stand there no more, best first."""
        kept = set(self.ids)
        return [profile for profile in self.field.ids[:TOP].tolist() if profile not in kept]

    def reach(self) -> dict[str, tuple[float, float]]:
        """Return between which points each factor moves the candidates at the AI's own weight."""
        found = {}
        for name, table, row in zip(
            self.field.features, self.official.tables, self.field.population.codes, strict=True
        ):
            there = table[np.bincount(row, minlength=256) > 0] * POINTS
            found[name] = (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)
        return found

    def factors(self, row: int, most: int = 3) -> list[tuple[str, float]]:
        """Return what weighs most in a row's own score, with points; all of it and 50 make the score."""
        parts = tables.contributions(self.field.population.codes[:, [row]], self.model)[:, 0] * POINTS
        best = np.argsort(-np.abs(parts), kind="stable")[:most]
        return [(self.model.terms[place], float(parts[place])) for place in best if parts[place]]


def ranked(run: ScreeningRun, wanted: Own) -> Ranked:
    """Return how an own score ranks a completed run's candidates, without sealed ones. Raises RankingGone."""
    found = standings.field(run)
    centred = _centred(run, found.features)
    score = own.points(found.population.codes, centred, wanted)
    order = feedback.order(score, found.ids)
    places = own.moved(found.ids, found.ids[order]).astype(np.int64)
    return Ranked(found, order, score, places, own.own_model(centred, wanted), centred)


def _centred(run: ScreeningRun, features: tuple[str, ...]) -> Model:
    # A run's candidates stand in its campaign's market: one yardstick.
    (reference,) = judging.judge(run).screening.references.markets.values()
    model: Model = reference.model
    assert model.features == features
    return model


def rule(feature: str, side: str, points: float, value: float | None) -> Rule:
    """Return a rule as it was said; where the figure is not known there is no value to compare."""
    where = Side(side)
    return Rule(feature, where, points, None if where is Side.UNKNOWN else value)


def faults(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a rule: its part, and a sentence."""
    known = FEATURES.get(rule.feature)
    if known is None or known.scale == CHOICE:
        yield "feature", _("No rule can be about this factor.")
        return
    if not rule.points:
        yield "points", _("Say how many points it adds or takes.")
    elif not -MOST_POINTS <= rule.points <= MOST_POINTS:
        yield "points", _("A rule adds or takes at most %(most)s points.") % {"most": MOST_POINTS}
    if rule.side is Side.UNKNOWN:
        return
    if rule.value is None:
        yield "value", _("Say from which value it holds.")
    elif not known.low <= rule.value <= known.high:
        ends = {"least": words.value(rule.feature, known.low), "most": words.value(rule.feature, known.high)}
        text = _("“%(name)s” lies between %(least)s and %(most)s. Write shares with a percent sign.")
        yield "value", text % {"name": words.feature(rule.feature), **ends}


def check(wanted: Own) -> None:
    """Refuse weights and rules that no own score has, on whatever run. Raises OwnScoreRefused with the field."""
    for name, weight in wanted.weights.items():
        if name not in FEATURES:
            raise OwnScoreRefused(_("There is no such factor: %(name)s.") % {"name": name}, "weights")
        if not 0 <= weight <= MOST_WEIGHT / 100:
            raise OwnScoreRefused(
                _("A weight lies between 0 and %(most)s%%.") % {"most": MOST_WEIGHT}, f"weights/{name}"
            )
    if len(wanted.rules) > MOST_RULES:
        raise OwnScoreRefused(_("An own score has at most %(most)s rules.") % {"most": MOST_RULES}, "rules")
    for number, one in enumerate(wanted.rules):
        for part, sentence in faults(one):
            raise OwnScoreRefused(sentence, f"rules/{number}/{part}")


def content_of(wanted: Own) -> dict[str, Any]:
    """Return an own score as it is stored: weights in per cent, those of 100 left out; rules in points."""
    weights = {name: round(100 * weight) for name, weight in sorted(wanted.weights.items())}
    rules = [{"feature": r.feature, "side": str(r.side), "points": r.points, "value": r.value} for r in wanted.rules]
    return {"weights": {name: weight for name, weight in weights.items() if weight != 100}, "rules": rules}


def own_of(content: Mapping[str, Any]) -> Own:
    """Return an own score from what is stored."""
    weights = {name: weight / 100 for name, weight in content.get("weights", {}).items()}
    rules = (rule(r["feature"], r["side"], r["points"], r["value"]) for r in content.get("rules", ()))
    return Own(weights, tuple(rules))


def visible(user: User) -> QuerySet[OwnScore]:
    """Return the own scores kept for the brands and markets of a person, newest first."""
    scope = access.scope(user).query(brand="brand_id", market="market_id")
    return OwnScore.objects.filter(scope, removed_at__isnull=True).select_related("by").order_by("-pk")


def of_run(user: User, run: ScreeningRun) -> QuerySet[OwnScore]:
    """Return the own scores kept for a run's brand and market that a person may see, newest first."""
    return visible(user).filter(brand=run.campaign.brand_id, market=run.campaign.market_id)


def save(run: ScreeningRun, *, name: str, wanted: Own, by: User, now: datetime) -> OwnScore:
    """Keep an own score by its name; the same name of the same person takes the place of what stood there.

    Raises NotAllowed and OwnScoreRefused.
    """
    campaign, name = run.campaign, " ".join(name.split())
    access.require(by, "decide", brand=campaign.brand_id, market=campaign.market_id)
    content = content_of(wanted)
    if not 0 < len(name) <= MOST_NAME:
        raise OwnScoreRefused(_("Give the score a name, of at most %(most)s characters.") % {"most": MOST_NAME}, "name")
    check(wanted)
    if not content["weights"] and not content["rules"]:
        raise OwnScoreRefused(_("Nothing is changed yet: this is the AI’s own score."), "weights")
    try:
        with transaction.atomic():
            before = OwnScore.objects.select_for_update().filter(
                by=by, brand=campaign.brand, market=campaign.market, name=name, removed_at__isnull=True
            )
            for old in before:
                if old.content == content:
                    return old
                OwnScore.objects.filter(pk=old.pk).update(removed_at=now)
            entry = _record("save", run, content, name, by=by)
            return OwnScore.objects.create(
                brand=campaign.brand, market=campaign.market, run=run, name=name, content=content, by=by, at=now,
                audit=entry,
            )  # fmt: skip
    except IntegrityError as twice:
        raise OwnScoreRefused(_("A score of this name is being kept from another window. Try again.")) from twice


def remove(score: OwnScore, *, by: User, now: datetime) -> None:
    """Take an own score off the list; only whose it is may. Nothing where it is off already. Raises NotYours."""
    if score.by_id != by.pk:
        raise NotYours(_("Only %(name)s may take this score away.") % {"name": score.by.name})
    with transaction.atomic():
        if OwnScore.objects.filter(pk=score.pk, removed_at__isnull=True).update(removed_at=now):
            _record("remove", score.run, score.content, score.name, by=by)


def _record(what: str, run: ScreeningRun, content: Mapping[str, Any], name: str, *, by: User) -> AuditEntry:
    campaign = run.campaign
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    body = {"what": what, "campaign": campaign.pk, "run": run.pk, "content": digest}
    return log.record(
        Kind.OWN_SCORE, stream=f"campaign:{campaign.pk}", by=by, body=body, personal={"name": name},
        brand=campaign.brand_id, market=campaign.market_id,
    )  # fmt: skip


def not_asked(wanted: Own, features: Collection[str]) -> list[str]:
    """Return the factors of an own score that a brief does not ask about: they do nothing there."""
    named = [*wanted.weights, *(rule.feature for rule in wanted.rules)]
    return [name for name in dict.fromkeys(named) if name not in features]
