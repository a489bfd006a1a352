"""Who may do what where, and that django-rules says the same."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import RequestContext, Template

from accounts import access
from accounts.models import Role
from tests import factories

pytestmark = pytest.mark.django_db


class TestPermissions:
    @pytest.mark.parametrize("verb", access.MAY)
    @pytest.mark.parametrize("role", Role)
    def test_follow_the_one_table(self, verb, role):
        assert factories.user(role).has_perm(f"hybridmkt.{verb}") == (role in access.MAY[verb])

    def test_ask_for_the_place_of_a_row(self):
        person = factories.user("manager", brand="acme", market="US")
        mine = factories.campaign()
        task = factories.task(factories.recommendation(factories.run(mine)))
        others = [factories.campaign(brand=factories.brand("other")), factories.campaign(market=factories.market("RU"))]
        assert all(person.has_perm("hybridmkt.decide", thing) for thing in (None, mine, task))
        assert not any(person.has_perm("hybridmkt.decide", thing) for thing in others)

    def test_are_for_things_that_lie_somewhere(self):
        with pytest.raises(TypeError, match="Market lies in no brand"):
            factories.user("manager").has_perm("hybridmkt.decide", factories.market())

    def test_do_not_know_what_the_table_does_not(self):
        assert not factories.user("admin").has_perm("hybridmkt.dance")
        with pytest.raises(KeyError):
            access.may(factories.user("admin"), "dance")

    def test_are_nobodys_without_an_account_or_a_live_role(self):
        ended = factories.user("manager")
        ended.memberships.update(ended_at=ended.created_at)
        nobody = [AnonymousUser(), factories.user(), factories.user("manager", is_active=False), ended]
        assert not any(access.may(user, "decide") for user in nobody)
        assert not any(user.has_perm("hybridmkt.decide") for user in nobody)

    def test_stand_in_templates(self, rf):
        request = rf.get("/")
        request.user = factories.user("analyst")
        words = Template("{% if perms.hybridmkt.audit %}reads{% endif %}{% if perms.hybridmkt.run %}runs{% endif %}")
        assert words.render(RequestContext(request)) == "reads"

    def test_read_the_memberships_once(self, django_assert_num_queries):
        person = factories.user("manager")
        with django_assert_num_queries(1):
            for verb in access.MAY:
                person.has_perm(f"hybridmkt.{verb}")
                access.may(person, verb, brand="acme")


class TestScope:
    @pytest.mark.parametrize(
        ("held", "places", "is_covered"),
        [
            ({}, [("", "")], True),
            ({"brand": "acme"}, [("acme", ""), ("acme", "US")], True),
            ({"brand": "acme"}, [("acme", "US"), ("other", "US")], False),
            ({"brand": "acme", "market": "US"}, [("acme", "")], False),
            ({"market": "US"}, [("", "")], False),
            ({"market": "US"}, [], True),
        ],
    )
    def test_covers_whole_places_only(self, held, places, is_covered):
        found = access.scope(factories.user("analyst", **held))
        assert found.covers(places, {"analyst"}) == is_covered
        assert not found.covers([("acme", "US")], {"manager"})
