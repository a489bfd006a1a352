"""The combination of the AI and people: by hand, by its properties, and on data of both regimes (science.md 1.6)."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.judgement import combine
from review.judgement.combine import AFTER_THE_AI, Rates, Tally, Vote, Votes, Weights, chance, path
from review.judgement.shrinkage import BAD, GOOD, Shrunk, shrink

chances = st.floats(0.01, 0.99)
leans = st.lists(st.floats(-1, 1), max_size=6)


def logit(p):
    return log(p / (1 - p))


def logistic(z):
    return 1 / (1 + exp(-z))


class TestChance:
    def test_is_the_ai_plus_sixty_per_cent_of_a_65_35_reviewer_before_any_outcome(self):
        assert chance(0.61, [Vote(1.0)]) == pytest.approx(logistic(logit(0.61) + 0.6 * log(65 / 35)))
        assert chance(0.61, [Vote(-1.0)]) == pytest.approx(logistic(logit(0.61) - 0.6 * log(65 / 35)))

    def test_weighs_two_voters_who_share_what_they_know(self):
        weights = Weights(b0=0.1, b1=0.9, b2=0.5, rho=0.3)
        votes = [Vote(1.0, Rates(0.8, 0.4)), Vote(-1.0, Rates(0.7, 0.2))]
        z = 0.1 + 0.9 * logit(0.4) + 0.5 * (log(0.8 / 0.4) + log(0.3 / 0.8)) / 1.3
        assert chance(0.4, votes, weights) == pytest.approx(logistic(z))

    def test_counts_a_view_after_the_ai_half(self):
        after = chance(0.61, [Vote(1.0, share=AFTER_THE_AI)])
        assert after == pytest.approx(logistic(logit(0.61) + 0.3 * log(65 / 35)))

    def test_believes_nobody_beyond_98_per_cent(self):
        assert chance(0.5, [Vote(1.0, Rates(1.0, 0.0))]) == pytest.approx(logistic(0.6 * log(98 / 2)))

    @given(chances)
    def test_is_the_ai_where_nobody_leans(self, p):
        assert chance(p, [Vote(0.0), Vote(0.0)], Weights(b0=0.5, b1=0.7)) == p

    @given(chances, leans, st.randoms())
    def test_does_not_hang_on_the_order_of_voters(self, p, found, dice):
        votes = [Vote(lean) for lean in found]
        mixed = list(votes)
        dice.shuffle(mixed)
        assert chance(p, mixed) == pytest.approx(chance(p, votes), abs=1e-12)

    @given(chances, st.floats(-1, 1), st.floats(-1, 1))
    def test_rises_with_the_view(self, p, one, other):
        low, high = sorted((one, other))
        assert chance(p, [Vote(low)]) <= chance(p, [Vote(high)]) + 1e-12

    @given(chances, leans)
    def test_is_where_its_steps_end(self, p, found):
        steps = path(p, [Vote(lean) for lean in found])
        assert (len(steps), steps[0], steps[-1]) == (len(found) + 2, p, chance(p, [Vote(one) for one in found]))


class TestShrink:
    def test_is_what_is_believed_before_any_vote(self):
        nothing = np.zeros(3, np.int64)
        assert (shrink(nothing, nothing, GOOD).mean, shrink(nothing, nothing, BAD).mean) == (0.65, 0.35)

    def test_adds_the_counts_to_the_mean_by_hand(self):
        assert float(Shrunk(0.65, 20.0).rate(7, 8)) == pytest.approx((7 + 13) / 28)

    def test_finds_the_top_of_the_stated_posterior(self):
        from math import lgamma

        yes, n = np.array([8, 3, 14, 6, 9]), np.array([10, 9, 20, 7, 15])

        def height(m, s):
            def lbeta(a, b):
                return lgamma(a) + lgamma(b) - lgamma(a + b)

            a, b = m * s, (1 - m) * s
            counts = sum(lbeta(a + k, b + t - k) - lbeta(a, b) for k, t in zip(yes.tolist(), n.tolist(), strict=True))
            return counts + 5.5 * log(m) + 2.5 * log(1 - m) - (log(s) - log(20)) ** 2 / 2

        found = shrink(yes, n, GOOD)
        best = height(found.mean, found.strength)
        for m, s in ((0.01, 0), (-0.01, 0), (0, 1.0), (0, -1.0), (0.005, 0.5)):
            assert height(found.mean + m, found.strength + s) < best

    def test_draws_a_newcomer_further_than_a_veteran(self):
        believed = Shrunk(0.65, 20.0)
        assert float(believed.rate(2, 2)) < float(believed.rate(40, 40))


class TestFit:
    def test_leaves_a_rows_own_outcome_out_of_its_evidence(self):
        votes = Votes(np.array([0, 1]), np.array([0, 0]), np.array([True, True]))
        good, known = np.array([True, False]), Tally(*(np.array([1]) for _ in range(4)))
        believed, doubted = Shrunk(0.65, 20.0), Shrunk(0.35, 20.0)
        evidence, voters = combine.evidence_of(votes, known, believed, doubted, cases=2, own=good)
        # Of the first case the yes to a good one is not counted, of the second the yes to a bad one.
        assert evidence[0] == pytest.approx(log((13 / 20) / (8 / 21)))
        assert evidence[1] == pytest.approx(log((14 / 21) / (7 / 20)))
        assert voters.tolist() == [1, 1]

    def test_keeps_the_priors_where_nothing_is_known(self):
        none = Votes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))
        fitted = combine.fit(np.zeros(0), none, np.zeros(0, bool), reviewers=0)
        assert fitted.weights.b2 == pytest.approx(0.6)
        assert (fitted.se.mean, fitted.fa.mean) == (0.65, 0.35)

    def test_does_not_hang_on_the_order_of_rows(self):
        p, votes, good = regime(shared=True, reviewers=3, cases=200, seed=4)
        mix = np.random.default_rng(1).permutation(200)
        back = np.argsort(mix)
        moved = Votes(back[votes.case], votes.reviewer, votes.yes)
        one, other = (
            combine.fit(*rows, reviewers=3).weights for rows in ((p, votes, good), (p[mix], moved, good[mix]))
        )
        assert (one.b0, one.b1, one.b2, one.rho) == pytest.approx((other.b0, other.b1, other.b2, other.rho), abs=1e-6)


def regime(*, shared, reviewers, cases, seed):
    """Cases of which people see a part of what the model sees and share the rest (A), or something of their own (B)."""
    dice = np.random.default_rng(seed)
    seen = dice.normal(size=cases)
    slope = 0.95 if shared else 3.2
    p = 1 / (1 + np.exp(-slope * seen))
    good = dice.random(cases) < p
    own = dice.normal(size=(cases, reviewers))
    if shared:
        # Reviewers of 62 %: what they see of the model's inputs, a cause that misleads all of them, and noise.
        yes = seen[:, None] + 0.3 * dice.normal(size=cases)[:, None] + own > 0
    else:
        yes = np.where(good, 1.0, -1.0)[:, None] + 0.58 * own > 0
    case, reviewer = np.indices((cases, reviewers)).reshape(2, -1)
    return p, Votes(case, reviewer, yes.reshape(-1)), good


SPLITS = range(6)


def splits(*, shared, reviewers):
    """Learn from 600 outcomes and judge 2,000, six times: chances of Together, the AI, a majority, plain Bayes."""
    for seed in SPLITS:
        old = regime(shared=shared, reviewers=reviewers, cases=600, seed=2 * seed)
        p, votes, good = regime(shared=shared, reviewers=reviewers, cases=2_000, seed=2 * seed + 1)
        fitted = combine.fit(*old, reviewers=reviewers)
        evidence, _n = combine.evidence_of(votes, fitted.tally, fitted.se, fitted.fa, cases=len(p))
        plain = combine.logistic(combine.logit(p) + evidence)
        share = np.bincount(votes.case, weights=votes.yes) / reviewers
        yield good, combine.predict(p, votes, fitted), p, share, plain


class TestAcceptance:
    def test_has_reviewers_of_62_per_cent_whose_errors_correlate_by_thirty(self):
        _p, votes, good = regime(shared=True, reviewers=20, cases=4_000, seed=1)
        wrong = (votes.yes != good[votes.case]).reshape(-1, 20)
        assert 1 - wrong.mean() == pytest.approx(0.62, abs=0.015)
        assert np.corrcoef(wrong.T)[np.triu_indices(20, 1)].mean() == pytest.approx(0.3, abs=0.04)

    @pytest.mark.parametrize("reviewers", [1, 3, 5, 20])
    def test_is_no_worse_than_the_ai_where_people_see_what_it_sees(self, reviewers):
        losses = [
            combine.log_loss(q, good) - combine.log_loss(p, good)
            for good, q, p, _share, _plain in splits(shared=True, reviewers=reviewers)
        ]
        assert np.mean(losses) <= 0.005

    def test_plain_bayes_would_be_ruined_by_twenty_who_share_a_cause(self):
        found = splits(shared=True, reviewers=20)
        assert np.mean([combine.log_loss(plain, good) for good, _q, _p, _share, plain in found]) > 1

    @pytest.mark.parametrize("reviewers", [1, 3])
    def test_is_as_right_as_the_better_one_where_people_see_more(self, reviewers):
        right = np.mean([
            [100 * np.mean((one > 0.5) == good) for one in (q, p, share)]
            for good, q, p, share, _plain in splits(shared=False, reviewers=reviewers)
        ], axis=0)  # fmt: skip
        assert right[0] >= max(right[1:]) - 0.5

    def test_sees_on_held_out_cases_that_people_add_something(self):
        p, votes, good = regime(shared=False, reviewers=1, cases=300, seed=5)
        loss, ai = combine.held_out(p, votes, good, reviewers=1)
        assert loss < ai - 0.05
