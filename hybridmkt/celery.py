"""The Celery application: production's carrier of job ids (the Job row is the truth, see `jobs/`)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hybridmkt.settings")

app = Celery("hybridmkt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
