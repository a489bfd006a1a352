"""Foreign fields for tests/frame/test_matrix.py: every column of every table is sent to every address that acts.

What is sent beside them is what the product's own pages would send, and what its OpenAPI document calls a valid body.
Each foreign value stands nowhere else, so that it is known again in what is written; a box that is ticked has no value
of its own, so the request is made without foreign fields too, and both have to write the same boxes.
"""

import json
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin

import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import connection, models, transaction
from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from hybridmkt import markup
from tests.frame import weights
from tests.frame.matrix import KNOWN, WRITES

NUMBER, TEXT, DAY = 987_654_321, "zz-foreign", "1999-09-09"
MOMENT = f"{DAY}T09:09:09+00:00"
FOREIGN = (NUMBER, TEXT, DAY, date(1999, 9, 9), datetime(1999, 9, 9, 9, 9, 9, tzinfo=UTC))
# What may be noted of any request, whatever it asked for: its session and what was refused.
NOTED = {"django_session", "axes_accesslog", "axes_accessattempt"}
ARGUMENT, NUMBERED = re.compile(r"<(?:\w+:)?\w+>"), re.compile(r"\d+")
# Fields of these that no page shows at first, and why they are theirs.
OWN = {
    "queue-views": ("brand", "market", "campaign"),  # a view is kept with the filters of the list
    "queue-decide": ("worry",),  # asked in between, where approvals come too fast
    "api-imports": ("source", "platform", "market"),  # what may be left out of a file's form
}
KEEPS_ANY = ("queue-draft",)  # what somebody typed and did not send, read back to nobody else
WORDS = "Her readers ask for this product by name, week after week, and they stay."


def columns():
    """Return every column of every table of ours, and names that frameworks are known by, each with a foreign value."""
    found = {"is_staff": True, "is_superuser": True, "pk": NUMBER, "groups": NUMBER, "user_permissions": NUMBER}
    for app in ("accounts", "audit", "jobs", "screening", "review", "playbooks"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                found |= {field.name: foreign(field), field.attname: foreign(field)}
    return found


def foreign(field):
    """Return a value of a column's kind that stands nowhere else."""
    if isinstance(field, models.ForeignKey):
        return foreign(field.target_field)
    kinds = {
        models.BooleanField: True, models.DateTimeField: MOMENT, models.DateField: DAY, models.IntegerField: NUMBER,
        models.AutoField: NUMBER, models.FloatField: NUMBER,
    }  # fmt: skip
    return next((value for kind, value in kinds.items() if isinstance(field, kind)), TEXT)


def is_foreign(value):
    """Tell whether a value that is written came from a foreign field, also within a text."""
    if isinstance(value, str | bytes):
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        return any(mark in text for mark in (str(NUMBER), TEXT, DAY))
    return not isinstance(value, bool) and value in FOREIGN


def send(world, who, address, body, *, by="post", is_json=False):
    """Make a request of which nothing stays; return its status, and (table, values) of each statement that writes."""
    client = Client(raise_request_exception=False)
    client.cookies.update(world.cookies[who])
    written = []

    def spy(execute, sql, params, many, context):
        if match := WRITES.match(sql):
            rows = params if many else [params]
            written.extend((match[1], tuple(row or ())) for row in rows)
        return execute(sql, params, many, context)

    data = {"data": json.dumps(body), "content_type": "application/json"} if is_json else {"data": body}
    if is_json:
        data["headers"] = {"If-Match": f'"v{world.at["open"].version}-0"'}
    at = weights.NOW + timedelta(hours=1)
    with world.here(), time_machine.travel(at, tick=False), transaction.atomic(), connection.execute_wrapper(spy):
        status = getattr(client, by)(address, **data).status_code
        transaction.set_rollback(True)
    return status, [(table, values) for table, values in written if table not in NOTED]


def forms(world, who):
    """Return what a person's pages would send: address -> fields, filled in as far as a page does not fill them."""
    found = {}
    for name, group in KNOWN.items():
        if group.reads == "-" or who not in group.reads or name.startswith("api-"):
            continue
        answer = world.ask(who, name, "get")[0]
        if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
            continue
        page = world.address(name)
        for form in markup.read(answer.content.decode()).forms:
            if form.method == "post":
                sent = {one.name: filled(one) for one in form.fields if one.kind != "file" and one.name}
                for button in form.buttons or [markup.Button("", "")]:
                    own = {button.name: button.value} if button.name else {}
                    to = urljoin(page, button.formaction or form.action or page)
                    found[to, button.name] = sent | own
    return found


def filled(field):
    """Return what a person would leave or write in a field."""
    if field.value:
        return field.value
    if field.options:
        return next((one for one in field.options if one), "")
    return {"number": "1", "date": "2026-12-30", "datetime-local": "2026-12-30T10:00"}.get(field.kind, WORDS)


def bodies(world):
    """Return what the OpenAPI document calls valid, of each operation with a body: (address, method) -> fields."""
    told = SchemaGenerator().get_schema(request=None, public=True)
    at = {ARGUMENT.sub("{}", f"/{resolve(one).route}"): one for one in map(world.address, KNOWN) if "/api/" in one}
    return {
        (at[re.sub(r"{\w+}", "{}", path)], method): valid(kind["schema"], told["components"]["schemas"])
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
        for kind in operation.get("requestBody", {}).get("content", {}).values()
    }


def valid(shape, shapes):
    """Return the least that a schema calls valid."""
    if "$ref" in shape:
        return valid(shapes[shape["$ref"].rpartition("/")[2]], shapes)
    if more := shape.get("allOf") or shape.get("oneOf") or shape.get("anyOf"):
        return valid(more[0], shapes)
    if "enum" in shape:
        return shape["enum"][0]
    kind = shape.get("type")
    if shape.get("format") == "binary":
        return SimpleUploadedFile("list.csv", b"username,followers\nanna,7\n")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "string":
        return {"date": "2026-12-30", "date-time": "2026-12-30T10:00:00Z"}.get(
            shape.get("format"), WORDS[: shape.get("maxLength", 99)]
        )
    if kind == "object":
        return {name: valid(shape["properties"][name], shapes) for name in shape.get("required", [])}
    return {"integer": shape.get("minimum", 1), "number": shape.get("minimum", 0.5), "boolean": True}.get(kind, [])


def asked(world):
    """Return every request that the test makes: (who, address, own fields, whether JSON, method)."""
    found, known = [], set()
    for who in "msDed":
        for (address, button), own in forms(world, who).items():
            if (address, button) not in known:
                known.add((address, button))
                found.append((who, address, own, False, "post"))
    reached = {address.partition("?")[0] for address, _button in known}
    by_body = bodies(world)
    for (address, method), own in by_body.items():
        has_file = any(isinstance(one, UploadedFile) for one in own.values())
        found.append(("s" if has_file else "m", address, own, not has_file, method))
    for name, group in KNOWN.items():  # what no page sends to: fields that are foreign alone
        address = world.address(name)
        if group.acts != "-" and group.acts and address not in reached and (address, "post") not in by_body:
            found.append((group.acts[0], address, {}, name.startswith("api-"), "post"))
    return found


def booleans(written):
    """Return the boxes of each statement."""
    return [(table, [one for one in values if isinstance(one, bool)]) for table, values in written]


def found(world):
    """Return what foreign fields did, in words, and how many addresses wrote something at all."""
    every, told, acted = columns(), [], set()
    for who, address, own, is_json, method in asked(world):
        name = resolve(address.partition("?")[0]).url_name
        known = {NUMBERED.sub("", one) for one in (*own, *OWN.get(name, ()))}
        more = {one: value for one, value in every.items() if NUMBERED.sub("", one) not in known}
        status, written = send(world, who, address, own | more, by=method, is_json=is_json)
        acted |= {name} if written else set()
        strange = [(table, one) for table, values in written for one in values if is_foreign(one)]
        if any(ticked for _table, ticked in booleans(written)):
            plain = send(world, who, address, own, by=method, is_json=is_json)[1]
            strange += [one for one in booleans(written) if one not in booleans(plain)]
        if status >= 500 or (strange and name not in KEEPS_ANY):
            told.append(f"{method} {address} by {who}: {status}, writes {strange}")
    return told, acted
