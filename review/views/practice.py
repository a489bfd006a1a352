"""The page of a practice card: the workbench with a closed case in it, without anything that names it.

Three faces, one after the other: plain data and the form of a first view; the AI's verdict of that time with two
buttons; that it was practice, and the truth. What a later face shows is not on an earlier one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access, wording
from jobs import lease
from review import controls, listing, practice
from review.decisions import NeedsReason, is_override
from review.forms.practice import PracticeForm
from review.listing import Filters
from review.models import Choice, Practice
from review.queries import practice as cases
from review.queries.practice import PracticeCard
from review.views import cards, is_fragment, person, rows, workbench
from review.words import practice as words
from screening import briefs, figure_words
from screening import words as screening
from screening.engine.types import DecisionLine, WishKind
from screening.judging import line_used
from screening.models import Verdict
from screening.views.pages import number, pager

PER_PAGE = 25
LEAST_NAME = 3  # letters: a shorter name would strike out half of all words


@dataclass(frozen=True)
class PracticeFace:
    """What the page says of the case before the AI speaks."""

    card: PracticeCard
    name: str
    place: str
    figures: str
    topics: list[str]
    wished: list[str]
    goal: str
    fee: str
    stakes: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class OpenFace(PracticeFace):
    """The same with the AI's verdict of that time open: what `_aiv.html` takes."""

    verdict: str
    confidence: float
    line: float
    judged: DecisionLine
    is_prior: bool
    is_proxy: bool
    score: cards.Score
    rank: int
    know: dict[str, list[str]]
    against: str  # the choice that goes against the AI


def face(card: PracticeCard) -> PracticeFace:
    """Return the plain data of a case in words, without any that names somebody."""
    answer = card.answer
    profile, campaign = answer.profile, answer.run.campaign
    followers = next((one for one in card.figures if one.name == "followers"), None)
    wish = briefs.preferences_of(answer.run.brief).wish(WishKind.TOPICS)
    says = _unnamed(card)
    return PracticeFace(
        card=card, name=_("A creator without a name"),
        place=" · ".join(dict.fromkeys(filter(None, (campaign.market.code, profile.country)))),
        figures=f"{profile.get_platform_display()} {figure_words.shown(followers) if followers else ''}".strip(),
        topics=list(filter(says, profile.categories)), wished=list(filter(says, wish.words)) if wish else [],
        goal=str(words.GOALS.get(campaign.objective, "")), fee=wording.money(card.fee_minor, campaign.brand.currency),
        stakes=_("%(stakes)s stakes") % {"stakes": card.stakes} if card.stakes else "",
        facts=[(figure_words.name(one.name), figure_words.shown(one)) for one in card.figures],
    )  # fmt: skip


def open_face(card: PracticeCard) -> OpenFace:
    """Return the case with what the AI said of it at that time."""
    plain, answer, says = face(card), card.answer, _unnamed(card)
    score, judged = cards.score(answer), line_used(answer.run.norms)
    known = {part: [screening.knowledge(one) for one in answer.knowledge.get(part, ())] for part in cards.KNOW}
    return OpenFace(
        **{name: getattr(plain, name) for name in PracticeFace.__dataclass_fields__},
        verdict=str(Verdict(answer.verdict).label),
        confidence=answer.p if answer.confidence is None else answer.confidence,
        line=judged.p, judged=judged, is_prior=bool(answer.knowledge.get("is_prior", True)),
        is_proxy=cards.is_proxy(answer.knowledge),
        score=replace(score, top=_without(score.top, says), all=_without(score.all, says)), rank=answer.rank,
        know={part: [line for line in lines if says(line)] for part, lines in known.items()},
        against=next(one for one in (Choice.APPROVE, Choice.REJECT) if is_override(one, answer.verdict)),
    )  # fmt: skip


def _unnamed(card: PracticeCard) -> Callable[[str], bool]:
    """Return whether a text names neither the creator, the brand nor the campaign."""
    answer, campaign = card.answer, card.answer.run.campaign
    named = (
        answer.creator.name, answer.profile.name, answer.profile.handle, campaign.name, campaign.slug,
        campaign.brand.name, campaign.brand_id,
    )  # fmt: skip
    hidden = [one.casefold() for one in named if one and len(one) >= LEAST_NAME]
    return lambda text: not any(one in text.casefold() for one in hidden)


def _without(factors: list[cards.Factor], says: Callable[[str], bool]) -> list[cards.Factor]:
    return [one if says(one.label) else replace(one, label=screening.feature(one.code)) for one in factors]


def found(request: HttpRequest, control_id: int) -> Practice:
    """Return a person's own practice card; 404 for everybody else's, as for what is not there."""
    try:
        return cases.find(control_id, user=person(request))
    except Practice.DoesNotExist as missing:
        raise Http404 from missing


@dataclass(frozen=True)
class _Part:
    number: int
    pages: int
    found: int


@login_required
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """Show a person their own practice: how they and the AI went together, and each card as its end showed it.

    It is asked of whoever is signed in, and of nobody else: there is no address for another's.
    """
    ended = cases.of_person(person(request))
    rows = [one for one in ended if one.answered_at]
    pages = max(1, -(-len(rows) // PER_PAGE))
    at = min(max(1, number(request)), pages)
    first = (at - 1) * PER_PAGE
    told = [
        (len(rows) - first - n, one, (words.own(one), words.ai(one), words.truth(one)))
        for n, one in enumerate(rows[first : first + PER_PAGE])
    ]
    shown = {
        "rates": [(words.OWN[code], words.own_rate(share)) for code, share in controls.rates(rows).items()],
        "told": told, "put_off": len(ended) - len(rows),
        "page": pager(request, _Part(at, pages, len(rows)), many=_("practice cards: %(n)s")),
    }  # fmt: skip
    return render(request, "review/practice.html", shown)


@login_required
@require_safe
def page(request: HttpRequest, control_id: int) -> HttpResponse:
    """Show a practice card at the step it stands at."""
    access.require(person(request), "decide")
    row, now = found(request, control_id), lease.now()
    if request.method == "GET":
        practice.opened(row, now=now)
    return show(request, row, now=now)


def show(
    request: HttpRequest, row: Practice, *, form: PracticeForm | None = None, refused: str = "", status: int = 200,
    is_onward: bool = False, now: datetime | None = None,
) -> HttpResponse:  # fmt: skip
    """Render the workbench with a practice card in it; htmx gets the card, and the list where it changed."""
    is_part, now = is_fragment(request), now or lease.now()
    context: dict[str, Any] = {"with_list": is_onward or not is_part, "is_part": is_part, "refused": refused}
    context |= workbench.listed(request, None, now=now)
    card = cases.practice_card(row)
    context |= {
        "practice": row, "card": card, "is_unnamed": True, "form": form or PracticeForm(),
        "face": face(card) if row.spoke_at is None else open_face(card),
    }  # fmt: skip
    if row.answered_at:
        context["told"] = _told(row)
        context["next_task"] = rows.first(context["page"].tasks, user=row.user, now=now)
    answer = render(request, "review/_parts.html" if is_part else "review/queue.html", context, status=status)
    if is_onward:
        answer["HX-Push-Url"] = reverse("practice", args=[row.pk])
    answer["Vary"] = "HX-Request"
    return answer


def _told(row: Practice) -> dict[str, Any]:
    n, raised = cases.so_far(row)
    lines = [words.ai(row), words.truth(row), words.own(row)]
    return {"lines": lines, "so_far": words.so_far(n), "nudges": [words.nudge(one) for one in raised]}


def onward(request: HttpRequest, row: Practice) -> HttpResponse:
    """Lead to a practice card where a card of the list would have come: a redirect, or for htmx its parts."""
    if not is_fragment(request):
        return redirect("practice", row.pk)
    now = lease.now()
    practice.opened(row, now=now)
    return show(request, found(request, row.pk), is_onward=True, now=now)


def next_for(request: HttpRequest) -> Practice | None:
    """Return the practice card that comes before the next card: one that waits, or one drawn now."""
    by = person(request)
    if not cases.policies_with(by):
        return None
    return practice.waiting(by) or practice.deal(by=by, now=lease.now())


def step(view: Callable[[HttpRequest, Practice], HttpResponse]) -> Callable[..., HttpResponse]:
    """Take a POST on a person's own practice card; what it is past of shows it as it stands, with the sentence."""

    @login_required
    @require_POST
    @wraps(view)
    def taken(request: HttpRequest, control_id: int) -> HttpResponse:
        try:
            return view(request, found(request, control_id))
        except practice.Ended as ended:
            return show(request, found(request, control_id), refused=str(ended), status=409)

    return taken


@step
def speak(request: HttpRequest, row: Practice) -> HttpResponse:
    """Keep what the person thinks before the AI speaks."""
    form = PracticeForm(request.POST)
    if not form.is_valid():
        return show(request, row, form=form, status=422)
    try:
        practice.speak(row, by=person(request), now=lease.now(), **form.said)
    except NeedsReason as lacking:
        form.add_error(lacking.field, str(lacking))
        return show(request, row, form=form, status=422)
    return redirect("practice", row.pk)


@step
def answer(request: HttpRequest, row: Practice) -> HttpResponse:
    """Keep what the person would decide, and show the truth."""
    choice = request.POST.get("choice")
    if choice not in {Choice.APPROVE, Choice.REJECT}:
        return redirect("practice", row.pk)
    practice.answer(row, by=person(request), now=lease.now(), approves=choice == Choice.APPROVE)
    return redirect("practice", row.pk)


@step
def skip(request: HttpRequest, row: Practice) -> HttpResponse:
    """Put the card off, and go on with the first card of the list."""
    practice.skip(row, by=person(request), now=lease.now())
    now, user = lease.now(), person(request)
    return workbench.onward(request, rows.first(listing.cards(user, Filters(), now=now), user=user, now=now))
