"""What the API tells and takes of the rules of who decides, of what they would have done, and of the stop button."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.models import Status
from review import bounds, dry_run, policies, stops
from review.judgement.rights import Clock, Leads
from review.models import FastTrack, Policy, Stop
from screening.api.given import MOST_MINOR

ID: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}
STATES = [(one.value, one.value) for one in Status]


class PolicyRow(serializers.ModelSerializer[Policy]):
    """A version of the rules of a brand and market. Shares are in millionths, amounts in the brand's minor units."""

    rights = serializers.DictField()
    trusted = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Policy
        fields = [
            "id", "brand", "market", "version", "state", "owner", "deputy", *policies.RULES, "proposed_by",
            "approved_by", "approved_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class StopRow(serializers.ModelSerializer[Stop]):
    """A stop of the AI. brand, model: empty and null for all of them; why stands on the page of the rules."""

    brand = serializers.CharField(allow_blank=True)
    entry = serializers.UUIDField(source="audit_id")

    class Meta:
        model = Stop
        fields = [
            "id", "brand", "market", "model", "by", "at", "came_back", "proposed_by", "proposed_at", "confirmed_by",
            "ended_at", "entry",
        ]  # fmt: skip
        read_only_fields = fields


class SideRow(serializers.Serializer[Any]):
    """Cards under some rules, counted by who leads and by stakes; of those decided alone how many worked out."""

    ways = serializers.DictField(child=serializers.IntegerField())
    stakes = serializers.DictField(child=serializers.IntegerField())
    blind = serializers.IntegerField()
    people = serializers.IntegerField()
    alone = serializers.IntegerField()
    known = serializers.IntegerField()
    worked = serializers.IntegerField()
    low_u6 = serializers.IntegerField()
    high_u6 = serializers.IntegerField()


class WayRow(serializers.Serializer[Any]):
    """How a card goes."""

    kind = serializers.CharField()
    stakes = serializers.CharField()
    is_blind = serializers.BooleanField()


class ExampleRow(serializers.Serializer[Any]):
    """A candidate whom the rules would treat otherwise; null: not shown to anybody."""

    run = serializers.IntegerField()
    profile = serializers.IntegerField(source="profile.pk")
    card = serializers.IntegerField(source="task", allow_null=True)
    was = serializers.SerializerMethodField()
    would = serializers.SerializerMethodField()

    @extend_schema_field(WayRow(allow_null=True))
    def get_was(self, found: dry_run.Example) -> Any:
        """Return how the card went."""
        return _way(found.was)

    @extend_schema_field(WayRow(allow_null=True))
    def get_would(self, found: dry_run.Example) -> Any:
        """Return how it would go."""
        return _way(found.would)


def _way(told: list[Any] | None) -> dict[str, Any] | None:
    return dict(zip(("kind", "stakes", "is_blind"), told, strict=True)) if told else None


class PolicyTrialFound(serializers.Serializer[Any]):
    """What proposed rules would have done to the cards of the last 90 days."""

    cards = serializers.IntegerField()
    runs = serializers.IntegerField()
    played = serializers.IntegerField(help_text="Runs that could be played again exactly")
    sealed_runs = serializers.IntegerField()
    old_runs = serializers.IntegerField()
    unlike = serializers.IntegerField()
    opened = serializers.IntegerField()
    unknown = serializers.IntegerField()
    sealed = serializers.IntegerField()
    old = SideRow()
    new = SideRow()
    median_seconds = serializers.IntegerField(allow_null=True)
    timed = serializers.IntegerField()
    n_changed = serializers.IntegerField()
    changed = ExampleRow(many=True, help_text="Some of them, without cards that are sealed for the reader")


class PolicyTrialRow(serializers.Serializer[Any]):
    """The work that tries a draft. found: null until it has ended well."""

    job = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(STATES, allow_null=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    found = PolicyTrialFound(allow_null=True)


def _rule(name: str) -> serializers.IntegerField:
    low, high = bounds.LIMITS[name]
    return serializers.IntegerField(required=False, min_value=low, max_value=high)


def _amount(least: int = 1, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(required=False, min_value=least, max_value=MOST_MINOR, **more)


class CellIn(serializers.Serializer[Any]):
    """What one kind of decision at some stakes has of its own."""

    leads = serializers.ChoiceField([one.value for one in Leads], required=False)
    decision_line_u6 = _rule("decision_line_u6")
    auto_line_u6 = _rule("auto_line_u6")
    blind_share_u6 = _rule("blind_share_u6")
    spot_check_share_u6 = _rule("spot_check_share_u6")
    hours = _rule("hours")
    on_expiry = serializers.ChoiceField([one.value for one in Clock], required=False)
    deputy = serializers.IntegerField(required=False, **ID)


class RulesIn(serializers.Serializer[Any]):
    """The next version of the rules of a brand and market. What is left out stays as in the last version."""

    brand = serializers.SlugField(max_length=60)
    market = serializers.CharField(max_length=12)
    owner = serializers.IntegerField(required=False, help_text="A manager there", **ID)
    deputy = serializers.IntegerField(required=False, allow_null=True, help_text="Another manager there", **ID)
    is_shadow = serializers.BooleanField(required=False)
    decision_line_u6 = _rule("decision_line_u6")
    unsure_band_u6 = serializers.IntegerField(required=False, min_value=0, max_value=500_000)
    auto_line_u6 = _rule("auto_line_u6")
    spot_check_share_u6 = _rule("spot_check_share_u6")
    random_share_u6 = _rule("random_share_u6")
    review_budget = _rule("review_budget")
    deadline_hours = _rule("deadline_hours")
    undo_seconds = _rule("undo_seconds")
    medium_fee_minor = _amount()
    high_fee_minor = _amount()
    high_budget_share_u6 = _rule("high_budget_share_u6")
    fast_track = serializers.ChoiceField(FastTrack.choices, required=False)
    results_months = _rule("results_months")
    trusts_referrals = serializers.BooleanField(required=False)
    trusted = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=200,
        help_text="Whose referrals count: role:expert, user:5; none: any colleague's",
    )  # fmt: skip
    auto_undo_hours = _rule("auto_undo_hours")
    card_minutes = _rule("card_minutes")
    minute_cost_minor = _amount(0, allow_null=True)
    rights = serializers.DictField(
        child=serializers.DictField(child=CellIn()), required=False, help_text="By kind of decision, then by stakes"
    )
    blind_share_u6 = _rule("blind_share_u6")
    practice_share_u6 = _rule("practice_share_u6")
    fresh_sign_in_minor = _amount(allow_null=True)
    has_business_hours = serializers.BooleanField(required=False)


class WhyIn(serializers.Serializer[Any]):
    """Why, in a sentence."""

    reason = serializers.CharField(max_length=policies.MAX_REASON)


class StopIn(serializers.Serializer[Any]):
    """What is stopped: a model of the market, or all; brand: empty for all brands, which takes a manager of all."""

    brand = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    market = serializers.CharField(max_length=12)
    model = serializers.IntegerField(required=False, allow_null=True, default=None, **ID)
    reason = serializers.CharField(max_length=stops.MAX_REASON)
