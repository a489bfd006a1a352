"""How resources describe themselves: what every one of them can answer, takes and asks for stands here once."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from accounts.api.endpoint import Endpoint
from accounts.api.problems import KINDS, MEDIA, Problem
from accounts.tokens import SCOPES

HEADER: Literal["header"] = "header"
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 200},
    HEADER,
    description="One effect for one key: the same request again gets the same answer for 30 days, another gets 409",
)
MATCH = OpenApiParameter("If-Match", str, HEADER, description="The ETag of what you read; 412 where it has changed")
NONE_MATCH = OpenApiParameter("If-None-Match", str, HEADER, description="An ETag; 304 where nothing has changed")
READING, WRITING = (401, 403, 404, 422, 429), (400, 401, 403, 404, 409, 413, 415, 422, 429)


class Schema(AutoSchema):
    """DRF-spectacular's own, with the refusals and headers of every resource."""

    view: Endpoint  # type: ignore[override]

    def get_tags(self) -> list[str]:
        """Return the first word of the address: campaigns, runs, cards."""
        return [self.path.removeprefix("/api/").split("/")[0]]

    def get_override_parameters(self) -> Any:
        """Return the headers that a request may bear."""
        if self.method == "GET":
            return [NONE_MATCH]
        return [*([KEY] if self.view.is_once else []), *([MATCH] if self.view.needs_match else [])]

    def get_description(self) -> str:  # type: ignore[override]
        """Say what the method does, and which scope a key needs."""
        scope = self.view.reads if self.method == "GET" else self.view.writes
        return f"{super().get_description()}\n\nA key needs the scope `{scope}`."

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        found = super()._get_response_bodies(direction)
        is_read = self.method == "GET"
        if is_read:
            codes = READING + ((409,) if self.view.conflicts else ())
        else:
            codes = WRITING + ((412, 428) if self.view.needs_match else ())
        for code in codes:
            found[str(code)] = self._get_response_for_code(Problem, str(code), media_types=[MEDIA])  # type: ignore[no-untyped-call]
            found[str(code)]["description"] = KINDS[code][0]
        if is_read:
            found["304"] = {"description": "not changed"}
        return found


class Key(OpenApiAuthenticationExtension):
    """The key of a program in the schema."""

    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return how a key is sent."""
        words = f"A key from /settings/api-keys/, with scopes of: {', '.join(SCOPES)}."
        return {"type": "http", "scheme": "bearer", "description": words}
