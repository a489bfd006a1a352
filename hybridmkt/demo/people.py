"""The demo's people, of each role; their passwords are made for this installation and kept beside its database."""

import json
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts import roles
from accounts.models import Role, User

# login name -> (name, language, time zone, [(role, brand, market)])
PEOPLE: dict[str, tuple[str, str, str, list[tuple[str, str, str]]]] = {
    "elena": ("Elena Markova", "en", "Europe/Berlin", [(Role.STRATEGIST, "", "")]),
    "daniel": ("Daniel Okafor", "en", "America/New_York", [(Role.STRATEGIST, "", "US")]),
    "maxim": ("Максим Лебедев", "ru", "Europe/Moscow", [(Role.STRATEGIST, "", "RU")]),
    "irina": ("Ирина Савельева", "ru", "Europe/Moscow", [(Role.EXPERT, "", "RU")]),
    "ruth": ("Ruth Abbott", "en", "America/Chicago", [(Role.EXPERT, "", "US")]),
    "sofia": ("Sofia Bennett", "en", "Europe/London", [(Role.MANAGER, "", "")]),
    "marcus": ("Marcus Hale", "en", "America/New_York", [(Role.MANAGER, "", "")]),
    "priya": ("Priya Raman", "en", "Europe/London", [(Role.ANALYST, "", "")]),
    "anton": ("Антон Журавлёв", "ru", "Europe/Moscow", [(Role.ADMIN, "", "")]),
}
DOMAIN = "hybridmkt.example"


def logins_file() -> Path:
    """Return where the demo's logins are kept, readable by the owner of the installation only."""
    return settings.DATA_DIR / "demo_logins.json"


def seed(now: datetime) -> dict[str, User]:
    """Make the demo's people with their roles; the passwords go to `logins_file` and nowhere else."""
    words = {login: secrets.token_urlsafe(9) for login in PEOPLE}
    path = logins_file()
    path.touch(mode=0o600)
    path.write_text(json.dumps({f"{login}@{DOMAIN}": word for login, word in words.items()}, indent=1))
    with transaction.atomic():
        return {login: _person(login, words[login], now) for login in PEOPLE}


def _person(login: str, password: str, now: datetime) -> User:
    name, language, zone, rights = PEOPLE[login]
    reason = "An account of the demo"
    user = roles.invite(email=f"{login}@{DOMAIN}", name=name, language=language, reason=reason, by=None, now=now)
    user.set_password(password)
    user.time_zone = zone
    user.save()
    for role, brand, market in rights:
        roles.grant(user, role=role, brand=brand, market=market, reason=reason, by=None, now=now)
    return user


def logins() -> list[tuple[str, str, str]]:
    """Return (role, e-mail, password) of the demo's people, in the order of the roles; empty without a demo."""
    if not logins_file().exists():
        return []
    known: dict[str, str] = json.loads(logins_file().read_text())
    order = {role: place for place, role in enumerate(Role.values)}
    found = [(PEOPLE[email.split("@")[0]][3][0][0], email, password) for email, password in known.items()]
    return sorted(found, key=lambda row: order[row[0]])
