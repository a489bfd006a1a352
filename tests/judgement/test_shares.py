"""Wilson's interval of a share."""

import pytest

from review.judgement.shares import interval


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(87, 142, 0.544, 0.677), (0, 10, 0.0, 0.213), (10, 10, 0.787, 1.0), (0, 0, 0.0, 1.0)]
)
def test_holds_in_nine_cases_of_ten(hits, n, low, high):
    assert interval(hits, n) == pytest.approx((low, high), abs=0.003)


def test_lies_between_nothing_and_everything():
    for n in range(1, 40):
        for hits in range(n + 1):
            low, high = interval(hits, n)
            assert 0 <= low <= hits / n <= high <= 1
