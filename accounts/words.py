"""What the roles allow, in words: one sentence a verb of `access.MAY`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Role, User

# Verb -> what somebody with it does, and what somebody without it does not. In the order of the flow.
VERBS: dict[str, tuple[str | Promise, str | Promise]] = {
    "import": (_("imports creators"), _("imports nothing")),
    "brief": (_("writes briefs"), _("does not change briefs")),
    "run": (_("starts screening runs"), _("starts no screening runs")),
    "decide": (_("decides cards"), _("decides on no creator")),
    "approve": (_("approves high stakes, never a decision of their own"), _("does not approve high stakes")),
    "policy": (_("proposes and approves rules, stops the AI"), _("changes no rules")),
    "norm": (_("writes norms of a market"), _("writes no norms of a market")),
    "outcome": (_("records outcomes"), _("records no outcomes")),
    "audit": (_("reads and exports the audit log"), _("does not read the audit log")),
    "people": (_("gives and ends roles"), _("gives no roles")),
    "places": (_("adds brands and opens markets"), _("adds no brands and opens no markets")),
    "restore": (_("accepts a log that was put back"), _("does not accept a log that was put back")),
}


def allowed(person: User) -> tuple[list[str], list[str]]:
    """Return what a person's roles allow somewhere and what they do not, as sentences."""
    may = [str(yes) for verb, (yes, _no) in VERBS.items() if access.may(person, verb)]
    may_not = [str(no) for verb, (_yes, no) in VERBS.items() if not access.may(person, verb)]
    return may, may_not


def titled(role: str) -> str:
    """Return a role's word as it begins a line."""
    label = str(Role(role).label)
    return label[:1].upper() + label[1:]
