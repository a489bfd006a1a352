"""Input checks of sign-in, settings and the list of people."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from accounts import places, tokens, words
from accounts.models import Membership, Role, User


class SignInForm(AuthenticationForm):
    """Work email and password. What is wrong is said in one sentence, never which half."""

    username = forms.EmailField(
        label=_("Work email"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    stay = forms.BooleanField(label=_("Stay signed in on this device for 12 hours"), required=False)

    def clean_username(self) -> str:
        """Return the address in lower case: accounts and tries are counted by it."""
        return str(self.cleaned_data["username"]).lower()


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a person sets for themselves."""

    class Meta:
        model = User
        fields = ("language", "theme", "time_zone", "shortcuts")
        widgets = {"language": forms.RadioSelect, "theme": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        import zoneinfo

        zones = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=[(zone, zone) for zone in zones])


class ReasonForm(forms.Form):
    """Why a change is made."""

    reason = forms.CharField(
        label=_("Why this change?"),
        max_length=400,
        widget=forms.TextInput(attrs={"placeholder": _("Goes into the audit log"), "autocomplete": "off"}),
    )


class GrantForm(ReasonForm):
    """A role to give, for a brand and a market or for all of them."""

    field_order: tuple[str, ...] = ("role", "brand", "market", "reason")
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    market = forms.ChoiceField(label=_("Market"), required=False)

    def __init__(self, *args: Any, known: places.Places, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["brand"], ("", _("all brands")), known.brands)
        _choices(self.fields["market"], ("", _("all markets")), known.markets)


class RolesForm(ReasonForm):
    """The roles that a person holds, each as it stands or as it is to be."""

    def __init__(self, *args: Any, held: Iterable[Membership], known: places.Places, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = list(held)
        for row in self.held:
            for name, label, choices in _trio(row, known):
                now = getattr(row, name)
                self.fields[f"{name}-{row.pk}"] = forms.ChoiceField(
                    label=label, choices=choices, required=name == "role", initial=now
                )

    @property
    def rows(self) -> list[tuple[Membership, list[forms.BoundField]]]:
        """Each membership with its three fields."""
        return [(row, [self[f"{name}-{row.pk}"] for name in ("role", "brand", "market")]) for row in self.held]

    @property
    def wanted(self) -> dict[Membership, tuple[str, str, str]]:
        """What each is to be, as `roles.change` takes it."""
        said = self.cleaned_data
        return {row: (said[f"role-{row.pk}"], said[f"brand-{row.pk}"], said[f"market-{row.pk}"]) for row in self.held}


def _trio(row: Membership, known: places.Places) -> list[tuple[str, Any, list[tuple[str, Any]]]]:
    # What a role names stays in the list after the place itself is gone.
    brands, markets = {row.brand: row.brand} | known.brands, {row.market: row.market} | known.markets
    all_brands, all_markets = {"": _("all brands")}, {"": _("all markets")}
    return [
        ("role", _("Role"), [(one.value, words.titled(one)) for one in Role]),
        ("brand", _("Brand"), list((brands | all_brands).items())),
        ("market", _("Market"), list((markets | all_markets).items())),
    ]


class InviteForm(GrantForm):
    """A new person with their first role."""

    field_order = ("name", "email", "language", "role", "brand", "market", "reason")
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Work email"))
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("ru", "Русский")])


def _choices(field: forms.Field, first: tuple[str, Any], known: dict[str, str]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = [first, *known.items()]


class TokenForm(forms.Form):
    """What an API key is for, what it may do, for which brand and how long."""

    name = forms.CharField(label=_("What is it for?"), max_length=tokens.MOST_NAME)
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"), choices=tokens.SCOPES.items, widget=forms.CheckboxSelectMultiple
    )
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    days = forms.IntegerField(label=_("Days it lives"), min_value=1, max_value=tokens.MOST_DAYS, initial=90)

    def __init__(self, *args: Any, brands: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self.fields["brand"], ("", _("all brands that I see")), brands)
