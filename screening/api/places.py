"""Brands, markets and the models that score for them."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from accounts.models import User
from screening import queries
from screening.api.rows import BrandRow, MarketRow, ModelRow
from screening.models import Brand, Market, ScoringModel


class BrandList(Endpoint):
    """The person's brands."""

    @extend_schema(operation_id="brands", parameters=pages.PARAMETERS, responses=pages.shape(BrandRow))
    def get(self, request: Request) -> Response:
        """Return brands by slug."""
        rows = Brand.objects.filter(access.scope(person(request)).query("pk", ""))
        return Response(pages.page(request, rows, lambda some: BrandRow(some, many=True).data, up=True))


class MarketList(Endpoint):
    """The person's markets."""

    @extend_schema(operation_id="markets", parameters=pages.PARAMETERS, responses=pages.shape(MarketRow))
    def get(self, request: Request) -> Response:
        """Return markets by code."""
        rows = Market.objects.filter(access.scope(person(request)).query("", "pk"))
        return Response(pages.page(request, rows, lambda some: MarketRow(some, many=True).data, up=True))


def _models(user: User) -> Any:
    """Return the models of a person's markets, without their tables."""
    return ScoringModel.objects.filter(market__in=queries.markets_of(user)).defer("document")


class ModelList(Endpoint):
    """Models of the person's markets."""

    @extend_schema(operation_id="models", parameters=pages.PARAMETERS, responses=pages.shape(ModelRow))
    def get(self, request: Request) -> Response:
        """Return models, newest first."""
        return Response(pages.page(request, _models(person(request)), lambda some: ModelRow(some, many=True).data))


class OneModel(Endpoint):
    """One model."""

    @extend_schema(operation_id="model", responses=ModelRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return a model, who approved it and what it learned from."""
        return Response(ModelRow(get_object_or_404(_models(person(request)), pk=pk)).data)
