"""Proof that whoever answers is the one who signed in: the password, given again no longer than five minutes ago.

Wrong passwords are counted by django-axes as those of the sign-in page are, and lead to the same pause.
"""

from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth import authenticate, login
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from audit.log import record
from audit.models import Kind

FRESH = timedelta(minutes=5)
KEY = "signed_in_at"  # of the session, which lives on the server


def note(request: HttpRequest, *, now: datetime) -> None:
    """Keep in the session that the password was given now."""
    request.session[KEY] = now.isoformat()


def signed_in_at(request: HttpRequest) -> datetime | None:
    """Return when the password was last given in this session; None where that is not known."""
    said = request.session.get(KEY)
    return datetime.fromisoformat(said) if said else None


def is_fresh(moment: datetime | None, *, now: datetime) -> bool:
    """Tell whether a sign-in counts as fresh: at most five minutes old."""
    return moment is not None and now - moment <= FRESH


def prove(request: HttpRequest, password: str, *, now: datetime) -> bool:
    """Check the person's own password and note the moment; False for a wrong one, which counts as a failed sign-in."""
    person = cast(User, request.user)
    found = authenticate(request, username=person.email, password=password)
    if found is None or found.pk != person.pk:
        return False
    with transaction.atomic():
        login(request, found)  # a new session key, as after every sign-in; what the session holds stays
        record(Kind.SIGN_IN, stream=f"user:{person.pk}", by=person, body={"user": person.pk, "again": True})
    note(request, now=now)
    return True
