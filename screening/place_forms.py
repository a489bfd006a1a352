"""What an admin types to add a brand, open a market, or enter an exchange rate."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from screening.forms import CountriesField, LanguagesField, WordsField


class OneCountryField(CountriesField):
    """One country, by name or code."""

    def clean(self, value: Any) -> Any:
        """Return its code."""
        return _only(super().clean(value), _("Name one country."))


class OneLanguageField(LanguagesField):
    """One language, by name or code."""

    def clean(self, value: Any) -> Any:
        """Return its code."""
        return _only(super().clean(value), _("Name one language."))


def _only(found: list[str], sentence: Any) -> str:
    if len(found) != 1:
        raise forms.ValidationError(sentence)
    return found[0]


class BrandForm(forms.Form):
    """A new brand."""

    name = forms.CharField(label=_("Name of the brand"), max_length=120)
    slug = forms.CharField(
        label=_("Short name in Latin letters"), max_length=60, required=False,
        help_text=_("Stands in addresses and filters; made of the name where left out"),
    )  # fmt: skip
    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Three letters: USD, EUR, RUB"))
    sensitive_topics = WordsField(
        label=_("Sensitive topics"), help_text=_("With commas. A creator who touches one always goes to a person")
    )


class MarketForm(forms.Form):
    """A new market."""

    code = forms.CharField(label=_("Code"), max_length=12, help_text=_("Latin letters: US, RU, KZ"))
    name_en = forms.CharField(label=_("Name in English"), max_length=60)
    name_ru = forms.CharField(label=_("Name in Russian"), max_length=60)
    country = OneCountryField(label=_("Country"), required=True)
    language = OneLanguageField(label=_("Language"), required=True)
    currency = forms.CharField(label=_("Currency"), max_length=3, help_text=_("Prices of creators there are in it"))
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
        self.fields["time_zone"].initial = "UTC"


class RateForm(forms.Form):
    """A dated exchange rate."""

    base = forms.CharField(label=_("One unit of"), max_length=3, help_text=_("Three letters: USD, EUR, RUB"))
    rate = forms.DecimalField(label=_("is worth"), max_digits=18, decimal_places=8, localize=True)
    currency = forms.CharField(label=_("of this currency"), max_length=3)
    date = forms.DateField(
        label=_("On the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        initial=timezone.localdate,
    )
    source = forms.CharField(label=_("Where it was read"), max_length=80)
