"""Parts of a file (RFC 9110, section 14): a download that broke off goes on where it ended."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")  # several parts at once, which nobody needs here, get the whole file
PIECE = 65_536  # bytes


def send(request: HttpRequest, path: Path, *, name: str, tag: str) -> HttpResponseBase:
    """Answer with a file under a name, or with the part of it that is asked for; 416 where it has no such part.

    tag: names these very bytes. Who goes on with others (`If-Range`) gets the whole file.
    """
    size, answer = path.stat().st_size, None
    same = request.headers.get("If-Range", f'"{tag}"') == f'"{tag}"'
    found = ONE.fullmatch(request.headers.get("Range", "")) if same else None
    if found and any(found.groups()):
        first, last = _between(found[1], found[2], size)
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        part = _pieces(path, first, last - first + 1)
        answer = StreamingHttpResponse(part, status=206, content_type="application/octet-stream")
        answer["Content-Range"], answer["Content-Length"] = f"bytes {first}-{last}/{size}", str(last - first + 1)
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer = answer or FileResponse(path.open("rb"), as_attachment=True, filename=name)
    answer["Accept-Ranges"], answer["ETag"] = "bytes", f'"{tag}"'
    return answer


def _between(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte that are meant; the first is beyond the last where there is none."""
    if not first:  # so many at the end
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    return int(first), min(int(last), size - 1) if last else size - 1


def _pieces(path: Path, first: int, left: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while left and (piece := file.read(min(left, PIECE))):
            left -= len(piece)
            yield piece
