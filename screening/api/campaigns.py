"""Campaigns, their briefs, runs and results."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person
from accounts.api.kept import once
from jobs import lease
from screening import briefs, campaigns, memory, queries, registry, runs, sealed
from screening.api.given import BriefIn, CampaignIn, OutcomeIn
from screening.api.rows import BriefRow, CampaignRow, OutcomeRow, RunRow


class CampaignList(Endpoint):
    """Campaigns of the person's brands and markets."""

    writes = "brief"
    invalid = (campaigns.CampaignRefused,)

    @extend_schema(operation_id="campaigns", parameters=pages.PARAMETERS, responses=pages.shape(CampaignRow))
    def get(self, request: Request) -> Response:
        """Return campaigns, newest first."""
        rows = queries.visible_campaigns(person(request))
        return Response(pages.page(request, rows, lambda found: CampaignRow(found, many=True).data))

    @extend_schema(operation_id="create_campaign", request=CampaignIn, responses={201: CampaignRow})
    @once
    def post(self, request: Request) -> Response:
        """Begin a campaign of a brand in a market where one writes briefs."""
        user, said = person(request), given(CampaignIn, request)
        brands, markets = queries.where_briefs_are_written(user)
        brand = {one.pk: one for one in brands}.get(said.pop("brand"))
        market = {one.pk: one for one in markets}.get(said.pop("market"))
        if brand is None or market is None:
            raise campaigns.CampaignRefused("market" if brand else "brand", str(queries.NOT_HERE))
        made = campaigns.create(brand=brand, market=market, **said, by=user, now=lease.now())
        headers = {"Location": reverse("api-campaign", args=[made.slug])}
        return Response(CampaignRow(made).data, status=201, headers=headers)


class Campaign(Endpoint):
    """One campaign."""

    @extend_schema(operation_id="campaign", responses=CampaignRow)
    def get(self, request: Request, slug: str) -> Response:
        """Return a campaign."""
        return Response(CampaignRow(queries.campaign(person(request), slug)).data)


class CloseCampaign(Endpoint):
    """The end of a campaign."""

    writes = "brief"
    conflicts = (campaigns.CampaignClosed,)

    @extend_schema(operation_id="close_campaign", request=None, responses=CampaignRow)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """End a campaign: no new briefs and runs."""
        found = queries.campaign(person(request), slug)
        return Response(CampaignRow(campaigns.close(found, by=person(request), now=lease.now())).data)


class CampaignBriefs(Endpoint):
    """Versions of a campaign's brief."""

    writes = "brief"
    conflicts = (campaigns.CampaignClosed, briefs.NothingChanged)
    invalid = (briefs.BriefInvalid,)

    @extend_schema(operation_id="briefs", parameters=pages.PARAMETERS, responses=pages.shape(BriefRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the versions of a brief, newest first."""
        rows = queries.campaign(person(request), slug).briefs.all()
        return Response(pages.page(request, rows, lambda found: BriefRow(found, many=True).data, by="version"))

    @extend_schema(operation_id="publish_brief", request=BriefIn, responses={201: BriefRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Keep the next version of the brief; versions are never changed."""
        found, said = queries.campaign(person(request), slug), given(BriefIn, request)
        made = briefs.publish(
            found, criteria=briefs.criteria_from(said["criteria"]),
            preferences=briefs.preferences_from(said.get("preferences", {})), note=said["note"], by=person(request),
            now=lease.now(),
        )  # fmt: skip
        return Response(BriefRow(made).data, status=201)


class CampaignRuns(Endpoint):
    """Runs of a campaign."""

    writes = "run"
    conflicts = (runs.RunRefused, campaigns.CampaignClosed)

    @extend_schema(operation_id="campaign_runs", parameters=pages.PARAMETERS, responses=pages.shape(RunRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the runs of a campaign, newest first."""
        found = queries.campaign(person(request), slug)
        told = {"hidden": sealed.profiles(found, person(request))}
        rows = queries.visible_runs(person(request)).filter(campaign=found)
        return Response(pages.page(request, rows, lambda some: RunRow(some, many=True, context=told).data))

    @extend_schema(operation_id="start_run", request=None, responses={201: RunRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Start a run of the newest brief; a worker carries it out."""
        found = queries.campaign(person(request), slug)
        started = runs.start(found, by=person(request), now=lease.now())
        told = {"hidden": sealed.profiles(found, person(request))}
        headers = {"Location": reverse("api-run", args=[started.pk])}
        return Response(RunRow(started, context=told).data, status=201, headers=headers)


class CampaignOutcomes(Endpoint):
    """What partnerships of a campaign achieved."""

    writes = "outcome"
    conflicts = (memory.OutcomeRefused,)

    @extend_schema(operation_id="outcomes", parameters=pages.PARAMETERS, responses=pages.shape(OutcomeRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the results that stand, newest first; corrected ones are left out."""
        found = queries.campaign(person(request), slug)
        rows = found.outcomes.filter(replaced_by__isnull=True)
        return Response(pages.page(request, rows, lambda some: OutcomeRow(some, many=True).data))

    @extend_schema(operation_id="record_outcome", request=OutcomeIn, responses={201: OutcomeRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Record what a partnership achieved."""
        found, said = queries.campaign(person(request), slug), dict[str, Any](given(OutcomeIn, request))
        profile = get_object_or_404(registry.visible_profiles(person(request)), pk=said.pop("profile"))
        made = memory.record_outcome(found, profile, memory.Told(**said), by=person(request), now=lease.now())
        return Response(OutcomeRow(made).data, status=201)
