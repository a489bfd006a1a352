"""The record of overrides in a sentence: the count first, because it is small for long."""

from django.utils.translation import gettext, ngettext

from accounts import wording
from review.judgement import shares
from review.queries import Overrides

FEW = 30  # results under which a share would say more than is known


def overrides(record: Overrides) -> str:
    """Return what became of the overrides of a brand and market."""
    if not record.known:
        said = ngettext(
            "%(n)d override here so far, none with a known result.",
            "%(n)d overrides here so far, none with a known result.",
            record.made,
        )
        return said % {"n": record.made}
    given = {"known": record.known, "right": record.right}
    if record.known < FEW:
        said = ngettext(
            "Of the overrides here %(known)d has a known result, %(right)d proved right.",
            "Of the overrides here %(known)d have a known result, %(right)d proved right.",
            record.known,
        )
        return said % given
    low, high = shares.interval(record.right, record.known)
    share = wording.percent(record.right / record.known)
    span = wording.span(wording.whole_percent(low), wording.whole_percent(high))
    return gettext("Of %(known)d overrides here with a known result, %(share)s proved right (%(span)s).") % {
        **given, "share": share, "span": span,
    }  # fmt: skip
