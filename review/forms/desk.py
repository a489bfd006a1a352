"""The desk: a person’s view of a card, and what goes with a decision."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import wording
from accounts.models import User
from review import overlays
from review.decisions import CHOICES, MAX_RATIONALE, NeedsReason
from review.models import Category, Choice, Relationship
from review.models.judged import MIN_RATIONALE
from review.overlays import FORECAST_PERCENT, MAX_WORDS, SCALES, VIEWS, Field
from review.queries import View

MOST_VERSIONS = 10**9


TOP = 3  # factors that one agrees or disagrees with


SCALE = [(str(n), str(n)) for n in range(1, 6)]


ENDS = {
    "cultural_fit": (_("Cultural fit"), _("1 clashes, 5 at home")),
    "strategic_alignment": (_("Strategic alignment"), _("1 off, 5 spot on")),
    "gut_rating": (_("Gut rating"), _("1 no, 5 yes")),
}


HINTS = {
    Field.HOW_TO_BRIEF: _("What to say, what to avoid, how to start"),
    Field.FORECAST: _("Why: for example, the last two posts sold out"),
    Field.CONVERSATION: _("Fit, energy, ideas of their own"),
    Field.LAST_BRAND: _("What happened, and what it means for us"),
    Field.RISK_NOTE: _("What could go wrong, and how we would notice"),
}


# How sure one is of one's own decision: the middle of each band's percent.
SURE = (90, 77, 62, 50)


class Vote:
    """One of the top factors as the desk asks about it: agree, disagree, and why."""

    def __init__(self, form: "DeskForm", code: str) -> None:
        self.code, self.view, self.why = code, form[f"view:{code}"], form[f"why:{code}"]


class DeskForm(forms.Form):
    """A person's view of a card and, where a button of a decision was pressed, what goes with the decision."""

    relationship = forms.ChoiceField(
        label=_("Relationship"),
        choices=Relationship,
        initial=Relationship.NONE,
        required=False,
        widget=forms.RadioSelect,
    )
    referred_by = forms.TypedChoiceField(label=_("Referred by"), required=False, coerce=int, empty_value=None)
    forecast_percent = forms.IntegerField(
        label=_("Up or down, %"), required=False, min_value=FORECAST_PERCENT[0], max_value=FORECAST_PERCENT[1]
    )
    choice = forms.ChoiceField(choices=[(one.value, one.label) for one in CHOICES], required=False)
    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)
    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    category = forms.MultipleChoiceField(
        label=_("What is it about?"), choices=Category, required=False, widget=forms.CheckboxSelectMultiple
    )
    rationale = forms.CharField(
        required=False, max_length=MAX_RATIONALE, widget=forms.Textarea(attrs={"rows": 3, "maxlength": None})
    )
    proof = forms.CharField(label=_("What would prove you right?"), max_length=300, required=False)
    sure = forms.TypedChoiceField(label=_("How sure are you?"), required=False, coerce=int, empty_value=None)
    hold_until = forms.DateField(
        label=_("Until when?"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self, data: Any = None, *, factors: Sequence[str] = (), own: View | None = None, here: Iterable[User] = ()
    ) -> None:
        super().__init__(data, initial=_initial(own) if own else None)
        people = [(str(one.pk), one.name) for one in here]
        self.fields["referred_by"].choices = [("", pgettext_lazy("referred by", "not said")), *people]  # type: ignore[attr-defined]
        for name, (label, ends) in ENDS.items():
            self.fields[name] = forms.TypedChoiceField(
                label=label, help_text=ends, choices=SCALE, coerce=int, empty_value=None, required=False,
                widget=forms.RadioSelect,
            )  # fmt: skip
        for name, hint in HINTS.items():
            widget = forms.Textarea(attrs={"rows": 2, "placeholder": hint})
            self.fields[name] = forms.CharField(label=name.label, max_length=MAX_WORDS, required=False, widget=widget)
        self.factors = list(factors)
        for code in self.factors:
            self.fields[f"view:{code}"] = forms.ChoiceField(
                choices=[(view, view) for view in VIEWS], required=False, widget=forms.RadioSelect
            )
            self.fields[f"why:{code}"] = forms.CharField(max_length=MAX_WORDS, required=False)
        sure = [(str(n), f"{wording.chance_words(n / 100)} ({wording.chance_range(n / 100)})") for n in SURE]
        self.fields["sure"].choices = [("", pgettext_lazy("how sure", "not said")), *sure]  # type: ignore[attr-defined]

    @property
    def votes(self) -> dict[str, Vote]:
        """The factors that are asked about, by code."""
        return {code: Vote(self, code) for code in self.factors}

    @property
    def scales(self) -> Iterator[forms.BoundField]:
        """The three scales, in order."""
        return (self[name] for name in SCALES)

    @property
    def scales_now(self) -> dict[str, int | None]:
        """What the scales say as they stand: as sent, else as saved."""
        now = {name: str(self[name].value() or "") for name in SCALES}
        return {name: int(value) if value in dict(SCALE) else None for name, value in now.items()}

    @property
    def folded(self) -> Iterator[forms.BoundField]:
        """The fields of words that stand folded, in order."""
        return (self[name] for name in HINTS if name != Field.HOW_TO_BRIEF)

    @property
    def view(self) -> dict[str, Any]:
        """What goes into the overlay, as `overlays.save` takes it."""
        said = self.cleaned_data
        views = {code: said[f"view:{code}"] for code in self.factors if said[f"view:{code}"]}
        words = {str(name): said[name] for name in HINTS if said[name]}
        words |= {
            f"factor:{c}": said[f"why:{c}"] for c, view in views.items() if view == "disagree" and said[f"why:{c}"]
        }
        relationship = said["relationship"] or Relationship.NONE
        return {
            "relationship": relationship, "factor_views": views, "words": words,
            **{name: said[name] for name in SCALES}, "forecast_percent": said["forecast_percent"],
            "referred_by": said["referred_by"] if relationship == Relationship.REFERRAL else None,
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Ask why a forecast is moved."""
        said = super().clean() or self.cleaned_data
        if said.get("forecast_percent") is not None and not said.get(Field.FORECAST, "").strip():
            self.add_error(Field.FORECAST, _("Say why the forecast is too high or too low."))
        return said

    @property
    def said(self) -> dict[str, Any]:
        """What goes with the decision, as `decisions.decide` takes it.

        How sure one is of a rejection is turned around: the record keeps the chance that the partnership works out.
        """
        given = self.cleaned_data
        category, *category_too = given["category"] or [""]
        sure = None if given["sure"] is None else given["sure"] / 100
        is_no = given["choice"] == Choice.REJECT
        return {
            "category": category, "category_too": category_too, "rationale": given["rationale"],
            "proof": given["proof"], "hold_until": given["hold_until"],
            "expected_p": 1 - sure if sure is not None and is_no else sure,
        }  # fmt: skip

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Every text that was typed, with its label, to show what was not taken."""
        labels = {"rationale": str(_("Your reason"))} | {str(name): str(self.fields[name].label) for name in HINTS}
        texts = ((label, str(self.data.get(name, "")).strip()) for name, label in labels.items())
        return [(label, text) for label, text in texts if text]

    def lacks(self, found: NeedsReason) -> None:
        """Put what a verb asked for at its field, and what it would have asked for next."""
        self.add_error(found.field if found.field in self.fields else "rationale", str(found))
        if found.field == "category" and len(self.cleaned_data.get("rationale", "")) < MIN_RATIONALE:
            self.add_error("rationale", _("Write why you decide differently, at least 40 characters"))


def _initial(own: View) -> dict[str, Any]:
    known = overlays.said(own.overlay, own.words)
    words, views = known.pop("words"), known.pop("factor_views")
    whys = {f"why:{name.removeprefix('factor:')}": text for name, text in words.items() if name.startswith("factor:")}
    return known | words | whys | {f"view:{code}": view for code, view in views.items()}
