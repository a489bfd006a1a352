"""The belt to the worker: jobs and ticks of this floor."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from jobs import dispatch, ticks
from jobs.lease import Lease
from jobs.lease import now as clock
from review import absences, claims, deadlines, investigations, mail, nearing, questions
from review.models import Policy
from screening.models import Market, ScreeningRun

SWEEP_SECONDS = 10  # a task is acted on within a minute of its due time
ABSENCE_SECONDS = 300  # work of an absent person is with the deputy five minutes after their midnight
REFIT_SECONDS = 3_600  # a market is fitted once a day


@ticks.every(SWEEP_SECONDS, "deadlines")
def act_on_deadlines(now: datetime) -> None:
    """Do what is due. The slot that this takes is the heartbeat."""
    deadlines.sweep(now)


@ticks.every(ABSENCE_SECONDS, "absences")
def pass_work_on(now: datetime) -> None:
    """Pass the work of whoever is away from today on to their deputies."""
    absences.begin_due(now)


@ticks.every(60, "claims")
def forget_lapsed_claims(now: datetime) -> None:
    """Forget claims that ended long ago."""
    claims.free_lapsed(now)


@ticks.every(60, "questions")
def end_late_questions(now: datetime) -> None:
    """Let the clocks go on where nobody answered in time."""
    questions.lapse(now)


@ticks.every(60, "nearing")
def warn_of_deadlines(now: datetime) -> None:
    """Tell people of what is due soon."""
    nearing.warn(now)


@ticks.every(20, "mail")
def ask_for_mail(now: datetime) -> None:
    """Queue the mail job where letters are due: a mail server that hangs must not hold the clock."""
    mail.ask(now)


@dispatch.runs("mail", title=_("E-mail of notices"))
def send_mail(lease: Lease) -> dict[str, Any]:
    """Send the letters that are due. Started again it sends the rest; none goes out twice."""
    return dict(mail.send(clock()))


@ticks.every(300, "investigations")
def remind_of_investigations(now: datetime) -> None:
    """Tell the owners of what is overdue."""
    investigations.remind(now)


@dispatch.runs("routing", title=_("Routing of a run"))
def route_run(lease: Lease) -> dict[str, Any]:
    """Route a run that ended before a policy was in force. Again it finds its cards open, and does nothing."""
    from review import queue

    run = ScreeningRun.objects.select_related("campaign__brand", "campaign__market", "model").get(
        pk=lease.params["run"]
    )
    return {"tasks": len(queue.open_for_run(run, now=clock()))}


@ticks.every(REFIT_SECONDS, "together")
def fit_together(now: datetime) -> None:
    """Have the weights of Together fitted again where there are first views."""
    from review import together

    together.refit_soon(now=now)


@dispatch.runs("together", title=_("Weights of Together"))
def refit(lease: Lease) -> dict[str, Any]:
    """Fit a market’s weights of Together; the same rows again give no new version."""
    from review import together

    made = together.refit(Market.objects.get(pk=lease.params["market"]), now=clock())
    return {"version": made.version if made else None}


@dispatch.runs("dry_run", title=_("Trying proposed rules on the last 90 days"))
def try_rules(lease: Lease) -> dict[str, Any]:
    """Count what a proposed policy would have done. Reads only, so it may be done again."""
    from review import dry_run

    draft = Policy.objects.select_related("brand", "market", "owner").get(pk=lease.params["policy"])
    return dry_run.count(draft, now=clock(), keep=lease.keep)
