"""Words around entries: the kinds to choose from, and what people wrote, checked against its commitment."""

import hmac
import json

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit import log
from audit.models import AuditEntry, AuditPayload, Kind

# Labels of the fields of a payload; a field without one is shown under its own name.
LABELS: dict[str, str | Promise] = {
    "rationale": _("Reason"),
    "reason": _("Reason"),
    "note": _("Note"),
    "question": _("Question"),
    "answer": _("Answer"),
    "name": _("Name"),
    "handle": _("Handle"),
    "file": _("File"),
    "source": _("Source"),
    "evidence": _("Evidence"),
    "email": _("E-mail"),
    "text": _("Text"),
}


def kinds() -> list[tuple[str, str]]:
    """Return kinds with their words, in the order of the words."""
    return sorted(((kind.value, str(kind.label)) for kind in Kind), key=lambda pair: pair[1])


def said(payload: AuditPayload | None) -> list[tuple[str, str]]:
    """Return label and text of everything a person wrote for an entry; empty when nothing is there (any more)."""
    if payload is None:
        return []
    fields = json.loads(payload.payload)
    return [(str(LABELS.get(name, name)), _plain(value)) for name, value in fields.items() if value]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_committed(entry: AuditEntry, payload: AuditPayload) -> bool:
    """Tell whether the words are those that the entry was written with."""
    promised = json.loads(entry.body).get("commit", "")
    return hmac.compare_digest(promised, log.commitment(bytes(payload.salt), payload.payload))
