"""Give every request a name, that answer, log and error share; refuse one that is too large before it is read."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import trace
from audit.rates import TooOften
from hybridmkt import errors
from screening.standings import RankingGone

logger = logging.getLogger("requests")
FILES, PROGRAM_FILES = "/import/", "/api/imports/"


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


class LimitMiddleware:
    """Refuse a body that is longer than its address takes, in the reader's language and before a byte of it is read.

    Later it would be too late: whoever reads a form's token spools the files beside it to the disk, a stranger's too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 413 to a length over the bound."""
        length = request.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > _most(request):
            return errors.too_large(request)
        return self.get_response(request)


class RefusalMiddleware:
    """Answer in words where any view may be refused: too many files in an hour, a ranking that is not kept any more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as ever."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn the refusal into a page."""
        if isinstance(exception, TooOften):
            return errors.too_often(request, exception)
        return errors.gone(request, exception) if isinstance(exception, RankingGone) else None


def _most(request: HttpRequest) -> int:
    """Return how many bytes are read of a request: files are taken by one page, from people who are signed in.

    A program's are not read before its key is known: the API asks for it first.
    """
    by_page = request.path.startswith(FILES) and request.user.is_authenticated
    is_known = request.user.is_authenticated or "Authorization" in request.headers
    takes_files = by_page or (request.path == PROGRAM_FILES and is_known)
    return settings.UPLOAD_MAX_SIZE if takes_files else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
