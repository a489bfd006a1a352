"""Decisions as they are read."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from accounts.models import User
from jobs import lease
from review import seals
from review.api.rows import DecisionRow
from review.models import Decision
from review.queries.cards import visible
from screening import exposures


def _decisions(user: User) -> Any:
    """Return the decisions of cards that are not sealed for the reader: each tells what the AI said."""
    return Decision.objects.filter(task__in=visible(user).filter(~seals.hidden_too(user)))


def _tell(user: User, some: list[Decision]) -> Any:
    seen = ((one.task.campaign, one.task.recommendation.creator_id) for one in some)
    exposures.note_all(user, seen, now=lease.now())
    return DecisionRow(some, many=True).data


class DecisionList(Endpoint):
    """Decision records."""

    @extend_schema(operation_id="decisions", parameters=pages.PARAMETERS, responses=pages.shape(DecisionRow))
    def get(self, request: Request) -> Response:
        """Return decisions, undone ones and undos included, newest first."""
        user = person(request)
        rows = _decisions(user).select_related("task__campaign", "task__recommendation", "audit")
        return Response(pages.page(request, rows, lambda some: _tell(user, some)))


class DecisionRecord(Endpoint):
    """One decision record."""

    @extend_schema(operation_id="decision", responses=DecisionRow)
    def get(self, request: Request, decision_id: int) -> Response:
        """Return a decision."""
        rows = _decisions(person(request)).select_related("task__campaign", "task__recommendation", "audit")
        return Response(_tell(person(request), [get_object_or_404(rows, pk=decision_id)])[0])
