"""Which columns name the account: lists call the handle and the shown name both "name", in either order."""

from screening.imports.fields import FIELDS, names_account, platform_in, without_platform
from screening.imports.handles import is_handle
from screening.imports.numbers import is_missing
from screening.imports.profiles import ColumnProfile

_SAYS_HANDLE = 2.6  # what an unmistakable name ("username") is worth: more than values, which score 0-2.5
_WORTH_ENOUGH = 1.2


def name_the_account(
    profiles: list[ColumnProfile], targets: list[str], rows: list[list[str]], main: str
) -> dict[int, str]:
    """Choose the columns of the handle and of the shown name.

    ``targets`` are the fields guessed so far. Returns column index -> ``handle`` or ``name``; an id that is no
    number is a handle.
    """
    chosen = {
        c.index: "handle"
        for c in profiles
        if targets[c.index] == "external_id" and platform_in(c.name) and c.numbers < 0.5
    }
    named = [
        c for c in profiles if not targets[c.index] and names_account(c.name) and c.fits("handle") and _is_no_figure(c)
    ]
    if not chosen:
        worth = {c.index: _worth(c, [row[c.index] for row in rows], main) for c in named}
        best = max(worth, key=lambda index: worth[index], default=None)
        if best is not None and worth[best] >= (_SAYS_HANDLE if _has_links(profiles, targets, main) else _WORTH_ENOUGH):
            chosen[best] = "handle"
    shown = [c for c in named if c.index not in chosen]
    if shown:
        chosen[min(shown, key=lambda c: (not _says_name(c), c.index)).index] = "name"
    return chosen


def _worth(column: ColumnProfile, cells: list[str], main: str) -> float:
    """Weigh a column as the handle: valid on the platform, without spaces, in plain letters, filled, different in
    each row.
    """
    says_handle = bool(FIELDS["handle"].full.fullmatch(without_platform(column.name)))
    filled = [cell for cell in cells if not is_missing(cell)]
    if main and sum(is_handle(main, cell) for cell in filled) < (0.5 if says_handle else 0.8) * len(filled):
        return 0.0
    values = (1 - column.spaces) + 0.5 * column.ascii + 0.5 * column.filled + 0.5 * min(1.0, column.distinct * 2)
    return values + (_SAYS_HANDLE if says_handle else 0)


def _is_no_figure(column: ColumnProfile) -> bool:
    return column.countries < 0.8 and (
        column.numbers < 0.9 or bool(FIELDS["handle"].full.fullmatch(without_platform(column.name)))
    )


def _says_name(column: ColumnProfile) -> bool:
    return bool(FIELDS["name"].full.fullmatch(without_platform(column.name)))


def _has_links(profiles: list[ColumnProfile], targets: list[str], main: str) -> bool:
    return any(targets[c.index] == "url" and c.link_platform == main for c in profiles)
