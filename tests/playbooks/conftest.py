"""An approved card with a view, and the people around it."""

from datetime import UTC, datetime, timedelta

import pytest

from review import decisions, overlays
from tests import factories as make

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def elena(db):
    return make.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def approved(elena):
    policy = make.policy(make.brand(), make.market())
    answer = make.recommendation(make.run(make.campaign()), verdict="decline", p_u6=350_000)
    task = make.task(answer, policy=policy, opened_at=NOW)
    overlays.save(
        task, by=elena, now=NOW, relationship="worked", cultural_fit=4,
        words={"how_to_brief": "Send the cream early.", "risk_note": "Late with drafts."},
    )  # fmt: skip
    task.refresh_from_db()
    decisions.decide(
        task, choice="approve", by=elena, now=NOW + timedelta(minutes=2), version=task.version, key="k1",
        category="context", rationale="Her readers ask for this product by name, week after week.",
    )  # fmt: skip
    task.refresh_from_db()
    return task
