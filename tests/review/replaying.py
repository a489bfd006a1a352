"""What the tests of the dry run ask of a run: its cards, its ranks, what changes."""

from datetime import timedelta

from review import dry_run
from review.models import ReviewTask
from screening import judging
from tests.review.test_queue import NOW

LATER = NOW + timedelta(days=5)


def cards(run):
    """Profile -> how its card was opened: what a changed policy can change of it."""
    return {
        one.recommendation.profile_id: (
            str(one.route), str(one.stakes), one.arm == "blind", one.is_exploration, one.is_spot_check
        )
        for one in ReviewTask.objects.filter(recommendation__run=run).select_related("recommendation")
    }  # fmt: skip


def by_rank(run, *ranks):
    """The profiles of a run at these ranks."""
    found = judging.judge(run).screening
    return {int(found.profile_ids[list(found.rank).index(rank)]) for rank in ranks}


def changes(found):
    """Profile -> (was, would) of everybody who is named."""
    return {one["profile"]: (one["was"], one["would"]) for one in found["changed"]}


def kinds(run):
    """Profile -> the line of the count that its card stands in, with stakes and arm."""
    return {
        profile: dry_run._plain(dry_run.Way(route, stakes, route == "auto", is_checked, is_drawn, is_blind))
        for profile, (route, stakes, is_blind, is_drawn, is_checked) in cards(run).items()
    }


def differences(run, other):
    """What changes between two runs, by profile."""
    one, two = kinds(run), kinds(other)
    return {
        profile: (one.get(profile), two.get(profile))
        for profile in {*one, *two} if one.get(profile) != two.get(profile)
    }  # fmt: skip
