"""Learning from a proxy, where a market has no result yet and a manager chooses it: next-month engagement.

The same trainer and the same trial as for results, on lessons that are none; what comes of it is a prior that says so.
"""

from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import wording
from jobs import dispatch, lease
from jobs.lease import Lease
from screening import learning, lessons, next_month, pools, training
from screening.engine import ladder, learned
from screening.engine import proxies as engine
from screening.engine.codes import POOL_NAMES
from screening.engine.tables import Model
from screening.learning import ALL, NEXT_MONTH
from screening.models import Market


def carry_out(held: Lease) -> dict[str, Any]:
    """Learn from next-month engagement, compare, and put a better model up as a candidate. Raises Refused where results
    came in meanwhile, or too little is known.
    """
    market, now = Market.objects.get(pk=held.params["market"]), lease.now()
    held.keep(done=0, total=ALL, step="read")
    expert, at_work = training.expert_card(market, now), learning.champion(market)
    names = tuple(dict.fromkeys([*expert.features, *at_work[1].features, *POOL_NAMES]))
    found = _read(market, training.with_features(expert, names), held)

    def tell(done: int, _total: int) -> None:
        held.keep(done=1 + done, step="learn")

    result = learned.learn(found.lessons, expert, tell=tell)
    held.keep(done=ALL - 1, step="compare")
    theirs = learning.champions_chances(*at_work, found.lessons, found.names)
    trial = learned.compare(theirs, result.held_out, found.lessons)
    told = {
        "target": NEXT_MONTH, "profiles": trial.count, "worked": int(found.lessons.worked.sum()),
        "left_out": found.left_out, "creators": len(np.unique(found.lessons.creators)),
        "champion": at_work[0].version, **learning.in_millionths(trial),
    }  # fmt: skip
    if not trial.is_better:
        return told
    with transaction.atomic():
        row = training.publish(
            market, engine.stated(result, expert), by=held.by, now=now, facts=told,
            held_out=learning.held_out(found.names, result),
        )  # fmt: skip
        held.finish(told | {"model": row.pk, "version": row.version})
    return told


def _read(market: Market, model: Model, held: Lease) -> next_month.Shown:
    has_some = lessons.known([market.pk])[market.pk].has_some
    if has_some:
        raise dispatch.Refused(has_some)
    held.keep(step="read")
    try:
        found = next_month.gather(market, model, until=lease.now())
    except pools.EmptyMarket as nobody:
        raise dispatch.Refused(str(nobody)) from nobody
    try:
        learned.require_enough(len(found.lessons), int(found.lessons.worked.sum()))
    except learned.TooFew as few:
        given = {"n": wording.number(len(found.lessons)), "least": ladder.FEWEST}
        raise dispatch.Refused(
            _("Of %(n)s profiles figures about a month apart are known. %(least)s are needed, not all alike.") % given
        ) from few
    return found
