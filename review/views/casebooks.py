"""What people decided and said of a creator, for the page of the creator one floor down."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import sight, wording
from accounts.at_once import at_once
from accounts.models import User
from review import queries, seals, together, workflow
from review.judgement.enough import Standing
from review.models import Choice, Decision, FirstView, Overlay, ReviewTask
from review.overlays import Field, words_with
from review.queries.together import figure
from review.views import rows
from screening import words as screening
from screening.casebook import Case, Casebook, Said, Voice
from screening.models import Creator, Outcome

MOST_CASES = 20
MOST_SAID = 12
TOLD = (Field.LAST_BRAND, Field.HOW_TO_BRIEF)
WHOLE = (
    "recommendation__profile", "recommendation__creator", "recommendation__run", "campaign__brand", "campaign__market",
    "policy",
)  # fmt: skip


def of_creator(creator: Creator, user: User, outcomes: Sequence[Outcome]) -> Casebook:
    """Return the cases of a creator and what was written of them, of the brands and markets that the person sees.

    Of a case that is sealed for the reader stand only its campaign, fee, state and times. Two queries.
    """
    visible = queries.visible(user).filter(recommendation__creator=creator).select_related(*WHOLE)
    tasks, kept = together.annotated(visible).order_by("-pk")[:MOST_CASES], seals.hidden_of(creator.pk, user)
    at_once(tasks, kept)
    if not tasks:
        return Casebook()
    hidden, sealed = seals.hides_of(kept, tasks)
    shown = [one for one in tasks if one.pk not in hidden]
    now = next((one for one in tasks if one.state in workflow.UNDECIDED), None)
    given, decided = _overlays(shown), _decisions(shown)
    firsts = FirstView.objects.filter(task__in=[one for one in shown if one is now]).select_related("by").order_by("pk")
    at_once(given, decided, firsts)
    views, made = _views(given), {one.task_id: one for one in decided}
    ended = {one.campaign_id: one for one in reversed(outcomes)}
    cases = [
        _case(one, is_sealed=one.pk in hidden, made=made.get(one.pk), ended=ended.get(one.campaign_id))
        if one is not now or one.pk in hidden
        else _case(
            one, made=made.get(one.pk), ended=ended.get(one.campaign_id),
            now=_now(one, made.get(one.pk), views.get(one.pk, []), list(firsts), user),
        )
        for one in tasks
    ]  # fmt: skip
    return Casebook(tuple(cases), tuple(_said(list(tasks), views)), sealed)


def _overlays(tasks: Sequence[ReviewTask]) -> QuerySet[Overlay]:
    given = Overlay.objects.filter(task__in=[one.pk for one in tasks]).select_related("by", "audit__payload")
    return given.defer("audit__payload__salt").order_by("version", "pk")  # octets do not come `at_once`


def _views(given: Iterable[Overlay]) -> Mapping[int, list[queries.View]]:
    """Return the latest overlay of each person by task, newest first, with its words."""
    latest = {(one.task_id, one.by_id): one for one in given}
    found: dict[int, list[queries.View]] = {}
    for (task, _by), one in latest.items():
        found.setdefault(task, []).append(queries.View(one, words_with(one.audit)))
    return found


def _decisions(tasks: Sequence[ReviewTask]) -> QuerySet[Decision]:
    made = Decision.objects.filter(task__in=tasks, superseded_by__isnull=True).exclude(choice=Choice.UNDO)
    return made.select_related("decided_by", "task").order_by("pk")


def _case(
    task: ReviewTask, *, is_sealed: bool = False, made: Decision | None = None, ended: Outcome | None = None,
    now: Mapping[str, Voice] | None = None,
) -> Case:  # fmt: skip
    fields: dict[str, Any] = {}
    if not is_sealed:
        fields = _ended(made, ended) | dict(now or {})
    return Case(
        campaign=task.campaign.name, brand=task.campaign.brand.name, state=str(task.get_state_display()),
        is_waiting=task.state in workflow.UNDECIDED, is_sealed=is_sealed,
        fee=sight.fee(task), due_at=task.due_at,
        offer_until=task.offer_until, url=reverse("queue-card", args=[task.pk]),
        briefing_url=reverse("briefing", args=[task.pk]), **fields,
    )  # fmt: skip


def _ended(made: Decision | None, ended: Outcome | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if made is not None:
        who = made.decided_by.name if made.decided_by else str(made.get_origin_display())
        found = {"decided": f"{rows.ended(made)}: {who}", "decided_on": made.at.date(),
                 "decision_url": reverse("decision", args=[made.pk])}  # fmt: skip
    if ended is not None:
        words = _("Met the goal: %(actual)s") if ended.is_success else _("Missed the goal: %(actual)s")
        found |= {"happened": words % {"actual": screening.compact(ended.actual)}, "is_success": ended.is_success}
    return found


def _now(
    task: ReviewTask, made: Decision | None, views: Sequence[queries.View], firsts: Sequence[FirstView], user: User
) -> dict[str, Voice]:
    """Return the three voices of the case that waits: the AI, whoever gave a chance, both together."""
    answer = task.recommendation
    told = figure(task, user=user, views=views, committed=firsts)
    number = {Standing.WORDS: None, Standing.AI_ALONE: told.p}.get(told.fitted.standing, told.q)
    words = wording.chance_words(number) if number is not None else _("no number yet")
    voices = {
        "ai": Voice(_("AI"), answer.p, str(answer.get_verdict_display())),
        "together": Voice(_("Together"), number, words),
    }
    who = made.decided_by if made and made.decided_by else None
    p = made.expected_p_u6 / 1_000_000 if made and made.expected_p_u6 is not None else None
    if who is None and firsts:
        who, p = firsts[-1].by, firsts[-1].p_u6 / 1_000_000
    if who is None and views:
        who = views[0].overlay.by
    if who is not None:
        gut = next((v.overlay.gut_rating for v in views if v.overlay.by_id == who.pk), None)
        said = wording.chance_words(p) if p is not None else _("gut rating %(n)s of 5") % {"n": gut} if gut else ""
        voices["person"] = Voice(who.name, p, said)
    return voices


def _said(tasks: Sequence[ReviewTask], views: Mapping[int, list[queries.View]]) -> list[Said]:
    """Return what was written of what the last brand did wrong and of how to brief, newest first."""
    by_id = {one.pk: one for one in tasks}
    found = [
        Said(str(field.label), text, view.overlay.by.name, view.overlay.at, by_id[pk].campaign.name,
             by_id[pk].campaign.brand.name)
        for pk, of_task in views.items()
        for view in of_task
        for field in TOLD
        if (text := view.words.get(field))
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST_SAID]
