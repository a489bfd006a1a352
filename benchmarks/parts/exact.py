"""What the tables say against what they were made from, in standard deviations of the score."""

import numpy as np

from benchmarks import bench
from benchmarks.parts import pools
from screening.engine import bayes, sheets, tables
from tests.engine import lessons

MOST = 1e-5


def measure(report: bench.Report) -> None:
    """Print the largest differences and hold their bar."""
    dice = np.random.default_rng(3)
    cells, alone = dice.integers(0, 255, (pools.MAINS, 20_000), np.uint8), pools.random_model(dice)
    for kind, model in (("", alone), (", 5 pairs", pools.with_pairs(alone, 5, dice))):
        score = tables.score(cells, model).astype(np.float64)
        added = model.b0 + tables.contributions(cells, model).astype(np.float64).sum(axis=0)
        tell(report, f"factors: largest |sum of all + b0 - score|{kind}", np.abs(added - score).max() / score.std())
    found, terms = trained()
    apart = np.abs(found - terms).max() / terms.sum(axis=0).std()
    tell(report, "tables against the fit they are made of, a term", apart)


def tell(report: bench.Report, measure: str, value: float) -> None:
    """Report a difference."""
    report.line(measure, float(value), "sd of the score", bar=f"<= {MOST:g}", holds=value <= MOST, set="generated")


def trained() -> tuple[np.ndarray, np.ndarray]:
    """Return every feature's part (features, n) in log-odds of creators: by compiled tables, and by the fit itself."""
    frozen = lessons.market(2000)
    seen = lessons.lessons(frozen, 600).of(lessons.EXPERT.features)
    setting = seen.settings[0]
    own = tables.centred(tables.scaled(lessons.EXPERT, setting.scales), setting.population)
    ground, sheet = sheets.on_expert(seen, lessons.EXPERT), sheets.laid_out(seen)
    fitted = bayes.fit(sheet.columns, sheet.basis.group, ground.card, seen.worked, ground.belief)
    model = sheets.tabulated(fitted, sheet.basis, ground)
    placed = tables.centred(tables.scaled(model, setting.scales), setting.population)
    cards = tables.contributions(seen.cells, own).astype(np.float64) / ground.unit
    mine = [sheet.basis.owner == place for place in range(len(cards))]
    parts = np.stack([sheet.columns[:, one] @ fitted.weights[one] for one in mine])
    return tables.contributions(seen.cells, placed).astype(np.float64), fitted.slope * cards + parts
