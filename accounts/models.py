"""People and their memberships: a role, for a brand and a market (or for all of them).

Brands and markets are tables of `screening`, one floor up, so a membership keeps their slugs and codes; an empty
one means "all".
"""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rules.permissions import has_perm


class Role(models.TextChoices):
    """What a membership lets a person do (product.md, People)."""

    STRATEGIST = "strategist", _("strategist")
    EXPERT = "expert", _("regional expert")
    MANAGER = "manager", _("manager")
    ANALYST = "analyst", _("analyst")
    ADMIN = "admin", _("admin")


class Theme(models.TextChoices):
    """Light or dark pages; the system's own choice by default."""

    SYSTEM = "system", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class People(BaseUserManager["User"]):
    """Makes users; e-mail addresses are compared in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a user with a hashed password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find the person by work e-mail, whatever its case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person with an account. Deactivated, never deleted: the log refers to them."""

    email = models.EmailField(_("work email"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(
        _("language"), max_length=5, default="en", choices=[("en", "English"), ("ru", "Русский")]
    )
    theme = models.CharField(_("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM)
    time_zone = models.CharField(_("time zone"), max_length=40, default="UTC")
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    keys = models.JSONField(default=dict, blank=True)  # what the person changed: verb of `hybridmkt.keymap` -> key
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = People()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_per_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Tell whether a role allows this for the brand and market of `obj`: the rules of `accounts.access`."""
        return bool(has_perm(perm, self, obj))


class Membership(models.Model):
    """A role of a person, for one brand and market; an empty brand or market means all of them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    brand = models.SlugField(max_length=60, blank=True, default="")
    market = models.CharField(max_length=12, blank=True, default="")
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "brand", "market"],
                condition=models.Q(ended_at__isnull=True),
                name="a_role_is_held_once_per_brand_and_market",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.brand or '*'}/{self.market or '*'}"
