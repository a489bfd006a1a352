"""A ranking with its long stretches folded: rows on which nobody is asked stand as one line, and a link opens them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from django.utils.translation import gettext as _

from accounts import wording
from screening.views.rows import Row

LEAST = 3  # rows in a stretch: fewer are read faster than the line that would stand for them
MOST = 50  # stretches that an address opens


@dataclass(frozen=True)
class Stretch:
    """Rows in their order. text, url: of the line above them that folds and opens; empty where they always stand."""

    rows: tuple[Row, ...]
    text: str = ""
    url: str = ""
    is_open: bool = True

    @property
    def first(self) -> int:
        """The rank by which an address names it."""
        return self.rows[0].rank


def opened(text: str) -> frozenset[int]:
    """Return which stretches an address opens, by their first rank: ``10,38``; nonsense counts as not asked."""
    words = text.split(",")[:MOST]
    return frozenset(int(word) for word in words if word.isdecimal() and len(word) < 9)


def stretches(rows: Sequence[Row], *, opens: frozenset[int], link: Callable[[str], str]) -> list[Stretch]:
    """Return a page of a list by rank in stretches; whole where nobody is asked about anyone of it.

    link: the address that opens these stretches, by their first ranks.
    """
    if not any(map(_is_asked, rows)):
        return [Stretch(tuple(rows))] if rows else []
    cuts = accumulate(row.is_after_cut for row in rows)  # a stretch ends at the cut
    found = []
    for (_cut, is_asked), part in groupby(zip(cuts, rows, strict=True), key=lambda one: (one[0], _is_asked(one[1]))):
        own = tuple(row for _cut, row in part)
        found.append(Stretch(own) if is_asked or len(own) < LEAST else _folded(own, opens, link))
    return found


def _is_asked(row: Row) -> bool:
    return row.who is not None and row.who.voice != "ai"


def _folded(own: tuple[Row, ...], opens: frozenset[int], link: Callable[[str], str]) -> Stretch:
    alone = sum(row.who is not None for row in own)
    said = [(_("decided by the AI: %(n)s"), alone), (_("not asked this time: %(n)s"), len(own) - alone)]
    given = {
        "first": wording.number(own[0].rank), "last": wording.number(own[-1].rank),
        "what": ", ".join(words % {"n": wording.number(n)} for words, n in said if n),
    }  # fmt: skip
    first = own[0].rank
    is_open = first in opens
    others = opens - {first} if is_open else opens | {first}
    url = link(",".join(str(one) for one in sorted(others)))
    return Stretch(own, _("Ranks %(first)s to %(last)s: %(what)s.") % given, f"{url}#r{first}", is_open)


def hidden(found: Iterable[Stretch]) -> set[int]:
    """Return the ranks that stand folded: nobody has read what the AI says of them."""
    return {row.rank for stretch in found if not stretch.is_open for row in stretch.rows}
