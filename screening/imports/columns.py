"""The guess of what each column becomes, from names AND values: with confidence, examples and reasons; a person
corrects it.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from screening.imports import identity
from screening.imports.fields import (
    FIELDS,
    NEVER,
    Field,
    names_account,
    never_reason,
    platform_in,
    platform_in_file_name,
    without_platform,
)
from screening.imports.handles import PLATFORMS
from screening.imports.marks import Marks
from screening.imports.profiles import ColumnProfile, are_twins, profile_column

CERTAIN, LIKELY, DOUBTFUL, NONE = "certain", "likely", "doubtful", "none"
_NO_MARKS = Marks()
_PAIR = ("authentic_avg", "engagement_avg")


class UnknownTarget(ValueError):
    """A mapping that names a column or a field that does not exist, or gives a field twice; says what is allowed.

    ``twice`` is what given_twice found.
    """

    def __init__(self, sentence: str, *, twice: tuple[str, str, str] | None = None) -> None:
        super().__init__(sentence)
        self.twice = twice


@dataclass(frozen=True)
class Guess:
    """What one column becomes: ``target`` is a field, ``platform.field`` or "" (not imported); ``why`` is a code."""

    column: str
    index: int
    target: str
    confidence: str
    why: str
    examples: tuple[str, ...] = ()
    marks: Marks = _NO_MARKS
    day_first: bool | None = None
    years: tuple[int, int] | None = None
    in_points: bool = False  # a share written as 0-100 without a sign
    is_whole: bool = True  # most figures, read as counts, have no fraction

    @cached_property
    def field(self) -> Field | None:
        """The field of the target; None where the column is not imported."""
        return FIELDS.get(self.target.rpartition(".")[2])

    @cached_property
    def shown(self) -> dict[str, bool | None]:
        """What the marks of this column mean, as parse_number takes it: counts and prices have no thousandths, so
        their dots may group thousands; in prices only where no cell has decimals.
        """
        kind = self.field.kind if self.field else ""
        may_group = kind == "count" or (kind == "money" and not self.marks.has_dot_decimals)
        dot = False if may_group and self.marks.dot_may_group else self.marks.dot_is_decimal
        return {"comma_is_decimal": self.marks.comma_is_decimal, "dot_is_decimal": dot}

    @property
    def platform(self) -> str | None:
        """The platform that the target names; None for the file's main one."""
        return self.target.rpartition(".")[0] or None


@dataclass(frozen=True)
class Mapping:
    """The columns of a file in their order, the file's main platform ("" where rows or nobody tell), and what was
    odd.
    """

    guesses: tuple[Guess, ...]
    platform: str
    oddities: tuple[str, ...] = ()  # codes: headers_contradicted

    @property
    def kind(self) -> str:
        """What a row is: ``posts``, ``figures`` (keyed by ids of a file loaded before) or ``profiles``."""
        codes = {guess.field.code for guess in self.guesses if guess.field}
        if any(guess.field and guess.field.place == "post" for guess in self.guesses):
            return "posts"
        return "figures" if "creator_key" in codes and not codes & {"handle", "url"} else "profiles"

    def targets(self) -> dict[str, str]:
        """Return column -> target, the form that is stored, edited and given in a mapping file."""
        return {guess.column: guess.target for guess in self.guesses}


def guess_mapping(
    columns: tuple[str, ...],
    rows: list[list[str]],
    *,
    platform: str = "",
    file_name: str = "",
    is_typed: bool = False,
) -> Mapping:
    """Guess what each column becomes from the names and a sample of rows (each at least as long as ``columns``).

    ``platform`` is the main one where the person named it; else it is sought in the file's name, its column names
    and its links. ``is_typed``: the figures are a program's (XLSX, Parquet, JSON), whose dots are decimals.
    """
    profiles = _profiles(columns, rows, is_typed=is_typed)
    main = platform or _main_platform(profiles, file_name)
    is_posts = _is_posts(profiles, rows)
    guesses = [_by_name_and_values(column, is_posts=is_posts) for column in profiles]
    for index, target in identity.name_the_account(profiles, [guess.target for guess in guesses], rows, main).items():
        guesses[index] = _guess(profiles[index], target, CERTAIN if target == "external_id" else LIKELY, "account")
    guesses = _address_platforms(guesses, main)
    guesses, oddities = _settle_contradictions(guesses, profiles)
    return Mapping(tuple(_without_twins(guesses, profiles)), main, oddities)


def correct(mapping: Mapping, targets: dict[str, str]) -> Mapping:
    """Replace guesses by what a person (or a remembered mapping) says; a column not named keeps its guess.

    A single-valued field that the person gives to one column is taken from the guessed one. Raises UnknownTarget.
    """
    by_column = {guess.column: guess for guess in mapping.guesses}
    for column, target in targets.items():
        if column not in by_column:
            raise UnknownTarget(f"The file has no column {column!r}; it has: {', '.join(by_column)}.")
        _check_target(target)
    in_order = {column: targets[column] for column in by_column if column in targets}
    if twice := given_twice(in_order):
        target, first, second = twice
        raise UnknownTarget(
            f"The columns {first!r} and {second!r} are both given to {target}; one is allowed.", twice=twice
        )
    given = {target for target in targets.values() if target and not FIELDS[target.rpartition(".")[2]].is_many}
    changed = []
    for guess in mapping.guesses:
        if guess.column in targets:
            changed.append(replace(guess, target=targets[guess.column], confidence=CERTAIN, why="given"))
        elif guess.target in given:
            changed.append(replace(guess, target=NEVER, confidence=NONE, why="given_elsewhere"))
        else:
            changed.append(guess)
    return Mapping(tuple(changed), mapping.platform, ())


def given_twice(targets: dict[str, str]) -> tuple[str, str, str] | None:
    """Find a single-valued target that two columns are given to: the target and both columns."""
    first: dict[str, str] = {}
    for column, target in targets.items():
        if target and not FIELDS[target.rpartition(".")[2]].is_many and first.setdefault(target, column) != column:
            return target, first[target], column
    return None


def _check_target(target: str) -> None:
    platform, _, code = target.rpartition(".")
    if target and code not in FIELDS:
        raise UnknownTarget(
            f"There is no field {code!r}; allowed: {', '.join(FIELDS)}, or an empty text for a column that stays out."
        )
    if platform and platform not in PLATFORMS:
        raise UnknownTarget(f"There is no platform {platform!r}; allowed: {', '.join(PLATFORMS)}.")


def _profiles(columns: tuple[str, ...], rows: list[list[str]], *, is_typed: bool) -> list[ColumnProfile]:
    """Look at each column; what dots are in the file's counts, they are in figures that do not show it themselves."""
    cells = [[row[index] for row in rows] for index in range(len(columns))]
    found = [
        profile_column(name, index, cells[index], dot_is_decimal=True if is_typed else None)
        for index, name in enumerate(columns)
    ]
    counts = {c.index: c.marks for c in found if _is_called(c, ("count",))}
    if not any(marks.dot_may_group for marks in counts.values()):
        return found
    is_decimal = any(marks.dot_is_decimal for marks in counts.values())
    return [
        profile_column(c.name, c.index, cells[c.index], dot_is_decimal=is_decimal)
        if c.marks.dot_may_group and (c.index in counts or not (c.marks.has_dot_decimals or _is_called(c, ("share",))))
        else c
        for c in found
    ]


def _is_called(column: ColumnProfile, kinds: tuple[str, ...]) -> bool:
    plain = without_platform(column.name)
    return any(field.kind in kinds and field.full.fullmatch(plain) for field in FIELDS.values())


def _main_platform(profiles: list[ColumnProfile], file_name: str) -> str:
    named = [
        platform_in_file_name(file_name),
        *(c.link_platform for c in profiles),
        *(platform_in(c.name) for c in profiles),
    ]
    return next((found for found in named if found), "")


def _is_posts(profiles: list[ColumnProfile], rows: list[list[str]]) -> bool:
    """Tell a table of posts: the same account again and again, with likes or a text for each row."""
    post_fields = [field for field in FIELDS.values() if field.place == "post"]
    codes = {field.code for c in profiles for field in post_fields if field.full.fullmatch(without_platform(c.name))}
    repeated = any(c.distinct < 0.5 and c.length < 40 and names_account(c.name) for c in profiles)
    return len(rows) > 4 and repeated and len(codes & {"post_likes", "post_comments", "post_text", "post_views"}) >= 2


def _by_name_and_values(column: ColumnProfile, *, is_posts: bool) -> Guess:
    """Guess one column apart from the others: a name that the values contradict does not count."""
    if why := never_reason(column.name):
        return _guess(column, NEVER, CERTAIN, why)
    if not column.examples:
        return _guess(column, NEVER, CERTAIN, "empty")
    plain = without_platform(column.name)
    allowed = [field for field in FIELDS.values() if field.place != "post" or is_posts]
    allowed.sort(key=lambda field: is_posts and field.place != "post")
    full = [field for field in allowed if field.full.fullmatch(plain)]
    part = [field for field in allowed if field.part and field.part.search(plain) and field not in full]
    for fields, confidence in ((full, CERTAIN), (part, LIKELY)):
        for field in fields:
            if field.code not in ("handle", "name") and column.fits(field.kind):
                return _guess(column, field.code, confidence, "name_and_values")
    is_contradicted = any(field.kind in ("count", "mean", "time", "date", "share") for field in full + part)
    return _by_values(column, "name_contradicted" if is_contradicted else "values")


def _by_values(column: ColumnProfile, why: str) -> Guess:
    if column.countries >= 0.8 and column.length > 2:
        return _guess(column, "country", DOUBTFUL, why)
    if column.languages >= 0.9 and column.length > 2:
        return _guess(column, "language", DOUBTFUL, why)
    if column.link_platform and column.distinct > 0.5 and column.spaces < 0.1:
        return _guess(column, "url", LIKELY, why)
    return _guess(column, NEVER, NONE, "unknown" if why == "values" else why)


def _guess(column: ColumnProfile, target: str, confidence: str, why: str) -> Guess:
    return Guess(
        column.name,
        column.index,
        target,
        confidence,
        why,
        column.examples,
        marks=column.marks,
        day_first=column.day_first,
        years=column.years,
        in_points=column.in_points,
        is_whole=column.is_whole,
    )


def _address_platforms(guesses: list[Guess], main: str) -> list[Guess]:
    """Give a column that names another platform than the file's main one to that platform."""
    named = [(guess, platform_in(guess.column)) for guess in guesses]
    return [
        replace(guess, target=f"{platform}.{guess.target}")
        if platform and main and platform != main and guess.field and guess.field.place != "row"
        else guess
        for guess, platform in named
    ]


def _settle_contradictions(guesses: list[Guess], profiles: list[ColumnProfile]) -> tuple[list[Guess], tuple[str, ...]]:
    """Notice a header that belongs to another table: countries under "Views avg.", or more comments than likes in
    most rows.

    Where both columns under likes and comments rise together, they are read as the authentic and the whole engagement.
    """
    odd = any(guess.why == "name_contradicted" for guess in guesses)
    likes, comments = (_figures_of(code, guesses, profiles) for code in ("likes_avg", "comments_avg"))
    pairs = [(a, b) for a, b in zip(likes, comments, strict=False) if a and b]
    more = sum(b > a for a, b in pairs) / len(pairs) if pairs else 0
    if more <= 0.5:
        return guesses, ("headers_contradicted",) if odd else ()
    truth = dict(zip(("likes_avg", "comments_avg"), _PAIR, strict=True)) if more >= 0.9 else {}
    settled = [
        replace(guess, target=truth.get(guess.target, NEVER), confidence=DOUBTFUL, why="name_contradicted")
        if guess.target in ("likes_avg", "comments_avg")
        else guess
        for guess in guesses
    ]
    return settled, ("headers_contradicted",)


def _figures_of(code: str, guesses: list[Guess], profiles: list[ColumnProfile]) -> tuple[float | None, ...]:
    return next((profiles[guess.index].figures for guess in guesses if guess.target == code), ())


def _without_twins(guesses: list[Guess], profiles: list[ColumnProfile]) -> list[Guess]:
    """Keep one column for each single-valued field: of twins (477.9M, 477900000) the one in plain digits, else the
    surest.
    """
    order = {CERTAIN: 0, LIKELY: 1, DOUBTFUL: 2, NONE: 3}
    kept: dict[str, Guess] = {}
    for guess in sorted(guesses, key=lambda g: (order[g.confidence], -profiles[g.index].plainness, g.index)):
        if guess.field and not guess.field.is_many:
            kept.setdefault(guess.target, guess)
    out = []
    for guess in guesses:
        first = kept.get(guess.target, guess)
        if first is guess:
            out.append(guess)
            continue
        why = "twin" if are_twins(profiles[first.index], profiles[guess.index]) else "taken"
        out.append(replace(guess, target=NEVER, confidence=CERTAIN if why == "twin" else NONE, why=why))
    return out
