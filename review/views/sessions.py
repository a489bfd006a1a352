"""The strategy session of a campaign: the board, what is agreed on, the minutes, present mode."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import access, sight, wording
from accounts.models import Membership, User
from jobs import lease
from review import sessions
from review.addresses import number
from review.models import ItemKind, ReviewTask, Session, SessionItem
from review.overlays import words_with
from review.queries import board as boards
from review.sessions import MAX_MINUTES, MAX_WORDS, MinutesMoved, SessionRefused
from review.views import person, rows
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

    def __init__(self, data: Any = None, *, campaign: Campaign) -> None:
        super().__init__(data)
        self.fields["owner"].queryset = _people(campaign)  # type: ignore[attr-defined]


class MinutesForm(forms.Form):
    """The minutes, over the version that was shown."""

    text = forms.CharField(
        label=gettext_lazy("Minutes"), max_length=MAX_MINUTES, required=False,
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": None}),
    )  # fmt: skip
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


def _people(campaign: Campaign) -> Any:
    held = Membership.objects.filter(
        Q(brand="") | Q(brand=campaign.brand_id), Q(market="") | Q(market=campaign.market_id),
        role__in=sessions.WHO_MEETS, ended_at__isnull=True,
    )  # fmt: skip
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name")


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
    told = [
        *(one.task for one in (*found.agree, *found.contradict)),
        *found.explore,
        *(one.task for one in found.decided),
    ]
    exposures.note(user, campaign, [task.recommendation.creator_id for task in told], now=now)
    may = access.may(user, "decide", brand=campaign.brand_id, market=campaign.market_id)
    is_open = session is not None and session.closed_at is None
    fresh = {"text": found.minutes, "version": session.version if session else 1}
    shown = {
        "campaign": campaign, "board": found, "session": session, "is_open": is_open, "may": may,
        "columns": _columns(found), "left": _left(session, now) if is_open else None,
        "items": [(one, words_with(one.audit).get("text", "")) for one in found.items],
        "decided": [_decided(one) for one in found.decided], "rounds": _rounds(found),
        "item_form": item or (ItemForm(campaign=campaign) if is_open and may else None),
        "minutes_form": minutes or MinutesForm(initial=fresh),
        "present": request.GET.get("present") == "1",
    }  # fmt: skip
    return render(request, "review/session.html", shown, status=status)


def _left(session: Session | None, now: datetime) -> int:
    if session is None:
        return 0
    end = session.opened_at + timedelta(minutes=session.minutes_planned)
    return max(0, -(-int((end - now).total_seconds()) // 60))


def _columns(found: boards.Board) -> dict[str, list[dict[str, Any]]]:
    return {
        "agree": [_stance(one) for one in found.agree],
        "contradict": [_stance(one) for one in found.contradict],
        "explore": [_card(task) for task in found.explore],
    }


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
    form = ItemForm(request.POST, campaign=campaign)
    if form.is_valid():
        try:
            sessions.add(session, by=person(request), now=lease.now(), **form.cleaned_data)
        except SessionRefused as refused:
            form.add_error("owner" if form.cleaned_data["kind"] == ItemKind.ACTION else "text", str(refused))
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
    sessions.finish(item, by=person(request), now=lease.now(), is_done=request.POST.get("done") == "1")
    return redirect(f"{reverse('session', args=[slug])}#agreed")


@login_required
@require_POST
def minutes(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the minutes; who was second sees both versions."""
    campaign, session = _open(request, slug)
    form = MinutesForm(request.POST)
    if not form.is_valid():
        return _show(request, campaign, now=lease.now(), minutes=form, status=422)
    said = form.cleaned_data
    try:
        sessions.write_minutes(session, by=person(request), now=lease.now(), **said)
    except MinutesMoved as moved:
        typed = request.POST.copy()
        typed["version"] = str(Session.objects.get(pk=session.pk).version)
        again = MinutesForm(typed)
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
