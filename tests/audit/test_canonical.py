"""Bodies are written as RFC 8785 writes them: another library agrees on whatever the format takes."""

import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.verify import MAX_INT, NotCanonical, canonical

KEYS = st.text(st.characters(max_codepoint=126), max_size=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.none() | st.booleans() | st.integers(1 - MAX_INT, MAX_INT - 1) | TEXTS
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_is_written_as_another_library_writes_it(body):
    assert canonical(body).encode() == rfc8785.dumps(body)
    assert canonical(json.loads(canonical(body))) == canonical(body)


@pytest.mark.parametrize("odd", [1.0, float("nan"), MAX_INT, "\ud800", {"é": 1}, b"x", {1: 2}, ["\udfff"]])
def test_refuses_what_has_no_exact_form(odd):
    with pytest.raises(NotCanonical):
        canonical({"a": odd})
