"""Generated pools and models, and a whole run over one: from ready codes to the ranking."""

import statistics
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks import bench
from screening.engine import card, codes, features, pairs, screen, tables
from screening.engine.raw import FIGURES, History, Lists, Pool, RawTable, Text
from screening.engine.types import Criteria, Preferences, Wish, WishKind

MAINS = 30


def whole_run(report: bench.Report, rows: int, rounds: int) -> None:
    """A run from ready codes: criteria, brief's own features, score, top 3, chance, missing data, peers, ranking."""
    pool, model = generated_pool(rows), card.compile_card()
    criteria = Criteria(platforms=("instagram", "tiktok"), followers_min=1_000, fee_max=5_000)
    wishes = (Wish(WishKind.SIZE, 0.3, low=10_000, high=300_000), Wish(WishKind.CATEGORIES, 0.4, ("beauty", "health")))
    run = partial(screen.screen, pool, criteria, Preferences(wishes), model)
    seconds = statistics.median(bench.cpu_rounds({"run": run}, rounds)["run"])
    most = 2.0 * max(1.0, rows / 1_000_000)
    report.line("whole run from codes", seconds, "CPU s", bar=f"<= {most:g}", holds=seconds <= most, rows=rows)
    grown = bench.peak_growth_mb(run)
    most = 400.0 * max(1.0, rows / 1_000_000)
    report.line("whole run, memory above the pool", grown, "MB", bar=f"<= {most:g}", holds=grown <= most, rows=rows)


def random_model(dice: np.random.Generator) -> tables.Model:
    """Return an additive model of 30 features with random tables."""
    values = tables.snapped(dice.normal(0, 0.3, (MAINS, 256)))
    names = tuple(list(features.FEATURES)[:MAINS])
    return tables.Model("random", "1", codes.grid_key(), names, 0.0, values, np.full(MAINS, np.nan, np.float32), False)


def with_pairs(model: tables.Model, count: int, dice: np.random.Generator) -> tables.Model:
    """Return the model with random tables of 30 x 30 for so many pairs of its features."""
    made = []
    for place in range(count):
        kinds = np.minimum(np.arange(256) * 30 // 255, 29)
        table = dice.normal(0, 0.2, (30, 30))[np.ix_(kinds, kinds)]
        made.append(pairs.collapsed(model.features[2 * place], model.features[2 * place + 1], table))
    return replace(model, pairs=tuple(one.valued(tables.snapped(one.values)) for one in made))


def generated_pool(rows: int, *, markets: int = 1) -> Pool:
    """Return a pool of generated profiles: two platforms, one dated row each, one category, codes at random with
    holes.
    """
    dice = np.random.default_rng(1)
    places_ = tuple(f"m{n}" for n in range(markets))
    words = {"platform": ("instagram", "tiktok"), "market": places_, "category": ("beauty", "family", "food", "health")}
    places = np.arange(rows + 1, dtype=np.int64)
    figures = {name: np.full(rows, np.nan) for name in FIGURES} | {"followers": np.exp(dice.normal(10, 1.5, rows))}
    raw = RawTable(
        profile_ids=places[1:],
        creator_ids=places[1:] - places[1:] % 2,
        as_of_day=20_000,
        words=words,
        coded={"platform": dice.integers(0, 2, rows, np.int32), "market": dice.integers(0, markets, rows, np.int32)},
        categories=Lists(places, dice.integers(0, 4, rows, np.int32)),
        flags={},
        created_day=np.full(rows, np.nan),
        texts={"bio": Text(np.zeros(rows + 1, np.int64), np.zeros(0, np.uint8))},
        history=History(places, np.full(rows, 19_990, np.int32), figures),
    )
    cells = dice.integers(0, 250, (len(codes.POOL_NAMES), rows), np.uint8)
    cells[codes.POOL_NAMES.index("platform")] = 1 + raw.code("platform")
    return Pool("generated", raw, cells, codes.grid_key())
