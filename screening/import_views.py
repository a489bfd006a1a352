"""Pages of the import: the file, how it is read, its progress, the rows that were refused."""

import csv
import io
from collections.abc import Iterator
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.models import User
from audit.formulas import guarded
from jobs import lease
from screening.import_forms import MappingForm, UploadForm
from screening.imports import load, uploads, words
from screening.models import BatchStatus, ImportBatch

SHOWN, ROWS = 30, 100  # imports on the first page, refused rows on a page
STOP_POLLING = 286  # htmx: swap this answer in and ask no more


def _for_importers(view: Any) -> Any:
    """Let in who may import somewhere; others are told which roles may."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        access.require(_person(request), "import")
        return cast(HttpResponseBase, view(request, *args, **named))

    return login_required(inner)


@_for_importers
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Take a file, and list the imports so far."""
    if request.method == "POST":
        uploads.may_bring(_person(request), now=lease.now())
    form = UploadForm(request.POST or None, request.FILES or None, **_known(request))
    if request.method == "POST" and form.is_valid():
        kept = form.settings()
        batch = uploads.receive(
            form.cleaned_data["file"],
            name=form.cleaned_data["file"].name,
            by=_person(request),
            now=lease.now(),
            platform=kept["platform"],
            market=kept["market"],
            as_of=kept["as_of_date"],
            source=kept["source"],
        )
        return redirect("import-map", pk=batch.pk)
    batches = uploads.visible(_person(request))[:SHOWN]
    return render(request, "screening/import.html", {"form": form, "batches": batches}, status=_status(form))


@_for_importers
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how a file is read; a person corrects it, looks again, or imports."""
    batch = _batch(request, pk)
    if batch.status != BatchStatus.UPLOADED:
        return redirect("import-batch", pk=pk)
    found = batch.reading.get("columns")
    if not uploads.is_looked_at(batch):
        return render(request, "screening/import_look.html", {"batch": batch, "job": batch.job})
    initial = {
        "source": batch.source,
        "as_of": batch.as_of_date,
        "platform": batch.platform,
        "market": batch.market,
    }
    form = MappingForm(request.POST or None, columns=found, initial=initial, **_known(request))
    if request.method == "POST" and form.is_valid():
        return _settled(request, batch, form)
    return render(request, "screening/import_map.html", _page(batch, form), status=_status(form))


@_for_importers
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a file away that was not imported yet."""
    try:
        uploads.discard(_batch(request, pk))
    except uploads.NotWaiting:
        return redirect("import-batch", pk=pk)
    messages.success(request, _("Thrown away. Nothing of the file was kept."))
    return redirect("import")


@_for_importers
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import: its progress, or what became of its records."""
    found = _batch(request, pk)
    if found.status == BatchStatus.UPLOADED:
        return redirect("import-map", pk=pk)
    warnings = [words.warning(warning) for warning in found.warnings]
    return render(request, "screening/import_batch.html", {"batch": found, "job": found.job, "warnings": warnings})


@_for_importers
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer with the progress; once the work has ended the browser goes to the page that follows."""
    found = _batch(request, pk)
    is_over = found.job is None or found.job.is_finished
    answer = render(request, "screening/_import_progress.html", {"batch": found, "job": found.job})
    if is_over:
        answer.status_code = STOP_POLLING
        answer["HX-Refresh"] = "true"
    return answer


@_for_importers
@require_GET
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """List the refused rows of an import."""
    found = _batch(request, pk)
    page = Paginator(uploads.refused(found), ROWS).get_page(request.GET.get("page"))
    for row in cast(Any, page.object_list):
        row.words = words.reason(row.reason)
    return render(request, "screening/import_rows.html", {"batch": found, "page": page})


@_for_importers
@require_GET
def rows_file(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Send the refused rows as CSV: line, column, value, reason, then the row as it stood in the file."""
    found = _batch(request, pk)
    answer = StreamingHttpResponse(_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{found.pk}-refused.csv"'
    return answer


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _batch(request: HttpRequest, pk: int) -> ImportBatch:
    return get_object_or_404(uploads.visible(_person(request)), pk=pk)


def _known(request: HttpRequest) -> dict[str, Any]:
    """Return what both forms need: the markets a person may import for, the latest day, the language."""
    person = _person(request)
    return {"markets": uploads.markets_of(person), "latest": lease.now().date(), "language": get_language() or "en"}


def _status(form: Any) -> int:
    return 422 if form.errors else 200


def _settled(request: HttpRequest, batch: ImportBatch, form: MappingForm) -> HttpResponse:
    """Import with the person's mapping, or have the file looked at again with it."""
    person, now, settings = _person(request), lease.now(), form.settings()
    try:
        if "look" in request.POST:
            uploads.look_again(batch, given=form.mapping(), by=person, now=now, **settings)
            return redirect("import-map", pk=batch.pk)
        uploads.start(batch, mapping=form.mapping(), by=person, now=now, **settings)
    except load.AlreadyHere as here:
        messages.warning(request, words.already(here.batch.pk))
    except (load.AlreadyStarted, uploads.NotWaiting):
        messages.warning(request, words.started())
    return redirect("import-batch", pk=batch.pk)


def _page(batch: ImportBatch, form: MappingForm) -> dict[str, Any]:
    trial = batch.reading.get("trial", {})
    there = load.same_before(batch.sha256, platform=batch.platform, market=batch.market) if batch.sha256 else None
    problems = [{**found, "words": words.reason(found["reason"])} for found in trial.get("problems", [])]
    return {
        "batch": batch,
        "form": form,
        "reading": batch.reading,
        "delimiter": words.delimiter(batch.reading.get("delimiter", "")),
        "trial": trial,
        "ready": trial.get("loaded", 0) + trial.get("merged", 0),
        "problems": problems,
        "warnings": [words.warning(warning) for warning in trial.get("warnings", [])],
        "already": there,
        "error": batch.job.error if batch.job else "",
        "recognised": sum(bool(column["target"]) for column in batch.reading["columns"]),
    }


def _csv(batch: ImportBatch) -> Iterator[bytes]:
    names = [column["column"] for column in batch.reading.get("columns", [])]
    yield "\ufeff".encode() + _line([_("Line"), _("Column"), _("Value"), _("Reason"), *names])
    for row in uploads.refused(batch).iterator(1_000):
        yield _line([row.line, row.column, row.value, words.reason(row.reason), *row.row])


def _line(cells: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue().encode()
