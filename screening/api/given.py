"""What the API takes of campaigns, briefs and results."""

from typing import Any

from rest_framework import serializers

from screening.engine.types import Criterion, WishKind
from screening.models import Objective, Platform

MOST_MINOR = 10**15  # minor units; the database holds more, no campaign does
MOST_WORDS, LONGEST = 200, 100


def _words(**more: Any) -> serializers.ListField:
    word = serializers.CharField(max_length=LONGEST)
    return serializers.ListField(child=word, required=False, max_length=MOST_WORDS, **more)


def _amount(**more: Any) -> serializers.FloatField:
    return serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1e12, **more)


class CampaignIn(serializers.Serializer[Any]):
    """A new campaign. Amounts are minor units of the brand's currency."""

    brand = serializers.SlugField(max_length=60)
    market = serializers.CharField(max_length=12)
    name = serializers.CharField(max_length=120)
    objective = serializers.ChoiceField(Objective.choices)
    budget_minor = serializers.IntegerField(min_value=1, max_value=MOST_MINOR)
    fee_minor = serializers.IntegerField(min_value=1, max_value=MOST_MINOR)
    wanted = serializers.IntegerField(min_value=1, max_value=500, required=False)
    deadline_date = serializers.DateField()


class CriteriaIn(serializers.Serializer[Any]):
    """Hard criteria; what is not there is not asked. fee_max: in major units of the brand's currency."""

    markets = _words()
    platforms = serializers.ListField(
        child=serializers.ChoiceField(Platform.choices), required=False, max_length=MOST_WORDS
    )
    languages = _words()
    countries = _words()
    audience_countries = _words()
    followers_min = _amount()
    followers_max = _amount()
    categories = _words()
    excluded_categories = _words()
    excluded_words = _words()
    excluded_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=10_000
    )
    fee_max = _amount()
    figures_max_days = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=36_500)
    keep_unknown = serializers.ListField(
        child=serializers.ChoiceField([one.value for one in Criterion]), required=False, max_length=MOST_WORDS,
        help_text="Criteria that a profile passes where its value is not known",
    )  # fmt: skip


class WishIn(serializers.Serializer[Any]):
    """A soft preference; 0.2 is the usual weight, all weights make 1 at most."""

    kind = serializers.ChoiceField([one.value for one in WishKind])
    weight = serializers.FloatField(min_value=0, max_value=1)
    words = _words()
    low = _amount()
    high = _amount()


class PreferencesIn(serializers.Serializer[Any]):
    """Soft preferences and the brief's own text."""

    wishes = WishIn(many=True, required=False)
    text = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class BriefIn(serializers.Serializer[Any]):
    """The next version of a brief."""

    criteria = CriteriaIn()
    preferences = PreferencesIn(required=False)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class OutcomeIn(serializers.Serializer[Any]):
    """What a partnership achieved, in the KPI's unit; target: what the campaign asked of this creator."""

    profile = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    kpi = serializers.ChoiceField(Objective.choices)
    actual = serializers.FloatField(min_value=0, max_value=1e12)
    target = serializers.FloatField(min_value=0, max_value=1e12)
    as_of_date = serializers.DateField()
    paid_minor = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=MOST_MINOR)
