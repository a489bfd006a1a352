"""Pages for requests that could not be answered, in the words of the shared states (ux.md section 3).

Programs, which ask below /api/, get the same as problem details.
"""

import math
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.api import problems
from audit.rates import TooOften

PROGRAMS = "/api/"
AWAY = (OperationalError, InterfaceError)  # the database stops, starts, has no room, or dropped the connection
RETRY_AFTER = "5"  # seconds
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
MIB = 2**20


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: the request cannot be read; 413 where it is too large to be."""
    if isinstance(exception, TOO_LARGE):
        return too_large(request)
    if request.path.startswith(PROGRAMS):
        return problems.page(request, 400)
    return render(request, "400.html", status=400)


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413 and say how much is read. Nothing of the request is kept."""
    if request.path.startswith(PROGRAMS):
        return problems.page(request, 413)
    most = {"most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MIB, "fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS}
    return render(request, "413.html", most, status=413)


def too_often(request: HttpRequest, found: TooOften) -> HttpResponse:
    """Answer 429 and say how many files a person takes or brings in an hour, and when the next one may be."""
    seconds = max(1, math.ceil(found.wait.total_seconds()))
    told = {"most": found.most, "minutes": math.ceil(seconds / 60)}
    if request.path.startswith(PROGRAMS):
        sentence = _("At most %(most)s files an hour; the next one in %(minutes)s min. Nothing was kept of this one.")
        answer = problems.page(request, 429, sentence % told)
    else:
        answer = render(request, "429.html", told, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 with the sentence of the refusal: which rule, and whose it is."""
    if request.path.startswith(PROGRAMS):
        return problems.page(request, 403, str(exception))
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 in the same words whether a thing is absent or belongs to somebody else."""
    if request.path.startswith(PROGRAMS):
        return problems.page(request, 404)
    return render(request, "404.html", status=404)


def gone(request: HttpRequest, found: Exception) -> HttpResponse:
    """Answer 410 where what a page stands on was removed, and say what and what to do."""
    return render(request, "410.html", {"reason": str(found)}, status=410)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form that has outlived its session."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 while the database is away, without asking it for anything."""
    is_away = isinstance(sys.exc_info()[1], AWAY)
    status = 503 if is_away else 500
    if request.path.startswith(PROGRAMS):
        answer = problems.page(request, status)
    else:
        answer = HttpResponse(render_to_string("500.html", {"is_away": is_away, "status": status}), status=status)
    if is_away:
        answer["Retry-After"] = RETRY_AFTER
    return answer
