"""The matrix of decision rights, and the bounds that no cell passes."""

from dataclasses import replace

import pytest

from review.judgement.rights import BANDS, Bound, DecisionType, Leads, Right, broken, own, right, usual

PLAIN = Right("person", 500_000, 750_000, 300_000, 50_000, 48, "stands", deputy=7)


class TestTheUsual:
    def test_lets_the_ai_decide_partnerships_at_low_stakes_only(self):
        leads = [usual("partnership", band, PLAIN).leads for band in BANDS]
        assert leads == [Leads.AI, Leads.PERSON, Leads.MANAGER]

    @pytest.mark.parametrize("kind", DecisionType)
    def test_asks_a_manager_and_passes_on_at_high_stakes(self, kind):
        found = usual(kind, "high", PLAIN)
        assert (found.leads, found.on_expiry, found.blind_share_u6) == ("manager", "escalates", 1_000_000)

    @pytest.mark.parametrize("kind", ["forecast", "strategy", "content"])
    def test_lets_nothing_stand_where_the_ai_gives_no_verdict(self, kind):
        assert {usual(kind, band, PLAIN).on_expiry for band in BANDS} == {"escalates"}

    @pytest.mark.parametrize("kind", DecisionType)
    @pytest.mark.parametrize("band", BANDS)
    def test_passes_no_bound(self, kind, band):
        assert broken(kind, band, usual(kind, band, PLAIN)) is None


class TestACell:
    def test_says_what_is_its_own_and_leaves_the_rest(self):
        found = right("partnership", "low", PLAIN, {"auto_line_u6": 900_000, "hours": 24})
        assert found == replace(PLAIN, leads="ai", auto_line_u6=900_000, hours=24)

    @pytest.mark.parametrize(("band", "cell", "bound"), [
        ("low", {"auto_line_u6": 699_999}, Bound.AUTO_LINE),
        ("low", {"auto_line_u6": 1_000_000}, Bound.AUTO_LINE),
        ("medium", {"leads": "ai"}, Bound.AI_ABOVE_LOW),
        ("high", {"leads": "ai"}, Bound.AI_AT_HIGH),
        ("high", {"leads": "person"}, Bound.AI_AT_HIGH),
        ("high", {"on_expiry": "stands"}, Bound.CLOCK_AT_HIGH),
        ("high", {"on_expiry": "holds"}, Bound.CLOCK_AT_HIGH),
        ("high", {"blind_share_u6": 300_000}, Bound.BLIND_AT_HIGH),
        ("low", {"hours": 0}, Bound.HOURS),
        ("low", {"spot_check_share_u6": 1_000_001}, Bound.SHARE),
        ("low", {"leads": "cat"}, Bound.UNKNOWN),
    ])  # fmt: skip
    def test_that_passes_a_bound_is_named_and_never_read(self, band, cell, bound):
        plain = usual("partnership", band, PLAIN)
        assert broken("partnership", band, replace(plain, **cell)) == bound
        assert right("partnership", band, PLAIN, cell) == plain

    def test_keeps_only_what_differs(self):
        assert own("partnership", "low", PLAIN, {"leads": "ai", "hours": 24, "auto_line_u6": 750_000}) == {"hours": 24}
