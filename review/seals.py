"""Sealed cards: until a person commits a view, nothing of the AI's goes to whoever may review the card (blind-first).

A blind-first card is sealed from the end of the run until a view is committed on it or the case ends (`unsealed_at`).
Every page, list, count, export, notice and JSON that shows what the AI said asks here first. While `hides` is true the
reader gets none of: verdict, p, confidence, score, rank, factors, flags, knowledge, question, forecast, lane, value,
route, reasons that depend on them, similar cases chosen by them, or anything ordered or counted by them.

    hides(task, user)           one card
    hidden_among(tasks, user)   a list of cards, in one query
    hidden_from(user)           all of them, for `exclude(pk__in=...)`
    require_open(task, user)    for a page that has nothing to show of a sealed card: answers 403 with a sentence

Whoever has seen the AI's view of a creator in a campaign (`screening.exposures`) reads the card as it is: it is an
AI-first card for them, and their decision is recorded as that.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import BigIntegerField, CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Replace
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import User
from audit.models import Kind
from review.models import Arm, Lane, ReviewTask, TaskState
from review.routing import Reason
from screening.models import Campaign, Exposure, Profile, Verdict

SEALED = Q(arm=Arm.BLIND, unsealed_at__isnull=True)
NO_LANE = ""  # a sealed card stands in no lane but All
# What would be said of a creator whatever the AI's verdict and flags were. Reasons that stand only where no guardrail
# matched (medium stakes, shadow) are left out: their absence would tell of a flag.
SAID_FOR_ANY_VERDICT = frozenset({
    Reason.HIGH_FEE, Reason.HIGH_SHARE, Reason.NO_RATE, Reason.SENSITIVE, Reason.UNSEEN, Reason.NO_MODEL,
    Reason.OWNER_GONE, Reason.GATE, Reason.ASKED,
})  # fmt: skip


class Sealed(PermissionDenied):
    """Raised where a page would show what a card still keeps from its reader."""


def is_sealed(task: ReviewTask) -> bool:
    """Tell whether a card is sealed at all, whoever reads it."""
    return task.arm == Arm.BLIND and task.unsealed_at is None


def hides(task: ReviewTask, user: User) -> bool:
    """Tell whether a card is sealed for this reader: whoever may decide it. Analysts and admins read it as it is.

    An older card of the same creator in the same campaign is sealed with the newer one: it says nearly the same.
    """
    if not is_sealed(task) and not _is_sealed_since(task):
        return False
    return access.may(user, "decide", brand=task.brand, market=task.market) and not has_seen(task, user)


def with_seal(tasks: QuerySet[ReviewTask], user: User) -> QuerySet[ReviewTask]:
    """Let cards bring with them what `hides` asks about this reader, as they are read: it asks nothing more."""
    here = {"campaign": OuterRef("campaign"), "recommendation__creator": OuterRef("recommendation__creator")}
    newer = ReviewTask.objects.filter(SEALED, **here, pk__gt=OuterRef("pk"))
    seen = Exposure.objects.filter(
        user=user, campaign=OuterRef("campaign"), creator=OuterRef("recommendation__creator")
    )
    reader = Value(user.pk, output_field=BigIntegerField())
    return tasks.annotate(sealed_since=Exists(newer), was_seen=Exists(seen), seal_for=reader)


def _is_sealed_since(task: ReviewTask) -> bool:
    if task.state != TaskState.NOT_SHOWN:
        return False
    return bool(task.sealed_since) if hasattr(task, "sealed_since") else _sealed_since(task).exists()


def _sealed_since(task: ReviewTask) -> QuerySet[ReviewTask]:
    newer = ReviewTask.objects.filter(SEALED, campaign=task.campaign_id, pk__gt=task.pk)
    return newer.filter(recommendation__creator=task.recommendation.creator_id)


def has_seen(task: ReviewTask, user: User) -> bool:
    """Tell whether a person has seen the AI's view of this creator in this campaign before."""
    if getattr(task, "seal_for", None) == user.pk:
        return bool(task.was_seen)  # type: ignore[attr-defined]
    seen = Exposure.objects.filter(user=user, campaign=task.campaign_id, creator=task.recommendation.creator_id)
    return seen.exists()


def hidden_from(user: User) -> QuerySet[ReviewTask]:
    """Return the cards that are sealed for this reader, for `exclude(pk__in=...)` and lists of profiles."""
    seen = Exposure.objects.filter(
        user=user, campaign=OuterRef("campaign"), creator=OuterRef("recommendation__creator")
    )
    here = access.scope(user).query("brand", "market", access.MAY["decide"])
    return ReviewTask.objects.filter(SEALED, here).exclude(Exists(seen))


def sealed_profiles(campaign: Campaign, user: User | None = None) -> frozenset[int]:
    """Return all profiles of creators with a sealed card in a campaign, for one reader, or for anybody at all."""
    cards = ReviewTask.objects.filter(SEALED) if user is None else hidden_from(user)
    creators = cards.filter(campaign=campaign).values("recommendation__creator")
    return frozenset(Profile.objects.filter(creator__in=creators).values_list("pk", flat=True))


def sealed_creators(campaigns: Collection[int], user: User) -> frozenset[tuple[int, int]]:
    """Return who is sealed for a reader in these campaigns, as pairs of campaign and creator. One query."""
    cards = hidden_from(user).filter(campaign__in=campaigns)
    return frozenset(cards.values_list("campaign", "recommendation__creator"))


def kept_entries(user: User) -> Q | None:
    """Return the condition of the audit entries that would give a sealed card away to this reader, None for none.

    The card's own entries, and what the run said of everybody: its hash covers the sealed answer, its ranks count it.
    """
    hidden = hidden_from(user)
    if not access.scope(user).places(access.MAY["decide"]) or not hidden.exists():
        return None
    of_campaign = Concat(Value("campaign:"), Cast("campaign_id", CharField()))
    own = hidden.order_by().annotate(own_stream=Concat(Value("task:"), Cast("pk", CharField()))).values("own_stream")
    campaigns = hidden.order_by().annotate(own_stream=of_campaign).values("own_stream")
    of_run = Concat(Value("run:"), Cast("recommendation__run_id", CharField()))
    runs = hidden.order_by().annotate(own_stream=of_run).values("own_stream")
    # What colleagues note of a creator, or write beside a correction, may say what the AI answered.
    subject = Replace(Cast("recommendation__creator__subject", CharField()), Value("-"), Value(""))
    creators = hidden.order_by().annotate(own_stream=Concat(Value("creator:"), subject)).values("own_stream")
    noted = Q(kind__in=[Kind.RELATION, Kind.CORRECTION], stream__in=creators)
    said = Q(kind__in=[Kind.RECOMMENDATION, Kind.RUN, Kind.DISCOVERY], stream__in=campaigns)
    return Q(stream__in=own) | said | noted | Q(kind=Kind.ROUTING, stream__in=runs)


def above(user: User) -> Subquery:
    """Return, to annotate cards with, how many that are sealed for a reader rank higher in the run: none where null."""
    sealed = hidden_from(user).filter(
        recommendation__run=OuterRef("recommendation__run"), recommendation__rank__gt=0,
        recommendation__rank__lt=OuterRef("recommendation__rank"),
    )  # fmt: skip
    return Subquery(sealed.order_by().values("recommendation__run").annotate(n=Count("pk")).values("n"))


def told(tasks: QuerySet[ReviewTask], user: User) -> QuerySet[ReviewTask]:
    """Let a list bring with it which of its cards are sealed for a reader: `hidden_among` asks nothing more."""
    hidden = Exists(hidden_from(user).filter(pk=OuterRef("pk")))
    return tasks.annotate(is_hidden=hidden, asked_for=Value(user.pk, output_field=BigIntegerField()))


def hidden_among(tasks: Iterable[ReviewTask], user: User) -> set[int]:
    """Return which of these cards are sealed for this reader, by id. One query where any is, none after `told`."""
    found = list(tasks)
    if all(getattr(task, "asked_for", None) == user.pk for task in found):
        return {task.pk for task in found if task.is_hidden}  # type: ignore[attr-defined]
    sealed = [task.pk for task in found if is_sealed(task)]
    return set(hidden_from(user).filter(pk__in=sealed).values_list("pk", flat=True)) if sealed else set()


def hidden_too(user: User) -> Q:
    """Return the condition of the cards that `hides` this reader, to annotate or filter cards with."""
    hidden = hidden_from(user)
    newer = hidden.filter(
        campaign=OuterRef("campaign"),
        recommendation__creator=OuterRef("recommendation__creator"),
        pk__gt=OuterRef("pk"),
    )
    return Q(Exists(hidden.filter(pk=OuterRef("pk")))) | Q(Q(state=TaskState.NOT_SHOWN), Exists(newer))


def hidden_of(creator: int, user: User) -> QuerySet[ReviewTask, tuple[int, int]]:
    """Return campaign and id of a creator's cards that are sealed for this reader, for `hides_of`."""
    return hidden_from(user).filter(recommendation__creator=creator).values_list("campaign", "pk")


def hides_of(cards: Iterable[tuple[int, int]], tasks: Iterable[ReviewTask]) -> tuple[set[int], frozenset[int]]:
    """Return which of a creator's cards `hides` the reader, and the campaigns with a sealed one.

    cards: what `hidden_of` gave for this creator and reader.
    """
    newest: dict[int, int] = {}
    for campaign, pk in cards:
        newest[campaign] = max(pk, newest.get(campaign, 0))
    sealed = {pk for _campaign, pk in cards}
    older = {one.pk for one in tasks if one.state == TaskState.NOT_SHOWN and one.pk < newest.get(one.campaign_id, 0)}
    return sealed | older, frozenset(newest)


def who_may_know(task: ReviewTask, people: Iterable[User], deciders: Iterable[int]) -> set[int]:
    """Return which of these people the card is not sealed for, by id. One query on a sealed card.

    deciders: the ids of those who may decide there, live members of the place.
    """
    asked, kept = {one.pk for one in people}, set(deciders)
    if not is_sealed(task) and not _is_sealed_since(task):
        return asked
    seen = Exposure.objects.filter(
        user__in=asked & kept, campaign=task.campaign_id, creator=task.recommendation.creator_id
    )
    return asked - kept | set(seen.values_list("user", flat=True))


def require_open(task: ReviewTask, user: User) -> None:
    """Refuse a page that has nothing to show of a card that is sealed for its reader. Raises Sealed."""
    if hides(task, user):
        raise Sealed(_("This card is sealed. Commit your view on it first: the AI’s verdict opens with it."))


def opened(task: ReviewTask, *, now: datetime) -> dict[str, Any]:
    """Return what changes on a card when its seal is broken; nothing on one that is open."""
    return {"unsealed_at": now, "lane": _lane(task)} if is_sealed(task) else {}


def _lane(task: ReviewTask) -> str:
    # As routing.lane_of puts it: what routing knew besides stands in the reasons.
    codes = {code for code, _numbers in task.reasons}
    if Reason.DRAWN in codes:
        return Lane.EXPLORE
    if task.recommendation.verdict == Verdict.UNSURE:
        return Lane.UNCERTAIN
    return Lane.TOP if Reason.TOP in codes else Lane.CUT
