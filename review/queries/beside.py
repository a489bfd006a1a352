"""What stands beside a card: what people asked, noted, handed over and typed. Rows, read where the case has them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.at_once import at_once
from accounts.models import User
from audit.models import Kind
from review import claims, drafts, handoffs, people, policies, thread, workflow
from review.models import Absence, Approval, Decision, Draft, FirstView, Handoff, Mention, Note, Notice, Question
from review.queries.events import Told, left
from review.queries.overrides import Rows, overrides_at
from review.queries.questions import questions_on
from review.queries.together import firsts_of


class Beside(NamedTuple):
    """Rows for those who show them; none, and nothing asked, of what never happened in the case."""

    gone: QuerySet[User]  # of the case, who have left the place
    absences: QuerySet[Absence]
    answers: QuerySet[Approval]  # a manager's last one on the last decision
    questions: QuerySet[Question]
    notes: QuerySet[Note]
    named: QuerySet[Mention]  # by the notes
    handoffs: QuerySet[Handoff]  # the newest
    wishes: QuerySet[Notice]  # that the holder lets go
    firsts: QuerySet[FirstView]
    drafts: QuerySet[Draft]  # the holder's own
    overrides: Rows  # of the brand and market, for the holder: their desk tells of them


def beside(case: workflow.Case, steps: Sequence[Told], here: Mapping[int, User]) -> Beside:
    """Return what stands beside a card whose case has these steps. One query. here: the people of the place, by id."""
    task, last, is_mine = case.task, case.decision, case.holder == case.by
    kinds, said = {one.entry.kind for one in steps}, {one.numbers.get("what") for one in steps}
    has_notes = "note" in said
    found = Beside(
        left(steps, here, policies.right(task.policy, task.stakes).deputy),
        people.absences_of(here, now=case.now),
        last.approvals.select_related("by").order_by("-id")[:1] if last else Approval.objects.none(),
        questions_on(task) if Kind.QUESTION in kinds else Question.objects.none(),
        thread.notes_on(task) if has_notes else Note.objects.none(),
        thread.named_on(task) if has_notes else Mention.objects.none(),
        handoffs.newest_of(task) if Kind.HANDOFF in kinds else Handoff.objects.none(),
        claims.wishes(task) if is_mine and "ask_release" in said else Notice.objects.none(),
        firsts_of(task),
        drafts.of(task, by=case.by) if is_mine and getattr(task, "has_draft", True) else Draft.objects.none(),
        overrides_at(task.brand, task.market) if is_mine else _no_overrides(),
    )
    at_once(*found)
    return found


def _no_overrides() -> Rows:
    return Decision.objects.none().values_list("choice", "is_override", "pk")
