"""What must be counted over a whole pool before any row of it can be judged, and how the counts of its ranges add up.

A range is a run of neighbouring rows. The yardsticks made of the added counts are those of the pool counted at once, so
that ranges judged apart, in any order and by anybody, give what the whole pool would have given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from screening.engine import codes, peers, pricing, reference, tables
from screening.engine.raw import Bytes, Ints, Longs, Pool
from screening.engine.reference import References
from screening.engine.tables import Model
from screening.engine.types import Criteria, DecisionLine, Norm, Preferences

USUAL_LINE = DecisionLine()
OF_PEERS = "peers_"


@dataclass(frozen=True)
class Ask:
    """What a run asks of its pool."""

    criteria: Criteria
    preferences: Preferences
    model: Model
    norms: tuple[Norm, ...] = ()
    seed: int = 0
    line: DecisionLine = USUAL_LINE

    @cached_property
    def asked(self) -> Model:
        """The model with the features that the brief asks for. Raises OtherGrid."""
        return reference.asked_model(self.model, self.criteria, self.preferences)

    def own_codes(self, pool: Pool) -> Bytes:
        """Measure the brief's own features (k, n) of some rows."""
        return reference.campaign_codes(pool, self.criteria, self.preferences, self.asked)

    def codes(self, pool: Pool, own: Bytes | None = None) -> Bytes:
        """Return the codes (features of the asked model, n) of some rows. own: where they were measured before."""
        return reference.run_codes(pool, self.criteria, self.preferences, self.asked, own)


@dataclass(frozen=True, eq=False)
class Tally:
    """What the yardsticks of a run are made of, counted over some rows.

    markets: (M,) rising codes of those that occur; rows: (M,) of each; population: (M, features, 256) how often each
    code occurs. ids, places, sample: profiles (s,), markets (s,) and codes (features, s) of rows chosen by `pricing`.
    """

    markets: Longs
    rows: Longs
    population: Longs
    ids: Longs
    places: Ints
    sample: Bytes
    peers: peers.Tally

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything by name, to be kept."""
        own = {name: value for name, value in vars(self).items() if name != "peers"}
        return own | {f"{OF_PEERS}{name}": value for name, value in vars(self.peers).items()}

    @classmethod
    def read(cls, kept: Mapping[str, np.ndarray]) -> "Tally":
        """Return what `arrays` gave."""
        own = {name: kept[name] for name in kept if not name.startswith(OF_PEERS)}
        theirs = {name.removeprefix(OF_PEERS): kept[name] for name in kept if name.startswith(OF_PEERS)}
        return cls(**own, peers=peers.Tally(**theirs))


def count(pool: Pool, cells: Bytes) -> Tally:
    """Count rows of a pool. cells: their codes (features of the asked model, n)."""
    market = pool.raw.code("market")
    found = np.bincount(market + 1)
    markets = np.flatnonzero(found) - 1
    parts = [cells if len(markets) == 1 else cells[:, market == code] for code in markets]
    population = np.zeros((len(markets), len(cells), 256), np.int64)
    for place, part in enumerate(parts):
        population[place] = tables.counts(part)
    counted = peers.tally(pool.raw, pool.codes, codes.POOL_NAMES)
    everybody = Tally(markets, found[markets + 1], population, pool.raw.profile_ids, market, cells, counted)
    return _thinned(everybody)


def _thinned(tally: Tally) -> Tally:
    # Who is chosen of a pool was chosen of their range as well: the share falls as rows are added.
    chosen = pricing.chosen(tally.ids, tally.rows[np.searchsorted(tally.markets, tally.places)])
    return Tally(
        tally.markets, tally.rows, tally.population, tally.ids[chosen], tally.places[chosen],
        np.ascontiguousarray(tally.sample[:, chosen]), tally.peers,
    )  # fmt: skip


def add(parts: Sequence[Tally]) -> Tally:
    """Return what one tally of all the rows would be. parts: in the order of the rows."""
    markets = np.unique(np.concatenate([part.markets for part in parts]))
    rows = np.zeros(len(markets), np.int64)
    population = np.zeros((len(markets), *parts[0].population.shape[1:]), np.int64)
    for part in parts:
        place = np.searchsorted(markets, part.markets)
        rows[place] += part.rows
        population[place] += part.population
    ids, places = (np.concatenate([vars(part)[name] for part in parts]) for name in ("ids", "places"))
    sample = np.concatenate([part.sample for part in parts], axis=1)
    return _thinned(Tally(markets, rows, population, ids, places, sample, peers.add([part.peers for part in parts])))


def references(tally: Tally, ask: Ask, words: Mapping[str, tuple[str, ...]]) -> References:
    """Make all yardsticks of a run from the tally of its whole pool. words: of the pool's RawTable."""
    found = {
        int(code): reference.refer_to(
            population, np.ascontiguousarray(tally.sample[:, tally.places == code]), ask.asked
        )
        for code, population in zip(tally.markets, tally.population, strict=True)
    }
    return References(found, peers.compare(tally.peers, words, ask.norms))
