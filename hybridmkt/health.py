"""Whether this process lives, and whether it can serve: asked by supervisors, load balancers and containers."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from audit import rollback, standing
from jobs import lease, queries

SILENT = timedelta(seconds=60)  # the clock beats every 10
LEAST_FREE = 500 * 2**20  # octets of the data folder's disk under which somebody should look
_migrated: set[bool] = set()


def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process answers at all."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and is of this release, else 503: it should get no traffic for now.

    `late` names what needs somebody's look and lets requests through all the same: decisions go on without a broker, a
    clock or the sequencer.
    """
    try:
        if not _is_migrated():
            return JsonResponse({"status": "the database is of another release: migrate it"}, status=503)
        now = lease.now()
        late = [name for name, is_late in LATE.items() if is_late(now)]
        found = rollback.finding()
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    # Still 200: it serves whoever reads, and the admin who has to accept it.
    return JsonResponse({"status": "ready", "late": late, **({"audit": "rolled back"} if found else {})})


def _is_migrated() -> bool:
    """Tell whether every migration of this release is in; asked for until it is so, then only whether it answers."""
    if _migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _migrated.add(True)
    return bool(_migrated)


def _clock(now: datetime) -> bool:
    beat = queries.heartbeat("reaper")
    return beat is None or now - beat > SILENT


def _log(now: datetime) -> bool:
    return standing.told(standing.asked()).is_late


def _broker(now: datetime) -> bool:
    try:
        cache.get("ready")
    except RedisError:
        return True
    return False


def _disk(now: datetime) -> bool:
    return shutil.disk_usage(settings.DATA_DIR).free < LEAST_FREE


LATE: dict[str, Callable[[datetime], bool]] = {"broker": _broker, "clock": _clock, "log": _log, "disk": _disk}
