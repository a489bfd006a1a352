"""What people have in hand, for the list of them.

Cards and questions lie floors up, so the frame tells this room where to read them (`hybridmkt.apps`).
"""

from collections.abc import Callable, Collection
from datetime import datetime

# Cards and questions that wait for each of these people: (person's id, brand, market, how many).
Rows = list[tuple[int, str, str, int]]
Read = Callable[[Collection[int], datetime], Rows]
_readers: list[Read] = []


def tell(reader: Read) -> None:
    """Say where it is read; the last one told is asked."""
    _readers.append(reader)


def of(people: Collection[int], *, now: datetime) -> dict[int, dict[tuple[str, str], int]]:
    """Return how many cards and questions wait for each person, by brand and market; who has none is left out."""
    found: dict[int, dict[tuple[str, str], int]] = {}
    for person, brand, market, n in _readers[-1](people, now) if _readers else []:
        own = found.setdefault(person, {})
        own[brand, market] = own.get((brand, market), 0) + n
    return found
