"""What the API tells of campaigns, briefs and runs: every field is named here, none comes by itself."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts import sight
from screening import judging, ranking, words
from screening.models import (
    Brand,
    Brief,
    Campaign,
    Creator,
    ImportBatch,
    Market,
    Outcome,
    Profile,
    Recommendation,
    RunStatus,
    ScoringModel,
    ScreeningRun,
    Verdict,
)


class CampaignRow(serializers.ModelSerializer[Campaign]):
    """A campaign. Amounts are minor units of its currency."""

    currency = serializers.CharField(source="brand.currency")
    fee_minor = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields = [
            "slug", "name", "brand", "market", "objective", "budget_minor", "fee_minor", "currency", "wanted",
            "deadline_date", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_fee_minor(self, found: Campaign) -> int | None:
        """Return what is offered to one creator; null where the reader's role does not need it."""
        return sight.figure(found.fee_minor, found)


class BriefRow(serializers.ModelSerializer[Brief]):
    """A version of a brief; it is never changed."""

    criteria = serializers.DictField()
    preferences = serializers.DictField()

    class Meta:
        model = Brief
        fields = ["version", "criteria", "preferences", "created_at"]
        read_only_fields = fields


class RunRow(serializers.ModelSerializer[ScreeningRun]):
    """A run with its inputs and counts, without cards that are sealed for the reader (`hidden` in the context)."""

    campaign = serializers.CharField(source="campaign.slug")
    status = serializers.ChoiceField(RunStatus.choices)
    brief_version = serializers.IntegerField(source="brief.version")
    pool = serializers.CharField(source="pool_id", allow_null=True)
    model = serializers.CharField(source="model.sha256")
    model_version = serializers.IntegerField(source="model.version")
    is_learned = serializers.SerializerMethodField()
    decision_line_u6 = serializers.SerializerMethodField()
    unsure_band_u6 = serializers.SerializerMethodField()
    funnel = serializers.SerializerMethodField()
    result_sha256 = serializers.SerializerMethodField()

    class Meta:
        model = ScreeningRun
        fields = [
            "id", "campaign", "number", "status", "brief_version", "pool", "model", "model_version", "is_learned",
            "round", "seed", "decision_line_u6", "unsure_band_u6", "funnel", "result_sha256", "error", "created_at",
            "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_is_learned(self, found: ScreeningRun) -> bool:
        """Tell whether the model learned from results."""
        return not found.model.is_prior

    def get_decision_line_u6(self, found: ScreeningRun) -> int:
        """Return the line against which verdicts were set, times 10^6."""
        return round(judging.line_used(found.norms).p * judging.MILLION)

    def get_unsure_band_u6(self, found: ScreeningRun) -> int:
        """Return half the band of Unsure around it, times 10^6."""
        return round(judging.line_used(found.norms).half_band * judging.MILLION)

    @extend_schema_field(serializers.DictField())
    def get_funnel(self, found: ScreeningRun) -> dict[str, Any]:
        """Return how many candidates each step left."""
        return ranking.funnel(found, self.context["hidden"])

    def get_result_sha256(self, found: ScreeningRun) -> str:
        """Return the hash of the ranking; empty while a card is sealed for the reader."""
        return "" if self.context["hidden"] else found.result_sha256


class RunLine(serializers.ModelSerializer[ScreeningRun]):
    """A run in a list: nothing that depends on what is sealed."""

    campaign = serializers.CharField(source="campaign.slug")
    status = serializers.ChoiceField(RunStatus.choices)
    brief_version = serializers.IntegerField(source="brief.version")

    class Meta:
        model = ScreeningRun
        fields = ["id", "campaign", "number", "status", "brief_version", "round", "error", "created_at", "finished_at"]
        read_only_fields = fields


class RecommendationRow(serializers.ModelSerializer[Recommendation]):
    """A frozen answer; points and chances in millionths, exact. The rank is told by `ranks` in the context."""

    rank = serializers.SerializerMethodField()
    name = serializers.CharField(source="creator.name")
    platform = serializers.CharField(source="profile.platform")
    handle = serializers.CharField(source="profile.handle")
    verdict = serializers.ChoiceField(Verdict.choices)
    chances_u6 = serializers.SerializerMethodField()
    record = serializers.SerializerMethodField()
    factors = serializers.ListField(help_text="[feature, contribution in millionths of a point, value or null]")
    flags = serializers.ListField()
    knowledge = serializers.DictField()

    class Meta:
        model = Recommendation
        fields = [
            "id", "rank", "profile", "creator", "name", "platform", "handle", "score_u6", "p_u6", "chances_u6",
            "record", "verdict", "factors", "missing", "flags", "knowledge", "figures_date",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, found: Recommendation) -> dict[str, Any]:
        """Return the answer without prices that the reader's role does not need."""
        told: dict[str, Any] = super().to_representation(found)
        return told | {name: words.opened(told[name]) for name in ("factors", "flags", "knowledge")}

    def get_rank(self, found: Recommendation) -> int:
        """Return the place among those whom the reader may see; 0 for who has none."""
        return found.rank - sum(rank < found.rank for rank in self.context["above"])

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_chances_u6(self, found: Recommendation) -> list[int]:
        """Return the band in which the chance may lie, where it was learned."""
        return [round(end * judging.MILLION) for end in found.knowledge.get("chances", ())]

    @extend_schema_field(serializers.JSONField())
    def get_record(self, found: Recommendation) -> Any:
        """Return how such answers fared before, where that is known."""
        return found.knowledge.get("record")


class OutcomeRow(serializers.ModelSerializer[Outcome]):
    """What a partnership achieved, in the KPI's unit."""

    campaign = serializers.CharField(source="campaign.slug")
    entry = serializers.UUIDField(source="audit_id")
    paid_minor = serializers.SerializerMethodField()

    class Meta:
        model = Outcome
        fields = [
            "id", "campaign", "profile", "kpi", "actual", "target", "as_of_date", "paid_minor", "is_success",
            "replaces", "by", "created_at", "entry",
        ]  # fmt: skip
        read_only_fields = fields

    def get_paid_minor(self, found: Outcome) -> int | None:
        """Return what was paid; null where it is not known or the reader's role does not need it."""
        return sight.figure(found.paid_minor, found.campaign)


class ProfileRow(serializers.ModelSerializer[Profile]):
    """An account of a creator. followers: the newest known number."""

    markets = serializers.ListField(child=serializers.CharField())
    categories = serializers.ListField()
    followers = serializers.SerializerMethodField()

    class Meta:
        model = Profile
        fields = [
            "id", "platform", "handle", "url", "name", "markets", "categories", "language", "country", "followers"
        ]  # fmt: skip
        read_only_fields = fields

    def get_followers(self, found: Profile) -> int | None:
        """Return the newest known number."""
        return self.context["followers"].get(found.pk)


class CreatorRow(serializers.ModelSerializer[Creator]):
    """A creator with the profiles that the reader sees."""

    profiles = serializers.SerializerMethodField()

    class Meta:
        model = Creator
        fields = ["id", "name", "country", "language", "do_not_contact", "profiles"]
        read_only_fields = fields

    @extend_schema_field(ProfileRow(many=True))
    def get_profiles(self, found: Creator) -> Any:
        """Return the profiles that were read with this page."""
        return ProfileRow(self.context["profiles"][found.pk], many=True, context=self.context).data


class ImportRow(serializers.ModelSerializer[ImportBatch]):
    """A file: records = loaded + merged + refused."""

    platform = serializers.CharField()

    class Meta:
        model = ImportBatch
        fields = [
            "id", "name", "sha256", "size", "source", "platform", "market", "as_of_date", "status", "records",
            "loaded", "merged", "refused", "duplicates", "job", "by", "created_at", "loaded_at",
        ]  # fmt: skip
        read_only_fields = fields


class BrandRow(serializers.ModelSerializer[Brand]):
    """A brand; is_shadow: people decide everything, until a manager opens the policy."""

    class Meta:
        model = Brand
        fields = ["slug", "name", "currency", "is_shadow"]
        read_only_fields = fields


class MarketRow(serializers.ModelSerializer[Market]):
    """A market."""

    class Meta:
        model = Market
        fields = ["code", "name_en", "name_ru", "country", "language", "currency", "time_zone"]
        read_only_fields = fields


class ModelRow(serializers.ModelSerializer[ScoringModel]):
    """A scoring model; no model decides before a named person approved it."""

    facts = serializers.DictField()

    class Meta:
        model = ScoringModel
        fields = [
            "id", "market", "version", "kind", "sha256", "state", "facts", "approved_by", "approved_at", "created_at",
            "drifted_at",
        ]  # fmt: skip
        read_only_fields = fields
