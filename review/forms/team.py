"""Input checks of notes, hand-offs, promises, the creator's clock, absences and capacity."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from review.absences import MOST_CARDS
from review.handoffs import MAX_NOTE as MAX_HANDED
from review.models import ClockSays
from review.promises import MAX_TEXT
from review.thread import MAX_NOTE

DATE = "%Y-%m-%d"
MOMENT = "%Y-%m-%dT%H:%M"


def _people(here: Iterable[User], nobody: Any = None) -> list[tuple[str, Any]]:
    first = [] if nobody is None else [("", nobody)]
    return [*first, *((str(one.pk), one.name) for one in here)]


class OfPeople(forms.Form):
    """A form that asks for somebody of `here`; what comes out of its `people` fields are users."""

    people: tuple[str, ...] = ()
    nobody: Any = None

    def __init__(self, data: Any = None, *, here: Iterable[User], **more: Any) -> None:
        super().__init__(data, **more)
        known = list(here)
        self.known = {str(one.pk): one for one in known}
        for name in self.people:
            self.fields[name].choices = _people(known, self.nobody)  # type: ignore[attr-defined]

    def chosen(self, name: str) -> User | None:
        """Return the person that a field names, None where it was left empty."""
        return self.known.get(str(self.cleaned_data.get(name, "")))


class NoteForm(OfPeople):
    """A short note on a card, and one more person to tell."""

    people = ("also",)
    nobody = pgettext_lazy("tell", "nobody else")
    text = forms.CharField(
        label=_("Note"), max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 2, "maxlength": None})
    )
    also = forms.ChoiceField(label=_("Tell"), required=False)


class HandForm(OfPeople):
    """To whom a card goes, with a word."""

    people = ("to",)
    to = forms.ChoiceField(label=_("To whom"))
    note = forms.CharField(
        label=_("What they should know"), required=False, max_length=MAX_HANDED,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": None}),
    )  # fmt: skip


class EnoughForm(forms.Form):
    """Whether a hand-off was enough, and what was missing."""

    enough = forms.ChoiceField(choices=[("yes", _("Yes, I can go on")), ("no", _("Something was missing"))])
    missing = forms.CharField(
        label=_("What was missing?"), required=False, max_length=MAX_HANDED, widget=forms.Textarea(attrs={"rows": 2})
    )


class PromiseForm(OfPeople):
    """What was promised to the creator, who keeps it, and until when."""

    people = ("owner",)
    text = forms.CharField(label=_("What was promised"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ChoiceField(label=_("Who keeps it"))
    due_date = forms.DateField(
        label=_("Until when"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format=DATE)
    )


class ClockForm(forms.Form):
    """What the creator's own clock says."""

    says = forms.ChoiceField(choices=ClockSays)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    until = forms.DateTimeField(
        label=_("Until when"), required=False, input_formats=[MOMENT, f"{MOMENT}:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )  # fmt: skip


class AbsenceForm(OfPeople):
    """Who is away, when, and who stands in."""

    people = ("user", "deputy")
    user = forms.ChoiceField(label=_("Who is away"))
    from_date = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format=DATE))
    until_date = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format=DATE))
    deputy = forms.ChoiceField(label=_("Who stands in"))


class CapacityForm(forms.Form):
    """How many cards a person can decide a day."""

    cards_a_day = forms.IntegerField(label=_("Cards a day"), min_value=1, max_value=MOST_CARDS)
