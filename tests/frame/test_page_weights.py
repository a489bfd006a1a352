"""What each page of the product costs, in a small world and in one with several times as much of everything.

Every address that answers GET has a row in PAGES or one in NOT_MEASURED; one that is in neither fails the test.
"""

import gzip
import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse

from tests.frame import weights

pytestmark = pytest.mark.django_db

MOST_QUERIES, MOST_BYTES = 12, 60_000  # statements, bytes of gzipped HTML
OVER = 286  # what stops a page from asking on: the work is done
# These begin and end a transaction: they ask for no row, and there are as many however much data there is. In a test
# every `atomic` is a savepoint. All else counts, with the session and the person.
FRAMING = re.compile(r"^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT)\b")

# Name of an address -> the ways in which it is asked for: by whom (`Rich.readers`), of what (a thing of `Rich.at` or
# the word itself), with which query; "part" asks for it as htmx does.
PAGES = {
    "sign-in": ["stranger"],
    "settings": ["strategist"],
    "password": ["strategist"],
    "api-keys": ["strategist"],
    "person-api-keys": ["admin person"],
    "api-docs": ["strategist"],
    "api-schema": ["strategist"],
    "api-me": ["strategist"],
    "api-campaigns": ["strategist"],
    "api-campaign": ["strategist campaign"],
    "api-campaign-runs": ["strategist campaign"],
    "api-run": ["strategist run"],
    "api-recommendations": ["strategist run", "analyst run ?limit=200"],
    "api-campaign-briefs": ["strategist campaign"],
    "api-campaign-outcomes": ["strategist campaign"],
    "api-runs": ["strategist"],
    "api-creators": ["strategist", "strategist ?handle=creator1&platform=instagram"],
    "api-creator": ["strategist creator"],
    "api-imports": ["strategist"],
    "api-import": ["strategist batch"],
    "api-import-reading": ["strategist batch"],
    "api-import-rows": ["strategist batch"],
    "api-brands": ["strategist"],
    "api-markets": ["strategist"],
    "api-models": ["strategist"],
    "api-model": ["strategist model"],
    "api-jobs": ["analyst"],
    "api-job": ["analyst job"],
    "api-entries": ["analyst", "manager ?kind=decision"],
    "api-entry": ["analyst entry"],
    "api-cards": ["strategist", "analyst ?state=open&limit=200"],
    "api-card": ["strategist open", "strategist sealed", "manager awaiting", "analyst open"],
    "api-decisions": ["strategist"],
    "api-decision": ["strategist decision"],
    "api-policies": ["manager"],
    "api-policy": ["manager policy"],
    "api-policy-trial": ["manager policy", "manager draft", "manager trial"],
    "api-stops": ["manager"],
    "api-stop": ["manager stop"],
    "api-norms": ["strategist"],
    "api-norm": ["strategist norm"],
    "api-gates": ["strategist"],
    "api-card-gates": ["strategist open", "strategist sealed"],
    "api-discovery": ["strategist campaign"],
    "api-discovery-ranking": ["strategist campaign", "analyst campaign ?limit=200"],
    "api-discovery-marks": ["strategist campaign"],
    "api-discovery-rounds": ["strategist campaign"],
    "api-sessions": ["strategist campaign"],
    "api-session": ["strategist session"],
    "api-session-agenda": ["strategist session", "analyst session"],
    "api-session-items": ["strategist session"],
    "api-session-minutes": ["strategist session"],
    "api-own-scores": ["strategist"],
    "api-own-score": ["strategist own_score"],
    "api-own-score-ranking": ["strategist own_score"],
    "api-run-own-scores": ["strategist run"],
    "api-questions": ["strategist"],
    "api-question": ["strategist question"],
    "api-investigations": ["strategist"],
    "api-investigation": ["strategist investigation"],
    "people": ["admin", "admin ?q=colleague"],
    "people-export": ["admin"],
    "person": ["admin person"],
    "audit": ["analyst", "manager ?kind=decision", "manager", "analyst ?q=creator"],
    "audit-entry": ["analyst entry", "manager entry"],
    "audit-exports": ["analyst", "manager ?kind=decision"],
    "audit-file": ["analyst file"],
    "audit-verifier": ["analyst", "manager"],
    "audit-receipt": ["strategist"],
    "audit-rolled-back": ["admin", "strategist"],
    "jobs": ["analyst"],
    "job": ["analyst job"],
    "job-progress": ["analyst job"],
    "import": ["strategist"],
    "import-batch": ["strategist batch"],
    "import-progress": ["strategist batch"],
    "import-rows": ["strategist batch"],
    "campaigns": ["strategist"],
    "campaign-new": ["strategist"],
    "campaign": ["strategist campaign"],
    "brief": ["strategist campaign"],
    "brief-version": ["strategist campaign 1"],
    "discovery": ["strategist campaign"],
    "session": ["strategist campaign"],
    "runs": ["strategist"],
    "run": ["strategist run", "analyst run ?list=not_shown", "strategist run ?list=removed"],
    "own-score": ["strategist run"],
    "run-progress": ["strategist run"],
    "compare": ["strategist run ?p=1,2,3,4"],
    "ask-people": ["strategist run ?p=1,2,3,4"],
    "run-creator": ["strategist run profile"],
    "places": ["admin"],
    "retention": ["admin"],
    "erase-creator": ["admin creator"],
    "erase-person": ["admin person"],
    "model-drift": ["admin", "analyst"],
    "models": ["strategist", "admin"],
    "model-card": ["strategist model", "manager model"],
    "creators": ["strategist", "strategist ?q=creator"],
    "creator": ["strategist creator", "analyst creator"],
    "creator-figure": ["strategist profile followers"],
    "creator-fact": ["expert creator agent"],
    "queue": [
        "strategist",
        "manager",
        "strategist ?whose=mine",
        "strategist ?search=creator",
        "strategist ?stakes=low&whose=all",
        "strategist ?search=nobody",
    ],
    "practice": ["strategist practice"],
    "practice-record": ["strategist"],
    "queue-card": [
        "strategist open",
        "strategist open ?search=creator",
        "strategist open ?whose=mine",
        "strategist sealed",
        "manager escalated",
        "manager open",
        "analyst open",
        "strategist awaiting",
        "manager awaiting",
        "strategist approved",
        "strategist shadowed",
    ],
    "briefing": ["strategist open", "strategist sealed", "strategist awaiting"],
    "thread": ["strategist open"],
    "queue-investigate": ["strategist open"],
    "queue-question": ["strategist open"],
    "queue-escalate": ["strategist open"],
    "workload": ["manager"],
    "investigations": ["strategist"],
    "investigation": ["expert investigation"],
    "norms": ["expert"],
    "norm": ["expert norm"],
    "questions": ["strategist"],
    "question": ["strategist question", "strategist question_sealed"],
    "approvals": ["manager"],
    "approval": ["manager awaiting", "manager answered"],
    "approval-answer": ["manager awaiting ask"],
    "heartbeat": ["manager"],
    "market-hours": ["admin US"],
    "notices": ["strategist"],
    "bell": ["strategist"],
    "notice-settings": ["strategist"],
    "decision": ["strategist decision"],
    "policies": ["manager"],
    "policy": ["manager policy", "manager draft", "manager trial"],
    "policy-propose": ["manager policy"],
    "policy-start": ["manager new_brand US"],
    "stop": ["manager acme US"],
    "playbook": ["strategist approved"],
    "creator-letter": ["strategist final", "manager final ?language=ru"],
    "outcome": ["strategist approved"],
}

# Addresses without a row above, and why. What answers POST alone (405 to GET) needs none.
NOT_MEASURED = {
    "home": "leads on", "import-map": "wants an uploaded file that is not loaded yet",
    "healthz": "plain text for a load balancer", "readyz": "plain text for a load balancer",
    "choose-password": "wants a signed link; the page is the form of “password”",
    "audit-export": "a file", "audit-file-download": "a file", "audit-verifier-file": "a file",
    "audit-receipt-file": "a file", "run-export": "a file",
    "import-rows-file": "a file",
    "creator-briefing": "leads to “briefing”", "decision-of-entry": "leads to “decision”",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """One world for all tests here, rolled back at their end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield weights.build(tmp_path_factory.mktemp("weights"))
        transaction.set_rollback(True)


def addresses(patterns=None):
    """Return all addresses of the resolver by name."""
    found = {}
    for one in get_resolver().url_patterns if patterns is None else patterns:
        found |= {one.name: one} if isinstance(one, URLPattern) else addresses(one.url_patterns)
    return found


def ask(world, name, way):
    """Return what an address answers, and the statements that it took. Nothing it writes stays."""
    who, *words = way.split()
    query = next((one for one in words if one.startswith("?")), "")
    things = [world.at.get(word, word) for word in words if not word.startswith("?") and word != "part"]
    address = reverse(name, args=[getattr(one, "slug", None) or getattr(one, "pk", one) for one in things]) + query
    headers = {"hx-request": "true"} if "part" in words else {}
    with world.here(), transaction.atomic(), CaptureQueriesContext(connection) as asked:
        answer = world.client(who).get(address, headers=headers)
        transaction.set_rollback(True)
    return answer, [one["sql"] for one in asked.captured_queries if not FRAMING.match(one["sql"])]


def measured(world):
    """Return what is too much, in words; every page must answer."""
    told = []
    for name, ways in PAGES.items():
        for way in ways:
            answer, statements = ask(world, name, way)
            size = len(gzip.compress(answer.content))
            if answer.status_code not in {200, OVER}:
                told.append(f"{name} ({way}) answers {answer.status_code}")
            if len(statements) > MOST_QUERIES:
                told.append("\n  ".join([f"{name} ({way}) takes {len(statements)} statements:", *statements]))
            if size >= MOST_BYTES:
                told.append(f"{name} ({way}) weighs {size} bytes")
    return told


def test_every_address_is_measured_or_named_with_a_reason(world):
    known = {*PAGES, *NOT_MEASURED}
    rest = {name: one for name, one in addresses().items() if name not in known}
    assert known <= set(addresses())
    answers = {name: get_any(world, name, one) for name, one in rest.items()}
    assert {name: code for name, code in answers.items() if code != 405} == {}


def get_any(world, name, pattern):
    """Return how an address answers GET whatever it is about."""
    kinds = pattern.pattern.converters
    given = {one: 1 if "Int" in type(kind).__name__ else "x" for one, kind in kinds.items()}
    with world.here(), transaction.atomic():
        code = world.client("admin").get(reverse(name, kwargs=given)).status_code
        transaction.set_rollback(True)
    return code


class TestPages:
    def test_take_at_most_twelve_queries_and_sixty_kilobytes_whatever_the_data(self, world):
        few, rows = measured(world), weights.counts()
        weights.more(world, 6)
        more = weights.counts()
        grown = {name for name, n in rows.items() if n and (more[name] >= 2 * n or name in weights.FIXED)}
        assert set(rows) - grown == set()
        told = [*few, *measured(world)]
        assert not told, "\n".join(told)
