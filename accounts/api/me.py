"""Who asks: the first thing that a program wants to know of its key."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, tokens
from accounts.api.endpoint import Endpoint, person
from accounts.models import ApiToken, Role


class RightRow(serializers.Serializer[Any]):
    """A role, for a brand and a market; empty means all of them."""

    role = serializers.ChoiceField(Role.choices)
    brand = serializers.CharField(allow_blank=True)
    market = serializers.CharField(allow_blank=True)


class MeRow(serializers.Serializer[Any]):
    """A person, and what they may do by the key or the session that they ask with."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    language = serializers.CharField()
    rights = RightRow(many=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(list(tokens.SCOPES)))
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Of the key; null for a session")


class Me(Endpoint):
    """The person and the key."""

    @extend_schema(operation_id="me", responses=MeRow)
    def get(self, request: Request) -> Response:
        """Return who asks, with which rights."""
        user, key = person(request), request.auth if isinstance(request.auth, ApiToken) else None
        rights = [dict(zip(("role", "brand", "market"), one, strict=True)) for one in sorted(access.scope(user).rights)]
        told = {
            "id": user.pk, "name": user.name, "language": user.language, "rights": rights,
            "scopes": key.scopes if key else list(tokens.SCOPES),
            "expires_at": key.expires_at if key else None,
        }  # fmt: skip
        return Response(MeRow(told).data)
