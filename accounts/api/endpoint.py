"""What every resource of the API is: tagged, private, with the versions that a change asks for."""

import hashlib
import re
from typing import Any, ClassVar, cast

from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.api.problems import Refusal
from accounts.models import User

Errors = tuple[type[Exception], ...]
VERSIONED = re.compile(r'(?:W/)?"v(\d{1,18})-[0-9a-f]+"')


class Endpoint(APIView):
    """A resource. `reads` and `writes` are the scopes that a key needs; the rest says how a verb's errors answer."""

    reads: ClassVar[str] = "read"
    writes: ClassVar[str] = "read"
    is_once: ClassVar[bool] = True  # False: a POST that changes nothing, which takes no Idempotency-Key
    needs_match: ClassVar[bool] = False  # a change says in If-Match which version was read
    stale: ClassVar[Errors] = ()  # 412
    conflicts: ClassVar[Errors] = ()  # 409
    invalid: ClassVar[Errors] = ()  # 422

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks, and read the body within its bound before anybody parses it; a file is read by its parser."""
        super().initial(request, *args, **kwargs)
        if request.method not in {"GET", "HEAD", "OPTIONS"} and MultiPartParser not in self.parser_classes:
            _body = request._request.body

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tag what was read; who has it already is told so in 304."""
        done = super().finalize_response(request, response, *args, **kwargs)
        done["Cache-Control"] = "private, no-cache"
        patch_vary_headers(done, ["Authorization", "Cookie", "Accept-Language"])
        is_read = request.method in {"GET", "HEAD"}
        if done.status_code == 200 and isinstance(done, Response) and (is_read or hasattr(done, "version")):
            done["ETag"] = _tag(done)
            return get_conditional_response(request, etag=done["ETag"], response=done) if is_read else done
        return done


def person(request: Request) -> User:
    """Return who asks: `Scoped` let nobody else through."""
    return cast(User, request.user)


def given(takes: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the body as a serializer reads it, what nobody asked for left out. Raises ValidationError (422)."""
    read = takes(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def version_of(request: Request) -> int:
    """Return the version that the asker read, from If-Match. Raises Refusal: 428 without one, 412 for any other tag."""
    tag = request.headers.get("If-Match", "")
    if not tag:
        raise Refusal(428, _("Send the ETag of what you read as If-Match: a change is made to what you have seen."))
    found = VERSIONED.fullmatch(tag.strip())
    if found is None:
        raise Refusal(412, _("If-Match bears no ETag of this resource."))
    return int(found.group(1))


def _tag(response: Response) -> str:
    """Return the tag of an answer: its bytes, and before them the version of what it tells, where that has one."""
    response.render()
    version = getattr(response, "version", None)
    mark = "" if version is None else f"v{version}-"
    return f'"{mark}{hashlib.sha256(response.content).hexdigest()[:32]}"'
