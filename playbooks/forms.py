"""Input checks of this room."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from screening.memory import Told
from screening.models import Campaign, Objective, Outcome


class OutcomeForm(forms.Form):
    """What a partnership achieved, in the unit of the campaign's goal."""

    kpi = forms.ChoiceField(label=_("What was measured"), choices=Objective)
    target = forms.FloatField(label=_("Target"), min_value=0, help_text=_("What the campaign asked of this creator."))
    actual = forms.FloatField(label=_("Result"), min_value=0)
    as_of_date = forms.DateField(label=_("As of"), widget=forms.DateInput(attrs={"type": "date"}))
    paid = forms.DecimalField(label=_("Paid"), min_value=0, max_digits=14, decimal_places=2, required=False,
                              help_text=_("In the brand’s currency; may stay empty."))  # fmt: skip

    def __init__(self, data: Any = None, *, campaign: Campaign, was: Outcome | None = None) -> None:
        super().__init__(data, initial={"kpi": campaign.objective} if was is None else _as_form(was))
        for name in ("target", "actual", "paid"):  # people type 12 500,50 as well as 12500.5
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal"})
        self.data = _plain_numbers(self.data)

    def told(self) -> Told:
        """Return what was typed, checked, in the engine's own units."""
        data = self.cleaned_data
        paid: Decimal | None = data["paid"]
        return Told(
            kpi=data["kpi"], actual=data["actual"], as_of_date=data["as_of_date"], target=data["target"],
            paid_minor=None if paid is None else int(paid * 100),
        )  # fmt: skip


def _plain_numbers(data: Any) -> Any:
    if not data:
        return data
    plain = data.copy()
    for name in ("target", "actual", "paid"):
        text = re.sub(r"[\s\u00a0\u202f]", "", plain.get(name, ""))
        plain[name] = text.replace(",", ".") if re.fullmatch(r"\d+,\d{1,2}", text) else text.replace(",", "")
    return plain


def _as_form(was: Outcome) -> dict[str, Any]:
    return {
        "kpi": was.kpi, "target": was.target, "actual": was.actual, "as_of_date": was.as_of_date,
        "paid": None if was.paid_minor is None else Decimal(was.paid_minor) / 100,
    }  # fmt: skip
