"""Who asks the API: a key of `accounts.tokens` in the Authorization header, or the browser's session."""

import zoneinfo
from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import access, sight, tokens
from accounts.models import ApiToken, User

if TYPE_CHECKING:  # while the framework reads its settings its views are not there yet
    from rest_framework.views import APIView

SAFE = {"GET", "HEAD", "OPTIONS"}


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer hmk_...`; the answer is in the language of the key's owner."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the owner, kept to the key's brand, and the key; None where the request bears none."""
        kind, _space, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = tokens.found(key.strip(), now=timezone.now())
        if token is None:
            raise AuthenticationFailed(_("This key is unknown, has expired or was withdrawn."))
        translation.activate(token.user.language)
        timezone.activate(zoneinfo.ZoneInfo(token.user.time_zone))
        if token.brand:
            access.narrow(token.user, token.brand)
        sight.READER.set(token.user)  # until the request ends: `accounts.middleware` puts back what was before
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Ask for a key: without it an answer would be 403 where 401 is meant."""
        return "Bearer"


class Scoped(BasePermission):
    """Let a key do what it was made for; people in a browser have no other bound than their roles."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Tell whether somebody is signed in and, by a key, whether it bears the scope that the address asks for."""
        if not isinstance(request.user, User):
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        wanted = getattr(view, "reads" if request.method in SAFE else "writes", "read")
        self.message = _("This key may not do that: it takes the scope “%(scope)s”.") % {"scope": wanted}
        return wanted in request.auth.scopes
