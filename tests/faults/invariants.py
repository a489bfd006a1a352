"""What must hold after any fault: nothing lost, nothing twice, nothing half there, every job ended."""

from collections import Counter
from collections.abc import Callable, Mapping

from tests.faults.world import ROWS

Query = Callable[[str], list[tuple]]
# What is wrong -> a query that finds it.
NEVER = {
    "a decision without its audit entry": """SELECT d.id FROM review_decision d
        LEFT JOIN audit_auditentry e ON e.uid = d.audit_id AND e.kind = 'decision' WHERE e.uid IS NULL""",
    "an audit entry without its decision": """SELECT e.uid FROM audit_auditentry e
        LEFT JOIN review_decision d ON d.audit_id = e.uid WHERE e.kind = 'decision' AND d.id IS NULL""",
    "a view without its audit entry": """SELECT o.id FROM review_overlay o
        LEFT JOIN audit_auditentry e ON e.uid = o.audit_id WHERE e.uid IS NULL""",
    "an audit entry without its view": """SELECT e.uid FROM audit_auditentry e
        LEFT JOIN review_overlay o ON o.audit_id = e.uid WHERE e.kind = 'overlay' AND o.id IS NULL""",
    "a view without the decision that it was sent with": """SELECT o.id FROM review_overlay o
        LEFT JOIN review_decision d ON d.overlay_id = o.id WHERE d.id IS NULL""",
    "an entry that neither has a place in the log nor waits for one": """SELECT e.uid FROM audit_auditentry e
        LEFT JOIN audit_auditpending p ON p.uid = e.uid LEFT JOIN audit_auditleaf l ON l.uid = e.uid
        WHERE (p.uid IS NULL) = (l.uid IS NULL)""",
    "a log with a hole, or one that is not signed to its end": """SELECT count(*), max(seq) FROM audit_auditleaf
        HAVING count(*) <> coalesce(max(seq) + 1, 0)
        OR count(*) <> coalesce((SELECT max(size) FROM audit_auditcheckpoint), 0)""",
    "a reason without its words": """SELECT d.id FROM review_decision d
        LEFT JOIN audit_auditpayload p ON p.uid = d.audit_id WHERE d.rationale_length > 0 AND p.uid IS NULL""",
    "a card that is not where its decision leads": """SELECT t.id FROM review_decision d
        JOIN review_reviewtask t ON t.id = d.task_id WHERE d.origin = 'person'
        AND t.state <> CASE d.choice WHEN 'approve' THEN 'approved' ELSE 'rejected' END""",
    "a closed card without a decision": """SELECT t.id FROM review_reviewtask t
        LEFT JOIN review_decision d ON d.task_id = t.id WHERE t.state IN ('approved', 'rejected') AND d.id IS NULL""",
    "two decisions on a card": "SELECT task_id FROM review_decision GROUP BY task_id HAVING count(*) > 1",
    "a job that did not end well": "SELECT id, kind, status, error FROM jobs_job WHERE status <> 'succeeded'",
    "an import that is not loaded whole": f"""SELECT b.id, b.status, b.loaded FROM screening_importbatch b
        WHERE b.status <> 'loaded' OR b.loaded <> {ROWS} OR b.records <> {ROWS}
        OR (SELECT count(*) FROM screening_metrics m WHERE m.batch_id = b.id) <> {ROWS}""",
    "a run that is not complete": "SELECT id, status FROM screening_screeningrun WHERE status <> 'completed'",
}


def broken(query: Query, acknowledged: Mapping[str, tuple[int, str]]) -> list[str]:
    """Say what does not hold; empty when everything does."""
    found = [f"{what}: {rows[:5]}" for what, sql in NEVER.items() if (rows := query(sql))]
    kept = query("SELECT idempotency_key, task_id, choice FROM review_decision WHERE origin = 'person'")
    times = Counter(kept)
    for key, (card, choice) in acknowledged.items():
        if times[(key, card, choice)] != 1:
            found.append(f"an acknowledged {choice} on card {card} stands {times[(key, card, choice)]} times")
    return found
