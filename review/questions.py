"""Questions to people who know: asked, answered once, passed on, withdrawn. While one is open its card's clock stands.

A question goes to a person or to whoever holds a role; two or three people can be asked as a panel. The answer lands on
the card and in its stream of the log, in the words and the language in which it was given.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Membership, Role, User
from audit import log
from audit.models import AuditEntry, Kind
from jobs import lease
from review import deadlines, policies, workflow
from review import people as team
from review.decisions import language_of
from review.models import About, Question, QuestionKind, QuestionState, Quick, ReviewTask
from review.notices import tell
from screening import gates
from screening.models import MarketGate

MOST_ASKED = 3  # people of a panel
MAX_WORDS = 4_000  # characters of a question, and of an answer
HOURS = (4, 24, 48, 72)  # how long one can wait for an answer
REVIEWERS: tuple[str, ...] = (Role.EXPERT, Role.MANAGER, Role.STRATEGIST)
OFFERED: dict[str, tuple[Quick, ...]] = {
    "gate": (Quick.PASSED, Quick.BLOCKED, Quick.UNKNOWN),
    QuestionKind.SECOND: (Quick.YES, Quick.NO, Quick.UNKNOWN),
    QuestionKind.KNOWLEDGE: (Quick.NORMAL, Quick.UNUSUAL, Quick.YES, Quick.NO, Quick.UNKNOWN),
}


class QuestionRefused(workflow.Refused):
    """Raised when a question or an answer cannot be as given; `field` names where it is asked."""

    def __init__(self, sentence: Any, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def offered(question: Question) -> tuple[Quick, ...]:
    """Return the quick answers that fit a question."""
    return OFFERED["gate" if question.gate_id else question.kind]


def open_of(user: User) -> QuerySet[Question]:
    """Return the open questions that a person can answer: asked by name, or of a role that they hold there."""
    scope = access.scope(user)
    mine = Q(to=user) & scope.query("task__brand", "task__market")
    for role in scope.roles & set(REVIEWERS):
        mine |= Q(to__isnull=True, role=role) & scope.query("task__brand", "task__market", [role])
    waiting = Question.objects.filter(mine, state=QuestionState.OPEN, task__state__in=workflow.WAITING)
    return waiting.exclude(by=user)


def can_be_asked(
    task: ReviewTask, *, by: User, interested: set[int] | None = None, held: Sequence[Membership] | None = None
) -> list[tuple[User, frozenset[str]]]:
    """Return whom a person can ask about a card, with the roles they hold there; experts of the market first.

    Nobody who declared an interest of their own in the deal. interested: these people, held: the live memberships of
    those who are here, where they were read already.
    """
    out = {by.pk, *(policies.interested(task) if interested is None else interested)}
    roles, people = dict[int, set[str]](), dict[int, User]()
    for one in team.memberships(task.brand, task.market) if held is None else held:
        if one.role not in REVIEWERS or one.user_id in out:
            continue
        people[one.user_id] = one.user
        roles.setdefault(one.user_id, set()).add(one.role)
    found = [(people[pk], frozenset(kinds)) for pk, kinds in roles.items()]
    return sorted(found, key=lambda pair: (min(map(REVIEWERS.index, pair[1])), pair[0].pk))


def stand_in(task: ReviewTask, *, but: set[int]) -> User | None:
    """Return who is asked when nobody else is there: the deputy that the rule names, then a manager."""
    named, out = task.policy.deputy, but | policies.interested(task)
    deputy = team.stands_in(named, now=lease.now()) if named else None
    if deputy is not None and deputy.is_active and deputy.pk not in out:
        return deputy
    return policies.manager_for(task, but=but)


def ask(
    task: ReviewTask, *, by: User, now: datetime, text: str, to: Sequence[User] = (), role: str = "",
    kind: str = QuestionKind.KNOWLEDGE, gate: MarketGate | None = None, hours: int = 24,
) -> list[Question]:  # fmt: skip
    """Ask people by name (two or three are a panel), or whoever holds a role; the card's clock stands meanwhile.

    Where nobody holds the role the deputy that the rule names is asked. Raises QuestionRefused, Refused and NotAllowed.
    """
    text = text.strip()
    with transaction.atomic():
        task, by = workflow.lock(task, "question", by=by)
        workflow.check(task, "question", by=by, now=now)
        people = list(dict.fromkeys(to))
        _require(task, people, role, text, hours, by=by)
        people = _present(task, people, by=by, now=now)
        if not people and not policies.holders(Role(role), task.brand, task.market).exclude(pk=by.pk).exists():
            people, role = _deputy(task, but={by.pk}), ""
        body = {
            "task": task.pk, "what": str(kind), "length": len(text), "role": role,
            "asked": [f"user:{one.pk}" for one in people], "to": f"user:{people[0].pk}" if people else "",
            "gate": gate.code if gate else None, "due": (now + timedelta(hours=hours)).isoformat(),
        }  # fmt: skip
        entry = _record(task, Kind.QUESTION, by, body, {"question": text})
        asked: list[User | None] = [*people] if people else [None]
        made = [
            _write(task, entry, by=by, now=now, to=one, role="" if one else role, kind=kind, gate=gate,
                   due_at=now + timedelta(hours=hours), length=len(text))
            for one in asked
        ]  # fmt: skip
        deadlines.pause(task, now=now)
    return made


def _present(task: ReviewTask, named: list[User], *, by: User, now: datetime) -> list[User]:
    """Return whom a question really goes to: whoever stands in for those who are away, where they can be asked."""
    known = {one.pk for one, _roles in can_be_asked(task, by=by)} if named else set()
    pairs = [(one, team.stands_in(one, now=now)) for one in named]
    return list(dict.fromkeys(deputy if deputy.pk in known else one for one, deputy in pairs))


def hand_on(question: Question, *, to: User, now: datetime) -> Question | None:
    """Pass an open question of an absent person to their deputy, inside the caller's transaction; None: not theirs."""
    task = question.task
    known = {one.pk for one, _roles in can_be_asked(task, by=question.by)}
    if to.pk not in known - _asked_before(question):
        return None
    body = {"task": task.pk, "what": "pass_on", "question": question.pk, "to": f"user:{to.pk}"}
    _record(task, Kind.QUESTION, None, body, None)
    _end(question, QuestionState.PASSED, now=now)
    return _write(task, question.audit, by=question.by, now=now, to=to, kind=question.kind, gate=question.gate,
                  due_at=question.due_at, length=question.length, instead_of=question)  # fmt: skip


def _require(task: ReviewTask, people: list[User], role: str, text: str, hours: int, *, by: User) -> None:
    if not text or len(text) > MAX_WORDS:
        raise QuestionRefused(_("Write what you want to know, in 4,000 characters at most."), "text")
    if bool(people) == bool(role) or len(people) > MOST_ASKED:
        raise QuestionRefused(_("Choose whom to ask: one, two or three people, or a role."), "to")
    if hours not in HOURS:
        raise QuestionRefused(_("Choose until when an answer is of use."), "hours")
    if role and role not in REVIEWERS:
        raise QuestionRefused(_("Choose whom to ask: one, two or three people, or a role."), "to")
    known = {one.pk for one, _roles in can_be_asked(task, by=by)} if people else set()
    if any(one.pk not in known for one in people):
        raise QuestionRefused(_("Ask somebody who may see this card and has no interest of their own in it."), "to")


def _deputy(task: ReviewTask, *, but: set[int]) -> list[User]:
    found = stand_in(task, but=but)
    if found is None:
        raise QuestionRefused(_("Nobody is there to ask: invite somebody who knows this market."), "to")
    return [found]


def _write(task: ReviewTask, entry: AuditEntry, *, by: User, now: datetime, **fields: Any) -> Question:
    made = Question.objects.create(task=task, audit=entry, by=by, at=now, **fields)
    asked = [made.to] if made.to else policies.holders(Role(made.role), task.brand, task.market)
    url = reverse("question", args=[made.pk])
    tell(asked, About.QUESTION, key=f"question:{made.pk}", url=url, now=now, by=by, task=task)
    return made


def answer(question: Question, *, by: User, now: datetime, text: str = "", quick: str = "") -> Question:
    """Answer a question once; the card's clock goes on when it was the last open one. The asker is told.

    At a market gate Passed or Not passed answers the gate as well, with the words as what was looked up. Raises
    QuestionRefused, Refused and NotAllowed.
    """
    text = text.strip()
    with transaction.atomic():
        question, task, by = _lock(question, by=by, now=now)
        if quick and quick not in offered(question):
            raise QuestionRefused(_("That is no answer to this question."), "quick")
        if len(text) > MAX_WORDS or not (text or quick):
            raise QuestionRefused(_("Choose an answer or write one, in 4,000 characters at most."), "text")
        if question.gate and quick in {Quick.PASSED, Quick.BLOCKED}:
            try:
                gates.answer(task.recommendation.profile, question.gate, is_passed=quick == Quick.PASSED, evidence=text,
                             by=by, now=now)  # fmt: skip
            except gates.NotAnswered as lacking:
                raise QuestionRefused(str(lacking), "text") from lacking
        body = {"task": task.pk, "what": "answer", "question": question.pk, "quick": str(quick), "length": len(text)}
        entry = _record(task, Kind.ANSWER, by, body, {"answer": text} if text else None)
        _end(question, QuestionState.ANSWERED, now=now, answered_by=by, quick=quick, answer_length=len(text),
             language=language_of(text), answer=entry)  # fmt: skip
        _go_on(task, now=now)
        url = reverse("queue-card", args=[task.pk])
        tell([question.by], About.ANSWER, key=f"answer:{question.pk}", url=url, now=now, by=by, task=task)
    return question


def pass_on(question: Question, *, by: User, now: datetime, to: User | None = None) -> Question | None:
    """Say that it is not one's area: another expert is asked, else the deputy that the rule names, else a manager.

    Returns the question as it was passed on; None where nobody is left: then the clock goes on and the asker is told.
    """
    with transaction.atomic():
        question, task, by = _lock(question, by=by, now=now)
        known = {one.pk: one for one, _roles in can_be_asked(task, by=question.by)}
        out = {by.pk, question.by_id, *_asked_before(question)}
        if to is not None and (to.pk not in known or to.pk in out):
            raise QuestionRefused(_("Ask somebody who may see this card and was not asked before."), "to")
        experts = [one for one in policies.holders(Role.EXPERT, task.brand, task.market) if one.pk in known]
        free = to or next((one for one in experts if one.pk not in out), None) or stand_in(task, but=out)
        body = {"task": task.pk, "what": "pass_on", "question": question.pk, "to": f"user:{free.pk}" if free else ""}
        _record(task, Kind.QUESTION, by, body, None)
        _end(question, QuestionState.PASSED, now=now, answered_by=by)
        if free is None:
            _nobody(question, task, now=now, by=by)
            return None
        return _write(task, question.audit, by=question.by, now=now, to=free, kind=question.kind, gate=question.gate,
                      due_at=max(question.due_at, now + timedelta(hours=HOURS[0])), length=question.length,
                      instead_of=question)  # fmt: skip


def _asked_before(question: Question) -> set[int]:
    # The others of a panel are asked already, and whoever passed it on said that it is not their area.
    rows = Question.objects.filter(audit=question.audit_id).values_list("to_id", "answered_by_id")
    return {one for pair in rows for one in pair if one is not None}


def withdraw(question: Question, *, by: User, now: datetime) -> Question:
    """Take back one's own question; the clock goes on when it was the last open one. Raises Refused."""
    with transaction.atomic():
        question, task, by = _lock(question, by=by, now=now, is_asked=False)
        if question.by_id != by.pk and not access.may(by, "approve", brand=task.brand, market=task.market):
            raise QuestionRefused(_("Only whoever asked, or a manager, can withdraw a question."))
        _record(task, Kind.QUESTION, by, {"task": task.pk, "what": "withdraw", "question": question.pk}, None)
        _end(question, QuestionState.WITHDRAWN, now=now)
        _go_on(task, now=now)
    return question


def lapse(now: datetime) -> int:
    """End the questions that nobody answered in time, so that no card stands for ever; return how many."""
    done = 0
    late = Question.objects.filter(state=QuestionState.OPEN, due_at__lte=now).order_by("due_at", "pk")
    for one in late.select_related("task", "by")[: deadlines.BATCH]:
        with transaction.atomic():
            task = ReviewTask.objects.select_for_update(of=("self",)).select_related("recommendation__creator").get(
                pk=one.task_id
            )  # fmt: skip
            question = Question.objects.select_for_update().get(pk=one.pk)
            if question.state != QuestionState.OPEN:
                continue
            _record(task, Kind.QUESTION, None, {"task": task.pk, "what": "lapse", "question": question.pk}, None)
            _end(question, QuestionState.LAPSED, now=now)
            _nobody(question, task, now=now)
            done += 1
    return done


def _lock(question: Question, *, by: User, now: datetime, is_asked: bool = True) -> tuple[Question, ReviewTask, User]:
    task, by = workflow.lock(question.task, "answer", by=by)  # the card first, as everywhere: no two wait in a ring
    question = (
        Question.objects.select_for_update(of=("self",)).select_related("gate", "by", "audit").get(pk=question.pk)
    )
    if question.state != QuestionState.OPEN:
        raise QuestionRefused(
            _("This question is %(state)s already.") % {"state": question.get_state_display()}
        )  # fmt: skip
    workflow.check(task, "answer", by=by, now=now)
    if is_asked and not is_for(question, by):
        raise QuestionRefused(_("This question is asked of somebody else."))
    return question, task, by


def is_for(question: Question, user: User) -> bool:
    """Tell whether a question is asked of a person, by name or by a role that they hold there."""
    if question.to_id is not None:
        return question.to_id == user.pk
    task = question.task
    return question.by_id != user.pk and access.scope(user).reaches(task.brand, task.market, [question.role])


def _end(question: Question, state: QuestionState, *, now: datetime, **more: Any) -> None:
    Question.objects.filter(pk=question.pk, state=QuestionState.OPEN).update(state=state, ended_at=now, **more)
    question.refresh_from_db()


def _go_on(task: ReviewTask, *, now: datetime) -> None:
    if not task.questions.filter(state=QuestionState.OPEN).exists():
        deadlines.go_on(task, now=now)


def _nobody(question: Question, task: ReviewTask, *, now: datetime, by: User | None = None) -> None:
    _go_on(task, now=now)
    url = reverse("queue-card", args=[task.pk])
    tell([question.by], About.ANSWER, key=f"answer:{question.pk}", url=url, now=now, by=by, task=task,
         numbers={"state": str(question.state)})  # fmt: skip


def _record(
    task: ReviewTask, kind: Kind, by: User | None, body: dict[str, Any], words: dict[str, str] | None
) -> AuditEntry:
    subject = task.recommendation.creator.subject
    return log.record(kind, stream=f"task:{task.pk}", by=by, body=body, personal=words, subject=subject,
                      brand=task.brand, market=task.market)  # fmt: skip
