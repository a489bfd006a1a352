"""Audit: what happened, kept so that nobody can change it unseen."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Register the check that the triggers stand, and the work on large exports."""
        from audit import checks, tasks  # noqa: F401
