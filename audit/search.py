"""What a reader types into the log's search: a creator, a person, a rule or a receipt, found as a filter or an entry.

The log keeps which filter was read, for ever, so what is typed becomes ids before anything is read: a name that
somebody has erased later is not left in it.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import faces, queries

LONGEST = 100  # characters of a search
LEAST = 8  # digits of a receipt, as the table shows them
HEX = re.compile(rf"[0-9a-f]{{{LEAST},64}}")


@dataclass(frozen=True)
class Match:
    """Something that was found: what it is called and what it is. Either a filter (stream, person) or one entry."""

    name: str
    what: str | Promise
    stream: str = ""
    person: int = 0
    entry: uuid.UUID | None = None


def asked(given: Mapping[str, str]) -> str:
    """Return what an address searches for; a text that nothing can be called counts as not asked."""
    text = " ".join(given.get("q", "").split())
    return text if text.isprintable() and len(text) <= LONGEST else ""


def find(user: User, text: str) -> list[Match]:
    """Return what a reader of the log may find by a text, people first. A few queries, whatever the log's size."""
    words = text.casefold()
    found = [
        Match(name, _("person"), person=pk) for pk, name in queries.people(user).items() if words in name.casefold()
    ]
    for finder in faces.FINDERS.values():
        found += [Match(one.name, one.what, stream=one.stream) for one in finder(user, text)]
    receipt = words.replace("…", "").replace("-", "")
    if HEX.fullmatch(receipt):
        found += [Match(f"{receipt[:LEAST]}…", _("entry"), entry=uid) for uid in _entries(user, receipt)]
    return found


def _entries(user: User, digits: str) -> list[uuid.UUID]:
    """Return the entries whose identifier this is, or whose receipt begins so among the newest that are counted."""
    mine = queries.visible(user).order_by("-uid")
    if len(digits) == 32 and (own := mine.filter(uid=uuid.UUID(digits)).values_list("uid", flat=True)[:1]):
        return list(own)
    newest = mine.values_list("uid", "body")[: queries.COUNTED]
    said = ((uid, hashlib.sha256(body.encode()).hexdigest()) for uid, body in newest.iterator())
    return [uid for uid, receipt in said if receipt.startswith(digits)][: faces.MOST_FOUND]
