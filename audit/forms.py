"""Input checks of the log's pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AcceptForm(forms.Form):
    """Why a log that was put back is accepted."""

    reason = forms.CharField(
        label=_("What happened, and why the log goes on from here"),
        min_length=20,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
