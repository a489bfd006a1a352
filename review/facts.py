"""What routing must know of a run's candidates: fees, past results, referrals, flags, topics. Queries, no rules."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
from django.db.models import F, Q

from accounts.models import Role
from review import policies, stops
from review.models import Policy
from review.routing import Facts, Rules, Shown
from screening import gates, money
from screening.engine import histories, peers, raw
from screening.engine.types import VERDICTS, Assessment
from screening.judging import Judged, judge
from screening.models import GateAnswer, Metrics, ModelState, Outcome, Profile, Relation, RelationKind, ScreeningRun

MILLION = 1_000_000
MONTH = 365.25 / 12  # days


@dataclass(frozen=True)
class Past:
    """What a creator achieved for the brand before. paid: minor units of the last deal, in the brand's currency."""

    deals: int = 0
    in_band: int = 0
    paid: int | None = None


@dataclass
class Candidates:
    """The ranked candidates of a run, best first, with what is known of all of them as arrays (n,).

    known_at: what was written later is not known (of a run that is played again); None: all that is there.
    """

    run: ScreeningRun
    policy: Policy
    on: date
    left_out: Collection[int] = field(default_factory=frozenset)  # ids of creators who are decided or in hand
    taken: int = 0  # places of the campaign that are taken already
    cases: dict[int, Assessment] = field(default_factory=dict)  # profile id -> all that was found, for `answers.freeze`
    known_at: datetime | None = None

    @cached_property
    def rules(self) -> Rules:
        """What the policy says, with who and what stands behind it."""
        return rules_of(self.policy, self.run)

    @property
    def wanted(self) -> int:
        """How many the campaign still looks for, 1 at least."""
        return max(1, self.run.campaign.wanted - self.taken)

    @cached_property
    def judged(self) -> Judged:
        """The engine's answer to the run's frozen inputs."""
        return judge(self.run)

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """Rows of the pool, by rank."""
        screening = self.judged.screening
        ranked = np.flatnonzero(screening.rank > 0)
        ranked = ranked[np.argsort(screening.rank[ranked], kind="stable")]
        out = np.isin(screening.creator_ids[ranked], np.array(sorted(self.left_out), np.int64))
        return ranked[~out].astype(np.int64)

    def verdict(self, row: int) -> str:
        """Return what the AI says of a row of the pool."""
        return str(VERDICTS[self.judged.screening.verdict[row]])

    @cached_property
    def p(self) -> npt.NDArray[np.float64]:
        """Chance that it works out."""
        return self.judged.screening.p[self.rows].astype(np.float64)

    @cached_property
    def stake(self) -> npt.NDArray[np.float64]:
        """Fee in units of the policy's medium stakes, so that brands of all currencies compare."""
        rate = float((self.run.norms or {}).get("rate", "1"))
        table = self.judged.pool.raw
        own = histories.latest(table.history, "fee")[self.rows] if "fee" in table.history.figures else np.nan
        campaign = self.run.campaign
        units = money.minor_units(campaign.brand.currency)
        minor = np.asarray(own, np.float64) / rate * units
        filled = np.where(np.isnan(minor), campaign.fee_minor, minor) * np.ones(len(self.rows))
        return filled / max(1, self.policy.medium_fee_minor)

    @cached_property
    def peers(self) -> npt.NDArray[np.int64]:
        """How many profiles of the pool share platform and size with each candidate."""
        group = peers.groups(self.judged.pool.raw)[1]
        return np.bincount(group)[group[self.rows]].astype(np.int64)


def rules_of(policy: Policy, run: ScreeningRun) -> Rules:
    """Return what the policy says as plain values, with who and what stands behind it now."""
    model = run.model
    return Rules(
        rights=policies.rights(policy),
        medium_fee=policy.medium_fee_minor,
        high_fee=policy.high_fee_minor,
        high_budget_share=policy.high_budget_share_u6 / MILLION,
        trusts_referrals=policy.trusts_referrals,
        is_shadow=policies.is_shadow(policy) or policies.is_before(policy, model),
        is_owner_here=policy.owner.is_active,
        is_model_approved=model.state != ModelState.CANDIDATE and model.approved_by_id is not None,
        is_learned=not model.is_prior,
        has_expert=policies.holders(Role.EXPERT, policy.brand_id, policy.market_id).exists(),
        fast=policy.fast_track,
        is_stopped=stops.in_force(policy.brand_id, policy.market_id, model=model.pk) is not None,
    )


def of(candidates: Candidates, places: Iterable[int], shown: Shown) -> list[Facts]:
    """Return the facts of some candidates, in their order. places: indexes into `candidates.rows`."""
    found = list(places)
    screening, run = candidates.judged.screening, candidates.run
    rows = candidates.rows[found]
    creators = [int(one) for one in screening.creator_ids[rows]]
    brand, policy, at = run.campaign.brand_id, candidates.policy, candidates.known_at
    since = candidates.on - timedelta(days=round(policy.results_months * MONTH))
    past = past_of(creators, brand, since=since, at=at)
    referred = referred_of(creators, brand, by=policies.trusted(policy, at=at), at=at)
    _assess(candidates, [int(row) for row in rows])
    fees = fees_of(candidates, [int(one) for one in screening.profile_ids[rows]])
    open_gates = open_gates_of(candidates, list(fees))
    return [
        replace(
            _measured(candidates, place, shown),
            fee=fees[int(screening.profile_ids[row])][0],
            currency=fees[int(screening.profile_ids[row])][1],
            is_first_deal=past[creator].deals == 0,
            results_in_band=past[creator].in_band,
            paid_before=past[creator].paid,
            is_referred=creator in referred,
            has_open_gate=int(screening.profile_ids[row]) in open_gates,
        )
        for place, row, creator in zip(found, rows, creators, strict=True)
    ]


def _assess(candidates: Candidates, rows: Iterable[int]) -> None:
    """Derive the cards of those whose card is not known yet, all at once."""
    judged = candidates.judged
    new = [row for row in rows if int(judged.screening.profile_ids[row]) not in candidates.cases]
    candidates.cases.update((case.profile_id, case) for case in judged.assess(new))


def _measured(candidates: Candidates, place: int, shown: Shown) -> Facts:
    row, judged = int(candidates.rows[place]), candidates.judged
    case = candidates.cases[int(judged.screening.profile_ids[row])]
    flags = tuple(flag for flag in case.flags if not flag.norm)
    campaign = candidates.run.campaign
    return Facts(
        shown=shown,
        rank=case.rank,
        wanted=candidates.wanted,
        verdict=candidates.verdict(row),
        p=float(judged.screening.p[row]),
        fee=None,
        budget=campaign.budget_minor,
        flags=tuple(flag.feature for flag in flags),
        serious=tuple(flag.feature for flag in flags if flag.is_serious),
        sensitive=sensitive_of(judged.pool.raw, row, topics_of(candidates.run)),
        peers=int(candidates.peers[place]),
    )


def open_gates_of(candidates: Candidates, profiles: list[int]) -> set[int]:
    """Return the profiles that a gate of the market keeps from being spoken to about money. Three queries."""
    found, market, at = list(Profile.objects.filter(pk__in=profiles)), candidates.run.campaign.market_id, None
    if candidates.known_at:
        at = GateAnswer.objects.filter(profile__in=profiles, gate__market=market, at__lte=candidates.known_at)
    told = gates.check_markets(found, [market], on=candidates.on, given=at)
    return {profile for (_market, profile), results in told.items() if any(one.is_open for one in results)}


def fees_of(candidates: Candidates, profiles: list[int]) -> dict[int, tuple[int | None, str]]:
    """Return what each profile costs: its own newest price, else what the campaign offers.

    (minor units of the brand's currency, or None where no rate compares them; the currency of the price).
    """
    campaign = candidates.run.campaign
    own = campaign.brand.currency
    known = Metrics.objects.visible().filter(taken_at__lte=candidates.on)
    if candidates.known_at:
        known = known.exclude(batch__loaded_at__gt=candidates.known_at)
        known = known.exclude(correction__at__gt=candidates.known_at)
    priced = known.filter(profile__in=profiles, fee_minor__isnull=False)
    found: dict[int, tuple[int | None, str]] = dict.fromkeys(profiles, (campaign.fee_minor, own))
    rows = priced.order_by("taken_at", "pk").values_list("profile_id", "fee_minor", "currency")
    newest = {profile: (fee, currency or campaign.market.currency) for profile, fee, currency in rows}
    for profile, (fee, currency) in newest.items():
        try:
            found[profile] = money.convert(fee or 0, currency, own, on=candidates.on), currency
        except money.RateMissing:
            found[profile] = None, currency
    return found


def past_of(
    creators: Collection[int], brand: str, *, since: date | None = None, at: datetime | None = None
) -> Mapping[int, Past]:
    """Return what creators achieved for a brand. In band: met the goal, not under the predicted interval, not before
    `since`. at: as it was known then.
    """
    newest = Q(replaced_by__isnull=True)
    if at:
        newest = Q(newest | Q(replaced_by__created_at__gt=at), created_at__lte=at)
    rows = Outcome.objects.filter(
        newest, profile__creator__in=creators, campaign__brand=brand, kpi=F("campaign__objective")
    )
    found: dict[int, Past] = defaultdict(Past)
    wanted = ("profile__creator", "is_success", "actual", "predicted_low", "paid_minor", "as_of_date")
    for creator, is_success, actual, low, paid, day in rows.order_by("as_of_date", "pk").values_list(*wanted):
        before = found[creator]
        is_old = since is not None and day < since
        in_band = bool(is_success and low is not None and actual >= low and not is_old)
        found[creator] = Past(before.deals + 1, before.in_band + in_band, before.paid if paid is None else paid)
    return found


def referred_of(
    creators: Collection[int], brand: str, *, by: Collection[int] | None = None, at: datetime | None = None
) -> set[int]:
    """Return the creators whom somebody of the house referred to this brand, or to all. by: whose word counts (ids).

    at: as it was known then.
    """
    told = Relation.objects.filter(
        Q(brand="") | Q(brand=brand), creator__in=creators, kind=RelationKind.REFERRED, person__is_active=True
    )
    if by is not None:
        told = told.filter(person__in=by)
    if at:
        told = told.filter(created_at__lte=at)
    return set(told.values_list("creator_id", flat=True))


def topics_of(run: ScreeningRun) -> tuple[str, ...]:
    """Return the topics that are sensitive here: those of the brand, and those the brief names."""
    named = run.brief.criteria.get("sensitive_topics") or ()
    return tuple(dict.fromkeys(str(topic).strip() for topic in (*run.campaign.brand.sensitive_topics, *named) if topic))


def sensitive_of(table: raw.RawTable, row: int, topics: Collection[str]) -> tuple[str, ...]:
    """Return the sensitive topics that a profile touches: at the start of a word of its text, case aside."""
    if not topics:  # reading a text costs as much as the pool is long
        return ()
    categories = table.categories
    codes = categories.codes[categories.offsets[row] : categories.offsets[row + 1]]
    words = [table.words["category"][code] for code in codes]
    text = " ".join([*(table.text(name).at(row) for name in ("name", "bio", "topic")), *words]).casefold()
    return tuple(topic for topic in topics if re.search(rf"\b{re.escape(topic.casefold())}", text))
