"""Give every request a name, that answer, log and error share."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts import trace

logger = logging.getLogger("requests")


class TraceMiddleware:
    """Name the request, tell the name in X-Request-ID, and write a line about it where `requests` is logged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under a name; one that a proxy gave is kept."""
        name, began = trace.request_name(request.headers.get("X-Request-ID", "")), time.monotonic()
        with trace.of(trace.REQUEST, name):
            response = self.get_response(request)
            # The address by its rule: its values may be names, searches and keys of links.
            route = getattr(request.resolver_match, "route", "") if request.resolver_match else ""
            took = round((time.monotonic() - began) * 1000)
            logger.info(
                "%s /%s %s %s ms", request.method, route, response.status_code, took,
                extra={"method": request.method, "route": route, "status": response.status_code, "ms": took},
            )  # fmt: skip
        response["X-Request-ID"] = name
        return response
