"""What of this floor is never changed once written, and two rules: an approval names the true decider, and a policy
gets its approver once, while it is a draft.
"""

from audit.triggers import Guard, Rule, register

TRUE_DECIDER = Rule(
    "review_approval_true_decider", "INSERT",
    "NOT EXISTS (SELECT 1 FROM review_decision WHERE id = NEW.decision_id AND decided_by_id = NEW.decider_id)",
    "the decider of an approval is the one who decided",
)  # fmt: skip
APPROVED_ONCE = Rule(
    "review_policy_approved_once", "UPDATE OF state, approved_by_id, approved_at",
    "OLD.state <> 'draft' AND (NEW.state IN (OLD.state, 'retired') AND NEW.approved_by_id = OLD.approved_by_id"
    " AND NEW.approved_at = OLD.approved_at) IS NOT TRUE",
    "a policy that was approved can only retire",
)  # fmt: skip
GUARDS = (
    Guard("review_decision", ("id", "idempotency_key", "audit_id", "supersedes_id")),
    Guard("review_approval", ("id", "idempotency_key", "audit_id", "supersedes_id"), rules=(TRUE_DECIDER,)),
    Guard("review_overlay", ("id", "task_id, version", "audit_id")),
    Guard("review_note", ("id", "audit_id")),
    # A version may become active and retired; its rules stay as they were approved.
    Guard(
        "review_policy",
        ("id", "brand_id, market_id, version", "audit_id"),
        columns=(
            "brand_id", "market_id", "version", "owner_id", "deputy_id", "is_shadow", "decision_line_u6",
            "unsure_band_u6", "auto_line_u6", "spot_check_share_u6", "random_share_u6", "review_budget",
            "deadline_hours", "undo_seconds", "medium_fee_minor", "high_fee_minor", "high_budget_share_u6",
            "trusts_referrals", "proposed_by_id", "created_at", "audit_id",
        ),
        rules=(APPROVED_ONCE,),
    ),
)  # fmt: skip
register(*GUARDS)
