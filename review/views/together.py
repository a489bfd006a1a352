"""Together on the desk: the figure or its words, the steps, and how it is combined; confirmed while somebody types."""

import json
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts import wording
from review import queries, seals
from review.judgement import combine, enough
from review.judgement.combine import AFTER_THE_AI, Vote
from review.judgement.enough import Standing
from review.models import ReviewTask
from review.overlays import SCALES
from review.queries.together import FIRST, LATER, RECORD, Figure, figure
from review.views import found, person
from screening.models import Verdict

LEAST, MOST = 5, 95  # percent that are ever shown
SIDES = {Verdict.RECOMMEND: 1, Verdict.DECLINE: -1, Verdict.UNSURE: 0}
LABELS = {
    RECORD: gettext_lazy("record of this market"), FIRST: gettext_lazy("your first view"),
    "cultural_fit": gettext_lazy("cultural fit"), "strategic_alignment": gettext_lazy("strategy"),
    "gut_rating": gettext_lazy("gut rating"),
}  # fmt: skip


@dataclass(frozen=True)
class Together:
    """The block of the desk. q: 0-1, None where there is no number yet. steps: words, points. data: for the script."""

    p: float
    q: float | None
    words: str
    is_provisional: bool
    steps: list[tuple[str, str]]
    invites: bool  # nothing of one's own is filled in
    how: list[str]
    data: str
    line: float
    line_label: str
    label: str


@login_required
@require_POST
def live(request: HttpRequest, task_id: int) -> HttpResponse:
    """Confirm what the browser previewed: Together with the scales as they stand on the desk, nothing is saved."""
    task, user = found(request, task_id), person(request)
    if seals.hides(task, user):
        raise Http404
    scales = {name: _scale(request.POST.get(name, "")) for name in SCALES}
    shown = of(figure(task, user=user, views=queries.views_of(task), scales=scales), task)
    return render(request, "review/_together.html", {"together": shown, "task": task, "is_live": True})


def _scale(text: str) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def line_label(line: float) -> str:
    """Return what stands under the tick of the auto line, the same on every strip."""
    return _("line %(line)s") % {"line": wording.number(round(100 * line))}


def of(told: Figure, task: ReviewTask) -> Together:
    """Return the figure in words: a number only where enough outcomes stand behind it (science.md 1.5)."""
    standing = told.fitted.standing
    number = {Standing.WORDS: None, Standing.AI_ALONE: told.p}.get(standing, told.q)
    q = None if number is None else percent(number) / 100
    words, line = words_of(told.p, task.recommendation.verdict), task.policy.auto_line_u6 / 1_000_000
    side = SIDES[Verdict(task.recommendation.verdict)]
    said = words[_agreement(told.lean, side)]
    return Together(
        p=told.p, q=q, words=said, is_provisional=standing in {Standing.WORDS, Standing.PROVISIONAL},
        steps=[] if number in {None, told.p} else steps_of(told), invites=not told.lean, how=how(told),
        data=json.dumps(_data(told, words, side, line)), line=line,
        line_label=line_label(line),
        label=said if q is None else _("Together %(q)s, the AI %(p)s") % {
            "q": wording.share(q), "p": wording.percent(told.p)
        },
    )  # fmt: skip


def percent(chance: float) -> int:
    """Return a chance in whole percent, 5 to 95 (ux.md 5)."""
    return min(MOST, max(LEAST, round(100 * chance)))


def _agreement(lean: float, side: int) -> str:
    if not lean:
        return "none"
    if not side:
        return "yes" if lean > 0 else "no"
    return "agree" if lean * side > 0 else "disagree"


def words_of(p: float, verdict: str) -> dict[str, str]:
    """Return what Together says as long as it is no number, by how the view stands to the AI’s."""
    likely = wording.chance_words(p)
    given = {"words": likely[:1].lower() + likely[1:]}
    return {
        "none": _("AI: %(words)s") % given,
        "agree": _("AI: %(words)s, you agree") % given,
        "disagree": _("AI: %(words)s, you disagree") % given,
        "yes": _("AI: %(words)s, you lean to yes") % given,
        "no": _("AI: %(words)s, you lean to no") % given,
    }


def steps_of(told: Figure) -> list[tuple[str, str]]:
    """Return each step in whole points, so that the AI’s percent and the points make up the figure that is shown."""
    shown = [percent(chance) for chance in told.chances]
    moves = (after - before for before, after in pairwise(shown))
    found = [
        (part.by.name if part.code == LATER and part.by else str(LABELS[part.code]), moved)
        for part, moved in zip(told.parts, moves, strict=True)
    ]
    return [(label, f"{'+' if moved > 0 else wording.MINUS}{abs(moved)}") for label, moved in found if moved]


def how(told: Figure) -> list[str]:
    """Return how this is combined, in plain sentences: what counts, how much, and where the weights come from."""
    whole = told.fitted.weights.b2 * Vote(1.0, told.rates, 1.0 if told.is_first else AFTER_THE_AI).evidence
    after = float(combine.logistic(combine.logit(np.array(told.p)) + whole))
    given = {"p": wording.percent(told.p), "q": wording.share(percent(after) / 100)}
    mapping = (
        _("Your first view is your vote, whole, because the AI had not spoken. What you add later does not move it.")
        if told.is_first
        else _("Your scales are one vote: their mean, where 3 counts nothing, 5 is a whole yes and 1 a whole no. "
               "You saw the AI first, so the vote counts half.")
    )  # fmt: skip
    return [
        mapping,
        _reviewer(told),
        _("By these weights a whole yes of yours makes the AI’s %(p)s into %(q)s.") % given,
        _behind(told),
        _("Relationship, words and your views of factors are context: they are not in the figure."),
    ]


def _reviewer(told: Figure) -> str:
    fitted, rates, weight = told.fitted, told.rates, {"weight": wording.share(told.fitted.weights.b2)}
    if 0 < told.own_outcomes < enough.OF_A_REVIEWER:
        given = {**weight, "n": told.own_outcomes, "needed": enough.OF_A_REVIEWER}
        return _("Of your own record %(n)d of %(needed)d results are known: it is drawn towards the team’s. "
                 "%(weight)s of your vote counts beside the AI.") % given  # fmt: skip
    given = {**weight, "good": wording.share(rates.se), "bad": wording.share(rates.fa)}
    if not fitted.version:
        return _("The vote is taken as that of a reviewer who says yes to %(good)s of those that work out and to "
                 "%(bad)s of the others; %(weight)s of it counts beside the AI.") % given  # fmt: skip
    return _("By the record such a vote says yes to %(good)s of those that work out and to %(bad)s of the others; "
             "%(weight)s of it counts beside the AI.") % given  # fmt: skip


def _behind(told: Figure) -> str:
    fitted = told.fitted
    given = {"n": fitted.n, "needed": enough.FOR_A_NUMBER, "sure": enough.FOR_SURE}
    if fitted.standing == Standing.WORDS:
        return _("Not learned: %(n)d of %(needed)d results with a view given before the AI spoke. Until then these are "
                 "stated weights, the AI plus 60%% of a reviewer who is right in 65 of 100, and no number is shown."
                 ) % given  # fmt: skip
    if fitted.standing == Standing.AI_ALONE:
        return _("On results left out of the fit the combination was worse than the AI (%(n)d results): "
                 "the AI’s own chance is shown.") % given  # fmt: skip
    text = ngettext("Fitted on %(n)d result of this market, weights %(version)d (%(hash)s).",
                    "Fitted on %(n)d results of this market, weights %(version)d (%(hash)s).", fitted.n) % {
        **given, "version": fitted.version, "hash": wording.short_hash(fitted.sha256),
    }  # fmt: skip
    if fitted.standing == Standing.PROVISIONAL:
        text += " " + _("Provisional until %(sure)d.") % given
    return text


def _data(told: Figure, words: dict[str, str], side: int, line: float) -> dict[str, Any]:
    """Return what the browser needs to preview the figure by the same sums."""
    return {
        "p": told.p, **asdict(told.fitted.weights), "shows": str(told.fitted.standing), "side": side, "line": line,
        "yes": Vote(1.0, told.rates).evidence, "no": Vote(-1.0, told.rates).evidence, "half": AFTER_THE_AI,
        "first": (told.lean if told.is_first else 0), "words": words,
        "others": [[who.name, vote.evidence] for who, vote in told.others],
        "labels": {code: str(label) for code, label in LABELS.items()},
        "percent": wording.share(0.5).replace("50", "#"),
    }  # fmt: skip
