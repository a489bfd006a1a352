"""Links and handles as nobody should send them (trust.md 3.3): none becomes an account or another address."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.imports.handles import PLATFORMS, NotAHandle, link_to, read_handle

BAD = {
    "a script": "javascript:alert(1)",
    "a script after a link": "https://www.instagram.com/javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "no scheme and another host": "//evil.example/anna",
    "another host": "https://evil.example/anna",
    "a host before the host": "https://instagram.com@evil.example/anna",
    "a user in front": "https://anna:secret@instagram.com/",
    "another host in its clothes": "https://instagram.com.evil.example/anna",
    "a host with its ending": "https://evilinstagram.com/anna",
    "punycode": "https://xn--nstagram-8g4c.com/anna",
    "a look-alike host": "https://іnstagram.com/anna",
    "a look-alike name": "аnna",
    "a line break": "anna\r\nSet-Cookie: a=b",
    "a line break in a link": "https://instagram.com/anna%0d%0aSet-Cookie:%20a=b",
    "10 kB": "a" * 10_000,
    "10 kB of a link": "https://instagram.com/" + "a" * 10_000,
    "a path out of the house": "../../etc/passwd",
    "a path out of a link": "https://instagram.com/..%2f..%2fetc",
    "markup": "<img src=x onerror=alert(1)>",
    "NUL": "an\x00na",
    "a turned direction": "anna\u202egpj.exe",
}
HOSTS = {"www.instagram.com", "instagram.com", "www.youtube.com", "tiktok.com", "twitch.tv", "t.me", "vk.com"}


@pytest.mark.parametrize("what", BAD)
def test_are_no_account(what):
    with pytest.raises(NotAHandle) as refused:
        read_handle("instagram", BAD[what])
    assert refused.value.code in {"handle_missing", "handle_invalid", "handle_elsewhere"}


@given(st.sampled_from(PLATFORMS), st.text(max_size=200) | st.sampled_from([*BAD.values()]))
def test_become_an_address_of_their_platform_or_are_refused(platform, text):
    try:
        found = read_handle(platform, text)
    except NotAHandle:
        return
    address = link_to(platform, found.key)
    assert address == "" or (urlsplit(address).scheme, urlsplit(address).hostname in HOSTS) == ("https", True)


@given(st.sampled_from(PLATFORMS), st.text(max_size=60))
def test_are_read_alike_when_they_are_read_again(platform, text):
    try:
        found = read_handle(platform, text)
    except NotAHandle:
        return
    assert read_handle(platform, found.text).key == found.key
    if platform != "youtube":
        assert read_handle(platform, link_to(platform, found.key)).key == found.key
