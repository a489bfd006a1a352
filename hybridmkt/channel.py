"""What the embedded server (waitress) takes for a request, where it is more lenient than HTTP, and a HEAD's answer."""

from collections.abc import Callable, Iterable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError

VERSIONS = {"1.0", "1.1"}
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads a request; one whose end can be read in two ways is refused, or another could hide behind it."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first line and the headers. Raises ParsingError."""
        super().parse_header(header_plus)
        if self.version not in VERSIONS:
            raise ParsingError("The version of HTTP is none")
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Both Transfer-Encoding and Content-Length")


class Channel(HTTPChannel):  # type: ignore[misc]
    """A client's line."""

    parser_class = Parser


def without_body_for_head(application: Application) -> Application:
    """Wrap an application: a HEAD is answered by its head alone: a client takes what follows for the next answer."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if callable(close := getattr(body, "close", None)):
            close()
        return []

    return answer
