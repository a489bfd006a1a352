"""The store: files that are named by their content and never changed, in a folder or behind any fsspec URL."""

import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings


class NotInStore(LookupError):
    """Raised when a file that the database names is not in the store."""


@lru_cache(maxsize=8)
def _open(url: str) -> tuple[Any, str]:
    import fsspec

    files, root = fsspec.core.url_to_fs(url)
    return files, root.rstrip("/")


def _place(name: str) -> tuple[Any, str]:
    files, root = _open(str(settings.STORE_URL))
    return files, f"{root}/{name}"


def has(name: str) -> bool:
    """Tell whether a file is there."""
    files, path = _place(name)
    return bool(files.exists(path))


def put(name: str, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = scratch()
    part.write_bytes(data)
    keep(part, name)


def scratch() -> Path:
    """Return a path on this machine for a file that will be kept in the store, where it may grow piece by piece."""
    files, root = _open(str(settings.STORE_URL))
    folder = Path(root) if "file" in files.protocol else _cache()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid.uuid4().hex}.part"


def keep(part: Path, name: str) -> None:
    """Give a file of `scratch` its name in the store: it is there whole or not at all."""
    files, path = _place(name)
    if "file" not in files.protocol:
        files.put_file(str(part), path)  # object stores show an object only when it is whole
        part.unlink()
        return
    # A reader may have the old file mapped: it is replaced by name, its bytes are never overwritten.
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    part.replace(path)


def remove(name: str) -> None:
    """Take a file out of the store, and what this machine fetched of it; whoever has it mapped keeps it."""
    files, path = _place(name)
    (_cache() / name).unlink(missing_ok=True)
    if files.exists(path):
        files.rm_file(path)


def local(name: str) -> Path:
    """Return the path of a file on this machine, fetched once where the store is elsewhere. Raises NotInStore."""
    files, path = _place(name)
    if "file" in files.protocol:
        found = Path(path)
    else:
        found = _cache() / name
        if not found.exists():
            _fetch(files, path, found)
    if not found.exists():
        raise NotInStore(f"{name} is not in the store at {settings.STORE_URL}.")
    return found


def _cache() -> Path:
    return Path(settings.DATA_DIR) / "cache"


def _fetch(files: Any, path: str, found: Path) -> None:
    if not files.exists(path):
        return
    found.parent.mkdir(parents=True, exist_ok=True)
    part = found.with_name(f"{found.name}.{uuid.uuid4().hex}.part")
    files.get_file(path, str(part))
    part.replace(found)
