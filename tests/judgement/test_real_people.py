"""Real decisions of real people, with outcomes (science.md 1.6 ii). Skips where the data is absent."""

import csv
from pathlib import Path

import numpy as np
import pytest

from review.judgement import combine, enough
from review.judgement.combine import Votes
from review.judgement.newton import minimise

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "human_ai"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real decisions (../shared/data/human_ai) are not here")


def rows(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def calibrated(p, good, kept):
    """Platt’s two parameters with priors, fitted on the kept cases: raw scores are not chances (science.md 1.1)."""
    x, sign = combine.logit(np.clip(p, 0.02, 0.98)), np.where(good, 1.0, -1.0)

    def goal(at):
        z = at[0] + np.exp(at[1]) * x
        wrong = (combine.logistic(z) - good)[kept]
        value = np.logaddexp(0, -sign * z)[kept].sum() + at[0] ** 2 / 2 + 2 * at[1] ** 2
        return value, np.array([wrong.sum() + at[0], (wrong * np.exp(at[1]) * x[kept]).sum() + 4 * at[1]])

    a, c = minimise(goal, np.zeros(2))
    return combine.logistic(a + np.exp(c) * x)


def crowd(most):
    """500 cases with up to `most` of their twenty lay reviewers each, who saw a part of what the model saw."""
    found = rows("crowd_decisions_20_reviewers.csv")
    cases = {name: n for n, name in enumerate(dict.fromkeys(row["item"] for row in found))}
    people = {name: n for n, name in enumerate(dict.fromkeys(row["reviewer"] for row in found))}
    p, good, taken = np.zeros(len(cases)), np.zeros(len(cases), bool), np.zeros(len(cases), int)
    kept = []
    for row in found:
        case = cases[row["item"]]
        p[case], good[case] = float(row["ai_score"]), row["outcome"] == "1"
        if taken[case] < most:
            kept.append((case, people[row["reviewer"]], row["decision"] == "1"))
            taken[case] += 1
    case, reviewer, yes = (np.array(part) for part in zip(*kept, strict=True))
    return p, Votes(case, reviewer, yes.astype(bool)), good, len(people)


def screened():
    """1,250 cases with three trained reviewers, who read the papers that the model judged by."""
    found = rows("review_decisions_3x3.csv")
    p, good = np.array([float(row["ai_1"]) for row in found]), np.array([row["outcome"] == "1" for row in found])
    yes = np.array([[row[f"reviewer_{name}"] == "1" for name in "abc"] for row in found])
    case, reviewer = np.indices(yes.shape).reshape(2, -1)
    return p, Votes(case, reviewer, yes.reshape(-1)), good, 3


def judged(p, votes, good, people):
    """Mean log loss of Together and of the AI over five splits, three fifths to learn from."""
    losses = []
    for seed in range(5):
        old = np.random.default_rng(seed).random(len(p)) < 0.6
        own = calibrated(p, good, old)
        fitted = combine.fit(own[old], combine.only(votes, old), good[old], reviewers=people)
        q = combine.predict(own[~old], combine.only(votes, ~old), fitted)
        losses.append((combine.log_loss(q, good[~old]), combine.log_loss(own[~old], good[~old])))
    return np.mean(losses, axis=0)


class TestCrowd:
    @pytest.mark.parametrize("most", [1, 5, 20])
    def test_of_the_same_information_costs_next_to_nothing(self, most):
        together, ai = judged(*crowd(most))
        assert together <= ai + 0.01


class TestTrainedReviewers:
    def test_who_know_more_help_much(self):
        together, ai = judged(*screened())
        assert together < ai - 0.05

    def test_are_found_to_add_information(self):
        p, votes, good, _people = screened()
        own = calibrated(p, good, np.ones(len(p), bool))
        assert enough.added(own, votes.yes.reshape(-1, 3)[:, 0], good).regime == enough.Regime.ADDS
