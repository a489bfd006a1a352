"""The password given again, before what takes it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts import proof
from audit.models import AuditEntry
from tests import factories as make

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class TestIsFresh:
    @pytest.mark.parametrize(("seconds", "is_fresh"), [(0, True), (300, True), (301, False)])
    def test_for_five_minutes(self, seconds, is_fresh):
        assert proof.is_fresh(NOW - timedelta(seconds=seconds), now=NOW) is is_fresh

    def test_is_not_where_nobody_knows_when(self):
        assert not proof.is_fresh(None, now=NOW)


class TestSignIn:
    def test_notes_when_the_password_was_given(self, db):
        user, client = make.user("manager"), Client()
        client.post("/sign-in/", {"username": user.email, "password": "correct horse"})
        noted = datetime.fromisoformat(client.session[proof.KEY])
        assert proof.is_fresh(noted, now=noted + timedelta(minutes=4))
        assert AuditEntry.objects.filter(kind="sign_in").count() == 1
