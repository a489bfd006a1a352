"""The red line of a stopped AI, for the pages of its market."""

from collections.abc import Iterable
from typing import Any

from django import template

from accounts.models import User
from review import queries
from review.models import Stop
from screening.forms import market_name

register = template.Library()


@register.inclusion_tag("review/_stopped.html")
def stopped_here(user: Any, brand: str = "", market: str = "", found: Iterable[Stop] | None = None) -> dict[str, Any]:
    """Show the stops in force that the reader may see: all of theirs, or those of one brand and market.

    found: what `queries.stops_of` gave, where it was read already.
    """
    if found is None:
        found = queries.stops_of(user) if isinstance(user, User) else []
    here = [one for one in found if not market or _is_about(one, brand, market)]
    return {"stops": [(one, market_name(one.market)) for one in here]}


def _is_about(stop: Stop, brand: str, market: str) -> bool:
    return stop.market_id == market and stop.brand in {"", brand}
