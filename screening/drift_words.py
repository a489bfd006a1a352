"""Words for drift, in the reader's language: what moved, how the chances held, what it is told from."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from screening import words
from screening.engine.drift import FEWEST, Gap, Level, Moved

LEVELS: Mapping[Level, str | Promise] = {
    Level.STEADY: _("steady"),
    Level.WATCH: _("moved a little"),
    Level.DRIFT: _("over the limit"),
}
TOLD = 0.05  # change of the share of missing data from which a sentence names it


@dataclass(frozen=True)
class Line:
    """One feature of the table, all in words."""

    name: str
    before: str
    now: str
    missing_before: str
    missing_now: str
    psi: str
    by_chance: str
    level: str
    is_moved: bool
    sentence: str


def line(one: Moved) -> Line:
    """Return a feature in words, with its units."""
    psi, by_chance = wording.number(one.psi, 2), wording.number(one.by_chance, 2)
    told = {"psi": psi, "chance": by_chance}
    index = gettext("index %(psi)s, chance alone makes up to %(chance)s") % told
    return Line(
        words.feature(one.feature), words.value(one.feature, one.before), words.value(one.feature, one.now),
        words.share(one.missing_before), words.share(one.missing_now), psi, by_chance, str(LEVELS[one.level]),
        one.level != Level.STEADY, "; ".join(part for part in (_usual(one), _missing(one), index) if part),
    )  # fmt: skip


def _usual(one: Moved) -> str:
    if one.before is None or one.now is None:
        return ""
    told = {"before": words.value(one.feature, one.before), "now": words.value(one.feature, one.now)}
    return gettext("usually %(before)s then, %(now)s now") % told


def _missing(one: Moved) -> str:
    if abs(one.missing_now - one.missing_before) < TOLD:
        return ""
    told = {"before": words.share(one.missing_before), "now": words.share(one.missing_now)}
    return gettext("not known of %(before)s then, of %(now)s now") % told


def gap(found: Gap) -> str:
    """Return how the chances held, with count and interval; of too few the count alone."""
    told = {"results": wording.number(found.results), "creators": wording.number(found.creators), "least": FEWEST}
    if found.mean is None or found.low is None or found.high is None:
        few = ngettext(
            "Results since it began: %(results)s, of %(creators)s creator. From %(least)s creators on it is told "
            "whether its chances hold.",
            "Results since it began: %(results)s, of %(creators)s creators. From %(least)s creators on it is told "
            "whether its chances hold.",
            found.creators,
        )
        return few % told
    told |= {name: wording.points(100 * end) for name, end in (("low", found.low), ("high", found.high))}
    told["mean"] = wording.points(100 * found.mean)
    if not found.is_drift:
        said = _("Its chances hold.")
    elif found.mean > 0:
        said = _("Its chances are too low.")
    else:
        said = _("Its chances are too high.")
    return f"{said} {_measured(found.creators) % told}"


def _measured(creators: int) -> str:
    return ngettext(
        "Of %(creators)s creator with a result, counted once, the share that worked out differs from what it said by "
        "%(mean)s percentage points (90%% interval %(low)s to %(high)s; %(results)s results).",
        "Of %(creators)s creators with a result, each counted once, the share that worked out differs from what it "
        "said by %(mean)s percentage points (90%% interval %(low)s to %(high)s; %(results)s results).",
        creators,
    )


def loss(found: Gap, at_approval: Gap | None) -> str:
    """Return the error on the results since, beside the record at approval where there is one; "" of too few."""
    if found.loss is None:
        return ""
    told = {"loss": wording.number(found.loss, 3), "creators": wording.number(found.creators)}
    if at_approval is None or at_approval.loss is None:
        return gettext("Its error (log loss) on them is %(loss)s.") % told
    told |= {"was": wording.number(at_approval.loss, 3), "n": wording.number(at_approval.creators)}
    return gettext("Its error (log loss) on them is %(loss)s; at approval it was %(was)s, of %(n)s creators.") % told
