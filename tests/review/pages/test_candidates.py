"""A ranking of which some are before people: what nobody is asked about is folded, and can be put before a person."""

import re

import pytest

from review.models import Arm, ReviewTask
from screening.models import Exposure, Profile
from tests.review import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path, settings):
    made = worlds.build(tmp_path)
    for name, value in made.own.items():
        setattr(settings, name, value)
    ReviewTask.objects.filter(arm=Arm.BLIND).exclude(pk=made.task.pk).update(arm=Arm.AI_FIRST, lane="top")
    return made


@pytest.fixture
def elena(world, client):
    client.force_login(world.readers["strategist"], worlds.BACKEND)
    return client


def free(world):
    """Return answers of the run about which nobody is asked, by rank."""
    return list(world.run.recommendations.filter(task__isnull=True).order_by("rank"))


class TestFolded:
    def test_ranks_stand_in_one_line_that_a_link_opens(self, world, elena):
        url = f"/runs/{world.run.pk}/"
        page = elena.get(url).content.decode()
        first, said = re.search(r'<tr id="r(\d+)">.*?<span class="small soft">([^<]*)<', page).groups()
        assert "not asked this time: " in said
        assert f"?open={first}#r{first}" in page
        opened = elena.get(f"{url}?open={first}").content.decode()
        assert opened.count('name="p"') > page.count('name="p"')

    def test_ranks_are_not_noted_as_seen(self, world, elena):
        reader = world.readers["strategist"]
        Exposure.objects.filter(user=reader).delete()
        page = elena.get(f"/runs/{world.run.pk}/").content.decode()
        seen = set(Exposure.objects.filter(user=reader).values_list("creator", flat=True))
        shown = {one.creator_id for one in Profile.objects.all() if f"/runs/{world.run.pk}/creators/{one.pk}/" in page}
        assert seen == shown
        assert seen < set(world.run.recommendations.values_list("creator", flat=True))


class TestAsk:
    def test_puts_the_picked_before_a_person(self, world, elena):
        one, other = free(world)[:2]
        known = world.run.recommendations.filter(task__isnull=False).exclude(task=world.task).first()
        page = elena.get(f"/runs/{world.run.pk}/?list=shown&sort=p").content.decode()
        assert f'formaction="/runs/{world.run.pk}/ask/"' in page
        asked = elena.get(f"/runs/{world.run.pk}/ask/?p=1,2,3,4").content.decode()
        assert "has a card already" in asked
        sent = {"profile": [one.profile_id, other.profile_id, known.profile_id]}
        answer = elena.post(f"/runs/{world.run.pk}/ask/", sent, follow=True)
        assert b"3 creators stand before a person now." in answer.content
        made = ReviewTask.objects.filter(recommendation__in=[one, other])
        assert [task.reasons[0][0] for task in made] == ["asked", "asked"]

    @pytest.mark.parametrize("query", ["", "?p=0", "?p=x", "?p=999999"])
    def test_says_so_where_nobody_is_picked(self, world, elena, query):
        assert b"Nobody is picked" in elena.get(f"/runs/{world.run.pk}/ask/{query}").content

    def test_asks_about_all_of_them_or_nobody(self, world, elena):
        before = ReviewTask.objects.count()
        sent = {"profile": [free(world)[0].profile_id, 999_999]}
        answer = elena.post(f"/runs/{world.run.pk}/ask/", sent, follow=True)
        assert b"not in the ranking" in answer.content
        assert ReviewTask.objects.count() == before

    def test_shows_no_sealed_one_under_any_rank(self, world, elena):
        name = world.task.recommendation.creator.name
        for first in range(1, world.run.funnel["ranked"] + 1, 4):
            picked = ",".join(str(n) for n in range(first, first + 4))
            assert name not in elena.get(f"/runs/{world.run.pk}/ask/?p={picked}").content.decode()
