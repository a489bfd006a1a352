"""Each parser of the product gives a value or raises its own error, whatever it is given (docs/parsers.md)."""

import json
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from accounts import addresses, trace
from accounts.api import endpoint, pages
from accounts.api.problems import Refusal
from accounts.api.reading import StrictJSON
from audit import checkpoints, queries, verify
from hybridmkt import markup, parts
from review.listing import Filters
from screening import briefs
from screening.engine import card, codes, forecast, tables
from screening.engine.tables import BrokenModel
from screening.engine.types import Criteria, Criterion
from screening.imports import columnar, columns, dates, marks, numbers, readers, rows, texts
from screening.imports.refusals import FileRefused

KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
PUBLIC, GRID = checkpoints.public(KEY), codes.grid_key()
MODEL = tables.to_json(card.compile_card())
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    PLAIN, lambda more: st.lists(more, max_size=4) | st.dictionaries(st.text(max_size=9), more, max_size=4)
)
STRICT = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    lambda more: st.lists(more, max_size=4)
    | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9), more, max_size=4),
)  # fmt: skip
DEEP = st.sampled_from(["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
JSON = VALUES.map(json.dumps) | st.text(max_size=200) | DEEP
FILE = st.dictionaries(st.sampled_from(["sha256", "model", "forecaster"]), VALUES).map(json.dumps) | JSON
BODY = json.loads(MODEL)["model"]
ODD = st.builds(
    lambda name, value: json.dumps({"sha256": "0" * 64, "model": {**BODY, name: value}}),
    st.sampled_from([*BODY, "calibration", "pairs"]), VALUES,
)  # fmt: skip
PARTS = ["kpi", "grid", "features", "level", "tables", "errors", "own", "levels", "basket", "seen", "ends", "results",
         "markets", "campaigns", "schema"]  # fmt: skip
FORECASTER = st.fixed_dictionaries(dict.fromkeys(PARTS, st.sampled_from([0, [], None, "a"]) | VALUES)).map(
    lambda body: json.dumps({"forecaster": body})
)
LINES = st.lists(JSON | st.just(json.dumps({"format": verify.FORMAT, "checkpoint": "a"})), max_size=4)
CELLS = st.lists(st.text(max_size=30), min_size=1, max_size=6)
NAMES = st.sampled_from(["username", "followers", "date", "price", "Подписчики", "ER", "bio", "c"]) | st.text(
    max_size=20
)
HEADERS = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=300)


def asked(**headers):
    """A request of a program with these headers."""
    return Request(RequestFactory().get("/api/campaigns/", **headers))


def asked_for(query):
    """A request of a program with this query."""
    return Request(RequestFactory().get("/api/campaigns/", query_params={**query}))


def row(given):
    """Read a row of a list of which two others are known."""
    header, cells = given
    header = readers.unique_names(["username", *header])
    known = [["anna", *["5"] * (len(header) - 1)]] * 2
    reader = rows.RowReader(
        columns.guess_mapping(header, known, platform="instagram"), as_of=dates.date(2022, 3, 31),
        today=dates.date(2026, 11, 20),
    )  # fmt: skip
    return reader.read(4, cells + [""] * (len(header) - len(cells)))


def bundle(lines):
    """Check a bundle of the log."""
    return verify.verify(lines, PUBLIC)


# What it reads -> (what it is given, how it is called, its own errors).
PARSERS = {
    "numbers": (st.text(), numbers.parse_number, numbers.NotANumber),
    "shares": (st.text(), lambda text: numbers.parse_share(text, in_points=True), numbers.NotANumber),
    "yes and no": (st.text(), numbers.parse_flag, numbers.NotANumber),
    "marks of numbers": (st.lists(st.text(max_size=30)), marks.read_marks, ()),
    "dates in names of files": (st.text(), dates.as_of_in_name, dates.NotADate),
    "days first": (st.lists(st.text(max_size=30)), dates.is_day_first, ()),
    "years": (st.lists(st.text(max_size=30)), dates.years_of, ()),
    "texts": (st.text(), lambda text: texts.clean_text(text, limit=50), ()),
    "names of columns": (CELLS, readers.unique_names, ()),
    "objects in cells": (st.lists(JSON, max_size=4), columnar.object_keys, ()),
    "columns": (
        st.tuples(CELLS, st.lists(CELLS, max_size=3)),
        lambda given: columns.guess_mapping(
            readers.unique_names(given[0]), [(line * len(given[0]))[: len(given[0])] for line in given[1]]
        ),
        (),
    ),
    "rows": (st.tuples(st.lists(NAMES, max_size=4), CELLS), row, rows.NoAccount),
    "JSON of programs": (
        JSON.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(),
        lambda octets: StrictJSON().parse(BytesIO(octets)),
        ParseError,
    ),
    "rows of a page": (HEADERS, lambda text: pages.limit(asked_for({"limit": text})), Refusal),
    "cursors": (HEADERS, lambda text: pages._after(asked_for({"cursor": text}), "salt"), Refusal),
    "If-Match": (HEADERS, lambda text: endpoint.version_of(asked(HTTP_IF_MATCH=text)), Refusal),
    "X-Request-ID": (st.text(), trace.request_name, ()),
    "X-Forwarded-For": (
        HEADERS, lambda text: addresses.of_client(RequestFactory().get("/", HTTP_X_FORWARDED_FOR=text)), (),
    ),
    "filters of the log": (
        st.dictionaries(st.sampled_from(["kind", "person", "brand", "stream", "from", "to", "override"]), st.text()),
        lambda given: queries.from_page(given).query(),
        (),
    ),
    "filters of the queue": (st.text().map(lambda text: QueryDict(f"search={text}&{text}")), Filters.of, ()),
    "pages": (st.text() | st.text("<>/='\" inputformselecttextareaoptionabutton!-&;", max_size=300), markup.read, ()),
    "criteria of a brief": (
        st.dictionaries(st.sampled_from([*Criteria.__dataclass_fields__, "more"]), VALUES),
        briefs.criteria_from,
        briefs.BriefInvalid,
    ),
    "wishes of a brief": (
        st.dictionaries(st.sampled_from(["wishes", "text"]), st.lists(VALUES | st.fixed_dictionaries(
            {"kind": st.sampled_from(["price", "size", "language"])}, optional={"weight": PLAIN, "words": VALUES}
        ), max_size=3)),
        briefs.preferences_from,
        briefs.BriefInvalid,
    ),
    "models": (FILE | ODD, lambda text: tables.from_json(text, grid=GRID), BrokenModel),
    "forecasters": (FILE | FORECASTER, lambda text: forecast.from_json(text, grid=GRID), forecast.BrokenForecaster),
    "notes": (st.text() | HEADERS.map("origin\n5\n{}\n\n— origin AAAA\n".format),
              lambda text: verify.open_checkpoint(text, [PUBLIC]), (verify.Changed, verify.Unusable)),
    "bundles": (LINES, bundle, (verify.Changed, verify.Unusable)),
    "lock files": (st.text() | st.text("a1=.; \n\\#-:viashf", max_size=200), parts.read, parts.Unpinned),
}  # fmt: skip


@pytest.mark.parametrize("what", PARSERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_gives_a_value_or_raises_its_own_error(what, data):
    strategy, read, errors = PARSERS[what]
    given_to_it = data.draw(strategy)
    try:
        read(given_to_it)
    except errors:
        return


class TestBack:
    """Where there is a writer, what it wrote is read back."""

    @given(STRICT)
    def test_json_of_programs(self, value):
        assert StrictJSON().parse(BytesIO(json.dumps(value).encode())) == value

    @given(st.fixed_dictionaries({}, optional={
        "followers_min": st.integers(0, 10**9), "categories": st.lists(st.text(max_size=9), max_size=3),
        "keep_unknown": st.lists(st.sampled_from([str(one) for one in Criterion]), unique=True),
    }))  # fmt: skip
    def test_criteria_of_a_brief(self, stored):
        found = briefs.criteria_from(stored)
        for name, value in stored.items():
            assert sorted(map(str, getattr(found, name))) == sorted(value) if isinstance(value, list) else (
                getattr(found, name) == value
            )  # fmt: skip

    @given(st.dictionaries(st.sampled_from(["kind", "person", "brand", "market", "stream", "override"]),
                           st.sampled_from(["decision", "5", "acme", "US", "campaign:3", "yes"])),
           st.none() | st.dates(dates.date(1990, 1, 1), dates.date(2100, 1, 1)))  # fmt: skip
    def test_filters_of_the_log(self, given_to_it, day):
        found = queries.from_page({**given_to_it, "from": day.isoformat() if day else ""})
        assert queries.from_dict(json.loads(json.dumps(found.as_dict()))) == found

    @given(st.integers(0, 2**60), st.binary(min_size=32, max_size=32))
    def test_notes(self, size, root):
        text = f"acme.example/audit\n{size}\n{verify.base64.b64encode(root).decode()}\n"
        assert verify.open_checkpoint(checkpoints.sign(text, KEY), [PUBLIC]) == ("acme.example/audit", size, root)

    @given(st.floats(-1, 1, width=32), st.integers(0, 254))
    @settings(max_examples=20, deadline=None)
    def test_models(self, value, cell):
        model = card.compile_card()
        model.tables[0, cell] = value
        back = tables.from_json(tables.to_json(model), grid=GRID)
        assert tables.to_json(back) == tables.to_json(model)

    @given(st.dates(dates.date(1990, 1, 1), dates.date(2100, 12, 31)))
    def test_dates_of_spreadsheets(self, day):
        assert dates.parse_date(dates.from_cell(day)) == day

    @given(st.text())
    def test_texts_are_read_alike_when_they_are_read_again(self, text):
        once = texts.clean_text(text, limit=1_000)[0]
        again = texts.clean_text(once, limit=1_000)[0]
        assert texts.clean_text(again, limit=1_000)[0] == again


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(
    st.sampled_from([b"PK\x03\x04", b"PAR1", b'{"a": 1}\n{"', b"sep=;\n", b"\xff\xfe", b"\xef\xbb\xbf"]),
    st.binary(max_size=300),
)
def test_a_file_of_any_kind_is_read_or_refused(tmp_path, start, octets):
    (tmp_path / "a").write_bytes(start + octets)
    lines, why = [], ""
    try:
        for line, cells in readers.open_table(tmp_path / "a").rows():
            lines.append(line)
            assert isinstance(cells, columnar.BrokenLine) or all(isinstance(cell, str) for cell in cells)
    except FileRefused as refused:
        why = refused.code
    assert why in {"", *FileRefused.CODES}
    assert lines == sorted(lines)
