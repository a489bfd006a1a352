"""Market gates: dated legal rules, kept as data with their evidence, checked before money is spoken of.

A gate that cannot be checked by the figures is a question to a person, never a pass; a person's answer is kept with
where it was looked up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any

from django.db import models, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.at_once import at_once
from accounts.models import User
from audit import log
from audit.models import Kind
from screening.models import GateAnswer, Market, MarketGate, Metrics, Profile

Held = QuerySet[MarketGate]  # what `holding` gives
FOLLOWERS_OVER, PLATFORM_BANNED, BEFORE_LIVE, LISTED = "followers_over", "platform_banned", "before_live", "list"


class GateState(models.TextChoices):
    """What a gate says of a profile."""

    PASSED = "passed", _("passed")
    BLOCKED = "blocked", _("blocked")
    QUESTION = "question", _("question")
    NOT_DUE = "not_due", _("not due yet")


class NotAnswered(ValueError):
    """Raised when a gate cannot be answered by hand, or the answer does not say where it was looked up."""


@dataclass(frozen=True)
class Rule:
    """A gate as data: rows of MarketGate are made from it."""

    code: str
    rule: str
    name_en: str
    name_ru: str
    valid_from: date
    evidence: str
    params: Mapping[str, Any] = field(default_factory=dict)
    valid_until: date | None = None


CHECKED_ON = date(2026, 11, 20)  # when the rules below were last read
RULES: Mapping[str, tuple[Rule, ...]] = {
    "RU": (
        Rule(
            "register", FOLLOWERS_OVER, "Register of pages over 10,000 followers",
            "Реестр страниц, у которых больше 10 тысяч подписчиков",
            date(2025, 1, 1), "149-FZ of 27 July 2006, art. 10.6, as amended by 303-FZ of 8 August 2024",
            {"followers": 10_000},
        ),
        Rule(
            "platforms", PLATFORM_BANNED, "Platforms closed to ads", "Площадки, закрытые для рекламы",
            date(2025, 9, 1), "38-FZ of 13 March 2006, art. 5 part 10.7, as amended by 72-FZ of 7 April 2025",
            {"banned": ["instagram", "facebook", "x"], "contested": []}, date(2026, 3, 9),
        ),
        Rule(
            "platforms", PLATFORM_BANNED, "Platforms closed to ads", "Площадки, закрытые для рекламы",
            date(2026, 3, 10), "38-FZ, art. 5 part 10.7; statement of the antimonopoly service of 10 March 2026",
            {"banned": ["instagram", "facebook", "x"], "contested": ["telegram", "youtube"]},
        ),
        Rule(
            "erid", BEFORE_LIVE, "Ad label (erid) before going live", "Маркировка рекламы (erid) до выхода",
            date(2022, 9, 1), "38-FZ of 13 March 2006, art. 18.1",
        ),
        Rule(
            "foreign_agents", LISTED, "Not on the list of foreign agents", "Нет в реестре иностранных агентов",
            date(2024, 3, 22), "255-FZ of 14 July 2022; 38-FZ, art. 5 part 10.6, as amended by 42-FZ of 11 March 2024",
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class GateResult:
    """What one gate says of one profile on a day, with its evidence. numbers: what the check looked at."""

    gate: MarketGate
    state: GateState
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    answer: GateAnswer | None = None

    @property
    def name(self) -> str:
        """The gate's name in the reader's language."""
        return name(self.gate)

    @property
    def is_open(self) -> bool:
        """True where the gate keeps money from being spoken of: blocked, or a question nobody has answered."""
        return self.state in {GateState.BLOCKED, GateState.QUESTION}


def name(gate: MarketGate) -> str:
    """Return a gate's name in the reader's language."""
    return gate.name_ru if (get_language() or "").startswith("ru") else gate.name_en


def name_of(code: str) -> str:
    """Return the name of the gate with this code, where it is one that we know of; the code elsewhere."""
    rules = (rule for known in RULES.values() for rule in known if rule.code == code)
    found = next(rules, None)
    if found is None:
        return code
    return found.name_ru if (get_language() or "").startswith("ru") else found.name_en


def answers_of(profile: Profile, market: str) -> QuerySet[GateAnswer]:
    """Return what people found out about a profile at the gates of a market, with the gates."""
    return GateAnswer.objects.filter(profile=profile, gate__market=market).select_related("gate")


def install(market: Market, *, by: User | None, now: datetime) -> list[MarketGate]:
    """Write the gates we know of a market; those already there stay as they are. Returns the new rows."""
    made = []
    with transaction.atomic():
        for rule in RULES.get(market.code, ()):
            gate, is_new = MarketGate.objects.get_or_create(
                market=market, code=rule.code, valid_from_date=rule.valid_from,
                defaults={
                    "name_en": rule.name_en, "name_ru": rule.name_ru, "rule": rule.rule, "params": dict(rule.params),
                    "valid_until_date": rule.valid_until, "evidence": rule.evidence, "checked_on_date": CHECKED_ON,
                },
            )  # fmt: skip
            made += [gate] if is_new else []
        if made:
            body = {"what": "installed", "gates": [f"{gate.code} {gate.valid_from_date}" for gate in made]}
            log.record(Kind.GATE, stream=f"gates:{market.code}", by=by, body=body, market=market.code)
    return made


def in_force(market: Market, *, on: date) -> list[MarketGate]:
    """Return the gates of a market that hold on a day, in the order in which they are asked."""
    return in_force_of([market.code], on=on)


def in_force_of(markets: Sequence[str], *, on: date) -> list[MarketGate]:
    """Return the gates of several markets that hold on a day, in the order in which they are asked. One query."""
    return _in_order(holding(markets, on=on))


def holding(markets: Sequence[str], *, on: date) -> Held:
    """Return the gates of several markets that hold on a day, in no order."""
    dated = MarketGate.objects.filter(Q(valid_until_date__isnull=True) | Q(valid_until_date__gte=on))
    return dated.filter(market__in=markets, valid_from_date__lte=on).select_related("market")


def _in_order(gates: Iterable[MarketGate]) -> list[MarketGate]:
    order = [FOLLOWERS_OVER, PLATFORM_BANNED, LISTED, BEFORE_LIVE]
    return sorted(gates, key=lambda gate: (order.index(gate.rule), gate.code))


def check(profile: Profile, market: Market, *, on: date) -> list[GateResult]:
    """Return what each gate of a market says of a profile on a day. Two queries."""
    return check_all([profile], market, on=on)[profile.pk]


def check_all(profiles: Sequence[Profile], market: Market, *, on: date) -> dict[int, list[GateResult]]:
    """Return what each gate of a market says of several profiles on a day, by profile id. Two queries for all."""
    found = check_markets(profiles, [market.code], on=on)
    return {profile.pk: found[market.code, profile.pk] for profile in profiles}


def check_markets(
    profiles: Sequence[Profile], markets: Sequence[str], *, on: date, followers: Mapping[int, int | None] | None = None,
    given: Iterable[GateAnswer] | None = None, held: Held | None = None,
) -> dict[tuple[str, int], list[GateResult]]:  # fmt: skip
    """Return what the gates of several markets say of several profiles, by market and profile. Two queries.

    followers, given, held: by profile id, all answers, and what `holding` gave, where the caller has read them already;
    one query less with followers, and with the other two.
    """
    held = holding(markets, on=on) if held is None else held
    if given is None:
        given = found_out = GateAnswer.objects.filter(profile__in=profiles, gate__market__in=markets)
        at_once(held, found_out)
    gates = _in_order(held)
    # A day ends last twelve hours behind UTC: what was answered before is of that day, whoever's clock named it.
    end = datetime.combine(on, time(), UTC) + timedelta(hours=36)
    in_time = sorted((row for row in given if row.at < end), key=lambda row: row.pk)
    answers = {(row.profile_id, row.gate_id): row for row in in_time}
    known = followers if followers is not None else dict(sizes(profiles, on=on)) if gates else {}
    found: dict[tuple[str, int], list[GateResult]] = {(code, one.pk): [] for code in markets for one in profiles}
    for gate, one in product(gates, profiles):
        told = _answered(_check(gate, one, known.get(one.pk)), answers.get((one.pk, gate.pk)))
        found[gate.market_id, one.pk].append(told)
    return found


def sizes(profiles: Sequence[Profile], *, on: date) -> QuerySet[Profile, tuple[int, int | None]]:
    """Return the newest followers that are known of profiles on a day, by profile id."""
    known = Metrics.objects.visible().filter(profile=OuterRef("pk"), taken_at__lte=on, followers__isnull=False)
    newest = known.order_by("-taken_at", "-pk").values("followers")[:1]
    return Profile.objects.filter(pk__in=[one.pk for one in profiles]).values_list("pk", Subquery(newest))


def _check(gate: MarketGate, profile: Profile, followers: int | None) -> GateResult:
    match gate.rule:
        case "followers_over":
            return _size(gate, followers)
        case "platform_banned":
            return _platform(gate, profile.platform)
        case "before_live":
            return GateResult(gate, GateState.NOT_DUE, "before_live")
        case _:
            return GateResult(gate, GateState.QUESTION, "list_not_here")


def _size(gate: MarketGate, followers: int | None) -> GateResult:
    limit = gate.params["followers"]
    if followers is None:
        return GateResult(gate, GateState.QUESTION, "followers_unknown", {"limit": limit})
    numbers = {"followers": followers, "limit": limit}
    if followers <= limit:
        return GateResult(gate, GateState.PASSED, "followers_under", numbers)
    return GateResult(gate, GateState.QUESTION, "followers_over", numbers)


def _platform(gate: MarketGate, platform: str) -> GateResult:
    if platform in gate.params.get("banned", ()):
        return GateResult(gate, GateState.BLOCKED, "platform_banned")
    if platform in gate.params.get("contested", ()):
        return GateResult(gate, GateState.QUESTION, "platform_contested")
    return GateResult(gate, GateState.PASSED, "platform_open")


def _answered(found: GateResult, answer: GateAnswer | None) -> GateResult:
    # A ban is law, not an open question: nobody can answer it away.
    if answer is None or found.state is not GateState.QUESTION:
        return found
    state = GateState.PASSED if answer.is_passed else GateState.BLOCKED
    return GateResult(found.gate, state, "answered", found.numbers, answer)


def answer(
    profile: Profile, gate: MarketGate, *, is_passed: bool, evidence: str, by: User, now: datetime
) -> GateAnswer:
    """Record what a person found out about a profile at a gate. Raises NotAllowed and NotAnswered."""
    access.require(by, "decide", market=gate.market_id)
    evidence = " ".join(evidence.split())[:300]
    if not evidence:
        raise NotAnswered(_("Say where you looked it up: an address, or the number in the register."))
    if gate.rule in {PLATFORM_BANNED, BEFORE_LIVE} and profile.platform not in gate.params.get("contested", ()):
        raise NotAnswered(_("Nobody is asked about this gate: the rule itself says what holds."))
    with transaction.atomic():
        body = {"what": "answered", "gate": gate.code, "profile": profile.pk, "is_passed": is_passed}
        entry = log.record(
            Kind.GATE, stream=f"gates:{gate.market_id}", by=by, body=body, personal={"evidence": evidence},
            subject=profile.creator.subject, market=gate.market_id,
        )  # fmt: skip
        return GateAnswer.objects.create(gate=gate, profile=profile, is_passed=is_passed, by=by, at=now, audit=entry)
