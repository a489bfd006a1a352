"""Whose AI side is sealed in a campaign (blind-first): left out of its rankings, counts and exports.

Cards lie one floor up, so the frame tells where they are read (`hybridmkt/apps.py`).
"""

from collections.abc import Callable, Collection

from accounts.models import User
from screening.models import Campaign

Reader = Callable[[Campaign, User | None], frozenset[int]]
Pairs = frozenset[tuple[int, int]]
_readers: list[Reader] = []
_pair_readers: list[Callable[[Collection[int], User], Pairs]] = []


def tell(reader: Reader) -> None:
    """Say where sealed profiles are read; the last one told is asked."""
    _readers.append(reader)


def tell_pairs(reader: Callable[[Collection[int], User], Pairs]) -> None:
    """Say where sealed creators of several campaigns are read; the last one told is asked."""
    _pair_readers.append(reader)


def creators(campaigns: Collection[int], user: User) -> Pairs:
    """Return who is sealed for a reader in these campaigns, as pairs of campaign and creator. One query at most."""
    return _pair_readers[-1](campaigns, user) if _pair_readers else frozenset()


def profiles(campaign: Campaign, user: User | None = None) -> frozenset[int]:
    """Return ids of the profiles of a campaign that are sealed for a reader, without one: for anybody at all."""
    return _readers[-1](campaign, user) if _readers else frozenset()
