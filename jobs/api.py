"""Work in JSON: what is running, and the button that stops it."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import pages
from accounts.api.endpoint import Endpoint, person
from accounts.api.kept import once
from jobs import dispatch, lease, queries
from jobs.models import Job


class JobRow(serializers.ModelSerializer[Job]):
    """A piece of work. done, total: in units of its own; total is 0 while it is not known."""

    class Meta:
        model = Job
        fields = [
            "id", "kind", "status", "done", "total", "step", "error", "attempts", "by", "brand", "market", "created_at",
            "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class JobList(Endpoint):
    """Work that the person started, and that of their brands."""

    @extend_schema(operation_id="jobs", parameters=pages.PARAMETERS, responses=pages.shape(JobRow))
    def get(self, request: Request) -> Response:
        """Return jobs, newest first."""
        rows = queries.visible(person(request))
        return Response(pages.page(request, rows, lambda some: JobRow(some, many=True).data))


class OneJob(Endpoint):
    """One job."""

    @extend_schema(operation_id="job", responses=JobRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return a job and how far it is."""
        return Response(JobRow(get_object_or_404(queries.visible(person(request)), pk=pk)).data)


class CancelJob(Endpoint):
    """The end of a job before its time."""

    writes = "run"
    conflicts = (dispatch.NotCancellable,)

    @extend_schema(operation_id="cancel_job", request=None, responses=JobRow)
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Stop a job: one's own, or one of a brand and market where one starts work."""
        user, found = person(request), get_object_or_404(queries.visible(person(request)), pk=pk)
        if found.by_id != user.pk:
            access.require(user, "run", brand=found.brand, market=found.market)
        return Response(JobRow(dispatch.cancel(found, by=user, now=lease.now())).data)
