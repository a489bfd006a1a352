"""What of this floor is never changed once written, and the rule that an approval names the true decider."""

from typing import Any

from django.db.migrations import RunPython

from audit.triggers import Guard, register

GUARDS = (
    Guard("review_decision", ("id", "idempotency_key", "audit_id", "supersedes_id")),
    Guard("review_approval", ("id", "idempotency_key", "audit_id", "supersedes_id")),
    Guard("review_overlay", ("id", "task_id, version", "audit_id")),
    Guard("review_note", ("id", "audit_id")),
    # A version may become active and retired; its rules stay as they were approved.
    Guard(
        "review_policy",
        ("id", "brand_id, market_id, version", "audit_id"),
        columns=(
            "brand_id", "market_id", "version", "owner_id", "decision_line_u6", "unsure_band_u6", "auto_line_u6",
            "spot_check_share_u6", "random_share_u6", "review_budget", "deadline_hours", "undo_seconds",
            "medium_fee_minor", "high_fee_minor", "high_budget_share_u6", "proposed_by_id", "audit_id",
        ),
    ),
)  # fmt: skip
register(*GUARDS)

TRUE_DECIDER = "(SELECT decided_by_id FROM review_decision WHERE id = NEW.decision_id)"
NAME = "review_approval_true_decider"


def approvals_name_the_decider() -> RunPython:
    """Return the operation that keeps `Approval.decider` equal to its decision's decider."""

    def forwards(apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(
                f"CREATE TRIGGER {NAME} BEFORE INSERT ON review_approval WHEN NEW.decider_id IS NOT {TRUE_DECIDER}"
                " BEGIN SELECT RAISE(ABORT, 'the decider of an approval is the one who decided'); END",
                None,
            )
            return
        editor.execute(
            f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.decider_id IS DISTINCT FROM {TRUE_DECIDER} THEN"
            " RAISE EXCEPTION 'the decider of an approval is the one who decided' USING ERRCODE = 'check_violation';"
            " END IF; RETURN NEW; END $$",
            None,
        )
        editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE INSERT ON review_approval FOR EACH ROW EXECUTE FUNCTION {NAME}()", None
        )

    def backwards(apps: Any, editor: Any) -> None:
        on = "" if editor.connection.vendor == "sqlite" else " ON review_approval"
        editor.execute(f"DROP TRIGGER IF EXISTS {NAME}{on}")

    return RunPython(forwards, backwards)
