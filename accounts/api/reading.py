"""JSON as strangers send it: what the standard parser lets through and a database or a hash would choke on is refused.

Nothing here is a rule of the product. Sizes are bounded before a byte is parsed (`DATA_UPLOAD_MAX_MEMORY_SIZE`).
"""

import json
import math
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

DEEPEST, LONGEST_NUMBER = 32, 40  # levels; digits: int() of many thousand takes seconds, or raises


class StrictJSON(BaseParser):
    """UTF-8 JSON without NaN, doubled keys, NUL, lone surrogates, huge numbers and depth."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the value. Raises ParseError, which says what was found."""
        try:
            text = stream.read().decode("utf-8")
            found = json.loads(
                text, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int, object_pairs_hook=_object
            )
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is no UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The body is no JSON: %(why)s") % {"why": error}) from error
        _check(found)
        return found


def _refuse_constant(name: str) -> float:
    raise ParseError(_("%(number)s is no number in JSON.") % {"number": name})


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or len(text) > LONGEST_NUMBER:
        raise ParseError(_("%(number)s is no number in JSON.") % {"number": text[:LONGEST_NUMBER]})
    return value


def _int(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ParseError(_("%(number)s is no number in JSON.") % {"number": text[:LONGEST_NUMBER]})
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ParseError(_("A name stands twice in one object."))
    return found


def _check(value: Any) -> None:
    """Refuse depth and texts that no database keeps; without recursion, for the depth is what is asked."""
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            raise ParseError(_("The body is nested too deeply."))
        if isinstance(one, str):
            if "\0" in one or any("\ud800" <= sign <= "\udfff" for sign in one):
                raise ParseError(_("A text holds a sign that cannot be kept."))
        elif isinstance(one, dict):
            waiting += [(name, depth + 1) for name in one] + [(more, depth + 1) for more in one.values()]
        elif isinstance(one, list):
            waiting += [(more, depth + 1) for more in one]


class OnlyJSON(BaseContentNegotiation):
    """Answers are JSON whatever the asker would like: there is no other form of them."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Return the parser of the body's media type; None is answered 415."""
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """Return the only renderer there is."""
        return renderers[0], renderers[0].media_type
