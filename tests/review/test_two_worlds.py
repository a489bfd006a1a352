"""Until a view is committed nothing that a reviewer can reach gives a sealed verdict away: two worlds look the same."""

import pytest
from django.db import transaction

from review import seals
from review.models import ReviewTask
from screening import sealed
from tests.review import worlds


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two worlds are one that is turned; everything happens in a transaction that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build(tmp_path_factory.mktemp("worlds"))
        transaction.set_rollback(True)


pytestmark = [pytest.mark.django_db, pytest.mark.once("the bytes of pages are made by the same code")]


class TestEveryAddress:
    @pytest.mark.parametrize("who", ["strategist", "expert", "manager"])
    def test_answers_a_reviewer_byte_for_byte_the_same_in_both_worlds(self, world, who):
        assert worlds.differences(world, who) == {}

    def test_tells_an_analyst_which_world_it_is(self, world):
        found = worlds.differences(world, "analyst", names={"run", "audit", "api-recommendations"})
        assert len(found) >= 3


class TestALeak:
    """The crawl finds what is planted."""

    @pytest.mark.parametrize(
        ("room", "what", "leaks", "where"),
        [
            (seals, "hidden_among", lambda tasks, user: set(), "queue"),
            (sealed, "profiles", lambda campaign, user=None: frozenset(), "run"),
            (seals, "hides", lambda task, user: False, "queue-card"),
            (
                seals,
                "hidden_of",
                lambda creator, user: ReviewTask.objects.none().values_list("campaign", "pk"),
                "creator",
            ),
        ],
    )
    def test_in_one_page_is_found(self, world, monkeypatch, room, what, leaks, where):
        monkeypatch.setattr(room, what, leaks)
        assert worlds.differences(world, "strategist", names={where})

    def test_hides_behind_no_address_that_nobody_has_a_rule_for(self, monkeypatch):
        monkeypatch.delitem(worlds.PARAMETERS, "task_id")
        with pytest.raises(worlds.NoRule, match="task_id"):
            list(worlds.addresses())
