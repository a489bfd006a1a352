"""The list of a run as a file."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from audit import rates
from screening import exports, queries
from screening.models import RunStatus
from screening.views import person
from screening.views.finished import asked


@login_required
@require_GET
@rates.bounded
def export(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Send the list of a finished run as CSV or JSON Lines, filtered and sorted as on the page."""
    found = queries.run(person(request), pk)
    if kind not in exports.TYPES or found.status != RunStatus.COMPLETED:
        raise Http404
    delimiter = exports.DELIMITERS.get(request.GET.get("delimiter", ""), ",")
    chunks = exports.ranking_file(found, kind=kind, filters=asked(request), by=person(request), delimiter=delimiter)
    answer = StreamingHttpResponse(chunks, content_type=exports.TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{found.campaign.slug}-run-{found.number}.{kind}"'
    return answer
