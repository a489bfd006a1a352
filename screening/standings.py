"""Where everybody stands in a discovery: the AI's score, the team's taste as one more factor, and the order of both.

Sealed creators are left out of everything: of the list, the places, the population and its spread. Reads only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import lru_cache

import numpy as np
from django.utils.translation import gettext as _

from screening import judging, results, sealed
from screening.engine import feedback, reference
from screening.engine.feedback import Hint, Population, Remembered
from screening.engine.raw import Doubles, Longs
from screening.models import Discovery, DiscoveryMark, DiscoveryRound, MarkKind, ScreeningRun
from screening.store import NotInStore

TOP = 20  # places whose change tells whether another round would change much
CONVERGED = 0.10  # share of them
SIDES = {MarkKind.MORE: 1, MarkKind.LESS: -1}
Marks = Sequence[DiscoveryMark]


class RankingGone(LookupError):
    """Raised where a run's ranking cannot be read again: its result or its pool was removed."""


@dataclass(frozen=True, eq=False)
class Field:
    """Everybody who is ranked and may be shown, in the AI's order: profile ids, score in points, codes.

    remembered: profile -> its place (d,) in an earlier run's list, of marked ones that this list has not.
    is_taste_on: False where the team has switched its taste off.
    """

    ids: Longs
    score: Doubles
    population: Population
    features: tuple[str, ...]
    remembered: Mapping[int, Doubles] = dataclass_field(default_factory=dict)
    is_taste_on: bool = True

    @property
    def spread(self) -> float:
        """Points that one standard deviation of the AI's score is; taste is counted in it."""
        return float(self.score.std()) if len(self.score) else 0.0

    def places(self, profiles: Collection[int]) -> Longs:
        """Return the rows of some profiles; those who are not here are left out."""
        return np.flatnonzero(np.isin(self.ids, np.array(sorted(profiles), np.int64)))


@dataclass(frozen=True, eq=False)
class Standing:
    """The order after some marks. order: rows, best first. taste: points (n,). weights: direction (d,), in points."""

    field: Field
    order: Longs
    taste: Doubles
    weights: Doubles

    @property
    def ids(self) -> Longs:
        """Profile ids, best first."""
        return self.field.ids[self.order]

    def reasons(self, row: int, most: int = 2) -> list[tuple[str, float]]:
        """Return the factors that move a row most for the team, with points; all of them add up to its taste."""
        parts = self.field.population.standard(np.array([row]))[0] * self.weights
        best = np.argsort(-np.abs(parts), kind="stable")[:most]
        return [(self.field.features[place], float(parts[place])) for place in best if parts[place]]

    def heaviest(self, most: int = 5) -> list[tuple[str, float]]:
        """Return the factors that weigh most in the team's taste, with points for one standard deviation."""
        named = zip(self.field.features, self.weights.tolist(), strict=True)
        return sorted(((code, weight) for code, weight in named if weight), key=lambda one: -abs(one[1]))[:most]


@dataclass(frozen=True)
class Spot:
    """Where a profile stands, in points. moved: places won since the last round; score: the AI's; taste: the team's.

    ai: the AI's place, counted without sealed ones; reasons: what of the taste weighs most.
    """

    profile: int
    place: int
    ai: int
    moved: int
    score: float
    taste: float
    reasons: list[tuple[str, float]]
    mark: DiscoveryMark | None

    @property
    def total(self) -> float:
        """What the order goes by."""
        return self.score + self.taste


def field(run: ScreeningRun) -> Field:
    """Return the ranked candidates of a completed run, without those whose card is sealed for anybody.

    What a team sees together is made without them, whoever looks. Raises RankingGone.
    """
    try:
        return _field(run.pk, run.result_sha256, sealed.profiles(run.campaign))
    except (results.NoResult, judging.NotJudged, NotInStore, reference.OtherGrid) as gone:
        sentence = _("The ranking of run %(n)s is not kept any more: start a new run.")
        raise RankingGone(sentence % {"n": run.number}) from gone


def search(discovery: Discovery) -> Field:
    """Return the field of a discovery's run with what is remembered of its earlier runs, its taste on or off."""
    found = field(discovery.run)
    remembered = _remembered(discovery, found) if discovery.earlier else {}
    return replace(found, remembered=remembered, is_taste_on=discovery.is_taste_on)


def _remembered(discovery: Discovery, found: Field) -> dict[int, Doubles]:
    here = set(found.ids.tolist())
    gone = {one.profile_id: one.round for one in live(discovery) if one.profile_id and one.profile_id not in here}
    places: dict[int, Doubles] = {}
    first = 1
    for run_id, last in discovery.earlier:
        wanted = [profile for profile, number in gone.items() if first <= number <= last]
        places |= _places_in(run_id, wanted, found.features) if wanted else {}
        first = last + 1
    return places


def _places_in(run_id: int, profiles: Collection[int], features: Sequence[str]) -> dict[int, Doubles]:
    try:
        before = field(ScreeningRun.objects.select_related("campaign").get(pk=run_id))
    except RankingGone:  # its pool was removed: of those who left the list nothing is known
        return {}
    rows = before.places(profiles)
    known = np.array([before.features.index(name) if name in before.features else -1 for name in features])
    standard = np.append(before.population.standard(rows), np.zeros((len(rows), 1)), axis=1)[:, known]
    return dict(zip(before.ids[rows].tolist(), standard.astype(np.float64), strict=True))


@lru_cache(maxsize=2)
def _field(run_id: int, _result: str, hidden: frozenset[int]) -> Field:
    run = ScreeningRun.objects.get(pk=run_id)
    judged, everybody = judging.judge(run), results.rows(run)
    ranked = everybody[(everybody["rank"] > 0) & ~np.isin(everybody["profile"], np.array(sorted(hidden), np.int64))]
    rows = np.searchsorted(judged.pool.raw.profile_ids, ranked["profile"])
    model = reference.asked_model(judged.model, judged.criteria, judged.preferences)
    codes = reference.run_codes(judged.pool, judged.criteria, judged.preferences, model)
    own = np.ascontiguousarray(codes[:, rows])
    return Field(
        ranked["profile"].astype(np.int64), ranked["score_u6"] / results.U6, Population.of(own), tuple(model.features)
    )


def standing(found: Field, marks: Marks) -> Standing:
    """Return where everybody stands after some marks; without a pick or a hint as the AI ranks.

    Rejected ones stand last whether the taste is on or off: that was said of them, not learned.
    """
    said = {kind: [one for one in marks if one.kind == kind] for kind in MarkKind}
    picks, rejected = (found.places(_profiles(said[kind])) for kind in (MarkKind.PICK, MarkKind.REJECT))
    hints = tuple(
        Hint(found.features.index(one.feature), side)
        for kind, side in SIDES.items() for one in said[kind] if one.feature in found.features
    )  # fmt: skip
    direction = feedback.learn(found.population, picks, rejected, hints, _absent(found, said))
    direction = direction if found.is_taste_on else np.zeros_like(direction)
    taste = feedback.taste(found.population, direction).astype(np.float64) * found.spread
    order = feedback.order(found.score + taste, found.ids)
    out = np.isin(order, rejected)
    return Standing(found, np.concatenate([order[~out], order[out]]), taste, direction * found.spread)


def spots(stood: Standing, marks: Marks, number: int, profiles: Sequence[int]) -> list[Spot]:
    """Return where some profiles of the field stand, in the order given. number: the open round."""
    places = {int(profile): place for place, profile in enumerate(stood.ids.tolist(), 1)}
    before = standing(stood.field, until(marks, number))
    was = {int(profile): place for place, profile in enumerate(before.ids.tolist(), 1)}
    marked = {one.profile_id: one for one in marks}
    row_of = {int(profile): row for row, profile in enumerate(stood.field.ids.tolist())}
    return [
        Spot(
            one, places[one], row_of[one] + 1, was[one] - places[one], float(stood.field.score[row_of[one]]),
            float(stood.taste[row_of[one]]), stood.reasons(row_of[one]), marked.get(one),
        )
        for one in profiles
    ]  # fmt: skip


def _absent(found: Field, said: Mapping[MarkKind, Marks]) -> Remembered:
    none = np.zeros((0, len(found.features)))
    picks, rejected = (
        np.array([found.remembered[one] for one in _profiles(said[kind]) if one in found.remembered])
        for kind in (MarkKind.PICK, MarkKind.REJECT)
    )
    return Remembered(picks if len(picks) else none, rejected if len(rejected) else none)


def _profiles(marks: Marks) -> list[int]:
    return [one.profile_id for one in marks if one.profile_id is not None]


def live(discovery: Discovery) -> list[DiscoveryMark]:
    """Return the marks that stand, oldest first."""
    found = discovery.marks.filter(taken_back_at__isnull=True)
    return list(found.select_related("by", "profile__creator").order_by("pk"))


def until(marks: Marks, number: int) -> list[DiscoveryMark]:
    """Return the marks of rounds before a number."""
    return [one for one in marks if one.round < number]


def changed(found: Field, before: Marks, after: Marks) -> float:
    """Return which share of the first places changes hands between two sets of marks, were the taste on."""
    found = replace(found, is_taste_on=True)
    return feedback.changed_share(standing(found, before).ids, standing(found, after).ids, top=TOP)


def is_converged(rounds: Sequence[DiscoveryRound]) -> bool:
    """Tell whether the last round that ended changed so little that another would not change much."""
    return bool(rounds) and rounds[-1].changed_u6 < CONVERGED * 1_000_000


def agreed(found: Field, marks: Marks) -> tuple[int, int]:
    """Return how many picks stand among the AI's own first places, and how many picks there are."""
    picked = set(_profiles([one for one in marks if one.kind == MarkKind.PICK]))
    return len(picked & set(found.ids[:TOP].tolist())), len(picked)
