"""Audit: what happened, kept so that nobody can change it unseen."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Register the check that the triggers stand, the work on large exports, and our own words."""
        from audit import checks, saved, tasks, words  # noqa: F401
