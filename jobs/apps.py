"""Jobs: long work that survives a killed process. The Job row is the truth; brokers only carry its id."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        """Register the tasks and the reaper in every process."""
        from jobs import tasks  # noqa: F401
