"""Results graded: how far over or under its goal each ended, and a card learned from that; numpy alone.

    grades.graded(actual, goal, kpi) -> (n,)      0 or more exactly where the goal was met; NaN without a goal
    grades.fit(columns, group, card, grades) -> Fitted   in log-odds, as `bayes.fit` gives it

A grade is log10((1 + result) / (1 + goal)): the campaign's own goal makes results of unlike campaigns, currencies and
creators comparable, and a graded result says more than met or not. Its Gaussian fit (`gaussian`) is brought to log-odds
of meeting the goal: P(grade >= 0) = Phi(expected / noise), which a logistic law of scale 1.702 meets within 0.01
(Johnson, Kotz and Balakrishnan 1995, 23.2); the calibration of every learned card does the rest.
"""

from collections.abc import Sequence

import numpy as np

from screening.engine import bayes, gaussian
from screening.engine.bayes import Belief
from screening.engine.raw import Doubles, Ints

MOST = 1.0  # ten times over or under the goal is as far as a grade goes, house rule: one hit must not be all
BORROWED = 30.0  # results of all KPIs that stand beside a KPI's own in its unit, as in `intervals`
LEAST = 0.01  # a unit under two percent of a goal is rounding
LOGIT = 1.702
TOP = 50


def graded(actual: Doubles, goal: Doubles, kpi: Sequence[str]) -> Doubles:
    """Return grades (n,) in units of how far results of their KPI usually lie from their goals. goal: NaN for none.

    Orders scatter wider than reach: without units of their own they would be nearly all that is learned.
    """
    far = np.clip(np.log10((1 + actual) / (1 + goal)), -MOST, MOST)
    usual, found = _middle(far), np.full(len(far), np.nan)
    for name in set(kpi):
        rows = np.array([one == name for one in kpi], bool)
        count = int(np.isfinite(far[rows]).sum())
        unit = (count * _middle(far[rows]) + BORROWED * usual) / (count + BORROWED)
        found[rows] = far[rows] / max(unit, LEAST)
    return found


def _middle(far: Doubles) -> float:
    known = np.abs(far[np.isfinite(far)])
    return float(np.median(known)) if len(known) else 0.0


def fit(columns: Doubles, group: Ints, card: Doubles, grades: Doubles, belief: Belief) -> bayes.Fitted:
    """Fit a card to grades (n,), in log-odds of meeting the goal. columns: (n, k), group: kinds (k,), card: (n,) in
    its unit. belief: of the slope, and how stiff; the level is free, since grades say it themselves.
    """
    # Noise is most of any one result, so a log-odd is about 1 / 1.702 of the spread of grades beforehand.
    found = gaussian.fit(
        columns, group, card, grades, believed=belief.slope / LOGIT, believed_sd=belief.slope_sd / LOGIT,
        stiff=belief.stiff,
    )  # fmt: skip
    unit = found.noise / LOGIT
    return bayes.Fitted(found.level / unit, found.slope / unit, found.weights / unit, found.looseness[:3], unit=unit)


def ndcg(said: Doubles, grades: Doubles, *, top: int = TOP) -> float:
    """Return NDCG of the first `top` by what was said (n,); the gain is how far over its goal a result lay, else 0.

    Jarvelin and Kekalainen (2002). 0 where nobody was over.
    """
    gain = np.maximum(grades, 0)
    worth = 1 / np.log2(np.arange(2, 2 + min(top, len(gain))))
    best = float((np.sort(gain)[::-1][: len(worth)] * worth).sum())
    ours = float((gain[np.argsort(-said, kind="stable")][: len(worth)] * worth).sum())
    return ours / best if best > 0 else 0.0
