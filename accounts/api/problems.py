"""Refusals as problem details (RFC 9457), in the asker's language: `type` is for programs, `detail` for people."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response

from accounts import trace

MEDIA = "application/problem+json"
ADDRESS = "/api/docs/#"  # the page where each type is described
# Status -> the type's name and its title.
KINDS: dict[int, tuple[str, str | Promise]] = {
    400: ("unreadable", _("The request cannot be read")),
    401: ("not-signed-in", _("Nobody is signed in")),
    403: ("not-allowed", _("Not allowed")),
    404: ("not-found", _("Not found")),
    405: ("no-such-method", _("This address does not know the method")),
    409: ("conflict", _("It cannot be done now")),
    412: ("changed-meanwhile", _("It has changed since you read it")),
    413: ("too-large", _("The request is too large")),
    415: ("not-json", _("The body is of a kind that is not read here")),
    422: ("invalid", _("Something in the request is wrong")),
    428: ("if-match-missing", _("Say which version you read")),
    429: ("too-many", _("Too many requests")),
    500: ("fault", _("Something failed on our side")),
    503: ("unavailable", _("Not available now")),
}


class Part(serializers.Serializer[Any]):
    """One thing that is wrong with a request."""

    pointer = serializers.CharField(help_text="JSON pointer to the value, or #query/NAME")
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text="What kind of refusal: stable, for programs")
    title = serializers.CharField(help_text="The kind in the asker's language")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What was found and what is allowed, in the asker's language")
    instance = serializers.CharField(help_text="The address that was asked")
    request = serializers.CharField(help_text="The request's name, as in X-Request-ID and in the log")
    errors = Part(many=True, required=False)  # type: ignore[assignment]


class Refusal(APIException):
    """Raised at the edge with a status of its own; `pointer` names what in the request is meant."""

    def __init__(self, status: int, detail: str | Promise, pointer: str = "") -> None:
        super().__init__(str(detail))
        self.status_code, self.pointer = status, pointer


def body(status: int, *, detail: str, instance: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Return a problem as plain data."""
    name, title = KINDS.get(status, ("refused", HTTPStatus(status).phrase))
    told = {"type": ADDRESS + name, "title": str(title), "status": status, "detail": detail or str(title)}
    told |= {"instance": instance, "request": trace.REQUEST.get()}
    return told | ({"errors": errors} if errors else {})


def page(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """Return a problem as an answer of plain Django: for what never reaches a resource."""
    told = body(status, detail=detail, instance=request.path)
    return HttpResponse(json.dumps(told, ensure_ascii=False), status=status, content_type=MEDIA)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an error into a problem: what verbs raise (the resource says how), what DRF and Django raise; None: a fault.

    What a resource calls `stale` is 412, `conflicts` 409, `invalid` 422 with the field that the error names.
    """
    view, request = context["view"], context["request"]
    status, errors, detail = _read(error, view)
    if not status:
        return None
    told = body(status, detail=detail, instance=request.path, errors=errors)
    found = Response(told, status=status, content_type=MEDIA)
    if header := getattr(error, "auth_header", ""):
        found["WWW-Authenticate"] = header
    if (wait := getattr(error, "wait", None)) is not None:
        found["Retry-After"] = str(int(wait) + 1)
    return found


def _read(error: Exception, view: Any) -> tuple[int, list[dict[str, str]], str]:
    """Return status (0 for a fault of ours), what is wrong in the request, and the sentence."""
    if isinstance(error, ValidationError):
        parts = list(_parts(error.detail, ""))
        return 422, parts, parts[0]["detail"] if len(parts) == 1 else ""
    if isinstance(error, APIException):
        pointer = getattr(error, "pointer", "")
        detail = str(error.detail)
        return error.status_code, [{"pointer": pointer, "detail": detail}] if pointer else [], detail
    if isinstance(error, Http404):
        return 404, [], ""
    if isinstance(error, PermissionDenied):
        return 403, [], str(error)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return 413, [], ""
    field = getattr(error, "field", "")
    if isinstance(error, view.invalid) and (field or not isinstance(error, view.conflicts)):
        return 422, [{"pointer": f"/{field}", "detail": str(error)}] if field else [], str(error)
    told = ((412, view.stale), (409, view.conflicts))
    return next((status for status, kinds in told if isinstance(error, kinds)), 0), [], str(error)


def _parts(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, more in detail.items():
            yield from _parts(more, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, ErrorDetail | str):
        yield {"pointer": pointer, "detail": str(detail)}
    else:
        for n, more in enumerate(detail):
            yield from _parts(more, pointer if isinstance(more, str) else f"{pointer}/{n}")
