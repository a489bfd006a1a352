"""What addresses and headers ask, whatever stands in them: each is answered or refused, never by a fault."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.engine.own import Own
from screening.own_forms import OwnForm
from tests import factories as make
from tests.review.api.test_cards import address

HEADERS = ["If-Match", "If-None-Match", "Idempotency-Key", "Authorization", "Accept", "Accept-Language", "Range",
           "X-Forwarded-For", "X-Request-ID", "If-Modified-Since", "HX-Current-URL"]  # fmt: skip
LISTS = ["queue", "creators", "people", "campaigns", "runs", "audit", "notices", "import", "questions"]
ASKED = ["search", "q", "page", "before", "after", "number", "from", "to", "kind", "person", "sort", "list", "cursor",
         "market", "brand", "campaign", "state", "lane", "whose", "stakes", "role", "lang"]  # fmt: skip
FEATURES = ["followers", "posts", "engagement_trend"]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def manager(db):
    client = Client()
    client.force_login(make.user("manager", brand="", market=""))
    return client


@pytest.fixture
def asking(card, elena, program):
    return program(elena), address(card(), "decide")


@FEW
@given(st.sampled_from(["get", "post"]), st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=300), min_size=1))
def test_headers_are_read_or_refused(asking, how, headers):
    client, decide = asking
    where = decide if how == "post" else "/api/cards/"
    assert client.generic(how.upper(), where, b"{}", "application/json", headers=headers).status_code < 500


@FEW
@given(st.sampled_from(LISTS), st.dictionaries(st.sampled_from(ASKED), st.text(max_size=200), min_size=1))
def test_addresses_are_read_or_refused(manager, name, asked):
    assert manager.get(reverse(name), asked).status_code < 500


@FEW
@given(st.data())
def test_rules_of_ones_own_are_read_or_refused(data):
    names = [*OwnForm(features=FEATURES, start=Own()).fields]
    text = st.text(max_size=30) | st.sampled_from(["followers", "least", "most", "unknown", "5", "-5", "1e400", "NaN"])
    form = OwnForm(data.draw(st.dictionaries(st.sampled_from(names), text)), features=FEATURES)
    if form.is_valid():
        assert all(rule.feature in FEATURES for rule in form.own().rules)
