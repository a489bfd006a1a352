"""Lines of the log: whole, in one form, with the request or the job that they belong to."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from accounts import trace
from hybridmkt.logs import JSONFormatter, LineFormatter
from hybridmkt.settings import LOGGING
from jobs import dispatch
from jobs.models import Job
from tests import servers

ROOT = Path(__file__).resolve().parents[2]


def record(text, *args, **more):
    made = logging.LogRecord("jobs", logging.WARNING, "x.py", 1, text, args, None)
    made.__dict__.update(more)
    return made


class TestJSON:
    def test_is_one_object_a_line_whatever_the_text_holds(self):
        line = JSONFormatter().format(record("%s", 'a\nb\r{"level": "x"} \u2028 ключ'))
        assert line.isascii()
        assert "\n" not in line
        assert json.loads(line)["message"].endswith("ключ")

    def test_names_request_and_job(self):
        with trace.of(trace.REQUEST, "abc-12345"), trace.of(trace.JOB, "7"):
            told = json.loads(JSONFormatter().format(record("x", status=404, ms=3)))
        assert (told["request"], told["job"], told["status"], told["ms"]) == ("abc-12345", "7", 404, 3)
        assert "request" not in json.loads(JSONFormatter().format(record("x")))

    def test_bears_the_trace_of_an_error(self):
        try:
            raise ValueError("why")
        except ValueError:
            made = record("failed")
            made.exc_info = sys.exc_info()
        assert "ValueError: why" in json.loads(JSONFormatter().format(made))["trace"]


class TestLine:
    def test_lets_nobody_begin_a_line_of_their_own(self):
        form = LineFormatter(LOGGING["formatters"]["line"]["format"])
        with trace.of(trace.REQUEST, "abc-12345"):
            line = form.format(record("%s", "x\n2026 ERROR forged\r"))
        assert "\n" not in line
        assert line.endswith("jobs x\\n2026 ERROR forged\\r [abc-12345]")


@pytest.mark.django_db
class TestWhatIsLogged:
    def test_of_a_request_is_its_rule_and_not_its_values(self, client, caplog):
        with caplog.at_level(logging.INFO, "requests"):
            client.get("/sign-in/link/Mg/secret-token/")
        (made,) = [one for one in caplog.records if one.name == "requests"]
        assert made.getMessage().startswith("GET /sign-in/link/<uidb64>/<token>/ ")
        assert "secret" not in str(made.__dict__)

    def test_in_a_job_names_it(self, monkeypatch):
        seen = []

        def work(held):
            seen.append(trace.JOB.get())

        monkeypatch.setitem(dispatch.WORK, "named", dispatch.Work(work, "default", "x"))
        job = Job.objects.create(kind="named", idempotency_key="named")
        dispatch.run(job.pk, worker="test")
        assert seen == [str(job.pk)]
        assert trace.JOB.get() == ""


class TestTheSetting:
    def test_refuses_a_form_that_there_is_not(self, tmp_path):
        env = {**servers.production("postgres://nobody@127.0.0.1/none", "redis://none"), "HM_DATA_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "manage.py", "check"], cwd=ROOT, env=env | {"HM_LOG_FORM": "xml"}, capture_output=True,
            text=True,
        )  # fmt: skip
        assert "HM_LOG_FORM is 'xml': it may be json or line." in done.stderr
