"""Accounts: who people are and what they may see and do."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, their roles, and how they read."""

    name = "accounts"

    def ready(self) -> None:
        """Make the rights known to django-rules."""
        from accounts import access  # noqa: F401
