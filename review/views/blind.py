"""A sealed card in words: plain data, and the form that commits a first view."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import sight, wording
from accounts.models import User
from review import handoffs, queries, words
from review.forms import FirstViewForm
from review.models import ReviewTask
from review.queries import BlindCard
from review.views import cards, rows
from screening import figure_words
from screening import words as screening
from screening.models import Metrics

MILLION = 1_000_000
MOST_WORDS, MOST_NAMED = 8, 5  # of a period's posts
_VIEWS, _COMMENTS = gettext_lazy("%(n)s views a post"), gettext_lazy("%(n)s comments a post")


@dataclass(frozen=True)
class Fact:
    """A plain figure of a profile with its age."""

    label: str
    value: str


@dataclass(frozen=True)
class Posts:
    """What is kept of a period's posts: the words they repeat, the accounts they name, and how they did."""

    words: str
    language: str  # of the words, by their script
    accounts: str
    line: str


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
    posts: list[Posts]
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
        posts=[_posts(one) for one in card.posts],
        gates=[cards.gate(one, {}) for one in card.gates], past=[cards.work(one) for one in card.past],
        market=market.name_ru if wording.is_russian() else market.name_en,
    )  # fmt: skip


def _posts(row: Metrics) -> Posts:
    said = " · ".join(str(word) for word, *_n in (row.said or [])[:MOST_WORDS])
    named = ", ".join(f"@{account}" for account, *_n in (row.named or [])[:MOST_NAMED])
    return Posts(said, rows.script(said), named, " · ".join(_told(row)))


def _told(row: Metrics) -> Iterator[str]:
    """Yield what a period's posts came to, each only where it is known."""
    assert row.posts_in_period is not None
    given = {"n": wording.number(row.posts_in_period), "day": wording.day(row.taken_at)}
    counted = ngettext("%(n)s post until %(day)s", "%(n)s posts until %(day)s", row.posts_in_period)
    yield counted % given
    for value, words_of in ((row.views_avg, _VIEWS), (row.comments_avg, _COMMENTS)):
        if value is not None:
            yield str(words_of) % {"n": screening.compact(value)}
    if (ads := row.ads_in_period) is not None:
        yield (
            ngettext("%(n)s marked as an ad", "%(n)s marked as ads", ads) % {"n": wording.number(ads)}
            if ads
            else _("none marked as an ad")
        )
    if (gap := row.gap_days) is not None:
        yield ngettext("longest silence %(n)s day", "longest silence %(n)s days", gap) % {"n": wording.number(gap)}


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
