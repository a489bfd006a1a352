"""The schema of the API and the page that describes it: both made from the resources themselves."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import problems
from accounts.api.endpoint import Endpoint
from accounts.tokens import SCOPES

VERSION = "1"
REFERENCE = re.compile(r"^#/components/schemas/")


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document, in English; made once a process."""
    with translation.override("en"):
        found: dict[str, Any] = SchemaGenerator(api_version=VERSION).get_schema(request=None, public=True)
    return found


class Schema(Endpoint):
    """The OpenAPI document."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return it as JSON."""
        return Response(document())


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked. takes, gives: names of schemas; headers and parameters by their names."""

    name: str
    method: str
    path: str
    words: str
    parameters: list[dict[str, Any]]
    takes: str
    gives: list[tuple[str, str]]


@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every operation, every shape and every kind of refusal."""
    told = document()
    groups: dict[str, list[Operation]] = defaultdict(list)
    for path, methods in told["paths"].items():
        for method, said in methods.items():
            groups[said["tags"][0]].append(_operation(path, method, said))
    context = {
        "groups": dict(groups),
        "shapes": [(name, one.get("description", ""), _fields(one)) for name, one in _shapes(told)],
        "problems": [(status, name, title) for status, (name, title) in problems.KINDS.items()],
        "scopes": SCOPES.items(),
    }
    return render(request, "api_docs.html", context)


def _operation(path: str, method: str, said: dict[str, Any]) -> Operation:
    gives = [(code, _shape(answer)) for code, answer in said["responses"].items() if code.startswith("2")]
    return Operation(
        said["operationId"], method.upper(), path, said.get("description", ""), said.get("parameters", []),
        _shape(said.get("requestBody", {})), gives,
    )  # fmt: skip


def _shape(answer: dict[str, Any]) -> str:
    contents: list[dict[str, Any]] = list(answer.get("content", {}).values())
    return _named(contents[0].get("schema", {})) if contents else ""


def _named(schema: dict[str, Any]) -> str:
    """Return how a field's type is written: the name of its shape, or a plain type."""
    if "$ref" in schema:
        return REFERENCE.sub("", schema["$ref"])
    for many in ("allOf", "oneOf", "anyOf"):
        if many in schema:
            return " | ".join(_named(one) for one in schema[many])
    if "items" in schema:
        return f"{_named(schema['items'])}[]"
    kind = schema.get("type", "")
    words = " | ".join(kind) if isinstance(kind, list) else str(kind or "any")
    return f"{words} ({schema['format']})" if "format" in schema else words


def _shapes(told: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(told["components"]["schemas"].items())


def _fields(shape: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, type and words of a shape's fields; of a choice its values."""
    if "enum" in shape:
        return [(str(value), "", "") for value in shape["enum"]]
    fields = shape.get("properties", {}).items()
    return [(name, _named(one), one.get("description", "")) for name, one in fields]
