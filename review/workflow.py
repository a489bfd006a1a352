"""Which verb is allowed on a task: from where, to where, by whom. One table, asked by verbs and by templates alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Role, User
from review import order, policies, seals
from review.models import (
    Approval,
    ApprovalChoice,
    Choice,
    Decision,
    Origin,
    Overlay,
    QuestionState,
    ReviewTask,
    Route,
    Stakes,
    TaskState,
)  # fmt: skip
from screening import gates
from screening.models import Campaign, GateAnswer, Profile, Recommendation, ScreeningRun

OVERLAYS = "SELECT * FROM review_overlay WHERE task_id = %s ORDER BY version"  # each verb asks for them
APPROVAL_UNDO = timedelta(minutes=10)
OPEN, ESCALATED, HELD, AWAITING = TaskState.OPEN, TaskState.ESCALATED, TaskState.HELD, TaskState.AWAITING
APPROVED, REJECTED, NOT_SHOWN = TaskState.APPROVED, TaskState.REJECTED, TaskState.NOT_SHOWN
WITHDRAWN, TAKEN = TaskState.WITHDRAWN, TaskState.TAKEN  # the creator's own word, never a verdict on the person
KNOWS = (Role.EXPERT, Role.MANAGER)  # who decides what needs somebody who knows the market
WAITING = (OPEN, ESCALATED)  # a person's decision is asked for
UNDECIDED = (OPEN, ESCALATED, HELD, AWAITING)


class Refused(Exception):
    """Raised when a verb is not allowed now; the sentence says what was found and what is allowed."""


class WrongState(Refused):
    """Raised when the task is in no state from which the verb leads anywhere."""


@dataclass
class Case:
    """A task and the person before it; what the guards ask is read once."""

    task: ReviewTask
    by: User
    now: datetime

    @cached_property
    def decisions(self) -> list[Decision]:
        """The task's decisions, undone ones and undos included, oldest first."""
        return list(self.task.decided())

    @property
    def decision(self) -> Decision | None:
        """The task's last decision, an undo included."""
        return self.decisions[-1] if self.decisions else None

    @cached_property
    def overlays(self) -> list[Overlay]:
        """What people added to the card, oldest version first."""
        return list(Overlay.objects.raw(OVERLAYS, [self.task.pk]))

    @cached_property
    def approval(self) -> Approval | None:
        """The last answer of a manager on that decision."""
        if self.decision is None:
            return None
        return self.decision.approvals.select_related("by").order_by("-id").first()

    @cached_property
    def has_interest(self) -> bool:
        """Tell whether the person declared an interest of their own in this deal."""
        return any(one.by_id == self.by.pk and one.has_interest for one in self.overlays)

    @cached_property
    def open_gates(self) -> list[gates.GateResult]:
        """The market's gates that are closed to this profile, or that nobody has answered."""
        return open_gates(self.task, now=self.now)

    @cached_property
    def is_sealed(self) -> bool:
        """Tell whether the AI's side of the card is kept from the person until they have spoken."""
        return seals.hides(self.task, self.by)

    @property
    def holder(self) -> User | None:
        """Whoever holds the card now."""
        until = self.task.claimed_until
        return self.task.claimed_by if until is not None and until > self.now else None

    def may(self, right: str) -> bool:
        """Tell whether a role of the person allows this for the task's brand and market."""
        return access.may(self.by, right, brand=self.task.brand, market=self.task.market)


def open_gates(task: ReviewTask, *, now: datetime) -> list[gates.GateResult]:
    """Return the market's gates that are closed to a card's profile, or that nobody has answered. Two queries."""
    return [one for one in gates_of(task, now=now) if one.is_open]


def gates_of(
    task: ReviewTask, *, now: datetime, given: Iterable[GateAnswer] | None = None, held: gates.Held | None = None
) -> list[gates.GateResult]:
    """Return what the market's gates say of a card's profile on its day. held, given: they, their answers, if known."""
    market, profile = task.campaign.market, task.recommendation.profile
    sizes = {profile.pk: task.newest_followers} if hasattr(task, "newest_followers") else None
    given = given if given is not None or getattr(task, "has_answers", True) else ()
    on = policies.today(market, now=now)
    found = gates.check_markets([profile], [market.code], on=on, followers=sizes, given=given, held=held)
    return found[market.code, profile.pk]


Words = str | Promise
Guard = Callable[[Case], Words | None]


def _is_not_held(case: Case) -> Words | None:
    holder = case.holder
    if holder is None or holder.pk == case.by.pk:
        return None
    minutes = -(-(case.task.claimed_until - case.now) // timedelta(minutes=1))  # type: ignore[operator]
    return _("%(name)s is deciding this one. It frees itself in %(minutes)d min.") % {
        "name": holder,
        "minutes": minutes,
    }


def _holds(case: Case) -> Words | None:
    return None if case.holder == case.by else _("You do not hold this card.")


def _another_holds(case: Case) -> Words | None:
    return None if case.holder not in {None, case.by} else _("Nobody else holds this card: claim it.")


def _may_hand_on(case: Case) -> Words | None:
    if case.holder in {None, case.by} or case.may("approve"):
        return None
    return _("%(name)s holds this card: only they or a manager hand it over.") % {"name": case.holder}


def _is_talked_about(case: Case) -> Words | None:
    if not seals.is_sealed(case.task) and not case.is_sealed:
        return None
    return _("This card is sealed: what people say of it opens once a view is committed.")


def _has_clock(case: Case) -> Words | None:
    if case.task.offer_until is not None or case.task.state in {WITHDRAWN, TAKEN}:
        return None
    return _("Nothing is recorded of the creator’s own time.")


def _no_interest(case: Case) -> Words | None:
    return _("You declared an interest of your own in this deal: somebody else decides.") if case.has_interest else None


def _has_spoken(case: Case) -> Words | None:
    return _("This card is sealed: commit your view first, the AI’s verdict opens with it.") if case.is_sealed else None


def _is_sealed(case: Case) -> Words | None:
    return None if case.is_sealed else _("The AI’s verdict is open already: a first view is given before it.")


def _manager_when_escalated(case: Case) -> Words | None:
    if case.task.state != ESCALATED or case.may("approve"):
        return None
    return _("The card went to the manager: a manager decides.")


def knows(task: ReviewTask, user: User) -> bool:
    """Tell whether a person knows enough of the market for this card: what is sensitive waits for those who do."""
    return task.route != Route.EXPERT or access.scope(user).reaches(task.brand, task.market, KNOWS)


def _expert_where_asked(case: Case) -> Words | None:
    if knows(case.task, case.by):
        return None
    return _("A sensitive topic: a regional expert of this market decides, or a manager.")


def _gates_are_passed(case: Case) -> Words | None:
    if not case.open_gates:
        return None
    names = ", ".join(one.name for one in case.open_gates)
    return _("Approve stays closed until these market gates are passed: %(names)s.") % {"names": names}


def _four_eyes(case: Case) -> Words | None:
    decided = case.decision is not None and case.decision.decided_by_id == case.by.pk
    return _("Cannot approve: you decided this task yourself. A second person answers.") if decided else None


def _is_the_only_card(case: Case) -> Words | None:
    if case.task.state != NOT_SHOWN or not others_in_hand(case.task).exists():
        return None
    return _("A newer card of this creator is in this campaign: decide that one.")


def _can_take_back(case: Case) -> Words | None:
    found = case.decision
    if found is None or found.choice == Choice.UNDO:
        return _("There is no decision to undo.")
    if case.approval is not None and case.approval.choice != ApprovalChoice.UNDO:
        return _("A manager has answered already: the decision stands.")
    if found.at + undo_window(found) < case.now:
        return _too_late(found)
    own = found.decided_by_id == case.by.pk or (found.origin != Origin.PERSON and case.may("approve"))
    return None if own else _("Only the one who decided can undo it.")


def undo_window(decision: Decision) -> timedelta:
    """Return how long a decision can be taken back: a person's for seconds, the AI's and the clock's for hours."""
    if decision.origin == Origin.PERSON:
        return timedelta(seconds=decision.policy.undo_seconds)
    return timedelta(hours=decision.policy.auto_undo_hours)


def _too_late(decision: Decision) -> Words:
    if decision.origin == Origin.PERSON:
        return _("The time to undo is over: it was %(seconds)d s.") % {"seconds": decision.policy.undo_seconds}
    return _("The time to undo is over: it was %(hours)d h.") % {"hours": decision.policy.auto_undo_hours}


def _can_take_approval_back(case: Case) -> Words | None:
    found = case.approval
    if found is None or found.choice not in {ApprovalChoice.APPROVE, ApprovalChoice.REJECT}:
        return _("There is no approval to undo.")
    if found.by_id != case.by.pk:
        return _("Only the manager who answered can undo it.")
    return _("The time to undo is over: it was 10 minutes.") if found.at + APPROVAL_UNDO < case.now else None


def needs_manager(task: ReviewTask) -> bool:
    """Tell whether a person's Approve is not enough: high stakes, or the policy's matrix says so."""
    return task.stakes == Stakes.HIGH or task.route == Route.MANAGER


@dataclass(frozen=True)
class Move:
    """A verb: from which states, to which (None: it stays), with which right, under which guards."""

    verb: str
    sources: tuple[TaskState, ...]
    target: TaskState | None
    right: str
    guards: tuple[Guard, ...] = ()

    def target_of(self, task: ReviewTask) -> TaskState:
        """Return the state it leads to: Approve waits for a manager on high stakes, and where the rules ask for one."""
        if self.verb == Choice.APPROVE and needs_manager(task):
            return AWAITING
        return self.target or TaskState(task.state)


AT_DESK = (_manager_when_escalated, _expert_where_asked, _no_interest, _is_not_held)
SPOKEN = (*AT_DESK, _has_spoken)  # blind-first: the person's view comes before everything else
ENDED = (APPROVED, REJECTED, HELD, AWAITING, NOT_SHOWN)
MOVES = {
    move.verb: move
    for move in (
        #    verb             from               to         right      guards
        Move("claim",         WAITING,           None,      "decide",  AT_DESK),
        Move("release",       WAITING,           None,      "decide",  (_holds,)),
        Move("take_over",     WAITING,           None,      "approve", (_no_interest, _another_holds)),
        Move("ask_release",   WAITING,           None,      "decide",  (_another_holds,)),
        Move("interest",      WAITING,           None,      "decide",  AT_DESK),
        Move("first_view",    WAITING,           None,      "decide",  (*AT_DESK, _is_sealed)),
        Move("overlay",       WAITING,           None,      "decide",  SPOKEN),
        Move("hand_over",     WAITING,           None,      "decide",  (_may_hand_on,)),
        Move("note",          tuple(TaskState),  None,      "decide",  (_is_talked_about,)),
        Move("promise",       tuple(TaskState),  None,      "decide"),
        Move("offer",         UNDECIDED,         None,      "decide"),
        Move("withdrawn",     UNDECIDED,         WITHDRAWN, "decide"),
        Move("taken",         UNDECIDED,         TAKEN,     "decide"),
        Move("back",          (*UNDECIDED, WITHDRAWN, TAKEN), None, "decide", (_has_clock,)),
        Move("question",      WAITING,           None,      "decide",  (_no_interest, _is_not_held, _has_spoken)),
        Move("answer",        WAITING,           None,      "decide",  (_no_interest,)),
        Move("escalate",      (OPEN,),           ESCALATED, "decide",  (_no_interest, _is_not_held)),
        Move("investigate",   tuple(TaskState),  None,      "decide",  (_no_interest, _has_spoken)),
        Move("approve",       WAITING,           APPROVED,  "decide",  (*SPOKEN, _gates_are_passed)),
        Move("reject",        WAITING,           REJECTED,  "decide",  SPOKEN),
        Move("hold",          WAITING,           HELD,      "decide",  SPOKEN),
        Move("undo",          ENDED,             OPEN,      "decide",  (_can_take_back, _is_the_only_card)),
        Move("reopen",        (HELD, NOT_SHOWN), OPEN,      "decide",  (_no_interest, _is_the_only_card)),
        Move("sign_off",      (AWAITING,),       APPROVED,  "approve", (_four_eyes, _no_interest, _gates_are_passed)),
        Move("ask",           (AWAITING,),       OPEN,      "approve", (_four_eyes, _no_interest)),
        Move("turn_down",     (AWAITING,),       REJECTED,  "approve", (_four_eyes, _no_interest)),
        Move("undo_approval", (APPROVED, REJECTED), AWAITING, "approve", (_can_take_approval_back,)),
    )
}  # fmt: skip


def check(task: ReviewTask, verb: str, *, by: User, now: datetime, case: Case | None = None) -> Move:
    """Return the move, or refuse it with a sentence. Raises accounts.access.NotAllowed, WrongState and Refused."""
    move, case = MOVES[verb], case or Case(task, by, now)
    access.require(by, move.right, brand=task.brand, market=task.market)
    if task.state not in move.sources:
        raise WrongState(
            _("This card is %(state)s now: that is not possible any more.") % {"state": task.get_state_display()}
        )
    if sentence := refusal(move, case):
        raise Refused(sentence)
    return move


def refusal(move: Move, case: Case) -> Words | None:
    """Return why the guards of a move refuse it, None where they let it pass."""
    return next((sentence for guard in move.guards if (sentence := guard(case))), None)


def allowed(task: ReviewTask, *, by: User, now: datetime, case: Case | None = None) -> set[str]:
    """Return the verbs that `check` would let pass, for the buttons of a page. At most four queries, none twice."""
    case = case or Case(task, by, now)
    return {
        move.verb
        for move in MOVES.values()
        if task.state in move.sources and case.may(move.right) and not refusal(move, case)
    }


def lock(task: ReviewTask, verb: str, *, by: User) -> tuple[ReviewTask, User]:
    """Return the task locked for this transaction, and the person, whose role allows the verb. Raises NotAllowed.

    A role that ended a second ago no longer counts: nothing that was read before the lock is believed. And who may not
    do it at all learns nothing of what others did meanwhile.
    """
    known, task, by = task, ReviewTask.locked(task.pk), access.renewed(by)
    access.require(by, MOVES[verb].right, brand=task.brand, market=task.market)
    _read(task, by, known)
    return task, by


def _read(task: ReviewTask, by: User, known: ReviewTask) -> None:
    # The AI's answer, a version of the rules, where a campaign runs: what never changes is not read again.
    if ReviewTask.campaign.is_cached(known):
        task.campaign = known.campaign
    if ReviewTask.policy.is_cached(known) and known.policy_id == task.policy_id:
        task.policy = known.policy
    if ReviewTask.recommendation.is_cached(known):
        task.recommendation = known.recommendation
    answer = task.recommendation
    if not Recommendation.run.is_cached(answer):
        run = ScreeningRun.objects.select_related("model").only("pool", "campaign", "model__sha256")
        answer.run = run.get(pk=answer.run_id)
    if not Recommendation.profile.is_cached(answer):
        profile = Profile.objects.select_related("creator").defer("bio")
        answer.profile = profile.get(pk=answer.profile_id)
        if answer.profile.creator_id == answer.creator_id:
            answer.creator = answer.profile.creator
    if task.claimed_by_id == by.pk:
        task.claimed_by = by


def others_in_hand(task: ReviewTask) -> QuerySet[ReviewTask]:
    """Return the other cards of a campaign about the same creator, but for those that are not shown now."""
    return in_hand(task.campaign_id).filter(recommendation__creator=task.recommendation.creator_id).exclude(pk=task.pk)


def in_hand(campaign_id: int) -> QuerySet[ReviewTask]:
    """Return the cards of a campaign that somebody is asked about, or has decided."""
    return ReviewTask.objects.filter(campaign=campaign_id).exclude(state=NOT_SHOWN)


def lock_campaign(campaign_id: int) -> None:
    """Let nobody else open a card in a campaign until this transaction ends. Taken before any lock of a card."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)


def go(task: ReviewTask, state: TaskState, *, now: datetime, **changes: Any) -> bool:
    """Bring a task to a state by compare-and-swap over its version; the claim ends. False: somebody was faster."""
    closed = now if state in {APPROVED, REJECTED, NOT_SHOWN, WITHDRAWN, TAKEN} else None
    values = {"claimed_by": None, "claimed_at": None, "claimed_until": None, "closed_at": closed, **changes}
    if state not in WAITING:  # nobody waits for an answer any more
        values.setdefault("paused_at", None)
        values |= seals.opened(task, now=now)  # the case ends, or waits for a second person: nothing is kept any more
    elif task.state not in WAITING and task.questions.filter(state=QuestionState.OPEN).exists():
        values["paused_at"] = now  # who was asked before can answer again: the clock stands as it did
    if state == OPEN:  # at the desk again: nobody's deadline has passed
        values |= {"escalated_at": None, "escalated_to": None, "desk_due_at": None}
    if (offer := task.offer_until) and offer > now and values.get("due_at"):  # the creator does not wait longer
        values["due_at"] = min(values["due_at"], offer)
    values |= order.moved(task, values)
    values |= {"state": state, "version": task.version + 1}
    if not ReviewTask.objects.filter(pk=task.pk, state=task.state, version=task.version).update(**values):
        return False
    for name, value in values.items():  # the row is ours: what was read with it stays
        setattr(task, name, value)
    return True
