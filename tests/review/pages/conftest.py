"""Browsers without script: each signed in as somebody of the room's conftest."""

import itertools
import re

import pytest
from django.test import Client

BACKEND = "accounts.backends.Backend"
_keys = itertools.count(1)


@pytest.fixture
def now():
    """The pages read the clock themselves: cards are opened now."""
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def signed_in():
    """Makes a browser: `signed_in(elena).get("/queue/")`."""

    def made(user, **headers):
        client = Client(headers=headers)
        client.force_login(user, BACKEND)
        return client

    return made


@pytest.fixture
def sent():
    """What a decision's form sends: `sent(task, choice="reject")`."""

    def form(task, **said):
        task.refresh_from_db()
        return {"version": task.version, "key": f"page-{next(_keys)}", "relationship": "none", **said}

    return form


@pytest.fixture
def words():
    """The text of a page without its tags, blanks as one."""

    def read(answer):
        page = re.sub(r"<(script|style|svg).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
        return re.sub(r"[\s\xa0]+", " ", re.sub(r"<[^>]+>", " ", page))

    return read
