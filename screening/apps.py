"""Screening: the ask, the supply, the match. The machine's floor, whoever writes to it."""

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "screening"

    def ready(self) -> None:
        """Register the kinds of jobs this floor runs."""
        from screening import faces, guards, log_search, tasks  # noqa: F401
