"""Bad files (trust.md 3.3): each becomes rows and reasons, or a refusal with a sentence; none costs much memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from screening.imports import words
from screening.imports.refusals import FileRefused
from tests.screening.imports import bad_files

ROOT = Path(__file__).resolve().parents[3]
MEMORY = 200_000  # KB, with the program itself
# What becomes of each: the code of a refusal, or the good rows and how many are refused for what.
RIGHT: dict[str, list] = {
    "nothing": ["empty"],
    "a header only": ["header_only"],
    "a byte-order mark": [3, {}],
    "UTF-16": [3, {}],
    "Latin-1": [4, {}],
    "NUL": ["binary"],
    "a field of 200 kB": ["cell_too_long"],
    "a million rows": [1000000, {}],
    "10,000 columns": ["too_many_columns"],
    "a header twice": [3, {}],
    "no header": ["no account"],
    "CR only": [3, {}],
    "mixed line ends": [3, {}],
    "an open quote after 50 MB": [10000, {"quote_open": 1}],
    "semicolons": [3, {}],
    "tabs": [3, {}],
    "a lone surrogate": [3, {"handle_invalid": 1}],
    "U+2028": [3, {"handle_invalid": 1}],
    "a turned direction": [3, {"handle_invalid": 1}],
    "no width": [4, {}],
    "a look-alike letter": [3, {"handle_invalid": 1}],
    "1e999": [3, {"number_range": 1}],
    "NaN": [4, {}],
    "-0": [4, {}],
    "1,5 followers": [3, {"number_fraction": 1}],
    "1_000": [3, {"number_broken": 1}],
    "5,000 digits": [3, {"number_word": 1}],
    "the year 0000": [3, {"date_range": 1}],
    "the year 9999": [3, {"date_range": 1}],
    "29 February of no leap year": [3, {"date_range": 1}],
    "an offset of 14 hours": [4, {}],
    "a formula": [3, {"number_broken": 1}],
    "a zip bomb": ["xlsx_bomb"],
    "a zip in the zip": [3, {}],
    "100,000 entries": ["xlsx_bomb"],
    "an entry out of the folder": [3, {}],
    "an entry that is a link": [3, {}],
    "a size that lies": ["xlsx_broken"],
    "an encrypted one": ["xlsx_broken"],
    "a file of the host": ["xlsx_entities"],
    "a billion laughs": ["xlsx_entities"],
    "a shared text that is not there": ["xlsx_broken"],
    "a million rows that are said to be": [3, {}],
    "macros": [3, {}],
    "links to other books": [3, {}],
    "a name that ends in .csv": [3, {}],
    "a page in front": ["binary"],
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a process of its own makes of every file."""
    folder = tmp_path_factory.mktemp("bad")
    bad_files.make(folder)
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"HM_DATA_DIR": str(tmp_path_factory.mktemp("data")), "DJANGO_SETTINGS_MODULE": "hybridmkt.settings"}
    command = [sys.executable, "-m", "tests.screening.imports.bad_files", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("what", [*bad_files.CSV, *bad_files.XLSX])
def test_becomes_rows_with_reasons_or_is_refused(told, what):
    assert told["outcomes"][what] == RIGHT[what]


def test_costs_less_memory_than_a_small_machine_has(told):
    assert told["memory"] < MEMORY


@pytest.mark.parametrize("code", FileRefused.CODES)
def test_is_refused_with_a_sentence(code):
    facts = dict.fromkeys(("found", "limit", "line", "entries"), 7) | {"part": "xl/a.xml"}
    assert len(words.refusal(FileRefused(code, **facts)).split()) > 3
