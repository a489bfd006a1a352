"""What waits for a person: the cards that they hold, those that went up to them, and questions asked of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, F, QuerySet

from review import workflow
from review.models import Question, QuestionState, ReviewTask, TaskState


def of_people(people: Collection[int], now: datetime) -> list[tuple[int, str, str, int]]:
    """Return (person, brand, market, how many) for each of the three. One query, whatever the number of people."""
    held = ReviewTask.objects.filter(claimed_by__in=people, claimed_until__gt=now, state__in=workflow.WAITING)
    risen = ReviewTask.objects.filter(escalated_to__in=people, state__in=(TaskState.ESCALATED, TaskState.AWAITING))
    asked = Question.objects.filter(to__in=people, state=QuestionState.OPEN)
    # Who holds a card that went up to them has it in hand once.
    risen = risen.exclude(claimed_by=F("escalated_to"), claimed_until__gt=now)
    parts = [_counted(held, "claimed_by"), _counted(risen, "escalated_to"), _counted(asked, "to", "task__")]
    return list(parts[0].union(*parts[1:], all=True))


def _counted(rows: QuerySet[Any], person: str, at: str = "") -> QuerySet[Any, Any]:
    named = rows.order_by().values(who=F(person), b=F(f"{at}brand"), m=F(f"{at}market"))
    return named.annotate(n=Count("pk")).values_list("who", "b", "m", "n")
