"""The OpenAPI document and the API agree: asked as each role, what is answered is what the document says.

Schemathesis makes requests from the document, good ones and bad ones. Ids are as often those that there are.
"""

import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.urls import resolve
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from schemathesis.checks import CHECKS, load_all_checks

from accounts import tokens
from accounts.models import Role
from hybridmkt.wsgi import application
from tests.frame import weights
from tests.review import worlds

pytestmark = pytest.mark.django_db
load_all_checks()
NAMES = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
)  # fmt: skip
EXAMPLES = 5  # of each operation and role


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """A world with some of everything, rolled back at the end."""
    for signal in (request_started, request_finished):  # a request would close the connection of its transaction
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        yield weights.build(tmp_path_factory.mktemp("schema"))
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def known(path, parameter):
    """Return the ids that there are for a parameter of an address."""
    anything = "00000000-0000-7000-8000-000000000000" if "uuid" in str(parameter.definition) else "1"
    name = resolve(re.sub(r"{\w+}", anything, path)).url_name
    things = worlds._values(name, "pk" if parameter.name == "id" else parameter.name) or [0]
    return some.sampled_from([one if isinstance(one, int) else str(one) for one in things])


def ask(world, operation, headers):
    """Ask an operation for many things; raises what schemathesis found."""
    checks = CHECKS.get_by_names(list(NAMES))
    there = {one.name: known(operation.path, one) for one in operation.path_parameters}

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), real=some.fixed_dictionaries(there), is_real=some.booleans())
    def check(case, real, is_real):
        if is_real and real:
            case.path_parameters = real
        case.headers = {**(case.headers or {}), **headers}
        with world.here(), transaction.atomic():
            answer = case.call(app=application)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=checks)

    check()


@pytest.mark.parametrize("role", Role.values)
def test_every_operation_answers_as_the_document_says(world, settings, role):
    settings.API_RATE = 10**9
    settings.ALLOWED_HOSTS = ["*"]
    with world.here():
        _token, key = tokens.make(
            name="x", scopes=list(tokens.SCOPES), days=9, by=world.readers[role], now=timezone.now()
        )
    headers = {"Authorization": f"Bearer {key}"}
    with world.here():
        schema = schemathesis.openapi.from_wsgi("/api/schema/", app=application, headers=headers)
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) >= 6
    for operation in operations:
        ask(world, operation, headers)
