"""The AI’s question in words: its quick answers, and what an answer changed."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from review.asked import MILLION, Said
from review.words.reasons import Words
from screening import words as screening
from screening.engine.features import FEATURES

QUICK: dict[str, Words] = {
    Said.NORMAL: _("Normal for this market"), Said.SPECIFIC: _("Specific to this creator"), Said.YES: _("Yes"),
    Said.NO: _("No"), Said.FIGURE: _("This is the figure"), Said.TOLD: _("This is what I know"),
    Said.UNKNOWN: _("I do not know"),
}  # fmt: skip


def is_percent(code: str) -> bool:
    """Tell whether people write a feature in percent: shares are kept as fractions."""
    return code in FEATURES and FEATURES[code].unit.startswith(("share", "change"))


def said(numbers: dict[str, Any]) -> str:
    """Return a person’s answer: the quick one, or the figure as people write it."""
    if numbers["figure"] is not None and numbers["said"] == Said.FIGURE:
        return (
            f"{screening.feature(numbers['feature'])}: {screening.value(numbers['feature'], float(numbers['figure']))}"
        )
    return str(QUICK[numbers["said"]])


def changed(numbers: dict[str, Any]) -> str:
    """Return what an answer changed, exactly, or that it changes nothing in this score."""
    if "score_after_u6" not in numbers:
        return gettext("Noted, no effect on this score.")
    before, after = numbers["score_u6"] / MILLION, numbers["score_after_u6"] / MILLION
    return gettext(
        "With it the score would be %(after)s instead of %(before)s (%(points)s), the chance %(p_after)s instead of "
        "%(p)s. The AI’s answer stays as it was given; the next run counts the figure once it is imported."
    ) % {
        "after": wording.number(after, 1), "before": wording.number(before, 1),
        "points": wording.points(after - before),
        "p_after": wording.percent(numbers["p_after_u6"] / MILLION), "p": wording.percent(numbers["p_u6"] / MILLION),
    }  # fmt: skip
