"""Questions and investigations: read, answered, passed on, closed. Those of sealed cards are not there yet."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person
from accounts.api.kept import once
from accounts.models import User
from jobs import lease
from review import investigations, questions, seals, workflow
from review.api import rows
from review.api.rows import InvestigationRow, QuestionRow
from review.models import Investigation, Question
from review.queries.cards import visible
from review.queries.investigations import visible_investigations
from review.queries.questions import visible_questions
from screening import exposures


def _questions(user: User) -> QuerySet[Question]:
    return visible_questions(user).filter(task__in=visible(user).filter(~seals.hidden_too(user)))


def _investigations(user: User) -> QuerySet[Investigation]:
    open_here = visible_investigations(user).filter(task__in=visible(user).filter(~seals.hidden_too(user)))
    return open_here.select_related("task__campaign", "task__recommendation")


class Asked(Endpoint):
    """A question."""

    writes = "decide"
    conflicts = (workflow.Refused,)
    invalid = (questions.QuestionRefused,)

    def done(self, request: Request, question_id: int) -> Response:
        """Return the question as it stands."""
        return Response(QuestionRow(get_object_or_404(_questions(person(request)), pk=question_id)).data)


class QuestionList(Endpoint):
    """Questions about cards."""

    @extend_schema(operation_id="questions", parameters=pages.PARAMETERS, responses=pages.shape(QuestionRow))
    def get(self, request: Request) -> Response:
        """Return questions, newest first."""
        found = _questions(person(request))
        return Response(pages.page(request, found, lambda some: QuestionRow(some, many=True).data))


class OneQuestion(Asked):
    """One question."""

    @extend_schema(operation_id="question", responses=QuestionRow)
    def get(self, request: Request, question_id: int) -> Response:
        """Return a question."""
        return self.done(request, question_id)


class Answer(Asked):
    """Answering."""

    @extend_schema(operation_id="answer_question", request=rows.ReplyIn, responses=QuestionRow)
    @once
    def post(self, request: Request, question_id: int) -> Response:
        """Answer a question that one is asked, once."""
        row = get_object_or_404(_questions(person(request)), pk=question_id)
        questions.answer(row, by=person(request), now=lease.now(), **given(rows.ReplyIn, request))
        return self.done(request, question_id)


class PassOn(Asked):
    """Passing on."""

    @extend_schema(operation_id="pass_question_on", request=None, responses=QuestionRow)
    @once
    def post(self, request: Request, question_id: int) -> Response:
        """Say that it is not one's area: somebody else is asked."""
        row = get_object_or_404(_questions(person(request)), pk=question_id)
        questions.pass_on(row, by=person(request), now=lease.now())
        return self.done(request, question_id)


class Withdraw(Asked):
    """Taking a question back."""

    @extend_schema(operation_id="withdraw_question", request=None, responses=QuestionRow)
    @once
    def post(self, request: Request, question_id: int) -> Response:
        """Take one's own question back."""
        row = get_object_or_404(_questions(person(request)), pk=question_id)
        questions.withdraw(row, by=person(request), now=lease.now())
        return self.done(request, question_id)


class Looked(Endpoint):
    """An investigation."""

    writes = "decide"
    conflicts = (workflow.Refused,)
    invalid = (investigations.NotInvestigated,)

    def done(self, request: Request, investigation_id: int) -> Response:
        """Return the investigation as it stands; who reads it has seen what the AI said."""
        user = person(request)
        return Response(_told(user, [get_object_or_404(_investigations(user), pk=investigation_id)])[0])


def _told(user: User, some: list[Investigation]) -> Any:
    seen = ((one.task.campaign, one.task.recommendation.creator_id) for one in some)
    exposures.note_all(user, seen, now=lease.now())
    return InvestigationRow(some, many=True).data


class InvestigationList(Endpoint):
    """Investigations of contradictions."""

    @extend_schema(operation_id="investigations", parameters=pages.PARAMETERS, responses=pages.shape(InvestigationRow))
    def get(self, request: Request) -> Response:
        """Return investigations, newest first."""
        user = person(request)
        return Response(pages.page(request, _investigations(user), lambda some: _told(user, some)))


class OneInvestigation(Looked):
    """One investigation."""

    @extend_schema(operation_id="investigation", responses=InvestigationRow)
    def get(self, request: Request, investigation_id: int) -> Response:
        """Return an investigation."""
        return self.done(request, investigation_id)


class AddEvidence(Looked):
    """Evidence."""

    @extend_schema(operation_id="add_evidence", request=rows.EvidenceIn, responses=InvestigationRow)
    @once
    def post(self, request: Request, investigation_id: int) -> Response:
        """Add a hypothesis or a line of evidence to an open investigation."""
        row = get_object_or_404(_investigations(person(request)), pk=investigation_id)
        investigations.add(row, by=person(request), now=lease.now(), **given(rows.EvidenceIn, request))
        return self.done(request, investigation_id)


class Close(Looked):
    """The finding."""

    @extend_schema(operation_id="close_investigation", request=rows.FindingIn, responses=InvestigationRow)
    @once
    def post(self, request: Request, investigation_id: int) -> Response:
        """Close an investigation with what was found."""
        row = get_object_or_404(_investigations(person(request)), pk=investigation_id)
        investigations.close(row, by=person(request), now=lease.now(), **given(rows.FindingIn, request))
        return self.done(request, investigation_id)
