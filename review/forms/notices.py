"""How each kind of notice is mailed."""

from collections.abc import Mapping
from typing import Any

from django import forms

from review.models import About, Way


class WaysForm(forms.Form):
    """At once, once a day or not at all, for each kind of notice."""

    def __init__(self, data: Any = None, *, ways: Mapping[str, Way]) -> None:
        super().__init__(data)
        self.ways = ways
        for about in About:
            self.fields[about.value] = forms.ChoiceField(
                label=about.label, choices=Way.choices, initial=ways[about].value, widget=forms.RadioSelect
            )

    @property
    def changed(self) -> dict[str, str]:
        """Kinds whose way is another than before."""
        return {about: way for about, way in self.cleaned_data.items() if way != self.ways[about]}
