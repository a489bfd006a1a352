"""The brief as people type it: a form's fields to criteria and preferences, with a sentence for each that is wrong."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from screening.engine.types import KEPT_UNKNOWN, Criteria, Criterion, Preferences, Wish, WishKind
from screening.imports.numbers import NotANumber, parse_number
from screening.imports.places import country_code, language_code
from screening.models import Platform

ALL = 100.0  # percent that the weights of all wishes share
SEPARATORS = re.compile(r"[,;\n]+")
PLACES: dict[WishKind, Callable[[str], str | None]] = {
    WishKind.AUDIENCE: country_code,
    WishKind.COUNTRY: country_code,
    WishKind.LANGUAGE: language_code,
}
RANGED = {WishKind.SIZE: ("low", "high"), WishKind.POSTING: ("low",), WishKind.PRICE: ("high",)}
WORDED = frozenset({WishKind.TOPICS, WishKind.CATEGORIES, WishKind.TONE, WishKind.VALUES, *PLACES})


class BriefInvalid(ValueError):
    """Raised when a brief's form cannot be read; `errors`: field -> sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class _Form:
    """Fields of a form (a QueryDict or plain data), and what was wrong with them."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.errors: dict[str, str] = {}

    def texts(self, name: str) -> list[str]:
        """Return all values of a field."""
        found = self.data.getlist(name) if hasattr(self.data, "getlist") else self.data.get(name)
        if found is None:
            return []
        return [str(item) for item in found] if isinstance(found, list | tuple) else [str(found)]

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a field: several values, or one text with commas."""
        parts = (part.strip() for text in self.texts(name) for part in SEPARATORS.split(text))
        return tuple(dict.fromkeys(part for part in parts if part))

    def codes(self, name: str, find: Callable[[str], str | None]) -> tuple[str, ...]:
        """Return words as codes; unknown ones are an error of the field."""
        found = {word: find(word) for word in self.words(name)}
        unknown = [word for word, code in found.items() if code is None]
        if unknown:
            self.errors[name] = _("Not known: %(words)s.") % {"words": ", ".join(unknown)}
        return tuple(dict.fromkeys(code for code in found.values() if code))

    def number(self, name: str, low: float = 0.0, high: float = 1e12) -> float | None:
        """Return a number as people write it (10k, 1,2 млн); None where the field is empty."""
        text = " ".join(self.texts(name)).strip()
        try:
            found = parse_number(text) if text else None
        except NotANumber:
            self.errors[name] = _("“%(text)s” is not a number.") % {"text": text[:40]}
            return None
        if found is not None and not low <= found <= high:
            self.errors[name] = _("The number lies between %(low)g and %(high)g.") % {"low": low, "high": high}
        return found


def read(data: Mapping[str, Any]) -> tuple[Criteria, Preferences]:
    """Read a brief's form. Raises BriefInvalid with a sentence a field.

    Criteria: platforms, languages, countries, audience_countries, categories, excluded_categories, excluded_words
    (several values or commas), excluded_ids, followers_min, followers_max, fee_max (major units), figures_max_days,
    keep_unknown (criteria; the field `keep_unknown_asked` tells an empty choice from a missing one). Preferences:
    weight_<kind> in percent, words_<kind>, low_<kind>, high_<kind>, and text.
    """
    form = _Form(data)
    criteria, preferences = _criteria(form), _preferences(form)
    if form.errors:
        raise BriefInvalid(form.errors)
    return criteria, preferences


def _criteria(form: _Form) -> Criteria:
    low, high = form.number("followers_min"), form.number("followers_max")
    if low is not None and high is not None and low > high:
        form.errors["followers_min"] = _("The lower end lies above the upper one.")
    days = form.number("figures_max_days", 1, 36_500)
    return Criteria(
        platforms=form.codes("platforms", lambda word: word.casefold() if word.casefold() in Platform.values else None),
        languages=form.codes("languages", language_code),
        countries=form.codes("countries", country_code),
        audience_countries=form.codes("audience_countries", country_code),
        followers_min=low,
        followers_max=high,
        categories=form.words("categories"),
        excluded_categories=form.words("excluded_categories"),
        excluded_words=form.words("excluded_words"),
        excluded_ids=tuple(
            int(word) for word in form.codes("excluded_ids", lambda word: word if word.isdecimal() else None)
        ),
        fee_max=form.number("fee_max"),
        figures_max_days=None if days is None else int(days),
        keep_unknown=_kept(form),
    )


def _kept(form: _Form) -> frozenset[Criterion]:
    if not form.texts("keep_unknown") and not form.texts("keep_unknown_asked"):
        return KEPT_UNKNOWN
    known = set(Criterion)
    codes = form.codes("keep_unknown", lambda word: word if word in known else None)
    return frozenset(Criterion(code) for code in codes)


def _preferences(form: _Form) -> Preferences:
    wishes = tuple(wish for kind in WishKind if (wish := _wish(form, kind)) is not None)
    if sum(wish.weight for wish in wishes) * ALL > ALL + 0.5:
        form.errors["weights"] = _("The weights make more than 100 % together. Lower one of them.")
    return Preferences(wishes, " ".join(form.texts("text")).strip())


def _wish(form: _Form, kind: WishKind) -> Wish | None:
    weight = form.number(f"weight_{kind}", 0, ALL)
    ends = {end: form.number(f"{end}_{kind}") for end in RANGED.get(kind, ())}
    words = form.codes(f"words_{kind}", PLACES[kind]) if kind in PLACES else form.words(f"words_{kind}")
    if not weight:
        return None
    is_empty = not words if kind in WORDED else kind in RANGED and all(end is None for end in ends.values())
    if is_empty and kind is not WishKind.PRICE:
        form.errors[f"weight_{kind}"] = _("A weight needs something to weigh: say what is wanted, or set it to 0.")
    return Wish(kind, round(weight / ALL, 4), words, ends.get("low"), ends.get("high"))
