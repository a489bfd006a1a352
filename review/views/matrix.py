"""What the pages of policies show: rows of the matrix, drafts with their effect, versions, stops. Words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import access, wording
from accounts.models import User
from jobs.models import Job
from review import dry_run, policies, queries, stops, words
from review.judgement.rights import BANDS, DecisionType
from review.models import Arm, Policy, Stakes, Stop, TaskState
from review.overlays import words_by_entry
from review.words import rights
from screening.forms import market_name
from screening.words import decision_line

Words = str | Promise
MILLION = 1_000_000


@dataclass(frozen=True)
class Row:
    """A line of the matrix: low, medium and high stakes."""

    title: Words
    lines: list[str]
    cells: list[rights.Cell]
    url: int | None = None  # id of the policy


@dataclass(frozen=True)
class Draft:
    """A draft that waits: what it changes, and what it would have done."""

    policy: Policy
    name: str
    differences: list[str]
    effect: list[tuple[Words, str, str]]  # label, figure, what stands behind it
    ways: list[tuple[Words, str]]  # who leads, and their cards as it went and as it would go
    note: list[str]
    changed: int  # creators who would go elsewhere


@dataclass(frozen=True)
class Version:
    """A version in the history, with how it differs from the one before."""

    policy: Policy
    differences: list[str]


@dataclass(frozen=True)
class Changed:
    """A creator whom the proposed rules would treat otherwise. task: the card, None where there was none."""

    name: str
    task: int | None
    run: int
    profile: int
    was: str
    would: str


@dataclass(frozen=True)
class Stopped:
    """A stop as its banner shows it."""

    stop: Stop
    place: str
    reason: str
    may_end: bool
    is_asked: bool
    is_own: bool


@dataclass(frozen=True)
class Place:
    """A brand and market whose AI the person can stop."""

    brand: str
    market: str
    name: str


def rows(found: Sequence[Policy], kind: str, *, stops: Sequence[Stop]) -> list[Row]:
    """Return the matrix of one kind of decision: a row a policy, and for partnerships fast track and random picks."""
    out = [_row(one, kind, is_stopped=any(is_about(stop, one) for stop in stops)) for one in found]
    if kind == DecisionType.PARTNERSHIP:
        out += _grouped(found, gettext_lazy("Fast track"), rights.fast_cells)
        out += _grouped(found, gettext_lazy("Exploration pick"), rights.random_cells)
    return out


def _row(policy: Policy, kind: str, *, is_stopped: bool) -> Row:
    currency = policy.brand.currency
    owner = _("%(name)s, version %(version)d · owner %(owner)s") % {
        "name": words.rule(policy), "version": policy.version, "owner": policy.owner.name,
    }  # fmt: skip
    stakes = _("medium from %(medium)s, high from %(high)s or %(share)s of the budget") % {
        "medium": wording.money(policy.medium_fee_minor, currency),
        "high": wording.money(policy.high_fee_minor, currency),
        "share": wording.share(policy.high_budget_share_u6 / MILLION),
    }
    cells = [rights.cell(policy, kind, band, is_stopped=is_stopped) for band in BANDS]
    line = decision_line(policies.line(policy))
    return Row(f"{policy.brand.name}, {market_name(policy.market)}", [owner, stakes, line], cells, policy.pk)


def _grouped(found: Sequence[Policy], title: Words, cells: Any) -> list[Row]:
    # Policies that say the same share a row.
    groups: dict[str, tuple[list[rights.Cell], list[str]]] = {}
    for one in found:
        said = cells(one)
        key = repr([(cell.look, str(cell.who), cell.lines) for cell in said])
        groups.setdefault(key, (said, []))[1].append(f"{one.brand.name}, {words.rule(one)}")
    return [Row(title, ["; ".join(names)], said) for said, names in groups.values()]


def is_about(stop: Stop, policy: Policy) -> bool:
    """Tell whether a stop holds for a policy's brand and market."""
    return stop.market_id == policy.market_id and stop.brand in {"", policy.brand_id}


def draft(policy: Policy, *, user: User) -> tuple[Draft, list[Changed]]:
    """Return a draft with how it differs from the rules in force, what it would have done, and some of it by name."""
    before = queries.in_force_beside(policy)
    job = dry_run.of(policy)
    result = dry_run.found(job)
    changes = rights.differences(before, policy) if before else [_("The first rules of this brand and market.")]
    has_cards = bool(result.get("cards"))
    effect, ways = (_effect(result), _ways(result)) if has_cards else ([], [])
    note = _counting(job) if job and not job.is_finished else _note(result)
    made = Draft(policy, words.rule(policy), changes, effect, ways, note, result.get("n_changed", 0))
    return made, changed(result, user=user) if has_cards else []


def _effect(result: dict[str, Any]) -> list[tuple[Words, str, str]]:
    old, new = result["old"], result["new"]
    found: list[tuple[Words, str, str]] = [
        (_("Cards for people, last 90 days"), _pair(old["people"], new["people"]), _stakes(old, new)),
        (_("Decided without a person"), _pair(old["alone"], new["alone"]), ""),
        (
            _("Of those, with a known result that worked out"),
            _worked(new),
            _("before: %(found)s") % {"found": _worked(old)},
        ),
    ]
    per_card, timed = result["median_seconds"], result["timed"]
    if per_card:
        hours = [wording.number(side["people"] * per_card / 3600, 1) for side in (old, new)]
        behind = ngettext(
            "at %(minutes)s a card, the median of %(n)d decision",
            "at %(minutes)s a card, the median of %(n)d decisions",
            timed,
        ) % {"minutes": wording.left(max(60, per_card)), "n": timed}  # fmt: skip
        found.append((_("People’s time, hours"), f"{hours[0]} → {hours[1]}", behind))
    else:
        found.append((_("People’s time, hours"), "—", _("no decision of the last 90 days was timed")))
    return found


def _pair(one: int, two: int) -> str:
    return f"{wording.number(one)} → {wording.number(two)}"


WAYS: dict[str, Words] = {
    "alone": gettext_lazy("Without a person"), "spot": gettext_lazy("The AI, with a spot check"),
    "fast": gettext_lazy("Fast track"), "review": gettext_lazy("A person"), "expert": gettext_lazy("A regional expert"),
    "manager": gettext_lazy("A person and a manager"), "drawn": gettext_lazy("A person, drawn at random"),
}  # fmt: skip


def _stakes(old: dict[str, Any], new: dict[str, Any]) -> str:
    counts = ((one.label, old["stakes"].get(one.value, 0), new["stakes"].get(one.value, 0)) for one in Stakes)
    return ", ".join(f"{label} {_pair(one, two)}" for label, one, two in counts if one or two)


def _ways(result: dict[str, Any]) -> list[tuple[Words, str]]:
    """Return the counts by who leads; each card stands in one line, and the last line is a part of those of people."""
    old, new = result["old"], result["new"]
    counts = [(label, old["ways"].get(way, 0), new["ways"].get(way, 0)) for way, label in WAYS.items()]
    counts.append((gettext_lazy("Of these, blind-first"), old["blind"], new["blind"]))
    return [(label, _pair(one, two)) for label, one, two in counts if one or two]


def _worked(side: dict[str, Any]) -> str:
    if not side["known"]:
        return _("no result is known")
    return _("%(worked)d of %(known)d (%(low)s to %(high)s)") % {
        "worked": side["worked"], "known": side["known"], "low": wording.share(side["low_u6"] / MILLION),
        "high": wording.share(side["high_u6"] / MILLION),
    }  # fmt: skip


def _counting(job: Job) -> list[str]:
    lines = [_("What this would have done to the last 90 days is being counted. Load the page again in a minute.")]
    if job.total:
        lines.append(_("%(done)d of %(total)d runs so far.") % {"done": job.done, "total": job.total})
    return lines


def _note(result: dict[str, Any]) -> list[str]:
    if not result:
        return [_("What this would have done to the last 90 days was not counted.")]
    if not result["cards"]:
        return [_("No card of the last 90 days can be tried: nothing was routed here, or before facts were kept.")]
    tried = ngettext(
        "Tried on %(n)d card of the last 90 days.", "Tried on %(n)d cards of the last 90 days.", result["cards"]
    ) % {"n": result["cards"]}  # fmt: skip
    lines = [f"{tried} {_played(result)}", *([_others(result)] if result["played"] < result["runs"] else [])]
    if result["unknown"] or result["sealed"]:
        lines.append(
            _("Left out: %(unknown)d from before facts were kept, %(sealed)d sealed.")
            % {"unknown": result["unknown"], "sealed": result["sealed"]}
        )
    if result["opened"]:
        said = _("In %(n)d runs the brand was in shadow, or a model that had just learned: approving rules ends that.")
        lines.append(said % {"n": result["opened"]})
    return [*lines, *_limits()]


def _played(result: dict[str, Any]) -> str:
    return _(
        "%(n)d of %(of)d runs could be played again exactly: of these, another number of cards for people, random "
        "share, age of results and whose referral counts are tried too, with the draws of that time."
    ) % {"n": result["played"], "of": result["runs"]}  # fmt: skip


def _others(result: dict[str, Any]) -> str:
    why = (
        (result["sealed_runs"], _("a card of the campaign is still sealed: %(n)d")),
        (result["unlike"], _("the rules of that time do not give the same cards any more: %(n)d")),
        (result["old_runs"], _("routed before facts were kept: %(n)d")),
    )
    return _(
        "The cards of the others (%(reasons)s) are routed again one by one. Whom those runs would have shown "
        "otherwise is not known; age of results and whose referral counts stand there as they were."
    ) % {"reasons": "; ".join(said % {"n": n} for n, said in why if n)}  # fmt: skip


def _limits() -> list[str]:
    return [
        _("Each verdict is set anew from the chance of that time and the proposed decision line."),
        _(
            "Not known: what people would have decided on other cards, and what that would have changed in later "
            "runs. Each run is tried by itself."
        ),
        _("As then: a stop, and who held which role. As today: sensitive topics."),
        _(
            "Not tried, since it routes no card: deadlines and what happens at them, undo, practice, the password for "
            "approvals."
        ),
    ]  # fmt: skip


def _way(said: list[Any] | None) -> str:
    if said is None:
        return str(TaskState.NOT_SHOWN.label)
    kind, stakes, is_blind = said
    parts = [str(WAYS[kind]), str(Stakes(stakes).label), *([str(Arm.BLIND.label)] if is_blind else [])]
    return ", ".join(parts)


def changed(result: dict[str, Any], *, user: User) -> list[Changed]:
    """Return creators whom the rules would treat otherwise, as far as the reader may see them."""
    return [
        Changed(one.profile.creator.name or f"@{one.profile.handle}", one.task, one.run, one.profile.pk,
                _way(one.was), _way(one.would))
        for one in dry_run.examples(result, user=user)
    ]  # fmt: skip


def history(versions: Sequence[Policy]) -> list[Version]:
    """Return the versions, newest first, each with how it differs from the one before."""
    older: list[Policy | None] = [*versions[1:], None]
    return [Version(one, rights.differences(two, one) if two else []) for one, two in zip(versions, older, strict=True)]


def stopped(found: Sequence[Stop], *, user: User) -> list[Stopped]:
    """Return stops with their reasons and what this person may do about them. Two queries."""
    names = queries.brand_names({one.brand for one in found}) if found else {}
    said = words_by_entry([one.audit_id for one in found]) if found else {}
    return [
        Stopped(
            one, f"{names.get(one.brand) or _('all brands')}, {market_name(one.market)}",
            said.get(one.audit_id, {}).get("reason", ""), stops.may_stop(user, one.brand, one.market_id),
            one.proposed_by_id is not None, one.proposed_by_id == user.pk,
        )
        for one in found
    ]  # fmt: skip


def places(active: Sequence[Policy], *, user: User, stops: Sequence[Stop]) -> list[Place]:
    """Return where this person can stop the AI and it runs."""
    return [
        Place(one.brand_id, one.market_id, f"{one.brand.name}, {market_name(one.market)}")
        for one in active
        if access.may(user, "policy", brand=one.brand_id, market=one.market_id)
        and not any(is_about(stop, one) and stop.model_id is None for stop in stops)
    ]
