"""What looks at flags tend to find, in words: the chance with its band and count, what carries it, or what is lacking.

Never a label for a person: what is told is how such investigations ended.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import wording
from screening import words
from screening.engine.lookout import FEWEST, FEWEST_OF_EACH, Lookout
from screening.lookouts import Known

MILLION = 1_000_000
MOST_SIGNS, HALF = 3, 0.5  # signs that are named: until they carry half of what speaks for a reason, three at most


def said(told: Mapping[str, Any] | None) -> str:
    """Return a stored look in words; "" where there is none."""
    if not told:
        return ""
    low, high = (wording.whole_percent(told[end] / MILLION) for end in ("low_u6", "high_u6"))
    given = {
        "share": wording.percent(told["p_u6"] / MILLION), "range": wording.span(low, high),
        "n": wording.number(told["looks"]),
    }  # fmt: skip
    chance = ngettext(
        "Chance that a look at such flags finds a reason to hold back: %(share)s (%(range)s), by %(n)s closed "
        "investigation of this market.",
        "Chance that a look at such flags finds a reason to hold back: %(share)s (%(range)s), by %(n)s closed "
        "investigations of this market.", told["looks"],
    ) % given  # fmt: skip
    signs = carrying(told)
    if not signs:
        return chance
    names = "; ".join(words.flag_name(feature, side) for feature, side in signs)
    return chance + " " + _("What carries most of it: %(signs)s.") % {"signs": names}


def carrying(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the signs (feature, side) that carry at least half of what speaks for a reason, three at most."""
    speaking = [(feature, side, added) for feature, side, added in told["added_u6"] if added > 0]
    whole, carried, found = sum(added for *_sign, added in speaking), 0, list[tuple[str, str]]()
    for feature, side, added in speaking[:MOST_SIGNS]:
        if carried >= HALF * whole:
            break
        carried += added
        found.append((feature, side))
    return found


def lacking(known: Known) -> str:
    """Return how many investigations there are, of how many needed; or that they are enough to learn from."""
    given = {
        "n": wording.number(known.looks), "reasons": wording.number(known.reasons),
        "least": wording.number(FEWEST), "each": wording.number(FEWEST_OF_EACH),
    }  # fmt: skip
    if known.is_enough:
        return (
            _(
                "Closed investigations of flags that say whether there was a reason to hold back: %(n)s, enough. It is "
                "learned with the market’s model; a run started after that has it."
            )
            % given
        )
    return (
        _(
            "Closed investigations of flags that say whether there was a reason to hold back: %(n)s, with a reason: "
            "%(reasons)s. %(least)s are needed, %(each)s of either kind; until then nothing is said of it."
        )
        % given
    )


def ordered(found: Lookout) -> str:
    """Return how well it tells cases with a reason from those without, and how well the plain sum does."""
    ours, plain = (wording.percent(one) for one in found.order)
    return _(
        "Of two cases it puts the one with a reason first in %(ours)s, about creators it had not seen; the plain sum "
        "of the signs does in %(plain)s."
    ) % {"ours": ours, "plain": plain}
