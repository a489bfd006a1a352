"""How earlier exploration picks turned out, in a sentence: the count first, because it is small for long."""

from django.utils.translation import gettext, ngettext

from accounts import wording
from review.judgement import shares
from review.queries.exploration import Exploration
from review.words.overrides import FEW


def tried(told: Exploration) -> str:
    """Return what became of the approved picks of a brand and market."""
    if not told.known:
        said = ngettext(
            "%(n)d test approved here so far, none with a known result.",
            "%(n)d tests approved here so far, none with a known result.",
            told.made,
        )
        return said % {"n": told.made}
    given = {"known": told.known, "right": told.right}
    if told.known < FEW:
        return gettext("Tests here with a known result: %(known)d. Worked out: %(right)d.") % given
    low, high = shares.interval(told.right, told.known)
    share = wording.percent(told.right / told.known)
    span = wording.span(wording.whole_percent(low), wording.whole_percent(high))
    return gettext("Of %(known)d tests here with a known result, %(share)s worked out (%(span)s).") % {
        **given, "share": share, "span": span,
    }  # fmt: skip
