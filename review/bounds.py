"""What no policy may say: between which values each rule lies, and the bounds that hold whatever the matrix says."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from review.judgement import rights as judgement
from review.judgement.rights import DecisionType, Right
from review.models import Stakes
from screening import words as screening

MILLION = 1_000_000
LEAST_LINE = 10_000  # 1 per cent: Unsure leaves so much at either end at least
LONGEST_UNDO = 720  # hours that what the AI decided can be taken back, at most
# Between which values each rule is asked for, by pages and programs alike.
LIMITS = {
    "auto_line_u6": (700_000, 990_000), "spot_check_share_u6": (0, MILLION), "random_share_u6": (100_000, MILLION),
    "blind_share_u6": (0, MILLION), "practice_share_u6": (0, 200_000), "high_budget_share_u6": (LEAST_LINE, MILLION),
    "decision_line_u6": (LEAST_LINE, MILLION - LEAST_LINE), "review_budget": (1, 500), "deadline_hours": (1, 720),
    "hours": (1, 720), "undo_seconds": (0, 3600), "auto_undo_hours": (1, LONGEST_UNDO), "results_months": (1, 120),
    "card_minutes": (1, 480),
}  # fmt: skip


class NotAPolicy(ValueError):
    """Raised when rules contradict a bound that no policy may pass; the sentence names it, `field` the rule."""

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


BOUNDS = {
    judgement.Bound.UNKNOWN: _("The matrix names a kind of decision, stakes or a rule that there is not."),
    judgement.Bound.AI_AT_HIGH: _("High stakes are decided by a person and a manager: no cell may say otherwise."),
    judgement.Bound.AI_ABOVE_LOW: _("The AI decides partnerships at low stakes only, and nothing but screening else."),
    judgement.Bound.CLOCK_AT_HIGH: _("At high stakes the clock passes the card on: it never approves."),
    judgement.Bound.AUTO_LINE: _("The auto line is 70% at least."),
    judgement.Bound.BLIND_AT_HIGH: _("At high stakes every card is blind-first."),
    judgement.Bound.SHARE: _("A share or a line lies between 0 and 100%."),
    judgement.Bound.HOURS: _("A deadline lies between 1 and 720 hours."),
}


def require(rules: dict[str, Any], *, known: Iterable[str], plain: Right) -> None:
    """Check rules against the bounds. known: names of rules; plain: what they say for all cells. Raises NotAPolicy."""
    if unknown := sorted(set(rules) - set(known)):
        raise NotAPolicy(f"No such rules: {', '.join(unknown)}. There are: {', '.join(known)}.")
    for name in ("medium_fee_minor", "high_fee_minor"):
        if rules.get(name) is None:
            raise NotAPolicy(_("The first rules say from which fee stakes are medium and high."), name)
    if rules.get("auto_line_u6", 700_000) < 700_000:
        raise NotAPolicy(_("The auto line is 70% at least."), "auto_line_u6")
    require_line(rules.get("decision_line_u6", 500_000), rules.get("unsure_band_u6", 45_000))
    if rules["high_fee_minor"] < rules["medium_fee_minor"]:
        raise NotAPolicy(_("High stakes begin at or above medium stakes."), "high_fee_minor")
    if rules.get("random_share_u6", 100_000) < 100_000:
        raise NotAPolicy(_("At least 10% of what people are asked about is drawn at random."), "random_share_u6")
    _require_rights(rules.get("rights") or {}, plain)


def require_line(line_u6: int, band_u6: int) -> None:
    """Check that a decision line leaves room for both verdicts beyond its band of Unsure. Raises NotAPolicy.

    In millionths; band: half its width.
    """
    found = [screening.tenths(one / MILLION) for one in (line_u6, band_u6, line_u6 - band_u6, line_u6 + band_u6)]
    told = dict(zip(("line", "band", "low", "high"), found, strict=True))
    if not LEAST_LINE <= line_u6 <= MILLION - LEAST_LINE:
        raise NotAPolicy(
            _("The decision line lies between 1 and 99%%, and %(line)s was found.") % told, "decision_line_u6"
        )
    if band_u6 < 0:
        raise NotAPolicy(
            _("The band of Unsure is 0 or more points on either side, and %(band)s was found.") % told, "unsure_band_u6"
        )
    if line_u6 - band_u6 < LEAST_LINE or line_u6 + band_u6 > MILLION - LEAST_LINE:
        said = _(
            "Unsure would reach from %(low)s to %(high)s: it lies within 1 to 99%%, so that both verdicts can be said."
        )
        raise NotAPolicy(said % told, "unsure_band_u6")


def _require_rights(rights: dict[str, Any], plain: Right) -> None:
    for kind, bands in rights.items():
        for stakes, cell in bands.items():
            if kind not in set(DecisionType) or stakes not in Stakes.values or set(cell) - set(judgement.NAMES):
                raise NotAPolicy(BOUNDS[judgement.Bound.UNKNOWN], "rights")
            said = replace(judgement.usual(kind, stakes, plain), **cell)
            if bound := judgement.broken(kind, stakes, said):
                raise NotAPolicy(BOUNDS[bound], "rights")
