"""From score to chance, verdict and confidence, as long as no outcome was learned from: a stated prior, and it says so.
Of a learned model the chance comes from calibration.py; verdict, confidence and words are the same.

p = 0.5 + 0.19 tanh(z / 0.76 / sqrt(1 + pi s^2 / 8)), z = log-odds above the market's mean, s = what the missing cells
could change (log-odds). At 0 its slope is the logistic's, so 20 points double the odds there; it stays between 31 and
69 % (product.md), under every auto line. The root is the probit approximation of a logistic averaged over a normal
error (MacKay 1992, section 5).
"""

import numpy as np

from screening.engine.raw import Bools, Bytes, Floats
from screening.engine.types import BANDS, VERDICTS, Band, DecisionLine, Verdict

LEAST_P, MOST_P = 0.31, 0.69
REACH = (MOST_P - LEAST_P) / 2
BAND_STARTS = np.array([0.30, 0.45, 0.55, 0.70, 0.85])
RECOMMEND, DECLINE, UNSURE = (
    VERDICTS.index(verdict) for verdict in (Verdict.RECOMMEND, Verdict.DECLINE, Verdict.UNSURE)
)


def prior_p(log_odds: Floats, missing_sd: Floats) -> Floats:
    """Return the stated chance (n,) from log-odds above the market's mean and the missing cells' sd in log-odds."""
    shrunk = log_odds.astype(np.float64) / np.sqrt(1 + np.pi * missing_sd.astype(np.float64) ** 2 / 8)
    return (0.5 + REACH * np.tanh(shrunk / (4 * REACH))).astype(np.float32)


def verdicts(p: Floats, line: DecisionLine, is_far: Bools | None = None) -> Bytes:
    """Return indexes into VERDICTS (n,): Unsure within the band around the line, else by the side of it.

    is_far: who is unlike all that was learned from (n,): Unsure too.
    """
    away = p.astype(np.float64) - line.p
    sided = np.where(away > 0, RECOMMEND, DECLINE)
    is_near = np.abs(away) < line.half_band
    return np.where(is_near if is_far is None else is_near | is_far, UNSURE, sided).astype(np.uint8)


def confidences(p: Floats, verdict: Bytes) -> Floats:
    """Return p for Partner, 1 - p for Do not partner; for Unsure the larger of the two (n,)."""
    no = (1 - p).astype(np.float32)
    return np.select([verdict == RECOMMEND, verdict == DECLINE], [p, no], np.maximum(p, no)).astype(np.float32)


def bands(probability: Floats) -> Bytes:
    """Return indexes into BANDS (n,) of probabilities, rounded to whole percent as on the page."""
    # 0.695 rounds to 70 % on the page and must be worded as 70 %: the percent is rounded first, then worded.
    return np.searchsorted(BAND_STARTS, np.round(probability.astype(np.float64), 2) + 1e-9, "right").astype(np.uint8)


def band(probability: float) -> Band:
    """Return the wording of one probability."""
    return BANDS[int(bands(np.array([probability], np.float32))[0])]


def bounds(word: Band) -> tuple[float, float]:
    """Return the lowest and highest whole percent that a wording stands for, as probabilities."""
    place = BANDS.index(word)
    starts = [0.0, *BAND_STARTS.tolist()]
    return starts[place], (starts[place + 1] - 0.01 if place + 1 < len(starts) else 1.0)
