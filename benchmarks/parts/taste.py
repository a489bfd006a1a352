"""What marks add to the AI's order: NDCG of the first 75 among the unmarked, learned from 20 and 100 marks.

A person marks the first of the list, or half of them spread over its first third. The AI's order is a logistic model
that saw half of the columns and 400 labels of others, or a noisy view of the truth. Peers: Rocchio with the AI's score,
a logistic model of the marks with the AI's score as a column.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks import bench
from benchmarks.parts import figures, monthly, sets
from screening.engine import feedback

MARKS, TOP, SPLITS, TAUGHT = {20: 0.03, 100: 0.10}, 75, 6, 400
RATE = 0.07  # the best of a list
GENERATED, COLUMNS = 5000, 30


@dataclass(frozen=True, eq=False)
class Search:
    """Everybody who is ranked: codes, the AI's score (n,) and who is sought (n,)."""

    name: str
    population: feedback.Population
    ai: np.ndarray
    sought: np.ndarray


def measure(report: bench.Report) -> None:
    """Print each set, and hold the bars on the means."""
    found: dict[tuple[str, int], list[dict[str, float]]] = {}
    for seed in range(SPLITS):
        for search in given(seed):
            for marks in MARKS:
                for spread in (0.0, 0.5):
                    found.setdefault((search.name, marks), []).append(tried(search, marks, spread, seed))
    mean = {key: {name: float(np.mean([one[name] for one in all_])) for name in all_[0]} for key, all_ in found.items()}
    for (name, marks), by_order in mean.items():
        gain = by_order["ours"] - by_order["AI"]
        report.line(f"feedback, {name}: NDCG@{TOP} after {marks} marks", by_order["ours"], "NDCG", peer="AI order",
                    peer_value=by_order["AI"], gain=round(gain, 4), splits=SPLITS,
                    others={key: round(value, 4) for key, value in by_order.items()})  # fmt: skip
    for marks, least in MARKS.items():
        gain = float(np.mean([one["ours"] - one["AI"] for (_, count), one in mean.items() if count == marks]))
        report.line(f"feedback, mean gain after {marks} marks", gain, "NDCG", peer="AI order", peer_value=0.0,
                    bar=f">= +{least:.2f}", holds=gain >= least, sets=len(mean) // len(MARKS))  # fmt: skip
    worst = min(one["ours"] - one["AI"] for one in mean.values())
    report.line("feedback, least gain of a set", worst, "NDCG", peer="AI order", peer_value=0.0, bar=">= 0",
                holds=worst >= 0)  # fmt: skip


def given(seed: int) -> Iterator[Search]:
    """Yield generated searches, one where the AI lacks the taste and one where it lacks nothing, and real ones."""
    for taste in (1.0, 0.0):
        yield simulated(taste, np.random.default_rng(seed))
    if sets.DATA.is_dir():
        for table in (monthly.later("instagram"), monthly.later("tiktok"), sets.streamers()):
            yield real(table, np.random.default_rng(seed))


def simulated(taste: float, dice: np.random.Generator) -> Search:
    """Return a list whose best follow a truth that the AI sees with noise, and a taste that it does not see."""
    x = dice.normal(size=(GENERATED, COLUMNS))
    base = standard(x @ (dice.normal(size=COLUMNS) * (dice.random(COLUMNS) < 0.4)) + 0.5 * np.abs(x[:, 0]))
    ai = standard(base + dice.normal(scale=0.9, size=GENERATED))
    own = x @ (dice.normal(size=COLUMNS) * (dice.random(COLUMNS) < 0.2))
    wanted = base + taste * standard(own) + dice.normal(scale=0.4, size=GENERATED)
    codes = np.clip(np.round(127 + 40 * x.T), 1, 254).astype(np.uint8)
    name = "generated, a taste of its own" if taste else "generated, no taste"
    return Search(name, feedback.Population.of(codes), ai, wanted > np.quantile(wanted, 1 - RATE))


def real(table: sets.Table, dice: np.random.Generator) -> Search:
    """Return a real list; the AI learned from half of its columns and from rows that are not in it."""
    order = dice.permutation(len(table))[: GENERATED + TAUGHT]
    taught, rest = order[: min(TAUGHT, len(order) // 4)], order[min(TAUGHT, len(order) // 4) :]
    whole = feedback.Population.of(np.ascontiguousarray(table.cells[:, order]))
    seen = dice.permutation(len(table.names))[: max(2, len(table.names) // 2)]
    x = whole.standard(slice(None))[:, seen]
    model = LogisticRegression(C=0.5).fit(x[: len(taught)], table.label[taught])
    ai = model.decision_function(x[len(taught) :])
    population = feedback.Population.of(np.ascontiguousarray(table.cells[:, rest]))
    return Search(table.name, population, standard(ai), table.label[rest])


def tried(search: Search, marks: int, spread: float, seed: int) -> dict[str, float]:
    """Return NDCG on the unmarked by each order, after so many marks of which a share is spread."""
    dice, order = np.random.default_rng(seed + 99), np.argsort(-search.ai, kind="stable")
    first = marks - round(marks * spread)
    marked = np.concatenate([order[:first], dice.permutation(order[first : len(order) // 3])[: marks - first]])
    picks, rejections = marked[search.sought[marked]], marked[~search.sought[marked]]
    rest = np.setdiff1d(np.arange(len(order)), marked)
    direction = feedback.learn(search.population, picks, rejections)
    orders: dict[str, np.ndarray] = {
        "AI": search.ai, "ours": search.ai + feedback.taste(search.population, direction),
        **{name: order_(search, picks, rejections) for name, order_ in PEERS.items()},
    }  # fmt: skip
    return {name: figures.ndcg(by[rest], search.sought[rest].astype(float), top=TOP) for name, by in orders.items()}


def rocchio(search: Search, picks: np.ndarray, rejections: np.ndarray) -> np.ndarray:
    """Return the AI's score with Rocchio's direction beside it, both in standard deviations."""
    if not len(picks) or not len(rejections):
        return search.ai
    x = search.population.standard(slice(None))
    return search.ai + standard(x @ (x[picks].mean(axis=0) - 0.5 * x[rejections].mean(axis=0)))


def logistic(search: Search, picks: np.ndarray, rejections: np.ndarray) -> np.ndarray:
    """Return what a logistic model of the marks says, the AI's score among its columns."""
    if not len(picks) or not len(rejections):
        return search.ai
    x = np.column_stack([search.ai, search.population.standard(slice(None))])
    marked = np.concatenate([picks, rejections])
    model = LogisticRegression(C=0.3, max_iter=500).fit(x[marked], np.arange(len(marked)) < len(picks))
    return model.decision_function(x)


Order = Callable[[Search, np.ndarray, np.ndarray], np.ndarray]
PEERS: dict[str, Order] = {"Rocchio + AI": rocchio, "logistic": logistic}


def standard(values: np.ndarray) -> np.ndarray:
    """Return values in their standard deviations."""
    return (values - values.mean()) / (values.std() + 1e-9)
