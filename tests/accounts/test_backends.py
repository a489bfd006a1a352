"""Whoever is signed in comes with their memberships."""

import pytest

from accounts import access
from accounts.backends import Backend
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_person_comes_with_their_scope_in_one_query(django_assert_num_queries):
    person = factories.user("strategist", "manager", brand="acme")
    with django_assert_num_queries(1):
        found = Backend().get_user(person.pk)
        assert access.scope(found).roles == {"strategist", "manager"}
    assert access.scope(found) == access.scope(person)


def test_a_role_that_ended_is_not_among_them():
    person = factories.user("strategist", "manager")
    person.memberships.filter(role="manager").update(ended_at="2026-01-01T00:00Z")
    assert access.scope(Backend().get_user(person.pk)).roles == {"strategist"}


def test_a_person_without_a_role_is_found_too():
    person = factories.user()
    assert Backend().get_user(person.pk) == person


def test_a_person_who_may_not_sign_in_is_nobody():
    person = factories.user("strategist")
    person.is_active = False
    person.save()
    assert Backend().get_user(person.pk) is None
