"""What goes into the engine and what comes out of it; numpy alone. What a pool holds stands in raw.py.

The doors:

    features.build(raw) -> {name: float32 (n,)}                       what a pool stores, as codes (codes.encode)
    features.build_for_campaign(raw, criteria, preferences)           the per-run ones, same form
    eligibility.count(raw, criteria) -> Funnel                        live counts of a brief (web process: numpy alone)
    card.compile_card() -> tables.Model                               the first model: the expert points card
    screen.screen(pool, criteria, preferences, model, norms=(), seed=0) -> Screening
    screen.assess(pool, row, criteria, preferences, model, ...) -> Assessment    one row again, exactly

Points are score points: 50 is the market's average, 20 double the odds. Verdicts, criteria, wishes, flags and
statements are codes with numbers; the words belong to the faces.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import numpy.typing as npt

from screening.engine.calibration import Record
from screening.engine.raw import Bytes, Floats, Ints, Longs


class Criterion(StrEnum):
    """Hard criteria, in the order in which they are applied."""

    MARKET = "market"
    PLATFORM = "platform"
    LANGUAGE = "language"
    COUNTRY = "country"
    AUDIENCE_COUNTRY = "audience_country"
    FOLLOWERS = "followers"
    CATEGORIES = "categories"
    EXCLUDED = "excluded"
    FEE = "fee"
    FIGURES_AGE = "figures_age"


KEPT_UNKNOWN = frozenset(
    {Criterion.LANGUAGE, Criterion.COUNTRY, Criterion.AUDIENCE_COUNTRY, Criterion.CATEGORIES, Criterion.FEE}
)


@dataclass(frozen=True)
class Criteria:
    """Hard criteria of a brief. Empty or None = not asked. Words are compared without case.

    keep_unknown: criteria that a profile passes where its value is not known (it is counted, and shows as missing
    data). excluded_words are searched in name, bio, topic and categories at word starts; excluded_ids are creator ids.
    """

    markets: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    audience_countries: tuple[str, ...] = ()
    followers_min: float | None = None
    followers_max: float | None = None
    categories: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    excluded_words: tuple[str, ...] = ()
    excluded_ids: tuple[int, ...] = ()
    fee_max: float | None = None
    figures_max_days: int | None = None
    keep_unknown: frozenset[Criterion] = KEPT_UNKNOWN


class WishKind(StrEnum):
    """Soft preferences. No feature measures the last three yet: they show as no data, priced by their weight."""

    TOPICS = "topics"
    CATEGORIES = "categories"
    AUDIENCE = "audience"
    COUNTRY = "country"
    LANGUAGE = "language"
    SIZE = "size"
    POSTING = "posting"
    PRICE = "price"
    ENGAGEMENT = "engagement"
    STEADINESS = "steadiness"
    TONE = "tone"
    VALUES = "values"
    NEWNESS = "newness"


@dataclass(frozen=True)
class Wish:
    """One soft preference. weight: share 0-1 (0.20 is the card's own reading, 0.40 doubles its points, 0 removes them).

    words: topics, categories, country or language codes. low, high: followers (SIZE); posts a week at least (POSTING:
    low); the fee that is felt as full price (PRICE: high; else the criteria's ceiling).
    """

    kind: WishKind
    weight: float
    words: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Preferences:
    """Soft preferences of a brief, at most one of a kind, and the brief's own text (objective, product, message)."""

    wishes: tuple[Wish, ...] = ()
    text: str = ""

    def wish(self, kind: WishKind) -> Wish | None:
        """Return the wish of a kind, if the brief has it."""
        return next((wish for wish in self.wishes if wish.kind == kind), None)


@dataclass(frozen=True)
class Norm:
    """A market norm: values of `feature` in [low, high] are normal for these peers and raise no flag. None = any.

    side: high or low, the flag that it answers. category: one of the profile's own; the peers stay those of its group.
    """

    key: str
    feature: str
    side: str | None = None
    market: str | None = None
    platform: str | None = None
    tier: str | None = None
    low: float | None = None
    high: float | None = None
    category: str | None = None


@dataclass(frozen=True)
class DecisionLine:
    """The policy's decision line on p, and the half-width of the band around it in which the verdict is Unsure."""

    p: float = 0.5
    half_band: float = 0.02

    @property
    def ends(self) -> tuple[float, float]:
        """Where Unsure begins and ends."""
        return self.p - self.half_band, self.p + self.half_band


class Verdict(StrEnum):
    """What the AI says. Arrays hold the index into VERDICTS."""

    RECOMMEND = "recommend"
    DECLINE = "decline"
    UNSURE = "unsure"


VERDICTS = tuple(Verdict)


class Band(StrEnum):
    """The six wordings of a probability (ux.md section 6). Arrays hold the index into BANDS."""

    UNLIKELY = "unlikely"
    LEANING_NO = "leaning_no"
    TOSS_UP = "toss_up"
    LEANING_YES = "leaning_yes"
    LIKELY = "likely"
    VERY_LIKELY = "very_likely"


BANDS = tuple(Band)


@dataclass(frozen=True)
class CriterionCount:
    """What one hard criterion does.

    removed: of those that the ones before it left. left: after it. alone: it removes on its own. without: how many more
    would pass if only this one were dropped. unknown: profiles that it could not check.
    """

    criterion: Criterion
    removed: int
    left: int
    alone: int
    without: int
    unknown: int


@dataclass(frozen=True)
class Funnel:
    """The live counts of a brief: all candidates, those that pass, and each asked criterion in order."""

    total: int
    passed: int
    steps: tuple[CriterionCount, ...]


@dataclass(frozen=True)
class Factor:
    """What one feature adds. value: in its unit, None = missing. typical: the market's median. word: a category."""

    feature: str
    points: float
    value: float | None
    typical: float | None
    word: str = ""


@dataclass(frozen=True)
class Flag:
    """An observation against peers.

    side: high or low. percentile: share of peers below. group_size: peers with a known value. platform, tier: the group
    (tier "" = all sizes, where the group is small). norm: key of the market norm that answers the flag, or "".
    """

    feature: str
    side: str
    value: float
    percentile: float
    median: float
    group_size: int
    z: float
    platform: str
    tier: str
    is_serious: bool = False
    norm: str = ""


class KnowledgeKind(StrEnum):
    """The three parts of a knowledge statement."""

    KNOW = "know"
    UNCERTAIN = "uncertain"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class KnowledgeItem:
    """One line of a knowledge statement.

    code: what is said (lacking.py lists them). feature: a feature or an unmeasured wish. points: what it adds; for
    no_data the standard deviation of what the cell could change, by which these are ordered.
    """

    kind: KnowledgeKind
    code: str
    feature: str
    points: float
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What the AI asks a person.

    code: missing (the feature lacks), flag (is it normal for this market?) or wish (nothing measures it).
    """

    code: str
    feature: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Assessment:
    """Everything a card shows about one profile in one run.

    score = 50 + sum of all factors' points; missing_points is the part of that sum that missing data adds. p: chance
    that it works out; is_prior: stated, not learned yet. factors: all asked features, heaviest first. chances: where p
    may lie in truth; record: how verdicts as sure as this one ended; both of learned models only.
    """

    profile_id: int
    creator_id: int
    market: str
    platform: str
    tier: str
    rank: int
    removed_by: tuple[Criterion, ...]
    score: float
    p: float
    verdict: Verdict
    confidence: float
    band: Band
    is_prior: bool
    factors: tuple[Factor, ...]
    missing_points: float
    missing: tuple[str, ...]
    missing_sd_points: float
    knowledge: tuple[KnowledgeItem, ...]
    question: Question | None
    flags: tuple[Flag, ...]
    suspicion: float
    figures_days: int | None
    other_profiles: tuple[int, ...]
    model: str
    chances: tuple[float, float] | None = None
    record: Record | None = None

    @property
    def top(self) -> tuple[Factor, ...]:
        """Return the three factors of known cells that weigh most, largest first."""
        return tuple(factor for factor in self.factors if factor.feature not in self.missing)[:3]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a JSON column; enums become their codes."""
        return asdict(self)


PLAIN_COLUMNS = (
    "profile_ids", "creator_ids", "rank", "stands_in", "removed_by", "score", "p", "verdict", "confidence", "band",
    "missing_points", "missing_sd", "missing_count", "flag_bits", "suspicion", "draw",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How the rows of a pool stand in a run: what routing and cards ask of it, arrays over the rows.

    rank: 1.. among eligible creators, 0 = not ranked (removed, or another profile of the creator stands for it).
    stands_in: id of the profile that stands for this one in the list (its own where ranked, 0 where removed).
    verdict: indexes into VERDICTS. suspicion: sum of directional peer scores, 0 or more. references: what assess()
    needs to give the same again without reading the whole pool (reference.py).
    """

    profile_ids: Longs
    creator_ids: Longs
    rank: Ints
    stands_in: Longs
    p: Floats
    verdict: Bytes
    suspicion: Floats
    references: Any


@dataclass(frozen=True)
class Screening(Standing):
    """A whole run: arrays over the pool's rows.

    removed_by: 1 + index into tuple(Criterion) of the first criterion that removed it, 0 = passes.
    band: indexes into BANDS. top: (3, n) indexes into `features`, pairs after them, 255 = none;
    top_points: (3, n).
    missing_points, missing_sd: points; missing_count: of the asked features. flag_bits: bit k = peers.WATCHED[k].
    draw: [0, 1), from seed and profile id alone.
    """

    removed_by: Bytes
    score: Floats
    confidence: Floats
    band: Bytes
    top: Bytes
    top_points: Floats
    missing_points: Floats
    missing_sd: Floats
    missing_count: Bytes
    flag_bits: Ints
    draw: Floats
    features: tuple[str, ...]
    funnel: Funnel
    model: str
    seed: int

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays by column name, in a fixed order, ready for the run's Parquet file."""
        plain = {name: getattr(self, name) for name in PLAIN_COLUMNS}
        tops = {f"top_{k + 1}": self.top[k] for k in range(3)}
        return plain | tops | {f"top_{k + 1}_points": self.top_points[k] for k in range(3)}
