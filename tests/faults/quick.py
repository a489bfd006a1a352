"""Production's Celery with a faster clock: a test need not wait a minute before a lost job is told again."""

import django

from hybridmkt.celery import app

django.setup()

from jobs import dispatch, tasks, ticks  # noqa: E402

app.conf.beat_schedule = {"tick": {"task": "jobs.tasks.tick", "schedule": 1.0}}
ticks.every(1, "reaper")(tasks.reap)
dispatch.UNNOTICED = 3
__all__ = ["app"]
