"""The list of the queue in words: its lines, lanes and ways to narrow it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts import sight, wording
from accounts.models import User
from review import decisions, queries, saved_views, seals, words, workflow
from review.listing import MOST_COUNTED, Filters, QueuePage
from review.models import Choice, Decision, Lane, ReviewTask, SavedView, Stakes, TaskState
from review.routing import Reason
from screening.models import Recommendation, Verdict

Words = str | Promise
SIGNS = {
    Reason.PROVEN: "bolt", Reason.REFERRED: "bolt", Reason.SPOT_CHECK: "dice", Reason.DRAWN: "dice", Reason.TOP: "star",
    Reason.AT_CUT: "target", Reason.HIGH_FEE: "split", Reason.HIGH_SHARE: "split", Reason.SERIOUS_FLAG: "flag",
    Reason.GATE: "law",
    Reason.SENSITIVE: "alert", Reason.ASKED: "lens", Reason.NO_MODEL: "chip", Reason.UNSEEN: "compass",
}  # fmt: skip
WHOSE: dict[str, Words] = {
    "mine": gettext_lazy("Mine"), "markets": gettext_lazy("My markets"), "unassigned": gettext_lazy("Unassigned"),
    "all": gettext_lazy("All I may see"),
}  # fmt: skip
STATES: dict[str, Words] = {
    TaskState.OPEN: pgettext_lazy("cards", "Open"), TaskState.ESCALATED: pgettext_lazy("cards", "With the manager"),
    TaskState.HELD: pgettext_lazy("cards", "Held"), TaskState.AWAITING: pgettext_lazy("cards", "Waiting for approval"),
    TaskState.WITHDRAWN: pgettext_lazy("cards", "Withdrawn by the creator"),
    TaskState.TAKEN: pgettext_lazy("cards", "Taken by another brand"),
}  # fmt: skip
STAKES: dict[str, Words] = {
    "": gettext_lazy("Any stakes"), Stakes.LOW: gettext_lazy("Low stakes"),
    Stakes.MEDIUM: gettext_lazy("Medium stakes"), Stakes.HIGH: gettext_lazy("High stakes"),
}  # fmt: skip
SAID: dict[str, Words] = {
    Verdict.RECOMMEND: gettext_lazy("Partner %(share)s"),
    Verdict.DECLINE: gettext_lazy("Do not partner %(share)s"),
    Verdict.UNSURE: gettext_lazy("Unsure"),
}


def said(answer: Recommendation) -> str:
    """Return the AI's verdict with its confidence, as lists show it; Unsure has none."""
    share = wording.percent(answer.confidence or 0.5)
    return str(SAID[answer.verdict]) % {"share": share}


def sign(task: ReviewTask) -> str:
    """Return the sign of the first reason."""
    return SIGNS.get(task.reasons[0][0], "gauge") if task.reasons else "gauge"


def script(text: str) -> str:
    """Return the language that a name's script tells a screen reader, empty for Latin."""
    return "ru" if any("а" <= letter <= "я" or letter == "ё" for letter in text.lower()) else ""


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    task: ReviewTask
    name: str
    language: str
    score: float | None  # None: sealed
    sign: str
    why: str
    meta: str
    is_locked: bool
    is_current: bool
    key: str  # keys that lead here
    pick: str  # what selecting it sends: the card and the version that is shown


def rows(tasks: Sequence[ReviewTask], *, user: User, now: datetime, current: int | None) -> list[Row]:
    """Return the lines of a page; the neighbours of the current one bear the keys that lead to them."""
    at = next((n for n, task in enumerate(tasks) if task.pk == current), -1)
    keys = {at + 1: "j ArrowDown", at - 1: "k ArrowUp"}
    sealed = seals.hidden_among(tasks, user)
    return [
        _row(task, user=user, now=now, is_current=n == at, key=keys.get(n, ""), is_sealed=task.pk in sealed)
        for n, task in enumerate(tasks)
    ]


SEALED_WHY = gettext_lazy("Blind-first, your view opens it")
SEALED_SAID = gettext_lazy("verdict sealed")


def _row(task: ReviewTask, *, user: User, now: datetime, is_current: bool, key: str, is_sealed: bool) -> Row:
    answer = task.recommendation
    name = answer.creator.name or f"@{answer.profile.handle}"
    is_locked = _is_others(task, user=user, now=now)
    fee = sight.fee(task)
    short = str(SEALED_WHY) if is_sealed else why(task)
    return Row(
        task=task, name=name, language=script(name), score=None if is_sealed else answer.score,
        sign="lock" if is_locked else "eyeoff" if is_sealed else "split" if task.differs_id else sign(task),
        why=_("Held by %(name)s") % {"name": task.claimed_by} if is_locked else short,
        meta=f"{task.market} · {fee} · {SEALED_SAID if is_sealed else said(answer)}",
        is_locked=is_locked, is_current=is_current, key=key, pick=f"{task.pk}.{task.version}",
    )  # fmt: skip


def why(task: ReviewTask) -> str:
    """Return in a few words why a card is here; a person who contradicts the AI comes before the first reason."""
    if task.differs is None:
        return words.short_reason(task)
    yes = task.recommendation.verdict == Verdict.RECOMMEND
    said = _("AI: Partner. %(name)s is against") if yes else _("AI: Do not partner. %(name)s is for it")
    return said % {"name": task.differs.name.split()[0]}


@dataclass(frozen=True)
class Option:
    """One way to narrow the list, with the count of cards there."""

    code: str
    label: Words
    url: str
    is_current: bool
    count: int = 0
    key: str = ""

    @property
    def shown(self) -> str:
        """The count as people read it; where counting stopped, with a plus."""
        return counted(self.count)


def counted(count: int) -> str:
    """Return a count of cards, "500+" where the listing counted no further."""
    return f"{wording.number(count)}+" if count >= MOST_COUNTED else wording.number(count)


@dataclass(frozen=True)
class Places:
    """A choice among brands, markets or campaigns. everything: the words for no choice."""

    name: str
    label: Words
    everything: Words
    options: list[Option]


@dataclass(frozen=True)
class Kept:
    """A view that the person has kept."""

    view: SavedView
    url: str
    is_current: bool


@dataclass(frozen=True)
class Narrow:
    """Every way to narrow the list."""

    lanes: list[Option]
    whose: list[Option]
    states: list[Option]
    stakes: list[Option]
    places: list[Places]
    saved: list[Kept]
    kept: str  # the query string without the page, to keep as a view
    filters: Filters
    total: str
    next_url: str
    query: str

    @property
    def is_set(self) -> bool:
        """Whether a filter leaves cards out; lane and scope stand above the list anyway."""
        now = self.filters
        return any((now.state != TaskState.OPEN, now.stakes, *now.places, now.search))

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The filters as fields of a form."""
        return parse_qsl(self.kept)


def narrow(page: QueuePage, asked: QueryDict) -> Narrow:
    """Return lanes, scopes and filters as links that keep all the others."""
    now, kept = page.filters, saved_views.query_of(page.filters)
    lanes = [("", gettext_lazy("All")), *((lane.value, lane.label) for lane in Lane)]
    return Narrow(
        lanes=[
            Option(code, label, _url(asked, lane=code), code == now.lane, page.lanes.get(code, 0), str(n))
            for n, (code, label) in enumerate(lanes, 1)
        ],
        whose=[Option(code, label, "", code == now.whose, page.whose[code]) for code, label in WHOSE.items()],
        states=[Option(code, label, "", code == now.state) for code, label in STATES.items()],
        stakes=[Option(code, label, "", code == now.stakes) for code, label in STAKES.items()],
        places=_places(page),
        saved=[
            Kept(one, f"{reverse('queue')}?{one.query}" if one.query else reverse("queue"), one.query == kept)
            for one in page.ground.views
        ],
        kept=kept,
        filters=now,
        total=counted(page.lanes.get("", 0)),
        next_url=_url(asked, cursor=page.next_cursor) if page.next_cursor else "",
        query=f"?{text}" if (text := asked.urlencode()) else "",
    )


def _places(page: QueuePage) -> list[Places]:
    now, rows = page.filters, page.ground.campaigns
    of_market = "market_ru" if wording.is_russian() else "market_en"
    found = (
        ("brand", gettext_lazy("Brand"), gettext_lazy("All brands"), {one.brand: one.brand_name for one in rows}),
        (
            "market", gettext_lazy("Market"), gettext_lazy("All markets"),
            {one.market: getattr(one, of_market) for one in rows},
        ),
        ("campaign", gettext_lazy("Campaign"), gettext_lazy("All campaigns"), {one.slug: one.name for one in rows}),
    )  # fmt: skip
    return [
        Places(name, label, everything, [
            Option(code, words, "", code == getattr(now, name)) for code, words in sorted(known.items(), key=_by_name)
        ])
        for name, label, everything, known in found
    ]  # fmt: skip


def _by_name(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


def _url(asked: QueryDict, **changes: str) -> str:
    kept = {name: value for name, value in asked.items() if name != "cursor"} | changes
    text = urlencode({name: value for name, value in kept.items() if value})
    return reverse("queue") + (f"?{text}" if text else "")


def after(task: ReviewTask, cards: Iterable[ReviewTask], *, user: User, now: datetime) -> ReviewTask | None:
    """Return the card that comes next: the first behind this one that waits for the person, else the first at all."""
    others = [one for one in cards if one.pk != task.pk and workflow.knows(one, user)]
    free = [one for one in others if not _is_others(one, user=user, now=now)]
    behind = (one for one in free if (one.value, one.pk) < (task.value, task.pk))
    return next(behind, free[0] if free else None)


def first(cards: Iterable[ReviewTask], *, user: User, now: datetime) -> ReviewTask | None:
    """Return the first card of a list that the person can take."""
    known = (one for one in cards if workflow.knows(one, user))
    return next((one for one in known if not _is_others(one, user=user, now=now)), None)


def _is_others(task: ReviewTask, *, user: User, now: datetime) -> bool:
    return task.claimed_by_id not in {None, user.pk} and task.claimed_until is not None and task.claimed_until > now


@dataclass(frozen=True)
class Done:
    """A decision of today, with the time in which it can still be taken back."""

    decision: Decision
    name: str
    language: str
    label: str
    seconds: int

    @property
    def can_undo(self) -> bool:
        """Tell whether it can still be taken back, as the clock and the card stand."""
        return self.seconds > 0 and "undo" in queries.MOVABLE[TaskState(self.decision.task.state)]


DONE: dict[str, Words] = {
    Choice.APPROVE: gettext_lazy("Approved"), Choice.REJECT: gettext_lazy("Rejected"),
    Choice.HOLD: gettext_lazy("Held"),
}  # fmt: skip


# What became of an Approve on high stakes, by where its card stands: a manager answers it.
SENT: dict[str, Words] = {
    TaskState.AWAITING: gettext_lazy("Sent for approval"), TaskState.APPROVED: DONE[Choice.APPROVE],
    TaskState.REJECTED: gettext_lazy("Approval refused"),
}  # fmt: skip


def ended(made: Decision) -> str:
    """Return what became of a decision that stands."""
    if made.choice == Choice.APPROVE and workflow.needs_manager(made.task):
        return str(SENT.get(made.task.state, gettext_lazy("Sent back with a question")))
    return str(DONE[made.choice])


def done(made: Iterable[Decision], *, now: datetime) -> list[Done]:
    """Return the person's decisions of today, newest first."""
    return [_done(one, now=now) for one in made]


def _done(one: Decision, *, now: datetime) -> Done:
    answer = one.task.recommendation
    name = answer.creator.name or f"@{answer.profile.handle}"
    is_sent = one.choice == Choice.APPROVE and workflow.needs_manager(one.task)
    label = _("Decided against the AI") if one.is_override and not is_sent else ended(one)
    return Done(one, name, script(name), label, decisions.undo_seconds_left(one, now=now))
