"""A first view of a practice card: the two things that are measured, and nothing else."""

from typing import Any

from django import forms

from review.forms.first import YES, FirstViewForm


class PracticeForm(forms.Form):
    """Yes or no, or rather so, and how likely: the fields of a first view."""

    says = FirstViewForm.base_fields["says"]
    p = FirstViewForm.base_fields["p"]

    @property
    def said(self) -> dict[str, Any]:
        """What was said, as `practice.speak` takes it."""
        return {"says_yes": self.cleaned_data["says"] in YES, "p": self.cleaned_data["p"] / 100}
