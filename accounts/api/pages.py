"""Lists in pages by cursor: a signed place in the order, so that page 1,000 costs what the first one does."""

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

from django.core import signing
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.problems import Refusal

Row = TypeVar("Row")
USUAL, MOST = 50, 200  # rows of a page
PARAMETERS = [
    OpenApiParameter("cursor", str, description="`next` of the page before, as it was given"),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST}, description="Rows of a page"),
]


@cache  # the document knows a shape by its class: two lists of the same rows have the same page
def shape(rows: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """Return what a page of these rows looks like, for the schema."""
    fields: dict[str, Any] = {"items": rows(many=True), "next": serializers.CharField(allow_null=True)}
    return inline_serializer(rows.__name__.removesuffix("Row") + "Page", fields)


def page(
    request: Request, rows: QuerySet[Any], tell: Callable[[list[Any]], Any], *, by: str = "pk", up: bool = False
) -> dict[str, Any]:
    """Return a page of a query, newest first, and the cursor of the next one. by: a unique column; up: smallest first.

    tell: puts the rows of this page into plain data, all at once. Raises Refusal for a cursor of another list.
    """
    salt, most = _salt(request), limit(request)
    if (after := _after(request, salt)) is not None:
        rows = rows.filter(**{f"{by}__{'gt' if up else 'lt'}": after})
    found = list(rows.order_by(by if up else f"-{by}")[: most + 1])
    shown = found[:most]
    last = getattr(shown[-1], by) if len(found) > most else None
    return {"items": tell(shown), "next": None if last is None else signing.dumps(_plain(last), salt=salt)}


def part(request: Request, found: Sequence[Row], tell: Callable[[Sequence[Row]], Any], *, mark: str) -> dict[str, Any]:
    """Return a page of a list that was worked out, in its order. mark: says which order; in another no cursor holds."""
    salt, most = f"{_salt(request)}:{mark}", limit(request)
    start = _after(request, salt) or 0
    end = start + most
    return {"items": tell(found[start:end]), "next": signing.dumps(end, salt=salt) if end < len(found) else None}


def limit(request: Request) -> int:
    """Return how many rows were asked for. Raises Refusal."""
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST):
        raise Refusal(422, _("A page has between 1 and %(most)s rows.") % {"most": MOST}, "#query/limit")
    return int(text)


def _after(request: Request, salt: str) -> Any:
    text = request.query_params.get("cursor", "")
    if not text:
        return None
    try:
        return signing.loads(text, salt=salt)
    except signing.BadSignature as error:
        raise Refusal(422, _("This cursor is not of this list."), "#query/cursor") from error


def _salt(request: Request) -> str:
    """Bind a cursor to the address and its filters: with others it would skip rows without a word."""
    asked = sorted((name, value) for name, value in request.query_params.lists() if name not in {"cursor", "limit"})
    return "accounts.api.pages:" + sha256(repr((request.path, asked)).encode(errors="replace")).hexdigest()


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
