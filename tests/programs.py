"""Programs with keys of people, for tests of the API."""

from django.test import Client
from django.utils import timezone

from accounts import tokens


class Program(Client):
    """Sends JSON by a key; `post(address, said, match=ETag, key="...")`."""

    def post(self, address, said=None, *, match="", key="", **more):
        headers = {"if-match": match} if match else {}
        headers |= {"idempotency-key": key} if key else {}
        return super().post(address, said or {}, content_type="application/json", headers=headers, **more)


def program(by, *scopes, **more):
    """Return somebody's program with every scope, or with some."""
    wanted = scopes or tuple(tokens.SCOPES)
    _token, key = tokens.make(name="x", scopes=wanted, days=9, by=by, now=timezone.now(), **more)
    return Program(headers={"authorization": f"Bearer {key}"})


def pointers(answer):
    """Return the status of a refusal and what in the request it means."""
    assert answer["Content-Type"] == "application/problem+json"
    return answer.status_code, [one["pointer"] for one in answer.json().get("errors", [])]
