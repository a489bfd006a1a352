"""Who stands out on the named side, against detectors that know no side: AUC at 5 % fakes, without any label; and what
labels add to the plain sum of the sides (`engine/lookout.py`), each row judged by a version that never saw its owner.

The sides were set from domain sense, before any score: an account that was made to order has no picture, no bio, no
posts, no readers, digits for a name, and follows many for each who follows it; followers that were bought come at once.
A detector sees the same columns.
"""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import bench
from benchmarks.parts import figures, sets
from screening.engine import lookout, peers
from screening.engine.features import FEATURES, LOG
from screening.engine.peers import HIGH, LOW
from tests.engine import lessons

SHARE, SPLITS, LEAST_GAIN = 0.05, 6, 0.03
MOST_LOSS = 0.01  # what labels may cost where the sum says it all
SIDES = {
    "profile pic": LOW, "nums/length username": HIGH, "fullname words": LOW, "nums/length fullname": HIGH,
    "name==username": HIGH, "description length": LOW, "external URL": LOW, "#posts": LOW, "#followers": LOW,
    "follows a follower": HIGH,
    "new followers": HIGH, "share of all followers": HIGH, "against the month before": HIGH,
}  # fmt: skip
GENERATED = 2000


def measure(report: bench.Report) -> None:
    """Print each set, and hold the bar on their mean."""
    gains = []
    for table, sides in given():
        ours, theirs = compared(table, sides)
        best = max(theirs, key=lambda name: theirs[name])
        gains.append(ours - theirs[best])
        report.line(f"fraud, {table.name}: AUC at 5 %", ours, "AUC", peer=best, peer_value=theirs[best],
                    difference=round(gains[-1], 4), n=len(table), splits=SPLITS,
                    others={name: round(value, 4) for name, value in theirs.items()})  # fmt: skip
        taught, plain = supervised(table, sides)
        report.line(f"fraud, {table.name}: AUC of the sides weighed by labels, held out", taught, "AUC",
                    peer="plain sum", peer_value=plain, difference=round(taught - plain, 4), n=len(table),
                    bar=f">= {-MOST_LOSS:g} to the sum", holds=taught - plain >= -MOST_LOSS)  # fmt: skip
    mean = float(np.mean(gains))
    report.line("fraud, mean over the sets: ours - best detector", mean, "AUC", bar=f">= +{LEAST_GAIN:g}",
                holds=mean >= LEAST_GAIN, sets=len(gains))  # fmt: skip


def given() -> Iterator[tuple[sets.Table, dict[str, str]]]:
    """Yield a table with the side of each of its columns that has one."""
    found = [generated("inauthentic"), generated("bought")]
    if sets.DATA.is_dir():
        found += [sets.fakes(), sets.growth()]
    for table in found:
        yield table, {name: side for name in table.names if (side := side_of(name))}


def side_of(name: str) -> str:
    """Return the side that is worth a look: of a column here, of the product's features what it watches, or none."""
    watched = dict(reversed(peers.WATCHED))
    return SIDES.get(name.partition(": ")[2], watched.get(name, ""))


def compared(table: sets.Table, sides: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Return the AUC of ours and of each detector, means over thinnings to 5 % labelled rows."""
    ours: list[float] = []
    theirs: dict[str, list[float]] = {}
    for split in range(SPLITS):
        part = table.take(thinned(table.label, np.random.default_rng(split)))
        ours.append(figures.auc(suspicion(part, sides), part.label))
        for name, make in detectors(split).items():
            theirs.setdefault(name, []).append(figures.auc(make(matrix(part)), part.label))
    return float(np.mean(ours)), {name: float(np.mean(found)) for name, found in theirs.items()}


def thinned(label: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    """Return all rows without a label and so many with one that they are 5 %."""
    good = np.flatnonzero(~label)
    wanted = max(5, round(len(good) * SHARE / (1 - SHARE)))
    return np.sort(np.concatenate([good, dice.permutation(np.flatnonzero(label))[:wanted]]))


def suspicion(table: sets.Table, sides: dict[str, str]) -> np.ndarray:
    """Return the sum of the directional peer scores (n,), everybody each other's peer."""
    return distances(table, sides).sum(axis=0)


def distances(table: sets.Table, sides: dict[str, str]) -> np.ndarray:
    """Return z of each side (sides, n), everybody each other's peer."""
    family = np.zeros(1, np.int64)
    rows = {name: table.cells[table.names.index(name)] for name in sides}
    return np.stack([
        peers.stand(np.bincount(row, minlength=256)[None], name, sides[name], family)[0][0][row]
        for name, row in rows.items()
    ])  # fmt: skip


def supervised(table: sets.Table, sides: dict[str, str]) -> tuple[float, float]:
    """Return the AUC of the sides weighed by labels, held out by owner, and of their plain sum, over all rows."""
    return lookout.learn(lookout.Looks(distances(table, sides), table.label, table.owners), grid="").order


def matrix(table: sets.Table) -> np.ndarray:
    """Return what a detector sees (n, d): the columns on the engine's scales, what is unknown at the median."""
    columns = []
    for name, values in zip(table.names, table.values.astype(float), strict=True):
        placed = np.log10(np.clip(values, FEATURES[name].low, None)) if FEATURES[name].scale == LOG else values
        middle = np.nanmedian(placed) if np.isfinite(placed).any() else 0.0
        columns.append(np.where(np.isfinite(placed), placed, middle))
    return np.column_stack(columns)


def detectors(seed: int) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return the detectors by name, each from a matrix to scores."""
    from pyod.models.copod import COPOD
    from pyod.models.ecod import ECOD
    from pyod.models.hbos import HBOS
    from pyod.models.lof import LOF
    from sklearn.ensemble import IsolationForest

    def forest(x: np.ndarray) -> np.ndarray:
        return -IsolationForest(random_state=seed).fit(x).score_samples(x)

    found: dict[str, Callable[[np.ndarray], np.ndarray]] = {"IsolationForest": forest}
    for kind in (ECOD, COPOD, HBOS, LOF):
        found[kind.__name__] = lambda x, kind=kind: kind().fit(x).decision_scores_
    return found


def generated(kind: str) -> sets.Table:
    """Return generated creators as the product measures them, a tenth of whom were tampered with.

    inauthentic: a quarter of the usual share of their reactions is authentic; bought: three times their usual growth
    of a month came within it, and the likes for it did not.
    """
    dice = np.random.default_rng(11)
    rows = [lessons.profile(dice, place) for place in range(GENERATED)]
    label = dice.random(GENERATED) < 0.1
    for row, is_false in zip(rows, label, strict=True):
        likes, followers = row.get("likes_avg"), row.pop("followers", 30_000.0)
        row["platform"], pace = "instagram", 10 ** dice.normal(-1.7, 0.4)
        if likes is not None:
            share = np.clip(dice.normal(0.8, 0.08), 0.3, 1.0) / (4 if kind == "inauthentic" and is_false else 1)
            row["authentic_avg"], row["engagement_avg"] = likes * share, likes
        grown = 1 + pace * (10 if kind == "bought" and is_false else 1)
        figures_now = {key: row.pop(key) for key in list(row) if key.endswith("_avg") or key in {"following", "posts"}}
        steps = [(20_000 - 30 * k, {"followers": followers / (1 + pace) ** k / (grown if k else 1)}) for k in (3, 2, 1)]
        row["history"] = [*steps, (20_000, {"followers": followers, **figures_now})]
    found = sets.profiles(f"generated, {kind}", rows, label)
    return sets.with_names(found, [name for name in found.names if name not in {"platform", "completeness"}])
