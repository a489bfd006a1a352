"""What people type on the pages of screening: campaigns, briefs, and the filters of the creator list.

A form answers with plain data; what cannot be read is refused at its field, in a sentence that says what was found and
what is allowed, and the typed text stays.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from screening.engine.types import KEPT_UNKNOWN, Criterion, WishKind
from screening.imports.numbers import NotANumber, parse_number
from screening.imports.places import country_code, language_code
from screening.models import Brand, Market, Objective, Platform

MOST_WEIGHT = 40  # per cent at the right end of the slider
MOST_WORDS = 60  # of one field
SPLIT = re.compile(r"[,;\n]+")


class WordsField(forms.CharField):
    """Words or phrases between commas, without repeats."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 2000, "required": False, **options})

    def clean(self, value: Any) -> list[str]:
        """Return the words, each as it is stored."""
        words = [" ".join(word.split()) for word in SPLIT.split(super().clean(value) or "")]
        found = list(dict.fromkeys(self.one(word) for word in words if word))
        if len(found) > MOST_WORDS:
            told = {"found": len(found), "most": MOST_WORDS}
            raise forms.ValidationError(_("%(found)s words were given, at most %(most)s are allowed.") % told)
        return found

    def one(self, word: str) -> str:
        """Return one word as it is stored."""
        return word

    def prepare_value(self, value: Any) -> Any:
        """Show a list as people type it."""
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


class CountriesField(WordsField):
    """Countries, by name in English or Russian or by code (ISO 3166-1)."""

    def one(self, word: str) -> str:
        """Return the code."""
        code = country_code(word)
        if code is None:
            raise forms.ValidationError(
                _("“%(word)s” is not a country we know. Write it like this: Russia, or US.") % {"word": word[:40]}
            )
        return code


class LanguagesField(WordsField):
    """Languages, by name in English or Russian or by code (ISO 639-1)."""

    def one(self, word: str) -> str:
        """Return the code."""
        code = language_code(word)
        if code is None:
            raise forms.ValidationError(
                _("“%(word)s” is not a language we know. Write it like this: Russian, or en.") % {"word": word[:40]}
            )
        return code

    def prepare_value(self, value: Any) -> Any:
        """Show codes as names in the reader's language."""
        return super().prepare_value(
            [language_name(code) for code in value] if isinstance(value, list | tuple) else value
        )


def language_name(code: str) -> str:
    """Return a language's name in the reader's language, its code where there is no name that can be typed back."""
    name = gettext(LANG_INFO[code]["name"]) if "name" in LANG_INFO.get(code, {}) else code
    return name if language_code(name) == code else code


class AmountField(forms.CharField):
    """A number as people write it (10,000; 700k; 1,5 млн) between `least` and `most`. `is_whole` refuses fractions."""

    def __init__(self, *, least: float = 0.0, most: float = 1e12, is_whole: bool = False, **options: Any) -> None:
        self.least, self.most, self.is_whole = least, most, is_whole
        super().__init__(**{"max_length": 30, **options})

    def clean(self, value: Any) -> float | int | None:
        """Return a float, an int where whole numbers are asked for, None where nothing was typed."""
        text = super().clean(value)
        number = self._read(text) if text else None
        if number is None:
            return None
        if not self.least <= number <= self.most:
            told = {"found": text, "least": wording.number(self.least), "most": wording.number(self.most)}
            raise forms.ValidationError(_("%(found)s is not allowed: it lies between %(least)s and %(most)s.") % told)
        return int(number) if self.is_whole else number

    def _read(self, text: str) -> float:
        try:
            number = parse_number(text, comma_is_decimal=wording.is_russian() or None)
        except NotANumber:
            number = None
        if number is None or (self.is_whole and number != int(number)):
            raise forms.ValidationError(
                _("“%(text)s” is not a number. Write it like this: 10,000 or 1.2M.") % {"text": text}
            )
        return number

    def prepare_value(self, value: Any) -> Any:
        """Show a number with its thousands set apart."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return wording.number(value, 0 if value == int(value) else 2)


class CampaignForm(forms.Form):
    """A new campaign. The brands and markets offered are those where the person may write briefs."""

    name = forms.CharField(
        label=_("Name of the campaign"), max_length=120, help_text=_("Names of campaigns are not translated")
    )
    brand = forms.ModelChoiceField(label=_("Brand"), queryset=Brand.objects.none())
    market = forms.ModelChoiceField(label=_("Market"), queryset=Market.objects.none())
    objective = forms.ChoiceField(label=_("Objective"), choices=Objective.choices, initial=Objective.ENGAGEMENT)
    budget = AmountField(label=_("Budget"), least=1, help_text=_("In the currency of the brand"))
    fee = AmountField(label=_("Fee for one creator"), least=1, help_text=_("Offered unless the creator names a price"))
    wanted = AmountField(label=_("Creators to select"), least=1, is_whole=True, initial=5)
    deadline = forms.DateField(
        label=_("To be chosen by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, brands: Sequence[Brand], markets: Sequence[Market], **options: Any) -> None:
        super().__init__(*args, **options)
        brand, market = self.fields["brand"], self.fields["market"]
        brand.queryset = Brand.objects.filter(pk__in=[one.pk for one in brands])  # type: ignore[attr-defined]
        market.queryset = Market.objects.filter(pk__in=[one.pk for one in markets])  # type: ignore[attr-defined]
        market.label_from_instance = market_name  # type: ignore[attr-defined]


def market_name(market: Market) -> str:
    """Return a market's name in the reader's language."""
    return market.name_ru if wording.is_russian() else market.name_en


# Criterion -> the fields that hold it; they bear the names of the fields of `Criteria`.
CRITERIA: Mapping[Criterion, tuple[str, ...]] = {
    Criterion.PLATFORM: ("platforms",),
    Criterion.LANGUAGE: ("languages",),
    Criterion.COUNTRY: ("countries",),
    Criterion.AUDIENCE_COUNTRY: ("audience_countries",),
    Criterion.FOLLOWERS: ("followers_min", "followers_max"),
    Criterion.CATEGORIES: ("categories",),
    Criterion.EXCLUDED: ("excluded_words", "excluded_categories"),
    Criterion.FEE: ("fee_max",),
    Criterion.FIGURES_AGE: ("figures_max_days",),
}
# Wish -> the fields that say what is wished, beside its weight.
WISHES: Mapping[WishKind, tuple[str, ...]] = {
    WishKind.TOPICS: ("words",),
    WishKind.CATEGORIES: ("words",),
    WishKind.AUDIENCE: ("words",),
    WishKind.COUNTRY: ("words",),
    WishKind.LANGUAGE: ("words",),
    WishKind.SIZE: ("low", "high"),
    WishKind.POSTING: ("low",),
    WishKind.PRICE: ("high",),
    WishKind.ENGAGEMENT: (),
    WishKind.STEADINESS: (),
    WishKind.TONE: ("words",),
    WishKind.VALUES: ("words",),
    WishKind.NEWNESS: (),
}
ALWAYS_KNOWN = frozenset({Criterion.PLATFORM, Criterion.EXCLUDED})  # there is nothing that could be unknown


PARTS: Mapping[WishKind, type[WordsField]] = {
    WishKind.AUDIENCE: CountriesField,
    WishKind.COUNTRY: CountriesField,
    WishKind.LANGUAGE: LanguagesField,
}
RANGES = (("followers_min", "followers_max"), (f"low_{WishKind.SIZE}", f"high_{WishKind.SIZE}"))


class BriefForm(forms.Form):
    """The next version of a brief: `use_*`, `keep_*` and the fields of each hard criterion, then wishes and weights."""

    platforms = forms.MultipleChoiceField(
        label=_("Platforms"), choices=Platform.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = LanguagesField(label=_("Languages"))
    countries = CountriesField(label=_("Countries"))
    audience_countries = CountriesField(label=_("Countries of the audience"))
    followers_min = AmountField(label=_("Followers, from"), required=False)
    followers_max = AmountField(label=_("Followers, up to"), required=False)
    categories = WordsField(label=_("Categories"))
    excluded_words = WordsField(label=_("Words that must not stand in name, bio or topics"))
    excluded_categories = WordsField(label=_("Excluded categories"))
    fee_max = AmountField(label=_("Fee, up to"), required=False, least=1)
    figures_max_days = AmountField(label=_("Days"), required=False, least=1, most=36_500, is_whole=True)
    text = forms.CharField(
        label=_("What is advertised, in your words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(label=_("Version note"), required=False, max_length=300)

    def __init__(self, *args: Any, excluded_ids: Sequence[int] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.excluded_ids = list(excluded_ids)
        for criterion in CRITERIA:
            self.fields[f"use_{criterion}"] = forms.BooleanField(required=False)
            self.fields[f"keep_{criterion}"] = forms.BooleanField(required=False)
        for kind, parts in WISHES.items():
            self.fields[f"weight_{kind}"] = AmountField(required=False, most=100)
            for part in parts:
                self.fields[f"{part}_{kind}"] = (
                    PARTS.get(kind, WordsField)() if part == "words" else AmountField(required=False)
                )

    def clean(self) -> dict[str, Any]:
        """Refuse ranges upside down, criteria and wishes that ask for nothing, and weights above 100 % in all."""
        data = super().clean() or {}
        for low, high in RANGES:
            if data.get(low) and data.get(high) and data[low] > data[high]:
                self.add_error(high, _("The upper end lies below the lower one."))
        for criterion, names in CRITERIA.items():
            if data.get(f"use_{criterion}") and self._is_empty(names) and not self._names_creators(criterion):
                self.add_error(names[0], _("This criterion is ticked and asks for nothing. Fill it in or untick it."))
        for kind, parts in WISHES.items():
            told = [f"{part}_{kind}" for part in parts if kind is not WishKind.PRICE]
            if told and data.get(f"weight_{kind}") and self._is_empty(told):
                self.add_error(told[0], _("A weight needs something to weigh: say it, or set it to 0."))
        if sum(data.get(f"weight_{kind}") or 0 for kind in WISHES) > 100:
            self.add_error(None, _("The weights make more than 100% in all. Lower one of them."))
        return data

    def _is_empty(self, names: Iterable[str]) -> bool:
        return not any(self.cleaned_data.get(name) or name in self.errors for name in names)

    def _names_creators(self, criterion: Criterion) -> bool:
        return criterion is Criterion.EXCLUDED and bool(self.excluded_ids)

    def criteria(self) -> dict[str, Any]:
        """Return what is asked in the fields of `Criteria`; what was refused counts as not asked."""
        data = self.cleaned_data
        asked: dict[str, Any] = {}
        for criterion, names in CRITERIA.items():
            if data.get(f"use_{criterion}"):
                asked |= {name: data[name] for name in names if data.get(name)}
                asked |= {"excluded_ids": self.excluded_ids} if self._names_creators(criterion) else {}
        return asked | {"keep_unknown": [str(criterion) for criterion in CRITERIA if data.get(f"keep_{criterion}")]}

    def preferences(self) -> dict[str, Any]:
        """Return what is wished in the fields of `Preferences`; a weight of 0 is no wish."""
        data = self.cleaned_data
        wishes: list[dict[str, Any]] = []
        for kind, parts in WISHES.items():
            if weight := data.get(f"weight_{kind}"):
                told = {part: data[f"{part}_{kind}"] for part in parts if data.get(f"{part}_{kind}")}
                wishes.append({"kind": str(kind), "weight": round(weight / 100, 4), **told})
        return {"wishes": wishes, "text": data.get("text", "")}


def brief_initial(criteria: Mapping[str, Any], preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form's first values from a stored version."""
    shown: dict[str, Any] = {"text": preferences.get("text", "")}
    kept = criteria.get("keep_unknown", KEPT_UNKNOWN)
    for criterion, names in CRITERIA.items():
        values = {name: criteria[name] for name in names if criteria.get(name)}
        has_ids = criterion == Criterion.EXCLUDED and bool(criteria.get("excluded_ids"))
        shown |= values | {f"use_{criterion}": bool(values) or has_ids, f"keep_{criterion}": criterion in kept}
    for wish in preferences.get("wishes", ()):
        kind = wish["kind"]
        shown[f"weight_{kind}"] = round(wish["weight"] * 100)
        shown |= {f"{part}_{kind}": wish[part] for part in ("words", "low", "high") if wish.get(part)}
    return shown


class CreatorFilter(forms.Form):
    """Filters of the creator list; whatever cannot be read is not filtered by."""

    q = forms.CharField(label=_("Name or handle"), required=False, max_length=100)
    platform = forms.ChoiceField(
        label=_("Platform"), required=False, choices=[("", _("All platforms")), *Platform.choices]
    )
    market = forms.ChoiceField(label=_("Market"), required=False)
    followers_min = AmountField(label=_("Followers, from"), required=False)
    followers_max = AmountField(label=_("Followers, up to"), required=False)

    def __init__(self, *args: Any, markets: Iterable[Market], **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(market.code, market_name(market)) for market in markets]
        self.fields["market"].choices = [("", _("All markets")), *offered]  # type: ignore[attr-defined]
