"""How common a flag is in a run: among peers of the same size, of other sizes, of other platforms, of a category.

numpy alone: the pool's columns and the run's result are mapped, nothing is computed anew.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from screening import pools, results
from screening.engine import peers
from screening.engine.raw import TIERS
from screening.models import Profile, ScreeningRun


@dataclass(frozen=True)
class Group:
    """Profiles of the pool that share platform, size or category ('' = any), and how many of them bear the flag."""

    platform: str
    tier: str
    category: str
    size: int
    flagged: int


def common(run: ScreeningRun, flag: str, profile: Profile) -> list[Group]:
    """Return how common a flag (feature:side) is around a profile, its own peers first. Empty groups are left out.

    Raises NoResult and NotInStore where the run has left no result.
    """
    bit = peers.WATCHED.index(tuple(flag.split(":")))
    rows, table = results.rows(run), pools.open_pool(run.pool).raw  # type: ignore[arg-type]
    ids = table.profile_ids
    place = np.argsort(ids, kind="stable")
    at = place[np.searchsorted(ids, rows["profile"], sorter=place)]
    hit = np.zeros(len(ids), bool)
    hit[at] = (rows["flags"] >> np.uint32(bit) & 1).astype(bool)
    owners, group = peers.groups(table)
    mine = np.flatnonzero(ids == profile.pk)
    if not len(mine):
        return []
    _market, platform, tier = (int(code) for code in owners[group[mine[0]]])
    same_platform, same_tier = owners[group, 1] == platform, owners[group, 2] == tier
    name, size = peers.word(table, "platform", platform), peers.tier_word(tier)
    found = [_group(hit, same_platform & same_tier, name, size), _group(hit, same_platform & ~same_tier, name, "other")]
    for word in profile.categories[:2]:
        found.append(_group(hit, same_platform & peers.of_category(table, word), name, "", word))
    found.append(_group(hit, ~same_platform, "other", ""))
    return [one for one in found if one.size]


def _group(hit: Any, about: Any, platform: str, tier: str, category: str = "") -> Group:
    return Group(platform, tier, category, int(about.sum()), int((hit & about).sum()))


def tier_of(followers: int | None) -> str:
    """Return the size that peers are grouped by, '' where followers are not known."""
    place = int(peers.tiers(np.array([float("nan") if not followers else float(followers)]))[0])
    return TIERS[place] if place < len(TIERS) else ""
