"""Makers of files as people send them."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A text file, its line ends kept."""
    path.write_bytes(text.encode(encoding))
    return path


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def sheet_xml(rows, first_row: int = 1, prolog: str = "") -> str:
    def cell(value, place: str) -> str:
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    lines = "".join(
        f'<row r="{number}">'
        + "".join(cell(v, f"{column_letters(i)}{number}") for i, v in enumerate(row, 1))
        + "</row>"
        for number, row in enumerate(rows, first_row)
    )
    return f'<?xml version="1.0"?>{prolog}<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def write_xlsx(
    path: Path,
    rows,
    first_row: int = 1,
    sheet: str | None = None,
    extra: dict[str, bytes] | None = None,
    others: dict[str, list] | None = None,
) -> Path:
    """The smallest workbook with one sheet; ``sheet`` replaces its XML, ``extra`` adds parts, ``others`` sheets.

    A name that begins with "." is that of a hidden sheet.
    """
    sheets = {"Authors": sheet or sheet_xml(rows, first_row)}
    sheets |= {name: sheet_xml(cells) for name, cells in (others or {}).items()}
    numbered = list(enumerate(sheets, 1))
    parts = {
        "[Content_Types].xml": f'<?xml version="1.0"?><Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET}.worksheet+xml"/>'
            for n, _ in numbered
        )
        + "</Types>",
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" state="{"hidden" if name[0] == "." else "visible"}"/>'
            for n, name in numbered
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _ in numbered
        )
        + "</Relationships>",
        **{f"xl/worksheets/sheet{n}.xml": sheets[name] for n, name in numbered},
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, body in parts.items():
            book.writestr(name, body)
    return path
