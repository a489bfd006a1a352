"""What of somebody goes from the log: words and salts. Entries, places and signatures stay, and the log still holds."""

import uuid

from accounts.models import User
from audit.models import AuditPayload, SavedExport


def words_about(subject: uuid.UUID) -> int:
    """Delete what people wrote with entries about a creator, in the caller's transaction. Returns how many there were.

    Without its salt no guess can be tested against the commitment that stays in the entry.
    """
    return AuditPayload.objects.filter(subject=subject).delete()[0]


def words_on(stream: str) -> int:
    """Delete what was written with the entries of a stream, in the caller's transaction. Returns how many it was."""
    return AuditPayload.objects.filter(entry__stream=stream).delete()[0]


def exports_of(person: User) -> int:
    """Delete the exports that a person kept under names, in the caller's transaction. Returns how many there were."""
    return SavedExport.objects.filter(user=person).delete()[0]
