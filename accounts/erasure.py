"""What of a person with an account goes, and what is left: a number that decisions and the log refer to."""

from collections import Counter
from datetime import datetime

from django.contrib.auth.hashers import make_password

from accounts import roles
from accounts.models import ApiToken, KeptAnswer, Membership, User

NOBODY = "erased.invalid"  # a domain that no mail reaches (RFC 2606)


def names(person: User) -> list[str]:
    """Return by what a person is called anywhere."""
    return [person.email, person.name]


def is_erased(person: User) -> bool:
    """Tell whether a person's name and address are gone."""
    return person.email.endswith(f"@{NOBODY}")


def of_person(person: User, *, now: datetime) -> Counter[str]:
    """Take name, address, password, settings and roles from an account that is switched off, in the transaction."""
    KeptAnswer.objects.filter(user=person).delete()
    ApiToken.objects.filter(user=person).update(name="", hint="")
    sessions = roles.sign_out_everywhere(person, now=now)
    ended = Membership.objects.filter(user=person, ended_at__isnull=True).update(ended_at=now)
    User.objects.filter(pk=person.pk).update(
        name=f"#{person.pk}", email=f"{person.pk}@{NOBODY}", password=make_password(None), is_active=False,
        keys={}, time_zone="UTC", last_login=None,
    )  # fmt: skip
    return Counter(sessions=sessions, roles=ended)
