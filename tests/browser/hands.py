"""Somebody who works without a mouse: keys alone, and at every stop of Tab it must be seen where they are."""

from typing import Any

from playwright.sync_api import CDPSession, Page

MOST = 400  # presses of Tab: more than any page has stops
# What an English letter key writes on a Russian keyboard.
RUSSIAN = dict(zip("qwertyuiop[]asdfghjkl;'zxcvbnm,.", "йцукенгшщзхъфывапролджэячсмитьбю", strict=True))
SIGNS = {";": "Semicolon", "'": "Quote", ",": "Comma", ".": "Period", "[": "BracketLeft", "]": "BracketRight"}
SHIFT = 8  # of the modifiers of a key event

# Where the focus stands: whether that is the wanted place, what stands there in words, and whether a reader sees it.
# A radio of a scale lies invisible over its label, and a card's link over its row: these bear the ring instead.
# The last stop of a date is its calendar sign, inside the field: the browser's own ring is on that.
STOP = """(wanted) => {
  const at = document.activeElement;
  if (!at || at === document.body) return { is_wanted: false, said: "", seen: true, isDead: false };
  const shown = [at, at.closest("label"), at.closest(".searchbox"), at.closest(".qitem")].filter(Boolean);
  const rung = shown.find((one) => {
    const style = getComputedStyle(one), box = one.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 && box.width > 4 && box.height > 4
      && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  });
  const said = `<${at.tagName.toLowerCase()}${at.id ? " #" + at.id : ""} class="${at.className}"> ` +
    (at.getAttribute("aria-label") || at.textContent || at.name || "").trim().slice(0, 60);
  const isDead = at.matches("button[type=button]"); // it does what a script makes of it, and nothing else
  return { is_wanted: at.matches(wanted), said, seen: Boolean(rung) || at.type === "date", isDead };
}"""


class Hands:
    """A page under a keyboard. layout: what the letters are typed on. Without script no stop may be a button of it."""

    def __init__(self, page: Page, *, layout: str = "en", has_script: bool = True) -> None:
        self.page, self.layout, self.has_script = page, layout, has_script
        self._wire: CDPSession | None = None

    def key(self, letter: str) -> None:
        """Press a shortcut as the layout sends it: on the Russian one the letter is Cyrillic, the key the same."""
        low = letter.lower()
        if self.layout == "en" or low not in RUSSIAN:
            self.page.keyboard.press(f"Shift+{letter}" if letter != low else letter)
            return
        written = RUSSIAN[low].upper() if letter != low else RUSSIAN[low]
        event: dict[str, Any] = {
            "key": written, "code": SIGNS.get(letter, f"Key{letter.upper()}"),
            "modifiers": SHIFT if letter != low else 0,
        }  # fmt: skip
        self._wire = self._wire or self.page.context.new_cdp_session(self.page)
        self._wire.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": written, **event})
        self._wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def press(self, *keys: str) -> None:
        """Press keys that no layout changes: Enter, Space, Escape, arrows, Control+Enter."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, words: str) -> None:
        """Write where the focus stands, in place of what stands there."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(words) if words.isascii() else self.page.keyboard.insert_text(words)

    def tab(self, wanted: str, *, back: bool = False) -> None:
        """Go with Tab (or Shift and Tab) to what a selector names; every stop on the way has to show the focus."""
        stop, first, way = self._stop(wanted), "", []
        while not stop["is_wanted"]:
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            stop = self._stop(wanted)
            assert stop["seen"], f"{self.page.url}: the focus is not seen on {stop['said']}"
            assert self.has_script or not stop["isDead"], f"{self.page.url}: dead without script: {stop['said']}"
            way.append(stop["said"])
            first = first or stop["said"]
            assert len(way) < MOST, f"Tab never reached {wanted} on {self.page.url}. It stood on:\n" + "\n".join(
                dict.fromkeys(way)
            )

    def go(self, wanted: str, *, back: bool = False) -> None:
        """Go to a link or button and press Enter on it."""
        self.tab(wanted, back=back)
        self.page.keyboard.press("Enter")

    def follow(self, wanted: str, *, back: bool = False) -> None:
        """Go to a link or button, press Enter on it and wait for the page that it leads to."""
        self.tab(wanted, back=back)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, name: str, value: str) -> None:
        """Choose one of a group of radios: Tab into the group, then arrows until it is the chosen one."""
        self.tab(f"[name='{name}']")
        self.page.keyboard.press("Space")
        wanted = f"[name='{name}'][value='{value}']"
        for _ in range(12):
            if self._stop(wanted)["is_wanted"]:
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"arrows never reached {wanted} on {self.page.url}")

    def tick(self, name: str, value: str) -> None:
        """Tick one of a group of boxes: each is a stop of Tab."""
        self.tab(f"[name='{name}'][value='{value}']")
        self.page.keyboard.press("Space")

    def _stop(self, wanted: str) -> dict[str, Any]:
        return self.page.evaluate(STOP, wanted)
