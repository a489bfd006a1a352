"""A row of text becomes a record: the accounts it names, what it says of them, and their figures, or the reason why
not.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from accounts.wording import WHOLE
from screening.imports.checks import CellProblem, RowProblem, check_figure, check_moment, check_whole, problem
from screening.imports.columnar import BrokenLine, WiderLine
from screening.imports.columns import Guess, Mapping
from screening.imports.currencies import take_currency
from screening.imports.dates import NotADate, parse_date
from screening.imports.handles import PLATFORMS, NotAHandle, link_to, read_handle
from screening.imports.numbers import NotANumber, is_missing, parse_flag, parse_number, parse_price, parse_share
from screening.imports.places import country_code, language_code
from screening.imports.records import Spanning, Unclosed
from screening.imports.texts import clean_text, mend

_LIMITS = {"name": 200, "category": 1_000, "bio": 5_000}
_SEEN_FROM = 10_000  # followers from which an average of exactly 0 is a hidden figure, not a measured one
_PER_POST = re.compile(r"(?:per |a |за )?(?:post|video|reel|integration|пост|видео|публикаци\w*|интеграци\w*)")
_CUT = re.compile(r"\s*[,;|/]\s*")


class NoAccount(ValueError):
    """A mapping in which no column names an account; the file cannot be loaded before a person says which one does."""


@dataclass(slots=True)
class Part:
    """One account in a row: ``key`` is "" where only an id names it; ``figures`` are Metrics columns, ``post`` a
    post's counts, ``text`` its words, None where the file has none.
    """

    platform: str
    handle: str = ""
    key: str = ""
    external_id: str = ""
    about: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    post: dict[str, float] = field(default_factory=dict)
    text: str | None = None


@dataclass(slots=True)
class Record:
    """A row as it was understood: its accounts at ``taken_at``, or why it is refused."""

    line: int
    cells: list[str]
    parts: list[Part]
    taken_at: date | None = None
    problem: RowProblem | None = None


class RowReader:
    """Reads rows by a mapping. ``notes`` counts what was let through, by (code, column).

    ``rows_in_quotes`` counts lines and names the first of them.
    """

    def __init__(self, mapping: Mapping, *, as_of: date, today: date, currency: str = "") -> None:
        self.as_of, self.today, self.currency = as_of, today, currency
        self.kind, self.main, self.columns = mapping.kind, mapping.platform, mapping.guesses
        self.notes: Counter[tuple[str, str]] = Counter()
        self._first_spanning = ""  # the line of the first record that seems to span rows
        used = [guess for guess in mapping.guesses if guess.field]
        self.row_columns = {g.field.code: g for g in used if g.field and g.field.place == "row"}
        self.shared = [
            g
            for g in used
            if g.field and g.platform is None and g.field.place == "profile" and g.field.code not in _WHO
        ]
        self.groups: dict[str, list[Guess]] = {"": []}
        for guess in used:
            if guess.field and guess.field.place != "row" and guess not in self.shared:
                self.groups.setdefault(guess.platform or "", []).append(guess)
        self.key = next((g for g in used if g.field and g.field.code == "creator_key"), None)
        self._require_an_account(used)

    def read(self, line: int, cells: list[str]) -> Record:
        """Read one row; whatever is wrong with it comes back as ``problem``."""
        record = Record(line, cells, [])
        if isinstance(cells, BrokenLine):
            record.problem = problem(line, "", cells[0], "json_broken")
            return record
        if isinstance(cells, WiderLine):
            self.notes.update(("key_late", name) for name in cells.late)
        if isinstance(cells, Spanning):
            self._first_spanning = self._first_spanning or str(line)
            self.notes["rows_in_quotes", self._first_spanning] += cells.lines
        self._at: Guess | None = None
        try:
            self._check_shape(cells)
            record.taken_at = self._moment(cells)
            record.parts = self._parts(cells, record.taken_at)
        except (CellProblem, NotANumber, NotADate, NotAHandle) as why:
            at = self._at
            record.problem = problem(line, at.column if at else "", cells[at.index].strip() if at else "", why.code)
        return record

    def _require_an_account(self, used: list[Guess]) -> None:
        codes = {guess.field.code for guess in used if guess.field}
        if not codes & set(_WHO):
            raise NoAccount("No column names an account: map one to handle, url, external_id or creator_key.")
        if (
            not self.main
            and "platform" not in codes
            and "" in self.groups
            and any(g.field and g.field.code in _WHO[:3] for g in self.groups[""])
        ):
            raise NoAccount("The platform is not known: name it, or map a column to platform.")

    def _check_shape(self, cells: list[str]) -> None:
        if isinstance(cells, Unclosed):
            self._at = self.columns[min(cells.at, len(self.columns) - 1)]
            raise CellProblem("quote_open")
        if len(cells) > len(self.columns):
            raise CellProblem("cells_too_many")
        if not any(cell and not cell.isspace() for cell in cells):
            raise CellProblem("row_empty")

    def _moment(self, cells: list[str]) -> date:
        column = self.row_columns.get("taken_at")
        if column is None:
            return self.as_of
        self._at = column
        taken = check_moment(_day(cells[column.index], column), today=self.today)
        self._at = None
        return taken

    def _parts(self, cells: list[str], taken_at: date) -> list[Part]:
        about = self._about(self.shared, cells, taken_at)
        found = [
            part
            for platform, columns in self.groups.items()
            if (part := self._part(platform, columns, cells, taken_at))
        ]
        if not found:
            self._at = self._at or self.key
            raise CellProblem("no_figures" if self.kind == "figures" else "handle_missing")
        for part in found:
            part.about = {**about, **part.about}
        return found

    def _part(self, named: str, columns: list[Guess], cells: list[str], taken_at: date) -> Part | None:
        """Read the columns of one platform; None where the row says nothing of an account there."""
        platform = named or self._main(cells)
        part = Part(platform, external_id=cells[self.key.index].strip()[:80] if self.key else "")
        who = [c for c in columns if c.field and c.field.code in _WHO and c is not self.key]
        if who and not self._name(part, who, cells):
            return None
        self._fill(part, columns, cells, taken_at)
        if not who and (self.key is None or not (part.figures or part.post)):
            return None
        return part

    def _main(self, cells: list[str]) -> str:
        column = self.row_columns.get("platform")
        if column is None:
            return self.main
        platform = cells[column.index].strip().casefold()
        if platform not in PLATFORMS:
            self._at = column
            raise CellProblem("platform_unknown")
        return platform

    def _name(self, part: Part, who: list[Guess], cells: list[str]) -> bool:
        """Name the account by its handle, else its link, else its id on the platform; False where all are empty."""
        for column in sorted(who, key=lambda c: _WHO.index(c.field.code if c.field else "")):
            text = cells[column.index].strip()
            code = column.field.code if column.field else ""
            if is_missing(text):
                self._at = self._at or column
                continue
            if code == "external_id" and not self.key:
                part.external_id = text[:80]
            if not part.key:
                self._at = column
                handle = read_handle(part.platform, mend(text))
                part.handle, part.key = handle.text, handle.key
                if code != "external_id" and (link := link_to(part.platform, handle.text)):
                    part.about["url"] = link
                self._at = None
            if code == "url":
                part.about["url"] = text[:300]
        return bool(part.key)

    def _fill(self, part: Part, columns: list[Guess], cells: list[str], taken_at: date) -> None:
        for column in columns:
            goal = column.field
            if goal is None or goal.place not in ("metrics", "post"):
                continue
            if goal.code == "post_text":
                part.text = mend(cells[column.index])
            value = self._figure(column, cells[column.index], part)
            if value is not None:
                (part.post if goal.place == "post" else part.figures)[goal.code] = value
        self._leave_out_other_prices(part, cells)
        part.about.update(self._about([c for c in columns if c.field and c.field.place == "profile"], cells, taken_at))
        self._settle_rate(part)
        if part.figures.get("followers", 0) >= _SEEN_FROM:
            self._leave_out_hidden(part, columns)

    def _leave_out_other_prices(self, part: Part, cells: list[str]) -> None:
        """Leave out a price that the row says is not for a post: the card would compare unlike things."""
        basis = self.row_columns.get("fee_basis")
        if basis is None or "fee_minor" not in part.figures:
            return
        said = " ".join(re.split(r"[\s_-]+", cells[basis.index].strip().casefold()))
        if not is_missing(said) and not _PER_POST.fullmatch(said):
            del part.figures["fee_minor"], part.figures["currency"]
            self.notes["fee_of_else", basis.column] += 1

    def _leave_out_hidden(self, part: Part, columns: list[Guess]) -> None:
        for column in columns:
            if column.field and column.field.kind == "mean" and part.figures.get(column.field.code) == 0:
                del part.figures[column.field.code]
                self.notes["zero_hidden", column.column] += 1

    def _figure(self, column: Guess, text: str, part: Part) -> float | int | None:
        goal = column.field
        if goal is None or goal.kind == "text" or not text:
            return None
        self._at = column
        value, currency = self._number(goal.kind, column, text)
        if value is not None and value < 0 and goal.code == "views_30d":
            # Platforms take views back when videos are removed: no count of views, and no fault of the row.
            self.notes["views_negative", column.column] += 1
            value = None
        value = None if value is None else check_figure(goal, value)
        if value is not None and goal.kind == "count":
            value, note = check_whole(value, text, is_column_whole=column.is_whole)
            if note:
                self.notes[note, column.column] += 1
        elif value is not None and goal.kind == "time":
            value = round(value)
        self._at = None
        if goal.kind == "money":
            if value is not None:
                self._money(column, value, currency, part)
            return None
        return value

    def _number(self, kind: str, column: Guess, text: str) -> tuple[float | None, str | None]:
        """Read a cell as its column shows: the figure, and the currency that a price names."""
        if kind == "share":
            return parse_share(text, in_points=column.in_points), ""
        return parse_price(text, **column.shown) if kind == "money" else (parse_number(text, **column.shown), "")

    def _money(self, column: Guess, value: float, currency: str | None, part: Part) -> None:
        """Keep a price with its currency, in minor units; without a currency it is no price.

        The cell's currency goes before the header's, and that before the market's; one that is not known is not
        guessed at, and never read as another.
        """
        if currency == "":
            currency = take_currency(column.column.casefold())[1]
        if currency == "":
            currency = self.currency
        if not currency:
            self.notes["currency_unknown", column.column] += 1
            return
        part.figures["currency"] = currency
        part.figures["fee_minor"] = round(value * (1 if currency in WHOLE else 100))

    def _settle_rate(self, part: Part) -> None:
        """Keep a rate of engagement as the engagement of a post: the rate is made from it again, against these
        followers.
        """
        rate, followers = part.figures.pop("engagement_rate", None), part.figures.get("followers")
        if rate is None:
            return
        if not followers:
            self.notes["rate_alone", ""] += 1
        else:
            part.figures.setdefault("engagement_avg", round(float(rate) * float(followers), 2))

    def _about(self, columns: list[Guess], cells: list[str], taken_at: date) -> dict[str, Any]:
        about: dict[str, Any] = {}
        for column in columns:
            goal, text = column.field, cells[column.index]
            if goal is None or goal.code in _WHO or not text or (is_missing(text) and goal.kind != "flag"):
                continue
            value = self._word(column, text, taken_at)
            if value is None:
                continue
            if goal.is_many:
                about.setdefault("categories", []).extend(v for v in value if v not in about["categories"])
            else:
                about["opened_date" if goal.code == "age_days" else goal.code] = value
        return about

    def _word(self, column: Guess, text: str, taken_at: date) -> Any:
        goal = column.field
        if goal is None:
            return None
        reader = _WORDS.get(goal.kind)
        if reader:
            value = reader(text.strip())
            if value is None and not is_missing(text):
                self.notes[f"{goal.kind}_unread", column.column] += 1
            return value
        self._at = column
        if goal.kind == "date":
            value = _day(text, column)
        elif goal.code == "age_days":
            value = taken_at - timedelta(days=int(check_figure(goal, parse_number(text) or 0)))
        else:
            value, note = clean_text(text, limit=_LIMITS.get(goal.code, 200))
            if note:
                self.notes[note, column.column] += 1
            value = [_topic(word) for word in _CUT.split(value) if word][:10] if goal.is_many else value
        self._at = None
        return value


def _topic(word: str) -> str:
    """Free a category of the weight that some lists write behind it (``fashion 0.5``)."""
    return re.sub(r"(?<=\w)\s+\d+(?:[.,]\d+)?$", "", word)[:80]


def _flag(text: str) -> bool | None:
    try:
        return parse_flag(text)
    except NotANumber:
        return None


_WHO = ("handle", "url", "external_id", "creator_key")
_WORDS: dict[str, Callable[[str], Any]] = {"country": country_code, "language": language_code, "flag": _flag}


def _day(text: str, column: Guess) -> date | None:
    return parse_date(text, day_first=column.day_first, years=column.years, has_serials=True)
