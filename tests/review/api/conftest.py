"""Programs with keys of the room's people."""

import itertools

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens

_keys = itertools.count(1)


@pytest.fixture
def now():
    """The API reads the clock itself: cards are opened now."""
    return timezone.now()


class Program(Client):
    """Sends JSON by a key; `post(address, said, match=ETag, key="...")`."""

    def post(self, address, said=None, *, match="", key="", **more):
        headers = {"if-match": match} if match else {}
        headers |= {"idempotency-key": key} if key else {}
        return super().post(address, said or {}, content_type="application/json", headers=headers, **more)


@pytest.fixture
def program(db):
    """Return somebody's program with every scope, or with some."""

    def made(by, *scopes, **more):
        wanted = scopes or tuple(tokens.SCOPES)
        _token, key = tokens.make(name="x", scopes=wanted, days=9, by=by, now=timezone.now(), **more)
        return Program(headers={"authorization": f"Bearer {key}"})

    return made
