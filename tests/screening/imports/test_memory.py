"""A file four times as large takes no more memory. HM_LONG=1 takes files of 50 and 200 MB, else 3 and 12 MB."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SIZES = (50, 200) if os.environ.get("HM_LONG") else (3, 12)  # MB
_CHILD = """
import resource, sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("import_creators", sys.argv[1], platform="instagram", as_of="2024-01-31", dry_run=sys.argv[2] == "dry")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def generated(path: Path, megabytes: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("username,name,bio,followers,likes avg,country\n")
        number = 0
        while number % 1000 or file.tell() < megabytes << 20:
            about = f"Пишу о путешествиях, еде и доме; запись {number} о разном и важном"
            file.write(f'user{number},"Имя {number}","{about}",{1000 + number % 977},{number % 389},Россия\n')
            number += 1
    return path


def peak(path: Path, how: str, folder: Path) -> int:
    """Kilobytes of memory that a process of its own takes at most."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"HM_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "hybridmkt.settings"}
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), how],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("how", ["dry", "load"] if os.environ.get("HM_LONG") else ["dry"])
def test_memory_does_not_grow_with_the_file(tmp_path, how):
    small, large = (peak(generated(tmp_path / f"{size}.csv", size), how, tmp_path / f"var{size}") for size in SIZES)
    assert large <= small * 1.1, f"{SIZES[0]} MB took {small} KB, {SIZES[1]} MB took {large} KB"
    assert large < 600_000
