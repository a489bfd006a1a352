"""Ways to look at the queue that people keep under a name. Each person's are their own."""

from urllib.parse import urlencode

from accounts.models import User
from review.addresses import line
from review.listing import Filters
from review.models import SavedView

MOST = 20  # a person
NAMES = ("whose", "lane", "state", "stakes", "brand", "market", "campaign", "search")


class TooMany(ValueError):
    """Raised when a person keeps as many views as there may be."""


def query_of(filters: Filters) -> str:
    """Return the query string that asks for these filters; what is usual is left out."""
    usual = Filters()
    said = {name: str(getattr(filters, name)) for name in NAMES}
    return urlencode({name: text for name, text in said.items() if text != str(getattr(usual, name))})


def keep(user: User, *, name: str, filters: Filters) -> SavedView | None:
    """Keep a view under a name; the same name again replaces it. None without a name. Raises TooMany."""
    name = line(name, most=60)
    if not name:
        return None
    own = SavedView.objects.filter(user=user)
    if own.exclude(name=name).count() >= MOST:
        raise TooMany
    return SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query_of(filters)})[0]


def drop(user: User, view_id: int) -> bool:
    """Forget a view of one's own; False where it is none."""
    return bool(SavedView.objects.filter(user=user, pk=view_id).delete()[0])


def of(user: User) -> list[SavedView]:
    """Return the person's views by name."""
    return list(SavedView.objects.filter(user=user).order_by("name"))
