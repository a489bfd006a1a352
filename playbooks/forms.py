"""Input checks of this room."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import wording
from screening import money
from screening.forms import AmountField
from screening.imports.numbers import SCALES
from screening.memory import Told
from screening.models import Campaign, Objective, Outcome

# One mark before three digits: thousands to some, decimals to others. Scaled (1.234 M) they are decimals to everybody.
TWOFOLD = re.compile(r"\W*(?P<number>[1-9]\d{0,2}(?P<mark>[.,])\d{3})\s*(?P<unit>\D*)")


class FigureField(AmountField):
    """A figure of a result, as people write it. What can be read in two ways is asked for again, never guessed."""

    def clean(self, value: Any) -> float | int | None:
        """Return a float, None where nothing was typed."""
        text = str(value or "").strip()
        found = TWOFOLD.fullmatch(text)
        if found and not self._is_settled(found["mark"], found["unit"]):
            told = {"text": text, "whole": found["number"].replace(found["mark"], ""), "part": f"{found['number']}0"}
            raise forms.ValidationError(_("“%(text)s” can be read in two ways. Write %(whole)s or %(part)s.") % told)
        return super().clean(value)

    def _is_settled(self, mark: str, unit: str) -> bool:
        return unit.rstrip(".").casefold() in SCALES or (mark == "," and not wording.is_russian())

    def prepare_value(self, value: Any) -> Any:
        """Show a number to its last digit, never with three decimals: that could be read in two ways."""
        if not isinstance(value, float):
            return value
        return wording.number(value, next(n for n in (0, 2, 4, 6) if n == 6 or round(value, n) == value))


class OutcomeForm(forms.Form):
    """What a partnership achieved and what had been forecast, in the unit of the campaign's goal."""

    kpi = forms.ChoiceField(label=_("What was measured"), choices=Objective)
    target = FigureField(label=_("Target"), required=False, help_text=_("What the campaign asked of this creator."))
    predicted = FigureField(
        label=_("Forecast"), required=False, help_text=_("What was expected beforehand; may stay empty.")
    )
    predicted_low = FigureField(label=_("Forecast, lower end"), required=False)
    predicted_high = FigureField(label=_("Forecast, upper end"), required=False)
    actual = FigureField(label=_("Result"))
    as_of_date = forms.DateField(label=_("As of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    paid = FigureField(label=_("Paid"), required=False, help_text=_("In the brand’s currency; may stay empty."))

    def __init__(self, data: Any = None, *, campaign: Campaign, was: Outcome | None = None) -> None:
        self.currency = campaign.brand.currency
        super().__init__(data, initial={"kpi": campaign.objective} if was is None else self._as_typed(was))
        for field in self.fields.values():
            if isinstance(field, FigureField):
                field.widget.attrs["inputmode"] = "decimal"

    def _as_typed(self, was: Outcome) -> dict[str, Any]:
        paid = None if was.paid_minor is None else float(money.major(was.paid_minor, self.currency))
        return {name: paid if name == "paid" else getattr(was, name) for name in self.base_fields}

    def told(self) -> Told:
        """Return what was typed, checked, in the engine's own units."""
        data = dict(self.cleaned_data)
        paid = data.pop("paid")
        return Told(**data, paid_minor=None if paid is None else round(paid * money.minor_units(self.currency)))
