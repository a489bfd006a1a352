"""JSON of campaigns, runs and recommendations: the same queries and verbs as the pages, no rule of its own."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from screening import campaigns, exposures, judging, queries, ranking, runs, sealed
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


def run_json(found: ScreeningRun, user: User) -> dict[str, Any]:
    """Return a run with its inputs and counts as the API tells it: without cards that are sealed for the reader."""
    hidden = sealed.profiles(found.campaign, user)
    line = judging.line_used(found.norms)
    return {
        "id": found.pk,
        "campaign": found.campaign.slug,
        "number": found.number,
        "status": found.status,
        "brief_version": found.brief.version,
        "pool": found.pool_id,
        "model": found.model.sha256,
        "model_version": found.model.version,
        "is_learned": found.model.kind != "card",
        "round": found.round,
        "seed": found.seed,
        "decision_line_u6": round(line.p * judging.MILLION),
        "unsure_band_u6": round(line.half_band * judging.MILLION),
        "funnel": ranking.funnel(found, hidden),
        "result_sha256": "" if hidden else found.result_sha256,
        "error": found.error,
        "created_at": found.created_at,
        "finished_at": found.finished_at,
    }


def recommendation_json(found: Recommendation, rank: int) -> dict[str, Any]:
    """Return a frozen answer as the API tells it; points and chances in millionths, exact."""
    return {
        "rank": rank,
        "profile": found.profile_id,
        "creator": found.creator_id,
        "name": found.creator.name,
        "platform": found.profile.platform,
        "handle": found.profile.handle,
        "score_u6": found.score_u6,
        "p_u6": found.p_u6,
        "chances_u6": [round(end * judging.MILLION) for end in found.knowledge.get("chances", ())],
        "record": found.knowledge.get("record"),
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
        user = person(request)
        return Response({"runs": [run_json(one, user) for one in queries.overview(user, slug).runs]})

    def post(self, request: Request, slug: str) -> Response:
        """Start a run of the newest brief."""
        found = queries.campaign(person(request), slug)
        try:
            started = runs.start(found, by=person(request), now=timezone.now())
        except (runs.RunRefused, campaigns.CampaignClosed) as refusal:
            return Response({"detail": str(refusal)}, status=409)
        return Response(run_json(started, person(request)), status=201)


class Run(APIView):
    """One run."""

    def get(self, request: Request, pk: int) -> Response:
        """Answer with a run, its inputs and counts."""
        return Response(run_json(queries.run(person(request), pk), person(request)))


class Recommendations(APIView):
    """The frozen answers of a run."""

    def get(self, request: Request, pk: int) -> Response:
        """Answer with a page of answers by rank."""
        found = queries.run(person(request), pk)
        hidden = sealed.profiles(found.campaign, person(request))
        page = queries.recommendations(found, page=request.GET.get("page", ""), hidden=hidden)
        above = queries.ranks_of(found, hidden)
        told = [recommendation_json(one, one.rank - sum(rank < one.rank for rank in above)) for one in page.items]
        shown = (one.creator_id for one in page.items)
        exposures.note(person(request), found.campaign, shown, now=timezone.now())
        return Response({"recommendations": told, "page": page.number, "pages": page.pages, "found": page.found})
