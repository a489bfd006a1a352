"""A file read to its end without writing anything: what would become of its records, and which rows have a problem."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from screening.imports import words
from screening.imports.checks import RowProblem
from screening.imports.matching import Ambiguous, Registry
from screening.imports.plan import Plan, file_warnings
from screening.imports.rows import Record
from screening.imports.scratch import scratch
from screening.imports.tally import Tally
from screening.models import ImportBatch, Market

SHOWN = 200  # problems that are kept
_CHUNK = 1_000


def count(
    plan: Plan, *, market: str, now: datetime, alive: Callable[[int], None] = lambda _done: None
) -> dict[str, Any]:
    """Count what an import would do. Returns the same keys as an import's report, and ``problems`` (the first 200).

    ``alive`` is called with the number of rows read after every 1,000.
    """
    tally, problems = Tally(), list[RowProblem]()
    currency = Market.objects.filter(code=market).values_list("currency", flat=True).first() or ""
    reader = plan.reader(today=now.date() + timedelta(days=1), currency=currency)
    with scratch("CREATE TABLE met (platform TEXT, key TEXT, PRIMARY KEY (platform, key)) WITHOUT ROWID") as notebook:
        records = (reader.read(line, cells) for line, cells in plan.table.rows())
        for chunk in _chunks(records):
            registry = Registry([part for record in chunk for part in record.parts], ImportBatch(market=market))
            for record in chunk:
                tally.records += 1
                problem = record.problem or _unknown(record, registry)
                if problem:
                    tally.refused += 1
                    problems += [problem] if len(problems) < SHOWN else []
                    continue
                is_new = False
                for part in record.parts:
                    met = "INSERT OR IGNORE INTO met VALUES (?, ?)"
                    if registry.is_new(part):
                        is_new |= bool(notebook.execute(met, (part.platform, part.key)).rowcount)
                tally.loaded += is_new
                tally.merged += not is_new
            alive(tally.records)
    for (code, column), times in reader.notes.items():
        tally.note(code, column, times=times)
    return _report(plan, tally, problems, market)


def _chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    while chunk := list(islice(records, _CHUNK)):
        yield chunk


def _unknown(record: Record, registry: Registry) -> RowProblem | None:
    try:
        found = [part.key or registry.find(part) for part in record.parts]
    except Ambiguous as several:
        return RowProblem(record.line, "", str(several), "creator_ambiguous")
    return None if any(found) else RowProblem(record.line, "", record.parts[0].external_id, "creator_unknown")


def _report(plan: Plan, tally: Tally, problems: list[RowProblem], market: str) -> dict[str, Any]:
    warnings = [*file_warnings(plan.to_json()), *tally.warnings()]
    return {
        "file": plan.name,
        "dry_run": True,
        **{name: getattr(tally, name) for name in ("records", "loaded", "merged", "refused", "duplicates")},
        "platform": plan.mapping.platform,
        "market": market,
        "as_of": None if plan.as_of_from in ("column", "no_need") else plan.as_of.isoformat(),
        "mapping_by": plan.mapping_by,
        "mapping": plan.mapping.targets(),
        "warnings": [{**warning, "text": words.warning(warning)} for warning in warnings],
        "problems": [{"line": p.line, "column": p.column, "value": p.value, "reason": p.reason} for p in problems],
    }
