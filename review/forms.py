"""Input checks of the desk, of a decision and of a manager's answer. What must be said is checked by the verbs."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import wording
from accounts.models import Role, User
from review import overlays, policies
from review.decisions import CHOICES, MAX_RATIONALE, NeedsReason
from review.models import ApprovalChoice, Category, Choice, Policy, Relationship
from review.models.judged import MIN_RATIONALE
from review.overlays import MAX_WORDS, SCALES, VIEWS, Field
from review.queries import View
from screening import money

MOST_VERSIONS = 10**9
MOST_MONEY = 10**12  # whole units of a currency; in minor ones the log still holds it exactly
TOP = 3  # factors that one agrees or disagrees with
SCALE = [(str(n), str(n)) for n in range(1, 6)]
ENDS = {
    "cultural_fit": (_("Cultural fit"), _("1 clashes, 5 at home")),
    "strategic_alignment": (_("Strategic alignment"), _("1 off, 5 spot on")),
    "gut_rating": (_("Gut rating"), _("1 no, 5 yes")),
}
HINTS = {
    Field.HOW_TO_BRIEF: _("What to say, what to avoid, how to start"),
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
    choice = forms.ChoiceField(choices=[(one.value, one.label) for one in CHOICES], required=False)
    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)
    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    category = forms.ChoiceField(
        label=_("What is it about?"), choices=Category, required=False, widget=forms.RadioSelect
    )
    rationale = forms.CharField(
        required=False, max_length=MAX_RATIONALE, widget=forms.Textarea(attrs={"rows": 3, "maxlength": None})
    )
    sure = forms.TypedChoiceField(label=_("How sure are you?"), required=False, coerce=int, empty_value=None)
    hold_until = forms.DateField(
        label=_("Until when?"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Any = None, *, factors: Sequence[str] = (), own: View | None = None) -> None:
        super().__init__(data, initial=_initial(own) if own else None)
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
        return {
            "relationship": said["relationship"] or Relationship.NONE, "factor_views": views, "words": words,
            **{name: said[name] for name in SCALES},
        }  # fmt: skip

    @property
    def said(self) -> dict[str, Any]:
        """What goes with the decision, as `decisions.decide` takes it.

        How sure one is of a rejection is turned around: the record keeps the chance that the partnership works out.
        """
        given = self.cleaned_data
        sure = None if given["sure"] is None else given["sure"] / 100
        is_no = given["choice"] == Choice.REJECT
        return {
            "category": given["category"], "rationale": given["rationale"], "hold_until": given["hold_until"],
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


ASKED: dict[str, Any] = {
    ApprovalChoice.APPROVE: _("A word to go with it"),
    ApprovalChoice.ASK: _("What do you want to know?"),
    ApprovalChoice.REJECT: _("Why not?"),
}


class AnswerForm(forms.Form):
    """A manager's answer: the choice stands in the address, the reason here."""

    version = forms.IntegerField(min_value=1, max_value=MOST_VERSIONS, widget=forms.HiddenInput)
    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    reason = forms.CharField(max_length=MAX_WORDS, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, *, choice: str, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id=f"{choice}_%s")
        self.choice = choice
        self.fields["reason"].label = ASKED[choice]


class NoteForm(forms.Form):
    """A short note on a card."""

    text = forms.CharField(max_length=MAX_WORDS, widget=forms.Textarea(attrs={"rows": 3}))


PERCENT = 10_000  # millionths in a per cent


class PolicyForm(forms.Form):
    """The next version of the rules, in the units that people speak of: per cent, hours, whole units of money."""

    is_shadow = forms.BooleanField(label=_("Shadow: the AI scores, people decide"), required=False)
    auto_line = forms.IntegerField(label=_("The AI decides low stakes alone from, %"), min_value=70, max_value=99)
    spot_check = forms.IntegerField(label=_("Of these a person checks, %"), min_value=0, max_value=100)
    medium_fee = forms.IntegerField(label=_("Medium stakes from"), min_value=1, max_value=MOST_MONEY)
    high_fee = forms.IntegerField(label=_("High stakes from"), min_value=1, max_value=MOST_MONEY)
    high_share = forms.IntegerField(label=_("High stakes from this share of the budget, %"), min_value=1, max_value=100)
    trusts_referrals = forms.BooleanField(label=_("A referral by a colleague is enough for fast track"), required=False)
    review_budget = forms.IntegerField(
        label=_("Cards of a run that people are asked about"), min_value=1, max_value=500
    )
    random_share = forms.IntegerField(label=_("Of these drawn at random, %"), min_value=10, max_value=100)
    deadline_hours = forms.IntegerField(label=_("Hours to decide"), min_value=1, max_value=720)
    undo_seconds = forms.IntegerField(label=_("Seconds to take a decision back"), min_value=0, max_value=3600)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=User.objects.none(), required=False)

    def __init__(self, data: Any = None, *, policy: Policy) -> None:
        self.minor = money.minor_units(policy.brand.currency)
        super().__init__(data, initial=self._initial(policy))
        here = policies.holders(Role.MANAGER, policy.brand_id, policy.market_id)
        for name in ("owner", "deputy"):
            self.fields[name].queryset = here  # type: ignore[attr-defined]
        for name in ("medium_fee", "high_fee"):
            self.fields[name].help_text = policy.brand.currency

    def _initial(self, policy: Policy) -> dict[str, Any]:
        return {
            "is_shadow": policy.is_shadow, "auto_line": policy.auto_line_u6 // PERCENT, "owner": policy.owner_id,
            "spot_check": policy.spot_check_share_u6 // PERCENT, "medium_fee": self._whole(policy.medium_fee_minor),
            "high_fee": self._whole(policy.high_fee_minor), "high_share": policy.high_budget_share_u6 // PERCENT,
            "trusts_referrals": policy.trusts_referrals, "review_budget": policy.review_budget,
            "random_share": policy.random_share_u6 // PERCENT, "deadline_hours": policy.deadline_hours,
            "undo_seconds": policy.undo_seconds, "deputy": policy.deputy_id,
        }  # fmt: skip

    def _whole(self, amount_minor: int | None) -> int | None:
        return None if amount_minor is None else amount_minor // self.minor

    @property
    def rules(self) -> dict[str, Any]:
        """What goes into the draft, as `policies.propose` takes it."""
        said = self.cleaned_data
        plain = ("is_shadow", "trusts_referrals", "review_budget", "deadline_hours", "undo_seconds", "owner", "deputy")
        return {name: said[name] for name in plain} | {
            "auto_line_u6": said["auto_line"] * PERCENT, "spot_check_share_u6": said["spot_check"] * PERCENT,
            "medium_fee_minor": said["medium_fee"] * self.minor, "high_fee_minor": said["high_fee"] * self.minor,
            "high_budget_share_u6": said["high_share"] * PERCENT, "random_share_u6": said["random_share"] * PERCENT,
        }  # fmt: skip
