"""JSON of campaigns, runs and recommendations: the same queries and verbs as the pages, no rule of its own."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from screening import campaigns, queries, runs
from screening.models import Campaign, Recommendation, ScreeningRun
from screening.views import person


def campaign_json(found: Campaign) -> dict[str, Any]:
    """Return a campaign as the API tells it."""
    return {
        "slug": found.slug,
        "name": found.name,
        "brand": found.brand_id,
        "market": found.market_id,
        "objective": found.objective,
        "budget_minor": found.budget_minor,
        "fee_minor": found.fee_minor,
        "currency": found.brand.currency,
        "wanted": found.wanted,
        "deadline_date": found.deadline_date,
        "closed_at": found.closed_at,
    }


def run_json(found: ScreeningRun) -> dict[str, Any]:
    """Return a run with its inputs and counts as the API tells it."""
    return {
        "id": found.pk,
        "campaign": found.campaign.slug,
        "number": found.number,
        "status": found.status,
        "brief_version": found.brief.version,
        "pool": found.pool_id,
        "model": found.model.sha256,
        "round": found.round,
        "seed": found.seed,
        "funnel": found.funnel,
        "result_sha256": found.result_sha256,
        "error": found.error,
        "created_at": found.created_at,
        "finished_at": found.finished_at,
    }


def recommendation_json(found: Recommendation) -> dict[str, Any]:
    """Return a frozen answer as the API tells it; points and chances in millionths, exact."""
    return {
        "rank": found.rank,
        "profile": found.profile_id,
        "creator": found.creator_id,
        "name": found.creator.name,
        "platform": found.profile.platform,
        "handle": found.profile.handle,
        "score_u6": found.score_u6,
        "p_u6": found.p_u6,
        "verdict": found.verdict,
        "factors": found.factors,
        "missing": found.missing,
        "flags": found.flags,
        "knowledge": found.knowledge,
        "figures_date": found.figures_date,
    }


class CampaignList(APIView):
    """Campaigns of the person's brands and markets."""

    def get(self, request: Request) -> Response:
        """Answer with a page of campaigns."""
        page = queries.campaigns(person(request), page=request.GET.get("page", ""))
        return Response(
            {"campaigns": [campaign_json(one) for one in page.items], "page": page.number, "pages": page.pages}
        )


class CampaignRuns(APIView):
    """Runs of a campaign."""

    def get(self, request: Request, slug: str) -> Response:
        """Answer with the newest runs of a campaign."""
        return Response({"runs": [run_json(one) for one in queries.overview(person(request), slug).runs]})

    def post(self, request: Request, slug: str) -> Response:
        """Start a run of the newest brief."""
        found = queries.campaign(person(request), slug)
        try:
            started = runs.start(found, by=person(request), now=timezone.now())
        except (runs.RunRefused, campaigns.CampaignClosed) as refusal:
            return Response({"detail": str(refusal)}, status=409)
        return Response(run_json(started), status=201)


class Run(APIView):
    """One run."""

    def get(self, request: Request, pk: int) -> Response:
        """Answer with a run, its inputs and counts."""
        return Response(run_json(queries.run(person(request), pk)))


class Recommendations(APIView):
    """The frozen answers of a run."""

    def get(self, request: Request, pk: int) -> Response:
        """Answer with a page of answers by rank."""
        page = queries.recommendations(queries.run(person(request), pk), page=request.GET.get("page", ""))
        told = [recommendation_json(one) for one in page.items]
        return Response({"recommendations": told, "page": page.number, "pages": page.pages, "found": page.found})
