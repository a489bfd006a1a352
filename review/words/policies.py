"""What a policy says, as sentences in the order in which its rules are asked."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import wording
from review import policies
from review.models import FastTrack, Policy
from review.words.reasons import MILLION
from review.words.rights import trusted
from screening.engine.confidence import LEAST_P, MOST_P
from screening.words import decision_line


def rule(policy: Policy) -> str:
    """Return a policy version's short name: US-4."""
    return f"{policy.market_id}-{policy.version}"


def rules(policy: Policy) -> list[str]:
    """Return what a policy says, as sentences in the order in which its rules are asked."""
    currency = policy.brand.currency
    given = {
        "medium": wording.money(policy.medium_fee_minor, currency),
        "high": wording.money(policy.high_fee_minor, currency),
        "budget_share": wording.share(policy.high_budget_share_u6 / MILLION),
        "line": wording.share(policy.auto_line_u6 / MILLION),
        "checks": wording.share(policy.spot_check_share_u6 / MILLION),
        "random": wording.share(policy.random_share_u6 / MILLION),
        "decision_line": decision_line(policies.line(policy)),
        "owner": policy.owner.name,
    }
    given["months"] = wording.number(policy.results_months)
    given["trusted"] = trusted(policy.trusted)
    lines = [
        GUARDRAILS, STAKES, FAST[FastTrack(policy.fast_track)], REFERRALS[policy.trusts_referrals],
        ALONE[policy.is_shadow], LINE, OWNER,
    ]  # fmt: skip
    low, high = policies.line(policy).ends
    prior = [str(PRIOR)] if high > MOST_P or low < LEAST_P else []
    return [*(str(line) % given for line in lines), *prior, *_counted(policy, given)]


GUARDRAILS = _(
    "Always a person: high stakes, a serious flag, a sensitive topic, a type of creator the model has not seen, "
    "no approved model, no owner, an open market gate. No policy can switch this off."
)


STAKES = _(
    "Stakes are medium from %(medium)s, high from %(high)s or %(budget_share)s of the budget. "
    "A first deal counts double."
)


FAST = {
    FastTrack.CONFIRM: _(
        "Fast track: 3 or more results in band not older than %(months)s months, unchanged terms, "
        "nothing unusual against peers. One key approves."
    ),
    FastTrack.STRAIGHT: _(
        "Fast track: 3 or more results in band not older than %(months)s months, unchanged terms, "
        "nothing unusual against peers. Low stakes go straight through, else one key approves."
    ),
    FastTrack.OFF: _("There is no fast track."),
}


REFERRALS = {
    True: _("Fast track also by referral; whose word counts: %(trusted)s."),
    False: _("A referral alone gives no fast track."),
}


ALONE = {
    True: _("In shadow: the AI scores, people decide, what expires goes to the manager."),
    False: _(
        "The AI decides alone: Partner, low stakes, over %(line)s. A person checks %(checks)s of these at random."
    ),
}


LINE = _("%(decision_line)s: so is every run judged that starts while these rules are in force.")


PRIOR = _(
    "An expert prior keeps every chance between 31 and 69%: until the market’s model has learned from results, "
    "a verdict beyond these is never given."
)


OWNER = _("What the AI decides, and what the clock decides, is owned by %(owner)s.")


HOURS = {
    True: _("Deadlines count the market’s working hours only."),
    False: _("Deadlines count every hour, nights and holidays too."),
}


PASSWORD = _("An approval from %(fee)s asks for the password again.")


def _counted(policy: Policy, given: Mapping[str, str]) -> list[str]:
    budget, hours, seconds = policy.review_budget, policy.deadline_hours, policy.undo_seconds
    limit, currency = policy.fresh_sign_in_minor, policy.brand.currency
    password = [str(PASSWORD) % {"fee": wording.money(limit, currency)}] if limit is not None else []
    return [
        ngettext(
            "People are asked about %(n)d card of a run; %(random)s of them are drawn at random.",
            "People are asked about %(n)d cards of a run; %(random)s of them are drawn at random.",
            budget,
        )
        % {**given, "n": budget},
        ngettext("A card is due after %(n)d hour.", "A card is due after %(n)d hours.", hours) % {"n": hours},
        str(HOURS[policy.has_business_hours]),
        ngettext(
            "A decision can be taken back for %(n)d second.", "A decision can be taken back for %(n)d seconds.", seconds
        )
        % {"n": seconds},
        *password,
    ]
