"""Files of creators: brought, looked at by a worker, corrected, imported or thrown away; the rows that were refused."""

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person
from accounts.api.kept import once
from accounts.api.problems import Refusal
from accounts.models import User
from jobs import lease
from screening.api.files import ReadingRow, RefusedRow, SettledIn, UploadIn
from screening.api.rows import ImportRow
from screening.import_forms import MappingForm, UploadForm
from screening.imports import load, uploads, words
from screening.models import BatchStatus, ImportBatch


class Imports(Endpoint):
    """Files of creators, for whoever imports somewhere."""

    reads = writes = "import"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in who may import somewhere."""
        super().initial(request, *args, **kwargs)
        access.require(person(request), "import")


class ImportList(Imports):
    """Files of creators."""

    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="imports", parameters=pages.PARAMETERS, responses=pages.shape(ImportRow))
    def get(self, request: Request) -> Response:
        """Return the imports that the person may see, newest first."""
        rows = uploads.visible(person(request))
        return Response(pages.page(request, rows, lambda some: ImportRow(some, many=True).data))

    @extend_schema(operation_id="upload_import", request={"multipart/form-data": UploadIn}, responses={201: ImportRow})
    @once
    def post(self, request: Request) -> Response:
        """Bring a file and have a worker look at it; nothing of it is loaded."""
        user, now = person(request), lease.now()
        uploads.may_bring(user, now=now)
        form = UploadForm(request.data, request.FILES, **_known(user))
        _check(form)
        said, file = form.settings(), form.cleaned_data["file"]
        made = uploads.receive(
            file, name=file.name, by=user, now=now, platform=said["platform"], market=said["market"],
            as_of=said["as_of_date"], source=said["source"],
        )  # fmt: skip
        headers = {"Location": reverse("api-import", args=[made.pk])}
        return Response(ImportRow(_found(user, made.pk)).data, status=201, headers=headers)


class OneImport(Imports):
    """One file."""

    @extend_schema(operation_id="import", responses=ImportRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return what became of a file's records; its job tells how far the work is."""
        return Response(ImportRow(_found(person(request), pk)).data)


class Reading(Imports):
    """How a file is read."""

    @extend_schema(operation_id="import_reading", responses=ReadingRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return the columns as they were recognised, and what an import would do."""
        return Response(ReadingRow(_found(person(request), pk)).data)


class RefusedRows(Imports):
    """Rows that were not imported."""

    @extend_schema(operation_id="import_rows", parameters=pages.PARAMETERS, responses=pages.shape(RefusedRow))
    def get(self, request: Request, pk: int) -> Response:
        """Return the refused rows of an import in the order of the file."""
        rows = uploads.refused(_found(person(request), pk))
        return Response(pages.page(request, rows, lambda some: RefusedRow(some, many=True).data, up=True))


class Settle(Imports):
    """What a person says of a file that waits."""

    def settled(self, request: Request, batch: ImportBatch) -> dict[str, Any]:
        """Return the mapping and the settings: what is said, else as it stands. Raises Refusal and ValidationError."""
        if batch.status != BatchStatus.UPLOADED:
            raise Refusal(409, words.started())
        if not uploads.is_looked_at(batch):
            raise Refusal(409, words.not_looked_at())
        said = given(SettledIn, request)
        columns, targets = batch.reading["columns"], said.pop("mapping", {})
        if strange := set(targets) - {one["column"] for one in columns}:
            raise ValidationError({"mapping": {_escaped(min(strange)): [_("The file has no such column.")]}})
        stands = {"source": batch.source, "as_of": batch.as_of_date, "platform": batch.platform,
                  "market": batch.market}  # fmt: skip
        chosen = {f"c{n}": targets.get(one["column"], one["target"]) for n, one in enumerate(columns)}
        form = MappingForm({**stands, **said, **chosen}, columns=columns, **_known(person(request)))
        _check(form, {f"c{n}": one["column"] for n, one in enumerate(columns)})
        return {"mapping": form.mapping(), **form.settings()}


class Look(Settle):
    """Another look."""

    @extend_schema(operation_id="look_again", request=SettledIn, responses=ImportRow)
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Have a file that waits looked at once more with what is said here."""
        user, batch = person(request), _found(person(request), pk)
        said = self.settled(request, batch)
        try:
            uploads.look_again(batch, given=said.pop("mapping"), by=user, now=lease.now(), **said)
        except uploads.NotWaiting as late:
            raise Refusal(409, words.started()) from late
        return Response(ImportRow(_found(user, pk)).data)


class Start(Settle):
    """The import itself."""

    @extend_schema(operation_id="start_import", request=SettledIn, responses=ImportRow)
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Import a file as it was recognised, or as is said here; a worker carries it out."""
        user, batch = person(request), _found(person(request), pk)
        said = self.settled(request, batch)
        try:
            uploads.start(batch, by=user, now=lease.now(), **said)
        except load.AlreadyHere as here:
            raise Refusal(409, words.already(here.batch.pk)) from here
        except (load.AlreadyStarted, uploads.NotWaiting) as late:
            raise Refusal(409, words.started()) from late
        return Response(ImportRow(_found(user, pk)).data)


class Discard(Imports):
    """The end of a file that was not imported."""

    @extend_schema(operation_id="discard_import", request=None, responses={204: None})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Throw a file away that waits; nothing of it stays."""
        try:
            uploads.discard(_found(person(request), pk))
        except uploads.NotWaiting as late:
            raise Refusal(409, words.started()) from late
        return Response(status=204)


def _found(user: User, pk: int) -> ImportBatch:
    return get_object_or_404(uploads.visible(user), pk=pk)


def _known(user: User) -> dict[str, Any]:
    return {"markets": uploads.markets_of(user), "latest": lease.now().date(), "language": user.language}


def _check(form: forms.Form, columns: dict[str, str] | None = None) -> None:
    """Raise ValidationError for what a form refuses; a column is named as it stands in the mapping."""
    wrong: dict[str, Any] = {}
    for name, found in form.errors.items():
        if column := (columns or {}).get(name):
            wrong.setdefault("mapping", {})[_escaped(column)] = list(found)
        else:
            wrong[name] = list(found)
    if wrong:
        raise ValidationError(wrong)


def _escaped(column: str) -> str:
    return column.replace("~", "~0").replace("/", "~1")  # of a JSON pointer (RFC 6901)
