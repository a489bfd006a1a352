"""What looks at flags tend to find, on the pages of a run and of a model: where a run froze it, or what is lacking."""

import pytest

from screening import lookouts, training
from screening.models import Lookout, ScoringModel, ScreeningRun
from tests import factories as f
from tests.screening.conftest import NOW, browser
from tests.screening.schooling import screened
from tests.screening.test_lookouts import found, teach

pytestmark = pytest.mark.django_db


def shown(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


class TestPages:
    @pytest.fixture(scope="class")
    @classmethod
    def begins_with(cls, share):
        def build():
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(lookouts, "_readers", [found])
                teach(NOW)
                screened(ScreeningRun.objects.get().campaign, now=NOW)

        yield from share(build)

    @pytest.fixture
    def run(self):
        return ScreeningRun.objects.order_by("pk").last()

    @pytest.fixture
    def model(self):
        return ScoringModel.objects.get(state="active")

    def test_of_one_and_of_two_say_it_of_who_bears_a_flag(self, run, strategist):
        odd = run.recommendations.get(profile__handle="odd")
        other = next(one for one in run.recommendations.order_by("rank") if not one.flags)
        looks = Lookout.objects.get().looks
        page = shown(strategist, f"/runs/{run.pk}/creators/{odd.profile_id}/")
        assert "Chance that a look at such flags finds a reason to hold back:" in page
        assert f"by {looks} closed investigations of this market. What carries most of it: Reactions:" in page
        assert "finds a reason" not in shown(strategist, f"/runs/{run.pk}/creators/{other.profile_id}/")
        both = shown(strategist, f"/runs/{run.pk}/compare/?p={odd.rank},{other.rank}")
        assert both.count("finds a reason to hold back") == 1

    def test_of_the_run_before_say_nothing(self, strategist):
        first = ScreeningRun.objects.order_by("pk").first()
        odd = first.recommendations.get(profile__handle="odd")
        assert "finds a reason" not in shown(strategist, f"/runs/{first.pk}/creators/{odd.profile_id}/")

    def test_of_the_model_say_what_it_learned_from_and_what_labels_add(self, model, as_role):
        page, told = shown(as_role("manager"), f"/models/{model.pk}/"), Lookout.objects.get()
        assert (
            f"Version 1, investigations: {told.looks}, with a reason to hold back: {told.reasons}, "
            f"creators: {told.creators}" in page
        )
        assert "about creators it had not seen; the plain sum of the signs does in" in page

    def test_of_the_model_say_it_in_russian(self, model):
        boss = f.user("manager", brand="acme", market="US", language="ru")
        page = shown(browser(boss), f"/models/{model.pk}/")
        assert "Разборы отметок" in page
        assert "по авторам, которых не было в обучении" in page

    def test_of_the_model_take_at_most_twelve_statements(self, model, as_role, django_assert_max_num_queries):
        boss = as_role("manager")
        for kept in (training._loaded, lookouts.load):
            kept.cache_clear()
        with django_assert_max_num_queries(12):
            boss.get(f"/models/{model.pk}/")


class TestBelowTheMinimum:
    def test_the_model_says_how_many_there_are_of_how_many(self, as_role, monkeypatch):
        one = f.model(f.market())
        boss = as_role("manager")
        monkeypatch.setattr(
            lookouts, "_readers", [lambda _market: [lookouts.Label(1, n, "engagement_rate:high", n < 5, NOW.date())
                                                    for n in range(12)]]
        )  # fmt: skip
        page = shown(boss, f"/models/{one.pk}/")
        assert (
            "whether there was a reason to hold back: 12, with a reason: 5. 200 are needed, 30 of either kind" in page
        )

    def test_the_model_says_where_they_are_enough_to_learn_from(self, as_role, monkeypatch):
        one = f.model(f.market())
        monkeypatch.setattr(
            lookouts, "_readers", [lambda _market: [lookouts.Label(1, n, "engagement_rate:high", n < 30, NOW.date())
                                                    for n in range(200)]]
        )  # fmt: skip
        assert "200, enough. It is learned with the market’s model" in shown(as_role("manager"), f"/models/{one.pk}/")
