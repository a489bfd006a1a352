"""What is written into an investigation: what to look into, evidence, the finding; and into a market norm."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from review.forms.cases import CaseForm
from review.forms.desk import MOST_VERSIONS
from review.investigations import MAX_WORDS, NewNorm
from review.models import EvidenceKind, Finding
from screening import words as screening
from screening.models import Platform

BOX = {"rows": 3, "maxlength": MAX_WORDS}


def flag_choices(flags: Sequence[str]) -> list[tuple[str, str]]:
    """Return flags (feature:side) with their words."""
    return [(flag, screening.flag_name(*flag.split(":"))) for flag in flags]


class RequestForm(CaseForm):
    """What should be looked into, and which flag it is about."""

    fields_of = {"text": "i_text", "flag": "i_flag"}
    i_flag = forms.ChoiceField(label=gettext_lazy("About a flag"), required=False)
    i_text = forms.CharField(
        label=gettext_lazy("What should be looked into?"), max_length=MAX_WORDS, required=False,
        widget=forms.Textarea(attrs=BOX),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, flags: Sequence[str]) -> None:
        super().__init__(data)
        self.flags = list(flags)
        none = [("", _("About none of them"))]
        self.fields["i_flag"].choices = none + flag_choices(flags)  # type: ignore[attr-defined]


class EvidenceForm(CaseForm):
    """A hypothesis, or a line for one side."""

    fields_of = {"text": "text", "kind": "kind"}
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"), choices=EvidenceKind, widget=forms.RadioSelect, required=False,
        initial=EvidenceKind.HYPOTHESIS,
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("What you found"), max_length=MAX_WORDS, required=False, widget=forms.Textarea(attrs=BOX)
    )


class ScopeForm(CaseForm):
    """For whom a norm holds, and until when."""

    fields_of = {
        "text": "text", "finding": "finding", "flag": "flag", "platform": "platform", "tier": "tier", "until": "until",
        "reason": "text",
    }  # fmt: skip
    platform = forms.ChoiceField(label=gettext_lazy("Platform"), required=False)
    category = forms.CharField(label=gettext_lazy("Category"), max_length=80, required=False)
    tier = forms.ChoiceField(label=gettext_lazy("Size"), required=False)
    until = forms.DateField(
        label=gettext_lazy("Valid until"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    text = forms.CharField(label=gettext_lazy("Why, in words"), max_length=MAX_WORDS, required=False,
                           widget=forms.Textarea(attrs=BOX))  # fmt: skip

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        any_one = [("", _("any"))]
        self.fields["platform"].choices = any_one + list(Platform.choices)  # type: ignore[attr-defined]
        sizes = [(code, str(words)) for code, words in screening.TIERS.items()]
        self.fields["tier"].choices = any_one + sizes  # type: ignore[attr-defined]

    @property
    def scope(self) -> dict[str, str]:
        """For whom the norm holds; what is not said is any."""
        return {name: self.cleaned_data[name] for name in ("platform", "category", "tier") if self.cleaned_data[name]}


class FindingForm(ScopeForm):
    """How an investigation ends; with "normal for this market" the norm that it makes."""

    finding = forms.ChoiceField(
        label=gettext_lazy("Finding"), choices=Finding, widget=forms.RadioSelect, required=False
    )
    flag = forms.ChoiceField(label=gettext_lazy("The flag that is normal"), required=False)
    field_order = ["finding", "text", "flag", "platform", "category", "tier", "until"]

    def __init__(self, data: Any = None, *, flags: Sequence[str], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        none = [("", _("choose"))]
        self.fields["flag"].choices = none + flag_choices(flags)  # type: ignore[attr-defined]
        self.fields["text"].label = _("What was found, and what follows")
        self.order_fields(self.field_order)

    @property
    def norm(self) -> NewNorm | None:
        """The norm that was written, None where a part of it is missing."""
        given = self.cleaned_data
        until: date | None = given["until"]
        return NewNorm(given["flag"], until, self.scope) if given["flag"] and until else None


class AssignForm(CaseForm):
    """Who owns an investigation, and until when."""

    fields_of = {"to": "owner", "due": "due"}
    owner = forms.TypedChoiceField(label=gettext_lazy("Owner"), coerce=int)
    due = forms.DateField(label=gettext_lazy("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: Any = None, *, people: Sequence[User], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.people = {one.pk: one for one in people if one.pk < MOST_VERSIONS}
        self.fields["owner"].choices = [(one.pk, one.name) for one in people]  # type: ignore[attr-defined]

    @property
    def until(self) -> datetime:
        """The end of the day that was chosen, UTC."""
        return datetime.combine(self.cleaned_data["due"], time(23, 59), UTC)
