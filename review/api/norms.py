"""What is normal in a market, and its gates: norms written, ended and corrected; gates read and answered."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person
from accounts.api.kept import once
from accounts.api.problems import Refusal
from accounts.models import User
from jobs import lease
from review import policies
from review.api.cards import found
from review.queries.investigations import visible_norms
from screening import gates, norms
from screening.engine.peers import WATCHED
from screening.engine.raw import TIERS
from screening.models import Market, MarketGate, MarketNorm, Platform
from screening.queries import NOT_HERE

FLAGS = [":".join(one) for one in WATCHED]
LONGEST = 300  # characters of where a gate was looked up
ASKED = [
    *pages.PARAMETERS,
    OpenApiParameter("market", str),
    OpenApiParameter("live", str, enum=["yes", "no"], description="yes: in force today; no: ended"),
]


class NormRow(serializers.ModelSerializer[MarketNorm]):
    """A norm of a market. flag: the one that it answers, feature:side; why stands on its page."""

    code = serializers.CharField()
    scope = serializers.DictField(child=serializers.CharField())
    entry = serializers.UUIDField(source="audit_id")

    class Meta:
        model = MarketNorm
        fields = [
            "id", "code", "market", "flag", "scope", "author", "valid_from_date", "valid_until_date", "ended_at",
            "ended_by", "replaces", "entry",
        ]  # fmt: skip
        read_only_fields = fields


class GateRow(serializers.ModelSerializer[MarketGate]):
    """A dated legal rule of a market, with where it stands written."""

    params = serializers.DictField()

    class Meta:
        model = MarketGate
        fields = [
            "id", "market", "code", "name_en", "name_ru", "rule", "params", "valid_from_date", "valid_until_date",
            "evidence", "checked_on_date",
        ]  # fmt: skip
        read_only_fields = fields


class GateResultRow(serializers.Serializer[Any]):
    """What a gate says of a creator today. reason: a code; where it was looked up stands on the card's page."""

    gate = serializers.IntegerField(source="gate.pk")
    code = serializers.CharField(source="gate.code")
    state = serializers.ChoiceField(gates.GateState.choices)
    reason = serializers.CharField()
    is_open = serializers.BooleanField(help_text="It keeps the card from being approved")
    answered_by = serializers.IntegerField(source="answer.by_id", allow_null=True, default=None)
    answered_at = serializers.DateTimeField(source="answer.at", allow_null=True, default=None)


class ScopeIn(serializers.Serializer[Any]):
    """For whom a norm holds (nothing said: for all), until when, and why in own words."""

    platform = serializers.ChoiceField(Platform.choices, required=False, allow_blank=True)
    category = serializers.CharField(required=False, allow_blank=True, max_length=80)
    tier = serializers.ChoiceField(list(TIERS), required=False, allow_blank=True)
    until = serializers.DateField()
    reason = serializers.CharField(min_length=norms.LEAST, max_length=norms.MOST)


class NormIn(ScopeIn):
    """A new norm."""

    market = serializers.CharField(max_length=12)
    flag = serializers.ChoiceField(FLAGS)


class EndIn(serializers.Serializer[Any]):
    """Why a norm holds no more."""

    reason = serializers.CharField(max_length=norms.MOST)


class GateIn(serializers.Serializer[Any]):
    """What was found out about a creator at a gate, and where."""

    is_passed = serializers.BooleanField()
    evidence = serializers.CharField(max_length=LONGEST)


def _scope(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"scope": {name: said.pop(name) for name in norms.SCOPE if name in said}}


class Norms(Endpoint):
    """Norms of markets."""

    writes = "norm"
    conflicts = invalid = (norms.NormRefused,)

    def norm(self, request: Request, norm_id: int) -> MarketNorm:
        """Return a norm of the person's markets; 404 for any other."""
        return get_object_or_404(visible_norms(person(request)).select_related("market"), pk=norm_id)


class NormList(Norms):
    """Norms of the person's markets."""

    @extend_schema(operation_id="norms", parameters=ASKED, responses=pages.shape(NormRow))
    def get(self, request: Request) -> Response:
        """Return norms, newest first, ended ones too."""
        rows, today = visible_norms(person(request)), lease.now().date()
        if market := request.query_params.get("market", "").replace("\0", ""):
            rows = rows.filter(market=market)
        live = Q(ended_at__isnull=True, valid_until_date__gte=today)
        match request.query_params.get("live", ""):
            case "yes":
                rows = rows.filter(live)
            case "no":
                rows = rows.exclude(live)
            case "":
                pass
            case _other:
                raise Refusal(422, _("There is no such %(name)s.") % {"name": "live"}, "#query/live")
        return Response(pages.page(request, rows, lambda some: NormRow(some, many=True).data))

    @extend_schema(operation_id="write_norm", request=NormIn, responses={201: NormRow})
    @once
    def post(self, request: Request) -> Response:
        """Write a norm that holds from today; the next run follows it."""
        user, said = person(request), _scope(given(NormIn, request))
        market = _market(user, said.pop("market"))
        return Response(NormRow(norms.write(market, by=user, now=lease.now(), **said)).data, status=201)


class OneNorm(Norms):
    """One norm."""

    @extend_schema(operation_id="norm", responses=NormRow)
    def get(self, request: Request, norm_id: int) -> Response:
        """Return a norm."""
        return Response(NormRow(self.norm(request, norm_id)).data)


class EndNorm(Norms):
    """The end of a norm."""

    @extend_schema(operation_id="end_norm", request=EndIn, responses=NormRow)
    @once
    def post(self, request: Request, norm_id: int) -> Response:
        """Take a norm out of force before its date; runs that froze it keep it."""
        norm, said = self.norm(request, norm_id), given(EndIn, request)
        return Response(NormRow(norms.end(norm, by=person(request), now=lease.now(), **said)).data)


class CorrectNorm(Norms):
    """A norm written anew."""

    @extend_schema(operation_id="correct_norm", request=ScopeIn, responses={201: NormRow})
    @once
    def post(self, request: Request, norm_id: int) -> Response:
        """Write a norm anew with another scope or end; the one before it ends."""
        norm, said = self.norm(request, norm_id), _scope(given(ScopeIn, request))
        return Response(NormRow(norms.correct(norm, by=person(request), now=lease.now(), **said)).data, status=201)


class GateList(Endpoint):
    """Gates of the person's markets."""

    @extend_schema(
        operation_id="gates", parameters=[*pages.PARAMETERS, OpenApiParameter("market", str)],
        responses=pages.shape(GateRow),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return gates with their dates, newest first; those of the past too."""
        rows: QuerySet[MarketGate] = MarketGate.objects.filter(access.scope(person(request)).query("", "market"))
        if market := request.query_params.get("market", "").replace("\0", ""):
            rows = rows.filter(market=market)
        return Response(pages.page(request, rows, lambda some: GateRow(some, many=True).data))


class CardGates(Endpoint):
    """What the gates of a card's market say of its creator."""

    @extend_schema(operation_id="card_gates", responses=GateResultRow(many=True))
    def get(self, request: Request, task_id: int) -> Response:
        """Return what each gate says today."""
        return Response(_results(request, task_id))


class AnswerGate(Endpoint):
    """A question of a gate."""

    writes = "decide"
    conflicts = (gates.NotAnswered,)

    @extend_schema(operation_id="answer_gate", request=GateIn, responses=GateResultRow(many=True))
    @once
    def post(self, request: Request, task_id: int, gate_id: int) -> Response:
        """Answer a gate that the figures could not: passed or not, and where it was looked up."""
        task = found(task_id, person(request))
        gate, said = get_object_or_404(task.campaign.market.gates, pk=gate_id), given(GateIn, request)
        gates.answer(task.recommendation.profile, gate, by=person(request), now=lease.now(), **said)
        return Response(_results(request, task_id))


def _results(request: Request, task_id: int) -> Any:
    task = found(task_id, person(request))
    market = task.campaign.market
    told = gates.check(task.recommendation.profile, market, on=policies.today(market, now=lease.now()))
    return GateResultRow(told, many=True).data


def _market(user: User, code: str) -> Market:
    market = Market.objects.filter(pk=code).first()
    if market is None or not access.scope(user).reaches("", code):
        raise Refusal(422, NOT_HERE, "/market")
    return market
