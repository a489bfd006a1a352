"""Cells that no spreadsheet takes for a formula (OWASP, CSV injection; trust.md S12), in Python and in SQL.

An apostrophe in front makes a cell a text. It stands where the first character that is not blank could begin a formula.
"""

# Blanks that spreadsheets pass over, with those of no width.
BLANKS = " \v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200C)))
BLANKS += "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
# The signs, their full-width and small forms, and what splits a cell.
SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫\t\r\n"


def guarded(text: str) -> str:
    """Return a text that people wrote, safe as a cell."""
    return f"'{text}" if text.lstrip(BLANKS).startswith((*SIGNS, "\0")) else text


def guarded_sql(words: str) -> str:
    """Return the SQL that does the same to an SQL text, on both databases (neither keeps a NUL).

    What begins with a letter, as nearly everything does, is settled before the blanks are looked for.
    """
    signs = ", ".join(f"'{sign}'" for sign in SIGNS)
    is_letter = f"upper(substr({words}, 1, 1)) <> lower(substr({words}, 1, 1))"
    is_formula = f"substr(ltrim({words}, '{BLANKS}'), 1, 1) IN ({signs})"
    return f"CASE WHEN {is_letter} THEN {words} WHEN {is_formula} THEN '''' || {words} ELSE {words} END"
