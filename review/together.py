"""Together’s weights: fitted a market from stored first views and outcomes, kept as versions, read by the desk.

Only a view that was committed before the AI was seen enters the fit, joined with what that creator achieved in that
campaign. What a person adds after seeing the AI is not independent of it: it is never fitted, and counts half.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from audit import log
from audit.models import Kind
from jobs import dispatch
from review.judgement import combine, enough
from review.judgement.combine import Rates, Votes
from review.judgement.enough import Standing
from review.judgement.newton import Doubles
from review.judgement.shrinkage import BAD, GOOD, Shrunk
from review.models import Arm, FirstView, ReviewTask, Weights
from screening.models import Market, Outcome

SCHEMA = 1
MILLION = 1_000_000
DIGITS = 9  # of numbers in the document


@dataclass(frozen=True)
class Fitted:
    """What Together weighs by in a market; without a version the stated priors.

    n: outcomes with both p and a first view. people: user id -> yes to good, good, yes to bad, bad.
    """

    weights: combine.Weights = field(default_factory=combine.Weights)
    se: Shrunk = field(default_factory=lambda: GOOD.shrunk)
    fa: Shrunk = field(default_factory=lambda: BAD.shrunk)
    people: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)
    standing: Standing = Standing.WORDS
    n: int = 0
    version: int = 0
    sha256: str = ""

    def rates_of(self, user_id: int) -> Rates:
        """Return how often a person says yes to what proves good and to what proves bad, drawn towards everybody."""
        yes_good, good, yes_bad, bad = self.people.get(str(user_id), (0, 0, 0, 0))
        return Rates(float(self.se.rate(yes_good, good)), float(self.fa.rate(yes_bad, bad)))

    def outcomes_of(self, user_id: int) -> int:
        """Return how many outcomes of a person’s own first views are known."""
        _yes_good, good, _yes_bad, bad = self.people.get(str(user_id), (0, 0, 0, 0))
        return good + bad


@dataclass(frozen=True, eq=False)
class Rows:
    """What is fitted: chances and outcomes of cases (n,), votes on them, and the reviewers’ ids in their order."""

    p: Doubles
    good: combine.Bools
    votes: Votes
    people: list[int]

    @property
    def digest(self) -> str:
        """The SHA-256 of the rows: the same rows are fitted once."""
        parts = (self.p, self.good, self.votes.case, self.votes.reviewer, self.votes.yes, np.array(self.people))
        return hashlib.sha256(b"|".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def newest_of(market: Any) -> QuerySet[Weights]:
    """Return the newest weights of a market; `market` may be an OuterRef."""
    return Weights.objects.filter(market=market).order_by("-version")[:1]


def annotated(tasks: QuerySet[ReviewTask]) -> QuerySet[ReviewTask]:
    """Let tasks bring the newest weights of their market along (`weights_document`), without a query of their own."""
    return tasks.annotate(weights_document=Subquery(newest_of(OuterRef("market")).values("document")))


def of_task(task: ReviewTask) -> Fitted:
    """Return the weights of a task’s market; one query unless `annotated` brought them."""
    if hasattr(task, "weights_document"):
        document = task.weights_document
    else:
        document = newest_of(task.market).values_list("document", flat=True).first()
    return read(json.loads(document) if isinstance(document, str) else document)


def read(document: Mapping[str, Any] | None) -> Fitted:
    """Return stored weights as values; the stated priors where there are none."""
    if not document:
        return Fitted()
    return Fitted(
        combine.Weights(**document["weights"]), Shrunk(**document["se"]), Shrunk(**document["fa"]),
        {who: tuple(counts) for who, counts in document["people"].items()}, Standing(document["standing"]),
        document["n"], document["version"], digest_of(document),
    )  # fmt: skip


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document of weights as canonical JSON."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def rows_of(market: str) -> Rows:
    """Return what a market’s weights are fitted on: blind first views whose creator has an outcome there. Two queries.

    The newest result of a creator in a campaign counts, for the campaign’s own goal.
    """
    told = Outcome.objects.filter(
        campaign__market=market, replaced_by__isnull=True, kpi=F("campaign__objective")
    ).order_by("as_of_date", "pk")
    proved = {(c, who): good for c, who, good in told.values_list("campaign", "profile__creator", "is_success")}
    before = Q(task__unsealed_at__isnull=True) | Q(at__lte=F("task__unsealed_at"))
    views = FirstView.objects.filter(before, task__market=market, task__arm=Arm.BLIND).order_by("task_id", "by_id")
    wanted = ("task", "task__campaign", "task__recommendation__creator", "task__recommendation__p_u6", "by", "says_yes")
    found = [row for row in views.values_list(*wanted) if (row[1], row[2]) in proved]
    cases = {task: n for n, task in enumerate(dict.fromkeys(row[0] for row in found))}
    people = sorted({row[4] for row in found})
    one_each = {row[0]: row for row in found}.values()
    return Rows(
        np.array([row[3] / MILLION for row in one_each]),
        np.array([proved[row[1], row[2]] for row in one_each], bool),
        Votes(
            np.array([cases[row[0]] for row in found], np.int64),
            np.array([people.index(row[4]) for row in found], np.int64),
            np.array([row[5] for row in found], bool),
        ),
        people,
    )


def refit(market: Market, *, now: datetime) -> Weights | None:
    """Fit a market’s weights again and keep them as the next version; None when no row is new."""
    rows = rows_of(market.code)
    if not len(rows.p):
        return None
    with transaction.atomic():
        Market.objects.select_for_update(no_key=True).get(pk=market.pk)
        last = Weights.objects.filter(market=market).order_by("-version").first()
        if last is not None and last.document["rows"] == rows.digest:
            return None
        version = last.version + 1 if last else 1
        document = _document(rows, version)
        return _keep(market, document, now=now)


def _document(rows: Rows, version: int) -> dict[str, Any]:
    fitted = combine.fit(rows.p, rows.votes, rows.good, reviewers=len(rows.people))
    n, good = len(rows.p), int(rows.good.sum())
    bad = n - good
    is_enough = n >= enough.FOR_A_NUMBER and min(good, bad) >= enough.OF_EACH_CLASS
    losses = combine.held_out(rows.p, rows.votes, rows.good, reviewers=len(rows.people)) if is_enough else (None, None)
    first = np.unique(rows.votes.case, return_index=True)[1]  # one vote a case: the regime test asks of one reviewer
    tally = fitted.tally
    counts = zip(tally.yes_to_good, tally.good, tally.yes_to_bad, tally.bad, strict=True)
    return {
        "schema": SCHEMA, "method": "STACK", "version": version, "rows": rows.digest, "n": n, "good": good, "bad": bad,
        "weights": _rounded(asdict(fitted.weights)), "se": _rounded(asdict(fitted.se)),
        "fa": _rounded(asdict(fitted.fa)),
        "people": {str(who): [int(one) for one in four] for who, four in zip(rows.people, counts, strict=True)},
        "loss": losses[0] and round(losses[0], DIGITS), "ai_loss": losses[1] and round(losses[1], DIGITS),
        "standing": str(enough.standing(good=good, bad=bad, loss=losses[0], ai_loss=losses[1])),
        "added": _rounded(asdict(enough.added(rows.p, rows.votes.yes[first], rows.good))),
    }  # fmt: skip


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(one, DIGITS) if isinstance(one, float) else one for name, one in values.items()}


def _keep(market: Market, document: dict[str, Any], *, now: datetime) -> Weights:
    sha256 = digest_of(document)
    body = {
        "what": "together", "version": document["version"], "sha256": sha256, "outcomes": document["n"],
        "good": document["good"], "people": len(document["people"]), "standing": document["standing"],
        **{f"{name}_u6": round(one * MILLION) for name, one in document["weights"].items()},
    }  # fmt: skip
    entry = log.record(Kind.MODEL_RELEASE, stream=f"together:{market.code}", by=None, body=body, market=market.code)
    return Weights.objects.create(
        market=market, version=document["version"], sha256=sha256, document=document, at=now, audit=entry
    )


def refit_soon(*, now: datetime) -> None:
    """Have a worker fit every market in which a first view was committed, once a day."""
    seen = FirstView.objects.values_list("task__market").annotate(last=Max("pk")).order_by()
    for market, _last in seen:
        with transaction.atomic():
            key = f"together:{market}:{now.date().isoformat()}"
            dispatch.enqueue("together", params={"market": market}, key=key, by=None, now=now, market=market)
