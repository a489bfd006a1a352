"""Practice in words: what a policy says of it, what its end shows, what a person and a manager are told."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from accounts.models import User
from review.judgement.dealing import ERRORS, FIRST, LEAST_EACH, MILLION, share_u6
from review.judgement.reliance import LEAST_PERSON, Share
from review.models import Alarm, Policy, Practice, Side
from screening.models import Verdict
from screening.words import figure


def in_policy(policy: Policy, *, is_enough: bool) -> str:
    """Return what a policy says of practice: how often, from what, that it counts nowhere; or that there is none."""
    if not policy.practice_share_u6:
        return gettext("No practice cards.")
    often, seldom = (
        wording.share(share_u6(policy.practice_share_u6, errors=errors, given=FIRST) / MILLION)
        for errors in (0, ERRORS)
    )
    said = gettext(
        "%(often)s of a person’s cards are practice until they have seen %(errors)s errors of the AI, then %(seldom)s; "
        "a newcomer’s first %(first)s as well. They are closed cases without names, the AI was right in as many as it "
        "was wrong, and the result is shown after the answer. Practice counts in no figure of the business."
    ) % {"often": often, "seldom": seldom, "errors": ERRORS, "first": FIRST}
    if is_enough:
        return said
    return f"{said} " + gettext(
        "None is dealt here yet: it takes %(n)s closed cases where the AI was right, and as many where it was wrong."
    ) % {"n": LEAST_EACH}


GOALS = {
    "reach": _("The campaign was after reach."), "engagement": _("The campaign was after engagement."),
    "orders": _("The campaign was after orders."),
}  # fmt: skip


def truth(row: Practice) -> str:
    """Return what really came of the case."""
    told = row.outcome
    bar = told.target if told.target is not None else told.predicted
    given = {"actual": figure(told.actual), "bar": figure(bar or 0)}
    if told.is_success:
        return gettext("It worked out: %(actual)s, and %(bar)s had been asked for.") % given
    return gettext("It did not work out: %(actual)s, and %(bar)s had been asked for.") % given


def ai(row: Practice) -> str:
    """Return what the AI had said, and whether it proved right."""
    answer = row.recommendation
    given = {"verdict": Verdict(answer.verdict).label, "share": wording.percent(answer.confidence or 0.5)}
    if row.ai_was_right:
        return gettext("The AI had said: %(verdict)s, %(share)s sure. It was right.") % given
    return gettext("The AI had said: %(verdict)s, %(share)s sure. It was wrong.") % given


def own(row: Practice) -> str:
    """Return what the person said before and after the AI spoke."""
    first = gettext("rather yes") if row.says_yes else gettext("rather no")
    final = gettext("Approve") if row.approves else gettext("Reject")
    p = wording.share((row.p_u6 or 0) / MILLION)
    return gettext("You: at first %(first)s, %(p)s; with the AI open: %(final)s.") % {
        "first": first, "p": p, "final": final,
    }  # fmt: skip


def so_far(n: int) -> str:
    """Return how many practice cards a person has answered."""
    return ngettext("%(n)d practice card so far.", "%(n)d practice cards so far.", n) % {"n": n}


OWN = {
    "catch": _("The AI was wrong: you went against it"),
    "rsr": _("The AI was wrong and you were right at first: you kept your view"),
    "rair": _("The AI was right and you were wrong at first: you changed your view"),
    "accepted": _("The AI was right: you went along with it"),
}


def own_rate(share: Share) -> str:
    """Return a rate of a person's own with its interval of 90 %, the count first; under the minimum the count alone."""
    if share.n < LEAST_PERSON:
        given = {"n": share.n, "least": LEAST_PERSON}
        return ngettext(
            "%(n)d case is too few to tell. %(least)d are needed.",
            "%(n)d cases are too few to tell. %(least)d are needed.", share.n,
        ) % given  # fmt: skip
    low, high = share.interval
    return gettext("%(hits)s of %(n)s: %(share)s (%(low)s–%(high)s)") % {
        "hits": wording.number(share.hits), "n": wording.number(share.n), "share": wording.share(share.value or 0),
        "low": wording.number(low * 100), "high": wording.share(high),
    }  # fmt: skip


NUDGES = {
    Side.FOLLOWS: _(
        "A word for you alone: where the AI was wrong, you went against it in %(hits)s of %(n)s cases. That is less "
        "than chance explains. More cards will ask for your view first, and now and then one question comes before "
        "Approve."
    ),
    Side.OPPOSES: _(
        "A word for you alone: where the AI was right, you went along with it in %(hits)s of %(n)s cases. That is less "
        "than chance explains. More cards will ask for your view first."
    ),
}


def nudge(alarm: Alarm) -> str:
    """Return the private word at an alarm: the record, no reproach."""
    return str(NUDGES[Side(alarm.side)]) % {"hits": wording.number(alarm.hits), "n": wording.number(alarm.n)}


TEAM = {
    Side.FOLLOWS: _("Where the AI was wrong, the team went against it in %(share)s (%(low)s–%(high)s, n %(n)s)."),
    Side.OPPOSES: _("Where the AI was right, the team went along in %(share)s (%(low)s–%(high)s, n %(n)s)."),
}


def of_team(side: Side, share: Share) -> str:
    """Return a figure of a team with its interval of 90 % and count."""
    low, high = share.interval
    return str(TEAM[side]) % {
        "share": wording.share(share.value or 0), "low": wording.share(low), "high": wording.share(high),
        "n": wording.number(share.n),
    }  # fmt: skip


PERSON = {
    Side.FOLLOWS: _(
        "%(name)s: a second alarm. In practice the AI’s errors were accepted more often than chance explains. "
        "Talk it over; they know of it."
    ),
    Side.OPPOSES: _(
        "%(name)s: a second alarm. In practice a right AI was overridden more often than chance explains. "
        "Talk it over; they know of it."
    ),
}


def of_person(who: User, side: Side) -> str:
    """Return what a manager is told of somebody at their second alarm."""
    return str(PERSON[side]) % {"name": who.name}
