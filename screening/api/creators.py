"""The registry: creators with their profiles."""

from collections import defaultdict
from typing import Any

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from accounts.models import User
from screening import registry
from screening.api.rows import CreatorRow
from screening.models import Creator

ASKED = [
    *pages.PARAMETERS,
    OpenApiParameter("handle", str, description="Creators of this handle: @nick, or youtube/@nick"),
    OpenApiParameter("platform", str, description="Creators with a profile there"),
]


def _tell(user: User, some: list[Creator]) -> Any:
    """Tell creators with the profiles that the person sees and their newest known size. Two queries."""
    mine = list(registry.visible_profiles(user).filter(creator__in=[one.pk for one in some]).order_by("pk"))
    profiles = defaultdict(list)
    for one in mine:
        profiles[one.creator_id].append(one)
    known = {"profiles": profiles, "followers": registry.newest_followers(one.pk for one in mine)}
    return CreatorRow(some, many=True, context=known).data


def _creators(request: Request) -> Any:
    meets, handle = registry.visible_profiles(person(request)), request.query_params.get("handle", "")
    if platform := request.query_params.get("platform", ""):
        meets = meets.filter(platform=platform.replace("\0", ""))
    rows = Creator.objects.filter(Exists(meets.filter(creator=OuterRef("pk"))))
    if handle:
        named = registry.named(person(request), handle.replace("\0", ""))
        rows = rows.filter(pk__in=[one.pk for one in named])
    return rows


class CreatorList(Endpoint):
    """Creators who stand in the person's markets."""

    @extend_schema(operation_id="creators", parameters=ASKED, responses=pages.shape(CreatorRow))
    def get(self, request: Request) -> Response:
        """Return creators, newest first."""
        return Response(pages.page(request, _creators(request), lambda some: _tell(person(request), some)))


class OneCreator(Endpoint):
    """One creator."""

    @extend_schema(operation_id="creator", responses=CreatorRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return a creator with their profiles."""
        return Response(_tell(person(request), [get_object_or_404(_creators(request), pk=pk)])[0])
