"""What a card learns from few results, from many and beside other markets, against what people would train instead.

The same rows and columns for everybody, creators on one side of a split. Figures are of rows that nobody saw: AUC where
nothing else is said.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks import bench
from benchmarks.parts import contest, figures, monthly, sets
from screening.engine import bayes, boosted, features, ladder, learned, sheets
from screening.engine.lessons import Lessons, joined
from screening.engine.raw import Pool
from tests.engine import lessons

FEW, FEW_SPLITS, OF_EACH = (50, 200), 4, 5  # results of each kind without which nobody can learn
MOST_ASKED = 4000
BEHIND, BEHIND_FULL = 0.01, 0.015
MANY, UNSEEN, MANY_SPLITS = 1000, 3000, 3
ABROAD, HOME, HOME_SPLITS, LEAST_GAIN = 1500, (20, 60, 200), 6, 0.01
LEAST_UNSEEN, WAYS = 60, ("others", "own", "pooled", "ladder")
EIGHT, ORDER_SPLITS, TOP, BOOSTED = 8000, 3, 50, "boosted card"
NOBODY = np.zeros(0, np.int64)
Said = Mapping[str, tuple[float, float]]  # way -> R2 of its chances, AUC


def few(report: bench.Report) -> None:
    """Print the card on the expert's against models of the results alone, at 50 and 200 results."""
    peers = ("linear", "HGB", "EBM")
    for size in FEW:
        found = {table.name: _tried(table, size, (contest.OURS, *peers)) for table in _tables()}
        mean = {name: float(np.mean([one[name] for one in found.values()])) for name in (contest.OURS, *peers)}
        best = max(peers, key=lambda name: mean[name])
        ahead = mean[contest.OURS] - mean[best]
        report.line(f"accuracy at {size} results, mean over tables", mean[contest.OURS], "AUC", peer=best,
                    peer_value=mean[best], difference=round(ahead, 4), bar=f">= -{BEHIND:g}", holds=ahead >= -BEHIND,
                    splits=FEW_SPLITS, sets={name: _short(one) for name, one in found.items()})  # fmt: skip


def _tables() -> Iterator[sets.Table]:
    frozen = lessons.market(4000, seed=4)
    worked = np.random.default_rng(5).random(len(frozen)) < 1 / (1 + np.exp(-1.5 * lessons.truth(frozen)))
    yield sets.of_pool("generated creators", frozen, worked)
    if sets.DATA.is_dir():
        yield from (sets.fakes(), sets.growth(), sets.streamers())


def _tried(table: sets.Table, size: int, names: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in names}
    seed = 0
    while len(found[contest.OURS]) < FEW_SPLITS:
        taught, rest = sets.by_owner(table, size, np.random.default_rng(seed))
        seed += 1
        if OF_EACH <= table.label[taught].sum() <= len(taught) - OF_EACH:
            rest = rest[:: max(1, len(rest) // MOST_ASKED)]
            for name in names:
                said = contest.LABELS[name](table, taught, rest, seed)
                found[name].append(figures.auc(said, table.label[rest]))
    return {name: float(np.mean(one)) for name, one in found.items()}


def many(report: bench.Report) -> None:
    """Print the boosted card, tables and pairs, against full trees at a thousand results."""
    found: dict[str, list[float]] = {}
    for split in range(MANY_SPLITS):
        frozen = lessons.market(MANY + UNSEEN, seed=20 + split)
        both = lessons.lessons(frozen, MANY + UNSEEN, seed=split, rule=_by_twos)
        taught, unseen = both.some(np.arange(MANY)), both.some(np.arange(MANY, MANY + UNSEEN))
        card = learned.learn(taught, lessons.EXPERT)
        # Lessons are studied in an order of their own, and the card's log-odds come in it.
        grown = boosted.grow(card.studied.lessons, card.z)
        said = {"boosted card": sheets.opinion(unseen, card.model)[0] + grown.said(unseen)}
        said["card alone"] = sheets.opinion(unseen, card.model)[0]
        said |= {name: _forest(name, taught, unseen, split) for name in ("HGB", "LightGBM")}
        for name, p in said.items():
            found.setdefault(name, []).append(figures.auc(p, unseen.worked))
    mean = {name: float(np.mean(one)) for name, one in found.items()}
    best = max(("HGB", "LightGBM"), key=lambda name: mean[name])
    ahead = mean["boosted card"] - mean[best]
    report.line(f"accuracy at {MANY} results: EBM with pairs as tables", mean["boosted card"], "AUC",
                peer=f"full {best}", peer_value=mean[best], difference=round(ahead, 4), bar=f">= -{BEHIND_FULL:g}",
                holds=ahead >= -BEHIND_FULL, set="generated creators, two features by twos", splits=MANY_SPLITS,
                others=_short(mean))  # fmt: skip


def order(report: bench.Report) -> None:
    """Print whom each puts first of three thousand unseen after eight thousand graded results: NDCG of the first fifty.

    The gain of a place is how far over its goal the result lay.
    """
    found: dict[str, list[float]] = {}
    for split in range(ORDER_SPLITS):
        both = _graded(lessons.market(EIGHT + UNSEEN, seed=30 + split), split)
        taught, unseen = both.some(np.arange(EIGHT)), both.some(np.arange(EIGHT, EIGHT + UNSEEN))
        assert unseen.grades is not None
        for name, said in _orders(taught, unseen, split).items():
            found.setdefault(name, []).append(figures.ndcg(said, np.maximum(unseen.grades, 0), top=TOP))
    mean = {name: float(np.mean(one)) for name, one in found.items()}
    best = max(("HGB", "LightGBM"), key=lambda name: mean[name])
    ahead = mean[BOOSTED] - mean[best]
    report.line(f"order of the first {TOP} at {EIGHT} graded results: EBM with pairs as tables", mean[BOOSTED],
                f"NDCG@{TOP}", peer=f"full {best}", peer_value=mean[best], difference=round(ahead, 4),
                bar=f">= -{BEHIND_FULL:g}", holds=ahead >= -BEHIND_FULL,
                set="generated creators, two features by twos", splits=ORDER_SPLITS, others=_short(mean))  # fmt: skip


def _graded(frozen: Pool, seed: int) -> Lessons:
    """Return everybody of a pool as graded lessons: over or under the goal by the rule and by a logistic luck."""
    both = lessons.lessons(frozen, len(frozen), seed=seed, rule=_by_twos)
    place = np.argsort(frozen.raw.creator_ids)[np.searchsorted(np.sort(frozen.raw.creator_ids), both.creators)]
    far = _by_twos(frozen)[place] + np.random.default_rng(seed).logistic(size=len(frozen))
    return replace(both, worked=far >= 0, grades=far / 3)


def _orders(taught: Lessons, unseen: Lessons, seed: int) -> dict[str, np.ndarray]:
    card = learned.learn(taught, lessons.EXPERT)
    alone = sheets.opinion(unseen, card.model)[0]
    grown = boosted.grow(card.studied.lessons, card.z, unit=card.unit)
    said = {"card alone": alone, BOOSTED: alone + grown.said(unseen)}
    return said | {name: _trees(name, taught, unseen, seed) for name in ("HGB", "LightGBM")}


def _trees(name: str, taught: Lessons, unseen: Lessons, seed: int) -> np.ndarray:
    from lightgbm import LGBMRegressor
    from sklearn.ensemble import HistGradientBoostingRegressor

    kinds = {"HGB": HistGradientBoostingRegressor, "LightGBM": partial(LGBMRegressor, n_jobs=1, verbose=-1)}
    known = (taught.cells > 0).any(axis=1)  # HGB cannot bin a column without a value
    model = kinds[name](random_state=seed).fit(boosted.seen(taught.cells[known]), taught.grades)
    return np.asarray(model.predict(boosted.seen(unseen.cells[known])))


def _by_twos(frozen: Pool) -> np.ndarray:
    found = features.build(frozen.raw)
    sides = [np.sign(np.nan_to_num(found[name] - np.nanmedian(found[name]))) for name in ("followers", "like_rate")]
    return lessons.truth(frozen) + 0.8 * sides[0] * sides[1]


def _forest(name: str, taught: Lessons, unseen: Lessons, seed: int) -> np.ndarray:
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier

    kinds = {"HGB": HistGradientBoostingClassifier, "LightGBM": partial(LGBMClassifier, n_jobs=1, verbose=-1)}
    known = (taught.cells > 0).any(axis=1)  # HGB cannot bin a column without a value
    model = kinds[name](random_state=seed).fit(boosted.seen(taught.cells[known]), taught.worked)
    return np.asarray(model.predict_proba(boosted.seen(unseen.cells[known])))[:, 1]


def new_market(report: bench.Report) -> None:
    """Print a new market's card on the others' score against its own results alone and all results in one model.

    R2 is that of the chances (Brier's skill): the order of creators, AUC, says nothing of a market that is harder.
    """
    lists = [monthly.by_country(name) for name in ("instagram", "youtube")] if sets.DATA.is_dir() else []
    gains = []
    for size in HOME:
        tried = {f"generated, {name}": [_generated(size, split, rule) for split in range(HOME_SPLITS)]
                 for name, rule in OWN_WAYS.items()}  # fmt: skip
        gains.append(_of_markets(report, f"with a way of its own at {size} results", tried))
        alike = {}
        for table, country in lists:
            for place, count in zip(*np.unique(country[country != ""], return_counts=True), strict=True):
                if count >= size + LEAST_UNSEEN:
                    at_home = [_of_country(table, country == place, size, split) for split in range(HOME_SPLITS)]
                    alike[f"{table.name}, {place}"] = [one for one in at_home if one]
        if alike := {name: found for name, found in alike.items() if found}:
            _of_markets(report, f"like the others at {size} results", alike)
    gain = float(np.mean(gains))
    report.line("new market with a way of its own, mean gain over the better of own and pooled", gain, "R2",
                bar=f">= +{LEAST_GAIN:g}", holds=gain >= LEAST_GAIN)  # fmt: skip


def _of_markets(report: bench.Report, name: str, tried: Mapping[str, list[Said]]) -> float:
    """Print what came of markets of a kind, and return how far the ladder is ahead of the better peer, R2."""
    by_set = {name: _means(found, 0) for name, found in tried.items()}
    mean = {way: float(np.mean([one[way] for one in by_set.values()])) for way in WAYS}
    best = max(("own", "pooled"), key=lambda way: mean[way])
    ahead = mean["ladder"] - mean[best]
    order = [_means(found, 1) for found in tried.values()]
    report.line(f"new market {name}: card on the others' score", mean["ladder"], "R2", peer=best, peer_value=mean[best],
                difference=round(ahead, 4), bar=f">= -{BEHIND:g}", holds=ahead >= -BEHIND, splits=HOME_SPLITS,
                others=_short(mean), auc={way: round(float(np.mean([one[way] for one in order])), 4) for way in WAYS},
                sets={name: _short(one) for name, one in by_set.items()})  # fmt: skip
    return ahead


def _means(found: list[Said], which: int) -> dict[str, float]:
    return {way: float(np.mean([one[way][which] for one in found])) for way in WAYS}


def _quality(z: np.ndarray, worked: np.ndarray) -> tuple[float, float]:
    """Return R2 of the chances and AUC of log-odds."""
    off = ((contest.logistic(z) - worked) ** 2).sum()
    return float(1 - off / ((worked - worked.mean()) ** 2).sum()), figures.auc(z, worked)


def _generated(size: int, split: int, rule: Callable[[Pool], np.ndarray]) -> Said:
    abroad, home = lessons.market(ABROAD, seed=40 + split), lessons.market(1500, seed=60 + split)
    elsewhere = lessons.lessons(abroad, ABROAD, seed=split)
    here = lessons.lessons(home, 1500, seed=split, rule=rule)
    taught, unseen = here.some(np.arange(size)), here.some(np.arange(size, 1500))
    both = joined([taught, elsewhere])
    above = ladder.Others(elsewhere, lessons.EXPERT).ground(taught, NOBODY)
    grounds = {"own": (taught, sheets.on_expert(taught, lessons.EXPERT)), "ladder": (taught, above)}
    grounds["pooled"] = both, sheets.on_expert(both, lessons.EXPERT)
    found = {"others": _quality(above.belief.level + sheets.opinion(unseen, above.model)[0], unseen.worked)}
    for way, (rows, ground) in grounds.items():
        sheet = sheets.laid_out(rows)
        fitted = bayes.fit(sheet.columns, sheet.basis.group, ground.card, rows.worked, ground.belief)
        said = sheets.opinion(unseen, sheets.tabulated(fitted, sheet.basis, ground))[0]
        found[way] = _quality(fitted.level + said, unseen.worked)
    return found


def _of_country(table: sets.Table, is_home: np.ndarray, size: int, split: int) -> Said:
    """Return the same of a list's country; nothing where so few results of a kind came out."""
    dice = np.random.default_rng(split)
    home, abroad = dice.permutation(np.flatnonzero(is_home)), dice.permutation(np.flatnonzero(~is_home))[:ABROAD]
    taught, unseen = home[:size], home[size:]
    if min(np.bincount(table.label[taught], minlength=2)) < OF_EACH or len(np.unique(table.label[unseen])) < 2:
        return {}
    (columns, group), (card, belief) = contest.shapes(table), contest.opinion(table)

    def fit(rows: np.ndarray, on: np.ndarray, believed: bayes.Belief) -> bayes.Fitted:
        return bayes.fit(columns[rows], group, on[rows], table.label[rows], believed)

    elsewhere = fit(abroad, card, belief)
    above = elsewhere.log_odds(columns, card) - elsewhere.level
    rung = bayes.Belief(ladder.SLOPE, ladder.SLOPE_SD, elsewhere.level, ladder.LEVEL_SD, ladder.STIFF)
    said = {"others": elsewhere.log_odds(columns, card), "own": fit(taught, card, belief).log_odds(columns, card)}
    said["pooled"] = fit(np.concatenate([taught, abroad]), card, belief).log_odds(columns, card)
    said["ladder"] = fit(taught, above, rung).log_odds(columns, above)
    return {way: _quality(z[unseen], table.label[unseen]) for way, z in said.items()}


def _own_way(*, shift: float) -> Callable[[Pool], np.ndarray]:
    """Return the log-odds of a market that is like the others, but wants busy creators, and is harder or easier."""

    def rule(frozen: Pool) -> np.ndarray:
        posts = np.log10(features.build(frozen.raw)["posts"])
        return lessons.truth(frozen) + 0.6 * np.nan_to_num((posts - np.nanmean(posts)) / np.nanstd(posts)) + shift

    return rule


OWN_WAYS = {"wants busy creators": _own_way(shift=0.0), "and is harder": _own_way(shift=-0.5),
            "and is easier": _own_way(shift=1.0)}  # fmt: skip


def _short(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in found.items()}
