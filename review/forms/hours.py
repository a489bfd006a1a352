"""When a market works, and its holidays."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from review.judgement.hours import Calendar


class HoursForm(forms.Form):
    """Days of the week and hours of a day."""

    days = forms.MultipleChoiceField(
        label=_("Working days"), choices=list(WEEKDAYS.items()), widget=forms.CheckboxSelectMultiple
    )
    opens = forms.TimeField(label=_("Work begins"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    closes = forms.TimeField(label=_("Work ends"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, data: Any = None, *, calendar: Calendar) -> None:
        initial = {"days": sorted(calendar.days), "opens": calendar.opens, "closes": calendar.closes}
        super().__init__(data, initial=initial)


class HolidayForm(forms.Form):
    """A day on which a market does not work."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=_("Name of the holiday"), max_length=80)
