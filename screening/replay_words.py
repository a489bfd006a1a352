"""What a replay found, in the reader's language: the verdict, why not, and each difference with its figures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import wording
from jobs.models import Job
from screening import words
from screening.factor_words import Words
from screening.models import Verdict
from screening.replay import Finding, Why

FINDINGS: Mapping[str, Words] = {
    Finding.REPRODUCED: _("Reproduced: the same inputs give the same answer, to the last digit."),
    Finding.DIFFERS: _("Differs: the same inputs do not give what was shown."),
    Finding.NOT_REPLAYABLE: _("Not replayable: %(why)s"),
}
WHY: Mapping[str, Words] = {
    Why.ERASED: _("erased. Somebody of its candidates asked to be forgotten, or the time of keeping was over."),
    Why.POOL_GONE: _("the frozen candidates of this run are no longer kept."),
    Why.POOL_CHANGED: _("the file of the frozen candidates was changed: it does not give its hash."),
    Why.MODEL_CHANGED: _("the model was changed: it does not give its hash."),
    Why.FORECASTER_CHANGED: _("the tables of the forecast were changed: they do not give their hash."),
    Why.LOOKOUT_CHANGED: _("what was learned of looks at flags was changed: it does not give its hash."),
    Why.INPUTS_CHANGED: _("the run names other inputs than its entry in the audit log."),
    Why.OTHER_ENGINE: _("this release reads another format than the one it was made in."),
}
COLUMNS: Mapping[str, Words] = {
    "rank": _("Rank"),
    "score_u6": _("Score"),
    "p_u6": _("Chance"),
    "verdict": _("AI verdict"),
    "factors": _("Factors"),
    "missing": _("Missing data"),
    "flags": _("Flags"),
    "knowledge": _("What the AI knows"),
    "figures_date": _("Date of the figures"),
    "forecast_u6": _("Forecast"),
    "list": _("List of all candidates"),
    "file": _("Stored list of all candidates"),
}
MOST = 12  # differences that a page lists; the command lists all


@dataclass(frozen=True)
class Shown:
    """A replay as a page shows it."""

    text: str
    detail: str
    lines: list[str]
    by: str


def shown(job: Job | None) -> Shown | None:
    """Return the last replay of an answer for its page."""
    if job is None or job.finished_at is None:
        return None
    told = job.result
    return Shown(verdict(told), told["detail"], lines(told)[:MOST], f"{job.by or ''} · {wording.when(job.finished_at)}")


@dataclass(frozen=True)
class ShownRun:
    """A replay of a whole run as its page shows it. answers: those that differ; differ: their names and profiles."""

    text: str
    detail: str
    answers: tuple[int, ...]
    by: str
    differ: tuple[tuple[str, int], ...] = ()


def shown_run(job: Job | None) -> ShownRun | None:
    """Return the last replay of a run for its page."""
    if job is None or job.finished_at is None:
        return None
    told = job.result
    found, n = told["findings"], sum(told["findings"].values())
    given = {"n": wording.number(found.get(Finding.DIFFERS, 0)), "total": wording.number(n)}
    if Finding.DIFFERS in found:
        text = gettext("Differs: %(n)s of %(total)s answers do not come out as they were shown.") % given
    elif Finding.NOT_REPLAYABLE in found:
        text = " ".join(str(FINDINGS[Finding.NOT_REPLAYABLE]) % {"why": str(WHY[one])} for one in told["why"])
    elif not n:
        text = gettext("There is no answer in this run to play again.")
    else:
        text = gettext(
            "Reproduced: the list of all candidates and every one of %(total)s answers, to the last digit."
        ) % given  # fmt: skip
    is_other = Finding.DIFFERS in found and told["then"] != told["now"]
    detail = gettext("Made by release %(then)s, played again by %(now)s.") % told if is_other else ""
    return ShownRun(text, detail, tuple(told["differ"]), f"{job.by or ''} · {wording.when(job.finished_at)}")


def verdict(told: Mapping[str, Any]) -> str:
    """Return how a replay ended, in one sentence. told: what `Replay.plain` gives."""
    return str(FINDINGS[told["finding"]]) % {"why": str(WHY.get(told["why"], ""))}


def lines(told: Mapping[str, Any]) -> list[str]:
    """Return each difference: what, what was shown, what comes out now; another release where something differs."""
    found = [_line(*one) for one in told["differences"]]
    if found and told["then"] != told["now"]:
        found.append(gettext("Made by release %(then)s, played again by %(now)s.") % dict(told))
    return found


def _line(what: str, was: Any, now: Any) -> str:
    is_logged, name = what.startswith("log."), what.removeprefix("log.")
    column, _dot, rest = name.partition(".")
    label = words.feature(rest) if column == "factors" and rest else str(COLUMNS.get(column, name))
    if column == "knowledge" and rest:
        label = f"{label} ({rest})"
    given = {"what": label, "was": _value(column, was), "now": _value(column, now)}
    if is_logged:
        return gettext("%(what)s: the audit log says %(was)s, now %(now)s") % given
    return gettext("%(what)s: %(was)s, now %(now)s") % given


def _value(column: str, value: Any) -> str:
    if value is None:
        return "–"
    if column in {"list", "file"}:
        return str(value)[:8]
    if column in {"score_u6", "p_u6"}:
        return wording.number(value / 1e6, 6)
    if column == "verdict" and value in Verdict.values:
        return str(Verdict(value).label)
    if column == "factors" and value and isinstance(value[0], int):
        return wording.number(value[0] / 1e6, 6)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
