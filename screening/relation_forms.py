"""What a person types to say how they, or a colleague, stand to a creator."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from screening.memory import MOST_WORDS
from screening.models import RelationKind
from screening.relations import KINDS

NAMES = {
    RelationKind.KNOWS: _("I know this creator"),
    RelationKind.WORKED: _("I worked with this creator"),
    RelationKind.REFERRED: _("A colleague referred this creator"),
}


class RelationForm(forms.Form):
    """A relation to a creator. brands: names by slug; people: names by id of those who may have referred them."""

    kind = forms.ChoiceField(
        label=_("Relationship"),
        choices=[("", pgettext_lazy("relation", "choose")), *((kind.value, NAMES[kind]) for kind in KINDS)],
    )
    referred_by = forms.TypedChoiceField(label=_("Referred by"), required=False, coerce=int, empty_value=None)
    brand = forms.ChoiceField(label=_("For which brand"))
    since = forms.DateField(
        label=_("Since when"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = forms.CharField(
        label=_("In a few words"), required=False, max_length=MOST_WORDS,
        help_text=_("Everybody of the brand reads it. For example: Calm Cream, two videos"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, brands: Mapping[str, str], people: Mapping[int, str]) -> None:
        super().__init__(data, auto_id="relation_%s")
        named = sorted(brands.items(), key=lambda one: one[1])
        self.fields["brand"].choices = named  # type: ignore[attr-defined]
        who = [(str(pk), name) for pk, name in people.items()]
        self.fields["referred_by"].choices = [("", pgettext_lazy("referred by", "not said")), *who]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask who referred the creator, where somebody did."""
        said = super().clean() or self.cleaned_data
        is_referral = said.get("kind") == RelationKind.REFERRED and "referred_by" not in self.errors
        if is_referral and said.get("referred_by") is None:
            self.add_error("referred_by", _("Choose who referred the creator."))
        return said
