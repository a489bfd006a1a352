"""A visitor inside the test's own process: Django's test client in place of the network, jobs done while one waits."""

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit
from urllib.request import Request

from django.test import Client

from hybridmkt import visitor
from hybridmkt.visitor import Page, Unexpected, Visitor
from jobs import dispatch
from jobs.models import Job, Status

REDIRECTS = (301, 302, 303)


def work() -> None:
    """Do what waits for a worker, and what comes of it."""
    while job := Job.objects.filter(status=Status.QUEUED).order_by("pk").first():
        dispatch.run(job.pk, worker="test")


class Inside(Visitor):
    """A visitor of the test client. Forms without their token are refused, as outside."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def wait(self, path: str, ready: Callable[[Page], bool], *, seconds: float) -> Page:
        """Let the worker work, then look once."""
        work()
        page = self.get(path)
        if not ready(page):
            raise Unexpected(f"{page.told} and was not ready after all work was done.")
        return page

    def _answer(self, request: Request, expect: int) -> Page:
        kind = request.get_header("Content-type", "application/octet-stream")
        url = request.full_url
        answer = self.client.generic(request.get_method(), _path(url), request.data or b"", content_type=kind)
        while answer.status_code in REDIRECTS:
            url = urljoin(url, answer["Location"])
            answer = self.client.get(_path(url))
        body = answer.getvalue() if answer.streaming else answer.content
        page = visitor._page(url, answer.status_code, body, dict(answer.headers))
        if page.status != expect:
            raise Unexpected(f"{page.told}; {expect} was expected after {request.get_method()} {request.full_url}.")
        return page


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
