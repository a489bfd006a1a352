"""`manage.py first_admin`: who lets everybody else in, in a database without a demo."""

from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import roles
from accounts.models import Membership, Role, User
from jobs import lease

REASON = "The first admin, made on the command line"


class Command(BaseCommand):
    """Make the first admin."""

    help = "Make the first admin and print the link by which they choose a password (once, for three days)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom."""
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")

    def handle(self, *args: Any, email: str, name: str, language: str, **options: Any) -> None:
        """Refuse where there is an admin already: that person invites others on the page People."""
        if Membership.objects.filter(role=Role.ADMIN, brand="", market="", ended_at__isnull=True).exists():
            raise CommandError("There is an admin already. They invite others in the browser, on the page People.")
        now = lease.now()
        try:
            with transaction.atomic():
                person = roles.invite(email=email, name=name, language=language, reason=REASON, by=None, now=now)
                roles.grant(person, role=Role.ADMIN, reason=REASON, by=None, now=now)
        except roles.RoleRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{name} is admin. The link by which they choose a password, within three days:")
        self.stdout.write(address() + path_to_password(person))


def path_to_password(person: User) -> str:
    """Return the path of the page on which a person chooses a password; it works once."""
    uid = urlsafe_base64_encode(force_bytes(person.pk))
    return reverse("choose-password", args=[uid, default_token_generator.make_token(person)])


def address() -> str:
    """Return where people reach the product."""
    return f"https://{settings.ALLOWED_HOSTS[0]}" if settings.PRODUCTION else f"http://127.0.0.1:{settings.PORT}"
