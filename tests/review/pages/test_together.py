"""Together on the desk: words before there is a record, a number after, the same from the server as it is typed."""

import pytest

from review import together
from tests import factories as make
from tests.review.test_together import many, seen  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(signed_in, words):
    """What the server says of a desk as it stands: `shown(elena, task, gut_rating=5)`."""

    def read(user, task, **scales):
        return words(signed_in(user).post(f"/queue/{task.pk}/together/", scales))

    return read


class TestBeforeARecord:
    def test_speaks_in_words_and_says_it_is_provisional(self, shown, elena, card):
        page = shown(elena, card(), gut_rating=1)
        assert "AI: leaning yes, you disagree" in page
        assert "provisional" in page
        assert "Not learned: 0 of 50 results" in page

    def test_gives_no_number_for_together(self, signed_in, elena, card):
        page = signed_in(elena).post(f"/queue/{card().pk}/together/", {"gut_rating": 5}).content.decode()
        assert "tg-n" not in page
        assert "tg-both" not in page

    def test_stands_on_the_card_after_saving_without_script(self, signed_in, elena, card, sent, words):
        task = card()
        browser = signed_in(elena)
        browser.get(f"/queue/{task.pk}/")
        answer = browser.post(f"/queue/{task.pk}/decide/", sent(task, gut_rating=5), follow=True)
        assert "AI: leaning yes, you agree" in words(answer)

    def test_of_an_unsure_ai_says_where_the_person_leans(self, shown, elena, card):
        assert "you lean to yes" in shown(elena, card("unsure"), cultural_fit=4)


class TestWithARecord:
    def test_gives_a_number_whose_steps_make_it_up(self, seen, shown, elena, card, now):  # noqa: F811
        many(seen)
        together.refit(make.market(), now=now)
        page = shown(elena, card(), gut_rating=5)
        assert "provisional" in page
        assert "Fitted on 50 results of this market, weights 1" in page
        assert "gut rating +" in page

    def test_is_never_under_five_or_over_95(self, seen, shown, elena, card, now):  # noqa: F811
        many(seen)
        together.refit(make.market(), now=now)
        assert "95%" in shown(elena, card(p_u6=990_000), gut_rating=5)


class TestWhoSeesIt:
    def test_is_not_there_while_the_card_is_sealed(self, signed_in, elena, card):
        task = card(arm="blind")
        assert signed_in(elena).post(f"/queue/{task.pk}/together/", {"gut_rating": 5}).status_code == 404
        assert 'id="together"' not in signed_in(elena).get(f"/queue/{task.pk}/").content.decode()

    def test_of_another_market_is_not_found(self, signed_in, card):
        stranger = make.user("strategist", brand="acme", market="RU")
        assert signed_in(stranger).post(f"/queue/{card().pk}/together/").status_code == 404

    def test_saves_nothing(self, signed_in, elena, card):
        task = card()
        signed_in(elena).post(f"/queue/{task.pk}/together/", {"gut_rating": 5})
        assert not task.overlays.exists()
