"""Passing a card to the manager by choice, with the reason in words; what the clock does stands in deadlines."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from audit import log
from audit.models import Kind
from review import decisions, policies, workflow
from review.models import About, ReviewTask, TaskState
from review.notices import tell
from review.questions import MAX_WORDS, QuestionRefused, can_be_asked, stand_in


def managers(task: ReviewTask, people: Sequence[tuple[User, frozenset[str]]]) -> list[User]:
    """Return the managers among the people who can be asked: the policy's owner first, then its deputy, then others."""
    order = {task.policy.owner_id: 0, task.policy.deputy_id: 1}
    found = [one for one, roles in people if Role.MANAGER in roles]
    return sorted(found, key=lambda one: (order.get(one.pk, 2), one.pk))


def escalate(
    task: ReviewTask, *, by: User, now: datetime, version: int, reason: str, to: User | None = None
) -> ReviewTask:
    """Pass an open card to a manager: from now on a manager decides it, in the policy's time.

    to: one of `managers`, the first of them unless named. Raises TaskMoved, QuestionRefused, Refused and NotAllowed.
    """
    reason = reason.strip()
    with transaction.atomic():
        task, by = workflow.lock(task, "escalate", by=by)
        decisions.require_version(task, version)
        workflow.check(task, "escalate", by=by, now=now)
        if not reason or len(reason) > MAX_WORDS:
            raise QuestionRefused(_("Write what they should look at, in 4,000 characters at most."), "reason")
        known = managers(task, can_be_asked(task, by=by)) or list(filter(None, [stand_in(task, but={by.pk})]))
        asked = next((one for one in known if to is None or one.pk == to.pk), None)
        if asked is None:
            raise QuestionRefused(_("Choose a manager of this brand and market who has no interest in the deal."), "to")
        due = policies.due(task.policy, task.stakes, now=now)
        log.record(
            Kind.QUESTION, stream=f"task:{task.pk}", by=by,
            body={"task": task.pk, "what": "escalate", "to": f"user:{asked.pk}", "length": len(reason)},
            personal={"reason": reason}, subject=task.recommendation.creator.subject, brand=task.brand,
            market=task.market,
        )  # fmt: skip
        if not workflow.go(task, TaskState.ESCALATED, now=now, due_at=due, escalated_at=now, escalated_to=asked):
            raise decisions.TaskMoved(decisions.gone(task))
        url = reverse("queue-card", args=[task.pk])
        key = f"escalated:{task.pk}:{task.version}"
        tell([asked], About.ESCALATED, key=key, url=url, now=now, by=by, task=task)
    return task
