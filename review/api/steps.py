"""What is done to a card. Each takes the card's version in If-Match where a decision hangs on what was seen."""

import uuid
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts import proof
from accounts.api.endpoint import Endpoint, given, person, version_of
from accounts.api.kept import once
from accounts.api.problems import Refusal
from accounts.models import ApiToken
from jobs import lease
from review import (
    approvals,
    claims,
    decisions,
    escalations,
    first_views,
    investigations,
    overlays,
    people,
    questions,
    thread,
    workflow,
)
from review.api import rows
from review.api.cards import found, told
from review.models import ReviewTask

Done = Callable[[Any, Request, ReviewTask, dict[str, Any]], object]


class Step(Endpoint):
    """Something that is done to a card; the answer is the card as it stands afterwards."""

    writes = "decide"
    stale = (decisions.TaskMoved,)
    conflicts = (decisions.KeyReused, workflow.Refused)
    invalid = (
        decisions.NeedsReason, overlays.NotAnOverlay, questions.QuestionRefused, investigations.NotInvestigated,
        thread.NotANote,
    )  # fmt: skip


def step(name: str, takes: type[Serializer[Any]] | None = None) -> Callable[[Done], Callable[..., Any]]:
    """Make the POST of a step: read what it takes, find the card, do it once, tell the card."""

    def made(does: Done) -> Callable[..., Any]:
        @extend_schema(operation_id=name, request=takes, responses=rows.CardWhole, description=does.__doc__)
        @once
        def post(self: Step, request: Request, task_id: int) -> Response:
            task = found(task_id, person(request))
            does(self, request, task, given(takes, request) if takes else {})
            return told(task_id, person(request))

        return post

    return made


def own_key(request: Request) -> str:
    """Return the key of a decision: of this person and request, so that nobody meets another's."""
    asked = request.headers.get("Idempotency-Key") or uuid.uuid4().hex
    return "api-" + sha256(f"{person(request).pk}:{asked}".encode()).hexdigest()[:48]


class Claim(Step):
    """Holding a card."""

    @step("claim_card")
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Hold a card for 15 minutes, or for 15 more."""
        return claims.claim(task, by=person(request), now=lease.now())


class Release(Step):
    """Letting a card go."""

    @step("release_card")
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Let a card go that one holds."""
        return claims.release(task, by=person(request), now=lease.now())


class Decide(Step):
    """Deciding, which is also how one overrides the AI."""

    needs_match = True

    @step("decide_card", rows.DecideIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Approve, reject or hold. Against the AI's verdict it takes a category and a rationale."""
        expected = said.pop("expected_p_u6")
        return decisions.decide(
            task, by=person(request), now=lease.now(), version=version_of(request), key=own_key(request),
            expected_p=None if expected is None else expected / 1_000_000, **said,
        )  # fmt: skip


class Undo(Step):
    """Taking a decision back."""

    needs_match = True

    @step("undo_decision")
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Take the last decision back within the undo window of the rules."""
        by, version = person(request), version_of(request)
        return decisions.undo(task, by=by, now=lease.now(), version=version, key=own_key(request))


class FirstView(Step):
    """Speaking before the AI."""

    needs_match = True

    @step("commit_first_view", rows.FirstViewIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Commit a view of a sealed card; with it the AI's verdict opens."""
        p = said.pop("p_u6") / 1_000_000
        return first_views.commit(task, by=person(request), now=lease.now(), version=version_of(request), p=p, **said)


class View(Step):
    """What a person adds."""

    @step("add_view", rows.ViewIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Keep a view beside the recommendation as its next version; an interest of one's own hands the card on."""
        return overlays.save(task, by=person(request), now=lease.now(), **said)


class Escalate(Step):
    """Passing a card to the manager."""

    needs_match = True

    @step("escalate_card", rows.ReasonIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Pass an open card to a manager, with the reason."""
        return escalations.escalate(task, by=person(request), now=lease.now(), version=version_of(request), **said)


class Note(Step):
    """The thread of a card."""

    @step("add_note", rows.TextIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Leave a note; whom it names with @ is told."""
        return thread.add_note(task, by=person(request), now=lease.now(), **said)


class Ask(Step):
    """Asking people about a card."""

    @step("ask_about_card", rows.AskIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Ask people or a role; the card's clock stands meanwhile."""
        wanted = said.pop("to", [])
        known = {one.pk: one for one in people.of_place(task.brand, task.market).filter(pk__in=wanted)}
        if set(wanted) - set(known):
            raise Refusal(422, _("Ask somebody who may see this card and has no interest of their own in it."), "/to")
        to = [known[pk] for pk in wanted]
        return questions.ask(task, by=person(request), now=lease.now(), to=to, **said)


class Investigate(Step):
    """Having a contradiction looked into."""

    @step("investigate_card", rows.InvestigateIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Open an investigation from a card."""
        return investigations.request(task, by=person(request), now=lease.now(), **said)


class Approve(Step):
    """The manager's answer on high stakes."""

    writes = "approve"
    needs_match = True

    @step("answer_approval", rows.ApprovalIn)
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Approve, ask or reject what a colleague decided. Above the limit of the rules it takes a password: no key."""
        tied = approvals.Conditions(said.pop("conditions"), said.pop("exit_date"))
        given_at = None if isinstance(request.auth, ApiToken) else proof.signed_in_at(request._request)
        try:
            return approvals.answer(
                task, by=person(request), now=lease.now(), version=version_of(request), key=own_key(request),
                conditions=tied, signed_in_at=given_at, **said,
            )  # fmt: skip
        except approvals.NeedsFreshSignIn as asks:
            raise Refusal(403, str(asks)) from asks


class UndoApproval(Step):
    """Taking one's answer back."""

    writes = "approve"
    needs_match = True

    @step("undo_approval")
    def post(self, request: Request, task: ReviewTask, said: dict[str, Any]) -> object:
        """Take one's own approval or rejection back within 10 minutes."""
        by, version = person(request), version_of(request)
        return approvals.undo(task, by=by, now=lease.now(), version=version, key=own_key(request))
