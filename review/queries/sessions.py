"""Sessions and what was agreed on in them, as far as a person sees their campaigns."""

from django.db.models import QuerySet

from accounts import access
from accounts.models import User
from review.models import Session, SessionItem


def visible_sessions(user: User) -> QuerySet[Session]:
    """Return the sessions of a person's brands and markets, with their campaign and minutes."""
    mine = access.scope(user).query("campaign__brand_id", "campaign__market_id")
    return Session.objects.filter(mine).select_related("campaign__brand", "campaign__market", "minutes__payload")


def visible_items(user: User) -> QuerySet[SessionItem]:
    """Return what was agreed on in them, with its words."""
    mine = access.scope(user).query("session__campaign__brand_id", "session__campaign__market_id")
    return SessionItem.objects.filter(mine).select_related("session__campaign", "audit__payload")
