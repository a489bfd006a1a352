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
ANSWERED_ONCE = Rule(
    "review_handoff_answered_once", "UPDATE OF is_enough, answered_at, missing_length, answer_audit_id",
    "OLD.is_enough IS NOT NULL",
    "a hand-off is answered once",
)  # fmt: skip
KEPT_ONCE = Rule(
    "review_promise_kept_once", "UPDATE OF kept_at, kept_by_id", "OLD.kept_at IS NOT NULL", "a promise is kept once"
)
TEAM = (
    Guard(
        "review_handoff", ("id", "audit_id"),
        columns=("task_id", "why", "before_id", "to_id", "by_id", "at", "length", "audit_id"), rules=(ANSWERED_ONCE,),
    ),
    Guard(
        "review_promise", ("id", "audit_id"),
        columns=("task_id", "by_id", "owner_id", "at", "due_date", "length", "audit_id"), rules=(KEPT_ONCE,),
    ),
    Guard("review_mention", ("id", "note_id, user_id")),
    Guard("review_creatorclock", ("id", "audit_id", "idempotency_key")),
    Guard(
        "review_absence", ("id", "audit_id"),
        columns=("user_id", "deputy_id", "from_date", "until_date", "set_by_id", "at", "audit_id"),
    ),
)  # fmt: skip
# Only who answered, when and what may be added to a question or an investigation, and once.
ENDS_ONCE = Rule(
    "review_question_ends_once", "UPDATE", "OLD.state <> 'open'", "a question that ended stays as it ended",
)  # fmt: skip
CLOSED_ONCE = Rule(
    "review_investigation_closed_once", "UPDATE", "OLD.closed_at IS NOT NULL",
    "an investigation that was closed stays as it was closed",
)  # fmt: skip
CASES = (
    Guard("review_evidence", ("id", "audit_id")),
    Guard(
        "review_question", ("id",), rules=(ENDS_ONCE,),
        columns=("task_id", "kind", "gate_id", "by_id", "to_id", "role", "at", "length", "instead_of_id", "audit_id"),
    ),
    Guard(
        "review_investigation", ("id", "audit_id"), rules=(CLOSED_ONCE,),
        columns=("task_id", "why", "by_id", "person_id", "says_yes", "decision_id", "ai_verdict", "ai_p_u6", "flag",
                 "opened_at", "length", "audit_id"),
    ),
)  # fmt: skip
RESTARTED_ONCE = Rule(
    "review_stop_ends_once", "UPDATE OF proposed_by_id, proposed_at, confirmed_by_id, ended_at",
    "OLD.ended_at IS NOT NULL",
    "a stop ends once",
)  # fmt: skip
PRACTISED_ONCE = Rule(
    "review_practice_ends_once", "UPDATE", "OLD.answered_at IS NOT NULL OR OLD.skipped_at IS NOT NULL",
    "practice that was answered or put off stays as it was",
)  # fmt: skip
PRACTICE = (
    Guard(
        "review_practice", ("id", "audit_id"), rules=(PRACTISED_ONCE,),
        columns=("user_id", "recommendation_id", "outcome_id", "policy_id", "brand", "market", "turn", "seed",
                 "share_u6", "probability_u6", "ai_was_right", "drawn_at"),
    ),
    Guard("review_alarm"),
)  # fmt: skip
GUARDS = (
    Guard("review_decision", ("id", "idempotency_key", "audit_id", "supersedes_id")),
    Guard("review_approval", ("id", "idempotency_key", "audit_id", "supersedes_id"), rules=(TRUE_DECIDER,)),
    Guard("review_overlay", ("id", "task_id, version", "audit_id")),
    Guard("review_firstview", ("id", "task_id, by_id", "audit_id")),
    Guard("review_note", ("id", "audit_id")),
    Guard("review_weights", ("id", "market_id, version", "audit_id")),
    Guard("review_routedfacts", ("id", "task_id")),
    Guard(
        "review_stop",
        ("id", "audit_id"),
        columns=("brand", "market_id", "model_id", "by_id", "at", "reason_length", "came_back", "audit_id"),
        rules=(RESTARTED_ONCE,),
    ),
    # A version may become active and retired; its rules stay as they were approved.
    Guard(
        "review_policy",
        ("id", "brand_id, market_id, version", "audit_id"),
        columns=(
            "brand_id", "market_id", "version", "owner_id", "deputy_id", "is_shadow", "decision_line_u6",
            "unsure_band_u6", "auto_line_u6", "spot_check_share_u6", "random_share_u6", "review_budget",
            "deadline_hours", "undo_seconds", "medium_fee_minor", "high_fee_minor", "high_budget_share_u6",
            "fast_track", "results_months", "trusts_referrals", "trusted", "auto_undo_hours", "card_minutes",
            "minute_cost_minor", "rights", "blind_share_u6", "practice_share_u6", "fresh_sign_in_minor",
            "has_business_hours", "proposed_by_id", "created_at", "audit_id",
        ),
        rules=(APPROVED_ONCE,),
    ),
)  # fmt: skip
register(*GUARDS, *TEAM, *CASES, *PRACTICE)
