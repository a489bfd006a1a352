"""Hard criteria over a whole pool, and the counts a brief shows while it is edited. numpy alone.

A criterion that cannot be checked for a profile (value unknown) removes it, unless the brief keeps the unknown; either
way it is counted. The order is that of `Criterion`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from screening.engine import histories, texts
from screening.engine.raw import Bools, Bytes, Doubles, Lists, RawTable, Text
from screening.engine.types import Criteria, Criterion, CriterionCount, Funnel

ORDER = tuple(Criterion)
COUNTS = ("removed", "left", "alone", "without", "unknown")


@dataclass(frozen=True, eq=False)
class Check:
    """One criterion over n profiles: which do not meet it, of which it is not known (both (n,), never both true)."""

    criterion: Criterion
    misses: Bools
    unknown: Bools
    keeps_unknown: bool

    @property
    def removes(self) -> Bools:
        """Which profiles this criterion removes on its own (n,)."""
        return self.misses if self.keeps_unknown else self.misses | self.unknown


def checks(raw: RawTable, criteria: Criteria) -> list[Check]:
    """Return the asked criteria in order, each checked on every profile by itself."""
    found = []
    for criterion in ORDER:
        answer = _CHECKS[criterion](raw, criteria)
        if answer is not None:
            misses, unknown = answer
            found.append(Check(criterion, misses & ~unknown, unknown, criterion in criteria.keep_unknown))
    return found


def count(raw: RawTable, criteria: Criteria) -> Funnel:
    """Return the live counts of a brief."""
    return funnel(checks(raw, criteria), len(raw))


def funnel(found: Sequence[Check], total: int) -> Funnel:
    """Return what each criterion removes in sequence, alone, and how many more would pass without it."""
    removed = [check.removes for check in found]
    # Who is hit by exactly one criterion comes back without it: one sum answers "without" for all of them.
    hits = np.sum(removed, axis=0, dtype=np.int16) if removed else np.zeros(total, np.int16)
    alive, steps = np.ones(total, bool), []
    for check, gone in zip(found, removed, strict=True):
        newly = alive & gone
        alive &= ~gone
        steps.append(
            CriterionCount(
                criterion=check.criterion,
                removed=int(newly.sum()),
                left=int(alive.sum()),
                alone=int(gone.sum()),
                without=int((gone & (hits == 1)).sum()),
                unknown=int(check.unknown.sum()),
            )
        )
    return Funnel(total, int(alive.sum()), tuple(steps))


def add(parts: Sequence[Funnel]) -> Funnel:
    """Return the counts of all rows together from those of ranges, for the same criteria."""
    steps = [
        replace(same[0], **{name: sum(vars(one)[name] for one in same) for name in COUNTS})
        for same in zip(*(part.steps for part in parts), strict=True)
    ]
    return Funnel(sum(part.total for part in parts), sum(part.passed for part in parts), tuple(steps))


def removed_by(found: Sequence[Check], total: int) -> Bytes:
    """Return for each profile 1 + the index into ORDER of the first criterion that removes it, 0 = it passes (n,)."""
    out = np.zeros(total, np.uint8)
    for check in reversed(found):  # backwards, so that the first criterion has the last word
        out[check.removes] = 1 + ORDER.index(check.criterion)
    return out


def loosest_first(counts: Funnel) -> tuple[Criterion, ...]:
    """Return the criteria to loosen first when nobody passes: those without which most come back.

    Where dropping none of them alone brings anybody back, those that remove most.
    """
    steps = sorted(counts.steps, key=lambda step: (-step.without, -step.alone))
    return tuple(step.criterion for step in steps if step.without) or tuple(
        step.criterion for step in steps if step.alone
    )


Answer = tuple[Bools, Bools] | None


def _coded(name: str, wanted: Callable[[Criteria], Sequence[str]]) -> Callable[[RawTable, Criteria], Answer]:
    def check(raw: RawTable, criteria: Criteria) -> Answer:
        words = {word.casefold() for word in wanted(criteria)}
        if not words:
            return None
        table = np.array([*(word.casefold() not in words for word in raw.words.get(name, ())), True])
        return table[raw.code(name)], raw.code(name) < 0

    return check


def _followers(raw: RawTable, criteria: Criteria) -> Answer:
    if criteria.followers_min is None and criteria.followers_max is None:
        return None
    size = _figure(raw, "followers")
    low, high = criteria.followers_min or 0.0, np.inf if criteria.followers_max is None else criteria.followers_max
    return ~((size >= low) & (size <= high)), np.isnan(size)


def _categories(raw: RawTable, criteria: Criteria) -> Answer:
    if not criteria.categories:
        return None
    return ~_holds(raw, criteria.categories), np.diff(raw.categories.offsets) == 0


def _excluded(raw: RawTable, criteria: Criteria) -> Answer:
    if not (criteria.excluded_categories or criteria.excluded_words or criteria.excluded_ids):
        return None
    out = np.isin(raw.creator_ids, np.array(criteria.excluded_ids, np.int64)) | _holds(
        raw, criteria.excluded_categories
    )
    if criteria.excluded_words:
        words = raw.words.get("category", ())
        spoken = texts.mentions(Text.of(words), criteria.excluded_words)
        out |= _any(raw.categories, spoken)
        for name in ("name", "bio", "topic"):
            out |= texts.mentions(raw.text(name), criteria.excluded_words)
    return out, np.zeros(len(raw), bool)


def _fee(raw: RawTable, criteria: Criteria) -> Answer:
    if criteria.fee_max is None:
        return None
    fee = _figure(raw, "fee")
    return fee > criteria.fee_max, np.isnan(fee)


def _figures_age(raw: RawTable, criteria: Criteria) -> Answer:
    if criteria.figures_max_days is None:
        return None
    age = raw.as_of_day - histories.last_day(raw.history)
    return age > criteria.figures_max_days, np.isnan(age)


def _figure(raw: RawTable, name: str) -> Doubles:
    values = histories.latest(raw.history, name)
    return np.where(values > 0, values, np.nan)


def _holds(raw: RawTable, words: Sequence[str]) -> Bools:
    wanted = {word.casefold() for word in words}
    return _any(raw.categories, np.array([word.casefold() in wanted for word in raw.words.get("category", ())], bool))


def _any(lists: Lists, hits: Bools) -> Bools:
    owner = np.repeat(np.arange(len(lists.offsets) - 1), np.diff(lists.offsets))
    return np.bincount(owner[hits[lists.codes]], minlength=len(lists.offsets) - 1) > 0


_CHECKS: Mapping[Criterion, Callable[[RawTable, Criteria], Answer]] = {
    Criterion.MARKET: _coded("market", lambda criteria: criteria.markets),
    Criterion.PLATFORM: _coded("platform", lambda criteria: criteria.platforms),
    Criterion.LANGUAGE: _coded("language", lambda criteria: criteria.languages),
    Criterion.COUNTRY: _coded("country", lambda criteria: criteria.countries),
    Criterion.AUDIENCE_COUNTRY: _coded("audience_country", lambda criteria: criteria.audience_countries),
    Criterion.FOLLOWERS: _followers,
    Criterion.CATEGORIES: _categories,
    Criterion.EXCLUDED: _excluded,
    Criterion.FEE: _fee,
    Criterion.FIGURES_AGE: _figures_age,
}
