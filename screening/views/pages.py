"""Words and links under a list of numbered pages."""

from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import wording


class Numbered(Protocol):
    """A page that knows which one it is; `queries.Listed` and `results.Page` are such."""

    @property
    def number(self) -> int:
        """Which page this is, from 1."""

    @property
    def pages(self) -> int:
        """How many there are."""

    @property
    def found(self) -> int:
        """How many rows all of them have."""


@dataclass(frozen=True)
class Pager:
    """What stands under a list; an empty address where there is no such page."""

    text: str
    back_url: str
    next_url: str


def number(request: HttpRequest) -> int:
    """Return the page asked for, 1 where none or nonsense was."""
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def pager(request: HttpRequest, page: Numbered, *, many: str, anchor: str = "") -> Pager:
    """Return the words and links of a page. many: a sentence with %(n)s, how many rows there are."""
    text = many % {"n": wording.number(page.found)}
    if page.pages > 1:
        told = {"page": wording.number(page.number), "pages": wording.number(page.pages)}
        text += ", " + _("page %(page)s of %(pages)s") % told
    back = _link(request, page.number - 1, anchor) if page.number > 1 else ""
    return Pager(text, back, _link(request, page.number + 1, anchor) if page.number < page.pages else "")


def _link(request: HttpRequest, to: int, anchor: str) -> str:
    query = request.GET.copy()
    query["page"] = str(to)
    return f"?{query.urlencode()}{anchor}"
