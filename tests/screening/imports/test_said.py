"""What is kept of the texts of posts: words, accounts, marks of advertising, silences."""

from datetime import date

import numpy as np
import pytest

from screening.imports import load, said
from screening.models import Market, Metrics
from screening.reading import read_market
from tests import factories as f
from tests.screening.imports.files import write
from tests.screening.imports.loads import imported


class TestIsAd:
    @pytest.mark.parametrize(
        "text",
        [
            "New serum #ad",
            "Love it! #Sponsored",
            "Реклама. ООО «Ромашка», erid: 2Vtzq",
            "Пост #реклама",
            "#gifted by x",
        ],
    )
    def test_is_what_bears_a_mark(self, text):
        assert said.is_ad(text)

    @pytest.mark.parametrize("text", ["", "#adventure #shadow", "They said: bad ad", "Как снять рекламу самому"])
    def test_is_no_guess_about_the_rest(self, text):
        assert not said.is_ad(text)


class TestWords:
    def test_names_words_and_accounts_once_without_links_addresses_and_common_words(self):
        text = "Cooking with @Anna.K and @anna.k! Рецепт #Выпечка cooking from https://x.org/page me@mail.com"
        assert dict(said.words(text)) == {
            "said": ["cooking", "рецепт", "выпечка"], "named": ["anna.k"]
        }  # fmt: skip

    def test_tells_who_hired_a_post_that_is_marked_as_advertising(self):
        assert dict(said.words("Bread #ad @shop @mill"))["hired"] == ["shop", "mill"]
        assert "hired" not in dict(said.words("Bread @shop"))


@pytest.mark.django_db
class TestAPostsFile:
    def test_fills_what_a_pool_knows_of_posts(self, tmp_path, monkeypatch):
        monkeypatch.setattr(load, "PAUSE", 0)
        Market.objects.create(code="US", name_en="United States", name_ru="США", country="US", currency="USD")
        posts = [
            ("anna", "Baking bread #ad @ivan @shop", "2017-03-01"), ("anna", "Baking a cake @shop", "2017-03-11"),
            ("anna", "Baking again", "2017-04-20"), ("ivan", "My garden @shop", "2017-04-01"),
            ("ivan", "My garden @mill", "2017-04-02"), ("olga", "Nothing at all", "2017-04-20"),
            ("olga", "Nothing at all", "2017-04-21"), ("vera", "My soup #ad @shop @well", "2017-04-03"),
            ("vera", "My soup @mill", "2017-04-05"),
        ]  # fmt: skip
        rows = "".join(f"{who},900,10,1,{text},{day} 10:00:00\n" for who, text, day in posts)
        path = write(tmp_path / "p.csv", "username,followers,likes,comments,text,date\n" + rows)
        imported(path, market="US")
        anna = Metrics.objects.filter(profile__handle_key="anna").order_by("taken_at")
        assert list(anna.values_list("ads_in_period", "gap_days", "mentions_avg")) == [(1, 10, 1.5), (0, 40, 0.0)]
        assert anna[0].said == [["baking", 2], ["bread", 1], ["cake", 1]]
        assert anna[0].named == [["shop", 2, 1], ["ivan", 1, 1]]
        table = read_market(Market.objects.get(), on=date(2026, 1, 1))
        assert [table.text("topic").at(row) for row in range(3)] == [
            "baking again bread cake", "garden", "nothing"
        ]  # fmt: skip
        assert table.number("named_by").tolist() == [0, 1, 0, 0]
        assert table.number("shared_accounts").tolist() == [1, 2, 0, 2]  # shop and mill; the well is named by one alone
        # The shop hired Anna and Vera; Ivan names it without being hired, and he is no brand but a creator himself.
        assert table.number("shared_brands").tolist() == [1, 0, 0, 1]

    def test_knows_no_brands_of_posts_that_an_earlier_release_read(self):
        market = f.market()
        for ads in ([1], []):
            f.metrics(f.profile(), said=[["bread", 1]], named=[["shop", 1, *ads]])
        table = read_market(market, on=date(2026, 12, 1))
        assert np.array_equal(table.number("shared_brands"), [0, np.nan], equal_nan=True)
        assert table.number("shared_accounts").tolist() == [1, 1]
