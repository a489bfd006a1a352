"""Whose AI side is sealed in a campaign (blind-first): left out of its rankings, counts and exports.

Cards lie one floor up, so the frame tells where they are read (`hybridmkt/apps.py`).
"""

from collections.abc import Callable

from accounts.models import User
from screening.models import Campaign

Reader = Callable[[Campaign, User | None], frozenset[int]]
_readers: list[Reader] = []


def tell(reader: Reader) -> None:
    """Say where sealed profiles are read; the last one told is asked."""
    _readers.append(reader)


def profiles(campaign: Campaign, user: User | None = None) -> frozenset[int]:
    """Return ids of the profiles of a campaign that are sealed for a reader, without one: for anybody at all."""
    return _readers[-1](campaign, user) if _readers else frozenset()
