"""Nothing that is written into an address or a hidden field breaks a page."""

import pytest

from review.addresses import line, number
from review.models import Decision

pytestmark = pytest.mark.django_db
BIG = "9" * 30
ODD = ["²", BIG, "9" * 5000, "-1", "1.5", "", "\0", "٣"]


@pytest.mark.parametrize("address", [
    "/queue/?search=%00", "/queue/?search=a%00b&lane=%00&state=%00&whose=%00&stakes=%00", "/queue/?cursor=%00",
    f"/queue/?search={BIG}&cursor={BIG}",
])  # fmt: skip
def test_a_list_takes_any_filter(signed_in, sofia, card, address):
    card()
    assert signed_in(sofia).get(address).status_code == 200


@pytest.mark.parametrize("room", ["queue", "approvals", "decisions", "policies"])
def test_a_number_that_no_row_has_is_not_found(signed_in, sofia, card, room):
    assert signed_in(sofia).get(f"/{room}/{BIG}/").status_code == 404


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_version_is_a_card_that_changed(signed_in, sofia, card, odd):
    task, browser = card(), signed_in(sofia)
    for step in (f"/queue/{task.pk}/undo/", f"/queue/{task.pk}/reopen/", f"/approvals/{task.pk}/undo/"):
        assert browser.post(step, {"version": odd, "key": "\0odd"}).status_code == 409
    browser.post(f"/queue/{task.pk}/decide/", {"version": odd, "key": "k", "choice": "approve"})
    assert not Decision.objects.exists()


@pytest.mark.parametrize(("text", "read"), [("7", 7), (None, 0), *((odd, 0) for odd in ODD[:-1])])
def test_a_number_is_read_or_counts_as_none(text, read):
    assert number(text) == read


def test_a_line_is_cut_and_bears_no_nul():
    assert line(" a\0b ", most=2) == "ab"
