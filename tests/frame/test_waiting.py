"""The numbers beside the navigation."""

import pytest

from accounts import access
from hybridmkt import waiting
from tests import factories

pytestmark = pytest.mark.django_db


def count(name, user):
    return waiting.counts(user, [name])[name]


def test_are_all_counted_in_one_query(django_assert_num_queries):
    factories.task(state="escalated")
    factories.task()
    person = factories.user("strategist", "manager")
    assert access.scope(person).roles
    with django_assert_num_queries(1):
        found = waiting.counts(person, waiting.ROWS)
    assert found == {"queue": 1, "questions": 0, "approvals": 1, "investigations": 0, "notices": 0}


class TestCards:
    def test_count_where_the_person_decides(self):
        task = factories.task()
        assert count("queue", factories.user("strategist", brand=task.brand, market=task.market)) == 1

    def test_of_other_markets_count_for_nobody(self):
        task = factories.task()
        assert count("queue", factories.user("strategist", brand=task.brand, market="XX")) == 0

    def test_are_no_work_for_analysts(self):
        factories.task()
        assert count("queue", factories.user("analyst")) == 0

    def test_are_counted_no_further_than_needed(self, monkeypatch):
        monkeypatch.setattr(waiting, "MOST", 1)
        task = factories.task()
        factories.task(policy=task.policy)
        assert count("queue", factories.user("strategist")) == 1


class TestApprovals:
    def test_count_escalated_cards_for_managers(self):
        factories.task(state="escalated")
        assert count("approvals", factories.user("manager")) == 1
        assert count("approvals", factories.user("strategist")) == 0
