"""What an erasure takes, in the reader's language, for its page and for its entries in the log."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import wording
from audit import faces
from audit.faces import Face, Shown, Words
from audit.models import Kind
from hybridmkt.erasure import BASES

# In this order; what is nothing is left out.
WHAT: Mapping[str, Words] = {
    "profiles": gettext_lazy("Profiles: handle, name, description, address"),
    "figures": gettext_lazy("Rows of figures"),
    "changes": gettext_lazy("What files added to a profile"),
    "corrections": gettext_lazy("Corrections and facts"),
    "relations": gettext_lazy("Relations"),
    "notes": gettext_lazy("Notes: their words"),
    "answers": gettext_lazy("Verdicts of the AI: kept as numbers without a name"),
    "cards": gettext_lazy("Open cards that close"),
    "drafts": gettext_lazy("Drafts"),
    "saved": gettext_lazy("Saved views"),
    "notices": gettext_lazy("Notices and their settings"),
    "attention": gettext_lazy("Notes of how somebody worked"),
    "exposures": gettext_lazy("Notes of who saw what"),
    "sessions": gettext_lazy("Sessions that end"),
    "roles": gettext_lazy("Roles that end"),
    "words": gettext_lazy("Words of the audit log"),
    "pools": gettext_lazy("Frozen pools in which a row is blanked"),
    "uploads": gettext_lazy("Uploaded files"),
    "exports": gettext_lazy("Finished exports"),
    "elsewhere": gettext_lazy("Other rows in which the name stood"),
}


def counts(told: Mapping[str, int]) -> list[tuple[Words, str]]:
    """Return counts with their labels."""
    return [(label, wording.number(told[name])) for name, label in WHAT.items() if told.get(name)]


def _kept(body: dict[str, Any]) -> Face:
    months = wording.number(body["months"]) if body["months"] else _("never by the clock")
    rows: list[tuple[Words, Words]] = [(_("Erased after months without anything new"), months)]
    rows.append((_("Legal hold"), _("yes") if body["held"] else _("no")))
    return Face(title=_("how long creators are kept"), detail=body["market"], rows=rows)


@faces.shows(Kind.ERASURE)
def erased(shown: Shown) -> Face:
    """Show what was asked for, and what went."""
    body = shown.body
    if body["what"] == "retention":
        return _kept(body)
    title = _("erasure asked for") if body["what"] == "asked" else _("erased")
    rows: list[tuple[Words, Words]] = [(_("On what grounds"), BASES[body["basis"]])]
    rows += counts(body.get("went", {}))
    key = body.get("creator", body.get("user"))
    return Face(title=title, detail=f"#{key}", rows=rows)
