"""The real files go in as docs/imports.md says: each command of its table is run, and a second pass changes nothing."""

import json
import os
import re
import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from screening.imports import load
from screening.models import Metrics, Profile
from tests import factories
from tests.screening.imports.files import DATA, write

TABLE = Path(__file__).resolve().parents[3] / "docs" / "imports.md"
ROW = re.compile(r"\| `(?P<file>[^`]+)` \| `(?P<options>[^`]+)` \| (?P<counts>[\d |]+) \|[^|]*\| (?P<mapping>[^|]+) \|")
LONG = bool(os.environ.get("HM_LONG"))
LARGE = {"creators_daily/vtuber_daily.csv"}  # 20 CPU seconds: with HM_LONG=1
AGAIN = 2_500  # records of a file that is given a second time; longer ones as well with HM_LONG=1


def listed():
    for match in ROW.finditer(TABLE.read_text()):
        mapping = re.search(r"`(.+)`", match["mapping"])
        counts = [int(count) for count in match["counts"].split("|")]
        yield match["file"], shlex.split(match["options"]), json.loads(mapping[1]) if mapping else None, counts


def imported(tmp_path, file, options, mapping):
    given = ["--mapping", str(write(tmp_path / "m.json", json.dumps(mapping)))] if mapping else []
    out = StringIO()
    call_command("import_creators", str(DATA / file), *options, *given, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
@pytest.mark.skipif(not DATA.is_dir(), reason="the real files (../shared/data) are not there")
def test_go_in_as_the_table_says_and_twice_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "PAUSE", 0)
    factories.market("US")
    factories.market("RU")
    files = [row for row in listed() if row[0] not in LARGE or LONG]
    for file, options, mapping, counts in files:
        report = imported(tmp_path, file, options, mapping)
        assert [report[name] for name in ("records", "loaded", "merged", "refused")] == counts, file
    before = Profile.objects.count(), Metrics.objects.count()
    for file, options, mapping, (records, _loaded, _merged, refused) in files:
        if records > AGAIN and not LONG:
            continue
        again = imported(tmp_path, file, options, mapping)
        assert [again[name] for name in ("records", "loaded", "refused", "merged")] == [
            records,
            0,
            refused,
            records - refused,
        ], file
    assert before == (Profile.objects.count(), Metrics.objects.count())


@pytest.mark.skipif(not DATA.is_dir(), reason="the real files (../shared/data) are not there")
def test_all_stand_in_the_table():
    folders = [*DATA.glob("creators_*"), DATA / "posts"]
    there = {str(path.relative_to(DATA)) for folder in folders for path in folder.iterdir()}
    assert there <= {file for file, *_ in listed()}
