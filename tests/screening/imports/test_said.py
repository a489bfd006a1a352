"""What is kept of the texts of posts: words, accounts, marks of advertising, silences."""

from datetime import date

import pytest

from screening.imports import load, said
from screening.models import Market, Metrics
from screening.reading import read_market
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


@pytest.mark.django_db
class TestAPostsFile:
    def test_fills_what_a_pool_knows_of_posts(self, tmp_path, monkeypatch):
        monkeypatch.setattr(load, "PAUSE", 0)
        Market.objects.create(code="US", name_en="United States", name_ru="США", country="US", currency="USD")
        posts = [
            ("anna", "Baking bread #ad @ivan @shop", "2017-03-01"), ("anna", "Baking a cake @shop", "2017-03-11"),
            ("anna", "Baking again", "2017-04-20"), ("ivan", "My garden @shop", "2017-04-01"),
            ("ivan", "My garden @mill", "2017-04-02"), ("olga", "Nothing at all", "2017-04-20"),
            ("olga", "Nothing at all", "2017-04-21"),
        ]  # fmt: skip
        rows = "".join(f"{who},900,10,1,{text},{day} 10:00:00\n" for who, text, day in posts)
        path = write(tmp_path / "p.csv", "username,followers,likes,comments,text,date\n" + rows)
        imported(path, market="US")
        anna = Metrics.objects.filter(profile__handle_key="anna").order_by("taken_at")
        assert list(anna.values_list("ads_in_period", "gap_days", "mentions_avg")) == [(1, 10, 1.5), (0, 40, 0.0)]
        assert anna[0].said == [["baking", 2], ["bread", 1], ["cake", 1]]
        assert anna[0].named == [["shop", 2], ["ivan", 1]]
        table = read_market(Market.objects.get(), on=date(2026, 1, 1))
        assert [table.text("topic").at(row) for row in range(3)] == [
            "baking again bread cake", "garden", "nothing"
        ]  # fmt: skip
        assert table.number("named_by").tolist() == [0, 1, 0]
        assert table.number("shared_accounts").tolist() == [1, 1, 0]  # the shop; the mill is named by one alone
