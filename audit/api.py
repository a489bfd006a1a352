"""The audit log in JSON, to be read: each reading is an entry itself, as on its pages."""

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from audit import log, queries
from audit.models import AuditEntry
from audit.views import note_reading

FILTERS = ("kind", "person", "brand", "market", "stream", "from", "to", "override", "reads")
ASKED = [*pages.PARAMETERS, *(OpenApiParameter(name, str, description="As on the log's page") for name in FILTERS)]


class EntryRow(serializers.ModelSerializer[AuditEntry]):
    """An entry. body: the exact canonical JSON that is hashed; receipt: its SHA-256. What people wrote is not in it."""

    kind = serializers.CharField()  # entries outlive the list of kinds
    receipt = serializers.SerializerMethodField()

    class Meta:
        model = AuditEntry
        fields = ["uid", "at", "kind", "stream", "actor", "brand", "market", "body", "receipt"]
        read_only_fields = fields

    def get_receipt(self, found: AuditEntry) -> str:
        """Return SHA-256 of the body, in hex."""
        return log.receipt(found)


class EntryList(Endpoint):
    """Entries of the brands and markets whose log the person reads."""

    reads = "audit"

    @extend_schema(operation_id="entries", parameters=ASKED, responses=pages.shape(EntryRow))
    def get(self, request: Request) -> Response:
        """Return entries, newest first. The reading is an entry."""
        user, wanted = person(request), queries.from_page(request.query_params)
        access.require(user, "audit")

        def tell(some: list[AuditEntry]) -> Any:
            note_reading(user, wanted, some)
            return EntryRow(some, many=True).data

        return Response(pages.page(request, queries.visible(user).filter(wanted.query()), tell, by="uid"))


class OneEntry(Endpoint):
    """One entry."""

    reads = "audit"

    @extend_schema(operation_id="entry", responses=EntryRow)
    def get(self, request: Request, uid: uuid.UUID) -> Response:
        """Return an entry. The reading is an entry."""
        found = queries.one(person(request), uid)
        note_reading(person(request), queries.Filter(), [found])
        return Response(EntryRow(found).data)
