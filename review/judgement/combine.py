"""Together: the AI’s calibrated chance and people’s votes in one logistic combination (STACK, science.md 1.1).

    LLR = ln(se / fa) for a yes, ln((1 - se) / (1 - fa)) for a no
    logit q = b0 + b1 logit p + b2 sum LLR / (1 + (k - 1) rho)

se and fa are how often this reviewer says yes to what proves good and to what proves bad, k is the number of voters,
rho how much they share. Without outcomes the priors speak: the AI plus 60 % of a reviewer who is right in 65 of 100
cases. Only votes given before the AI was seen are fitted. numpy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from review.judgement.newton import Doubles, minimise
from review.judgement.shrinkage import BAD, GOOD, LEAST, MOST, Longs, Shrunk, shrink

Bools = npt.NDArray[np.bool_]

EDGE = 1e-6  # chances are kept this far from 0 and 1
# Prior means and standard deviations of b0, b1, b2 and logit rho.
MEANS = np.array([0.0, 1.0, 0.6, -0.85])
SPREADS = np.array([1.0, 0.5, 0.4, 1.0])
FOLDS = 10
AFTER_THE_AI = 0.5  # of a vote given after the AI spoke: wholly dependent on it, two such voices count as one


@dataclass(frozen=True)
class Weights:
    """What the combination weighs by. rho: 0 = voters know different things, 1 = they repeat each other."""

    b0: float = 0.0
    b1: float = 1.0
    b2: float = 0.6
    rho: float = float(1 / (1 + np.exp(0.85)))


@dataclass(frozen=True)
class Rates:
    """How often a reviewer says yes to what proves good (se) and to what proves bad (fa)."""

    se: float = 0.65
    fa: float = 0.35


@dataclass(frozen=True)
class Vote:
    """One person’s vote. lean: -1 a whole no .. 1 a whole yes. share: what of it counts (1, or AFTER_THE_AI)."""

    lean: float
    rates: Rates = Rates()
    share: float = 1.0

    @property
    def evidence(self) -> float:
        """The log of how much likelier this vote is of a good creator than of a bad one."""
        se, fa = (min(max(rate, LEAST), MOST) for rate in (self.rates.se, self.rates.fa))
        whole = np.log(se / fa) if self.lean > 0 else np.log((1 - se) / (1 - fa))
        return float(self.share * abs(self.lean) * whole)


@dataclass(frozen=True, eq=False)
class Votes:
    """Votes given before the AI was seen, one row a vote (v,): index of its case, index of its reviewer, yes or no."""

    case: Longs
    reviewer: Longs
    yes: Bools


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of each reviewer (R,): yes to what proved good, all that proved good; the same for bad."""

    yes_to_good: Longs
    good: Longs
    yes_to_bad: Longs
    bad: Longs


@dataclass(frozen=True, eq=False)
class Combination:
    """What was fitted: weights, what is believed of any reviewer, and every reviewer’s counts."""

    weights: Weights
    se: Shrunk
    fa: Shrunk
    tally: Tally


def logit(p: Doubles) -> Doubles:
    """Return log-odds; chances are kept a millionth away from 0 and 1."""
    kept = np.clip(np.asarray(p, np.float64), EDGE, 1 - EDGE)
    return np.log(kept / (1 - kept))


def logistic(z: Doubles) -> Doubles:
    """Return the chance of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -50, 50))))


def chance(p: float, votes: Sequence[Vote], weights: Weights | None = None) -> float:
    """Return Together for one case; without a vote that leans anywhere it is the AI’s own p."""
    return path(p, votes, weights)[-1]


def path(p: float, votes: Sequence[Vote], weights: Weights | None = None) -> list[float]:
    """Return the chance after each step: the AI’s p, the record of AI and people (b0, b1), then vote by vote.

    Votes that lean nowhere move nothing and are no voters. Steps of log-odds add up, so the order changes no end.
    """
    used = weights or Weights()
    voters = sum(vote.lean != 0 for vote in votes)
    if not voters:
        return [p] * (len(votes) + 2)
    own = logit(np.array(p))
    discount = used.b2 / (1 + (voters - 1) * used.rho)
    moves = [used.b0 + used.b1 * float(own), *(discount * vote.evidence if vote.lean else 0.0 for vote in votes)]
    return [p, *logistic(np.cumsum(moves)).tolist()]


def combine(p: Doubles, evidence: Doubles, voters: Longs, weights: Weights) -> Doubles:
    """Return Together (n,) of calibrated p (n,), the sum of the voters’ evidence (n,) and their number (n,)."""
    shared = 1 + np.maximum(voters - 1, 0) * weights.rho
    return logistic(weights.b0 + weights.b1 * logit(p) + weights.b2 * evidence / shared)


def tally(votes: Votes, good: Bools, *, reviewers: int) -> Tally:
    """Count the votes of each reviewer by how their cases (n,) proved."""
    proved = good[votes.case]

    def count(which: Bools) -> Longs:
        return np.bincount(votes.reviewer[which], minlength=reviewers).astype(np.int64)

    return Tally(count(votes.yes & proved), count(proved), count(votes.yes & ~proved), count(~proved))


def fit(p: Doubles, votes: Votes, good: Bools, *, reviewers: int) -> Combination:
    """Fit the combination to cases with calibrated p (n,), votes and outcome (n,); the order of rows is irrelevant.

    Each row’s evidence is weighed by counts without its own outcome, else b2 comes out too large (science.md 1.1).
    """
    known = tally(votes, good, reviewers=reviewers)
    se, fa = shrink(known.yes_to_good, known.good, GOOD), shrink(known.yes_to_bad, known.bad, BAD)
    evidence, voters = evidence_of(votes, known, se, fa, cases=len(p), own=good)
    return Combination(_weigh(logit(p), evidence, voters, good), se, fa, known)


def evidence_of(
    votes: Votes, known: Tally, se: Shrunk, fa: Shrunk, *, cases: int, own: Bools | None = None
) -> tuple[Doubles, Longs]:
    """Return the evidence and the number of voters of each case (n,). own: outcomes (n,) to leave out of the counts."""
    who, yes = votes.reviewer, votes.yes.astype(np.int64)
    proved = np.zeros(len(yes), np.int64) if own is None else own[votes.case].astype(np.int64)
    failed = np.zeros(len(yes), np.int64) if own is None else 1 - proved
    hit = se.rate(known.yes_to_good[who] - yes * proved, known.good[who] - proved)
    miss = fa.rate(known.yes_to_bad[who] - yes * failed, known.bad[who] - failed)
    each = np.where(votes.yes, np.log(hit / miss), np.log((1 - hit) / (1 - miss)))
    evidence = np.bincount(votes.case, weights=each, minlength=cases).astype(np.float64)
    return evidence, np.bincount(votes.case, minlength=cases).astype(np.int64)


def _weigh(own: Doubles, evidence: Doubles, voters: Longs, good: Bools) -> Weights:
    sign, others = np.where(good, 1.0, -1.0), np.maximum(voters - 1, 0)

    def goal(at: Doubles) -> tuple[float, Doubles]:
        rho = float(logistic(at[3]))
        share = 1 / (1 + others * rho)
        z = at[0] + at[1] * own + at[2] * evidence * share
        wrong = logistic(z) - good
        by_rho = at[2] * evidence * -others * rho * (1 - rho) * share**2
        slopes = np.stack([np.ones_like(own), own, evidence * share, by_rho])
        away = (at - MEANS) / SPREADS
        return float(np.logaddexp(0, -sign * z).sum() + (away**2).sum() / 2), slopes @ wrong + away / SPREADS

    b0, b1, b2, logit_rho = minimise(goal, MEANS)
    return Weights(float(b0), float(b1), float(b2), float(logistic(logit_rho)))


def predict(p: Doubles, votes: Votes, fitted: Combination) -> Doubles:
    """Return Together (n,) of cases that were not fitted."""
    evidence, voters = evidence_of(votes, fitted.tally, fitted.se, fitted.fa, cases=len(p))
    return combine(p, evidence, voters, fitted.weights)


def held_out(p: Doubles, votes: Votes, good: Bools, *, reviewers: int) -> tuple[float, float]:
    """Return the log loss of Together and of the AI on cases left out of the fit, ten parts in turn."""
    part = np.arange(len(p)) % FOLDS
    q = np.empty(len(p))
    for fold in range(min(FOLDS, len(p))):
        here, there = part == fold, part != fold
        fitted = fit(p[there], only(votes, there), good[there], reviewers=reviewers)
        q[here] = predict(p[here], only(votes, here), fitted)
    return log_loss(q, good), log_loss(p, good)


def log_loss(p: Doubles, good: Bools) -> float:
    """Return the mean surprise of outcomes (n,) under chances (n,), in nats."""
    return float(np.logaddexp(0, -np.where(good, 1, -1) * logit(p)).mean())


def only(votes: Votes, kept: Bools) -> Votes:
    """Return the votes on the cases that are kept (n,), numbered anew."""
    stays, place = kept[votes.case], np.cumsum(kept) - 1
    return Votes(place[votes.case[stays]], votes.reviewer[stays], votes.yes[stays])
