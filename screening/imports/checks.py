"""Where rows die: problems of a row as values, with line, column, value and a reason code; the words are made at
the face.
"""

from dataclasses import dataclass
from datetime import date

from screening.imports.fields import Field
from screening.imports.numbers import is_whole

# Every reason for which a row is refused.
REASONS = (
    "row_empty", "json_broken", "quote_open", "cells_too_many", "handle_missing", "handle_invalid", "handle_elsewhere",
    "platform_unknown", "creator_unknown", "creator_ambiguous", "no_figures", "number_word", "number_broken",
    "number_range", "number_negative", "number_absurd", "number_fraction", "flag_word", "date_word", "date_ambiguous",
    "date_century", "date_range", "date_future", "date_missing",
)  # fmt: skip
# What is let through, counted and named in the warnings: the row goes in without that cell, or with the cell mended.
NOTES = (
    "text_cut",
    "text_mended",
    "rows_in_quotes",
    "key_late",
    "country_unread",
    "language_unread",
    "link_unread",
    "flag_unread",
    "count_rounded",
    "views_negative",
    "currency_unknown",
    "fee_of_else",
    "rate_alone",
    "zero_hidden",
)
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row is refused. ``line`` counts from 1; ``value`` is cut to 200 characters."""

    line: int
    column: str
    value: str
    reason: str


class CellProblem(ValueError):
    """A cell that refuses its row; ``code`` is one of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def problem(line: int, column: str, value: str, reason: str) -> RowProblem:
    """Make the problem of a row."""
    return RowProblem(line, column, value[:LONGEST_VALUE], reason)


def check_figure(field: Field, value: float) -> float:
    """Return a figure that lies within its field's bounds; raises CellProblem: ``number_negative``,
    ``number_absurd``.
    """
    if value < field.low:
        raise CellProblem("number_negative")
    if value > field.high:
        raise CellProblem("number_absurd")
    return value


def check_whole(value: float, text: str, *, is_column_whole: bool) -> tuple[int, str]:
    """Return a count, and the note ``count_rounded`` where most of its column have a fraction, too; where most are
    whole, a fraction raises CellProblem("number_fraction"), and so does a percent sign anywhere.
    """
    if is_whole(value, text):
        return round(value), ""
    if is_column_whole or "%" in text:
        raise CellProblem("number_fraction")
    return round(value), "count_rounded"


def check_moment(taken: date | None, *, today: date) -> date:
    """Return the date of a row's figures; raises CellProblem: ``date_missing``, ``date_future``."""
    if taken is None:
        raise CellProblem("date_missing")
    if taken > today:
        raise CellProblem("date_future")
    return taken
