"""Why a whole file cannot be read: codes with figures; the words are made at the face."""


class FileRefused(ValueError):
    """A file that is not read at all.

    ``code`` is one of CODES, ``facts`` holds the figures that the sentence names (line, limit, found).
    """

    CODES = (
        "empty", "header_only", "binary", "compressed", "old_excel", "nul", "cell_too_long", "line_too_long",
        "too_large", "xlsx_too_large", "xlsx_bomb", "xlsx_entities", "xlsx_broken", "parquet_broken",
        "parquet_bomb", "json_array", "too_many_columns", "changed",
        "gone",
    )  # fmt: skip

    def __init__(self, code: str, **facts: int | str) -> None:
        super().__init__(f"{code}: " + ", ".join(f"{name} {value}" for name, value in facts.items()))
        self.code = code
        self.facts = facts
