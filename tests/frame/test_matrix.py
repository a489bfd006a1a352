"""Every address x method x role x {own, another brand, another market}: who is let in, and who changes nothing."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role
from review import models as r
from review import stops
from screening import models as s
from tests import factories as make
from tests.frame import foreign, weights
from tests.frame.matrix import GROUPS, KNOWN, WRITES
from tests.frame.test_page_weights import addresses
from tests.review.worlds import BACKEND

pytestmark = [pytest.mark.django_db, pytest.mark.once("who is let in is decided by the same code")]
ROLES = {role.value[0]: role.value for role in Role if role is not Role.ADMIN} | {"d": "admin"}
# What may be noted of a request that is refused: its session, who signed in and out, and how somebody likes pages.
NOTED = {"django_session", "axes_accesslog", "axes_accessattempt", "accounts_user"}
SEEN = {"screening_exposure"}  # whom people of the place were shown beside the refusal; elsewhere nobody is
ASK_IN_VAIN = {"m", "stranger"}  # those who try a method that an address does not answer: it is nobody's
NO_METHOD, REFUSED, REDIRECT = 405, {401, 403, 404}, 302
ASKED = {"compare": "?p=1,2"}
FEE, BIO = 87_654, "Skin care. Write to zq9.desk@mail.example, @zq9desk or +1 (202) 555-01-47"
# A price as money, whole or to the cent, as a program reads it, and by the followers of all that were made here.
PRICE = re.compile(r"(?<![\w.])87654\b|\$87[67]\b|fee_per_thousand\W+[\d.-]+\W+\d|followers: 17\.5|,876\.54")
REACHED = re.compile(r"zq9\.desk|@zq9desk|555-01-47|Agent \d")


class World(weights.Rich):
    """The rich world with a person of each role in its place, and people of all roles elsewhere."""

    def sign_in(self):
        """Give everybody a browser: own roles by their letter, people elsewhere, a stranger."""
        here = {"brand": self.at["campaign"].brand_id, "market": self.at["campaign"].market_id}
        make.market("RU"), make.brand("other")
        everyone = {letter: make.user(role, **here) for letter, role in ROLES.items()}
        everyone["D"] = make.user("admin")
        everyone["brand"] = make.user(*ROLES.values(), **here | {"brand": "other"})
        everyone["market"] = make.user(*ROLES.values(), **here | {"market": "RU"})
        self.cookies, self.read, self.handlers, self.statements = {"stranger": {}}, {}, {}, {}
        with self.here():
            for name, user in everyone.items():
                client = Client()
                client.force_login(user, BACKEND)
                self.cookies[name] = dict(client.cookies)
            at, owner = self.at["policy"], self.at["policy"].owner
            self.at["stop"] = stops.stop(at.market, brand=at.brand_id, reason=weights.WHY, by=owner, now=weights.NOW)
        self.things = {**things(self.at), "user_id": everyone["s"]}

    def ask(self, who, name, method, *, checks_csrf=False):
        """Return the answer to a request with nothing in it, and the tables that it wrote. Nothing of it stays."""
        if method == "get":  # nothing changes here, so it is read once
            if (who, name) not in self.read:
                self.read[who, name] = self._ask(who, name, method)
            return self.read[who, name]
        return self._ask(who, name, method, checks_csrf=checks_csrf)

    def _ask(self, who, name, method, *, checks_csrf=False):
        client = Client(enforce_csrf_checks=checks_csrf)
        client.handler = self.handlers.setdefault(checks_csrf, client.handler)  # to load the middleware takes a while
        client.cookies.update(self.cookies[who])
        written = set()
        asked = self.statements.setdefault((who, name, method), [])

        def spy(execute, sql, params, many, context):
            result = execute(sql, params, many, context)
            asked.append(sql)
            if (match := WRITES.match(sql)) and context["cursor"].rowcount:
                written.add(match[1])
            return result

        at = weights.NOW + timedelta(hours=1)  # what was decided is final by then
        with self.here(), time_machine.travel(at, tick=False), transaction.atomic(), connection.execute_wrapper(spy):
            answer = getattr(client, method)(self.address(name))
            transaction.set_rollback(True)
        return answer, written - NOTED

    def address(self, name):
        """Return the address of a name, of things that are all in one place."""
        pattern = addresses()[name].pattern
        named = list(pattern.converters) or list(pattern.regex.groupindex)
        given = {one: self.things.get(f"{name} {one}", self.things.get(f"{name.split('-')[0]} {one}")) or
                 self.things[one] for one in named}  # fmt: skip
        return reverse(name, kwargs={one: getattr(value, "pk", value) for one, value in given.items()}) + ASKED.get(
            name, ""
        )


def things(at):
    """Return what each argument of an address stands for: by its name, by the start or the whole of an address."""

    def first(model, **only):
        return model.objects.filter(**only).order_by("pk").first()

    return {
        "task_id": at["open"], "task": at["open"], "run_id": at["run"], "policy_id": at["policy"],
        "decision_id": at["decision"], "profile_id": at["profile"], "profile": at["profile"],
        "creator_id": at["creator"], "slug": at["campaign"].slug, "uid": at["entry"], "brand": "acme", "market": "US",
        "code": "US", "form": "csv", "choice": "approve", "number": 1, "gate_id": first(s.MarketGate),
        "view_id": first(r.SavedView), "question_id": at["question"], "handoff_id": first(r.Handoff),
        "promise_id": first(r.Promise), "absence_id": first(r.Absence), "item_id": first(r.SessionItem, kind="action"),
        "session_id": at["session"],
        "mark": at["discovery"].marks.first(), "norm_id": at["norm"], "investigation_id": at["investigation"],
        "stop_id": at["stop"], "step": "propose", "holiday_id": first(r.Holiday), "note": first(s.CreatorNote),
        "correction": first(s.Correction), "relation": first(s.Relation), "field": "followers",
        "control_id": at["practice"], "membership": first(Membership, user=at["person"]), "token": "none",
        "uidb64": "none", "state": "off", "kind": "pick", "run pk": at["run"], "compare pk": at["run"],
        "api pk": at["run"], "api-creator pk": at["creator"], "api-model pk": at["model"],
        "api-import pk": at["batch"],
        "api-job pk": at["job"], "api-job-cancel pk": at["job"],
        "creator pk": at["creator"], "job pk": at["job"], "audit pk": at["file"],
        "place pk": at["model"], "model pk": at["model"], "own pk": at["run"], "import pk": at["batch"],
        "api-own-score pk": first(s.OwnScore), "api-own-score-ranking pk": first(s.OwnScore),
        "api-own-score-compare pk": first(s.OwnScore), "api-own-score-remove pk": first(s.OwnScore),
        "own-score-compare pk": first(s.OwnScore), "own-score-remove pk": first(s.OwnScore),
        "person pk": at["person"], "role pk": at["person"], "run-export kind": "csv", "creator-fact field": "agent",
        "erase-creator pk": at["creator"], "erase-person pk": at["person"], "api-key-withdraw pk": 1,
        "copy-creator pk": at["creator"], "copy-person pk": at["person"],
        "creator-letter task_id": at["approved"], "playbook task_id": at["approved"], "outcome task_id": at["approved"],
    }  # fmt: skip


def marked(name):
    """Return a factory whose rows bear a price that stands nowhere else, and a bio by which somebody is reached."""
    make_one = getattr(make, name)
    mark = {"profile": {"bio": BIO}, "metrics": {"fee_minor": FEE, "currency": "USD"}}.get(name, {"fee_minor": FEE})
    return lambda *given, **fields: make_one(*given, **fields | mark)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """One world for all tests here, rolled back at their end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with pytest.MonkeyPatch.context() as patch:
            for name in ("profile", "metrics", "campaign", "task"):
                patch.setattr(make, name, marked(name))
            made = weights.build(tmp_path_factory.mktemp("matrix"))
        made.__class__ = World
        made.sign_in()
        yield made
        transaction.set_rollback(True)


def letters(group, method):
    """Return whose requests by a method are answered."""
    return group.reads if method == "get" else group.acts


def wrong(world, name, who, method):
    """Return what is wrong with an answer, in words; None where it is as the table says."""
    group = KNOWN[name]
    let_in = letters(group, method)
    answer, written = world.ask(who, name, method)
    if who in {*ROLES, "D"}:
        written -= SEEN
    code, is_out = answer.status_code, "/sign-in/" in answer.get("Location", "")
    told = f"{method.upper()} {name} by {who}: {code}, writes {sorted(written)}"
    if code >= 500:
        return told
    if let_in == "-" and group.where != "person":
        is_right = code == NO_METHOD or code in REFUSED or is_out
    elif who == "stranger":
        is_right = group.where == "open" or is_out or code in REFUSED
    elif group.where == "person" or (who == "market" and group.where in {"market", "place"}) or (
        who == "brand" and group.where == "place"
    ):  # fmt: skip
        is_right = code in REFUSED or code == NO_METHOD
    elif who in {"brand", "market"}:
        return None if code not in {NO_METHOD} or let_in == "-" else told  # what is theirs is asked for elsewhere
    elif who in let_in:
        return None if code not in {NO_METHOD, *REFUSED} and not (is_out and name != "sign-out") else told
    else:  # an empty form may be refused before the right is asked for: what counts is that nothing comes of it
        is_right = code in REFUSED or (method == "post" and code in {REDIRECT, 400, 409, 415, 422, 428})
    return None if is_right and not written else told


def test_every_address_has_a_row_and_only_one(world):
    names = [name for group in GROUPS for name in group.names.split()]
    assert sorted(names) == sorted(addresses())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", [*ROLES, "D", "brand", "market", "stranger"])
def test_answers_each_person_as_the_table_says(world, who, method):
    told = [wrong(world, name, who, method) for name, group in KNOWN.items() if letters(group, method) != "-" or
            who in ASK_IN_VAIN]  # fmt: skip
    assert not any(told), "\n".join(filter(None, told))


def test_takes_no_change_without_the_token_of_its_own_pages(world):
    by = {name: next((one for one in "mseaD" if one in group.acts), "") for name, group in KNOWN.items()}
    asked = {name: who for name, who in by.items() if who and name not in {"healthz", "readyz"}}
    answers = {name: world.ask(who, name, "post", checks_csrf=True)[0].status_code for name, who in asked.items()}
    assert len(asked) > 100
    assert {name: code for name, code in answers.items() if code != 403} == {}


@pytest.mark.parametrize("method", ["head", "options", "trace", "put", "patch", "delete"])
def test_changes_nothing_by_another_method(world, method):
    told = {name: (answer.status_code, written) for name in KNOWN for answer, written in [world.ask("m", name, method)]}
    if method == "head":  # is a GET without its body: what is read is remembered, and reading the log is an entry
        told = {name: (code, written - SEEN - {"audit_auditentry"}) for name, (code, written) in told.items()}
    assert {name: found for name, found in told.items() if found[0] >= 500 or found[1]} == {}


def test_lists_nothing_of_a_campaign_to_people_elsewhere(world):
    shown = []
    for name, group in KNOWN.items():
        if group.where == "all" and group.reads != "-":
            for who in ("brand", "market"):
                answer = world.ask(who, name, "get")[0]
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                shown += [(name, who)] if world.at["campaign"].name.encode() in body else []
    assert shown == []


# Tables whose rows belong to a brand, and what bounds a statement over them: the brand, or things read by their ids.
OWNED = {
    one._meta.db_table for one in apps.get_models() if any(field.name == "brand" for field in one._meta.concrete_fields)
}
BOUND = re.compile(r'\b(?:brand|\w*id|slug|uid|\w*key|sha256|stream|claimed_by)"? (?:=|IN|LIKE) ', re.IGNORECASE)


# What reads the rows of all brands, and why.
OF_ALL = {
    "readyz": "how much work waits, for a load balancer", "heartbeat": "whether the clock and the workers live",
    "audit-rolled-back": "whether the whole log was set back", "places": "a market's model learns from all its results",
    "brief": "whether a pool of the market is being frozen",
}  # fmt: skip


def unbounded(sql):
    """Return the tables of brands over which a statement goes without a bound."""
    found = {table for table in OWNED if re.search(rf'\b(?:FROM|JOIN) "?{table}\b', sql)}
    return found if found and not BOUND.search(sql.partition("WHERE")[2]) else set()


def test_a_statement_over_the_rows_of_all_brands_is_known():
    assert {"review_reviewtask", "screening_campaign", "audit_auditentry", "review_policy"} <= OWNED
    assert unbounded(str(r.ReviewTask.objects.filter(state="open").query)) == {"review_reviewtask"}
    assert unbounded(str(r.ReviewTask.objects.filter(brand="acme").query)) == set()


@pytest.mark.parametrize("who", [*ROLES, "brand"])
def test_asks_for_no_rows_of_other_brands(world, who):
    pages = [name for name, group in KNOWN.items() if group.reads != "-" and world.ask(who, name, "get")]
    asked = [(name, sql) for name in pages for sql in world.statements[who, name, "get"]]
    assert sum(any(table in sql for table in OWNED) for _name, sql in asked) > 50
    wrong = {(name, sql) for name, sql in asked if unbounded(sql) and name not in OF_ALL}
    assert not wrong, "\n".join(f"{name}: {sql}" for name, sql in sorted(wrong))


def bodies(world, who):
    """Yield the name and the text of each answer to a GET of a person, files too."""
    for name, group in KNOWN.items():
        if group.reads != "-":
            answer = world.ask(who, name, "get")[0]
            with world.here():
                yield name, (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


@pytest.mark.parametrize("who", ["d", "D", "a"])
def test_shows_no_field_that_a_role_does_not_need(world, who):
    kept_back = {"a": [REACHED]}.get(who, [PRICE, REACHED])
    found = [(name, one[0]) for name, text in bodies(world, who) for mark in kept_back if (one := mark.search(text))]
    assert found == []


def test_shows_them_to_whoever_decides(world):
    told = dict(bodies(world, "s"))
    priced, reached = ({name for name, text in told.items() if mark.search(text)} for mark in (PRICE, REACHED))
    assert priced >= {
        "api-card", "api-campaign", "campaign", "compare", "creator", "decision", "playbook", "run-creator",
        "run-export", "session",
    }  # fmt: skip
    assert "creator" in reached


def test_foreign_fields_change_nothing(world):
    told, acted = foreign.found(world)
    assert told == []
    assert len(acted) > 60


def test_a_foreign_value_is_known_again_where_a_form_has_the_field(world):
    _status, written = foreign.send(world, "m", world.address("queue-note"), {"text": foreign.TEXT})
    assert any(foreign.is_foreign(one) for _table, values in written for one in values)
