"""What is written to ask somebody about a card, to pass it up, and to answer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import wording
from accounts.models import Role, User
from review import questions
from review.forms.desk import MOST_VERSIONS
from review.models import Absence, Question, QuestionKind
from review.questions import MAX_WORDS, QuestionRefused
from screening.gates import GateResult, GateState

ANY_EXPERT = "role:expert"
People = Sequence[tuple[User, frozenset[str]]]
Away = Mapping[int, Absence]
BOX = {"rows": 3, "maxlength": MAX_WORDS}


def named(user: User, roles: Iterable[str]) -> str:
    """Return a colleague as lists of people show them: name and roles."""
    return ", ".join([user.name, *(str(Role(role).label) for role in Role.values if role in set(roles))])


def here(user: User, roles: Iterable[str], absence: Absence | None) -> str:
    """Return a colleague as the lists of whom to ask show them: who is away, until when, and who answers instead."""
    if absence is None:
        return named(user, roles)
    until, deputy = wording.day(absence.until_date), absence.deputy.name
    return _("%(name)s, away until %(day)s: %(deputy)s is asked instead") % {
        "name": named(user, roles), "day": until, "deputy": deputy,
    }  # fmt: skip


class CaseForm(forms.Form):
    """A form of a dialog on the card, or of a page of its own: its fields have names that the desk does not use."""

    fields_of: dict[str, str] = {}  # field of a verb's refusal -> field here

    def lacks(self, found: QuestionRefused) -> None:
        """Put what a verb asked for at its field."""
        name = self.fields_of.get(found.field)
        self.add_error(name, str(found))


class QuestionForm(CaseForm):
    """Whom to ask about a card, what, and until when."""

    fields_of = {"to": "q_to", "text": "q_text", "hours": "q_hours"}
    q_to = forms.MultipleChoiceField(
        label=gettext_lazy("Whom do you ask?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    q_text = forms.CharField(
        label=gettext_lazy("Your question"), max_length=MAX_WORDS, required=False, widget=forms.Textarea(attrs=BOX)
    )
    q_hours = forms.TypedChoiceField(
        label=gettext_lazy("An answer is of use for"), coerce=int, widget=forms.RadioSelect, initial=24, required=False,
        empty_value=24,  # type: ignore[arg-type]
    )  # fmt: skip
    q_gate = forms.ChoiceField(label=gettext_lazy("About a market gate"), required=False)

    def __init__(
        self, data: Any = None, *, people: People, gates: Sequence[GateResult] = (), away: Away | None = None
    ) -> None:
        super().__init__(data)
        gone = away or {}
        self.people = {str(one.pk): one for one, _roles in people}
        experts = [(ANY_EXPERT, _("Any expert of this market"))]
        self.fields["q_to"].choices = experts + [  # type: ignore[attr-defined]
            (str(one.pk), here(one, roles, gone.get(one.pk))) for one, roles in people
        ]
        self.fields["q_hours"].choices = [(n, _("%(n)d h") % {"n": n}) for n in questions.HOURS]  # type: ignore[attr-defined]
        self.gates = {str(one.gate.pk): one.gate for one in gates if one.state == GateState.QUESTION}
        none = [("", _("No, about the creator"))]
        open_gates = [(str(one.gate.pk), one.name) for one in gates if str(one.gate.pk) in self.gates]
        self.fields["q_gate"].choices = none + open_gates  # type: ignore[attr-defined]

    @property
    def said(self) -> dict[str, Any]:
        """What goes to `questions.ask`."""
        given = self.cleaned_data
        people = [self.people[one] for one in given["q_to"] if one in self.people]
        role = str(Role.EXPERT) if ANY_EXPERT in given["q_to"] and not people else ""
        return {
            "text": given["q_text"], "to": people, "role": role, "hours": given["q_hours"],
            "gate": self.gates.get(given["q_gate"]),
        }  # fmt: skip


class EscalationForm(CaseForm):
    """To whom a card is passed up, or who is asked for a second view, and what they should look at."""

    fields_of = {"to": "e_to", "reason": "e_text", "text": "e_text"}
    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)
    e_to = forms.ChoiceField(label=gettext_lazy("To whom?"), widget=forms.RadioSelect, required=False)
    e_text = forms.CharField(
        label=gettext_lazy("What should they look at?"), max_length=MAX_WORDS, required=False,
        widget=forms.Textarea(attrs=BOX),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, people: People, managers: Sequence[User], version: int = 0) -> None:
        super().__init__(data, initial={"version": version})
        self.managers = {f"up:{one.pk}": one for one in managers}
        self.seconds = {f"second:{one.pk}": one for one, _roles in people if one not in managers}
        up = [(code, _("%(name)s, manager") % {"name": one.name}) for code, one in self.managers.items()]
        second = [(code, _("%(name)s, second view") % {"name": one.name}) for code, one in self.seconds.items()]
        self.fields["e_to"].choices = up + second  # type: ignore[attr-defined]
        self.initial["e_to"] = next(iter(self.managers), "")

    @property
    def manager(self) -> User | None:
        """The manager to whom the card goes, None where a second view is asked for."""
        return self.managers.get(self.cleaned_data["e_to"])

    @property
    def second(self) -> dict[str, Any]:
        """What goes to `questions.ask` for a second view."""
        person = self.seconds.get(self.cleaned_data["e_to"])
        return {
            "text": self.cleaned_data["e_text"], "to": [person] if person else [], "kind": QuestionKind.SECOND,
            "hours": 24,
        }  # fmt: skip


class ReplyForm(CaseForm):
    """An answer: one of the quick ones, words, or both."""

    fields_of = {"text": "text", "quick": "quick"}
    quick = forms.ChoiceField(label=gettext_lazy("Your answer"), widget=forms.RadioSelect, required=False)
    text = forms.CharField(
        label=gettext_lazy("In your words"), max_length=MAX_WORDS, required=False, widget=forms.Textarea(attrs=BOX)
    )

    def __init__(self, data: Any = None, *, question: Question) -> None:
        super().__init__(data)
        second = question.kind == QuestionKind.SECOND
        rather = {"yes": _("Rather yes"), "no": _("Rather no")} if second else {}
        self.fields["quick"].choices = [  # type: ignore[attr-defined]
            (one.value, rather.get(one.value, one.label)) for one in questions.offered(question)
        ]
        if question.gate_id:
            self.fields["text"].help_text = _("Where you looked it up: an address or a number")
