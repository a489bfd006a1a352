"""How a reader of the audit log finds a creator, and which entries are about one."""

import re
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from audit import faces
from audit.faces import Hit
from screening import registry
from screening.models import Recommendation

SUBJECT = re.compile(r"[0-9a-f]{32}")


def find_creators(user: User, text: str, key: str = "") -> list[Hit]:
    """Find creators whom a reader of the log may see, by name or nick, or by the subject that is a stream's key."""
    if key:
        known = registry.by_subject(user, key) if SUBJECT.fullmatch(key) else []
    else:
        known = registry.called(user, text, most=faces.MOST_FOUND)
    return [Hit(f"creator:{one.subject.hex}", one.name or nick, f"{nick}, {_('creator')}") for one, nick in known]


def entries_of_creator(key: str) -> list[UUID]:
    """Return the entries of what the AI said of a creator: they stand in the streams of campaigns."""
    if not SUBJECT.fullmatch(key):
        return []
    return list(Recommendation.objects.filter(creator__subject=key).values_list("audit", flat=True))


faces.FINDERS["creator"] = find_creators
faces.ENTRIES["creator"] = entries_of_creator
