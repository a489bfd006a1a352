"""What of this floor is never changed once written."""

from dataclasses import replace

from audit.triggers import Guard, Rule, register

# Rows of an import that never became visible may go; loaded figures may not.
UNLOADED = "COALESCE((SELECT status FROM screening_importbatch WHERE id = OLD.batch_id), 'loaded') <> 'loaded'"

GUARDS = (
    Guard("screening_metrics", ("id",), deletable=UNLOADED),
    Guard("screening_brief", ("id", "campaign_id, version")),
    Guard("screening_recommendation", ("id", "run_id, profile_id", "audit_id")),
    Guard("screening_outcome", ("id", "audit_id", "replaces_id")),
)
GATE_ANSWERS = Guard("screening_gateanswer", ("id", "audit_id"))  # a table of a later migration
NORMS = Guard(  # only its end may be added to a norm
    "screening_marketnorm", ("id", "audit_id"),
    columns=("market_id", "number", "flag", "scope", "author_id", "reason_length", "valid_from_date",
             "valid_until_date", "replaces_id", "audit_id"),
)  # fmt: skip
ROUNDS = Guard("screening_discoveryround", ("id", "discovery_id, number", "audit_id"))
MARKS = Guard(  # taken back, a mark stays with who took it back
    "screening_discoverymark", ("id", "audit_id"),
    columns=("discovery_id", "round", "kind", "profile_id", "feature", "by_id", "at", "changed_u6", "audit_id"),
)  # fmt: skip
FORECASTERS = Guard("screening_forecaster", ("id", "market_id, kpi, version", "audit_id"))
LOOKOUTS = Guard("screening_lookout", ("id", "market_id, version", "audit_id"))
CORRECTIONS = Guard(  # taken back, a correction stays with its day
    "screening_correction", ("id", "audit_id", "figures_id"),
    columns=("creator_id", "field", "figures_id", "was_id", "since_date", "by_id", "at", "audit_id"),
)  # fmt: skip
RETENTION = Guard("screening_retention", ("id", "audit_id"))
# What is let go of an erased creator; columns of a later migration.
ERASED = "EXISTS (SELECT 1 FROM screening_creator one WHERE one.id = {} AND one.erased_at IS NOT NULL)"
OF_PROFILE = "(SELECT creator_id FROM screening_profile WHERE id = OLD.profile_id)"
LONGER = "COALESCE(LENGTH(CAST(NEW.{0} AS TEXT)), 0) > COALESCE(LENGTH(CAST(OLD.{0} AS TEXT)), 0)"
ERASABLE = (
    Guard(
        "screening_metrics", ("id",), deletable=f"{UNLOADED} OR {ERASED.format(OF_PROFILE)}",
        columns=(
            "profile_id", "taken_at", "batch_id", "source", "is_typed_by_hand", "followers", "following", "posts",
            "likes_avg", "comments_avg", "views_avg", "shares_avg", "engagement_avg", "authentic_avg", "views_total",
            "views_30d", "viewers_avg", "viewers_peak", "watch_minutes", "stream_minutes", "followers_gained",
            "posts_in_period", "period_days", "tags_avg", "mentions_avg", "ads_in_period", "gap_days", "fee_minor",
            "currency", "row_sha256",
        ),
        rules=(
            Rule(
                "screening_metrics_only_forget", "UPDATE OF said, named",
                f"{LONGER.format('said')} OR {LONGER.format('named')}",
                "what posts say and name can only be forgotten",
            ),
        ),
    ),
    replace(CORRECTIONS, deletable=ERASED.format("OLD.creator_id")),
)  # fmt: skip
register(*GUARDS, *ERASABLE, RETENTION, GATE_ANSWERS, ROUNDS, MARKS, NORMS, FORECASTERS, LOOKOUTS)
