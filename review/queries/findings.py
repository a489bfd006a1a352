"""What closed investigations of flags found, for the floor below to learn from. Read only.

Only the finding counts: never what was decided, nor how a partnership ended. A rejected creator is no label.
"""

from review.models import Finding, Investigation
from screening.lookouts import Label


def was_reason(finding: str, says_yes: bool | None) -> bool | None:
    """Tell whether a flag was a reason to hold back; None where the finding does not say.

    Wrong data is one, what is normal for the market is none. Where the person was mistaken, or the AI missed context,
    it follows who was right: whoever said no held back for a reason, unless the other one was right.
    """
    if finding in {Finding.DATA, Finding.NORMAL}:
        return finding == Finding.DATA
    if says_yes is None or finding not in {Finding.MISTAKEN, Finding.CONTEXT}:
        return None
    return says_yes == (finding == Finding.MISTAKEN)


def labels(market: str) -> list[Label]:
    """Return one label for each closed investigation of a market that is about a flag and says whether it was a reason,
    oldest first. Of who was erased nothing is left to learn from. One query.
    """
    closed = Investigation.objects.filter(
        task__market=market, closed_at__isnull=False, task__recommendation__creator__erased_at__isnull=True
    ).exclude(flag="")
    answer = "task__recommendation"
    rows = closed.order_by("closed_at", "pk").values_list(
        f"{answer}__run", f"{answer}__profile", "flag", "finding", "says_yes", "closed_at"
    )
    return [
        Label(run, profile, flag, reason, closed_at.date())
        for run, profile, flag, finding, says_yes, closed_at in rows
        if (reason := was_reason(finding, says_yes)) is not None and closed_at is not None
    ]
