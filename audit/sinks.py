"""Where signed checkpoints are kept outside the database: a file, an address, a mailbox, a git folder (trust.md 1.8).

A sink takes a note and answers with a receipt. File and git folder can be read again: they know what was signed last,
also when the database has forgotten it.
"""

import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from audit.verify import CHECKPOINT

TIMEOUT = 10  # seconds for an address to answer, whole
GIT_TIMEOUT = 60  # seconds for one command of git
ANSWER = 300  # characters of an answer that are kept
TAIL = 4_096  # bytes at the end of a file in which its last checkpoint stands
NAME = "checkpoint"  # of the file in the git folder
SECRETS = re.compile(r"//[^/@\s]+@")  # what an address may carry before its host
QUARTER, DAY = timedelta(minutes=15), timedelta(days=1)


class NotKept(Exception):
    """Raised when a sink did not take a checkpoint; the sentence says why."""


@dataclass(frozen=True)
class Sink:
    """A place: its kind, what takes a note there and answers a receipt, and what reads the newest one again.

    `again`: how long it waits for a log that grew. A mailbox is not filled every quarter of an hour (house rule).
    """

    kind: str
    send: Callable[[str], str]
    kept: Callable[[], str | None] | None = None
    again: timedelta = QUARTER


def configured() -> dict[str, Sink]:
    """Return the sinks that the settings name, by kind."""
    all_of_them = (
        (settings.ANCHOR_FILE, Sink("file", _append, _last_of_file)),
        (settings.ANCHOR_URL, Sink("webhook", _post)),
        (settings.ANCHOR_MAIL, Sink("mail", _mail, again=DAY)),
        (settings.ANCHOR_GIT, Sink("git", _commit, _last_of_git)),
    )
    return {sink.kind: sink for is_set, sink in all_of_them if is_set}


def size_of(note: str) -> int:
    """Return how many entries a checkpoint speaks of."""
    return int(note.split("\n")[1])


# --- an append-only file ----------------------------------------------------------------------------------------------
def _append(note: str) -> str:
    path = Path(settings.ANCHOR_FILE)
    try:
        # The folder is not made: where another host's disk is not mounted, a file here would keep nothing.
        with path.open("ab") as file:
            at = file.tell()
            file.write(f"\n{note}".encode())  # a line before it: what was torn by a full disk stays apart
            file.flush()
            os.fsync(file.fileno())
    except OSError as why:
        raise NotKept(f"The file cannot be written: {why.strerror}.") from why
    return f"{path.name}, byte {at}"


def _last_of_file() -> str | None:
    path = Path(settings.ANCHOR_FILE)
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            found = CHECKPOINT.findall(file.read().decode(errors="replace"))
    except FileNotFoundError:
        return None
    except OSError as why:
        raise NotKept(f"The file cannot be read: {why.strerror}.") from why
    return found[-1] if found else None


# --- an address (POST, signed as Standard Webhooks sign) --------------------------------------------------------------
class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Follow nothing: the operator named one address, and whoever answers there chooses no other."""


# Neither files nor FTP nor a proxy of the environment: HTTP and HTTPS to the host that the setting names.
_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def signature(body: bytes, name: str, at: int) -> str:
    """Return the header by which a receiver knows us (Standard Webhooks, version 1)."""
    signed = f"{name}.{at}.".encode() + body
    mac = hmac.new(settings.ANCHOR_SECRET.encode(), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


def _post(note: str) -> str:
    body, name, at = note.encode(), hashlib.sha256(note.encode()).hexdigest(), int(time.time())
    headers = {
        "Content-Type": "text/plain; charset=utf-8",
        "User-Agent": "hybridmkt",
        "Webhook-Id": name,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": signature(body, name, at),
    }
    request = urllib.request.Request(settings.ANCHOR_URL, body, headers, method="POST")  # noqa: S310
    ends = time.monotonic() + TIMEOUT
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            said, status = _read(answer, ends), answer.status
    except urllib.error.HTTPError as refused:
        raise NotKept(f"The address answered {refused.code}.") from refused
    except OSError as why:  # no such host, nobody there, no answer in time
        raise NotKept(f"The address does not answer: {getattr(why, 'reason', None) or why}.") from why
    return f"{status} {said}".strip()


def _read(answer: Any, ends: float) -> str:
    """Return the beginning of an answer; one that comes in drops is cut off."""
    said = b""
    while len(said) < ANSWER and time.monotonic() < ends and (piece := answer.read1(ANSWER)):
        said += piece
    return said[:ANSWER].decode(errors="replace")


# --- a mailbox --------------------------------------------------------------------------------------------------------
def _mail(note: str) -> str:
    name = make_msgid(domain=settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> "))
    size = size_of(note)
    text = _("Keep this letter: it can show later that nothing before was rewritten (verify.py --anchor FILE).")
    message = EmailMessage(
        subject=_("Audit log %(name)s: checkpoint over %(n)s entries") % {"name": note.partition("\n")[0], "n": size},
        body=f"{text}\n\n{note}",
        to=settings.ANCHOR_MAIL,
        headers={"Message-ID": name},
    )
    try:
        message.send()
    except OSError as why:  # SMTP's own errors are such
        raise NotKept(f"The mail server did not take the letter: {why}.") from why
    return name


# --- a git folder -----------------------------------------------------------------------------------------------------
def _git(*words: str, may_lack: bool = False) -> str:
    """Return what git prints. may_lack: 1 means that there is nothing, and not that something went wrong."""
    program = shutil.which("git")
    if program is None:
        raise NotKept("The program git is not installed.")
    who = ["-c", "user.name=hybridmkt", "-c", "user.email=hybridmkt@localhost", "-c", "commit.gpgsign=false"]
    try:
        done = subprocess.run(  # noqa: S603  (our own words, in the operator's own folder)
            [program, "-C", settings.ANCHOR_GIT, *who, *words],
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
            timeout=GIT_TIMEOUT,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired as late:
        raise NotKept(f"git {words[0]} took longer than {GIT_TIMEOUT} s.") from late
    if done.returncode > may_lack:
        last = (done.stderr.strip().splitlines() or ["no reason told"])[-1]
        raise NotKept(f"git {words[0]}: {SECRETS.sub('//', last)[:ANSWER]}")
    return done.stdout


def _commit(note: str) -> str:
    if _last_of_git() != note:  # else it was committed, and only its push is owed
        path = Path(settings.ANCHOR_GIT, NAME)
        try:
            path.write_text(note, encoding="utf-8")
        except OSError as why:
            raise NotKept(f"The git folder cannot be written: {why.strerror}.") from why
        _git("add", "--force", "--", NAME)
        _git("commit", "--quiet", "--only", f"--message=Checkpoint over {size_of(note)} entries", "--", NAME)
    if remote := _git("remote").split():
        _git("push", "--quiet", remote[0], "HEAD")
    return _git("rev-parse", "HEAD").strip()


def _last_of_git() -> str | None:
    """Return what the newest commit keeps; None where there is none yet."""
    blob = _git("rev-parse", "--quiet", "--verify", f"HEAD:{NAME}", may_lack=True).strip()
    return _git("cat-file", "blob", blob) if blob else None
