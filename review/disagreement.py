"""Where a person's view and the AI contradict each other: such a card stands in the lane Disagree until it is decided.

A sealed card never does: its lane would give the verdict away.
"""

from collections.abc import Sequence

from review import seals
from review.models import Arm, Choice, Decision, FirstView, Lane, Overlay, ReviewTask, Route
from review.routing import Reason
from screening.models import Verdict

AGAINST, FOR = 2, 4  # ends of the scales of 1 to 5


def mark(
    task: ReviewTask, *, decisions: Sequence[Decision] | None = None, overlays: Sequence[Overlay] | None = None
) -> None:
    """Put a card into the lane Disagree, or back where it stood, inside the caller's transaction.

    decisions, overlays: the card's, oldest first, where they were read already.
    """
    if seals.is_sealed(task):
        return
    who = differing(task, decisions=decisions, overlays=overlays)
    lane = Lane.DISAGREE if who else first_lane(task)
    if (task.differs_id, task.lane) != (who, lane):
        ReviewTask.objects.filter(pk=task.pk).update(differs=who, lane=lane)
        task.differs_id, task.lane = who, lane


def differing(
    task: ReviewTask, *, decisions: Sequence[Decision] | None = None, overlays: Sequence[Overlay] | None = None
) -> int | None:
    """Return the id of whoever's latest word contradicts the AI; nothing contradicts Unsure. Arguments as of `mark`."""
    verdict = task.recommendation.verdict
    if verdict == Verdict.UNSURE:
        return None
    yes = verdict == Verdict.RECOMMEND
    made = list(task.decisions.order_by("-id")[:1]) if decisions is None else decisions[-1:]
    if made and made[0].choice != Choice.UNDO and made[0].is_override:
        return made[0].decided_by_id
    first = FirstView.objects.filter(task=task).order_by("pk") if task.arm == Arm.BLIND else ()
    said: dict[int, bool | None] = {view.by_id: view.says_yes for view in first}
    for overlay in task.overlays.order_by("version") if overlays is None else overlays:
        if overlay.has_interest:
            continue
        said[overlay.by_id] = leaning(overlay) if leaning(overlay) is not None else said.get(overlay.by_id)
    return next((person for person, says in reversed(said.items()) if says is not None and says != yes), None)


def leaning(overlay: Overlay) -> bool | None:
    """Return whether an overlay speaks for a partnership or against it, None where it does neither clearly.

    The gut rating says it; without one a clash with the culture or the strategy does.
    """
    if overlay.gut_rating is not None:
        return True if overlay.gut_rating >= FOR else False if overlay.gut_rating <= AGAINST else None
    scales = [scale for scale in (overlay.cultural_fit, overlay.strategic_alignment) if scale is not None]
    if any(scale <= AGAINST for scale in scales):
        return False
    return True if scales and all(scale >= FOR for scale in scales) else None


def first_lane(task: ReviewTask) -> Lane:
    """Return the lane that routing gave a card, read from what it keeps."""
    if task.route == Route.AUTO:
        return Lane.SPOT
    if task.route == Route.FAST:
        return Lane.FAST
    if task.is_exploration:
        return Lane.EXPLORE
    if task.recommendation.verdict == Verdict.UNSURE:
        return Lane.UNCERTAIN
    return Lane.TOP if any(code == Reason.TOP for code, _numbers in task.reasons) else Lane.CUT
