"""What people write into addresses and hidden fields, read without trust: anything odd counts as not said."""

MOST_DIGITS = 9  # of a version or a row's number: fits every column there is


def number(text: object) -> int:
    """Return a whole number from an address, 0 for whatever is none."""
    said = str(text)
    return int(said) if said.isdecimal() and len(said) <= MOST_DIGITS else 0


def line(text: object, *, most: int) -> str:
    """Return a line from an address, cut; NUL goes, because no database takes it."""
    return str(text).replace("\0", "").strip()[:most]
