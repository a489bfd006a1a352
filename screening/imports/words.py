"""Words for the codes of an import, in the reader's language: refusals of files, reasons of rows, warnings, doubts."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts import wording
from screening.imports.refusals import FileRefused

Words = str | Promise
MEGABYTE = 1 << 20

_REFUSALS: dict[str, Words] = {
    "empty": gettext_lazy("The file is empty."),
    "header_only": gettext_lazy("The file has a header and no rows under it."),
    "binary": gettext_lazy("This is not a table. Allowed: CSV, TSV, TXT, XLSX, Parquet, JSON Lines."),
    "compressed": gettext_lazy("The file is packed. Unpack it and import the table inside."),
    "old_excel": gettext_lazy(
        "This is an old or a password-protected Excel file. Save it as XLSX without a password, or as CSV."
    ),
    "nul": gettext_lazy("The file holds zero characters, so it is damaged or not text. Save it as CSV again."),
    "cell_too_long": gettext_lazy(
        "The cell in line %(line)s is longer than %(limit)s characters. A quote that is never closed does that, too."
    ),
    "line_too_long": gettext_lazy(
        "One line is %(found_mb)s MB long; at most %(limit_mb)s MB are read. The file has no line ends, or is no table."
    ),
    "too_large": gettext_lazy("The file has %(found_mb)s MB; at most %(limit_mb)s MB are read. Split it."),
    "xlsx_too_large": gettext_lazy(
        "The workbook has %(found_mb)s MB; XLSX is read up to %(limit_mb)s MB. Save it as CSV: that may be 2 GB."
    ),
    "xlsx_bomb": gettext_lazy("The workbook unpacks to far more than such a file holds. Save the sheet as CSV."),
    "xlsx_entities": gettext_lazy(
        "The workbook holds document type definitions, which no spreadsheet writes. Save the sheet as CSV."
    ),
    "xlsx_broken": gettext_lazy("The workbook is damaged or protected by a password. Save it again, or as CSV."),
    "parquet_broken": gettext_lazy("The Parquet file is damaged or incomplete."),
    "parquet_bomb": gettext_lazy(
        "The Parquet file says that it unpacks to %(found_mb)s MB; at most %(limit_mb)s MB are read."
    ),
    "json_array": gettext_lazy("This is one JSON array. Save it as JSON Lines: one object in each line."),
    "changed": gettext_lazy(
        "The file is not the one that was looked at: it has changed since. Start again with it as it is."
    ),
    "gone": gettext_lazy("The file is not there any more, or cannot be opened. Bring it again."),
    "too_many_columns": gettext_lazy("The file has %(found)s columns; at most %(limit)s are read."),
}
_REASONS: dict[str, Words] = {
    "row_empty": gettext_lazy("The row is empty."),
    "json_broken": gettext_lazy("The line is not a JSON object: it is cut off or damaged."),
    "quote_open": gettext_lazy("A quote is opened here and never closed."),
    "cells_too_many": gettext_lazy(
        "The row has more cells than the header: a separator inside a text without quotes does that."
    ),
    "handle_missing": gettext_lazy("No handle."),
    "handle_invalid": gettext_lazy("This cannot be a handle on this platform."),
    "handle_elsewhere": gettext_lazy("The link leads to another platform."),
    "platform_unknown": gettext_lazy("The platform is not one of ours."),
    "creator_unknown": gettext_lazy("No creator is known by this id. Import the list of creators first."),
    "creator_ambiguous": gettext_lazy("This id stands for several profiles."),
    "no_figures": gettext_lazy("The row holds no figures."),
    "number_word": gettext_lazy("A word stands where a number belongs."),
    "number_broken": gettext_lazy("The number cannot be read: a letter or a mark stands inside it."),
    "number_range": gettext_lazy("The number is too large to be one."),
    "number_negative": gettext_lazy("The number is below zero."),
    "number_absurd": gettext_lazy("The number is larger than this figure can be."),
    "number_fraction": gettext_lazy("A count has no fraction. Write it in plain digits: 12345."),
    "flag_word": gettext_lazy("Neither yes nor no."),
    "date_word": gettext_lazy("This is not a date."),
    "date_ambiguous": gettext_lazy("Day and month cannot be told apart. Write the date as 2026-11-20."),
    "date_century": gettext_lazy(
        "The year has two digits and no other date of the column tells which one it is. Write the date as 2026-11-20."
    ),
    "date_range": gettext_lazy("There is no such day, or it lies outside of 1990–2100."),
    "date_future": gettext_lazy("The date lies in the future."),
    "date_missing": gettext_lazy("No date."),
}
_WARNINGS: dict[str, Words] = {
    "headers_contradicted": gettext_lazy(
        "The header names other columns than the values show. Check each column before you rely on it."
    ),
    "text_broken": gettext_lazy("Some characters could not be read and show as �."),
    "rows_in_quotes": gettext_lazy(
        "Quoted texts span %(count)s lines, most of which look like rows; the first begins in line %(column)s. Look "
        "whether a closing quote is missing there."
    ),
    "sheets_left_out": gettext_lazy("Only the fullest sheet of the workbook is imported. Left out: %(sheets)s."),
    "as_of_assumed": gettext_lazy("Nobody said of which day the figures are: today is taken."),
    "same_as_earlier": gettext_lazy(
        "%(count)s of %(of)s profiles have the very figures of %(date)s, from “%(file)s”. Is the date right?"
    ),
    "runs_backwards": gettext_lazy(
        "%(count)s of %(of)s profiles hold less than earlier, against “%(file)s”. Are the dates swapped?"
    ),
    "figures_differ": gettext_lazy(
        "Profiles that stand there more than once on the same day with different figures; all are kept."
    ),
    "account_unknown": gettext_lazy("Figures of an account that is not known; the row's other figures are kept."),
    "text_cut": gettext_lazy("Texts that were too long were cut."),
    "key_late": gettext_lazy("Keys that none of the first 3,000 lines has are not imported."),
    "text_mended": gettext_lazy("Texts in a wrong encoding were mended."),
    "country_unread": gettext_lazy("Countries that were not recognised are left empty."),
    "language_unread": gettext_lazy("Languages that were not recognised are left empty."),
    "flag_unread": gettext_lazy("Words that are neither yes nor no are left empty."),
    "link_unread": gettext_lazy("Links that could not be read are left empty."),
    "views_negative": gettext_lazy("Views below zero (the platform took views back) are left empty."),
    "count_rounded": gettext_lazy(
        "Counts are rounded where most of the column have a fraction. Is it the right column?"
    ),
    "zero_hidden": gettext_lazy("An average of 0 with 10,000 followers or more is a hidden figure: left empty."),
    "currency_unknown": gettext_lazy("Prices without a currency, or in one that is not known, are left empty."),
    "fee_of_else": gettext_lazy("Prices of something other than a post (an order, a click) are left empty."),
    "rate_alone": gettext_lazy("Engagement rates without followers are left empty."),
}
_WHY: dict[str, Words] = {
    "name_and_values": gettext_lazy("name and values agree"),
    "account": gettext_lazy("chosen by the values"),
    "values": gettext_lazy("seen from the values"),
    "name_contradicted": gettext_lazy("the name says otherwise, the values decide"),
    "twin": gettext_lazy("the same figures as another column"),
    "taken": gettext_lazy("another column says this already"),
    "label": gettext_lazy("a judgement about the row, never an input"),
    "contact": gettext_lazy("contact data, not imported"),
    "rank": gettext_lazy("only counts the rows"),
    "empty": gettext_lazy("the column is empty"),
    "unknown": gettext_lazy("not recognised"),
    "given": gettext_lazy("given by a person"),
    "given_elsewhere": gettext_lazy("given to another column"),
}
FIELDS: dict[str, Words] = {
    "handle": pgettext_lazy("import", "Handle"),
    "name": pgettext_lazy("import", "Name"),
    "url": gettext_lazy("Link to the profile"),
    "external_id": gettext_lazy("Id on the platform"),
    "creator_key": gettext_lazy("Creator's id in this source"),
    "bio": pgettext_lazy("import", "About"),
    "category": pgettext_lazy("import", "Topic"),
    "country": gettext_lazy("Country"),
    "audience_country": gettext_lazy("Country of the audience"),
    "language": pgettext_lazy("import", "Language"),
    "is_verified": gettext_lazy("Verified"),
    "is_partner": gettext_lazy("Partner of the platform"),
    "is_mature": gettext_lazy("For adults"),
    "opened_date": gettext_lazy("Account opened"),
    "age_days": gettext_lazy("Age of the account, days"),
    "platform": gettext_lazy("Platform"),
    "taken_at": gettext_lazy("Day of the figures"),
    "followers": pgettext_lazy("import", "Followers"),
    "following": pgettext_lazy("import", "Follows"),
    "posts": pgettext_lazy("import", "Posts"),
    "views_total": gettext_lazy("Views in all"),
    "views_avg": gettext_lazy("Views per post"),
    "likes_avg": gettext_lazy("Likes per post"),
    "comments_avg": gettext_lazy("Comments per post"),
    "shares_avg": gettext_lazy("Shares per post"),
    "authentic_avg": gettext_lazy("Authentic engagement per post"),
    "engagement_avg": gettext_lazy("Engagement per post"),
    "engagement_rate": gettext_lazy("Engagement rate"),
    "views_30d": gettext_lazy("Views in 30 days"),
    "viewers_avg": gettext_lazy("Live viewers, mean"),
    "viewers_peak": gettext_lazy("Live viewers, most"),
    "watch_minutes": gettext_lazy("Minutes watched"),
    "stream_minutes": gettext_lazy("Minutes streamed"),
    "followers_gained": gettext_lazy("Followers gained"),
    "fee": gettext_lazy("Price of a post"),
    "fee_basis": gettext_lazy("What the price is for"),
    "post_likes": gettext_lazy("Likes of the post"),
    "post_comments": gettext_lazy("Comments on the post"),
    "post_views": gettext_lazy("Views of the post"),
    "post_shares": gettext_lazy("Shares of the post"),
    "post_tags": gettext_lazy("Hashtags of the post"),
    "post_mentions": gettext_lazy("Mentions in the post"),
    "post_text": gettext_lazy("Text of the post"),
}
_DELIMITERS: dict[str, Words] = {
    ",": gettext_lazy("comma"),
    ";": gettext_lazy("semicolon"),
    "\t": gettext_lazy("tab"),
    "|": gettext_lazy("vertical bar"),
}
CONFIDENCE: dict[str, Words] = {
    "certain": gettext_lazy("certain"),
    "likely": pgettext_lazy("import", "likely"),
    "doubtful": gettext_lazy("doubtful: check it"),
    "none": gettext_lazy("not imported"),
}


def refusal(refused: FileRefused) -> str:
    """Say why a file is not read."""
    return _filled(_REFUSALS[refused.code], refused.facts)


def no_account() -> str:
    """Say that no column names an account."""
    return _(
        "No column names an account, or the platform is not known. Say which column holds the handle, and the platform."
    )


def already(number: int) -> str:
    """Say that the same file was imported before."""
    return _("Already here: import %(number)s.") % {"number": number}


def started() -> str:
    """Say that a file waits no more."""
    return _("Somebody has started this import already.")


def not_looked_at() -> str:
    """Say that nobody knows yet how a file is read."""
    return _("The file is being looked at. Ask again when its job has ended.")


def given_twice(target: str, first: str, second: str) -> str:
    """Say that two columns are given to one field."""
    field = FIELDS[target.rpartition(".")[2]]
    return _("“%(first)s” and “%(second)s” both become %(field)s. Choose one of them.") % {
        "first": first,
        "second": second,
        "field": field,
    }


def unknown_target(twice: tuple[str, str, str] | None) -> str:
    """Say why a mapping cannot be used: a field given twice, or a column or a field that does not exist."""
    if twice:
        return given_twice(*twice)
    return _("The choice of columns does not fit this file. Upload the file again and choose anew.")


def reason(code: str) -> str:
    """Say why a row is refused."""
    return str(_REASONS.get(code, code))


def why(code: str) -> str:
    """Say how a column was recognised."""
    return str(_WHY.get(code, code))


def delimiter(mark: str) -> str:
    """Name what separates the cells."""
    return str(_DELIMITERS.get(mark, mark))


def warning(found: Mapping[str, Any]) -> str:
    """Say a warning: the sentence, the column, how many cells, up to three examples."""
    template = _WARNINGS.get(found["code"], found["code"])
    sentence = _filled(template, found)
    if "%(count)s" in str(template) or "count" not in found:
        return sentence
    cells = ngettext("%(n)s cell", "%(n)s cells", found["count"]) % {"n": wording.number(found["count"])}
    shown = ", ".join(found.get("examples") or [])
    parts = [part for part in (found.get("column"), cells) if part]
    return f"{sentence} {', '.join(parts)}{f' ({shown})' if shown else ''}."


def _filled(sentence: Words, facts: Mapping[str, Any]) -> str:
    if "%(" not in str(sentence):
        return str(sentence)
    numbers = {name: value for name, value in facts.items() if isinstance(value, int)}
    told = {**facts, **{name: wording.number(value) for name, value in numbers.items()}}
    told |= {f"{name}_mb": wording.number(value // MEGABYTE) for name, value in numbers.items()}
    if "date" in facts:
        told["date"] = wording.day(date.fromisoformat(facts["date"]))
    return str(sentence) % told
