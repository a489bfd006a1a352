"""Runs and their frozen answers."""

from typing import Any

from django.db.models import BigIntegerField, Case, F, When
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from accounts.api.kept import once
from jobs import dispatch, lease
from screening import campaigns, exposures, queries, runs, sealed
from screening.api.rows import RecommendationRow, RunLine, RunRow
from screening.models import Recommendation

BEHIND = 2**40  # where those without a rank stand: behind everybody who has one


class Run(Endpoint):
    """One run."""

    @extend_schema(operation_id="run", responses=RunRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return a run, its inputs and counts."""
        found = queries.run(person(request), pk)
        return Response(RunRow(found, context={"hidden": sealed.profiles(found.campaign, person(request))}).data)


class RunList(Endpoint):
    """Runs of the person's brands and markets."""

    @extend_schema(operation_id="runs", parameters=pages.PARAMETERS, responses=pages.shape(RunLine))
    def get(self, request: Request) -> Response:
        """Return runs, newest first; counts and hashes stand on each of them."""
        rows = queries.visible_runs(person(request))
        return Response(pages.page(request, rows, lambda some: RunLine(some, many=True).data))


class CancelRun(Endpoint):
    """The end of a run before its time."""

    writes = "run"
    conflicts = (dispatch.NotCancellable,)

    @extend_schema(operation_id="cancel_run", request=None, responses=RunLine)
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Stop a run that waits or runs; nothing of it is kept."""
        found = queries.run(person(request), pk)
        runs.cancel(found, by=person(request), now=lease.now())
        return Response(RunLine(queries.run(person(request), pk)).data)


class RetryRun(Endpoint):
    """Another try of a run."""

    writes = "run"
    conflicts = (runs.NotRepeatable, runs.RunRefused, campaigns.CampaignClosed)

    @extend_schema(operation_id="retry_run", request=None, responses=RunLine)
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Try a failed or cancelled run again with the inputs it froze."""
        runs.retry(queries.run(person(request), pk), by=person(request), now=lease.now())
        return Response(RunLine(queries.run(person(request), pk)).data)


class Recommendations(Endpoint):
    """The frozen answers of a run."""

    @extend_schema(
        operation_id="recommendations", parameters=pages.PARAMETERS, responses=pages.shape(RecommendationRow)
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return answers by rank, those without a rank last; nothing of cards that are sealed for the reader."""
        user = person(request)
        found = queries.run(user, pk)
        hidden = sealed.profiles(found.campaign, user)
        place = Case(When(rank=0, then=F("pk") + BEHIND), default=F("rank"), output_field=BigIntegerField())
        shown = found.recommendations.exclude(profile__in=hidden).select_related("creator", "profile")

        def tell(some: list[Recommendation]) -> Any:
            exposures.note(user, found.campaign, (one.creator_id for one in some), now=lease.now())
            return RecommendationRow(some, many=True, context={"above": queries.ranks_of(found, hidden)}).data

        return Response(pages.page(request, shown.annotate(place=place), tell, by="place", up=True))
