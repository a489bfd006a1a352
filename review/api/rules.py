"""The rules of who decides: read, proposed, tried, put in force by a second person, retired; the stop button."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
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
from review import bounds, dry_run, policies, queries, stops
from review.api import rule_rows
from review.api.rule_rows import PolicyRow, PolicyTrialRow, StopRow
from review.models import Policy, PolicyState, Stop
from review.queries.rules import visible_policies, visible_stops
from screening.models import Brand, Market
from screening.queries import NOT_HERE

ASKED = [
    *pages.PARAMETERS,
    OpenApiParameter("brand", str), OpenApiParameter("market", str),
    OpenApiParameter("state", str, enum=PolicyState.values, description="active: the rules in force"),
]  # fmt: skip


def _narrowed(request: Request) -> QuerySet[Policy]:
    rows = visible_policies(person(request))
    if (state := request.query_params.get("state", "")) and state not in PolicyState.values:
        raise Refusal(422, _("There is no such %(name)s.") % {"name": "state"}, "#query/state")
    for name in ("brand", "market", "state"):
        if asked := request.query_params.get(name, "").replace("\0", ""):
            rows = rows.filter(**{name: asked})
    return rows


class PolicyList(Endpoint):
    """Rules of who decides."""

    writes = "policy"
    invalid = (bounds.NotAPolicy,)

    @extend_schema(operation_id="policies", parameters=ASKED, responses=pages.shape(PolicyRow))
    def get(self, request: Request) -> Response:
        """Return all versions of the rules of the person's brands and markets, newest first."""
        return Response(pages.page(request, _narrowed(request), lambda some: PolicyRow(some, many=True).data))

    @extend_schema(operation_id="propose_policy", request=rule_rows.RulesIn, responses={201: PolicyRow})
    @once
    def post(self, request: Request) -> Response:
        """Propose the next version of the rules as a draft; a second person puts it in force, or nobody."""
        user, said = person(request), given(rule_rows.RulesIn, request)
        brand, market = said.pop("brand"), said.pop("market")
        last = queries.rules_to_start_from(brand, market, user=user)
        if last is None:
            raise Refusal(422, NOT_HERE, "/market" if access.scope(user).reaches(brand) else "/brand")
        access.require(user, "policy", brand=brand, market=market)
        people = {name: _named(said.pop(name, getattr(last, f"{name}_id"))) for name in ("owner", "deputy")}
        rules = {name: getattr(last, name) for name in policies.RULES} | said
        made = policies.propose(last.brand, last.market, by=user, now=lease.now(), **people, **rules)
        return Response(PolicyRow(made).data, status=201)


def _named(pk: int | None) -> Any:
    """Return who is meant; whether they may be that the verb asks, and says the same of who is not there at all."""
    return None if pk is None else User.objects.filter(pk=pk).first() or User()


def _policy(request: Request, policy_id: int) -> Policy:
    return get_object_or_404(visible_policies(person(request)), pk=policy_id)


class PolicyVersion(Endpoint):
    """One version of the rules."""

    @extend_schema(operation_id="policy", responses=PolicyRow)
    def get(self, request: Request, policy_id: int) -> Response:
        """Return a version."""
        return Response(PolicyRow(_policy(request, policy_id)).data)


class PolicyTrial(Endpoint):
    """What a draft would have done."""

    @extend_schema(operation_id="policy_trial", responses=PolicyTrialRow)
    def get(self, request: Request, policy_id: int) -> Response:
        """Return what a draft would have done to the cards of the last 90 days, once a worker has counted it."""
        job = dry_run.of(_policy(request, policy_id))
        found = dry_run.found(job)
        if found:
            found = found | {"changed": dry_run.examples(found, user=person(request))}
        told = {
            "job": job.pk if job else None, "status": job.status if job else None, "done": job.done if job else 0,
            "total": job.total if job else 0, "found": found or None,
        }  # fmt: skip
        return Response(PolicyTrialRow(told).data)


class MovePolicy(Endpoint):
    """A version of the rules that is put in force, or out of it."""

    writes = "policy"
    conflicts = (policies.CannotApprove,)


class ApprovePolicy(MovePolicy):
    """The second person."""

    @extend_schema(operation_id="approve_policy", request=None, responses=PolicyRow)
    @once
    def post(self, request: Request, policy_id: int) -> Response:
        """Put a draft that somebody else proposed in force; the version before it retires."""
        found = _policy(request, policy_id)
        return Response(PolicyRow(policies.approve(found, by=person(request), now=lease.now())).data)


class RetirePolicy(MovePolicy):
    """The end of the rules."""

    @extend_schema(operation_id="retire_policy", request=rule_rows.WhyIn, responses=PolicyRow)
    @once
    def post(self, request: Request, policy_id: int) -> Response:
        """Take the rules out of force, with the reason: from now on people decide everything."""
        found, said = _policy(request, policy_id), given(rule_rows.WhyIn, request)
        return Response(PolicyRow(policies.retire(found, by=person(request), now=lease.now(), **said)).data)


class StopList(Endpoint):
    """Stops of the AI."""

    writes = "policy"
    conflicts = (stops.CannotStop,)

    @extend_schema(operation_id="stops", parameters=pages.PARAMETERS, responses=pages.shape(StopRow))
    def get(self, request: Request) -> Response:
        """Return the stops of the person's brands and markets, ended ones too, newest first."""
        rows = visible_stops(person(request))
        return Response(pages.page(request, rows, lambda some: StopRow(some, many=True).data))

    @extend_schema(operation_id="stop_the_ai", request=rule_rows.StopIn, responses={201: StopRow})
    @once
    def post(self, request: Request) -> Response:
        """Stop the AI at once; what it decided alone and can still be undone is taken back."""
        user, said = person(request), given(rule_rows.StopIn, request)
        brand, code = said["brand"], said.pop("market")
        market = Market.objects.filter(pk=code).first()
        if market is None or not access.scope(user).reaches("", code):
            raise Refusal(422, NOT_HERE, "/market")
        is_there = not brand or Brand.objects.filter(pk=brand).exists()
        if not is_there or not access.scope(user).reaches(brand, code):
            raise Refusal(422, NOT_HERE, "/brand")
        if (number := said.pop("model")) is not None:
            said["model"] = stops.stoppable(market).filter(pk=number).first()
            if said["model"] is None:
                raise Refusal(422, _("The market has no such model that was in force."), "/model")
        return Response(StopRow(stops.stop(market, by=user, now=lease.now(), **said)).data, status=201)


class OneStop(Endpoint):
    """One stop."""

    @extend_schema(operation_id="stop", responses=StopRow)
    def get(self, request: Request, stop_id: int) -> Response:
        """Return a stop."""
        return Response(StopRow(get_object_or_404(visible_stops(person(request)), pk=stop_id)).data)


class MoveStop(Endpoint):
    """A stop that somebody would end."""

    writes = "policy"
    conflicts = (stops.CannotStop,)

    def done(self, request: Request, stop_id: int, verb: Callable[..., Stop]) -> Response:
        """Do it and return the stop."""
        found = get_object_or_404(visible_stops(person(request)).select_related("market"), pk=stop_id)
        return Response(StopRow(verb(found, by=person(request), now=lease.now())).data)


class ProposeRestart(MoveStop):
    """Asking for the AI again."""

    @extend_schema(operation_id="propose_restart", request=None, responses=StopRow)
    @once
    def post(self, request: Request, stop_id: int) -> Response:
        """Ask to start the AI again; nothing starts until a second manager confirms."""
        return self.done(request, stop_id, stops.propose_restart)


class WithdrawRestart(MoveStop):
    """The AI stays stopped."""

    @extend_schema(operation_id="withdraw_restart", request=None, responses=StopRow)
    @once
    def post(self, request: Request, stop_id: int) -> Response:
        """Take the question back, or refuse it."""
        return self.done(request, stop_id, stops.withdraw_restart)


class ConfirmRestart(MoveStop):
    """The second person."""

    @extend_schema(operation_id="confirm_restart", request=None, responses=StopRow)
    @once
    def post(self, request: Request, stop_id: int) -> Response:
        """Start the AI again, as the second person."""
        return self.done(request, stop_id, stops.confirm_restart)
