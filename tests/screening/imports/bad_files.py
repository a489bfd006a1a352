"""Files as trust.md 3.3 lists them, and a reader of them: `python -m tests.screening.imports.bad_files FOLDER`.

It reads every file of a folder as an import does and prints, as JSON, what became of each, and what memory it took.
"""

import io
import json
import sys
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path

from tests.screening.imports.files import sheet_xml, write_xlsx

DAY = date(2022, 3, 31)
HEAD = "username,followers,date\n"
ROWS = [["username", "followers"], ["anna", 1200], ["ivan", 900], ["olga", 77]]
OWN = "anna,5,2021-01-01\nivan,6,2021-01-02\nolga,7,2021-01-03\n"
LARGE = {"a million rows"}  # their rows are counted and not understood, which takes minutes
MISNAMED = "a name that ends in .csv"
PACKAGE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOMB = b"\x00" * 50_000_000


def csv(text: str | bytes, encoding: str = "utf-8") -> bytes:
    """The octets of a text."""
    return text if isinstance(text, bytes) else text.encode(encoding, "surrogatepass")


def row(followers: str = "5", day: str = "2021-01-01", name: str = "mary") -> bytes:
    """A list of three good rows and one that is of interest."""
    return csv(f'{HEAD}{OWN}{name},"{followers}",{day}\n')


def million() -> bytes:
    """A list of a million rows."""
    return csv(HEAD + "".join(f"user{n},{n % 977},2021-01-01\n" for n in range(1_000_000)))


def unclosed() -> bytes:
    """A list of 50 MB whose last row opens a quote that nobody closes."""
    line = "anna{},5,2021-01-01," + "x" * 4_900 + "\n"
    return csv("username,followers,date,bio\n" + "".join(map(line.format, range(10_000))) + 'ivan,6,2021-01-02,"open\n')


CSV = {
    "nothing": lambda: b"",
    "a header only": lambda: csv(HEAD),
    "a byte-order mark": lambda: csv(HEAD + OWN, "utf-8-sig"),
    "UTF-16": lambda: csv(HEAD + OWN, "utf-16"),
    "Latin-1": lambda: csv((HEAD + OWN).replace("date", "note") + "zoe,5,Zoë à Genève\n", "latin-1"),
    "NUL": lambda: csv(HEAD + OWN + "ma\x00ry,5,2021-01-01\n"),
    "a field of 200 kB": lambda: row(name="y" * 200_000),
    "a million rows": million,
    "10,000 columns": lambda: csv(",".join(f"c{n}" for n in range(10_000)) + "\n" + "," * 9_999 + "\n"),
    "a header twice": lambda: csv("username,followers,followers\nanna,5,6\nivan,6,7\nolga,7,8\n"),
    "no header": lambda: csv(OWN),
    "CR only": lambda: csv((HEAD + OWN).replace("\n", "\r")),
    "mixed line ends": lambda: csv("username,followers\r\nanna,5\nivan,6\rolga,7\r\n"),
    "an open quote after 50 MB": unclosed,
    "semicolons": lambda: csv((HEAD + OWN).replace(",", ";")),
    "tabs": lambda: csv((HEAD + OWN).replace(",", "\t")),
    "a lone surrogate": lambda: row(name="a\ud800b"),
    "U+2028": lambda: row(name="a\u2028b"),
    "a turned direction": lambda: row(name="a\u202eb"),
    "no width": lambda: row(name="ma\u200bry"),
    "a look-alike letter": lambda: row(name="аnna"),  # the first letter is Cyrillic
    "1e999": lambda: row("1e999"),
    "NaN": lambda: row("NaN"),
    "-0": lambda: row("-0"),
    "1,5 followers": lambda: row("1,5"),
    "1_000": lambda: row("1_000"),
    "5,000 digits": lambda: row("9" * 5_000),
    "the year 0000": lambda: row(day="0000-01-01"),
    "the year 9999": lambda: row(day="9999-12-31"),
    "29 February of no leap year": lambda: row(day="2021-02-29"),
    "an offset of 14 hours": lambda: row(day="2021-01-01T23:30:00+14:00"),
    "a formula": lambda: row("=1+1"),
}  # fmt: skip


def cells(xml: str) -> str:
    """A sheet with these cells' XML in its rows."""
    return f'<?xml version="1.0"?><worksheet xmlns="{PACKAGE}">{xml}</worksheet>'


def book(path: Path, **more) -> None:
    """A good workbook with something more in it."""
    write_xlsx(path, ROWS, **more)


def nested(path: Path) -> None:
    """A workbook with a zip in it that would unpack to 50 MB."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("zeros", BOMB)
    book(path, extra={"xl/media/inner.zip": inner.getvalue()})


def crowded(path: Path) -> None:
    """A workbook with 100,000 entries."""
    book(path)
    with zipfile.ZipFile(path, "a") as packed:
        for n in range(100_000):
            packed.writestr(f"xl/media/{n}", b"")


def linked(path: Path) -> None:
    """A workbook with an entry that is a symbolic link to a file of the host."""
    book(path)
    link = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(link, "/etc/passwd")


def lying(path: Path) -> None:
    """A workbook whose sheet says that it unpacks to 100 octets, and unpacks to 50 MB."""
    write_xlsx(path, [], sheet=cells("<sheetData>" + " " * 50_000_000 + "</sheetData>"))
    octets, start = bytearray(path.read_bytes()), 0
    name = b"xl/worksheets/sheet1.xml"
    while (at := octets.find(name, start)) >= 0:
        size = at - 30 + 22 if octets[at - 30 : at - 26] == b"PK\x03\x04" else at - 46 + 24
        if octets[at - 30 : at - 26] == b"PK\x03\x04" or octets[at - 46 : at - 42] == b"PK\x01\x02":
            octets[size : size + 4] = (100).to_bytes(4, "little")
        start = at + 1
    path.write_bytes(octets)


def encrypted(path: Path) -> None:
    """A workbook all entries of which say that they are encrypted."""
    book(path)
    octets = bytearray(path.read_bytes())
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = octets.find(mark)
        while at >= 0:
            octets[at + flag] |= 1
            at = octets.find(mark, at + 4)
    path.write_bytes(octets)


def polyglot(path: Path) -> None:
    """A page and a workbook in one file."""
    book(path)
    path.write_bytes(b"<!doctype html><script>alert(1)</script>" + path.read_bytes())


SHARED = '<sheetData><row r="1"><c r="A1" t="s"><v>999999</v></c></row></sheetData>'
SPAN = '<dimension ref="A1:XFD1048576"/>' + sheet_xml(ROWS).partition(f'xmlns="{PACKAGE}">')[2].removesuffix(
    "</worksheet>"
)
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha">' + "".join(
    '<!ENTITY {} "{}">'.format(chr(98 + n), f"&{chr(97 + n)};" * 10) for n in range(9)
)
XLSX = {
    "a zip bomb": lambda path: book(path, extra={"xl/media/zeros.bin": BOMB}),
    "a zip in the zip": nested,
    "100,000 entries": crowded,
    "an entry out of the folder": lambda path: book(path, extra={"../../x": b"x", "/etc/x": b"x"}),
    "an entry that is a link": linked,
    "a size that lies": lying,
    "an encrypted one": encrypted,
    "a file of the host": lambda path: write_xlsx(
        path, [], sheet=sheet_xml(ROWS, prolog='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')
    ),
    "a billion laughs": lambda path: write_xlsx(path, [], sheet=sheet_xml(ROWS, prolog=LAUGHS + "]>")),
    "a shared text that is not there": lambda path: write_xlsx(path, [], sheet=cells(SHARED)),
    "a million rows that are said to be": lambda path: write_xlsx(path, [], sheet=cells(SPAN)),
    "macros": lambda path: book(path, extra={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"x" * 900}),
    "links to other books": lambda path: book(
        path, extra={"xl/externalLinks/externalLink1.xml": b"<externalLink><externalBook/></externalLink>"}
    ),
    MISNAMED: lambda path: book(path),
    "a page in front": polyglot,
}  # fmt: skip


def make(folder: Path) -> None:
    """Write all of them."""
    for name, octets in CSV.items():
        (folder / f"{name}.csv").write_bytes(octets())
    for name, written in XLSX.items():
        written(folder / (name + (".csv" if name == MISNAMED else ".xlsx")))


def read(path: Path) -> list:
    """Return the code of a refusal, or how many rows are good and why the others are not."""
    from screening.imports.plan import make_plan
    from screening.imports.readers import open_table
    from screening.imports.refusals import FileRefused
    from screening.imports.rows import NoAccount

    try:
        if path.stem in LARGE:
            return [sum(1 for _ in open_table(path).rows()), {}]
        plan = make_plan(path, name="list", today=DAY, platform="instagram", as_of=DAY)
        records = plan.items(plan.reader(today=DAY), skip=0, alive=lambda: None)
        found = Counter(record.problem.reason if record.problem else "" for record, _, _ in records)
        return [found.pop("", 0), dict(found)]
    except FileRefused as refused:
        return [refused.code]
    except NoAccount:
        return ["no account"]


if __name__ == "__main__":
    import django

    django.setup()
    outcomes = {path.stem: read(path) for path in sorted(Path(sys.argv[1]).iterdir())}
    memory = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
    print(json.dumps({"outcomes": outcomes, "memory": int(memory)}))
