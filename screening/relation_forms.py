"""What a person types to say how they, or a colleague, stand to a creator."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from screening.forms import AmountField
from screening.memory import MOST_WORDS
from screening.models import RelationKind
from screening.relations import KINDS, MOST_TIMES, OF_TWO, TRUSTS

NAMES = {
    RelationKind.KNOWS: _("I know this creator"),
    RelationKind.WORKED: _("I worked with this creator"),
    RelationKind.REFERRED: _("A colleague referred this creator"),
}


OF_TWO_NAMES = {
    RelationKind.MENTIONS: _("This creator mentions the other"),
    RelationKind.POSTED: _("They posted together"),
    RelationKind.WORKED: _("They worked together"),
}


class PairForm(forms.Form):
    """How a creator stands to another one. brands: names by slug."""

    handle = forms.CharField(
        label=_("The other creator’s nick"), max_length=200,
        help_text=_("As on the platform: @nick. Where several have it: youtube/@nick"),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("What is between them"), choices=[(kind.value, OF_TWO_NAMES[kind]) for kind in OF_TWO]
    )
    brand = forms.ChoiceField(label=_("For which brand"))
    since = forms.DateField(
        label=_("Since when, or on which day"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    times = AmountField(label=_("How often"), least=1, most=MOST_TIMES, is_whole=True, required=False)
    words = forms.CharField(
        label=_("In a few words"),
        required=False,
        max_length=MOST_WORDS,
        help_text=_("Everybody of the brand reads it."),
    )

    def __init__(self, data: Any = None, *, brands: Mapping[str, str]) -> None:
        super().__init__(data, auto_id="pair_%s")
        named = sorted(brands.items(), key=lambda one: one[1])
        self.fields["brand"].choices = named  # type: ignore[attr-defined]


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
    trust = forms.TypedChoiceField(
        label=_("How far you trust this creator"), required=False, coerce=int, empty_value=None,
        choices=[
            ("", pgettext_lazy("trust", "not said")), ("1", _("1, hardly")), *((n, str(n)) for n in TRUSTS[1:-1]),
            ("5", _("5, fully")),
        ],
    )  # fmt: skip
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
        if said.get("kind") == RelationKind.REFERRED and said.get("trust") is not None:
            self.add_error("trust", _("Trust is your own, from 1 to 5: a referral has none."))
        return said
