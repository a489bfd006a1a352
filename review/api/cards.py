"""Cards as they are read: the list, and one with all that its reader may see."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from accounts.api.problems import Refusal
from accounts.models import User
from jobs import lease
from review import queries, seals, workflow
from review.api.rows import CardRow, CardWhole
from review.models import ReviewTask, Stakes, TaskState
from review.queries.cards import visible
from screening import exposures

NARROWED = {
    "state": ("state", TaskState.values), "stakes": ("stakes", Stakes.values), "campaign": ("campaign__slug", None),
    "brand": ("brand", None), "market": ("market", None),
}  # fmt: skip
ASKED = [
    *pages.PARAMETERS,
    *(OpenApiParameter(name, str, enum=words) for name, (_column, words) in NARROWED.items()),
]


def narrowed(request: Request, rows: QuerySet[ReviewTask]) -> QuerySet[ReviewTask]:
    """Return the cards that were asked for. Raises Refusal for a word that there is not."""
    for name, (column, known) in NARROWED.items():
        asked = request.query_params.get(name, "")
        if asked and ((known is not None and asked not in known) or "\0" in asked):
            raise Refusal(422, _("There is no such %(name)s.") % {"name": name}, f"#query/{name}")
        rows = rows.filter(**{column: asked}) if asked else rows
    return rows


def found(task_id: int, user: User) -> ReviewTask:
    """Return a card of the person's; 404 for any other, as for what is not there."""
    try:
        return queries.find(task_id, user=user)
    except ReviewTask.DoesNotExist as missing:
        raise Http404 from missing


def told(task_id: int, user: User, *, status: int = 200) -> Response:
    """Return a card as it stands, with its version; who sees the AI's side of it is remembered."""
    task, now = found(task_id, user), lease.now()
    sealed = {task.pk} if seals.hides(task, user) else set()
    if not sealed:
        exposures.note(user, task.campaign, [task.recommendation.creator_id], now=now)
    case = queries.case_of(task, user=user, now=now)
    allowed = workflow.allowed(task, by=user, now=now, case=case)
    answer = Response(CardWhole(task, context={"sealed": sealed, "allowed": allowed}).data, status=status)
    answer.version = task.version  # type: ignore[attr-defined]
    return answer


class CardList(Endpoint):
    """Cards of the person's brands and markets."""

    @extend_schema(operation_id="cards", parameters=ASKED, responses=pages.shape(CardRow))
    def get(self, request: Request) -> Response:
        """Return cards, newest first; what the AI says stands on each of them."""
        user = person(request)
        rows = narrowed(request, visible(user)).select_related("campaign", "recommendation")

        def tell(some: list[ReviewTask]) -> Any:
            hidden = visible(user).filter(seals.hidden_too(user), pk__in=[one.pk for one in some])
            sealed = set(hidden.values_list("pk", flat=True))
            return CardRow(some, many=True, context={"sealed": sealed}).data

        return Response(pages.page(request, rows, tell))


class Card(Endpoint):
    """One card."""

    @extend_schema(operation_id="card", responses=CardWhole)
    def get(self, request: Request, task_id: int) -> Response:
        """Return a card; reading what the AI says makes it an AI-first card for the reader."""
        return told(task_id, person(request))
