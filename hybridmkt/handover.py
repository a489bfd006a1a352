"""Become another program: gunicorn, or a Celery worker."""

import os
import sys
from typing import NoReturn

from django.conf import settings


def become(module: str, *args: str) -> NoReturn:
    """Replace this process by a module's program: signals reach it directly, and it finds our code from any folder."""
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(settings.BASE_DIR), os.environ.get("PYTHONPATH"))))
    os.execv(sys.executable, [sys.executable, "-m", module, *args])  # noqa: S606
