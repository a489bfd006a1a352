"""Who of a creator's relations the AI would partner with as well: two creators for one campaign, or as a pair.

What the AI says of a creator who is sealed for the reader is never told: whoever is left out here is left out whatever
the verdict. Who reads that two creators suit a campaign has seen the AI's view of both.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts import access
from accounts.models import User
from screening import sealed
from screening.models import Campaign, Recommendation, Verdict

RUN = (
    "run__number",
    "run__campaign__name",
    "run__campaign__brand",
    "run__campaign__market",
    "run__campaign__closed_at",
)


@dataclass(frozen=True)
class Match:
    """Another creator to whom the AI says Partner too. both: open campaigns that both suit.

    apart: of the same brand in two markets, one that suits the first of them and one that suits the other.
    """

    both: tuple[Campaign, ...]
    apart: tuple[Campaign, Campaign] | None = None


def of(said: Iterable[Recommendation], others: Collection[int], user: User) -> Mapping[int, Match]:
    """Return who of the other creators suits the campaigns that a creator suits, by id. Two queries at most.

    said: the newest answers on the creator that are open to the reader.
    """
    own = _partners(said)
    brands = {one.brand_id for one in own.values()}
    if not brands or not others:
        return {}
    mine = access.scope(user).query("run__campaign__brand_id", "run__campaign__market_id")
    rows = Recommendation.objects.filter(mine, creator__in=others, run__campaign__brand__in=brands)
    rows = rows.filter(run__campaign__closed_at__isnull=True).select_related("run__campaign").order_by("run__number")
    newest = {(one.run.campaign_id, one.profile_id): one for one in rows.only("creator", "profile", "verdict", *RUN)}
    kept = sealed.creators({campaign for campaign, _profile in newest}, user) if newest else frozenset()
    found: dict[int, list[Recommendation]] = {}
    for one in newest.values():
        if (one.run.campaign_id, one.creator_id) not in kept:
            found.setdefault(one.creator_id, []).append(one)
    matches = {creator: _match(own, _partners(answers)) for creator, answers in found.items()}
    return {creator: match for creator, match in matches.items() if match.both or match.apart}


def _partners(answers: Iterable[Recommendation]) -> dict[int, Campaign]:
    """Return the open campaigns of those answers that say Partner, by id."""
    return {
        one.run.campaign_id: one.run.campaign
        for one in answers
        if one.verdict == Verdict.RECOMMEND and one.run.campaign.closed_at is None
    }


def _match(own: Mapping[int, Campaign], other: Mapping[int, Campaign]) -> Match:
    both = tuple(own[pk] for pk in sorted(own.keys() & other.keys(), reverse=True))
    return Match(both, None if both else _apart(list(own.values()), list(other.values())))


def _apart(own: Sequence[Campaign], other: Sequence[Campaign]) -> tuple[Campaign, Campaign] | None:
    pairs = ((a, b) for a in own for b in other if a.brand_id == b.brand_id and a.market_id != b.market_id)
    return next(pairs, None)
