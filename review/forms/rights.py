"""The cells of the matrix of decision rights, as a manager fills them in: an empty field says what holds for all."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from review import bounds, policies
from review.judgement.rights import AI_LEADS, DecisionType, Leads
from review.models import Policy, Stakes
from review.words.rights import CLOCKS, KINDS, LEADS, RULES

PERCENT = 10_000  # millionths in a per cent
SHARES = ("decision_line_u6", "auto_line_u6", "blind_share_u6", "spot_check_share_u6")
USUAL = [("", _("as for all"))]


def limits(rule: str) -> dict[str, Any]:
    """Return between which values a form asks for a rule, shares in per cent."""
    size = PERCENT if rule.endswith("_u6") else 1
    low, high = bounds.LIMITS[rule]
    return {"min_value": low // size, "max_value": high // size}


class CellForm(forms.Form):
    """One cell. What a bound fixes is not asked: at high stakes only line, deadline and deputy can be said."""

    def __init__(self, data: Any = None, *, policy: Policy, kind: str, stakes: str, managers: Sequence[User]) -> None:
        super().__init__(data, prefix=f"{kind}-{stakes}")
        self.kind, self.stakes = kind, stakes
        self.title = f"{KINDS[kind]}: {Stakes(stakes).label}"
        for name, field in self._asked(policy).items():
            self.fields[name] = field
        offer(self.fields["deputy"], managers)
        cell = (policy.rights or {}).get(kind, {}).get(stakes, {})
        self.initial = {name: self._shown(name, value) for name, value in cell.items() if name in self.fields}

    def _asked(self, policy: Policy) -> dict[str, forms.Field]:
        is_high, has_ai = self.stakes == Stakes.HIGH, self.stakes in AI_LEADS.get(DecisionType(self.kind), ())
        here = policies.holders(Role.MANAGER, policy.brand_id, policy.market_id)
        leads = [(one.value, LEADS[one]) for one in Leads if has_ai or one != Leads.AI]
        asked: dict[str, forms.Field] = {}
        if not is_high:
            asked["leads"] = forms.ChoiceField(choices=[*USUAL, *leads])
            asked["on_expiry"] = forms.ChoiceField(choices=[*USUAL, *CLOCKS.items()])
            asked["blind_share_u6"] = forms.IntegerField(**limits("blind_share_u6"))
        if has_ai:
            asked["auto_line_u6"] = forms.IntegerField(**limits("auto_line_u6"))
            asked["spot_check_share_u6"] = forms.IntegerField(**limits("spot_check_share_u6"))
        asked["decision_line_u6"] = forms.IntegerField(**limits("decision_line_u6"))
        asked["hours"] = forms.IntegerField(**limits("hours"))
        asked["deputy"] = forms.ModelChoiceField(here, empty_label=str(_("as for all")))
        for name, field in asked.items():
            field.required, field.label = False, str(RULES[name])
            if name in SHARES:
                field.label = _("%(rule)s, %%") % {"rule": RULES[name]}
            if name == "hours":
                field.label = _("%(rule)s, hours") % {"rule": RULES[name]}
        return asked

    @staticmethod
    def _shown(name: str, value: Any) -> Any:
        return value // PERCENT if name in SHARES else value

    @property
    def cell(self) -> dict[str, Any]:
        """What of its own the cell says, as the policy stores it."""
        return {name: self._stored(name, value) for name, value in self.cleaned_data.items() if value not in {None, ""}}

    @staticmethod
    def _stored(name: str, value: Any) -> Any:
        if isinstance(value, User):
            return value.pk
        return value * PERCENT if name in SHARES else value


def cells(data: Any, *, policy: Policy) -> list[CellForm]:
    """Return a form for each cell, kind by kind."""
    here = list(policies.holders(Role.MANAGER, policy.brand_id, policy.market_id))
    return [
        CellForm(data, policy=policy, kind=kind, stakes=band, managers=here) for kind in DecisionType for band in Stakes
    ]


def offer(field: forms.Field, people: Sequence[User]) -> None:
    """Offer people who were read already in a field that would read them again each time it is drawn."""
    assert isinstance(field, forms.ModelChoiceField)
    named = [(one.pk, field.label_from_instance(one)) for one in people]
    field.choices = [("", field.empty_label), *named]


def rights(forms_: list[CellForm]) -> Mapping[str, Any]:
    """Return what the cells say, as the policy stores it; those that say nothing are left out."""
    found: dict[str, dict[str, Any]] = {}
    for one in forms_:
        if one.cell:
            found.setdefault(str(one.kind), {})[str(one.stakes)] = one.cell
    return found
