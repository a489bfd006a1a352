"""A kind of job for each story, and a way to queue it."""

import itertools

import pytest
from django.db import transaction

from jobs import dispatch, lease
from tests import factories

_count = itertools.count(1)


@pytest.fixture
def kind(monkeypatch):
    """Name a worker function for one test: `kind(function)` returns the kind's code."""
    monkeypatch.setattr(dispatch, "WORK", dict(dispatch.WORK))
    monkeypatch.setattr(lease, "ENDINGS", dict(lease.ENDINGS))

    def name(function=lambda job: None, **options) -> str:
        code = f"kind{next(_count)}"
        dispatch.runs(code, **options)(function)
        return code

    return name


@pytest.fixture
def queue(kind, db):
    """Queue a job: `queue(function)` or `queue(kind="...")`, with any argument of enqueue."""

    def make(function=lambda job: None, **fields):
        fields.setdefault("by", None if "by" in fields else factories.user("strategist"))
        code = fields.pop("kind", None) or kind(function)
        defaults = {"params": {}, "key": f"key{next(_count)}", "now": lease.now()}
        with transaction.atomic():
            return dispatch.enqueue(code, **{**defaults, **fields})

    return make
