"""The next version of the rules."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from review import bounds, policies
from review.forms.rights import PERCENT, limits, offer
from review.models import FastTrack, Policy
from screening import money

MOST_MONEY = 10**12  # whole units of a currency; in minor ones the log still holds it exactly
# Fields that are typed in per cent and in whole units of money -> their rules.
SHARES = {
    "auto_line": "auto_line_u6", "spot_check": "spot_check_share_u6", "blind_share": "blind_share_u6",
    "high_share": "high_budget_share_u6", "random_share": "random_share_u6", "practice_share": "practice_share_u6",
    "decision_line": "decision_line_u6", "unsure_band": "unsure_band_u6",
}  # fmt: skip
AMOUNTS = {
    "medium_fee": "medium_fee_minor", "high_fee": "high_fee_minor", "minute_cost": "minute_cost_minor",
    "fresh_sign_in": "fresh_sign_in_minor",
}  # fmt: skip
MOST_DIGITS = 6  # of a share in per cent: what is longer is no share, and no float holds it


def _tenths(share_u6: int) -> Decimal:
    return (Decimal(share_u6) / PERCENT).quantize(Decimal("0.1") if share_u6 % PERCENT else Decimal(1))


class PolicyForm(forms.Form):
    """The next version of the rules, in the units that people speak of: per cent, hours, whole units of money."""

    is_shadow = forms.BooleanField(label=_("Shadow: the AI scores, people decide"), required=False)
    decision_line = forms.DecimalField(
        label=_("Decision line, %"),
        decimal_places=1,
        max_digits=MOST_DIGITS,
        help_text=_(
            "Over it the AI says Partner, under it Do not partner. "
            "Another than 50% where a wrong yes and a missed good creator cost unlike."
        ),
    )
    unsure_band = forms.DecimalField(
        label=_("Unsure on either side of the line, points"),
        decimal_places=1,
        max_digits=MOST_DIGITS,
        help_text=_(
            "So near to the line the AI is unsure. Runs started from then on follow both; those that have run keep "
            "what they said."
        ),
    )
    auto_line = forms.IntegerField(label=_("The AI decides low stakes alone from, %"), **limits("auto_line_u6"))
    spot_check = forms.IntegerField(label=_("Of these a person checks, %"), **limits("spot_check_share_u6"))
    medium_fee = forms.IntegerField(label=_("Medium stakes from"), min_value=1, max_value=MOST_MONEY)
    high_fee = forms.IntegerField(label=_("High stakes from"), min_value=1, max_value=MOST_MONEY)
    high_share = forms.IntegerField(
        label=_("High stakes from this share of the budget, %"), **limits("high_budget_share_u6")
    )
    fast_track = forms.ChoiceField(label=_("Fast track"), choices=FastTrack.choices)
    results_months = forms.IntegerField(
        label=_("Results older than this many months prove no partner"), **limits("results_months")
    )
    trusts_referrals = forms.BooleanField(label=_("A referral by a colleague is enough for fast track"), required=False)
    trusted = forms.MultipleChoiceField(
        label=_("Whose referral counts"), help_text=_("Nobody chosen: any colleague’s."), required=False
    )
    review_budget = forms.IntegerField(label=_("Cards of a run that people are asked about"), **limits("review_budget"))
    random_share = forms.IntegerField(label=_("Of these drawn at random, %"), **limits("random_share_u6"))
    card_minutes = forms.IntegerField(label=_("Minutes of a person for one card"), **limits("card_minutes"))
    minute_cost = forms.DecimalField(
        label=_("Cost of a person’s minute"),
        min_value=0,
        max_value=10_000,
        decimal_places=2,
        required=False,
        help_text=_("Empty: the budget of cards alone says when to stop asking."),
    )
    blind_share = forms.IntegerField(label=_("Blind-first under high stakes, %"), **limits("blind_share_u6"))
    deadline_hours = forms.IntegerField(label=_("Hours to decide"), **limits("deadline_hours"))
    undo_seconds = forms.IntegerField(label=_("Seconds to take a decision back"), **limits("undo_seconds"))
    auto_undo_hours = forms.IntegerField(
        label=_("Hours to take back what was decided without a person"), **limits("auto_undo_hours")
    )
    has_business_hours = forms.BooleanField(label=_("Deadlines count working hours of the market only"), required=False)
    fresh_sign_in = forms.IntegerField(
        label=_("An approval asks for the password again from"), min_value=1, max_value=MOST_MONEY, required=False
    )
    practice_share = forms.IntegerField(
        label=_("Practice cards among a person’s cards, %"), **limits("practice_share_u6")
    )
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none())
    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=User.objects.none(), required=False)

    def __init__(self, data: Any = None, *, policy: Policy) -> None:
        self.minor = money.minor_units(policy.brand.currency)
        super().__init__(data, initial=self._initial(policy))
        here = policies.holders(Role.MANAGER, policy.brand_id, policy.market_id)
        managers = list(here)
        for name in ("owner", "deputy"):
            self.fields[name].queryset = here  # type: ignore[attr-defined]
            offer(self.fields[name], managers)
        for name in ("medium_fee", "high_fee", "fresh_sign_in"):
            self.fields[name].help_text = policy.brand.currency
        known = User.objects.filter(pk__in=policies.everybody(policy.brand_id, policy.market_id)).order_by("name")
        roles = [(f"role:{role.value}", role.label) for role in policies.TRUSTED_ROLES]
        self.fields["trusted"].choices = [*roles, *((f"user:{one.pk}", one.name) for one in known)]  # type: ignore[attr-defined]

    def _initial(self, policy: Policy) -> dict[str, Any]:
        return {
            "decision_line": _tenths(policy.decision_line_u6), "unsure_band": _tenths(policy.unsure_band_u6),
            "is_shadow": policy.is_shadow, "auto_line": policy.auto_line_u6 // PERCENT, "owner": policy.owner_id,
            "spot_check": policy.spot_check_share_u6 // PERCENT, "medium_fee": self._whole(policy.medium_fee_minor),
            "high_fee": self._whole(policy.high_fee_minor), "high_share": policy.high_budget_share_u6 // PERCENT,
            "trusts_referrals": policy.trusts_referrals, "review_budget": policy.review_budget,
            "random_share": policy.random_share_u6 // PERCENT, "deadline_hours": policy.deadline_hours,
            "undo_seconds": policy.undo_seconds, "deputy": policy.deputy_id, "fast_track": policy.fast_track,
            "results_months": policy.results_months, "trusted": policy.trusted or None,
            "card_minutes": policy.card_minutes,
            "minute_cost": None if policy.minute_cost_minor is None else policy.minute_cost_minor / self.minor,
            "fresh_sign_in": self._whole(policy.fresh_sign_in_minor), "has_business_hours": policy.has_business_hours,
            "practice_share": policy.practice_share_u6 // PERCENT, "auto_undo_hours": policy.auto_undo_hours,
            "blind_share": policy.blind_share_u6 // PERCENT,
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuse a band of Unsure that leaves no room for a verdict, at its field and with what was found."""
        said = super().clean() or self.cleaned_data
        line, band = said.get("decision_line"), said.get("unsure_band")
        if line is not None and band is not None:
            try:
                bounds.require_line(int(line * PERCENT), int(band * PERCENT))
            except bounds.NotAPolicy as refused:
                self.refuse(refused)
        return said

    def _whole(self, amount_minor: int | None) -> int | None:
        return None if amount_minor is None else amount_minor // self.minor

    def refuse(self, refused: bounds.NotAPolicy) -> None:
        """Say what a rule breaks at its field; what the cells say at the head of the form."""
        fields = {rule: name for name, rule in (SHARES | AMOUNTS).items()}
        field = fields.get(refused.field, refused.field)
        self.add_error(field if field in self.fields else None, str(refused))

    @property
    def rules(self) -> dict[str, Any]:
        """What goes into the draft, as `policies.propose` takes it."""
        said = self.cleaned_data
        plain = (
            "is_shadow", "trusts_referrals", "review_budget", "deadline_hours", "undo_seconds", "owner", "deputy",
            "fast_track", "results_months", "trusted", "card_minutes", "auto_undo_hours", "has_business_hours",
        )  # fmt: skip
        return (
            {name: said[name] for name in plain}
            | {column: int(said[name] * PERCENT) for name, column in SHARES.items()}
            | {column: self._minor(said[name]) for name, column in AMOUNTS.items()}
        )

    def _minor(self, amount: Any) -> int | None:
        return None if amount is None else round(amount * self.minor)
