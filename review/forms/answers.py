"""A manager’s answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from review.forms.desk import MOST_VERSIONS
from review.models import ApprovalChoice
from review.overlays import MAX_WORDS

ASKED: dict[str, Any] = {
    ApprovalChoice.APPROVE: _("A word to go with it"),
    ApprovalChoice.ASK: _("What do you want to know?"),
    ApprovalChoice.REJECT: _("Why not?"),
}


class AnswerForm(forms.Form):
    """A manager's answer: the choice stands in the address, the reason here. Fields that are not asked for are gone."""

    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)
    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    conditions = forms.CharField(
        label=_("Conditions, one a line"),
        max_length=MAX_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    exit_date = forms.DateField(
        label=_("Free exit until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(max_length=MAX_WORDS, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    password = forms.CharField(
        label=_("Your password"),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(
        self, data: Any = None, *, choice: str, needs_password: bool = False, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial, auto_id=f"{choice}_%s")
        self.choice = choice
        self.fields["reason"].label = ASKED[choice]
        if not needs_password:
            del self.fields["password"]
        if choice != ApprovalChoice.APPROVE:
            del self.fields["conditions"], self.fields["exit_date"]
