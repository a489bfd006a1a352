"""Keys of programs: made by a person for themselves and shown once, withdrawn by them or by an admin.

Nobody makes a key for somebody else: whoever holds it acts in its owner's name, and approvals take two people.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import access, words
from accounts.models import ApiToken, User
from audit.log import record
from audit.models import Kind

BEGINS, HINT = "hmk_", 10  # by its beginning a scanner for leaked keys knows ours; characters of it that are shown
MOST_DAYS, MOST_NAME, MOST_LIVE = 365, 80, 20
NOTED_EVERY = timedelta(minutes=1)  # a key that is used many times a second writes once a minute
# What a key may be let do. Each is within what its owner's roles allow at the moment of use.
SCOPES: dict[str, str | Promise] = {
    "read": _("reads what you see"),
    **{verb: yes for verb, (yes, _no) in words.VERBS.items() if verb not in access.EVERYWHERE},
}


class TokenRefused(ValueError):
    """Raised when a key cannot be as asked; `field` is the one to correct."""

    def __init__(self, sentence: str | Promise, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def make(
    *, name: str, scopes: Collection[str], days: int, by: User, now: datetime, brand: str = ""
) -> tuple[ApiToken, str]:
    """Make a key for oneself; return its row and the key, which is kept nowhere. Raises TokenRefused."""
    if not name.strip() or len(name) > MOST_NAME:
        raise TokenRefused(_("Say what the key is for, in at most %(most)s characters.") % {"most": MOST_NAME}, "name")
    if not scopes or set(scopes) - set(SCOPES):
        raise TokenRefused(_("Choose what the key may do."), "scopes")
    if not 1 <= days <= MOST_DAYS:
        raise TokenRefused(_("A key lives between 1 and %(most)s days.") % {"most": MOST_DAYS}, "days")
    if brand and not access.scope(by).reaches(brand):
        raise TokenRefused(_("You are no member of this brand."), "brand")
    key = BEGINS + secrets.token_urlsafe(32)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # two forms at once count each other's key
        if live(by, now=now).count() >= MOST_LIVE:
            raise TokenRefused(_("You have %(most)s keys. Withdraw one first.") % {"most": MOST_LIVE})
        made = ApiToken.objects.create(
            user=by, name=name.strip(), hint=key[:HINT], digest=digest(key), scopes=sorted(scopes), brand=brand,
            made_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        _note("token_made", made, by, scopes=made.scopes, days=days)
    return made, key


def withdraw(token: ApiToken, *, by: User, now: datetime) -> ApiToken:
    """End a key at once: one's own, or anybody's as an admin; a second time changes nothing. Raises NotAllowed."""
    if token.user_id != by.pk:
        access.require(by, "people")
    with transaction.atomic():
        ended = ApiToken.objects.filter(pk=token.pk, withdrawn_at__isnull=True)
        if ended.update(withdrawn_at=now, withdrawn_by=by):
            _note("token_withdrawn", token, by)
    token.refresh_from_db()
    return token


def withdraw_all(person: User, *, by: User, now: datetime) -> None:
    """End every key of a person who is switched off, inside the caller's transaction."""
    ApiToken.objects.filter(user=person, withdrawn_at__isnull=True).update(withdrawn_at=now, withdrawn_by=by)


def live(person: User, *, now: datetime) -> "QuerySet[ApiToken]":
    """Return the keys by which programs act as a person now, newest first."""
    return person.tokens.filter(withdrawn_at__isnull=True, expires_at__gt=now).order_by("-pk")


def found(key: str, *, now: datetime) -> ApiToken | None:
    """Return the living key with its owner, and note that it was used; None for any other text. One or two queries."""
    living = ApiToken.objects.filter(withdrawn_at__isnull=True, expires_at__gt=now, user__is_active=True)
    token = living.filter(digest=digest(key)).select_related("user").first()
    if token is not None:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - NOTED_EVERY)
        if token.last_used_at is None or token.last_used_at < now - NOTED_EVERY:
            ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)
    return token


def digest(key: str) -> str:
    """Return what is kept of a key. 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _note(change: str, token: ApiToken, by: User, **more: object) -> None:
    record(
        Kind.ROLE_CHANGE,
        stream=f"user:{token.user_id}",
        by=by,
        body={"change": change, "user": token.user_id, "token": token.pk, **more},
        personal={"name": token.name},
        brand=token.brand,
    )
