"""Which features real files fill: each goes through the importer alone, and its market is measured as a pool is.

Everything happens in transactions that are taken back: the database must be empty, and is empty afterwards.
"""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from django.core.management import call_command
from django.db import transaction

from screening.engine import features
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from screening.feature_table import ALL
from screening.models import Market, Profile
from screening.reading import read_market

MARKETS = {
    "US": {"name_en": "United States", "name_ru": "США", "country": "US", "language": "en", "currency": "USD"},
    "RU": {"name_en": "Russia", "name_ru": "Россия", "country": "RU", "language": "ru", "currency": "RUB"},
}
AFTER = {  # a file of figures alone -> the file that names its creators
    "creators_daily/vtuber_daily.csv": "creators_daily/vtuber_creators.csv",
    "campaigns_synthetic/payouts.csv": "campaigns_synthetic/influencers.csv",
}
# One wish for each feature of a brief: what is asked does not matter here, only whether an answer is known.
CRITERIA = Criteria(fee_max=1_000.0)
PREFERENCES = Preferences(
    (
        Wish(WishKind.TOPICS, 0.2, ("beauty", "красота")),
        Wish(WishKind.CATEGORIES, 0.2, ("beauty", "красота")),
        Wish(WishKind.LANGUAGE, 0.2, ("en", "ru")),
        Wish(WishKind.AUDIENCE, 0.2, ("US", "RU")),
        Wish(WishKind.COUNTRY, 0.2, ("US", "RU")),
        Wish(WishKind.SIZE, 0.2, (), 10_000, 500_000),
        Wish(WishKind.POSTING, 0.2, (), 1.0),
    )
)
_LISTED = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|(?:[^|]*\|){5} (?:given: `(.+)`|guessed) \|$", re.M)
Known = dict[str, set[int]]  # feature -> ids of the profiles whose value is known


class NotEmpty(RuntimeError):
    """Raised when the database holds profiles: files are measured in an empty one."""


@dataclass(frozen=True)
class Listed:
    """A row of docs/imports.md: the file, the options of its import, and the mapping that a person gave."""

    file: str
    options: tuple[str, ...]
    mapping: dict[str, str]


def listed(page: str) -> list[Listed]:
    """Read the table of docs/imports.md; a file without a market goes into US, since only markets have pools."""
    rows = [(file, shlex.split(options), given) for file, options, given in _LISTED.findall(page)]
    return [
        Listed(
            file,
            tuple(options if "--market" in options else [*options, "--market", "US"]),
            json.loads(given) if given else {},
        )
        for file, options, given in rows
    ]


def measure(files: list[Listed], data: Path, *, on: date, say: Callable[[str], object]) -> dict[str, dict[str, int]]:
    """Return file -> feature -> how many profiles' values it makes known, and ALL of them together.

    Takes about two CPU minutes for the files of docs/imports.md. Raises NotEmpty.
    """
    if Profile.objects.exists():
        raise NotEmpty("The database holds profiles. Name an empty one: HM_DATA_DIR=FOLDER, then ./run manage migrate.")
    by_name = {row.file: row for row in files}
    counts: dict[str, dict[str, int]] = {}
    for row in files:
        counts[row.file] = _alone(row, by_name.get(AFTER.get(row.file, "")), data, on)
        say(f"{row.file}: {len(counts[row.file])} features")
    with _taken_back():
        for row in files:
            _load(row, data)
        counts[ALL] = _counted(_known(on))
    say(f"{ALL}: {len(counts[ALL])} features")
    return counts


def _alone(row: Listed, before: Listed | None, data: Path, on: date) -> dict[str, int]:
    with _taken_back():
        there: Known = {}
        if before:
            _load(before, data)
            there = _known(on)
        _load(row, data)
        return _counted({name: ids - there.get(name, set()) for name, ids in _known(on).items()})


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        for code, facts in MARKETS.items():
            Market.objects.get_or_create(code=code, defaults=facts)
        yield
        transaction.set_rollback(True)


def _load(row: Listed, data: Path) -> None:
    with TemporaryDirectory() as folder:
        given = []
        if row.mapping:
            mapping = Path(folder) / "mapping.json"
            mapping.write_text(json.dumps(row.mapping), encoding="utf-8")
            given = ["--mapping", str(mapping)]
        with (Path(folder) / "report").open("w", encoding="utf-8") as report:
            call_command("import_creators", str(data / row.file), *row.options, *given, stdout=report)


def _known(on: date) -> Known:
    """Return which profiles each feature is known for, over the markets; a profile in two of them counts once."""
    found: Known = {name: set() for name in features.FEATURES}
    for market in Market.objects.filter(code__in=MARKETS):
        table = read_market(market, on=on)
        columns = features.build(table) | features.build_for_campaign(table, CRITERIA, PREFERENCES)
        for name, column in columns.items():
            found[name].update(table.profile_ids[~np.isnan(column)].tolist())
    return found


def _counted(known: Known) -> dict[str, int]:
    return {name: len(ids) for name, ids in known.items() if ids}
