"""Signed checkpoints are kept where nobody of this database has a hand; what does not keep them holds nothing up."""

import base64
import hashlib
import hmac
import http.server
import subprocess
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from audit import anchors, bundle, checkpoints, sequencer, sinks, standing, tree, verify
from audit.models import AuditAnchor
from jobs import lease
from jobs.models import Job, Status
from jobs.tasks import run_job
from tests import factories, servers

pytestmark = pytest.mark.django_db(transaction=True)


def grow(n=1):
    """Write entries and have them signed; return the newest checkpoint."""
    for _ in range(n):
        factories.entry()
    sequencer.sequence_all()
    return tree.newest()


def work(now=None):
    """Let the clock ask and a worker do what is due; return the jobs."""
    anchors.ask(now or timezone.now())
    jobs = list(Job.objects.filter(kind=standing.ANCHOR, status=Status.QUEUED))
    for job in jobs:
        run_job.apply(args=[job.pk])
        job.refresh_from_db()
    return jobs


def git(folder, *words):
    return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def file(settings, tmp_path):
    settings.ANCHOR_FILE = str(tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@pytest.fixture
def server(settings):
    """A receiver of the operator's: `server.got` are its requests, `server.answers` the codes it gives, then 204."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((self.path, self.headers, body))
            code = self.server.answers.pop(0) if self.server.answers else 200
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            if code == 200:
                self.wfile.write(b"kept as 17")

        def log_message(self, *_args):
            """Say nothing."""

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    made.got, made.answers = [], []
    threading.Thread(target=made.serve_forever, daemon=True).start()
    settings.ANCHOR_URL = f"http://127.0.0.1:{made.server_port}/log"
    settings.ANCHOR_SECRET = "between us"
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def repository(settings, tmp_path):
    """A git folder with a remote beside it."""
    servers.need_git()
    folder, remote = tmp_path / "kept", tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "remote", "add", "origin", str(remote))
    settings.ANCHOR_GIT = str(folder)
    return folder


class TestFile:
    def test_keeps_one_checkpoint_after_another(self, file):
        first = grow(2)
        work()
        second = grow(3)
        work(timezone.now() + timedelta(minutes=16))
        assert verify.found_in(str(file), verify.CHECKPOINT) == [first.note, second.note]
        assert list(AuditAnchor.objects.order_by("pk").values_list("sink", "checkpoint")) == [("file", 2), ("file", 5)]
        assert bundle.check(anchors=verify.found_in(str(file), verify.CHECKPOINT)).anchors == 2

    def test_is_not_made_where_its_folder_is_not_there(self, settings, tmp_path):
        settings.ANCHOR_FILE = str(tmp_path / "unmounted" / "checkpoints")
        grow()
        assert work()[0].error == "NotKept: The file cannot be written: No such file or directory."
        assert not (tmp_path / "unmounted").exists()

    def test_that_a_full_disk_tore_is_written_on_and_read_past_the_tear(self, file):
        file.write_text("a.example/audit\n12\nAAAA")
        newest = grow()
        work()
        assert verify.found_in(str(file), verify.CHECKPOINT) == [newest.note]
        assert sinks.configured()["file"].kept() == newest.note

    def test_shows_a_log_that_was_cut_short(self, file, capsys, tmp_path):
        first = grow(2)
        grow()
        work()
        bundles = {name: tmp_path / name for name in ("whole", "cut")}
        bundles["whole"].write_text("".join(bundle.Bundle().lines()))
        bundles["cut"].write_text("".join(bundle.Bundle(checkpoint=first).lines()))
        key = base64.b64encode(checkpoints.trusted_key()).decode()
        assert verify.main([str(bundles["whole"]), "--key", key, "--anchor", str(file)]) == 0
        assert verify.main([str(bundles["cut"]), "--key", key, "--anchor", str(file)]) == 1
        assert "The log has 2 entries and had 3: it was cut or rolled back." in capsys.readouterr().out


class TestAddress:
    def test_gets_the_note_signed_by_the_secret(self, server):
        newest = grow()
        work()
        (path, headers, body), *others = server.got
        assert (path, body.decode(), others) == ("/log", newest.note, [])
        signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
        mac = hmac.new(b"between us", signed, hashlib.sha256).digest()
        assert headers["Webhook-Signature"] == f"v1,{base64.b64encode(mac).decode()}"
        assert AuditAnchor.objects.get().receipt == "200 kept as 17"

    def test_that_refuses_is_asked_again_by_the_job_table(self, server):
        server.answers = [503]
        grow()
        (job,) = work()
        assert (job.status, job.error) == (Status.QUEUED, "NotKept: The address answered 503.")
        with lease.moved(timezone.now() + timedelta(seconds=2)):
            run_job.apply(args=[job.pk])
        job.refresh_from_db()
        assert (job.status, AuditAnchor.objects.count()) == (Status.SUCCEEDED, 1)

    def test_leads_nowhere_else(self, server):
        server.answers = [302]
        grow()
        (job,) = work()
        assert job.error == "NotKept: The address answered 302."
        assert [path for path, _headers, _body in server.got] == ["/log"]

    def test_that_never_answers_is_left_after_its_time(self, server, monkeypatch):
        monkeypatch.setattr(sinks, "TIMEOUT", 0.2)
        waits = threading.Event()
        monkeypatch.setattr(server.RequestHandlerClass, "do_POST", lambda self: waits.wait(5))
        grow()
        (job,) = work()
        waits.set()
        assert job.error == "NotKept: The address does not answer: timed out."

    def test_where_nobody_listens_is_told_and_stops_nothing(self, settings, server, file, client, analyst):
        settings.ANCHOR_URL = "http://127.0.0.1:9/"
        grow()
        work()
        assert list(AuditAnchor.objects.values_list("sink", flat=True)) == ["file"]
        assert grow().size == 2
        page = client.get(reverse("audit")).content.decode()
        assert "A checkpoint could not be kept elsewhere: the address." in page
        assert "Connection refused" in page


class TestMailbox:
    def test_gets_a_letter_a_day(self, settings):
        settings.ANCHOR_MAIL = ["compliance@client.example"]
        newest, now = grow(), timezone.now()
        work()
        (letter,) = mail.outbox
        assert letter.to == ["compliance@client.example"]
        assert letter.body.endswith(f"\n\n{newest.note}")
        assert AuditAnchor.objects.get().receipt == letter.extra_headers["Message-ID"]
        grow()
        work(now + timedelta(hours=5))
        assert len(mail.outbox) == 1
        work(now + timedelta(hours=25))
        assert len(mail.outbox) == 2

    def test_of_a_server_that_is_away_is_told(self, settings):
        settings.ANCHOR_MAIL = ["compliance@client.example"]
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        grow()
        assert "The mail server did not take the letter" in work()[0].error


class TestGitFolder:
    def test_has_a_commit_for_each_and_pushes_it(self, repository, tmp_path):
        grow(2)
        work()
        second = grow(2)
        work(timezone.now() + timedelta(minutes=16))
        said = git(tmp_path / "remote.git", "log", "--format=%s", "--all").splitlines()
        assert said == ["Checkpoint over 4 entries", "Checkpoint over 2 entries"]
        assert sinks.configured()["git"].kept() == second.note
        assert AuditAnchor.objects.latest("pk").receipt == git(repository, "rev-parse", "HEAD").strip()

    def test_owes_only_the_push_where_that_failed(self, repository, tmp_path):
        (tmp_path / "remote.git").rename(tmp_path / "away")
        grow()
        (job,) = work()
        assert job.error.startswith("NotKept: git push: ")
        (tmp_path / "away").rename(tmp_path / "remote.git")
        with lease.moved(timezone.now() + timedelta(seconds=2)):
            run_job.apply(args=[job.pk])
        assert git(tmp_path / "remote.git", "rev-list", "--count", "--all").strip() == "1"
        assert AuditAnchor.objects.count() == 1

    def test_leaves_alone_what_else_is_in_it(self, repository):
        (repository / "notes").write_text("mine")
        git(repository, "add", "notes")
        grow()
        work()
        assert git(repository, "show", "--stat", "--format=", "HEAD").split() == [
            "checkpoint", "|", "5", "+++++", "1", "file", "changed,", "5", "insertions(+)",
        ]  # fmt: skip

    def test_that_is_no_repository_is_told(self, settings, tmp_path):
        servers.need_git()
        settings.ANCHOR_GIT = str(tmp_path)
        grow()
        assert "not a git repository" in work()[0].error

    def test_tells_no_password_of_an_address(self, repository):
        git(repository, "remote", "set-url", "origin", "https://me:secret@127.0.0.1:9/kept.git")
        grow()
        error = work()[0].error
        assert error.startswith("NotKept: git push: ")
        assert "secret" not in error


class TestClock:
    def test_asks_for_nothing_where_nothing_is_signed_or_set(self, file, settings):
        assert work() == []
        grow()
        settings.ANCHOR_FILE = ""
        assert work() == []

    def test_asks_again_once_the_log_grew_and_once_a_day_anyhow(self, file):
        now = timezone.now()
        grow()
        assert len(work(now)) == 1
        assert work(now + timedelta(minutes=20)) == []
        grow()
        assert work(now + timedelta(minutes=5)) == []
        assert len(work(now + timedelta(minutes=20))) == 1
        assert len(work(now + timedelta(hours=25))) == 1

    def test_asks_once_in_a_quarter_of_an_hour_for_what_fails(self, settings, tmp_path):
        settings.ANCHOR_FILE = str(tmp_path / "unmounted" / "checkpoints")
        grow()
        now = timezone.now().replace(minute=1)
        for minutes in (0, 1, 2, 16):
            anchors.ask(now + timedelta(minutes=minutes))
        assert Job.objects.filter(kind=standing.ANCHOR).count() == 2


class TestPage:
    def test_says_that_nothing_is_kept_elsewhere(self, client, analyst):
        grow()
        assert "No checkpoint is kept outside this database yet." in client.get(reverse("audit")).content.decode()

    def test_says_how_old_each_is(self, client, analyst, file, settings):
        grow(3)
        work()
        page = client.get(reverse("audit")).content.decode()
        assert "Kept elsewhere: the file, up to entry 3" in page
        assert "Newest checkpoint: " in page
        assert "could not be kept" not in page
        assert "no checkpoint was kept elsewhere" not in page
        with lease.moved(timezone.now() + timedelta(hours=26)):
            page = client.get(reverse("audit")).content.decode()
        assert "For more than a day no checkpoint was kept elsewhere." in page


def test_an_anchor_is_a_row_that_nobody_changes(file):
    grow()
    work()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditAnchor.objects.update(receipt="x")
