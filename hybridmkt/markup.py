"""What a browser without script makes of a page: its text, its links, and its forms with what they would send."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urlsplit

Attributes = dict[str, str | None]
SILENT = {"script", "style", "svg", "template", "noscript"}  # nothing in them is read
BUTTONS = {"submit", "image"}
UNSENT = {"submit", "image", "button", "reset", "file"}  # kinds of input that send nothing by themselves
TICKED = {"checkbox", "radio"}
ALERT = 200  # characters of a warning that are quoted


class NoSuchField(Exception):
    """Raised when a form is filled or pressed where it has nothing of that name; the sentence lists what it has."""


@dataclass
class Field:
    """A control: its name, what it would send (None: nothing), and the values one may choose from (empty: any)."""

    name: str
    value: str | None
    kind: str = "text"
    options: list[str] = field(default_factory=list)


@dataclass
class Button:
    """A button that submits: what it adds, where it sends the form, its words and attributes."""

    name: str
    value: str
    formaction: str = ""
    is_open: bool = True
    attributes: Attributes = field(default_factory=dict)

    def is_called(self, press: str) -> bool:
        """Tell whether `name`, `name=value`, or the end of a formaction means this button."""
        name, equals, value = press.partition("=")
        at = urlsplit(self.formaction).path
        return (self.name == name and (not equals or self.value == value)) or bool(at and at.endswith(press))


@dataclass
class Form:
    """A form as it stands on the page, and as it is filled in."""

    action: str = ""
    method: str = "get"
    fields: list[Field] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What the fields would send, in order."""
        return [(one.name, one.value) for one in self.fields if one.value is not None and one.kind != "file"]

    def value(self, name: str) -> str:
        """Return what a field holds now. Raises NoSuchField."""
        held = [one.value for one in self._named(name) if one.value is not None]
        return held[0] if held else ""

    def button(self, press: str) -> Button | None:
        """Return the button that is meant, if it is there and can be pressed."""
        return next((one for one in self.buttons if one.is_open and one.is_called(press)), None)

    def pressed(self, press: str) -> Button:
        """Return the button that is meant. Raises NoSuchField."""
        if (found := self.button(press)) is None:
            there = [f"{one.name}={one.value}{one.formaction}" for one in self.buttons if one.is_open]
            raise NoSuchField(f"{self.action or 'The form'} has no button {press}; it has {there}.")
        return found

    def fill(self, **values: str | bool) -> "Form":
        """Return the form with fields filled in: text, the chosen value, or True and False for a box.

        A name may hold a colon instead of `__`. Raises NoSuchField for a name or choice that the form does not offer.
        """
        filled = replace(self, fields=[replace(one) for one in self.fields])
        for name, value in values.items():
            filled._set(name.replace("__", ":"), value)
        return filled

    def attach(self, name: str, file: str, content: bytes) -> "Form":
        """Return the form with a file chosen. Raises NoSuchField."""
        self._named(name)
        return replace(self, files={**self.files, name: (file, content)})

    def _named(self, name: str) -> list[Field]:
        found = [one for one in self.fields if one.name == name]
        if not found:
            there = sorted({one.name for one in self.fields})
            raise NoSuchField(f"{self.action or 'The form'} has no field {name}; it has {', '.join(there)}.")
        return found

    def _set(self, name: str, value: str | bool) -> None:
        found = self._named(name)
        if isinstance(value, bool):
            found[0].value = found[0].options[0] if value else None
        elif found[0].kind in {*TICKED, "select"}:
            offered = [choice for one in found for choice in one.options]
            if value not in offered:
                raise NoSuchField(f"{name} cannot be {value}; it can be {', '.join(offered)}.")
            for one in found:
                one.value = value if value in one.options else None
        else:
            found[0].value = value


@dataclass
class Found(HTMLParser):
    """A page being read."""

    title: str = ""
    forms: list[Form] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._silent = 0
        self._is_title = False
        self._form: Form | None = None
        self._closed = 0  # fieldsets that are disabled around the present place
        self._fieldsets: list[bool] = []
        self._area: Field | None = None
        self._select: Field | None = None
        self._link: tuple[str, int] | None = None
        self._alert: int | None = None

    @property
    def text(self) -> str:
        """The words of the page in one line."""
        return _line(self._words)

    @property
    def alert(self) -> str:
        """The first words of what the page warns of; empty where it does not."""
        return "" if self._alert is None else _line(self._words[self._alert :])[:ALERT]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        told = dict(attrs)
        self._silent += tag in SILENT
        if told.get("role") == "alert" and self._alert is None:
            self._alert = len(self._words)
        if begin := getattr(self, f"_begin_{tag}", None):
            begin(told)

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        if tag in SILENT and self._silent:
            self._silent -= 1
        if end := getattr(self, f"_end_{tag}", None):
            end()

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        if self._area is not None:
            self._area.value = (self._area.value or "") + data
        elif self._is_title:
            self.title += data
        elif not self._silent:
            self._words.append(data)

    def _begin_title(self, told: Attributes) -> None:
        self._is_title = not self._silent

    def _end_title(self) -> None:
        self._is_title = False

    def _begin_a(self, told: Attributes) -> None:
        self._link = (told.get("href") or "", len(self._words))

    def _end_a(self) -> None:
        if self._link is not None:
            href, start = self._link
            self.links.append((href, _line(self._words[start:])))
        self._link = None

    def _begin_form(self, told: Attributes) -> None:
        self._form = Form(told.get("action") or "", (told.get("method") or "get").lower())
        self.forms.append(self._form)

    def _end_form(self) -> None:
        self._form = None

    def _begin_fieldset(self, told: Attributes) -> None:
        self._fieldsets.append("disabled" in told)
        self._closed += "disabled" in told

    def _end_fieldset(self) -> None:
        self._closed -= self._fieldsets.pop() if self._fieldsets else 0

    def _begin_input(self, told: Attributes) -> None:
        kind, name = (told.get("type") or "text").lower(), told.get("name") or ""
        if kind in BUTTONS:
            self._press(told)
        elif name and self._is_open(told) and (kind not in UNSENT or kind == "file"):
            value = told.get("value") or ("on" if kind in TICKED else "")
            is_sent = kind not in TICKED or "checked" in told
            self._keep(Field(name, value if is_sent else None, kind, [value] if kind in TICKED else []))

    def _begin_button(self, told: Attributes) -> None:
        if (told.get("type") or "submit").lower() in BUTTONS:
            self._press(told)

    def _press(self, told: Attributes) -> None:
        if self._form is not None:
            self._form.buttons.append(
                Button(told.get("name") or "", told.get("value") or "", told.get("formaction") or "",
                       self._is_open(told), told)
            )  # fmt: skip

    def _begin_textarea(self, told: Attributes) -> None:
        self._area = Field(told.get("name") or "", "", "textarea")
        if self._area.name and self._is_open(told):
            self._keep(self._area)

    def _end_textarea(self) -> None:
        if self._area is not None and (self._area.value or "").startswith("\n"):
            self._area.value = (self._area.value or "")[1:]  # a browser drops the line break that follows the tag
        self._area = None

    def _begin_select(self, told: Attributes) -> None:
        self._select = Field(told.get("name") or "", None, "select")
        if self._select.name and self._is_open(told):
            self._keep(self._select)

    def _end_select(self) -> None:
        if self._select is not None and self._select.value is None and self._select.options:
            self._select.value = self._select.options[0]  # what a browser shows chosen
        self._select = None

    def _begin_option(self, told: Attributes) -> None:
        if self._select is not None:
            self._select.options.append(told.get("value") or "")
            if "selected" in told:
                self._select.value = told.get("value") or ""

    def _is_open(self, told: Attributes) -> bool:
        return "disabled" not in told and not self._closed

    def _keep(self, found: Field) -> None:
        if self._form is not None:
            self._form.fields.append(found)


def _line(words: list[str]) -> str:
    return " ".join(" ".join(words).split())


def read(markup: str) -> Found:
    """Read a page."""
    found = Found()
    found.feed(markup)
    found.close()
    return found
