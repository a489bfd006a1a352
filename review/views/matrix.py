"""What the pages of policies show: rows of the matrix, drafts with their effect, versions, stops. Words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import access, wording
from accounts.models import User
from jobs.models import Status
from review import dry_run, policies, queries, stops, words
from review.judgement.rights import BANDS, DecisionType
from review.models import Policy, ReviewTask, Route, Stakes, Stop
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
    note: str
    is_counting: bool


@dataclass(frozen=True)
class Version:
    """A version in the history, with how it differs from the one before."""

    policy: Policy
    differences: list[str]


@dataclass(frozen=True)
class Changed:
    """A card that the proposed rules would send elsewhere."""

    task: ReviewTask
    name: str
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


def draft(policy: Policy) -> Draft:
    """Return a draft with how it differs from the rules in force and what it would have done."""
    before = queries.in_force_beside(policy)
    job = dry_run.of(policy)
    result = job.result if job and job.status == Status.SUCCEEDED else {}
    is_counting = job is not None and not job.is_finished
    changes = rights.differences(before, policy) if before else [_("The first rules of this brand and market.")]
    effect = _effect(result) if result.get("cards") else []
    return Draft(policy, words.rule(policy), changes, effect, _note(result, is_counting=is_counting), is_counting)


def _effect(result: dict[str, Any]) -> list[tuple[Words, str, str]]:
    old, new = result["old"], result["new"]
    found: list[tuple[Words, str, str]] = [
        (_("Cards for people, last 90 days"), _pair(old["people"], new["people"]), _by(old, new, "stakes")),
        (_("Decided without a person"), _pair(old["alone"], new["alone"]), _by(old, new, "routes")),
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
    before = _("before: %(found)s") % {"found": _worked(old)}
    return [*found, (_("Of those, with a known result that worked out"), _worked(new), before)]


def _pair(one: int, two: int) -> str:
    return f"{wording.number(one)} → {wording.number(two)}"


ROUTES: dict[str, Words] = {"alone": gettext_lazy("without a person"), **{one.value: one.label for one in Route}}


def _by(old: dict[str, Any], new: dict[str, Any], what: str) -> str:
    names = ROUTES if what == "routes" else {one.value: one.label for one in Stakes}
    counts = ((label, old[what].get(code, 0), new[what].get(code, 0)) for code, label in names.items())
    return ", ".join(f"{label} {_pair(one, two)}" for label, one, two in counts if one or two)


def _worked(side: dict[str, Any]) -> str:
    if not side["known"]:
        return _("no result is known")
    return _("%(worked)d of %(known)d (%(low)s to %(high)s)") % {
        "worked": side["worked"], "known": side["known"], "low": wording.share(side["low_u6"] / MILLION),
        "high": wording.share(side["high_u6"] / MILLION),
    }  # fmt: skip


def _note(result: dict[str, Any], *, is_counting: bool) -> str:
    if is_counting:
        return _("What this would have done to the last 90 days is being counted. Load the page again in a minute.")
    if not result:
        return _("What this would have done to the last 90 days was not counted.")
    if not result["cards"]:
        return _("No card of the last 90 days can be tried: nothing was routed here, or before facts were kept.")
    lines = [
        ngettext(
            "Tried on %(n)d card of the last 90 days.", "Tried on %(n)d cards of the last 90 days.", result["cards"]
        )
        % {"n": result["cards"]},
        _(
            "Each verdict is set anew from the chance of that time and the proposed decision line. "
            "Whom a larger budget or another random share would have shown is not known. Months of results and whose "
            "referrals count stand as they were when a card was opened: changes of these are not tried."
        ),
    ]
    if result["unknown"] or result["sealed"]:
        lines.append(
            _("Left out: %(unknown)d from before facts were kept, %(sealed)d sealed.")
            % {"unknown": result["unknown"], "sealed": result["sealed"]}
        )
    return " ".join(lines)


def changed(result: dict[str, Any], *, user: User) -> list[Changed]:
    """Return the cards that would go elsewhere, as far as the reader may see them."""
    return [
        Changed(task, task.recommendation.creator.name or f"@{task.recommendation.profile.handle}",
                f"{task.get_route_display()}, {task.get_stakes_display()}", f"{lead.label}, {Stakes(stakes).label}")
        for task, lead, stakes in dry_run.changed_cards(result, user=user)
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
