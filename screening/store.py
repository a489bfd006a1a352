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
    files, path = _place(name)
    if "file" not in files.protocol:
        files.pipe_file(path, data)  # object stores show an object only when it is whole
        return
    # A reader may have the old file mapped: it is replaced by name, its bytes are never overwritten.
    part = Path(f"{path}.{uuid.uuid4().hex}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(data)
    part.replace(path)


def local(name: str) -> Path:
    """Return the path of a file on this machine, fetched once where the store is elsewhere. Raises NotInStore."""
    files, path = _place(name)
    if "file" in files.protocol:
        found = Path(path)
    else:
        found = Path(settings.DATA_DIR) / "cache" / name
        if not found.exists():
            _fetch(files, path, found)
    if not found.exists():
        raise NotInStore(f"{name} is not in the store at {settings.STORE_URL}.")
    return found


def _fetch(files: Any, path: str, found: Path) -> None:
    if not files.exists(path):
        return
    found.parent.mkdir(parents=True, exist_ok=True)
    part = found.with_name(f"{found.name}.{uuid.uuid4().hex}.part")
    files.get_file(path, str(part))
    part.replace(found)
