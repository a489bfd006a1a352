"""While the database contradicts what is kept outside, nobody writes to it (`audit/rollback.py`)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.api import problems
from audit import rollback, views

SAFE = {"GET", "HEAD", "OPTIONS"}
OPEN = {"sign-in", "sign-out", "audit-rolled-back"}  # who accepts it has to come in


class ReadOnlyMiddleware:
    """Answer 503 to whatever would change something, and say why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Refuse while something is found."""
        where = request.resolver_match
        if request.method in SAFE or (where and where.url_name in OPEN):
            return None
        found = rollback.finding()
        if found is None:
            return None
        if request.path.startswith("/api/"):
            return problems.page(request, 503)
        answer = views.show_rolled_back(request, found, status=503)
        if request.headers.get("HX-Request") == "true":
            answer["HX-Redirect"] = reverse("audit-rolled-back")
        return answer
