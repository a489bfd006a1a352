"""Small drawings inside text, as SVG strings: attributes and classes only, no style (the pages' CSP forbids it).

All scales are given by the caller, so that rows of one list share an axis. Positions are per cent of the width.
"""

from collections.abc import Sequence
from typing import TypeGuard

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from accounts import wording


def place(value: float, low: float, high: float) -> str:
    """Return where a value lies on an axis, in per cent with one decimal, kept inside the axis."""
    share = 0.5 if high <= low else (value - low) / (high - low)
    return f"{min(1.0, max(0.0, share)) * 100:.1f}%"


def contrib_bar(points: float, scale: float, *, is_rest: bool = False) -> SafeString:
    """Return a signed bar from the middle: blue right, orange left; `scale` is the points of the longest one."""
    width = 0.0 if scale <= 0 else min(48.0, abs(points) / scale * 48)
    kind = "rest" if is_rest else "pos" if points >= 0 else "neg"
    return format_html(
        '<svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-{}" x="{}" y="1" width="{}" height="12" rx="1"/>'
        '<line class="zero" x1="50" x2="50" y1="-5" y2="19"/></svg>',
        kind, f"{50 if points >= 0 else 50 - width:.1f}", f"{width:.1f}",
    )  # fmt: skip


def share_bar(share: float, classes: str = "") -> SafeString:
    """Return a filled bar for a fraction 0-1. `classes` are variants of `bar`: ai, human, peer, lg."""
    names = " ".join(["bar", *(f"bar--{name}" for name in classes.split())])
    return format_html(
        '<svg class="{}" aria-hidden="true"><rect width="{}" height="100%"/></svg>', names, place(share, 0, 1)
    )


def _line(kind: str, at: tuple[str, str], y: tuple[int, int]) -> SafeString:
    return format_html('<line class="st-{}" x1="{}" x2="{}" y1="{}" y2="{}"/>', kind, *at, *y)


def interval_strip(
    outer: tuple[float, float],
    inner: tuple[float, float] | None,
    middle: float,
    *,
    axis: tuple[float, float],
    target: float | None = None,
    label: str = "",
) -> SafeString:
    """Return a strip: thin line the 80 % interval, thick the 50 %, dot the middle, ink tick the target."""
    parts = [_line("track", ("0", "100%"), (11, 11)), _line("80", _ends(outer, axis), (11, 11))]
    if inner:
        parts.append(_line("50", _ends(inner, axis), (11, 11)))
    if _is_given(target):
        parts.append(_line("target", _ends((target, target), axis), (1, 21)))
    parts.append(format_html('<circle class="st-dot" cx="{}" cy="11" r="5"/>', place(middle, *axis)))
    return _drawing(parts, label, "cals")


def chance_strip(
    p: float, *, line: float | None = None, around: tuple[float, float] | None = None,
    unsure: tuple[float, float] | None = None,
) -> SafeString:  # fmt: skip
    """Return the 0-100 line of a chance with its dot, the band it may lie in, the rule's tick, and where Unsure is."""
    parts = [_line("track", ("0", "100%"), (9, 9))]
    if unsure:
        low, high = (float(end[:-1]) for end in _ends(unsure, (0, 1)))
        band = '<rect class="pe-band" x="{}%" width="{}%" y="3" height="12" rx="2"/>'
        parts.insert(0, format_html(band, f"{low:.1f}", f"{high - low:.1f}"))
    if around:
        parts.append(_line("50", _ends(around, (0, 1)), (9, 9)))
    if _is_given(line):
        parts.append(_line("target", _ends((line, line), (0, 1)), (2, 16)))
    parts.append(format_html('<circle class="st-dot" cx="{}" cy="9" r="5"/>', place(p, 0, 1)))
    return format_html(
        '<svg class="cals" aria-hidden="true">{}</svg>', format_html_join("", "{}", ((part,) for part in parts))
    )


def peer_strip(
    value: float, band: tuple[float, float], median: float, *, axis: tuple[float, float], label: str = "",
    usual: tuple[float, float] | None = None,
) -> SafeString:  # fmt: skip
    """Return a strip: grey band 90 % of peers, line the middle one, dot this creator, orange outside the band.

    usual: outside which ends the dot is orange, where the band holds fewer peers.
    """
    low, high = (float(place(edge, *axis)[:-1]) for edge in band)
    around = usual or band
    is_inside = around[0] <= value <= around[1]
    parts = [
        _line("track", ("0", "100%"), (13, 13)),
        format_html(
            '<rect class="pe-band" x="{}%" width="{}%" y="7" height="12" rx="2"/>', f"{low:.1f}", f"{high - low:.1f}"
        ),
        format_html('<line class="pe-med" x1="{0}" x2="{0}" y1="6" y2="20"/>', place(median, *axis)),
        format_html('<circle class="pe-{}" cx="{}" cy="13" r="6"/>', "ok" if is_inside else "me", place(value, *axis)),
    ]
    return _drawing(parts, label)


def together_strip(ai: float, together: float | None, *, line: float, line_label: str, label: str) -> SafeString:
    """Return the line on which the AI's square and the green diamond stand, with the rule's tick and its words.

    together: None where there is no figure yet; then the square stands alone.
    """
    span, at = sorted((ai, ai if together is None else together)), place(line, 0, 1)
    diamond = (
        ""
        if together is None
        else format_html(
            '<svg x="{}" class="mark"><path class="tg-both" d="m0 6 7 7-7 7-7-7z"/></svg>', place(together, 0, 1)
        )
    )
    return format_html(
        '<svg class="tg" role="img" aria-label="{}"><line class="st-track" x1="0" x2="100%" y1="13" y2="13"/>'
        '<line class="tg-span" x1="{}" x2="{}" y1="13" y2="13"/>'
        '<line class="st-target" x1="{line}" x2="{line}" y1="4" y2="22"/>'
        '<svg x="{}" class="mark"><rect class="tg-ai" x="-5" width="10" height="10" y="8" rx="2"/></svg>'
        '{}<text x="{line}" y="35" text-anchor="middle">{}</text></svg>',
        label, place(span[0], 0, 1), place(span[1], 0, 1), place(ai, 0, 1), diamond, line_label,
        line=at,
    )  # fmt: skip


def trio_strip(ai: float, *, label: str, line: float, person: float | None = None, together: float | None = None
               ) -> SafeString:  # fmt: skip
    """Return the 0-100 line with the AI's square, the person's circle, the green diamond and the rule's tick."""
    known = [one for one in (ai, person, together) if _is_given(one)]
    ends = _ends((min(known), max(known)), (0, 1))
    parts = [
        _line("track", ("0", "100%"), (13, 13)),
        format_html('<line class="tg-span" x1="{}" x2="{}" y1="13" y2="13"/>', *ends),
        _line("target", _ends((line, line), (0, 1)), (4, 22)),
        format_html(
            '<text x="{}" y="35" text-anchor="middle">{}</text>', place(line, 0, 1),
            gettext("line %(line)s") % {"line": f"{line * 100:.0f}"},
        ),
        format_html(
            '<svg x="{}" class="mark"><rect class="tg-ai" x="-6" width="12" height="12" y="7" rx="2.5"/></svg>',
            place(ai, 0, 1),
        ),
    ]  # fmt: skip
    if _is_given(person):
        parts.append(format_html('<svg x="{}" class="mark"><circle class="tg-hu" cy="13" r="6.5"/></svg>',
                                 place(person, 0, 1)))  # fmt: skip
    if _is_given(together):
        parts.append(format_html('<svg x="{}" class="mark"><path class="tg-both" d="m0 6 7 7-7 7-7-7z"/></svg>',
                                 place(together, 0, 1)))  # fmt: skip
    inner = format_html_join("", "{}", ((part,) for part in parts))
    return format_html('<svg class="tg" role="img" aria-label="{}">{}</svg>', label, inner)


Group = tuple[tuple[float, float], float, tuple[float, float], int, bool]
PLOT_TOP, PLOT_HEIGHT = 10, 100  # pixels; across, a plot uses the middle 92 % of its width


def reliability_plot(groups: Sequence[Group], *, label: str) -> SafeString:
    """Return a plot of what was stated (across) against what happened (up): a grey box what was stated, a line the
    interval of what happened, a dot its share, open where there are few cases; how many they are stands below.

    groups: (stated from and to, share, its interval, cases, whether these are few).
    """
    ends = (_across(0), _across(1), _down(0), _down(1))
    parts = [_grid(share) for share in (0.0, 0.5, 1.0)]
    parts += [_group(*one) for one in groups]
    diagonal = '<line class="pe-med" stroke-dasharray="4 4" x1="{}" x2="{}" y1="{}" y2="{}"/>'
    parts.append(format_html(diagonal, *ends))
    inner = format_html_join("", "{}", ((part,) for part in parts))
    return format_html('<svg class="chart" role="img" aria-label="{}">{}</svg>', label, inner)


def _across(share: float) -> str:
    return f"{4 + 92 * share:.1f}%"


def _down(share: float) -> str:
    return f"{PLOT_TOP + PLOT_HEIGHT * (1 - share):.1f}"


def _grid(share: float) -> SafeString:
    return format_html(
        '<line class="grid" x1="0" x2="100%" y1="{y}" y2="{y}"/><text x="0" y="{above}">{words}</text>'
        '<text x="{x}" y="146" text-anchor="middle">{words}</text>',
        y=_down(share), above=f"{float(_down(share)) - 3:.1f}", x=_across(share), words=wording.share(share),
    )  # fmt: skip


def _group(
    stated: tuple[float, float], share: float, ends: tuple[float, float], cases: int, is_few: bool
) -> SafeString:
    x, wide = _across(sum(stated) / 2), 92 * (stated[1] - stated[0])
    return format_html(
        '<rect class="pe-band" opacity=".55" x="{}" width="{}" y="{}" height="{}"/>'
        '<line class="st-80" x1="{x}" x2="{x}" y1="{}" y2="{}"/><circle class="{}" cx="{x}" cy="{}" r="4"/>'
        '<text class="tx" x="{x}" y="128" text-anchor="middle">{}</text>',
        _across(stated[0]), f"{wide:.1f}%", _down(stated[1]), f"{PLOT_HEIGHT * (stated[1] - stated[0]):.1f}",
        _down(ends[1]), _down(ends[0]), "dot--hand" if is_few else "dot", _down(share), wording.number(cases), x=x,
    )  # fmt: skip


def _is_given(value: float | None) -> TypeGuard[float]:
    return isinstance(value, int | float)  # what a template does not know arrives as an empty text


def _ends(pair: tuple[float, float], axis: tuple[float, float]) -> tuple[str, str]:
    return place(pair[0], *axis), place(pair[1], *axis)


def _drawing(parts: Sequence[str], label: str, kind: str = "") -> SafeString:
    inner = format_html_join("", "{}", ((part,) for part in parts))
    named = format_html(' class="{}"', kind) if kind else ""
    if not label:
        return format_html('<svg{} aria-hidden="true">{}</svg>', named, inner)
    return format_html('<svg{} role="img" aria-label="{}">{}</svg>', named, label, inner)
