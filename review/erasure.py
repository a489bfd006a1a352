"""What of a creator or a person goes on this floor. Decisions and approvals stay: somebody answers for each."""

from collections import Counter
from datetime import datetime

from accounts.models import User
from review import workflow
from review.models import Attention, Draft, Friction, Notice, NoticeChoice, ReviewTask, SavedView, TaskState
from screening.models import Creator


def of_creator(creator: Creator, *, now: datetime) -> Counter[str]:
    """Close a creator's open cards and delete what people typed on them, in the caller's transaction."""
    cards = ReviewTask.objects.filter(recommendation__creator=creator)
    closed = 0
    for task in cards.filter(state__in=workflow.UNDECIDED).select_for_update():
        closed += workflow.go(task, TaskState.WITHDRAWN, now=now, due_at=None)
    return Counter(cards=closed, drafts=Draft.objects.filter(task__in=cards).delete()[0])


def of_person(person: User) -> Counter[str]:
    """Delete what was kept for a person or noted about how they work, in the caller's transaction."""
    return Counter(
        drafts=Draft.objects.filter(by=person).delete()[0],
        saved=SavedView.objects.filter(user=person).delete()[0],
        notices=Notice.objects.filter(user=person).delete()[0] + NoticeChoice.objects.filter(user=person).delete()[0],
        attention=Attention.objects.filter(user=person).delete()[0] + Friction.objects.filter(user=person).delete()[0],
    )
