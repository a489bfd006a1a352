"""A writing client: people who decide card after card over HTTP and send the same form again until it is answered."""

import http.client
import threading
import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass, field

from hybridmkt.visitor import Page, Unexpected, Visitor
from tests.faults.world import PASSWORD

REASON = "Two paid posts for a rival in one week, and the comments turned sour: no figure can show that."
BROKEN = (urllib.error.URLError, OSError, http.client.HTTPException)
OK, FOUND, AWAY = 200, 302, 503
PAUSE = 0.05  # seconds before a form is sent again


@dataclass
class Writers:
    """Everybody who decides at the same time. acknowledged: key -> (card, choice), as the server confirmed it."""

    address: str
    cards: list[int]
    headers: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[str, tuple[int, str]] = field(default_factory=dict)
    sent_again: int = 0
    wrong: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self, emails: tuple[str, ...]) -> None:
        """Let each person decide in a thread of their own."""
        self.threads = [threading.Thread(target=self._decide_all, args=[email], daemon=True) for email in emails]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish the card in hand."""
        self.is_over.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a writer waits for an answer that does not come"

    def _decide_all(self, email: str) -> None:
        try:
            visitor = Visitor(self.address, headers=self.headers, follows=False)
            page = self._until(lambda: visitor.get("/sign-in/"))
            form = page.form(having="password").fill(username=email, password=PASSWORD)
            self._until(lambda: visitor.send(page, form, expect=FOUND))
            while self.cards and not self.is_over.is_set():
                self._decide(visitor, self.cards.pop())
        except Exception as error:  # told at the end of the test, in its own thread
            self.wrong.append(f"{email}: {type(error).__name__}: {error}")

    def _decide(self, visitor: Visitor, card: int) -> None:
        page = self._until(lambda: visitor.get(f"/queue/{card}/"))
        choice = "reject" if card % 2 else "approve"
        form = page.form(action="/decide/").fill(gut_rating=str(1 + card % 5), cultural_fit="4")
        if form.pressed(f"choice={choice}").attributes.get("data-asks"):
            form = form.fill(category="risk", rationale=REASON)
        self._until(lambda: visitor.send(page, form, press=f"choice={choice}", expect=FOUND))
        self.acknowledged[form.value("key")] = (card, choice)

    def _until(self, ask: Callable[[], Page]) -> Page:
        while True:
            try:
                return ask()
            except Unexpected as refused:
                if refused.status != AWAY:
                    raise
            except BROKEN:
                pass
            self.sent_again += 1
            time.sleep(PAUSE)
