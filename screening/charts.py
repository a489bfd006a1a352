"""Geometry of the drawings that the server makes: numbers in, coordinates out.

Templates draw them with attributes and classes (the strict CSP allows no style) and write the words beside them.
Coordinates are text with a point, because a template would write a float with the reader's decimal comma.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

ROW_WIDTH = 150.0  # units of the ranking's bars
GAP = 1.0  # units between the pieces of one bar
PADDING = 6.0  # units kept free at both ends
LEFT, RIGHT, TOP, BOTTOM = 56.0, 34.0, 26.0, 34.0  # margins of a history, units
CLOSEST_LABELS = 90.0  # units between two dates under an axis


def coordinate(value: float) -> str:
    """Return a number as SVG wants it: one decimal, a point, no minus zero."""
    return f"{value + 0.0:.1f}".replace("-0.0", "0.0")


@dataclass(frozen=True)
class Piece:
    """One rectangle of a bar: where it starts, how wide it is, and whether it lowers the score."""

    x: str
    width: str
    is_negative: bool


@dataclass(frozen=True)
class Bars:
    """The signed pieces of one row, stacked away from zero to both sides, and where zero stands."""

    pieces: tuple[Piece, ...]
    zero: str


@dataclass(frozen=True)
class Reach:
    """How far a whole list goes below and above zero, in points: one scale for all its rows."""

    below: float
    above: float

    @property
    def unit(self) -> float:
        """Units of drawing a point takes."""
        return (ROW_WIDTH - 2 * PADDING) / max(self.below + self.above, 1.0)

    @property
    def zero(self) -> float:
        """Where zero stands, in units."""
        return PADDING + self.below * self.unit


def reach(rows: Iterable[Sequence[float]]) -> Reach:
    """Find the scale that shows the longest bars of all rows to both sides."""
    sums = [(-sum(p for p in row if p < 0), sum(p for p in row if p > 0)) for row in rows]
    return Reach(max((below for below, _ in sums), default=0.0), max((above for _, above in sums), default=0.0))


def bars(points: Sequence[float], scale: Reach) -> Bars:
    """Stack signed points from zero outwards, in the order given; pieces under half a unit are not drawn."""
    left = right = scale.zero
    pieces: list[Piece] = []
    for value in points:
        width = abs(value) * scale.unit
        drawn = max(width - GAP, 0.5)
        if value < 0:
            left -= width
        if width >= 0.5:
            pieces.append(Piece(coordinate(left if value < 0 else right), coordinate(drawn), value < 0))
        if value > 0:
            right += width
    return Bars(tuple(pieces), coordinate(scale.zero))


@dataclass(frozen=True)
class Dot:
    """One figure of a history. `is_hand` draws it open: somebody typed it."""

    x: str
    y: str
    value: float
    day: date
    is_hand: bool
    is_last: bool
    is_unusual: bool = False  # outside what is usual among peers


@dataclass(frozen=True)
class Tick:
    """A grid line: its height, the height of its label, and the value it stands for."""

    y: str
    y_label: str
    value: float


@dataclass(frozen=True)
class Usual:
    """What is usual among peers: the ends of nine tenths of them, and the middle one."""

    least: float
    median: float
    most: float


@dataclass(frozen=True)
class BandShape:
    """Where the band of peers lies behind a line: top, height, and the middle one's height."""

    y: str
    height: str
    median: str


@dataclass(frozen=True)
class History:
    """A line of one figure over time, ready to draw. `labels` are the dots whose date is written under the axis."""

    width: int
    height: int
    left: str
    right: str
    bottom: str
    path: str
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Dot, ...]
    band: BandShape | None = None

    @property
    def across(self) -> str:
        """How wide the drawing is between its margins."""
        return coordinate(float(self.right) - float(self.left))

    @property
    def label_x(self) -> str:
        """Where the labels of the grid lines end."""
        return coordinate(float(self.left) - 8)

    @property
    def last_label_y(self) -> str:
        """Where the newest value is written: above its dot."""
        return coordinate(float(self.dots[-1].y) - 12)

    @property
    def first(self) -> Dot:
        """The oldest figure."""
        return self.dots[0]

    @property
    def last(self) -> Dot:
        """The newest figure."""
        return self.dots[-1]


@dataclass(frozen=True)
class Figure:
    """One known figure at a date."""

    day: date
    value: float
    is_hand: bool = False


def history(
    figures: Sequence[Figure], width: int = 680, height: int = 230, usual: Usual | None = None
) -> History | None:  # fmt: skip
    """Lay out a line over time, figures in order of date; None for fewer than two dates: a table tells them better.

    usual: what is so among peers, drawn behind the line.
    """
    if len({figure.day for figure in figures}) < 2:
        return None
    all_values = [f.value for f in figures] + ([usual.least, usual.most] if usual else [])
    steps = nice_steps(min(all_values), max(all_values))
    first, days = figures[0].day, max((figures[-1].day - figures[0].day).days, 1)
    low, high = steps[0], steps[-1]

    def x(day: date) -> float:
        return LEFT + (width - LEFT - RIGHT) * (day - first).days / days

    def y(value: float) -> float:
        return height - BOTTOM - (height - TOP - BOTTOM) * (value - low) / (high - low)

    last = len(figures) - 1
    dots = tuple(
        Dot(
            coordinate(x(f.day)),
            coordinate(y(f.value)),
            f.value,
            f.day,
            f.is_hand,
            n == last,
            _is_outside(f.value, usual),
        )
        for n, f in enumerate(figures)
    )  # fmt: skip
    ticks = tuple(Tick(coordinate(y(step)), coordinate(y(step) + 4), step) for step in steps)
    line = "M" + " L".join(f"{dot.x} {dot.y}" for dot in dots)
    right = coordinate(width - RIGHT)
    band = None
    if usual:
        top, middle = y(usual.most), y(usual.median)
        band = BandShape(coordinate(top), coordinate(y(usual.least) - top), coordinate(middle))
    return History(
        width, height, coordinate(LEFT), right, coordinate(height - 10), line, dots, ticks, spaced(dots), band
    )  # fmt: skip


def _is_outside(value: float, usual: Usual | None) -> bool:
    return usual is not None and not usual.least <= value <= usual.most


def spaced(dots: Sequence[Dot]) -> tuple[Dot, ...]:
    """Choose the dots whose dates can be written without touching, the newest first among them."""
    kept: list[Dot] = []
    for dot in reversed(dots):
        if not kept or float(kept[-1].x) - float(dot.x) >= CLOSEST_LABELS:
            kept.append(dot)
    return tuple(reversed(kept))


def nice_steps(low: float, high: float) -> tuple[float, ...]:
    """Return three to six round values that hold both ends (steps of 1, 2, 2.5 or 5 times a power of ten)."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 3))
    step = next(power * factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if span / (power * factor) <= 4)
    start, end = math.floor(low / step), math.ceil(high / step)
    return tuple(round(step * n, 12) for n in range(start, max(end, start + 1) + 1))
