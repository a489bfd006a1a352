"""A run's frozen inputs, and the engine's answer to them: the same inputs give the same answer, in any process."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from screening import briefs, forecasting, lookouts, money, norms, parts, pools, training
from screening.engine import assessment, raw, tables
from screening.engine.ranges import Ask
from screening.engine.screen import screen
from screening.engine.types import Assessment, Criteria, DecisionLine, Norm, Preferences, Standing
from screening.models import Campaign, MarketEvent, MarketNorm, Pool, ScreeningRun

MILLION = 1_000_000
USUAL_LINE = DecisionLine(0.5, 0.045)  # what a policy says unless its owner sets another
# Brand slug and market code -> the line of the policy in force. Policies lie one floor up, so the frame tells.
_lines: list[Callable[[str, str], DecisionLine]] = []


def tell(reader: Callable[[str, str], DecisionLine]) -> None:
    """Say where the decision line of a brand and market is read; the last one told is asked."""
    _lines.append(reader)


def line_of(campaign: Campaign) -> DecisionLine:
    """Return the decision line in force for a campaign."""
    return _lines[-1](campaign.brand_id, campaign.market_id) if _lines else USUAL_LINE


def line_used(frozen: Mapping[str, Any] | list[Any] | None) -> DecisionLine:
    """Return the line that a run froze at its start (`ScreeningRun.norms`); runs older than lines had the usual one."""
    kept = frozen.get("line") if isinstance(frozen, Mapping) else None
    return DecisionLine(kept[0] / MILLION, kept[1] / MILLION) if kept else USUAL_LINE


class NotJudged(LookupError):
    """Raised when a run has no pool yet: its worker has not begun."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A run's opened inputs and the screening of all candidates."""

    pool: raw.Pool
    criteria: Criteria
    preferences: Preferences
    model: tables.Model
    line: DecisionLine
    screening: Standing

    def assess(self, rows: Sequence[int]) -> list[Assessment]:
        """Return everything cards show about some rows of the pool."""
        return assessment.assess_rows(
            self.pool, rows, self.criteria, self.preferences, self.model, screening=self.screening, line=self.line
        )

    def with_figure(self, row: int, feature: str, value: float) -> tuple[float, float]:
        """Return score and p of a row as they would be with one feature known. Raises KeyError for an unused one."""
        found = assessment.with_figure(
            self.pool, row, self.criteria, self.preferences, self.model, screening=self.screening, line=self.line,
            feature=feature, value=value,
        )  # fmt: skip
        return float(found.score[0]), float(found.p[0])


def in_force(campaign: Campaign, *, on: date, line: DecisionLine) -> dict[str, Any]:
    """Return what a run freezes beside its rows: norms and events in force, the rate of the fee, the decision line, and
    where there are any the tables that forecast its KPI and that tell what looks at flags find.

    Raises RateMissing.
    """
    events = MarketEvent.objects.filter(market=campaign.market, from_date__lte=on).exclude(until_date__lt=on)
    return {
        "norms": [asdict(_norm(norm)) for norm in norms.in_force(campaign.market, on=on)],
        "events": list(events.order_by("pk").values_list("pk", flat=True)),
        "rate": f"{money.rate(campaign.brand.currency, campaign.market.currency, on=on):.12f}",
        "line": [round(line.p * MILLION), round(line.half_band * MILLION)],
        **forecasting.in_force(campaign),
        **lookouts.in_force(campaign.market_id),
    }


def _norm(norm: MarketNorm) -> Norm:
    scope = norm.scope
    words = {name: scope.get(name) or None for name in norms.SCOPE}
    ends = {name: scope.get(name) for name in ("low", "high")}
    feature, _, side = norm.flag.partition(":")
    return Norm(key=str(norm.pk), feature=feature, side=side or None, market=norm.market_id, **words, **ends)


def digest_of(frozen: Mapping[str, Any] | list[Any]) -> str:
    """Return the SHA-256 of norms, events, rate and line as a run froze them."""
    return hashlib.sha256(json.dumps(frozen, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def judge(run: ScreeningRun) -> Judged:
    """Return the engine's answer to a run's frozen inputs, kept for the last two runs of this process. numpy alone.

    Raises NotJudged before the run has a pool, NotInStore when its pool was removed.
    """
    return _judged(str(settings.STORE_URL), settings.RANGE_ROWS, opened(run))


@lru_cache(maxsize=2)
def _judged(_store: str, most: int, inputs: parts.Inputs) -> Judged:
    return _screened(inputs, is_whole=len(inputs.pool) <= most)


def _screened(inputs: parts.Inputs, *, is_whole: bool) -> Judged:
    pool, ask = inputs.pool, inputs.ask
    screening: Standing
    if not is_whole:
        screening = parts.standing(inputs)
    else:
        screening = screen(
            pool, ask.criteria, ask.preferences, ask.model, norms=ask.norms, seed=ask.seed, line=ask.line
        )
    return Judged(pool, ask.criteria, ask.preferences, ask.model, ask.line, screening)


def opened(run: ScreeningRun) -> parts.Inputs:
    """Return a run's frozen inputs, opened. Raises NotJudged before the run has a pool, NotInStore."""
    if run.pool_id is None:
        raise NotJudged(f"Run {run.number} has no pool yet.")
    return _inputs(run, training.load(run.model_id), pools.open_pool(Pool(sha256=run.pool_id)))


def afresh(run: ScreeningRun) -> Judged:
    """Judge a run's frozen inputs once more, whole and from their files, each held against its hash: for a replay.

    Raises NotJudged, NotInStore, pools.ChangedPool, pools.OtherFormat, tables.BrokenModel and OtherGrid.
    """
    if run.pool_id is None:
        raise NotJudged(f"Run {run.number} has no pool yet.")
    inputs = _inputs(run, training.checked(run.model_id), pools.checked(Pool(sha256=run.pool_id)))
    return _screened(inputs, is_whole=True)


def _inputs(run: ScreeningRun, model: tables.Model, pool: raw.Pool) -> parts.Inputs:
    frozen = run.norms or {}
    criteria, preferences = _asked(run.brief.criteria, run.brief.preferences, frozen)
    known = tuple(Norm(**norm) for norm in frozen.get("norms", ()))
    told = [run.pool_id, model.key, run.brief.criteria, run.brief.preferences, frozen, run.seed]
    ask = Ask(criteria, preferences, model, known, run.seed, line_used(frozen))
    return parts.Inputs(digest_of(told), release(), pool, ask)


@lru_cache(maxsize=1)
def release() -> str:
    """Return which code runs: the release and the start of the hash of its locked libraries."""
    folder = Path(settings.BASE_DIR)
    version = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["version"]
    return f"{version}+{hashlib.sha256((folder / 'requirements.lock').read_bytes()).hexdigest()[:16]}"


def inputs_of(run: ScreeningRun) -> tuple[raw.Pool, Criteria, Preferences]:
    """Return a run's frozen pool and what its brief asked, amounts in the pool's currency. Raises NotInStore."""
    return pools.open_pool(Pool(sha256=run.pool_id or "")), *_asked(
        run.brief.criteria, run.brief.preferences, run.norms or {}
    )


def _asked(
    asked: Mapping[str, Any], wished: Mapping[str, Any], frozen: Mapping[str, Any] | list[Any]
) -> tuple[Criteria, Preferences]:
    rate = Decimal(frozen.get("rate", "1")) if isinstance(frozen, Mapping) else Decimal(1)
    return (
        briefs.at_rate(briefs.criteria_from(asked), rate),
        briefs.wishes_at_rate(briefs.preferences_from(wished), rate),
    )
