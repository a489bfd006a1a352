"""Which brands and markets there are to be a member of.

They are tables one floor up, so the frame tells this room where to read them (`hybridmkt.apps`); imports go down only.
"""

from collections.abc import Callable
from dataclasses import dataclass

# Code -> name, for the brands and for the markets.
Read = Callable[[], tuple[dict[str, str], dict[str, str]]]


@dataclass(frozen=True)
class Places:
    """Names of brands by slug and of markets by code, in the reader's language."""

    brands: dict[str, str]
    markets: dict[str, str]


_readers: list[Read] = []


def tell(reader: Read) -> None:
    """Say where brands and markets are read; the last one told is asked."""
    _readers.append(reader)


def known() -> Places:
    """Return all brands and markets; empty where nobody has told."""
    return Places(*_readers[-1]()) if _readers else Places({}, {})
