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
register(*GUARDS, GATE_ANSWERS)
