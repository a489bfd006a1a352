"""A browser without a screen: pages, forms and cookies over HTTP, as a person without script would use the product.

Standard library only, and no look into the database: what a page does not offer, a visitor cannot do.
"""

import re
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlencode, urljoin, urlsplit

from hybridmkt.markup import Form, read

TIMEOUT = 60  # seconds for one answer
File = tuple[str, bytes]  # name and content


class Unexpected(Exception):
    """Raised when the product answers otherwise than the story says; the sentence names what was found."""

    def __init__(self, sentence: str, *, status: int = 0) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Page:
    """An answer. text: what a reader sees, in one line. alert: how a warning begins. links: (address, words)."""

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    title: str = ""
    alert: str = ""
    forms: tuple[Form, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """The path of the address that answered, after redirects."""
        return urlsplit(self.url).path

    @property
    def told(self) -> str:
        """Where it is and how it answered, for a sentence about what went wrong."""
        return f"{self.path} answered {self.status} “{self.title}”" + (f" ({self.alert})" if self.alert else "")

    def form(self, *, button: str = "", action: str = "", having: str = "") -> Form:
        """Return the form with a button (`name`, `name=value`), with an action that ends so, or with a field.

        Raises Unexpected.
        """
        for form in self.forms:
            is_there = bool(having) and any(one.name == having for one in form.fields)
            leads_there = bool(action) and urlsplit(form.action).path.endswith(action)
            if is_there or leads_there or (button and form.button(button)):
                return form
        raise Unexpected(f"{self.told} and has no form for {button or action or having}.")

    def find(self, pattern: str) -> tuple[str, ...]:
        """Return what the groups of a pattern match in the text of the page. Raises Unexpected when nothing matches."""
        found = re.search(pattern, self.text)
        if found is None:
            raise Unexpected(f"{self.told}, and nothing on it reads like “{pattern}”.")
        return tuple(part or "" for part in found.groups()) or (found.group(),)

    def addresses(self, pattern: str) -> list[str]:
        """Return the addresses of links that match a pattern, each once, in order."""
        return list(dict.fromkeys(href for href, _words in self.links if re.search(pattern, href)))


class Visitor:
    """Somebody with a browser of their own. address: of the product, with a slash at the end. follows: redirects."""

    def __init__(self, address: str, *, headers: Mapping[str, str] | None = None, follows: bool = True) -> None:
        self.address = address
        # Behind a proxy that ends TLS the cookies are marked secure; on the way to our own machine they still go out.
        self.cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
            urllib.request.HTTPRedirectHandler() if follows else _Stay(),
        )
        self.opener.addheaders = [("User-Agent", "hybridmkt journey"), *(headers or {}).items()]

    def get(self, path: str, *, expect: int = 200) -> Page:
        """Open a page. Raises Unexpected when it answers with another status."""
        return self._answer(urllib.request.Request(urljoin(self.address, path)), expect)  # noqa: S310  (our own address)

    def send(self, page: Page, form: Form, *, press: str = "", expect: int = 200) -> Page:
        """Submit a form by one of its buttons (`name`, `name=value`, or the end of its `formaction`)."""
        button = form.pressed(press) if press else None
        action = (button.formaction if button else "") or form.action or page.url
        pairs = form.pairs + ([(button.name, button.value)] if button and button.name else [])
        address = urljoin(page.url, action)
        if form.method == "get":
            return self.get(f"{address.split('?')[0]}?{urlencode(pairs)}", expect=expect)
        return self.post(address, pairs, files=form.files, expect=expect)

    def post(
        self, path: str, pairs: list[tuple[str, str]], *, files: Mapping[str, File] | None = None, expect: int = 200
    ) -> Page:
        """Send fields, and files where there are any, as a browser encodes them."""
        body, kind = _multipart(pairs, files) if files else (urlencode(pairs).encode(), FORM)
        request = urllib.request.Request(urljoin(self.address, path), body, {"Content-Type": kind})  # noqa: S310
        return self._answer(request, expect)

    def sign_in(self, email: str, password: str) -> Page:
        """Sign in, and return the page that follows. Raises Unexpected when the pair is refused."""
        page = self.get("/sign-in/")
        form = page.form(having="password").fill(username=email, password=password)
        landed = self.send(page, form)
        if landed.path.startswith("/sign-in/"):
            raise Unexpected(f"{email} could not sign in: {landed.told}.")
        return landed

    def wait(self, path: str, ready: Callable[[Page], bool], *, seconds: float) -> Page:
        """Open a page again and again until it is ready. Raises Unexpected when that takes too long."""
        until, pause = time.monotonic() + seconds, 0.1
        while not ready(page := self.get(path)):
            if time.monotonic() > until:
                raise Unexpected(f"{page.told} and was not ready after {seconds:g} s.")
            time.sleep(pause := min(pause * 1.3, 1.0))
        return page

    def _answer(self, request: urllib.request.Request, expect: int) -> Page:
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                page = _page(answer.geturl(), answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as refusal:
            with refusal:
                page = _page(refusal.url, refusal.code, refusal.read(), dict(refusal.headers))
        if page.status != expect:
            told = f"{page.told}; {expect} was expected after {request.get_method()} {request.full_url}."
            raise Unexpected(told, status=page.status)
        return page


class _Stay(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer it is."""

    def redirect_request(self, *args: object, **more: object) -> None:
        """Follow nothing."""


FORM = "application/x-www-form-urlencoded"


def _page(url: str, status: int, body: bytes, headers: Mapping[str, str]) -> Page:
    if "text/html" not in headers.get("Content-Type", ""):
        return Page(url, status, body, headers)
    found = read(body.decode())
    return Page(
        url, status, body, headers, found.text, found.title.strip(), found.alert, tuple(found.forms), tuple(found.links)
    )


def _multipart(pairs: list[tuple[str, str]], files: Mapping[str, File]) -> tuple[bytes, str]:
    mark = uuid.uuid4().hex
    parts = [(f'form-data; name="{name}"', "", value.encode()) for name, value in pairs]
    for name, (file, content) in files.items():
        parts.append(
            (f'form-data; name="{name}"; filename="{file}"', "Content-Type: application/octet-stream\r\n", content)
        )
    body = b"".join(
        f"--{mark}\r\nContent-Disposition: {said}\r\n{kind}\r\n".encode() + content + b"\r\n"
        for said, kind, content in parts
    )
    return body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
