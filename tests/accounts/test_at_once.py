"""Several reads in one statement give what each would give by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import BinaryField, Count, F, Max, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.at_once import NotAtOnce, at_once
from accounts.models import Membership, User
from audit.models import AuditPayload
from review.models import ReviewTask
from screening.models import ExchangeRate, Metrics, Recommendation
from tests import factories as make
from tests.frame import weights

pytestmark = pytest.mark.django_db
OURS = ("accounts", "audit", "jobs", "screening", "review", "playbooks")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """A world with rows in every table, rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield weights.build(tmp_path_factory.mktemp("at_once"))
        transaction.set_rollback(True)


def told(row, above=()):
    """All that an instance holds: its values, annotations, and the rows that came with it."""
    held = [(name, type(value), value) for name, value in vars(row).items() if name != "_state"]
    with_it = {name: one for name, one in row._state.fields_cache.items() if one is None or one not in above}
    return held, {name: one and told(one, (*above, row)) for name, one in with_it.items()}


def carried(model):
    """The rows of a table with those of its foreign keys, without columns of bytes."""
    keys = [field.name for field in model._meta.fields if field.many_to_one or field.one_to_one]
    bytes_ = _bytes(model)
    bytes_ += [f"{key}__{name}" for key in keys for name in _bytes(model._meta.get_field(key).related_model)]
    rows = model.objects.select_related(*keys) if keys else model.objects.all()
    return rows.defer(*bytes_) if bytes_ else rows


def _bytes(model):
    return [field.name for field in model._meta.fields if isinstance(field, BinaryField)]


class TestAtOnce:
    def test_asks_one_statement_for_all(self, django_assert_num_queries):
        make.user("manager", name="Sofia")
        people, held = User.objects.order_by("name"), Membership.objects.select_related("user")
        with django_assert_num_queries(1):
            at_once(people, held)
            assert [one.name for one in people] == ["Sofia"]
            assert [(one.role, one.user.name) for one in held] == [("manager", "Sofia")]

    def test_keeps_order_limits_and_annotations(self, django_assert_num_queries):
        for name in ("c", "a", "b"):
            make.user("strategist", "expert", name=name)
        last = User.objects.annotate(n=Count("memberships"), said=Value("x")).order_by("-name")[:2]
        pairs, names = (
            User.objects.order_by("name").values("name", n=Max("pk")),
            User.objects.values_list("name", flat=True),
        )
        with django_assert_num_queries(1):
            at_once(last, pairs, names.order_by("name"), ordered := names.order_by("-name"))
            assert [(one.name, one.n, one.said) for one in last] == [("c", 2, "x"), ("b", 2, "x")]
            assert [one["name"] for one in pairs] == ["a", "b", "c"]
            assert list(ordered) == ["c", "b", "a"]

    def test_takes_unions(self, django_assert_num_queries):
        make.user("strategist", name="Elena")
        one = User.objects.order_by().annotate(part=Value("name")).values_list("part", "name")
        both = one.union(
            Membership.objects.order_by().annotate(part=Value("role")).values_list("part", "role"), all=True
        )
        with django_assert_num_queries(1):
            at_once(both)
            assert sorted(both) == [("name", "Elena"), ("role", "strategist")]

    def test_asks_nothing_for_what_can_have_no_rows_or_has_them(self, django_assert_num_queries):
        make.user("strategist")
        none, known = User.objects.filter(pk__in=[]), User.objects.all()
        assert len(known) == 1
        with django_assert_num_queries(0):
            at_once()
            at_once(none, known, User.objects.none())
            assert (list(none), len(known)) == ([], 1)

    def test_gives_an_empty_list_for_no_rows(self):
        rows, others = User.objects.all(), User.objects.values_list("pk")
        at_once(rows, others)
        assert (list(rows), list(others)) == ([], [])

    def test_filters_what_it_filled_anew(self):
        make.user("strategist", name="Elena")
        rows = User.objects.all()
        at_once(rows)
        make.user("strategist", name="Daniel")
        assert [len(rows), rows.count(), len(rows.all())] == [1, 1, 2]

    def test_keeps_the_object_that_a_relation_belongs_to(self, django_assert_num_queries):
        who = make.user("strategist")
        rows = who.memberships.all()
        at_once(rows)
        with django_assert_num_queries(0):
            assert rows[0].user is who

    @pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 1e-300, 123456789.123456789, 5.0, -0.0, 2.0**60])
    def test_rounds_no_number(self, number):
        rows = make.user("strategist") and User.objects.annotate(x=Value(number, models.FloatField()))
        at_once(rows)
        assert [(type(one.x), one.x) for one in rows] == [(float, number)]

    def test_carries_decimals_words_and_lists(self):
        rate = ExchangeRate.objects.create(
            base="USD", currency="RUB", rate=Decimal("90.123456"), date="2026-01-01", source="“bank”\n\\ ☕ 😀"
        )
        alone, rows = ExchangeRate.objects.get(pk=rate.pk), ExchangeRate.objects.filter(pk=rate.pk)
        at_once(rows)
        assert told(rows[0]) == told(alone)

    def test_nests_what_is_wider_than_a_call_takes(self):
        task = make.task()
        wide = ("recommendation__profile__creator", "recommendation__run__brief", "campaign__brand", "policy__owner")
        alone, rows = (ReviewTask.objects.select_related(*wide) for _twice in range(2))
        at_once(rows)
        assert [told(one) for one in rows] == [told(one) for one in alone]
        assert rows[0] == task

    @pytest.mark.parametrize("rows", [
        lambda: AuditPayload.objects.all(),
        lambda: Recommendation.objects.annotate(text=KT("knowledge__is_prior")).annotate(one=F("knowledge__is_prior")),
        lambda: User.objects.annotate(d=Cast(Value(timedelta(1)), models.DurationField())),
        lambda: User.objects.order_by("memberships__role").distinct(),
    ])  # fmt: skip
    def test_refuses_what_json_does_not_give_back(self, rows):
        with pytest.raises(NotAtOnce):
            at_once(rows())

    def test_leaves_the_query_as_it_was(self):
        rows = Metrics.objects.all()
        at_once(rows)
        assert "get_compiler" not in vars(rows.query)
        assert rows.query.get_compiler(connection=connection).execute_sql.__self__


class TestEveryTable:
    def test_gives_the_rows_that_it_gives_by_itself(self, world, django_assert_num_queries):
        tables = [model for app in OURS for model in apps.get_app_config(app).get_models()]
        filled = []
        for model in tables:
            alone, together = (carried(model).order_by("-pk") for _twice in range(2))
            values, at = (model.objects.order_by("pk").values_list(*_plain(model)) for _twice in range(2))
            with django_assert_num_queries(1):
                at_once(together, at)
                rows, tuples = list(together), list(at)
            assert [told(row) for row in rows] == [told(row) for row in alone]
            assert [[(type(one), one) for one in row] for row in tuples] == [
                [(type(one), one) for one in row] for row in values
            ]
            filled += [model] if rows else []
        assert len(filled) > len(tables) * 3 / 4


def _plain(model):
    return [field.attname for field in model._meta.fields if not isinstance(field, BinaryField)]
