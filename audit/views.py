"""The log's pages: the explorer, one entry, the export, and the file of a large one."""

import uuid

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts import access
from accounts.models import User
from audit import checks, export, faces, log, queries, tasks, words
from audit.models import AuditEntry, AuditPayload, Kind
from jobs import dispatch, lease
from jobs.models import Job, Status


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    access.require(request.user, "audit")
    return request.user


def _mark(request: HttpRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def _note_reading(person: User, wanted: queries.Filter, entries: list[AuditEntry]) -> None:
    body = {
        "filter": wanted.as_dict(),
        "rows": len(entries),
        "newest": entries[0].uid.hex if entries else "",
        "oldest": entries[-1].uid.hex if entries else "",
    }
    brand, market = queries.place(person, wanted)
    with transaction.atomic():
        log.record(Kind.LOG_READ, stream="log", by=person, body=body, brand=brand, market=market)


@login_required
@require_GET
def explorer(request: HttpRequest) -> HttpResponse:
    """Show a page of the log for the filter in the address. The reading is an entry itself."""
    person = _reader(request)
    wanted, kept = queries.from_page(request.GET), queries.is_kept_from(person)
    found = queries.open_to(queries.within(person), kept).filter(wanted.query())
    page = queries.page(found, before=_mark(request, "before"), after=_mark(request, "after"))
    people = queries.people(person)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": faces.show(page.entries, people),
        "count": queries.count(found),
        "more_than": queries.COUNTED,
        "people": people,
        "offers": faces.offers(person),
        "kinds": words.kinds(),
        "missing": checks.missing(),
        "is_partial": kept is not None,
        "zone": timezone.get_current_timezone_name(),
        "kept": {name: value for name, value in request.GET.items() if name not in {"before", "after", "from", "to"}},
        "from": request.GET.get("from", ""),
        "to": request.GET.get("to", ""),
    }
    _note_reading(person, wanted, page.entries)
    return render(request, "audit/explorer.html", context)


@login_required
@require_GET
def entry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one entry with its decision record, as a page or (for htmx) as the drawer beside the table."""
    person = request.user
    assert isinstance(person, User)
    found = queries.one(person, uid)
    payload = AuditPayload.objects.filter(entry=found).first()
    _note_reading(person, queries.Filter(), [found])
    context = {
        "shown": faces.show([found], queries.people(person))[0],
        "said": words.said(payload),
        "is_erased": payload is None and '"commit":' in found.body,
        "is_true": payload is None or words.is_committed(found, payload),
    }
    is_drawer = request.headers.get("HX-Request") == "true"
    return render(request, "audit/_entry.html" if is_drawer else "audit/entry.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """Send what the filter finds; more than can be sent at once becomes a job, after a press of a button."""
    person = _reader(request)
    wanted = queries.from_page(request.GET)
    delimiter = request.GET.get("delimiter", "")
    delimiter = delimiter if delimiter in export.DELIMITERS else ""
    found = queries.visible(person).filter(wanted.query())
    count = queries.count(found)
    if count > queries.COUNTED:
        if request.method != "POST":
            return _large(request)
        key = f"audit-export:{person.pk}:{_pressed(request)}"
        try:
            job = tasks.start(by=person, wanted=wanted, form=form, delimiter=delimiter, key=key, now=lease.now())
        except dispatch.KeyReused:  # a page that came back from the browser's memory, its filter changed since
            return _large(request, is_reused=True)
        return redirect("job", pk=job.pk)
    chunks = export.sent(export.Export(found, form=form, delimiter=delimiter), by=person, wanted=wanted)
    answer = StreamingHttpResponse(chunks, content_type=export.TYPES[form])
    name = f"audit-{timezone.localdate().isoformat()}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _large(request: HttpRequest, *, is_reused: bool = False) -> HttpResponse:
    context = {"more_than": queries.COUNTED, "key": uuid.uuid4().hex, "is_reused": is_reused}
    return render(request, "audit/large.html", context, status=409 if is_reused else 200)


def _pressed(request: HttpRequest) -> str:
    """Return the key of one press of the button; a press that has none a job can keep gets its own."""
    key = request.POST.get("key", "")
    return key if key.isalnum() and len(key) <= 64 else uuid.uuid4().hex


def _file_job(request: HttpRequest, pk: int) -> Job:
    """Return a finished export of this person; to everybody else, and once their rights ended, it does not exist."""
    person = _reader(request)
    job = get_object_or_404(Job, pk=pk, kind=tasks.KIND, by=person, status=Status.SUCCEEDED)
    if not tasks.may_take(person, job):
        raise Http404
    return job


@login_required
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a finished export: rows, hash, how to check it, and the button that downloads it."""
    job = _file_job(request, pk)
    return render(request, "audit/file.html", {"job": job, "file": tasks.summary(job), "days": tasks.KEPT // 86_400})


@login_required
@require_GET
def file_download(request: HttpRequest, pk: int) -> FileResponse:
    """Send the file of a finished export; it lasts a week. Each download is an entry."""
    try:
        path = tasks.take(_file_job(request, pk), by=_reader(request))
    except FileNotFoundError as gone:
        raise Http404 from gone
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"audit-{path.name}")
