"""The pages about the API on the smallest screen: the crawl of every page makes no key and so shows none."""

import pytest

from accounts import tokens
from tests import factories as make
from tests.browser.conftest import NARROW, _session

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_key_and_the_longest_address_fit_the_smallest_screen(page, live_server, expected):
    made = make.user("strategist")
    page.context.add_cookies([_session(made, live_server.url)])
    page.set_viewport_size(NARROW)
    page.goto(live_server.url + "/settings/api-keys/")
    page.get_by_label("What is it for?").fill("Reports")
    page.get_by_label("reads what you see").check()
    page.get_by_role("button", name="Make the key").click()
    assert page.locator(".mono.link").inner_text().startswith(tokens.BEGINS)
    for address in ("", "/api/docs/"):
        if address:
            page.goto(live_server.url + address)
        page.wait_for_load_state()  # a click waits for the answer, not for its styles
        wide, shown = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide <= shown, address or "a new key"
