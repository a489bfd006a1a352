"""Who has seen what the AI says of a creator in a campaign: they cannot speak before it any more.

Written by every page, file and answer that shows a verdict to somebody who may decide there; one statement a page.
"""

from collections.abc import Iterable
from datetime import datetime

from accounts import access
from accounts.models import User
from screening.models import Campaign, Exposure

MOST = 1_000  # of one list; who stands further down comes before a person by chance only


def note(user: User, campaign: Campaign, creators: Iterable[int], *, now: datetime) -> None:
    """Remember that a person has seen the AI's view of these creators; the first time counts.

    Nothing is kept of people who decide nothing there, and of closed campaigns.
    """
    if campaign.closed_at or not access.may(user, "decide", brand=campaign.brand_id, market=campaign.market_id):
        return
    seen = list(dict.fromkeys(creators))[:MOST]
    rows = [Exposure(user=user, campaign=campaign, creator_id=one, at=now) for one in seen]
    if rows:
        Exposure.objects.bulk_create(rows, ignore_conflicts=True)


def note_all(user: User, seen: Iterable[tuple[Campaign, int]], *, now: datetime) -> None:
    """Remember that a person has seen the AI's view of creators, each in a campaign of its own. One statement."""
    rows = [
        Exposure(user=user, campaign=one, creator_id=creator, at=now)
        for one, creator in list(dict.fromkeys(seen))[:MOST]
        if not one.closed_at and access.may(user, "decide", brand=one.brand_id, market=one.market_id)
    ]
    if rows:
        Exposure.objects.bulk_create(rows, ignore_conflicts=True)
