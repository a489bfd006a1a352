"""The numbers beside the navigation."""

import pytest

from hybridmkt import waiting
from tests import factories

pytestmark = pytest.mark.django_db


class TestCards:
    def test_count_where_the_person_decides(self):
        task = factories.task()
        assert waiting.cards(factories.user("strategist", brand=task.brand, market=task.market)) == 1

    def test_of_other_markets_count_for_nobody(self):
        task = factories.task()
        assert waiting.cards(factories.user("strategist", brand=task.brand, market="XX")) == 0

    def test_are_no_work_for_analysts(self):
        factories.task()
        assert waiting.cards(factories.user("analyst")) == 0

    def test_are_counted_no_further_than_needed(self, monkeypatch):
        monkeypatch.setattr(waiting, "MOST", 1)
        task = factories.task()
        factories.task(policy=task.policy)
        assert waiting.cards(factories.user("strategist")) == 1


class TestApprovals:
    def test_count_escalated_cards_for_managers(self):
        factories.task(state="escalated")
        assert waiting.approvals(factories.user("manager")) == 1
        assert waiting.approvals(factories.user("strategist")) == 0
