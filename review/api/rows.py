"""What the API tells of cards, decisions, questions, investigations and policies, and what it takes.

Nothing here names a creator or repeats what people wrote: answers are kept for a while (Idempotency-Key), and names and
words have to stay where they can be erased.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts import sight
from review.models import (
    ApprovalChoice,
    Because,
    Category,
    Choice,
    Decision,
    EvidenceKind,
    Finding,
    Investigation,
    OnExpiry,
    Question,
    Quick,
    Relationship,
    ReviewTask,
    Route,
)
from review.overlays import MAX_WORDS, VIEWS, Field
from review.words.reasons import opened
from screening import words
from screening.models import Verdict

SHARE: dict[str, Any] = {"min_value": 0, "max_value": 1_000_000}


class CardRow(serializers.ModelSerializer[ReviewTask]):
    """A card. is_sealed: nothing of the AI's goes to the reader until a first view is committed."""

    campaign = serializers.CharField(source="campaign.slug")
    run = serializers.IntegerField(source="recommendation.run_id")
    profile = serializers.IntegerField(source="recommendation.profile_id")
    creator = serializers.IntegerField(source="recommendation.creator_id")
    fee_minor = serializers.SerializerMethodField()
    is_sealed = serializers.SerializerMethodField()

    class Meta:
        model = ReviewTask
        fields = [
            "id", "campaign", "run", "brand", "market", "profile", "creator", "state", "stakes", "fee_minor",
            "opened_at", "due_at", "paused_at", "claimed_by", "claimed_until", "escalated_to", "closed_at",
            "is_sealed", "version",
        ]  # fmt: skip
        read_only_fields = fields

    def get_fee_minor(self, found: ReviewTask) -> int | None:
        """Return the fee; null where the reader's role does not need it."""
        return sight.figure(found.fee_minor, found)

    def get_is_sealed(self, found: ReviewTask) -> bool:
        """Tell whether the AI's side is kept from the reader."""
        return found.pk in self.context["sealed"]


class AiSide(serializers.ModelSerializer[ReviewTask]):
    """What the AI says on a card, and why and how it came before people."""

    recommendation = serializers.IntegerField(source="recommendation_id")
    verdict = serializers.ChoiceField(Verdict.choices, source="recommendation.verdict")
    p_u6 = serializers.IntegerField(source="recommendation.p_u6")
    score_u6 = serializers.IntegerField(source="recommendation.score_u6")
    factors = serializers.ListField(source="recommendation.factors")
    flags = serializers.ListField(source="recommendation.flags")
    look = serializers.SerializerMethodField()
    route = serializers.ChoiceField(Route.choices)
    lane = serializers.CharField()
    on_expiry = serializers.ChoiceField(OnExpiry.choices)
    reasons = serializers.ListField()

    class Meta:
        model = ReviewTask
        fields = [
            "recommendation", "verdict", "p_u6", "score_u6", "factors", "flags", "look", "route", "lane", "reasons",
            "is_guarded", "on_expiry", "probability_u6",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, found: ReviewTask) -> dict[str, Any]:
        """Return the side without prices that the reader's role does not need."""
        told: dict[str, Any] = super().to_representation(found)
        ai = {name: words.opened(told[name]) for name in ("factors", "flags")}
        return told | ai | {"reasons": opened(told["reasons"])}

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_look(self, found: ReviewTask) -> Any:
        """Return what a look at the flags would find, in millionths; null where the run tells nothing of it."""
        return found.recommendation.knowledge.get("look")


class CardWhole(CardRow):
    """A card with the AI's side (null while it is sealed for the reader) and the verbs that the reader has now."""

    ai = serializers.SerializerMethodField()
    allowed = serializers.SerializerMethodField()

    class Meta(CardRow.Meta):
        fields = [*CardRow.Meta.fields, "ai", "allowed"]
        read_only_fields = fields

    @extend_schema_field(AiSide(allow_null=True))
    def get_ai(self, found: ReviewTask) -> Any:
        """Return the AI's side where the reader may see it."""
        return None if found.pk in self.context["sealed"] else AiSide(found).data

    def get_allowed(self, found: ReviewTask) -> list[str]:
        """Return the verbs that would be let pass now."""
        return sorted(self.context["allowed"])


class DecisionRow(serializers.ModelSerializer[Decision]):
    """A decision record: the AI's advice as it stood, the choice, and who owns it. entry: of the audit log."""

    card = serializers.IntegerField(source="task_id")
    entry = serializers.UUIDField(source="audit_id")
    category = serializers.CharField()
    category_too = serializers.ListField(child=serializers.CharField())
    arm = serializers.CharField()

    class Meta:
        model = Decision
        fields = [
            "id", "card", "choice", "origin", "decided_by", "owner", "at", "ai_verdict", "ai_p_u6", "model_sha256",
            "pool_sha256", "policy", "arm", "is_override", "category", "category_too", "rationale_length",
            "expected_p_u6", "hold_until_date", "supersedes", "entry",
        ]  # fmt: skip
        read_only_fields = fields


class QuestionRow(serializers.ModelSerializer[Question]):
    """A question about a card. quick: the answer of one press; words stand on the card's page."""

    card = serializers.IntegerField(source="task_id")
    role = serializers.CharField()
    quick = serializers.CharField()

    class Meta:
        model = Question
        fields = ["id", "card", "kind", "by", "to", "role", "at", "due_at", "state", "quick", "answered_by", "ended_at"]
        read_only_fields = fields


class InvestigationRow(serializers.ModelSerializer[Investigation]):
    """Why the AI and a person contradict each other; words stand on its page."""

    card = serializers.IntegerField(source="task_id")
    finding = serializers.CharField()

    class Meta:
        model = Investigation
        fields = [
            "id", "card", "why", "by", "person", "says_yes", "decision", "ai_verdict", "ai_p_u6", "flag", "owner",
            "opened_at", "due_at", "closed_at", "closed_by", "finding", "norm",
        ]  # fmt: skip
        read_only_fields = fields


class DecideIn(serializers.Serializer[Any]):
    """A decision. Against the AI it takes a category, or several, and a rationale of 40 characters or more."""

    choice = serializers.ChoiceField([Choice.APPROVE, Choice.REJECT, Choice.HOLD])
    category = serializers.ChoiceField(Category.choices, required=False, default="", allow_blank=True)
    category_too = serializers.ListField(
        child=serializers.ChoiceField(Category.choices), required=False, default=list, max_length=len(Category)
    )
    rationale = serializers.CharField(required=False, default="", allow_blank=True, max_length=8_000)
    proof = serializers.CharField(required=False, default="", allow_blank=True, max_length=4_000)
    hold_until = serializers.DateField(required=False, allow_null=True, default=None)
    expected_p_u6 = serializers.IntegerField(required=False, allow_null=True, default=None, **SHARE)


class FirstViewIn(serializers.Serializer[Any]):
    """What a person thinks before the AI speaks."""

    says_yes = serializers.BooleanField()
    p_u6 = serializers.IntegerField(**SHARE)
    is_firm = serializers.BooleanField(default=False)
    because = serializers.ChoiceField(Because.choices)
    because_too = serializers.ChoiceField(Because.choices, allow_blank=True, default="")
    sentence = serializers.CharField(max_length=1_000)


class ViewIn(serializers.Serializer[Any]):
    """What a person adds beside the recommendation. Scales go from 1 to 5."""

    relationship = serializers.ChoiceField(Relationship.choices, required=False)
    has_interest = serializers.BooleanField(required=False)
    cultural_fit = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    strategic_alignment = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    gut_rating = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    factor_views = serializers.DictField(child=serializers.ChoiceField(VIEWS), required=False)
    words = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=MAX_WORDS), required=False,
        help_text=f"By field: {', '.join(Field.values)}, or factor:CODE",
    )  # fmt: skip


class ReasonIn(serializers.Serializer[Any]):
    """Why, in own words."""

    reason = serializers.CharField(max_length=4_000)


class TextIn(serializers.Serializer[Any]):
    """A text."""

    text = serializers.CharField(max_length=4_000)


class AskIn(TextIn):
    """A question: to one, two or three people by id, or to whoever holds a role."""

    to = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=3)
    role = serializers.ChoiceField(["strategist", "expert", "manager"], required=False, allow_blank=True)
    hours = serializers.IntegerField(required=False, min_value=1, max_value=720)


class ReplyIn(serializers.Serializer[Any]):
    """An answer: of one press, in words, or both."""

    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=4_000)
    quick = serializers.ChoiceField(Quick.choices, required=False, default="", allow_blank=True)


class InvestigateIn(TextIn):
    """What should be looked into. flag: one of the card's, feature:side."""

    flag = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)


class EvidenceIn(TextIn):
    """A line in an investigation."""

    kind = serializers.ChoiceField(EvidenceKind.choices)


class FindingIn(TextIn):
    """How an investigation ends. “Normal for this market” makes a norm and is found on its page."""

    finding = serializers.ChoiceField([one for one in Finding.choices if one[0] != Finding.NORMAL])


class ApprovalIn(serializers.Serializer[Any]):
    """A manager's answer. conditions: one a line; exit_date: until when leaving costs nothing."""

    choice = serializers.ChoiceField([ApprovalChoice.APPROVE, ApprovalChoice.ASK, ApprovalChoice.REJECT])
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=4_000)
    conditions = serializers.CharField(required=False, default="", allow_blank=True, max_length=2_000)
    exit_date = serializers.DateField(required=False, allow_null=True, default=None)
