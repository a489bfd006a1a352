"""The list of people as a file: who may do what, with which state. For admins; each file is an entry of the log."""

import csv
import io
from collections.abc import Iterator

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import queries
from accounts.models import User
from accounts.people_views import asked, for_admins
from audit import log, rates
from audit.formulas import guarded
from audit.models import Kind

COLUMNS = ("name", "email", "state", "last_sign_in", "role", "brand", "market", "since")


@for_admins
@require_GET
@rates.bounded
def people(request: HttpRequest) -> HttpResponse:
    """Send the list as it is filtered, a line a role; all brands and all markets are empty cells. Times in UTC."""
    assert isinstance(request.user, User)
    found = list(queries.people(**asked(request)))
    delimiter = ";" if request.GET.get("delimiter") == "semicolon" else ","
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(COLUMNS)
    writer.writerows([guarded(cell) for cell in line] for person in found for line in _lines(person))
    with transaction.atomic():
        body = {"what": "people", "format": "csv", "rows": len(found)}
        log.record(Kind.EXPORT, stream="people", by=request.user, body=body)
    answer = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="people-{timezone.localdate().isoformat()}.csv"'
    return answer


def _lines(person: User) -> Iterator[list[str]]:
    seen = person.last_login.isoformat(timespec="seconds") if person.last_login else ""
    who = [person.name, person.email, queries.state(person), seen]
    held = person.live  # type: ignore[attr-defined]
    for one in held:
        yield [*who, one.role, one.brand, one.market, one.granted_at.isoformat(timespec="seconds")]
    if not held:
        yield [*who, "", "", "", ""]
