"""What a person types to correct a figure of a creator, or to tell a fact."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from screening.corrections import COUNTS, MOST_REASON, MOST_WORDS
from screening.forms import AmountField
from screening.models import Fact

REASON = _("With your name and the day, for everybody who sees this creator. For example: the agent sent a screenshot")


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options
    )  # fmt: skip


def _reason() -> forms.CharField:
    return forms.CharField(label=_("How you know it"), max_length=MOST_REASON, help_text=REASON)


class FigureForm(forms.Form):
    """The value of a figure. `was` is the row that the page showed; a price is typed in whole units of its currency."""

    was = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, field: str, was: int, currency: str = "") -> None:
        super().__init__(data, initial={"was": was})
        is_whole = field in COUNTS and field != "fee_minor"
        hint = _("In %(currency)s") % {"currency": currency} if currency else ""
        self.fields["value"] = AmountField(label=_("The right value"), is_whole=is_whole, help_text=hint)
        self.fields["day"] = _day(
            _("As of"), initial=timezone.localdate,
            help_text=_("The day on which it held: from the day of the value that stands to today"),
        )  # fmt: skip
        self.fields["reason"] = _reason()


class FactForm(forms.Form):
    """A fact of a creator: the city, or the agent and since when."""

    def __init__(self, data: Any = None, *, field: str) -> None:
        super().__init__(data)
        self.fields["value"] = forms.CharField(
            label=Fact(field).label, max_length=MOST_WORDS, required=False,
            help_text=_("Leave it empty where it is not known any more"),
        )  # fmt: skip
        if field == Fact.AGENT:
            self.fields["day"] = _day(_("Since when"), required=False)
        self.fields["reason"] = _reason()
