"""The page docs/features.md: what the engine looks at, and which real file fills it.

The words come from the code, the counts from imports of real files (feature_sources) or, where those are not at hand,
from the page itself: `render(read_counts(page))` is the page again, or the page is out of date.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils import translation

from screening import words
from screening.engine.features import FEATURES, Feature

ALL = "all together"
Counts = Mapping[str, Mapping[str, int]]  # file, or ALL -> feature -> profiles whose value is known
DIRECTIONS = {1: "more is better", -1: "less is better", 0: "neither"}
_FILE = re.compile(r"^\| (\d+) \| `([^`]+)` \|", re.M)
_ROW = re.compile(r"^\| `(\w+)` \|((?: [\d,]* \|)+)$", re.M)
HEAD = """\
# What the engine looks at

Written by `./run manage feature_table --data FOLDER` from `screening/engine/features.py` and the words of the product;
`--check` compares the page with the code. A value outside of the range counts as its nearest end; an unknown one is
missing data, never 0. On other platforms than those named a value cannot exist, and nothing is missing. The direction
says what more of it means; where it is "neither", the middle is best or the values have no order. What a feature is
worth in points stands in `screening/engine/card.py`.
"""
FILLED = """\
## Which file fills which feature

Profiles of each file for which a feature's value is known: the file goes through the importer alone into an empty
database, as [imports.md](imports.md) says (without a market there: into US), and its market is measured as a pool is.
A file that needs another before it counts for what it adds. The features of a brief are measured with one that asks
for all of them. "All together" is the database after all the files: histories reach from file to file.
"""


def render(counts: Counts) -> str:
    """Return the page. counts: file -> feature -> profiles, files in their order, ALL among them."""
    files = [name for name in counts if name != ALL]
    listed = ["| no. | file under `../shared/data` |", "| ---: | --- |"]
    listed += [f"| {number} | `{name}` |" for number, name in enumerate(files, 1)]
    columns = [*(str(number) for number in range(1, len(files) + 1)), ALL]
    matrix = [_row("feature", *columns), _row("---", *["---:"] * len(columns))]
    matrix += [_row(f"`{code}`", *(_count(counts[name].get(code, 0)) for name in (*files, ALL))) for code in FEATURES]
    return "\n".join([HEAD, *_features(), "", FILLED, *listed, "", *matrix, ""])


def read_counts(page: str) -> dict[str, dict[str, int]]:
    """Read the counts back from a page: file, or ALL -> feature -> profiles, zeros left out."""
    names = [*(match[2] for match in _FILE.finditer(page)), ALL]
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for match in _ROW.finditer(page):
        cells = match[2].replace(",", "").split("|")[:-1]
        for name, cell in zip(names, cells, strict=False):
            if cell.strip():
                counts[name][match[1]] = int(cell)
    return counts


def _features() -> Iterable[str]:
    heads = ("feature", "name", "по-русски", "unit", "range", "scale", "direction", "from", "kind", "where", "brief")
    yield _row(*heads)
    yield _row(*["---"] * len(heads))
    yield from (_described(feature) for feature in FEATURES.values())


def _described(feature: Feature) -> str:
    said = [_said(feature.name, language) for language in ("en", "ru")]
    span = (
        f"{len(feature.choices)} {_kind(feature)}"
        if feature.choices
        else f"{_plain(feature.low)} to {_plain(feature.high)}"
    )
    return _row(
        f"`{feature.name}`",
        *said,
        feature.unit,
        span,
        feature.scale,
        DIRECTIONS[feature.direction],
        ", ".join(feature.source),
        feature.evidence,
        ", ".join(feature.platforms) or "everywhere",
        "asked by a brief" if feature.per_campaign else "",
    )


def _kind(feature: Feature) -> str:
    return "platforms" if feature.name == "platform" else "subjects"


def _said(code: str, language: str) -> str:
    with translation.override(language):
        return words.feature(code)


def _plain(value: float) -> str:
    return f"{Decimal(str(value)).normalize():,f}"


def _count(profiles: int) -> str:
    return f"{profiles:,}" if profiles else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
