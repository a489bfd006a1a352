"""The strategy session of a campaign: the board, what is agreed on, the minutes, present mode."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import access, sight, wording
from accounts.models import User
from jobs import lease
from review import sessions, workflow
from review.addresses import number
from review.decisions import is_override
from review.models import Choice, ItemKind, ReviewTask, Session, SessionItem
from review.overlays import words_with
from review.queries import board as boards
from review.sessions import MAX_MINUTES, MAX_WORDS, MinutesMoved, SessionRefused
from review.views import person, rows
from review.words.exploration import tried
from screening import exposures
from screening import queries as screening
from screening.campaigns import CampaignClosed
from screening.models import Campaign

CONVERGED = 0.10  # of the first 20, see screening.standings


class ItemForm(forms.Form):
    """What was agreed on."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=ItemKind, initial=ItemKind.DECISION, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("What was agreed on"), max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.ModelChoiceField(label=gettext_lazy("Owner"), queryset=User.objects.none(), required=False)
    due_date = forms.DateField(
        label=gettext_lazy("By when"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, people: QuerySet[User]) -> None:
        super().__init__(data)
        owner = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        owner.queryset = people
        owner.choices = [("", "---------"), *((one.pk, one.name) for one in people)]  # read once for both forms


class MinutesForm(forms.Form):
    """The minutes and who is there, over the version that was shown."""

    there = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Who is here"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=gettext_lazy("Minutes"), max_length=MAX_MINUTES, required=False,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": None}),
    )  # fmt: skip
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, people: Iterable[User], known: Iterable[tuple[int, str]], **more: Any
    ) -> None:
        super().__init__(data, **more)
        # Whoever was there stays in the list after their role has ended.
        names = {one.pk: one.name for one in people} | dict(known)
        there = cast(forms.TypedMultipleChoiceField, self.fields["there"])
        there.choices = sorted(names.items(), key=lambda one: (one[1], one[0]))


@login_required
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the board of a campaign's session."""
    campaign, now = screening.campaign_now(person(request), slug)
    return _show(request, campaign, now=now)


def _show(
    request: HttpRequest, campaign: Campaign, *, now: datetime, item: ItemForm | None = None,
    minutes: MinutesForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    user = person(request)
    found = boards.board(campaign, user=user, now=now, number=number(request.GET.get("number")) or None)
    session = found.session
    exposures.note(user, campaign, found.creators, now=now)
    may = access.may(user, "decide", brand=campaign.brand_id, market=campaign.market_id)
    is_open = session is not None and session.closed_at is None
    people = sessions.people(campaign) if is_open and may else User.objects.none()
    shown = {
        "campaign": campaign, "board": found, "session": session, "is_open": is_open, "may": may,
        "columns": _columns(found), "left": _left(session, now) if is_open else None,
        "items": [(one, words_with(one.audit).get("text", "")) for one in found.items],
        "decided": [_decided(one) for one in found.decided], "rounds": _rounds(found),
        "item_form": item or (ItemForm(people=people) if is_open and may else None),
        "minutes_form": minutes or _minutes_form(found, people), "tests": _tests(found),
        "present": request.GET.get("present") == "1",
    }  # fmt: skip
    return render(request, "review/session.html", shown, status=status)


def _minutes_form(found: boards.Board, people: QuerySet[User]) -> MinutesForm:
    session = found.session
    there = [pk for pk, _name in found.present] or ([session.opened_by_id] if session else [])
    fresh = {"text": found.minutes, "version": session.version if session else 1, "there": there}
    return MinutesForm(initial=fresh, people=people, known=found.present)


def _tests(found: boards.Board) -> dict[str, Any] | None:
    told, campaign = found.tests, found.campaign
    place = access.Place(campaign.brand_id, campaign.market_id)
    if told is None or not sight.sees(sight.FEE, place) or not (told.share_u6 or told.spent):
        return None
    spent, budget = (wording.money(one, campaign.brand.currency) for one in (told.spent, told.budget))
    return {"spent": spent, "budget": budget, "used": told.used, "share": wording.percent(told.share_u6 / 1e6),
            "tried": tried(told)}  # fmt: skip


def _left(session: Session | None, now: datetime) -> int:
    if session is None:
        return 0
    end = session.opened_at + timedelta(minutes=session.minutes_planned)
    return max(0, -(-int((end - now).total_seconds()) // 60))


def _columns(found: boards.Board) -> dict[str, list[dict[str, Any]]]:
    return {
        "agree": [_stance(one) for one in found.agree],
        "contradict": [_stance(one) for one in found.contradict],
        "explore": [_pick(task, found.can.get(task.pk, set())) for task in found.explore],
    }


def _pick(task: ReviewTask, can: set[str]) -> dict[str, Any]:
    against = is_override(Choice.APPROVE, task.recommendation.verdict)
    return _card(task) | {
        "can": can, "key": uuid4().hex, "is_override": against, "goes_up": workflow.needs_manager(task),
    }  # fmt: skip


def _card(task: ReviewTask) -> dict[str, Any]:
    answer = task.recommendation
    name = answer.creator.name or f"@{answer.profile.handle}"
    return {
        "task": task, "name": name, "language": rows.script(name), "url": reverse("queue-card", args=[task.pk]),
        "meta": f"{task.market} · {sight.fee(task)}",
        "said": rows.said(answer), "chance": wording.percent(task.probability_u6 / 1e6),
    }  # fmt: skip


def _stance(one: boards.Stance) -> dict[str, Any]:
    told = {"ai": wording.percent(one.ai), "name": one.who.name}
    if one.person is None:
        label = _("AI %(ai)s; %(name)s gave no chance") % told
    else:
        label = _("AI %(ai)s, %(name)s %(person)s") % {**told, "person": wording.percent(one.person)}
    if one.together is not None:
        label = _("%(both)s, together %(together)s") % {"both": label, "together": wording.percent(one.together)}
    is_done = one.decision is not None
    return _card(one.task) | {
        "ai": one.ai, "person": one.person, "who": one.who, "words": one.words, "label": label, "is_done": is_done,
        "ended": rows.ended(one.decision) if one.decision else "", "decision": one.decision, "together": one.together,
        "line": one.task.policy.auto_line_u6 / 1e6,
    }  # fmt: skip


def _decided(made: Any) -> dict[str, Any]:
    answer = made.task.recommendation
    return {
        "made": made, "name": answer.creator.name, "ended": rows.ended(made),
        "amount": sight.fee(made.task),
    }  # fmt: skip


def _rounds(found: boards.Board) -> list[dict[str, Any]]:
    shares = [(one.number, one.changed_u6 / 1e6) for one in found.rounds]
    return [{"number": n, "share": share, "is_quiet": share < CONVERGED} for n, share in shares]


@login_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the next session."""
    campaign = screening.campaign(person(request), slug)
    try:
        sessions.start(campaign, by=person(request), now=lease.now())
    except CampaignClosed as closed:
        messages.error(request, str(closed))
    return redirect("session", slug)


def _open(request: HttpRequest, slug: str) -> tuple[Campaign, Session]:
    campaign = screening.campaign(person(request), slug)
    return campaign, get_object_or_404(Session.objects.select_related("campaign"), campaign=campaign, closed_at=None)


@login_required
@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Write down a decision or an action."""
    campaign, session = _open(request, slug)
    form = ItemForm(request.POST, people=sessions.people(campaign))
    if form.is_valid():
        try:
            sessions.add(session, by=person(request), now=lease.now(), **form.cleaned_data)
        except SessionRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            return redirect(f"{reverse('session', args=[slug])}#agreed")
    return _show(request, campaign, now=lease.now(), item=form, status=422)


@login_required
@require_POST
def tick(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """Tick an action off, or open it again."""
    campaign = screening.campaign(person(request), slug)
    item = get_object_or_404(
        SessionItem.objects.select_related("session__campaign"), pk=item_id, session__campaign=campaign
    )
    try:
        sessions.finish(item, by=person(request), now=lease.now(), is_done=request.POST.get("done") == "1")
    except SessionRefused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('session', args=[slug])}#agreed")


@login_required
@require_POST
def minutes(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the minutes; who was second sees both versions."""
    campaign, session = _open(request, slug)
    known = list(User.objects.filter(pk__in=sessions.present(session)).values_list("pk", "name"))
    people = sessions.people(campaign)
    form = MinutesForm(request.POST, people=people, known=known)
    if not form.is_valid():
        return _show(request, campaign, now=lease.now(), minutes=form, status=422)
    said = form.cleaned_data
    try:
        sessions.write_minutes(session, by=person(request), now=lease.now(), **said)
    except MinutesMoved as moved:
        typed = request.POST.copy()
        typed["version"] = str(Session.objects.get(pk=session.pk).version)
        again = MinutesForm(typed, people=people, known=known)
        again.is_valid()
        again.add_error("text", str(moved))
        return _show(request, campaign, now=lease.now(), minutes=again, status=409)
    messages.success(request, _("Minutes saved"))
    return redirect(f"{reverse('session', args=[slug])}#minutes")


@login_required
@require_POST
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Close the session."""
    _campaign, session = _open(request, slug)
    sessions.close(session, by=person(request), now=lease.now())
    messages.success(request, _("The session is closed. Open actions stand in the next one."))
    return redirect("session", slug)
