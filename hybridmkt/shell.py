"""What every page has around it: navigation by role, counts, language, theme, and the person themselves."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import access, keymap
from accounts.models import Role, Theme, User
from hybridmkt import waiting

EVERYBODY = frozenset(Role.values)
REVIEWERS = frozenset({Role.STRATEGIST, Role.EXPERT, Role.MANAGER})


@dataclass(frozen=True)
class Item:
    """One entry of the navigation: URL name, words, sign, who sees it. Its pages are those below its address.

    Where the page demands a right, the `right` is asked as well: roles alone do not tell where they hold.
    """

    name: str
    label: str | Promise
    icon: str
    roles: frozenset[str] = EVERYBODY
    key: str = ""  # pressed after g
    right: str = ""


# Order and grouping of ux.md section 2. An item whose room has no such page yet is left out.
GROUPS: list[tuple[str | Promise, list[Item]]] = [
    (
        _("Work"),
        [
            Item("queue", _("Queue"), "inbox", REVIEWERS, "q"),
            Item("investigations", _("Investigations"), "lens", REVIEWERS | {Role.ANALYST}),
            Item("questions", _("Questions"), "msg", REVIEWERS),
            Item("approvals", _("Approvals"), "check", frozenset({Role.MANAGER}), "a"),
        ],
    ),
    (
        pgettext_lazy("navigation", "Campaigns"),
        [
            Item("campaigns", pgettext_lazy("navigation", "Campaigns"), "flag", EVERYBODY),
            Item("runs", _("Screening"), "funnel", EVERYBODY),
            Item("creators", _("Creators"), "users", EVERYBODY),
        ],
    ),
    (
        _("Learning"),
        [Item("norms", _("Market norms"), "book", REVIEWERS | {Role.ANALYST})],
    ),
    (
        _("Control"),
        [
            Item("import", _("Import"), "upload", access.MAY["import"]),
            Item("jobs", _("Work in progress"), "clock", EVERYBODY),
            Item("audit", _("Audit log"), "shield", access.MAY["audit"], "l"),
            Item("policies", _("Policies"), "sliders", EVERYBODY),
            Item("workload", _("Workload"), "gauge", REVIEWERS),
            Item("people", _("People"), "person", right="people"),
            Item("places", _("Brands, markets"), "compass", frozenset({Role.ADMIN, Role.MANAGER})),
            Item("models", _("Model cards"), "chip"),
        ],
    ),
]
# Keys that nobody remaps, after those of `accounts.keymap`.
FIXED: list[tuple[list[str], str | Promise]] = [
    (["1", "…", "8"], _("Lane")),
    (["/"], _("Search")),
    (["Ctrl", "↵"], _("Save the form you are in")),
    (["Esc"], _("Close, leave the field")),
    (["?"], _("All keys")),
]


@dataclass(frozen=True)
class Link:
    """An item as a page shows it: where it leads, how many wait there, and whether the reader is in it."""

    item: Item
    url: str
    count: int
    is_current: bool


class Shell:
    """The frame of one page. Everything is worked out on first use: a fragment that shows none of it costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> User | None:
        """The signed-in person, or None on public pages."""
        user: User | AnonymousUser | None = getattr(self.request, "user", None)
        return user if isinstance(user, User) else None

    @property
    def language(self) -> str:
        """Code of the page's language: en or ru."""
        return get_language() or "en"

    @property
    def theme(self) -> str:
        """Light or dark where chosen, empty where the system decides."""
        chosen = self.user.theme if self.user else self.request.COOKIES.get("theme", "")
        return chosen if chosen in {Theme.LIGHT, Theme.DARK} else ""

    @property
    def next_theme(self) -> str:
        """What the switch in the top bar turns to; the script asks the system where none is chosen."""
        return Theme.LIGHT if self.theme == Theme.DARK else Theme.DARK

    @property
    def has_keys(self) -> bool:
        """Whether one-letter shortcuts are on."""
        return bool(self.user and self.user.shortcuts)

    @property
    def keys(self) -> list[tuple[list[str], str | Promise]]:
        """Keys as the person has them, and what they do; those behind G only for pages that there are."""
        if self.user is None:
            return FIXED
        own = keymap.of(self.user)
        verbs = [([keymap.shown(own[usual])], words) for usual, words in keymap.VERBS.items()]
        links = [link.item for _title, found in self.nav for link in found if link.item.key]
        return [*verbs, *FIXED, *((["G", item.key.upper()], item.label) for item in links)]

    @property
    def remapped(self) -> str:
        """What a press of a key means where it is not the usual, as JSON for the script; empty where all are."""
        found = keymap.changed(self.user) if self.user else {}
        return json.dumps(found) if found else ""

    @property
    def page(self) -> str:
        """URL name of this page, empty where none matched."""
        match = getattr(self.request, "resolver_match", None)
        return (match.url_name or "") if match else ""

    @property
    def path(self) -> str:
        """Address of this page with its query, to come back to."""
        return self.request.get_full_path()

    @cached_property
    def roles(self) -> frozenset[str]:
        """All roles of the person."""
        return access.scope(self.user).roles if self.user else frozenset()

    @property
    def sees_health(self) -> bool:
        """Whether the person is shown how the clocks are."""
        return bool(self.roles & {Role.MANAGER, Role.ADMIN})

    @cached_property
    def unread(self) -> int:
        """How many notices are new to the person."""
        return self.waiting["notices"] if self.user else 0

    @property
    def role_words(self) -> list[str]:
        """The person's roles in words, in the order of the product."""
        return [str(role.label) for role in Role if role in self.roles]

    @cached_property
    def waiting(self) -> dict[str, int]:
        """How many things wait behind each item that the person has, and new notices."""
        items = [item.name for _title, found in GROUPS for item in found if item.roles & self.roles]
        return waiting.counts(self.user, [*(n for n in items if n in waiting.ROWS), "notices"]) if self.user else {}

    @cached_property
    def nav(self) -> list[tuple[str | Promise, list[Link]]]:
        """Groups of links for this person, empty groups left out."""
        groups = [(title, [link for item in items if (link := self._link(item))]) for title, items in GROUPS]
        return [(title, links) for title, links in groups if links]

    @cached_property
    def here(self) -> tuple[str | Promise, Link] | None:
        """Group and link the page belongs to, for the crumbs."""
        return next(((title, link) for title, links in self.nav for link in links if link.is_current), None)

    @cached_property
    def search_url(self) -> str:
        """Where the search box leads, empty where there is no such page."""
        return _address("creators")

    def _link(self, item: Item) -> Link | None:
        url = _address(item.name) if item.roles & self.roles else ""
        if not url or not self.user or (item.right and not access.may(self.user, item.right)):
            return None
        return Link(item, url, self.waiting.get(item.name, 0), self.request.path.startswith(url))


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give every template `shell`."""
    return {"shell": Shell(request)}
