"""Every kind of entry that is written reads in words, in both languages; so do the names of what people wrote."""

import ast
import json
import re
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from accounts.access import Place
from audit import faces
from audit.models import AuditEntry, Kind
from review import calendars
from screening import campaigns, gates, memory, money, notes, places, training
from tests import factories as make

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "audit", "jobs", "screening", "review", "playbooks")


def recorded():
    """The kinds that the code writes, and the names of the words kept beside them, as they stand in the source."""
    kinds, fields = set(), set()
    sources = (path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py"))
    for source in (text for text in sources if "record(" in text):  # this is done whenever tests are collected
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name not in {"record", "_record"}:
                continue
            said = [*node.args[:2], *(one.value for one in node.keywords if one.arg == "kind")]
            kinds |= {one.attr for one in said if isinstance(one, ast.Attribute) and one.attr.isupper()}
            for word in node.keywords:
                told = (
                    [one for one in ast.walk(word.value) if isinstance(one, ast.Dict)] if word.arg == "personal" else []
                )
                fields |= {key.value for one in told for key in one.keys if isinstance(key, ast.Constant)}
    return {Kind[one].value for one in kinds}, fields


RECORDED, FIELDS = recorded()
MODEL = {"model": 2, "model_kind": "card", "model_sha": "a" * 64, "retired": 1}
ROUTED = {"what": "routed", "routes": {"review": 13, "auto": 2}, "not_shown": 985, "policy_version": 4}
HERE = {"stream": "x:1", "market": "US"}
# Bodies as the code writes them; what is easily done for real is done for real below.
WRITTEN = [
    ("routing", ROUTED), ("routing", {"what": "no_policy"}), ("routing", {"what": "asked", "task": 1}),
    ("model_release", {"what": "published", **MODEL}), ("model_release", {"what": "approved", **MODEL}),
    *(("model_release", {"what": "together", "version": 3, "outcomes": 61, "people": 4, "standing": one,
                         "sha256": "b" * 64}) for one in ("words", "provisional", "proved", "ai_alone")),
    ("norm", {"what": "event", "from": "2026-11-01", "until": None}),
    ("norm", {"what": "event", "from": "2026-11-01", "until": "2026-12-01"}),
    ("pool", {"pool": "c" * 64, "profiles": 1, "creators": 1, "day": 20_000}),
    ("sign_in", {"user": 1}), ("sign_in", {"user": 1, "again": True}),
    ("cancel", {"job": 1, "what": "import", "done": 10, "total": 100}),
    ("answer", {"task": 1, "what": "ai_question", "question": "no_data", "feature": "fee", "said": "figure"}),
    ("outcome", {"kpi": "orders", "actual_u6": 41_000_000, "is_success": True, "replaces": None}),
    ("outcome", {"kpi": "reach", "actual_u6": "99000000000000000000", "is_success": False, "replaces": 3}),
]  # fmt: skip


def speaks(entry):
    """What an entry says in each language: title and detail."""
    found = []
    for language in ("en", "ru"):
        with translation.override(language):
            shown = faces.show([entry], {})[0]
            found.append((str(shown.title), str(shown.face.detail)))
    return found


def assert_speaks(entry):
    (_title, english), (russian_title, russian) = speaks(entry)
    assert english, f"{entry.kind} {entry.body} says nothing"
    assert re.search("[а-яё]", f"{russian_title} {russian}", re.IGNORECASE), f"{entry.kind} {entry.body} has no Russian"
    assert english != russian or entry.kind == "policy_change"


class TestKinds:
    def test_that_are_written_were_found_in_the_code(self):
        assert {"decision", "routing", "model_release", "brand", "sign_in", "relation"} <= RECORDED
        assert len(RECORDED) >= 25

    @pytest.mark.parametrize("kind", sorted(RECORDED))
    def test_that_are_written_have_a_face(self, kind):
        assert kind in faces.FACES

    def test_have_words_in_both_languages(self):
        labels = {}
        for language in ("en", "ru"):
            with translation.override(language):
                labels[language] = [str(kind.label) for kind in Kind]
        assert all(labels["en"])
        assert all(re.search("[а-яё]", label) for label in labels["ru"])

    @pytest.mark.parametrize(
        ("kind", "body"), WRITTEN, ids=lambda one: one if isinstance(one, str) else one.get("what")
    )
    def test_say_what_their_body_holds(self, kind, body):
        assert_speaks(make.entry(kind, body=body, **HERE))


class TestFields:
    @pytest.mark.parametrize("name", sorted(FIELDS))
    def test_of_what_people_wrote_have_a_label(self, name):
        with translation.override("ru"):
            assert re.search("[а-яё]", str(faces.FIELDS[name]), re.IGNORECASE)


class TestRealEntries:
    """Entries as the verbs write them."""

    def test_of_places_models_and_rates_are_read_aloud(self, now):
        admin, manager = make.user("admin"), make.user("manager")
        places.add_brand("Nord", currency="USD", by=admin, now=now)
        market = places.open_market(
            "RU", name_en="Russia", name_ru="Россия", country="RU", language="ru", currency="RUB",
            time_zone="Europe/Moscow", by=admin, now=now,
        )  # fmt: skip
        training.approve(market.models.get(), by=manager, now=now)
        rate = {"rate": Decimal("80.5"), "date": date(2026, 11, 1), "source": "bank"}
        money.record_rate("USD", "RUB", **rate, by=admin, now=now)
        calendars.set_hours(market, days=[0, 4], opens=time(9), closes=time(18), by=admin, now=now)
        holiday = calendars.add_holiday(market, day=date(2027, 1, 1), name="Новый год", by=admin, now=now)
        calendars.end_holiday(holiday, by=admin, now=now)
        found = AuditEntry.objects.filter(kind__in=["brand", "gate", "model_release", "import"])
        assert found.count() == 9
        for entry in found:
            assert_speaks(entry)
            assert json.loads(entry.body)

    def test_of_a_campaign_and_of_people_around_a_creator_are_read_aloud(self, now):
        manager = make.user("manager")
        made = campaigns.create(
            brand=make.brand(), market=make.market(), name="Winter", objective="orders", budget_minor=100_000,
            fee_minor=10_000, wanted=5, deadline_date=date(2027, 1, 31), by=manager, now=now,
        )  # fmt: skip
        campaigns.close(made, by=manager, now=now)
        profile = make.profile(platform="telegram")
        memory.relate(profile.creator, kind="knows", person=manager, by=manager, now=now)
        memory.relate(profile.creator, kind="mentions", other=make.profile().creator, by=None, now=now)
        memory.unrelate(profile.creator, kind="knows", person=manager, by=manager)
        note = notes.write(profile.creator, place=Place("acme", "US"), text="Fair prices", by=manager, now=now)
        notes.take_back(note, by=manager)
        ru = make.market("RU")
        gate = next(one for one in gates.install(ru, by=None, now=now) if one.code == "register")
        gates.answer(profile, gate, is_passed=True, evidence="No 4821", by=manager, now=now)
        found = AuditEntry.objects.filter(kind__in=["campaign", "campaign_closed", "relation", "gate"])
        assert found.count() == 9
        for entry in found:
            assert_speaks(entry)
