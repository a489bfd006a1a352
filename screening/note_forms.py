"""What a person types to note something on a creator's page."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.access import Place
from screening.notes import MOST_WORDS


class NoteForm(forms.Form):
    """A note. places: where one may be left, with their names; asked only where there are several. name: of its ids."""

    text = forms.CharField(
        label=_("Note"), max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("With your name and the day. Everybody of the brand and market reads it."),
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, places: Mapping[Place, str] | None = None, text: str = "", name: str = "note"
    ) -> None:
        super().__init__(data, initial={"text": text}, auto_id=f"{name}_%s")
        self.places = {f"{place.brand}:{place.market}": place for place in places or {}}
        if places and len(places) > 1:
            names = [(key, places[place]) for key, place in self.places.items()]
            self.fields["place"] = forms.ChoiceField(label=_("Who reads it"), choices=names)

    @property
    def place(self) -> Place:
        """Where the note is left; the form is valid."""
        return self.places[self.cleaned_data.get("place") or next(iter(self.places))]
