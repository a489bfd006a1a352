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


class ApiToken(models.Model):
    """A key by which a program acts as its owner, within scopes and a brand. Its hash is kept, never the key itself."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    hint = models.CharField(max_length=12)  # how the key begins: by it people tell their keys apart
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()  # names of `accounts.tokens.SCOPES`
    brand = models.SlugField(max_length=60, blank=True, default="")  # empty: every brand that its owner sees
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(expires_at__gt=models.F("made_at")), name="a_token_lives_a_while")
        ]

    def __str__(self) -> str:
        return f"{self.hint} {self.name}"


class KeptAnswer(models.Model):
    """What a request with an Idempotency-Key was answered: the same request gets it again, another is refused."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="a_key_is_used_once_by_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
