"""Signed checkpoints: the log's key, its name, and how one key hands over to the next (trust.md 1.4, 1.8).

Only the process that sequences needs the private key; web processes read what was signed.
"""

import base64
import json
import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from audit import log, verify
from audit.models import AuditCheckpoint, AuditEntry, Kind

KEY_SIZE = 32  # bytes
NO_KEY = "HM_AUDIT_KEY is not set: without it nothing signs the log (README, Settings)."
ODD_KEY = "The audit key is not 32 bytes in base64. `./run manage audit_key` makes one."
OTHER = "The audit key is not the one that signed the log. Put that one back, or hand over (docs/operations.md)."


class OtherKey(Exception):
    """Raised when the private key is not the one that the log trusts; the sentence says what to do."""


def private_key(text: str) -> Ed25519PrivateKey:
    """Return the key that 32 bytes in base64 stand for. Raises ImproperlyConfigured."""
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except ValueError as odd:
        raise ImproperlyConfigured(ODD_KEY) from odd


def new_key() -> str:
    """Return a new private key as text."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def own_key() -> Ed25519PrivateKey:
    """Return this installation's private key: of the environment, or embedded of a file that only its owner reads."""
    if text := settings.AUDIT_KEY:
        return private_key(text)
    if settings.PRODUCTION:
        raise ImproperlyConfigured(NO_KEY)
    return private_key(_written(key_file()))


def key_file() -> Path:
    """Return where the embedded installation keeps its key."""
    return Path(settings.DATA_DIR) / "audit_key"


def _written(path: Path) -> str:
    """Return the key in a file; one that is not there is made, whole or not at all, also by two processes at once."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        keep_key(part, new_key())
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_text()


def keep_key(path: Path, text: str) -> None:
    """Write a private key into a file that only its owner reads."""
    path.touch(mode=0o600)
    path.write_text(text)


def trusted_key() -> bytes:
    """Return the public key that checks of this installation start from. Raises ImproperlyConfigured."""
    if text := settings.AUDIT_PUBLIC_KEY:
        raw = base64.b64decode(text)
        if len(raw) != KEY_SIZE:
            raise ImproperlyConfigured("HM_AUDIT_PUBLIC_KEY is not 32 bytes in base64.")
        return raw
    return public(own_key())


def public(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of a key's public half."""
    return key.public_key().public_bytes_raw()


def sign(text: str, key: Ed25519PrivateKey) -> str:
    """Return a signed note over a text whose first line is the log's name."""
    name = text.partition("\n")[0]
    raw = verify.key_id(name, public(key)) + key.sign(text.encode())
    return f"{text}\n— {name} {base64.b64encode(raw).decode()}\n"


def handed_over() -> list[str]:
    """Return the notes by which the log's keys handed over to each other, in their order."""
    entries = AuditEntry.objects.filter(kind=Kind.KEY_ROTATION).order_by("uid").values_list("body", flat=True)
    return [json.loads(body)["note"] for body in entries]


def is_handed_over_to(key: Ed25519PrivateKey) -> bool:
    """Tell whether a key is the last one that was handed over to."""
    notes = handed_over()
    return bool(notes) and base64.b64decode(notes[-1].split("\n")[2]) == public(key)


def require_own(key: Ed25519PrivateKey, note: str | None) -> None:
    """Refuse a key that neither was handed over to nor signed the newest checkpoint. Raises OtherKey."""
    is_own = is_handed_over_to(key) or (not handed_over() and (note is None or _signed(note, key)))
    if not is_own:
        raise OtherKey(OTHER)


def _signed(note: str, key: Ed25519PrivateKey) -> bool:
    try:
        verify.open_checkpoint(note, [public(key)])
    except verify.Changed:
        return False
    return True


def hand_over(new: Ed25519PrivateKey) -> AuditEntry:
    """Let the present key sign over to a new one, which signs from then on. Raises OtherKey."""
    old = own_key()
    note = sign(verify.new_key_text(settings.AUDIT_ORIGIN, public(new)), old)
    newest = AuditCheckpoint.objects.order_by("-size").first()
    with transaction.atomic():
        require_own(old, newest.note if newest else None)
        return log.record(Kind.KEY_ROTATION, stream="log", by=None, body={"note": note})
