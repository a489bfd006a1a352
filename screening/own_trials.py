"""An own score beside the AI's on past results: asked for by a person, done by the worker, kept with the score."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import access, wording
from accounts.models import User
from jobs import dispatch, lease
from jobs.lease import Lease
from jobs.models import Job, Status
from screening import learning, lessons, own_scores, pools
from screening.engine import own
from screening.models import Campaign, Outcome, OwnScore

KIND = "own_trial"
FEWEST, FEWEST_OF_EACH = 50, 10  # results, and of either kind: under it an interval is too wide to tell anything
LIVE = (Status.QUEUED, Status.RUNNING)
MILLION = 1_000_000
STEPS = {"read": gettext_lazy("read the results and what was known before them"), "compare": gettext_lazy("compare")}


def start(score: OwnScore, *, by: User, now: datetime) -> Job:
    """Have an own score compared with the model at work; a comparison that works already is returned.

    Raises NotAllowed.
    """
    access.require(by, "decide", brand=score.brand_id, market=score.market_id)
    with transaction.atomic():
        OwnScore.objects.select_for_update().get(pk=score.pk)
        key = f"{KIND}:{score.pk}:"
        live = Job.objects.filter(kind=KIND, idempotency_key__startswith=key, status__in=LIVE).first()
        if live is not None:
            return live
        params = {"own_score": score.pk, "run": score.run_id, "about": score.name}
        return dispatch.enqueue(
            KIND, params=params, key=f"{key}{uuid4().hex}", by=by, now=now, brand=score.brand_id,
            market=score.market_id,
        )  # fmt: skip


def carry_out(held: Lease) -> dict[str, Any]:
    """Compare an own score with the model at work on the results of its brand and market, and keep what came of it.

    Raises Refused where too little is known.
    """
    score = OwnScore.objects.select_related("market").get(pk=held.params["own_score"])
    held.keep(done=0, total=2, step="read")
    row, model = learning.champion(score.market)
    try:
        found = lessons.gather(score.market, model, until=lease.now())
    except pools.EmptyMarket as nobody:
        raise dispatch.Refused(str(nobody)) from nobody
    # Results of other brands are not this reader's to count.
    campaigns = set(Campaign.objects.filter(brand=score.brand_id, market=score.market_id).values_list("pk", flat=True))
    asked = Outcome.objects.in_bulk(found.outcomes)
    mine = np.array([asked[pk].campaign_id in campaigns for pk in found.outcomes], bool)
    worked = found.lessons.worked[mine]
    if lacks := lacking(len(worked), int(worked.sum())):
        raise dispatch.Refused(lacks)
    held.keep(done=1, step="compare")
    said = own.of_lessons(model, found.lessons, own_scores.own_of(score.content))[mine]
    official = learning.champions_chances(row, model, found.lessons, found.outcomes)[mine]
    trial = own.compare(said, official, worked, found.lessons.creators[mine])
    told = _told(trial, row.version)
    with transaction.atomic():
        OwnScore.objects.filter(pk=score.pk).update(trial=told)
        held.finish(told)
    return told


def _told(trial: own.Trial, version: int) -> dict[str, Any]:
    parts = {name: [round(one * MILLION) for one in getattr(trial, name)] for name in ("own", "official", "gain")}
    return {"results": trial.count, "worked": trial.worked, "version": version, **parts}


def lacking(count: int, worked: int) -> str:
    """Return why nothing can be compared yet; "" where there is enough."""
    if count < FEWEST:
        few = ngettext(
            "%(n)s result of this brand is too little to compare by. %(least)s are needed.",
            "%(n)s results of this brand are too few to compare by. %(least)s are needed.", count,
        )  # fmt: skip
        return few % {"n": wording.number(count), "least": FEWEST}
    if min(worked, count - worked) >= FEWEST_OF_EACH:
        return ""
    told = {"good": wording.number(worked), "bad": wording.number(count - worked), "least": FEWEST_OF_EACH}
    return _("%(good)s worked out and %(bad)s did not: at least %(least)s of each are needed.") % told


def sentence(score: OwnScore) -> str:
    """Return what a comparison found, in words; "" where there was none."""
    told = score.trial
    if not told:
        return ""
    ends = {name: [wording.share(one / MILLION) for one in told[name]] for name in ("own", "official")}
    given = {
        "n": wording.number(told["results"]), "worked": wording.number(told["worked"]), "version": told["version"],
        "own": ends["own"][0], "own_low": ends["own"][1], "own_high": ends["own"][2],
        "ai": ends["official"][0], "ai_low": ends["official"][1], "ai_high": ends["official"][2],
    }  # fmt: skip
    found = _(
        "Of two partnerships, one that worked out and one that did not, this score puts the right one first in %(own)s "
        "of the cases (%(own_low)s to %(own_high)s), the AI’s version %(version)s in %(ai)s (%(ai_low)s to "
        "%(ai_high)s); %(n)s results, %(worked)s of them worked out."
    )
    return found % given + " " + _judged(told["gain"])


def _judged(gain: list[int]) -> str:
    if gain[1] > 0:
        return _("It orders surely better.")
    if gain[2] < 0:
        return _("The AI’s orders surely better.")
    return _("Which of them orders better cannot be told yet.")
