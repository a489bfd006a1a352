"""Review: what people think, and who decides."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Review as Django knows it."""

    name = "review"

    def ready(self) -> None:
        """Listen to finished runs and register this floor's jobs and ticks."""
        from review import faces, guards, signals, tasks  # noqa: F401
