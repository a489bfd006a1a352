"""The brief's soft preferences: which features they ask for, how much each weighs, and how they are measured."""

from collections.abc import Callable, Mapping

import numpy as np

from screening.engine import measures, texts
from screening.engine.raw import Doubles, Floats, Lists, RawTable
from screening.engine.types import Criteria, Preferences, WishKind

USUAL_WEIGHT = 0.20
MOST = 3.0
UNKNOWN = np.float32(np.nan)
MEASURED_BY: Mapping[WishKind, str] = {
    WishKind.TOPICS: "topic_match",
    WishKind.CATEGORIES: "category_match",
    WishKind.LANGUAGE: "language_match",
    WishKind.AUDIENCE: "audience_match",
    WishKind.COUNTRY: "country_match",
    WishKind.SIZE: "tier_fit",
    WishKind.POSTING: "posting_fit",
    WishKind.PRICE: "fee_to_ceiling",
    WishKind.ENGAGEMENT: "engagement_rate",
    WishKind.STEADINESS: "engagement_spread",
}
UNMEASURED = tuple(kind for kind in WishKind if kind not in MEASURED_BY)


def scales(criteria: Criteria, preferences: Preferences) -> dict[str, float]:
    """Return feature -> factor on its points, 0-3, for what the brief asks for or weighs.

    A campaign feature that is not in the answer is not asked. A hard criterion asks for its own feature at factor 1.
    """
    asked = _targets(criteria, preferences)
    found = {name: 1.0 for name, target in asked.items() if target is not None}
    for wish in preferences.wishes:
        name = MEASURED_BY.get(wish.kind)
        # A wish without words or limits (no topics typed) asks nothing, whatever its weight.
        if name is not None and (name in found or name not in asked):
            found[name] = min(MOST, max(0.0, wish.weight / USUAL_WEIGHT))
    return found


def measure(raw: RawTable, criteria: Criteria, preferences: Preferences) -> dict[str, Floats | Doubles]:
    """Measure the eight campaign features (n,); all NaN for those that are not asked."""
    asked = _targets(criteria, preferences)
    return {
        name: _MEASURES[name](raw, target) if target is not None else np.broadcast_to(UNKNOWN, len(raw))
        for name, target in asked.items()
    }


Target = tuple[str, ...] | tuple[float, float]


def _targets(criteria: Criteria, preferences: Preferences) -> dict[str, Target | None]:
    sizes = _range(preferences, WishKind.SIZE, 1.0, np.inf)
    posting = _range(preferences, WishKind.POSTING, np.nan, np.inf)
    price = _range(preferences, WishKind.PRICE, 0.0, criteria.fee_max or np.nan) or (0.0, criteria.fee_max or np.nan)
    topics = _words(preferences, WishKind.TOPICS) or ((preferences.text,) if preferences.text.strip() else ())
    return {
        "topic_match": topics or None,
        "category_match": _words(preferences, WishKind.CATEGORIES) or criteria.categories or None,
        "language_match": _words(preferences, WishKind.LANGUAGE) or criteria.languages or None,
        "audience_match": _words(preferences, WishKind.AUDIENCE) or criteria.audience_countries or None,
        "country_match": _words(preferences, WishKind.COUNTRY) or criteria.countries or None,
        "tier_fit": sizes,
        "posting_fit": posting if posting and posting[0] > 0 else None,
        "fee_to_ceiling": price if price[1] > 0 else None,
    }


def _words(preferences: Preferences, kind: WishKind) -> tuple[str, ...]:
    wish = preferences.wish(kind)
    return wish.words if wish else ()


def _range(preferences: Preferences, kind: WishKind, low: float, high: float) -> tuple[float, float] | None:
    wish = preferences.wish(kind)
    if wish is None:
        return None
    return (low if wish.low is None else wish.low, high if wish.high is None else wish.high)


def topic_match(raw: RawTable, target: Target) -> Floats:
    """Match of name, bio, topic and categories with the wished topics; NaN where it has none of the last three."""
    query, words = " ".join(str(word) for word in target), raw.words.get("category", ())
    return texts.match([raw.text("bio"), raw.text("topic")], raw.categories, words, query, title=raw.text("name"))


def category_match(raw: RawTable, target: Target) -> Doubles:
    """Match of the profile's nearest category with the nearest wished one; NaN without categories."""
    likeness = texts.similarity(raw.words.get("category", ()), [str(word) for word in target])
    return _best(raw.categories, likeness)


def language_match(raw: RawTable, target: Target) -> Doubles:
    """1 or 0 from the known language, else from the bio's script where it decides (Cyrillic or not), else NaN."""
    known = coded_match(raw, "language", target)
    # Latin letters settle no language, but they do settle that a bio is not Russian.
    share = texts.cyrillic_share(raw.text("bio"))
    wants_cyrillic = any(str(word).casefold() in {"ru", "russian", "русский"} for word in target)
    script = np.where(
        share > 0.5, float(wants_cyrillic), np.where(share < 0.1, 0.0 if wants_cyrillic else np.nan, np.nan)
    )
    return np.where(np.isnan(known), script, known)


def coded_match(raw: RawTable, name: str, target: Target) -> Doubles:
    """1 where a coded column is one of the wished words (without case), 0 where it is another, NaN where unknown."""
    wanted = {str(word).casefold() for word in target}
    # The vocabulary is compared once; -1 (unknown) picks the NaN at the table's end.
    table = [float(word.casefold() in wanted) for word in raw.words.get(name, ())]
    return np.array([*table, np.nan])[raw.code(name)]


def tier_fit(raw: RawTable, target: Target) -> Doubles:
    """Decades (powers of ten) by which followers lie outside the wished range; 0 inside."""
    low, high = (float(end) for end in target)
    size = np.log10(measures.Figures(raw)["followers"])
    return np.maximum(0.0, np.maximum(np.log10(max(low, 1.0)) - size, size - np.log10(max(high, 1.0))))


def posting_fit(raw: RawTable, target: Target) -> Doubles:
    """Posts a week over the wished number."""
    return measures.posting_rate(measures.Figures(raw)) / float(target[0])


def fee_to_ceiling(raw: RawTable, target: Target) -> Doubles:
    """The last known fee over the ceiling."""
    return measures.Figures(raw)["fee"] / float(target[1])


def _best(lists: Lists, values: Floats) -> Doubles:
    best, starts = np.full(len(lists.offsets) - 1, np.nan), lists.offsets[:-1]
    named = starts < lists.offsets[1:]
    if named.any():
        highest = np.maximum.reduceat(values[lists.codes], starts[named])
        best[named] = np.where(highest >= 0, highest, np.nan)
    return best


_MEASURES: Mapping[str, Callable[[RawTable, Target], Floats | Doubles]] = {
    "topic_match": topic_match,
    "category_match": category_match,
    "language_match": language_match,
    "audience_match": lambda raw, target: coded_match(raw, "audience_country", target),
    "country_match": lambda raw, target: coded_match(raw, "country", target),
    "tier_fit": tier_fit,
    "posting_fit": posting_fit,
    "fee_to_ceiling": fee_to_ceiling,
}
