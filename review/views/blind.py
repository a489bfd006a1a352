"""A sealed card in words: plain data, and the form that commits a first view."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import sight, wording
from accounts.models import User
from review import handoffs, queries, words
from review.forms import FirstViewForm
from review.models import ReviewTask
from review.queries import BlindCard
from review.views import cards, rows
from screening import figure_words

MILLION = 1_000_000


@dataclass(frozen=True)
class Fact:
    """A plain figure of a profile with its age."""

    label: str
    value: str


@dataclass(frozen=True)
class BlindFace:
    """What the page of a sealed card says, in words."""

    card: BlindCard
    name: str
    language: str
    place: str
    fee: str
    stakes: str
    figures: str
    share: str
    why: list[str]
    rule: str
    expiry: str
    facts: list[Fact]
    as_of: str
    gates: list[cards.Gate]
    past: list[cards.Work]
    market: str


def face(card: BlindCard, *, now: datetime) -> BlindFace:
    """Return a sealed card in the reader's words."""
    task = card.task
    answer, market = task.recommendation, task.campaign.market
    name = answer.creator.name or f"@{answer.profile.handle}"
    followers = next((one for one in card.figures if one.name == "followers"), None)
    size = figure_words.shown(followers) if followers else ""
    return BlindFace(
        card=card, name=name, language=rows.script(name),
        place=" · ".join(dict.fromkeys(filter(None, (market.code, answer.profile.country)))),
        fee=sight.fee(task),
        stakes=_("%(stakes)s stakes") % {"stakes": task.get_stakes_display()},
        figures=f"{answer.profile.get_platform_display()} {size}".strip(),
        share=_share(task), why=words.reasons_sealed(task), rule=words.rule(task.policy),
        expiry=words.on_expiry_sealed(task, now=now, manager=str(card.manager or "")),
        facts=[Fact(figure_words.name(one.name), figure_words.shown(one)) for one in card.figures],
        as_of=wording.day(max(one.as_of_date for one in card.figures)) if card.figures else "",
        gates=[cards.gate(one, {}) for one in card.gates], past=[cards.work(one) for one in card.past],
        market=market.name_ru if wording.is_russian() else market.name_en,
    )  # fmt: skip


def _share(task: ReviewTask) -> str:
    if task.arm_share_u6 >= MILLION:
        return _("Every card like this is sealed, so that we can tell what people add to the AI.")
    return _("%(share)s of such cards are sealed, so that we can tell what people add to the AI.") % {
        "share": wording.share(task.arm_share_u6 / MILLION)
    }


def context(
    task: ReviewTask, *, user: User, form: FirstViewForm | None, moved: str, now: datetime,
    also: Iterable[QuerySet[Any, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return what the workbench shows of a sealed card. form: as it was sent; moved: why nothing was saved.

    also: what the page shows besides, read in the same statement.
    """
    whole = queries.blind_card(task, user=user, now=now, also=also)
    return {
        "task": task, "card": whole, "face": face(whole, now=now), "is_blind": True, "moved": moved,
        "form": form or FirstViewForm(initial={"version": task.version}), "is_mine": whole.holder == user,
        "may_commit": "first_view" in whole.allowed,
        "handed": handoffs.waiting_for(task, user=user, newest=whole.handoffs),
    }  # fmt: skip
