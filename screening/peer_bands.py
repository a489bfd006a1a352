"""Where the figures of a creator's profiles stand among peers, by the newest pool of each market; numpy alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from accounts.at_once import at_once
from screening import pools, store
from screening.engine import bands
from screening.engine.bands import Band
from screening.models import Pool, Profile


@dataclass(frozen=True)
class Standing:
    """A profile among its peers, as the pool of a market holds them."""

    profile: Profile
    pool: Pool
    bands: tuple[Band, ...]


def of(profiles: Iterable[Profile], markets: Sequence[str]) -> list[Standing]:
    """Return where profiles stand in these markets; none that a pool does not hold or with too few peers. One query."""
    known = list(profiles)
    newest = [
        Pool.objects.filter(market=code).select_related("market").order_by("-frozen_at", "sha256")[:1]
        for code in markets
    ]
    at_once(*newest)
    found = [_standing(profile, pool) for pool in (row for rows in newest for row in rows) for profile in known]
    return [one for one in found if one is not None]


def _standing(profile: Profile, frozen: Pool) -> Standing | None:
    if frozen.market_id not in profile.markets:
        return None
    try:
        pool, counted = pools.open_pool(frozen), _counted(str(settings.STORE_URL), frozen.pk)
    except store.NotInStore:
        return None
    row = pools.row_of(pool, profile.pk)
    told = tuple(bands.of(counted, pool, row)) if row is not None else ()
    return Standing(profile, frozen, told) if told else None


@lru_cache(maxsize=8)
def _counted(_store: str, sha256: str) -> bands.Tallies:
    return bands.tallies(pools.open_pool(Pool(sha256=sha256)))
