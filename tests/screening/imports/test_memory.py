"""A file four times as large takes no more memory: read and mapped in CI, loaded whole with HM_LONG=1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_START = """
import sys
from datetime import date
from pathlib import Path
import django
django.setup()
"""
_END = """
status = Path("/proc/self/status").read_text()  # not ru_maxrss: a child begins with what its parent took
print(status.partition("VmHWM:")[2].split()[0])
"""
_MAP = """
from screening.imports.plan import make_plan
day = date(2024, 1, 31)
plan = make_plan(Path(sys.argv[1]), name="list.csv", today=day, platform="instagram", as_of=day)
records = plan.items(plan.reader(today=day), skip=0, alive=lambda: None)
assert sum(record.problem is None for record, _, _ in records) == int(sys.argv[2])
"""
_LOAD = """
from django.core.management import call_command
from tests import template
template.migrate()
call_command("import_creators", sys.argv[1], platform="instagram", as_of="2024-01-31", dry_run="{how}" == "dry")
"""
_CHILDREN = {"map": _MAP, "dry": _LOAD.format(how="dry"), "load": _LOAD.format(how="load")}
# What, MB, sentences of a row. The last two take about 12 CPU minutes: 1.3 million profiles.
CASES = [("map", (50, 200), 4), ("load", (5, 20), 4), ("dry", (50, 200), 1), ("load", (50, 200), 1)]


def generated(path: Path, megabytes: int, sentences: int) -> int:
    """Write a list of creators; return how many."""
    number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("username,name,bio,followers,likes avg,country\n")
        while number % 1000 or file.tell() < megabytes << 20:
            about = f"Пишу о путешествиях, еде и доме. Запись {number} о разном и важном. " * sentences
            file.write(f'user{number},"Имя {number}","{about}",{1000 + number % 977},{number % 389},Россия\n')
            number += 1
    return number


def peak(folder: Path, what: str, megabytes: int, sentences: int) -> int:
    """Kilobytes of memory that a process of its own takes at most."""
    folder.mkdir()
    path = folder / "list.csv"
    rows = generated(path, megabytes, sentences)
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"HM_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "hybridmkt.settings"}
    command = [sys.executable, "-c", _START + _CHILDREN[what] + _END, str(path), str(rows)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    path.unlink()
    return int(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("what", "sizes", "sentences"), CASES if os.environ.get("HM_LONG") else CASES[:2])
def test_memory_does_not_grow_with_the_file(tmp_path, what, sizes, sentences):
    small, large = (peak(tmp_path / f"{size}", what, size, sentences) for size in sizes)
    assert large <= small * 1.1, f"{sizes[0]} MB took {small} KB, {sizes[1]} MB took {large} KB"
    assert large < 600_000
