"""A first view: what a person thinks before the AI's verdict opens."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from review.decisions import NeedsReason
from review.first_views import MAX_SENTENCE
from review.forms.desk import MOST_VERSIONS
from review.models import Because

SAYS = [("no", _("No")), ("rather_no", _("Rather no")), ("rather_yes", _("Rather yes")), ("yes", _("Yes"))]
YES, FIRM = ("yes", "rather_yes"), ("yes", "no")
MOST_REASONS = 2
LEAST, MOST = 5, 95  # per cent; nobody is surer than that of a partnership


class FirstViewForm(forms.Form):
    """Yes or no, or rather so; how likely, what decides it, and one sentence."""

    says = forms.ChoiceField(
        label=_("Would you partner on these terms?"), choices=SAYS, widget=forms.RadioSelect,
        error_messages={"required": _("Say yes or no, or rather one of them")},
    )  # fmt: skip
    p = forms.IntegerField(
        label=_("How likely is it to work out, %?"), min_value=LEAST, max_value=MOST,
        error_messages={"required": _("Write how likely it is, from 5 to 95%")},
    )  # fmt: skip
    because = forms.MultipleChoiceField(
        label=_("What decides it?"), choices=Because, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what decides it")},
    )  # fmt: skip
    sentence = forms.CharField(
        label=_("In one sentence"), max_length=MAX_SENTENCE, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say in one sentence why")},
    )  # fmt: skip
    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)

    def clean_because(self) -> list[str]:
        """Refuse more than two: what decides it is few things."""
        because: list[str] = self.cleaned_data["because"]
        if len(because) > MOST_REASONS:
            raise forms.ValidationError(_("Choose at most two"))
        return because

    @property
    def said(self) -> dict[str, Any]:
        """What was said, as `first_views.commit` takes it."""
        given = self.cleaned_data
        because, because_too = [*given["because"], ""][:MOST_REASONS]
        return {
            "says_yes": given["says"] in YES, "is_firm": given["says"] in FIRM, "p": given["p"] / 100,
            "because": because, "because_too": because_too, "sentence": given["sentence"],
        }  # fmt: skip

    def lacks(self, found: NeedsReason) -> None:
        """Put what the verb asked for at its field."""
        self.add_error(found.field if found.field in self.fields else "sentence", str(found))
