"""What of this floor is never changed once written."""

from audit.triggers import Guard, register

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
register(*GUARDS, GATE_ANSWERS, ROUNDS, MARKS, NORMS)
