"""One effect for one Idempotency-Key: the answer is kept in the transaction of the change it tells of.

Two requests with one key at the same moment meet at the unique row: the second waits until the first has ended.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import wraps
from hashlib import sha256
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import person
from accounts.api.problems import Refusal
from accounts.models import KeptAnswer

KEPT = timedelta(days=30)
LONGEST = 200
HEADERS = ("Location", "ETag")
Method = Callable[..., Any]


def once(method: Method) -> Method:
    """Let a POST with an Idempotency-Key happen once. A refusal is kept nowhere: the key is free again."""

    @wraps(method)
    def guarded(self: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return method(self, request, *args, **kwargs)
        if len(key) > LONGEST or not key.isascii() or not key.isprintable():
            raise Refusal(422, _("An Idempotency-Key has at most %(most)s plain characters.") % {"most": LONGEST})
        said = _request(request)
        try:
            with transaction.atomic():
                row = KeptAnswer.objects.create(user=person(request), key=key, request=said, at=timezone.now())
                answer = method(self, request, *args, **kwargs)
                _keep(row, answer)
                return answer
        except IntegrityError:
            known = KeptAnswer.objects.filter(user=person(request), key=key).first()
            if known is None:  # another row's constraint: no matter of this key
                raise
        return _again(known, said)

    return guarded


def forget(now: datetime) -> int:
    """Delete answers that nobody asks for any more; return how many."""
    return KeptAnswer.objects.filter(at__lt=now - KEPT).delete()[0]


def _request(request: Request) -> str:
    found = sha256(f"{request.method}\n{request.get_full_path()}\n".encode(errors="replace"))
    for part in _sent(request):
        found.update(part)
    return found.hexdigest()


def _sent(request: Request) -> Iterator[bytes]:
    """Yield what a request bears: its body, or its fields and files, between which each try draws other marks."""
    if not any(isinstance(one, MultiPartParser) for one in request.parsers or ()):
        yield request._request.body
        return
    data = cast("MultiValueDict[str, str | UploadedFile[bytes]]", request.data)
    for name, values in sorted(data.lists()):
        for one in values:
            yield repr((name, str(one))).encode(errors="replace")  # of a file its name
            if isinstance(one, UploadedFile):
                yield from one.chunks()


def _keep(row: KeptAnswer, answer: Response) -> None:
    row.status = answer.status_code
    row.body = JSONRenderer().render(answer.data).decode()
    row.headers = {name: answer[name] for name in HEADERS if answer.has_header(name)}
    row.save(update_fields=["status", "body", "headers"])


def _again(known: KeptAnswer, said: str) -> HttpResponse:
    if known.request != said:
        raise Refusal(409, _("This Idempotency-Key was used for another request."))
    answer = HttpResponse(known.body, status=known.status, content_type="application/json", headers=known.headers)
    answer["Idempotent-Replayed"] = "true"
    return answer
