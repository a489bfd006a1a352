"""The queue with one card and its desk: a whole page, or for htmx the part of it that changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.forms import Form, MultipleChoiceField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from accounts import access
from accounts.at_once import at_once
from accounts.models import User
from jobs import lease
from review import (
    attention,
    bulk,
    claims,
    friction,
    listing,
    policies,
    practice,
    queries,
    seals,
    workflow,
)
from review.forms import TOP, DeskForm, FirstViewForm, NoteForm
from review.forms.cases import CaseForm
from review.listing import Filters
from review.models import Decision, Draft, Friction, ReviewTask, Stop
from review.queries import View
from review.queries.together import figure
from review.views import blind, cards, changes, clock, found, is_fragment, person, precedents, rows, thread, together
from review.views.both import both
from review.views.changes import Changed
from review.views.together import Together
from review.words.overrides import overrides
from screening import drift, exposures
from screening.models import Profile, ScoringModel
from screening.words import knowledge

AHEAD = "X-Ahead"  # a script says "prefetch" in it: browsers keep Sec-Purpose to themselves
SHOWN_DONE = 12  # decisions of today that the list remembers


@dataclass
class Shown:
    """What a page of the workbench shows beside a card as it stands.

    form: the desk as it was sent. asks: the decision whose reason is asked for. moved: why nothing was saved. Both keep
    what was typed. with_list: the fragment brings the list as well, because it changed. opens: the card is opened by
    this answer, and from now on its time counts. before: what a card that moved was when its form was shown.
    """

    form: DeskForm | None = None
    asks: str = ""
    moved: str = ""
    note: NoteForm | None = None
    case: CaseForm | None = None  # a question or a card passed up, as it was sent
    first: FirstViewForm | None = None
    with_list: bool = False
    opens: bool = False
    friction: Friction | None = None
    before: list[Changed] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show the list; a card is opened from it. Whoever comes to it anew may find a practice card open."""
    access.require(person(request), "decide")
    is_opened = request.method == "GET" and not request.GET and is_meant(request) and not is_fragment(request)
    if is_opened and (dealt := practice.deal(by=person(request), now=lease.now())):
        return redirect("practice", dealt.pk)
    return show(request, None)


@login_required
@require_safe
def card(request: HttpRequest, task_id: int) -> HttpResponse:
    """Open a card: whoever may decide it holds it from now on, others read it."""
    task, by = found(request, task_id), person(request)
    now: datetime = task.read_at  # type: ignore[attr-defined]
    if request.method != "GET" or not is_meant(request):
        return show(request, as_if_held(task, by=by, now=now), now=now)
    hold(task, by=by, now=now)
    if not seals.hides(task, by):
        see(task, by=by, now=now)
    return show(request, task, Shown(opens=True), now=now)


def is_meant(request: HttpRequest) -> bool:
    """Tell whether somebody opens a page: looking ahead to it holds nothing and draws nothing."""
    asked = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get(AHEAD, '')}"
    return "prefetch" not in asked


def as_if_held(task: ReviewTask, *, by: User, now: datetime) -> ReviewTask:
    """Return a card that is looked ahead to as it will be once it is opened; nothing is held and nothing is written."""
    try:
        workflow.check(task, "claim", by=by, now=now, case=queries.case_of(task, user=by, now=now))
    except (workflow.Refused, access.NotAllowed):
        return task
    task.claimed_by, task.claimed_at, task.claimed_until = by, now, now + claims.LEASE
    return task


def see(task: ReviewTask, *, by: User, now: datetime) -> None:
    """Note that a person reads what the AI says of a creator: a later card of this campaign is AI-first for them."""
    if not getattr(task, "was_seen", False):
        exposures.note(by, task.campaign, [task.recommendation.creator_id], now=now)


def hold(task: ReviewTask, *, by: User, now: datetime) -> bool:
    """Take a card that is opened, and let go of those that were only opened before; False when nothing changed."""
    if task.state not in workflow.MOVES["claim"].sources or workflow.Case(task, by, now).holder is not None:
        return False
    try:
        claims.open_card(task, by=by, now=now, case=queries.case_of(task, user=by, now=now))
    except (workflow.Refused, access.NotAllowed):
        return False
    return True


def show(
    request: HttpRequest, task: ReviewTask | None, shown: Shown | None = None, *, now: datetime | None = None
) -> HttpResponse:
    """Render the workbench with a card, or with none; htmx gets the card, and the list where it changed."""
    shown, now = shown or Shown(), now or lease.now()
    is_part = is_fragment(request)
    context: dict[str, Any] = {"with_list": shown.with_list or not is_part, "is_part": is_part}
    read = _read(request, now=now) if context["with_list"] else None
    if task is not None:
        context |= _card(request, task, shown, now=now, also=read or ())
    context |= listed(request, task, read, now=now) if read else {"query": query_of(request)}
    if task is not None and shown.opens and context["is_mine"]:
        place = next((n for n, row in enumerate(context.get("rows", ()), 1) if row.is_current), None)
        attention.opened(task, by=person(request), now=now, place=place)
    name = "review/_parts.html" if is_part else "review/queue.html"
    answer = render(request, name, context, status=shown.status)
    for header, value in shown.headers.items():
        answer[header] = value
    answer["Vary"] = "HX-Request"
    return answer


def query_of(request: HttpRequest) -> str:
    """Return the query string of the list that the address names, with its question mark."""
    kept = request.GET.copy()
    for name in ("version", "key"):  # of the way back after a decision, not of the list
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""


class Read(NamedTuple):
    """The rows that the list stands on, read with those of the card beside it."""

    ground: listing.GroundRows
    named: QuerySet[Profile, int]
    made: QuerySet[Decision]
    stops: QuerySet[Stop]
    drifted: QuerySet[ScoringModel]


def _read(request: HttpRequest, *, now: datetime) -> Read:
    user, named = person(request), listing.named_rows(Filters.of(request.GET))
    made = queries.decided(user, now=now, most=SHOWN_DONE)
    return Read(listing.ground_rows(user), named, made, queries.stops_of(user), drift.drifted(user))


def listed(request: HttpRequest, task: ReviewTask | None, read: Read | None = None, *, now: datetime) -> dict[str, Any]:
    """Return what the list shows beside a card, or beside none. read: where it was read with the card already."""
    user = person(request)
    at_once(*(read := read or _read(request, now=now)))
    page = listing.page(user, Filters.of(request.GET), now=now, ground=read.ground, named=read.named)
    made = rows.done(read.made, now=now)
    return {
        "page": page,
        "rows": rows.rows(page.tasks, user=user, now=now, current=task.pk if task else None),
        "narrow": rows.narrow(page, request.GET),
        "nothing": None if page.tasks else queries.why(user, page, now=now, stops=read.stops),
        "query": query_of(request),
        "done": made,
        "undoable": next((one for one in made if one.can_undo), None),
        "undo_key": uuid4().hex,
        "stops": read.stops,
        "drifted": read.drifted,
        "bulk_most": bulk.MOST if access.may(user, "decide") else 0,
    }


def _card(
    request: HttpRequest, task: ReviewTask, shown: Shown, *, now: datetime, also: Iterable[QuerySet[Any, Any]] = ()
) -> dict[str, Any]:
    from review.views import asking  # it leads back here after each step

    user = person(request)
    if seals.hides(task, user):
        sealed = blind.context(task, user=user, form=shown.first, moved=shown.moved, now=now, also=also)
        own = sealed["card"].draft if shown.first is None else None
        sealed["form"].initial |= _typed(sealed["form"], own)
        return sealed | clock.shown(task, user=user, now=now) | {"draft": own}
    whole = queries.card(task, user=user, now=now, also=also)
    draft = next(iter(whole.beside.drafts), None)
    form = _form(task, whole.own, shown, draft, whole.here)
    face = cards.face(whole, form=form, now=now)
    asked = next((act for act in face.acts if act.choice == shown.asks), None)
    combined = _together(task, whole, form, user=user)
    is_waiting = task.state in workflow.WAITING
    return {
        "task": task, "card": whole, "face": face, "form": form, "moved": shown.moved, "asked": asked,
        "peers": cards.PEERS, "past": [cards.work(one) for one in whole.past],
        **precedents.shown(whole, user=user),
        "is_mine": whole.holder == user, "is_desk_open": "overlay" in whole.allowed,
        "may_decide": access.may(user, "decide", brand=task.brand, market=task.market),
        "asked_of": queries.with_words(whole.beside.questions, _words(whole)),
        "overrides": override_record(whole, user), "cases": asking.forms_of(request, whole, sent=shown.case),
        "tomorrow": tomorrow(task, now=now), **thread.shown(task, user=user, note=shown.note, card=whole),
        **clock.shown(task, user=user, now=now),
        "together": combined,
        "both": both(whole, face, user=user, together=combined.q if combined else None) if is_waiting else None,
        **_state_of(task, whole, shown, draft=draft, user=user, now=now),
    }  # fmt: skip


def _state_of(
    task: ReviewTask, whole: queries.Card, shown: Shown, *, draft: Draft | None, user: User, now: datetime
) -> dict[str, Any]:
    """Return what is kept for the person, and what stands in their way: a draft, a question, a colleague who asks."""
    return {
        "draft": draft, "was": changes.keep(task, now=now), "before": shown.before, "friction": shown.friction,
        "worries": [knowledge(one) for one in friction.uncertainties(task)] if shown.friction else [],
        "asked_by": claims.asked_by(task, whole.beside.wishes),
    }  # fmt: skip


def _words(whole: queries.Card) -> dict[UUID | None, dict[str, str]]:
    return {step.uid: step.words for step in whole.history}


def _together(task: ReviewTask, whole: queries.Card, form: DeskForm, *, user: User) -> Together | None:
    if seals.hides(task, user):
        return None
    views = [view for view in (whole.own, *whole.views) if view]
    return together.of(
        figure(task, user=user, views=views, scales=form.scales_now, committed=whole.beside.firsts), task
    )


def override_record(whole: queries.Card, user: User) -> Any:
    """Return what became of overrides here, put into words, and for others than its holder read, only where shown."""
    task, rows = whole.task, whole.beside.overrides if whole.holder == user else None
    return SimpleLazyObject(lambda: overrides(queries.overrides_of(task.brand, task.market, rows)))


def tomorrow(task: ReviewTask, *, now: datetime) -> date:
    """Return the first day until which a card can be held: days begin where the campaign runs."""
    return policies.today(task.campaign.market, now=now) + timedelta(days=1)


def _form(task: ReviewTask, own: View | None, shown: Shown, draft: Draft | None, here: list[User]) -> DeskForm:
    fresh = {"version": task.version, "key": uuid4().hex}
    if shown.form is None:
        form = DeskForm(factors=asked_about(task), own=own, here=here)
        form.initial = {**form.initial, **_typed(form, draft), **fresh}
        return form
    if shown.moved:  # what was typed, over the card as it stands now
        typed = cast(QueryDict, shown.form.data).copy()
        for name, value in fresh.items():
            typed[name] = str(value)
        shown.form.data = typed
    return shown.form


def _typed(form: Form, draft: Draft | None) -> dict[str, str | list[str]]:
    kept = {name: text for name, text in draft.fields.items() if name in form.fields} if draft else {}
    ticked = (name for name in kept if isinstance(form.fields[name], MultipleChoiceField))
    return kept | {name: kept[name].split(",") for name in ticked}


def asked_about(task: ReviewTask) -> list[str]:
    """Return the codes of the factors that the desk asks about."""
    known = (code for code, _points, value in task.recommendation.factors if value is not None)
    return [code for code, _n in zip(known, range(TOP), strict=False)]


def onward(request: HttpRequest, task: ReviewTask | None) -> HttpResponse:
    """Lead to a card, or to the list when there is none: a redirect, or for htmx the parts with the new address."""
    address = (reverse("queue-card", args=[task.pk]) if task else reverse("queue")) + query_of(request)
    if not is_fragment(request):
        return redirect(address)
    if task is not None:
        task = found(request, task.pk)  # as the step left it
        hold(task, by=person(request), now=lease.now())
    return show(request, task, Shown(with_list=True, opens=True, headers={"HX-Push-Url": address}))


def next_after(request: HttpRequest, task: ReviewTask) -> ReviewTask | None:
    """Return the card of the same list that comes after one."""
    now, user = lease.now(), person(request)
    return rows.after(task, listing.cards(user, Filters.of(request.GET), now=now), user=user, now=now)
