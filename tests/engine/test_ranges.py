"""Ranges that are judged apart give what the whole pool gives, wherever they begin and whoever adds them up."""

import numpy as np
import pytest

from screening.engine import codes, eligibility, ranges, screen
from screening.engine.types import Norm
from tests.engine.profiles import pool
from tests.engine.test_pairs import PAIRED
from tests.engine.test_screen import CRITERIA, MODEL, WISHES, profiles

NORMS = (Norm("n", "engagement_rate", market="us"), Norm("m", "engagement_rate", category="beauty"))


@pytest.mark.parametrize("model", [MODEL, PAIRED], ids=["card", "pairs"])
@pytest.mark.parametrize("cuts", [(150,), (1, 2, 299), (100, 200)])
def test_give_what_the_whole_pool_gives(model, cuts):
    whole = pool(profiles(300))
    ask = ranges.Ask(CRITERIA, WISHES, model, NORMS, seed=3)
    parts = [whole.part(slice(start, stop)) for start, stop in zip((0, *cuts), (*cuts, 300), strict=True)]
    own = [ask.own_codes(part) for part in parts]
    tallies = [ranges.count(part, ask.codes(part, mine)) for part, mine in zip(parts, own, strict=True)]
    kept = ranges.Tally.read(ranges.add(tallies).arrays())
    references = ranges.references(kept, ask, whole.raw.words)
    found = [screen.sift(part, ask.codes(part), ask, references) for part in parts]
    expected = screen.screen(whole, CRITERIA, WISHES, model, norms=NORMS, seed=3)
    for name, column in expected.columns().items():
        if name not in {"rank", "stands_in"}:
            assert np.concatenate([part.columns()[name] for part in found]).tobytes() == column.tobytes(), name
    assert eligibility.add([part.funnel for part in found]) == expected.funnel


def test_choose_the_sample_of_the_whole_pool(monkeypatch):
    monkeypatch.setattr("screening.engine.pricing.SAMPLE", 50)
    whole = pool(profiles(400))
    cells = np.random.default_rng(1).integers(0, 255, (len(codes.POOL_NAMES), 400), np.uint8)
    parts = [slice(start, start + 80) for start in range(0, 400, 80)]
    added = ranges.add([ranges.count(whole.part(rows), cells[:, rows]) for rows in parts])
    at_once = ranges.count(whole, cells)
    assert 20 < len(at_once.ids) < 300
    assert added.ids.tolist() == at_once.ids.tolist()
    assert (added.sample == at_once.sample).all()
