"""The log's pages: the explorer, one entry, exports and their files, and how to check the log without us."""

import base64
import contextlib
import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import access
from accounts.models import User
from audit import (
    checkpoints,
    checks,
    export,
    faces,
    log,
    queries,
    ranges,
    rates,
    receipts,
    rollback,
    saved,
    search,
    standing,
    tasks,
    verify,
    words,
)
from audit.forms import AcceptForm
from audit.models import AuditEntry, AuditPayload, Kind, Period, SavedExport
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


def note_reading(person: User, wanted: queries.Filter, entries: list[AuditEntry]) -> None:
    """Write down who read how much of the log."""
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
    if text := search.asked(request.GET):
        return _searched(request, person, text)
    wanted, kept = queries.from_page(request.GET), queries.is_kept_from(person)
    found = queries.open_to(queries.within(person), kept).filter(wanted.query())
    page = queries.page(found, before=_mark(request, "before"), after=_mark(request, "after"))
    people, asked = queries.people(person), standing.asked()
    offers, stands = faces.offers(person, *asked), standing.told(asked)
    context = {
        "wanted": wanted,
        "page": page,
        "rows": faces.show(page.entries, people),
        "count": queries.count(found),
        "more_than": queries.COUNTED,
        "people": people,
        "offers": offers,
        "kinds": words.kinds(),
        "missing": checks.missing(),
        "standing": stands,
        "is_late": stands.is_late,
        "sinks": words.SINKS,
        "found": stands.found,
        "key": uuid.uuid4().hex,
        "is_partial": kept is not None,
        "zone": timezone.get_current_timezone_name(),
        "kept": {name: value for name, value in request.GET.items() if name not in NOT_KEPT},
        "stream_name": ""
        if wanted.stream in dict(offers.get("campaigns", []))
        else faces.called(person, wanted.stream),
        "from": request.GET.get("from", ""),
        "to": request.GET.get("to", ""),
    }
    note_reading(person, wanted, page.entries)
    return render(request, "audit/explorer.html", context)


NOT_KEPT = {"before", "after", "from", "to", "q"}


def _searched(request: HttpRequest, person: User, text: str) -> HttpResponse:
    """Lead to what was searched for; where that is none or several, say so. Nothing of the log is read by it."""
    found = [(one, _address(request, one)) for one in search.find(person, text)]
    if len(found) == 1:
        return redirect(found[0][1])
    kept = {name: value for name, value in request.GET.items() if name not in {"before", "after", "q"}}
    context = {"text": text, "found": found, "kept": kept, "counted": queries.COUNTED,
               "back": _address(request), "most": faces.MOST_FOUND}  # fmt: skip
    return render(request, "audit/search.html", context)


def _address(request: HttpRequest, one: search.Match | None = None) -> str:
    """Return the log as it is filtered, with a match beside it; the page of an entry that was found."""
    if one and one.entry:
        return reverse("audit-entry", args=[one.entry])
    query = request.GET.copy()
    for name in ("q", "before", "after"):
        query.pop(name, None)
    if one:
        name, value = ("person", str(one.person)) if one.person else ("stream", one.stream)
        query[name] = value
    return f"{reverse('audit')}?{query.urlencode()}" if query else reverse("audit")


@login_required
@require_GET
def entry(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show one entry with its decision record, as a page or (for htmx) as the drawer beside the table."""
    person = request.user
    assert isinstance(person, User)
    found = queries.one(person, uid)
    payload = AuditPayload.objects.filter(entry=found).first()
    note_reading(person, queries.Filter(), [found])
    context = {
        "shown": faces.show([found], queries.people(person))[0],
        "said": words.said(payload, access.place_of(found)),
        "is_erased": payload is None and '"commit":' in found.body,
        "is_true": payload is None or words.is_committed(found, payload),
    }
    is_drawer = request.headers.get("HX-Request") == "true"
    return render(request, "audit/_entry.html" if is_drawer else "audit/entry.html", context)


@login_required
@require_http_methods(["GET", "POST"])
@rates.bounded
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """Send what the filter finds; more than can be sent at once becomes a job, after a press of a button."""
    person = _reader(request)
    wanted = queries.from_page(request.GET)
    delimiter = request.GET.get("delimiter", "")
    delimiter = delimiter if delimiter in export.DELIMITERS else ""
    found = queries.visible(person).filter(wanted.query())
    count = queries.count(found)
    is_many = count > queries.COUNTED
    if is_many or form == "parquet":
        if request.method != "POST":
            return _large(request, is_many=is_many)
        key = f"audit-export:{person.pk}:{_pressed(request)}"
        try:
            job = tasks.start(by=person, wanted=wanted, form=form, delimiter=delimiter, key=key, now=lease.now())
        except dispatch.KeyReused:  # a page that came back from the browser's memory, its filter changed since
            return _large(request, is_many=is_many, is_reused=True)
        return redirect("job", pk=job.pk)
    chunks = export.sent(export.Export(found, form=form, delimiter=delimiter), by=person, wanted=wanted)
    answer = StreamingHttpResponse(chunks, content_type=export.TYPES[form])
    name = f"audit-{timezone.localdate().isoformat()}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _large(request: HttpRequest, *, is_many: bool, is_reused: bool = False) -> HttpResponse:
    context = {"more_than": queries.COUNTED, "key": uuid.uuid4().hex, "is_many": is_many, "is_reused": is_reused}
    return render(request, "audit/large.html", context, status=409 if is_reused else 200)


def _pressed(request: HttpRequest) -> str:
    """Return the key of one press of the button; a press that has none a job can keep gets its own."""
    key = request.POST.get("key", "")
    return key if key.isalnum() and len(key) <= 64 else uuid.uuid4().hex


@login_required
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Queue a check of the whole log; pressed twice it is one."""
    person = _reader(request)
    with transaction.atomic():
        key = f"audit-check:{person.pk}:{_pressed(request)}"
        job = dispatch.enqueue(standing.CHECK, params={}, key=key, by=person, now=lease.now())
    return redirect("job", pk=job.pk)


@login_required
@require_http_methods(["GET", "POST"])
def verifier(request: HttpRequest, *, refused: bool = False) -> HttpResponse:
    """Show how to check the log without us, and queue the bundle that is needed for it."""
    person = _reader(request)
    asked = standing.asked()
    campaigns = faces.offers(person, *asked).get("campaigns", [])
    stream = request.POST.get("stream", "")
    if request.method == "POST":
        of = faces.streams_of(stream) if stream else None
        if stream in {"", *dict(campaigns)} and queries.sees_whole(person, of):
            rates.exports(person)
            key, form = f"audit-bundle:{person.pk}:{_pressed(request)}", request.POST.get("form")
            job = tasks.start_bundle(
                by=person, stream=stream, is_skeleton=bool(stream) and form == "skeleton", key=key, now=lease.now()
            )
            return redirect("job", pk=job.pk)
        refused = True
    context = {
        "stands": standing.told(asked),
        "campaigns": campaigns,
        "stream": stream,
        "refused": refused,
        "is_whole": queries.sees_whole(person, None),
        "public_key": base64.b64encode(checkpoints.trusted_key()).decode(),
        "origin": settings.AUDIT_ORIGIN,
        "key": uuid.uuid4().hex,
    }
    return render(request, "audit/verifier.html", context, status=403 if refused else 200)


@login_required
@require_GET
def verifier_file(request: HttpRequest) -> FileResponse:
    """Send the program that checks bundles."""
    _reader(request)
    return FileResponse(Path(verify.__file__).open("rb"), as_attachment=True, filename="verify.py")


@login_required
@require_GET
def receipt(request: HttpRequest) -> HttpResponse:
    """Show the receipt of an entry of one's own, or of one that may be read, and check one that somebody kept."""
    kept = request.GET.get("receipt", "")[:64]
    try:
        found = _receipt(request)
    except Http404:
        found = None
    context = {
        "receipt": found,
        "asked": "entry" in request.GET,
        "entry": found.entry.uid.hex if found else request.GET.get("entry", "")[:36],
        "kept": kept,
        "holds": bool(found and kept and found.says(kept)),
        "public_key": base64.b64encode(checkpoints.trusted_key()).decode(),
    }
    return render(request, "audit/receipt.html", context)


@login_required
@require_GET
def receipt_file(request: HttpRequest) -> HttpResponse:
    """Send a receipt as a file to keep."""
    answer = HttpResponse(_receipt(request).text(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="receipt.txt"'
    return answer


def _receipt(request: HttpRequest) -> receipts.Receipt:
    """Return the receipt of the entry that is asked for. Raises Http404. The reading is an entry itself."""
    person, uid = request.user, _mark(request, "entry")
    assert isinstance(person, User)
    if uid is None:
        raise Http404
    found = receipts.of(queries.one(person, uid))
    note_reading(person, queries.Filter(), [found.entry])
    return found


@login_required
@require_http_methods(["GET", "POST"])
def rolled_back(request: HttpRequest) -> HttpResponse:
    """Show what is known outside of a log that was put back; an admin accepts it in writing."""
    found = rollback.finding()
    if request.method != "POST" or found is None:
        return show_rolled_back(request, found)
    access.require(request.user, "restore")
    assert isinstance(request.user, User)
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return show_rolled_back(request, found, form, status=422)
    with contextlib.suppress(rollback.NotOpen):
        rollback.accept(found, by=request.user, reason=form.cleaned_data["reason"])
    return redirect("audit-rolled-back")


def show_rolled_back(
    request: HttpRequest, found: AuditEntry | None, form: AcceptForm | None = None, status: int = 200
) -> HttpResponse:
    """Render what was found, for whoever looks or was refused a change."""
    body: dict[str, Any] = json.loads(found.body) if found else {"says": [], "here": 0}
    context = {
        "found": found,
        "here": body["here"],
        "says": [(words.SOURCES.get(one["source"], one["source"]), one["size"], one["root"]) for one in body["says"]],
        "form": (form or AcceptForm()) if access.may(request.user, "restore") else None,
    }
    return render(request, "audit/rolled_back.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """Show a person's kept exports; keep the filter of the address as another, have one written, remove one."""
    person, wanted, is_refused = _reader(request), queries.from_page(request.GET), False
    if request.method == "POST":
        try:
            return _changed(request, person, wanted)
        except saved.NotKept:
            is_refused = True
    people, since = queries.people(person), timezone.now() - timedelta(seconds=tasks.KEPT)
    done = Job.objects.filter(by=person, kind=tasks.KIND, status=Status.SUCCEEDED, finished_at__gte=since)
    kept = SavedExport.objects.filter(user=person).order_by("name")
    context = {
        "saved": [(one, words.of_filter(one.filter, people)) for one in kept],
        "wanted": words.of_filter(wanted.as_dict(), people),
        "query": request.GET.urlencode(),
        "periods": Period.choices,
        "files": done.order_by("-pk")[:20],
        "refused": is_refused,
        "most": saved.MOST,
        "key": uuid.uuid4().hex,
    }
    return render(request, "audit/exports.html", context, status=422 if is_refused else 200)


def _changed(request: HttpRequest, person: User, wanted: queries.Filter) -> HttpResponse:
    said, now = request.POST, lease.now()
    if chosen := said.get("start") or said.get("drop"):
        if not queries.PERSON.fullmatch(chosen):
            raise Http404
        one = get_object_or_404(SavedExport, user=person, pk=int(chosen))
        if "start" in said:
            rates.exports(person)
            return redirect("job", pk=saved.start(one, key=_pressed(request), now=now).pk)
        saved.drop(one)
    else:
        form, semicolon, _rest = said.get("form", "").partition(";")
        saved.keep(
            person, name=said.get("name", ""), wanted=wanted, form=form, delimiter="semicolon" if semicolon else "",
            every=said.get("every", ""), now=now,
        )  # fmt: skip
    return redirect("audit-exports")


def _file_job(request: HttpRequest, pk: int) -> Job:
    """Return a finished export of this person; to everybody else, and once their rights ended, it does not exist."""
    person = _reader(request)
    kinds = [tasks.KIND, tasks.BUNDLE]
    job = get_object_or_404(Job, pk=pk, kind__in=kinds, by=person, status=Status.SUCCEEDED)
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
def file_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the file of a finished export, or the rest of it; it lasts a week. Each download is an entry."""
    job = _file_job(request, pk)
    path = tasks.file_of(job)
    if not path.exists():
        raise Http404
    answer = ranges.send(request, path, name=f"audit-{path.name}", tag=job.result["sha256"])
    if answer.status_code != 416:
        tasks.take(job, by=_reader(request), part=answer.get("Content-Range", ""))
    return answer
