"""What the web server and the product take of a request, asked over a socket: over it they say so and keep nothing.

No request here reaches the database: pytest lets none of them through.
"""

import json
import socket
import threading

import pytest
import waitress
from django.conf import settings

from hybridmkt.management.commands import web

OVER = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=mark"
SAID = {
    "en": "A form may have 5 MB and 1,000 fields. Nothing of yours was kept or changed",
    "ru": "Форма может занимать до 5 МБ и содержать до 1\xa0000 полей. Ничего из отправленного не сохранено",
}


@pytest.fixture(scope="module")
def port():
    """Where the product's own server listens, with the bounds that it sets."""
    create, made = waitress.create_server, []
    with pytest.MonkeyPatch.context() as patch:

        class Listening:
            """A server that is left running."""

            def __init__(self, *given, **options):
                made.append(create(*given, **options))

            def run(self):
                threading.Thread(target=made[0].run, daemon=True).start()

        patch.setattr(waitress, "create_server", Listening)
        web._waitress(port=0, threads=2)
    yield made[0].effective_port
    made[0].close()


@pytest.fixture
def ask(port, settings, tmp_path):
    """Send octets as they are; return the status, and the answer as text. No file may be left behind."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)

    def asked(head, body=b""):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
            answer = read(line)
        assert list(tmp_path.iterdir()) == []
        head, _gap, rest = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), rest.decode()

    return asked


def read(line):
    """Return what is answered before the line ends; nothing where it is cut while octets are unread."""
    try:
        return b"".join(iter(lambda: line.recv(65_536), b""))
    except ConnectionResetError:
        return b"cut 0"


def post(path, kind, length, *, language="en"):
    """Return the head of a request that bears a token's cookie: without one no form is read at all."""
    return (
        f"POST {path} HTTP/1.1\nHost: localhost\nConnection: close\nAccept-Language: {language}\n"
        f"Content-Type: {kind}\nCookie: csrftoken={'a' * 32}\nContent-Length: {length}"
    )


class TestABody:
    @pytest.mark.parametrize("language", SAID)
    def test_that_is_too_long_is_refused_in_the_readers_language(self, ask, language):
        status, page = ask(post("/sign-in/", FORM, OVER, language=language), b"username=" + b"x" * (OVER - 9))
        assert status == 413
        assert SAID[language] in page

    @pytest.mark.parametrize("language", SAID)
    def test_of_too_many_fields_is_refused_in_the_readers_language(self, ask, language):
        body = b"&".join(b"a%d=1" % n for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
        status, page = ask(post("/sign-in/", FORM, len(body), language=language), body)
        assert status == 413
        assert SAID[language] in page

    def test_of_too_many_files_is_refused(self, ask):
        part = b'--mark\r\nContent-Disposition: form-data; name="f%d"; filename="a"\r\n\r\nx\r\n'
        body = b"".join(part % n for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)) + b"--mark--\r\n"
        assert ask(post("/sign-in/", PARTS, len(body)), body)[0] == 413

    def test_with_a_large_file_of_a_stranger_is_refused_unread(self, ask):
        start = b'--mark\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for path in ("/import/", "/api/imports/"):
            assert ask(post(path, PARTS, OVER), start + b"x" * (OVER - len(start)))[0] == 413

    def test_of_a_program_is_refused_as_a_problem(self, ask):
        status, told = ask(post("/api/campaigns/", "application/json", OVER), b" " * OVER)
        assert status == json.loads(told)["status"] == 413
        assert json.loads(told)["type"].endswith("too-large")

    def test_that_is_longer_than_any_file_is_not_waited_for(self, ask):
        assert ask(post("/import/", PARTS, settings.UPLOAD_MAX_SIZE + 1))[0] == 413

    @pytest.mark.parametrize("more", ["Content-Length: 7", "Transfer-Encoding: chunked, gzip"])
    def test_whose_length_can_be_read_in_two_ways_is_refused(self, ask, more):
        assert ask(post("/sign-in/", FORM, 5) + f"\n{more}", b"a=b&c=d")[0] in {400, 501}


class TestHeaders:
    @pytest.mark.parametrize("line", ["X-Long: " + "x" * 40_000, "Cookie: a=" + "b" * 100_000])
    def test_that_are_too_long_are_refused(self, ask, line):
        assert ask(f"GET /sign-in/ HTTP/1.1\nHost: localhost\n{line}")[0] in {431, 0}

    def test_that_name_another_host_are_refused(self, ask):
        assert ask("GET /sign-in/ HTTP/1.1\nHost: evil.example\nConnection: close")[0] == 400
