"""One-letter keys: what each does, and what a person made of them (WCAG 2.1.4: turned off or remapped)."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# The usual key -> what it does. A page answers to those that it has a button for.
VERBS: dict[str, str | Promise] = {
    "j": _("Next card"), "k": _("Previous card"), "a": _("Approve, or send to the manager"), "r": _("Reject"),
    "h": _("Hold until a date"), "e": _("Escalate"), "q": _("Ask an expert"), "i": _("Open an investigation"),
    "n": _("Note"), "c": _("Claim or release"), "z": _("Undo the last decision"), "f": _("Go to your view"),
    "x": _("Select for deciding together"), "A": _("Approve what is selected, low stakes only"), "p": _("Print"),
}  # fmt: skip
ALLOWED = frozenset("abcdefhijklmnopqrstuvwxyzABCDEFHIJKLMNOPQRSTUVWXYZ;,.'[]-=`")  # g leads to pages, digits to lanes
# The same places on a Russian keyboard: whoever types there means the key.
PLACES = dict(zip("йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`", strict=True))


class Refused(ValueError):
    """Raised when keys cannot be as they are asked for; `verb` is the usual key of the first that cannot."""

    def __init__(self, sentence: str | Promise, verb: str) -> None:
        super().__init__(str(sentence))
        self.verb = verb


def latin(key: str) -> str:
    """Return the Latin letter at the place of a Cyrillic one, anything else as it is."""
    found = PLACES.get(key.lower(), key)
    return found.upper() if key != key.lower() else found


def of(user: User) -> dict[str, str]:
    """Return the person's key of every verb, by its usual key."""
    return {usual: str(user.keys.get(usual, usual)) for usual in VERBS}


def changed(user: User) -> dict[str, str]:
    """Return what a press means where it is not the usual: pressed key -> usual key, empty for nothing."""
    mine = of(user)
    moved = {usual: key for usual, key in mine.items() if usual != key}
    return dict.fromkeys(moved, "") | {key: usual for usual, key in moved.items()}


def keep(user: User, asked: Mapping[str, str]) -> None:
    """Keep a person's keys, by usual key; what is not named stays usual. Raises Refused for doubles and for no key."""
    mine = {usual: latin(asked.get(usual, "").strip()) or usual for usual in VERBS}
    taken: dict[str, str] = {}
    for usual, key in mine.items():
        if key not in ALLOWED:
            raise Refused(_("A key is one letter or one of ; , . ' [ ] - = `, but not G."), usual)
        if key in taken:
            raise Refused(_("Two actions have the same key: %(key)s.") % {"key": shown(key)}, usual)
        taken[key] = usual
    user.keys = {usual: key for usual, key in mine.items() if usual != key}
    user.save(update_fields=["keys"])


def shown(key: str) -> str:
    """Return a key as it is written on buttons: A, ⇧A."""
    return f"⇧{key}" if key.isupper() else key.upper()
