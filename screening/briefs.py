"""Briefs: versions of what a campaign asks for, and what each hard criterion would remove.

`publish` keeps criteria and preferences as the next version, `live_counts` says what they would do to the newest pool.
Both take the engine's own types; `criteria_from` and `preferences_from` make them of plain data (a form's, a file's).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import User
from audit import log
from audit.models import Kind
from screening import campaigns, money, pools
from screening.engine import eligibility
from screening.engine.types import Criteria, Criterion, Funnel, Preferences, Wish, WishKind
from screening.models import Brief, Campaign, Pool

ROUNDING = 0.005  # shares typed in whole percent add up with this error at most


class BriefInvalid(ValueError):
    """Raised when plain data names criteria or wishes that do not exist, or weighs them beyond 100 % together."""


class NothingChanged(Exception):
    """Raised when a version equal to the last one is published."""


def criteria_of(brief: Brief) -> Criteria:
    """Return a version's hard criteria; `fee_max` is in major units of the brand's currency."""
    return criteria_from(brief.criteria)


def criteria_from(stored: Mapping[str, Any]) -> Criteria:
    """Return hard criteria from their JSON form; what is not there is not asked. Raises BriefInvalid."""
    unknown = sorted(set(stored) - {field.name for field in fields(Criteria)})
    if unknown:
        raise BriefInvalid(_("Not a hard criterion: %(names)s.") % {"names": ", ".join(unknown)})
    found: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    try:
        if "keep_unknown" in found:
            found["keep_unknown"] = frozenset(Criterion(code) for code in found["keep_unknown"])
    except (TypeError, ValueError) as odd:
        raise BriefInvalid(_("Not a hard criterion: %(names)s.") % {"names": found["keep_unknown"]}) from odd
    return Criteria(**found)


def preferences_of(brief: Brief) -> Preferences:
    """Return a version's soft preferences."""
    return preferences_from(brief.preferences)


def preferences_from(stored: Mapping[str, Any]) -> Preferences:
    """Return soft preferences from their JSON form. Raises BriefInvalid."""
    try:
        wishes = tuple(_wish(wish) for wish in stored.get("wishes", ()))
        total = sum(wish.weight for wish in wishes)
        is_negative = any(wish.weight < 0 for wish in wishes)
    except (AttributeError, KeyError, TypeError) as odd:  # no object, no weight, or a weight that is no number
        raise BriefInvalid(_("Not a soft preference: %(name)s.") % {"name": stored["wishes"]}) from odd
    if len({wish.kind for wish in wishes}) < len(wishes):
        raise BriefInvalid(_("A soft preference stands in the brief twice."))
    if not total <= 1 + ROUNDING or is_negative:  # NaN is neither more nor less
        raise BriefInvalid(
            _("The weights make %(total)s together; up to 100 %% is allowed.") % {"total": f"{total:.0%}"}
        )
    return Preferences(wishes, stored.get("text", ""))


def _wish(stored: Mapping[str, Any]) -> Wish:
    if stored.get("kind") not in set(WishKind):
        raise BriefInvalid(_("Not a soft preference: %(name)s.") % {"name": stored.get("kind")})
    words = tuple(stored.get("words") or ())
    return Wish(WishKind(stored["kind"]), stored["weight"], words, stored.get("low"), stored.get("high"))


def to_json(asked: Criteria | Preferences) -> dict[str, Any]:
    """Return criteria or preferences as plain JSON values, lists sorted where their order means nothing."""
    return {name: _plain(value) for name, value in asdict(asked).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(str(code) for code in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return str(value) if isinstance(value, WishKind) else value


def latest(campaign: Campaign) -> Brief | None:
    """Return the newest version of a campaign's brief, if there is one."""
    return campaign.briefs.order_by("-version").first()


def publish(
    campaign: Campaign, *, criteria: Criteria, preferences: Preferences, note: str = "", by: User | None, now: datetime
) -> Brief:
    """Keep the brief's next version; versions are never changed. Raises NotAllowed, CampaignClosed, NothingChanged."""
    if by is not None:
        access.require(by, "brief", brand=campaign.brand_id, market=campaign.market_id)
    campaigns.require_open(campaign)
    asked = {"criteria": to_json(criteria), "preferences": to_json(preferences)}
    with transaction.atomic():
        Campaign.objects.select_for_update().get(
            pk=campaign.pk
        )  # two editors number their versions one after the other
        last = latest(campaign)
        if last is not None and differences(last, criteria, preferences) == []:
            raise NothingChanged(
                _("Nothing differs from version %(n)d: no new version was made.") % {"n": last.version}
            )
        version = last.version + 1 if last else 1
        brief = Brief.objects.create(
            campaign=campaign, version=version, **asked, note=note.strip()[:300], by=by, created_at=now
        )
        _record(brief, last, by)
    return brief


def _record(brief: Brief, last: Brief | None, by: User | None) -> None:
    changed = [change.field for change in differences(last, criteria_of(brief), preferences_of(brief))] if last else []
    body = {"campaign": brief.campaign_id, "brief": brief.pk, "version": brief.version, "changed": changed}
    personal = {"note": brief.note} if brief.note else None
    log.record(
        Kind.BRIEF, stream=f"campaign:{brief.campaign_id}", by=by, body=body, personal=personal,
        brand=brief.campaign.brand_id, market=brief.campaign.market_id,
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One field that changed. field: a field of Criteria, `text`, or `wish:<kind>`; before, after: None = not asked."""

    field: str
    before: Any
    after: Any


def differences(old: Brief, criteria: Criteria, preferences: Preferences) -> list[Difference]:
    """Return what differs from a version, in the order of the form."""
    before, after = _flat(criteria_of(old), preferences_of(old)), _flat(criteria, preferences)
    names = list(dict.fromkeys([*before, *after]))
    changed = (name for name in names if _sorted(before.get(name)) != _sorted(after.get(name)))
    return [Difference(name, before.get(name), after.get(name)) for name in changed]


def _sorted(value: Any) -> Any:
    # In a list of a brief the order means nothing: platforms, words, creators.
    return sorted(value, key=str) if isinstance(value, list) else value


def _flat(criteria: Criteria, preferences: Preferences) -> dict[str, Any]:
    asked = {field.name: _plain(getattr(criteria, field.name)) or None for field in fields(criteria)}
    wishes = {f"wish:{wish.kind}": _plain(asdict(wish)) for wish in preferences.wishes if wish.weight}
    return asked | wishes | {"text": preferences.text or None}


def in_market(criteria: Criteria, campaign: Campaign, *, on: date) -> Criteria:
    """Return the criteria with the fee ceiling in the market's currency, as pools hold prices. Raises RateMissing."""
    return at_rate(criteria, money.rate(campaign.brand.currency, campaign.market.currency, on=on))


def at_rate(criteria: Criteria, rate: Decimal) -> Criteria:
    """Return the criteria with the fee ceiling at a rate."""
    return replace(criteria, fee_max=_converted(criteria.fee_max, rate))


def wishes_at_rate(preferences: Preferences, rate: Decimal) -> Preferences:
    """Return the preferences with the fee that feels like full price at a rate."""
    at = [replace(wish, high=_converted(wish.high, rate)) if wish.kind is WishKind.PRICE else wish
          for wish in preferences.wishes]  # fmt: skip
    return replace(preferences, wishes=tuple(at))


def _converted(amount: float | None, rate: Decimal) -> float | None:
    return amount if amount is None or rate == 1 else float(Decimal(str(amount)) * rate)


@dataclass(frozen=True)
class LiveCounts:
    """What criteria do to the newest pool; `pool` and `funnel` are None before there is one.

    loosen: what to loosen first where nobody is left. problem: a sentence, where the fee ceiling could not be compared.
    """

    pool: Pool | None
    funnel: Funnel | None
    loosen: tuple[Criterion, ...] = ()
    problem: str = ""


def live_counts(campaign: Campaign, criteria: Criteria, *, on: date) -> LiveCounts:
    """Count how many candidates of the newest pool each criterion removes: in sequence, alone, and without it.

    numpy alone; some milliseconds for 34,000 profiles without excluded words, which read every text.
    """
    pool = pools.newest(campaign.market)
    if pool is None:
        return LiveCounts(None, None)
    problem = ""
    try:
        criteria = in_market(criteria, campaign, on=on)
    except money.RateMissing as missing:
        criteria, problem = replace(criteria, fee_max=None), str(missing)
    funnel = eligibility.count(pools.open_pool(pool).raw, criteria)
    loosen = eligibility.loosest_first(funnel) if not funnel.passed else ()
    return LiveCounts(pool, funnel, loosen, problem)
