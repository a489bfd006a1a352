"""What no browser sends, over a socket to both real web servers: waitress, as embedded, and gunicorn, as production.

Production's database and broker are away here: nothing of this gets as far.
"""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import servers
from tests.faults.places import patiently

ROOT = Path(__file__).resolve().parents[2]
AWAY = servers.production("postgres://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1/0")
SILENCE, THREADS = 2, 2  # seconds that a server waits for more of a request; requests that it serves at once
MEMORY = 200_000  # KB that a process of a server may take at most
CUT = 0  # the line was cut without an answer
MIGRATE = "import django; django.setup(); from tests import template; template.migrate()"
PROXY = "X-Forwarded-Proto: https"
SIGN_IN, END = "POST /sign-in/ HTTP/1.1", "\r\n\r\n"
FORM = (
    "Content-Type: application/x-www-form-urlencoded\nReferer: https://127.0.0.1/sign-in/\n"
    "Cookie: csrftoken={0}; __Host-csrf={0}"
).format("a" * 32)
FIELDS = "&".join(f"a{n}=1" for n in range(20_000))
ANOTHER = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"  # a request that hides behind a body
LINE, HEADERS, BODY = {400, 414, 431}, {400, 431, CUT}, {400, 501}
# What: the head's lines under the first, the octets after it, and the answers that are right. Never 500, never two.
CASES = {
    "a length twice, different": (f"{SIGN_IN}\n{FORM}\nContent-Length: 3\nContent-Length: 4", "a=bc", BODY),
    "a length twice, the same": (f"{SIGN_IN}\n{FORM}\nContent-Length: 3\nContent-Length: 3", "a=b", BODY),
    "two lengths in a line": (f"{SIGN_IN}\n{FORM}\nContent-Length: 3, 4", "a=bc", BODY),
    "a length below zero": (f"{SIGN_IN}\n{FORM}\nContent-Length: -3", "a=b", BODY),
    "a length that is a word": (f"{SIGN_IN}\n{FORM}\nContent-Length: 0x3", "a=b", BODY),
    "chunks and a length": (
        f"{SIGN_IN}\n{FORM}\nContent-Length: 3\nTransfer-Encoding: chunked", f"0\r\n\r\n{ANOTHER}", BODY,
    ),
    "chunks that are packed": (f"{SIGN_IN}\n{FORM}\nTransfer-Encoding: chunked, gzip", "0\r\n\r\n", BODY),
    "chunks in a veiled word": (f"{SIGN_IN}\n{FORM}\nTransfer-Encoding: xchunked", f"0\r\n\r\n{ANOTHER}", BODY),
    "a chunk without a size": (f"{SIGN_IN}\n{FORM}\nTransfer-Encoding: chunked", "zz\r\na=b\r\n", {*BODY, 403}),
    "a chunk below zero": (f"{SIGN_IN}\n{FORM}\nTransfer-Encoding: chunked", "-3\r\na=b\r\n", {*BODY, 403}),
    "a line of 100 kB": (f"GET /{'x' * 100_000} HTTP/1.1", "", {*LINE, CUT}),
    "a header of 100 kB": ("GET /sign-in/ HTTP/1.1\nX-Long: " + "x" * 100_000, "", HEADERS),
    "a cookie of 100 kB": ("GET /sign-in/ HTTP/1.1\nCookie: a=" + "x" * 100_000, "", HEADERS),
    "3,000 headers": ("GET /sign-in/ HTTP/1.1\n" + "\n".join(f"X-{n}: abcde" for n in range(3_000)), "", HEADERS),
    "a header in two lines": ("GET /sign-in/ HTTP/1.1\nX-Folded: a\n b", "", {400, 200}),
    "a space before the colon": ("GET /sign-in/ HTTP/1.1\nContent-Length : 5", "", {400}),
    "a header without a name": ("GET /sign-in/ HTTP/1.1\n: a", "", {400}),
    "a NUL in a header": ("GET /sign-in/ HTTP/1.1\nX-Nul: a\x00b", "", {400, 200}),
    "another host": ("GET /sign-in/ HTTP/1.1\nHost: evil.example", "", {400}),
    "a version that there is not": ("GET /sign-in/ HTTP/9.9", "", {400, 505}),
    "no version": ("GET /sign-in/", "", {400}),
    "no words": ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "", {400, CUT}),
    "a path out of the house": ("GET /static/../../../../etc/passwd HTTP/1.1", "", {400, 404}),
    "another's whole address": ("GET http://evil.example/sign-in/ HTTP/1.1", "", {200, 400, 404}),
    "20,000 fields": (f"{SIGN_IN}\n{FORM}\nContent-Length: {len(FIELDS)}", FIELDS, {413}),
    "a form without the token": (f"{SIGN_IN}\n{FORM}\nContent-Length: 3", "a=b", {403}),
    "HEAD": ("HEAD /sign-in/ HTTP/1.1", "", {200}),
    "OPTIONS": ("OPTIONS /sign-in/ HTTP/1.1", "", {200, 405}),
    "OPTIONS of everything": ("OPTIONS * HTTP/1.1", "", {400, 404, 405}),
    "TRACE": ("TRACE /sign-in/ HTTP/1.1\nX-Secret: told-to-nobody", "", {405, 403}),
    "CONNECT": ("CONNECT evil.example:443 HTTP/1.1", "", {400, 403, 404, 405}),
    "PROPFIND": ("PROPFIND /sign-in/ HTTP/1.1", "", {405, 403}),
}  # fmt: skip


class Server:
    """A web server of the product, a process of its own."""

    def __init__(self, folder, env):
        self.port = servers.free_port()
        self.env = {**os.environ, **env, "HM_DATA_DIR": str(folder), "HM_CLIENT_SILENCE": str(SILENCE)}
        self.log = folder / "output.txt"

    def start(self):
        command = [sys.executable, "manage.py", "web", "--port", str(self.port), "--threads", str(THREADS)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--processes", "1"], cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        patiently(lambda: self.ask("GET /healthz HTTP/1.1") == [200], "an answer of the web server")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def run(self, program):
        subprocess.run([sys.executable, *program], env=self.env, cwd=ROOT, check=True)

    def line(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def ask(self, head, body=""):
        """Send octets as they are; return the statuses of all answers."""
        return statuses(self.said(head, body))

    def said(self, head, body=""):
        """Send octets as they are; return all that is answered, with nothing where the line is cut."""
        try:
            with self.line() as line:
                line.sendall((whole(head, stays=ANOTHER in body) + body).encode("latin-1"))
                return b"".join(iter(lambda: line.recv(65_536), b""))
        except (ConnectionError, BrokenPipeError):
            return b""

    def memory(self):
        """KB that the largest of the server's processes took."""
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        told = [Path(f"/proc/{pid}/status").read_text() for pid in [self.process.pid, *pids]]
        return max(int(re.search(r"VmHWM:\s+(\d+)", one)[1]) for one in told)


def whole(head, *, stays=False):
    """A head as the proxy would send it on, with a host unless it names one; the line stays open where asked."""
    first, *more = head.split("\n")
    host = [] if any(one.startswith("Host:") for one in more) else ["Host: 127.0.0.1"]
    return "\r\n".join([first, *host, f"Connection: {'keep-alive' if stays else 'close'}", PROXY, *more]) + END


def statuses(answer):
    return [int(status) for status in re.findall(rb"(?:^|\n)HTTP/1\.[01] (\d{3})", answer)]


@pytest.fixture(scope="module", params=["waitress", "gunicorn"])
def server(request, tmp_path_factory):
    """Give each of the two, with the bounds and in the mode in which it serves."""
    embedded = {"DATABASE_URL": "", "REDIS_URL": ""}
    made = Server(tmp_path_factory.mktemp("web"), embedded if request.param == "waitress" else AWAY)
    first = ["-c", MIGRATE] if request.param == "waitress" else ["manage.py", "collectstatic", "--noinput", "-v", "0"]
    made.run(first)
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("what", CASES)
def test_is_answered_once_and_never_by_a_fault(server, what):
    head, body, right = CASES[what]
    found = server.ask(head, body)
    assert len(found) <= 1
    assert (found or [CUT])[0] in right


def test_echoes_nothing_of_a_traced_request(server):
    assert b"told-to-nobody" not in server.said(CASES["TRACE"][0])


def test_sends_no_body_to_whoever_asks_for_the_head(server):
    assert server.said("HEAD /sign-in/ HTTP/1.1").partition(END.encode())[2] == b""


@pytest.mark.parametrize(
    "begun", ["GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\n", whole(f"{SIGN_IN}\n{FORM}\nContent-Length: 9") + "a=b"]
)  # fmt: skip
def test_lets_go_of_more_silent_clients_than_it_has_threads(server, begun):
    lines = [server.line() for _ in range(3 * THREADS)]
    try:
        for line in lines:
            line.sendall(begun.encode())
        assert server.ask("GET /healthz HTTP/1.1") == [200]
        for line in lines:
            answer = statuses(b"".join(iter(lambda line=line: line.recv(65_536), b"")))  # until the server hangs up
            assert answer in ([], [400], [403], [408])
    finally:
        for line in lines:
            line.close()


def test_keeps_its_size(server):
    assert server.memory() < MEMORY
