"""Words around entries: those of the ground's own kinds, the kinds to choose from, and what people wrote.

What people wrote is checked against the commitment that the entry was made with.
"""

import hmac
import json
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import sight, wording
from accounts.access import Place
from accounts.models import Role, User
from audit import faces, log
from audit.models import AuditEntry, AuditPayload, Kind
from jobs import dispatch

faces.FIELDS.update(
    {
        "rationale": _("Reason"),
        "reason": _("Reason"),
        "note": _("Note"),
        "name": _("Name"),
        "file": _("File"),
        "source": _("Source"),
        "evidence": _("Evidence"),
    }
)


@faces.names("user")
def users(ids: set[Any]) -> faces.Naming:
    """Name people."""
    return User.objects.filter(pk__in=ids), lambda user: (user.pk, faces.Thing(user.name))


@faces.names("log")
def logs(ids: set[Any]) -> faces.Naming:
    """Name the log itself."""
    return ids, lambda key: (key, faces.Thing(gettext("audit log")))


@faces.names("job")
def jobs(ids: set[Any]) -> faces.Naming:
    """Name work by its number."""
    return ids, lambda key: (key, faces.Thing(gettext("work %(n)s") % {"n": key}, reverse("job", args=[key])))


@faces.shows(Kind.EXPORT, Kind.LOG_READ)
def reading(shown: faces.Shown) -> faces.Face:
    """Show how many entries left the log, or were looked at."""
    body = shown.body
    said = [str(STEPS[body["step"]])] if "step" in body else []
    if "rows" in body:
        words = {"words": wording.number(body["rows"])}
        if body.get("what") == "people":
            said.append(ngettext("%(words)s person", "%(words)s people", body["rows"]) % words)
        else:
            said.append(ngettext("%(words)s entry", "%(words)s entries", body["rows"]) % words)
    return faces.Face(detail=", ".join([*said, *([body["format"].upper()] if "format" in body else [])]))


STEPS: dict[str, str | Promise] = {
    "begun": _("begun"),
    "taken": _("file downloaded"),
    "scheduled": _("scheduled"),
    "unscheduled": _("schedule ended"),
}
FILTERED: dict[str, str | Promise] = {
    "kind": _("What happened"),
    "person": _("Who"),
    "brand": _("Brand"),
    "market": _("Market"),
    "stream": _("Campaign"),
    "about": _("About"),
    "since": _("From"),
    "until": _("Until"),
    "override": _("AI against people"),
    "reads": _("Readings of the log"),
}


def of_filter(kept: dict[str, Any], people: dict[int, str]) -> str:
    """Return a filter as it was kept, in words; `people` are names by id."""
    said = {name: str(value) for name, value in kept.items()}
    if "kind" in said:
        said["kind"] = str(Kind(said["kind"]).label)
    if "person" in said:
        said["person"] = people.get(int(said["person"]), said["person"])
    if "stream" in said:
        sort, _colon, key = said["stream"].partition(":")
        if sort != "campaign":
            said["about"] = said.pop("stream")[:40]
        else:
            said["stream"] = key
    said |= {name: said[name][:10] for name in ("since", "until") if name in said}
    said |= {
        name: gettext("yes") if said[name] == "yes" else gettext("no") for name in ("override", "reads") if name in said
    }
    return " · ".join(f"{FILTERED[name]}: {value}" for name, value in said.items()) or gettext("without a filter")


SINKS: dict[str, str | Promise] = {
    "file": _("the file"),
    "webhook": _("the address"),
    "mail": _("the mailbox"),
    "git": _("the git folder"),
}
SOURCES: dict[str, str | Promise] = {**SINKS, "head": _("the last head that was signed here")}


@faces.shows(Kind.ROLLED_BACK)
def rolled_back(shown: faces.Shown) -> faces.Face:
    """Show how much of the log is there and how much is known outside, or that it was accepted."""
    body = shown.body
    if body["step"] == "accepted":
        return faces.Face(detail=gettext("accepted: the log goes on after %(n)s") % {"n": wording.number(body["here"])})
    said = {"here": wording.number(body["here"]), "there": wording.number(max(one["size"] for one in body["says"]))}
    return faces.Face(detail=gettext("%(here)s entries here, %(there)s known outside") % said)


@faces.shows(Kind.HEARTBEAT)
def heartbeat(shown: faces.Shown) -> faces.Face:
    """Show how far the log was signed, and how far each place outside kept it."""
    body = shown.body
    kept = [f"{SINKS.get(one['sink'], one['sink'])} {wording.number(one['size'])}" for one in body["kept"]]
    signed = gettext("signed up to entry %(n)s") % {"n": wording.number(body["size"])}
    if not kept:
        return faces.Face(detail=f"{signed}, {gettext('kept nowhere else')}")
    outside = gettext("kept outside: %(places)s") % {"places": ", ".join(kept)}
    return faces.Face(detail=f"{signed}, {outside}")


@faces.shows(Kind.SIGN_IN)
def sign_in(shown: faces.Shown) -> faces.Face:
    """Show that somebody came in, or gave the password again for something that asks for it."""
    return faces.Face(detail=gettext("the password was given again") if shown.body.get("again") else gettext("came in"))


@faces.shows(Kind.KEY_ROTATION)
def new_key(shown: faces.Shown) -> faces.Face:
    """Show the public key that signs from then on."""
    return faces.Face(detail=shown.body["note"].split("\n")[2])


@faces.shows(Kind.CANCEL)
def cancelled(shown: faces.Shown) -> faces.Face:
    """Show which work was ended, and how far it was."""
    body = shown.body
    title = str(dispatch.WORK[body["what"]].title) if body["what"] in dispatch.WORK else body["what"]
    far = {"title": title, "done": wording.number(body["done"]), "total": wording.number(body["total"])}
    return faces.Face(detail=gettext("%(title)s, at %(done)s of %(total)s") % far if body["total"] else title)


@faces.shows(Kind.ROLE_CHANGE)
def role_change(shown: faces.Shown) -> faces.Face:
    """Show which role was given or ended."""
    change = CHANGES.get(shown.body["change"], "")
    role = Role(shown.body["role"]).label if "role" in shown.body else ""
    return faces.Face(detail=": ".join(str(part) for part in (change, role) if part))


CHANGES: dict[str, str | Promise] = {
    "granted": _("role given"),
    "ended": _("role ended"),
    "invited": _("invited"),
    "switched_on": _("account switched on"),
    "switched_off": _("account switched off"),
    "link": _("new link to choose a password"),
    "token_made": _("API key made"),
    "token_withdrawn": _("API key withdrawn"),
}


@faces.shows(Kind.PASSWORD)
def password(shown: faces.Shown) -> faces.Face:
    """Show how a new password was chosen."""
    return faces.Face(detail=PASSWORDS[shown.body["change"]])


PASSWORDS: dict[str, str | Promise] = {
    "changed": _("changed by its owner, who knew the old one"),
    "link": _("chosen by a link that an admin handed over"),
}


def kinds() -> list[tuple[str, str]]:
    """Return kinds with their words, in the order of the words."""
    return sorted(((kind.value, str(kind.label)) for kind in Kind), key=lambda pair: pair[1])


def said(payload: AuditPayload | None, place: Place) -> list[tuple[str, str]]:
    """Return label and text of everything a person wrote for an entry; empty when nothing is there (any more).

    place: of the entry; by its roles a reader sees how a creator is reached.
    """
    if payload is None:
        return []
    fields = json.loads(payload.payload)
    if not sight.sees(sight.CONTACT, place):
        fields |= dict.fromkeys(faces.CONTACTS & fields.keys(), str(sight.HIDDEN))
    return [(str(faces.FIELDS.get(name, name)), _plain(value)) for name, value in fields.items() if value]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_committed(entry: AuditEntry, payload: AuditPayload) -> bool:
    """Tell whether the words are those that the entry was written with."""
    promised = json.loads(entry.body).get("commit", "")
    return hmac.compare_digest(promised, log.commitment(bytes(payload.salt), payload.payload))
