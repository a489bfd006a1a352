"""Strategy sessions: opened, their agenda, what is agreed on, minutes over the version that was read, their end."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, sight
from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person, version_of
from accounts.api.kept import once
from accounts.api.problems import Refusal
from accounts.models import User
from jobs import lease
from review import queries, sessions
from review.api.rows import DecisionRow
from review.models import ItemKind, ReviewTask, Session, SessionItem
from review.overlays import words_with
from review.queries import board as boards
from review.queries.exploration import Exploration
from review.queries.sessions import visible_items, visible_sessions
from screening import campaigns, exposures
from screening import queries as screening
from screening.models import Verdict
from screening.queries import NOT_HERE

ID: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}
MILLION = 1_000_000


class SessionRow(serializers.ModelSerializer[Session]):
    """A session of a campaign. version: of its minutes; a closed one takes nothing more."""

    campaign = serializers.CharField(source="campaign.slug")

    class Meta:
        model = Session
        fields = [
            "id", "campaign", "number", "opened_by", "opened_at", "minutes_planned", "closed_by", "closed_at", "version"
        ]  # fmt: skip
        read_only_fields = fields


class ItemRow(serializers.ModelSerializer[SessionItem]):
    """What was agreed on. An action that is not done goes on to the next session, times_carried times so far."""

    card = serializers.IntegerField(source="task_id", allow_null=True)
    entry = serializers.UUIDField(source="audit_id")

    class Meta:
        model = SessionItem
        fields = [
            "id", "session", "kind", "card", "owner", "due_date", "by", "at", "done_at", "done_by", "times_carried",
            "entry",
        ]  # fmt: skip
        read_only_fields = fields


class WordedItemRow(ItemRow):
    """What was agreed on, in its words; empty where they were erased."""

    text = serializers.SerializerMethodField()

    class Meta(ItemRow.Meta):
        fields = [*ItemRow.Meta.fields, "text"]
        read_only_fields = fields

    def get_text(self, found: SessionItem) -> str:
        """Return the words."""
        return str(words_with(found.audit).get("text", ""))


class MinutesRow(serializers.Serializer[Any]):
    """The minutes as they were saved last. present: ids of those who were there; entry: null before the first time."""

    session = serializers.IntegerField()
    version = serializers.IntegerField()
    text = serializers.CharField(allow_blank=True)
    present = serializers.ListField(child=serializers.IntegerField())
    entry = serializers.UUIDField(allow_null=True)


class StanceRow(serializers.Serializer[Any]):
    """A card with both sides. p_u6: the chance that the person gave, null where they only chose a side."""

    card = serializers.IntegerField(source="task.pk")
    profile = serializers.IntegerField(source="task.recommendation.profile_id")
    ai_verdict = serializers.ChoiceField(Verdict.choices, source="task.recommendation.verdict")
    ai_p_u6 = serializers.IntegerField(source="task.recommendation.p_u6")
    says_yes = serializers.BooleanField()
    p_u6 = serializers.SerializerMethodField()
    together_u6 = serializers.SerializerMethodField()
    by = serializers.IntegerField(source="who.pk")
    decision = serializers.IntegerField(source="decision.pk", allow_null=True, default=None)

    def get_p_u6(self, found: boards.Stance) -> int | None:
        """Return the person's chance."""
        return None if found.person is None else round(found.person * MILLION)

    def get_together_u6(self, found: boards.Stance) -> int | None:
        """Return both weighted by record; null where too little is known to say it as a number."""
        return None if found.together is None else round(found.together * MILLION)


class PickRow(serializers.Serializer[Any]):
    """An exploration pick that waits. allowed: what the reader may choose on it now, by the card's own address."""

    card = serializers.IntegerField(source="pk")
    profile = serializers.IntegerField(source="recommendation.profile_id")
    ai_verdict = serializers.ChoiceField(Verdict.choices, source="recommendation.verdict")
    ai_p_u6 = serializers.IntegerField(source="recommendation.p_u6")
    allowed = serializers.SerializerMethodField()

    def get_allowed(self, found: ReviewTask) -> list[str]:
        """Return the verbs."""
        return sorted(self.context["can"].get(found.pk, ()))


class TestsRow(serializers.Serializer[Any]):
    """What exploration picks cost, in minor units, and what became of them: approved, with a result, worked out."""

    spent_minor = serializers.IntegerField(source="spent")
    budget_minor = serializers.IntegerField(source="budget")
    share_u6 = serializers.IntegerField()
    made = serializers.IntegerField()
    known = serializers.IntegerField()
    worked = serializers.IntegerField(source="right")


class AgendaRow(serializers.Serializer[Any]):
    """Where AI and people agree, where they contradict each other, and what nobody looked for; what was decided in it.

    sealed: cards that are left out for the reader; tests: null where the reader's role does not need prices.
    """

    session = serializers.IntegerField()
    agree = StanceRow(many=True)
    contradict = StanceRow(many=True)
    explore = PickRow(many=True)
    sealed = serializers.IntegerField()
    decided = DecisionRow(many=True)
    tests = TestsRow(allow_null=True)


class StartIn(serializers.Serializer[Any]):
    """How long it is planned for."""

    minutes = serializers.IntegerField(required=False, default=45, min_value=5, max_value=480)


class ItemIn(serializers.Serializer[Any]):
    """Something that was agreed on. An action has an owner who works on the campaign; card: one of the campaign."""

    kind = serializers.ChoiceField(ItemKind.choices)
    text = serializers.CharField(max_length=sessions.MAX_WORDS)
    owner = serializers.IntegerField(required=False, allow_null=True, default=None, **ID)
    due_date = serializers.DateField(required=False, allow_null=True, default=None)
    card = serializers.IntegerField(required=False, allow_null=True, default=None, **ID)


class MinutesIn(serializers.Serializer[Any]):
    """The minutes, whole. present: ids of those who are there, people of the campaign."""

    text = serializers.CharField(allow_blank=True, max_length=sessions.MAX_MINUTES)
    present = serializers.ListField(child=serializers.IntegerField(**ID), required=False, default=list, max_length=200)


class DoneIn(serializers.Serializer[Any]):
    """Whether an action is done."""

    is_done = serializers.BooleanField()


class Meeting(Endpoint):
    """Sessions of campaigns."""

    writes = "decide"
    stale = (sessions.MinutesMoved,)
    conflicts = (sessions.SessionRefused, campaigns.CampaignClosed)
    invalid = (sessions.SessionRefused,)

    def session(self, request: Request, session_id: int) -> Session:
        """Return a session of the person's campaigns; 404 for any other."""
        return get_object_or_404(visible_sessions(person(request)), pk=session_id)


class SessionList(Meeting):
    """Sessions of a campaign."""

    @extend_schema(operation_id="sessions", parameters=pages.PARAMETERS, responses=pages.shape(SessionRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the sessions of a campaign, newest first; one of them is open at most."""
        rows = visible_sessions(person(request)).filter(campaign=screening.campaign(person(request), slug))
        return Response(pages.page(request, rows, lambda some: SessionRow(some, many=True).data, by="number"))

    @extend_schema(operation_id="open_session", request=StartIn, responses={201: SessionRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Open the next session, in which open actions go on; the open one is returned where there is one."""
        campaign, said = screening.campaign(person(request), slug), given(StartIn, request)
        made = sessions.start(campaign, by=person(request), now=lease.now(), **said)
        headers = {"Location": reverse("api-session", args=[made.pk])}
        return Response(SessionRow(made).data, status=201, headers=headers)


class OneSession(Meeting):
    """One session."""

    @extend_schema(operation_id="session", responses=SessionRow)
    def get(self, request: Request, session_id: int) -> Response:
        """Return a session; its ETag bears the version of the minutes."""
        return _versioned(self.session(request, session_id))


class Agenda(Meeting):
    """What a session is about."""

    @extend_schema(operation_id="session_agenda", responses=AgendaRow)
    def get(self, request: Request, session_id: int) -> Response:
        """Return where AI and people stand on the campaign's cards; reading it makes them AI-first for the reader."""
        user, now, session = person(request), lease.now(), self.session(request, session_id)
        found = boards.board(session.campaign, user=user, now=now, number=session.number)
        exposures.note(user, session.campaign, found.creators, now=now)
        told = {
            "session": session.pk, "agree": found.agree, "contradict": found.contradict, "explore": found.explore,
            "sealed": found.sealed, "decided": found.decided, "tests": _tests(found),
        }  # fmt: skip
        return Response(AgendaRow(told, context={"can": found.can}).data)


class Items(Meeting):
    """What was agreed on in a session."""

    @extend_schema(operation_id="session_items", parameters=pages.PARAMETERS, responses=pages.shape(WordedItemRow))
    def get(self, request: Request, session_id: int) -> Response:
        """Return decisions and actions in the order in which they were written down."""
        rows = visible_items(person(request)).filter(session=self.session(request, session_id))
        return Response(pages.page(request, rows, lambda some: WordedItemRow(some, many=True).data, up=True))

    @extend_schema(operation_id="add_to_session", request=ItemIn, responses={201: ItemRow})
    @once
    def post(self, request: Request, session_id: int) -> Response:
        """Write down a decision or an action; its owner is told."""
        user, session, said = person(request), self.session(request, session_id), given(ItemIn, request)
        owner = _owner(said.pop("owner"))
        task = _card(user, said.pop("card"))
        made = sessions.add(session, by=user, now=lease.now(), owner=owner, task=task, **said)
        return Response(ItemRow(made).data, status=201)


class TickItem(Meeting):
    """An action that is done, or not yet."""

    @extend_schema(operation_id="finish_action", request=DoneIn, responses=ItemRow)
    @once
    def post(self, request: Request, item_id: int) -> Response:
        """Tick an action off, or open it again, in a session or after it."""
        rows = visible_items(person(request))
        item, said = get_object_or_404(rows, pk=item_id), given(DoneIn, request)
        sessions.finish(item, by=person(request), now=lease.now(), **said)
        return Response(ItemRow(rows.get(pk=item_id)).data)


class Minutes(Meeting):
    """The minutes of a session."""

    needs_match = True

    @extend_schema(operation_id="minutes", responses=MinutesRow)
    def get(self, request: Request, session_id: int) -> Response:
        """Return the minutes as they were saved last, and who was there."""
        session = self.session(request, session_id)
        told = {
            "session": session.pk, "version": session.version, "present": sessions.present(session),
            "text": words_with(session.minutes).get("text", ""), "entry": session.minutes_id,
        }  # fmt: skip
        answer = Response(MinutesRow(told).data)
        answer.version = session.version  # type: ignore[attr-defined]
        return answer

    @extend_schema(operation_id="write_minutes", request=MinutesIn, responses=SessionRow)
    @once
    def post(self, request: Request, session_id: int) -> Response:
        """Save the minutes whole over the version that was read; the log keeps what they were."""
        session, said = self.session(request, session_id), given(MinutesIn, request)
        saved = sessions.write_minutes(
            session, text=said["text"], there=said["present"], version=version_of(request), by=person(request),
            now=lease.now(),
        )  # fmt: skip
        return _versioned(saved)


class CloseSession(Meeting):
    """The end of a session."""

    @extend_schema(operation_id="close_session", request=None, responses=SessionRow)
    @once
    def post(self, request: Request, session_id: int) -> Response:
        """Close a session; open actions go on to the next. A closed one is returned."""
        return _versioned(sessions.close(self.session(request, session_id), by=person(request), now=lease.now()))


def _versioned(session: Session) -> Response:
    answer = Response(SessionRow(session).data)
    answer.version = session.version  # type: ignore[attr-defined]
    return answer


def _owner(pk: int | None) -> User | None:
    """Return who should do it; whether they work there the verb asks, and says the same of who is not there at all."""
    return None if pk is None else User.objects.filter(pk=pk).first() or User(is_active=False)


def _card(user: User, pk: int | None) -> ReviewTask | None:
    if pk is None:
        return None
    found = queries.visible(user).filter(pk=pk).first()
    if found is None:
        raise Refusal(422, NOT_HERE, "/card")
    return found


def _tests(found: boards.Board) -> Exploration | None:
    place = access.Place(found.campaign.brand_id, found.campaign.market_id)
    return found.tests if sight.sees(sight.FEE, place) else None
