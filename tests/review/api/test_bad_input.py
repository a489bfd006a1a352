"""What strangers send (trust.md 3.3): each is refused in words, soon, and leaves nothing behind."""

import json
import time

import pytest

from review.models import Decision, Overlay
from tests.review.api.test_cards import address

SECONDS = 2
WRONG = [None, True, 7, -1, 2**63, 1.5, "", "x", "x" * 9_000, [], ["approve"], {}, {"$ne": 1}, "\u202eevorppa", "0"]
RAW = {
    "no JSON": b"choice=approve",
    "nothing": b"",
    "half an object": b'{"choice": "approve"',
    "a depth of 100,000": b"[" * 100_000 + b"]" * 100_000,
    "a depth of 40": b"[" * 40 + b"]" * 40,
    "a name twice": b'{"choice": "approve", "choice": "reject"}',
    "NaN": b'{"choice": "approve", "expected_p_u6": NaN}',
    "Infinity": b'{"choice": "approve", "expected_p_u6": -Infinity}',
    "1e999": b'{"choice": "approve", "expected_p_u6": 1e999}',
    "5,000 digits": b'{"choice": "approve", "expected_p_u6": ' + b"9" * 5_000 + b"}",
    "Latin-1": '{"choice": "approve", "rationale": "é"}'.encode("latin-1"),
    "UTF-16": '{"choice": "approve"}'.encode("utf-16"),
    "a byte-order mark": b"\xef\xbb\xbf" + b'{"choice": "approve"}',
    "NUL": b'{"choice": "approve", "rationale": "a\\u0000b"}',
    "NUL in a name": b'{"choice": "approve", "a\\u0000": 1}',
    "a lone surrogate": b'{"choice": "approve", "rationale": "\\ud800"}',
}
WHOLE = {"a list": [], "a text": "approve", "a number": 1, "nothing": None, "true": True}


@pytest.fixture
def ask(card, elena, program):
    """Send a body to a step of one card; return the answer, and how long it took."""
    task, asking = card(), program(elena)
    tag = asking.get(address(task))["ETag"]

    def sent(verb, body, content_type="application/json"):
        began = time.monotonic()
        answer = asking.generic("POST", address(task, verb), body, content_type, headers={"if-match": tag})
        assert time.monotonic() - began < SECONDS
        assert answer["Content-Type"] == "application/problem+json" or answer.status_code == 200
        return answer

    return sent


class TestABody:
    @pytest.mark.parametrize("what", RAW)
    def test_that_cannot_be_read_is_refused(self, ask, what):
        assert ask("decide", RAW[what]).status_code == (422 if what == "nothing" else 400)
        assert not Decision.objects.exists()

    @pytest.mark.parametrize("what", WHOLE)
    def test_that_is_no_object_is_refused(self, ask, what):
        assert ask("decide", json.dumps(WHOLE[what]).encode()).status_code == 422

    def test_of_ten_megabytes_is_refused_unread(self, ask):
        body = b'{"choice": "approve", "rationale": "' + b"x" * 10_000_000 + b'"}'
        assert ask("decide", body).status_code == 413

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "a/b"])
    def test_of_another_kind_is_refused(self, ask, kind):
        assert ask("decide", b'{"choice": "approve"}', kind).status_code in {415, 422}
        assert not Decision.objects.exists()

    def test_may_bring_what_nobody_asked_for_to_no_avail(self, ask, card):
        said = {"choice": "approve", "owner": 1, "ai_verdict": "decline", "decided_by": 1, "is_override": True, "id": 5}
        assert ask("decide", json.dumps(said).encode()).status_code == 200
        made = Decision.objects.get()
        assert (made.ai_verdict, made.is_override, made.owner) == ("recommend", False, made.decided_by)

    @pytest.mark.parametrize("field", ["choice", "category", "rationale", "proof", "hold_until", "expected_p_u6"])
    @pytest.mark.parametrize("n", range(len(WRONG)))
    def test_with_a_wrong_type_in_a_field_breaks_nothing(self, ask, field, n):
        answer = ask("decide", json.dumps({"choice": "hold", field: WRONG[n]}).encode())
        assert answer.status_code in {200, 409, 422}
        if field == "choice":
            assert answer.json()["errors"][0]["pointer"] == "/choice"
        if answer.status_code == 200:
            assert (field, WRONG[n]) not in {("hold_until", "x"), ("expected_p_u6", "x")}

    @pytest.mark.parametrize(
        "field", ["relationship", "has_interest", "cultural_fit", "gut_rating", "factor_views", "words"]
    )
    @pytest.mark.parametrize("n", range(len(WRONG)))
    def test_with_a_wrong_view_breaks_nothing(self, ask, field, n):
        answer = ask("view", json.dumps({field: WRONG[n]}).encode())
        assert answer.status_code in {200, 422}
        assert Overlay.objects.count() == (answer.status_code == 200)


class TestAnAddress:
    @pytest.mark.parametrize("pk", ["0", "9223372036854775807", "9223372036854775808", "9" * 400, "-1", "1e3", "x"])
    @pytest.mark.parametrize("room", ["cards", "runs", "decisions", "questions", "investigations", "policies"])
    def test_of_a_thing_that_there_is_not_is_not_found(self, elena, program, room, pk):
        answer = program(elena).get(f"/api/{room}/{pk}/")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")

    @pytest.mark.parametrize("query", ["%00", "%ff", "%F0%9F%92%A9" * 500, "1&limit=1e9", "&limit=-1", "&limit=9999"])
    def test_with_a_strange_query_is_answered(self, elena, program, query):
        for name in ("cursor", "campaign", "brand", "state"):
            assert program(elena).get(f"/api/cards/?{name}={query}").status_code in {200, 422}

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND"])
    def test_knows_its_methods(self, card, elena, program, method):
        answer = program(elena).generic(method, address(card()))
        assert answer.status_code == (200 if method in {"HEAD", "OPTIONS"} else 405)
