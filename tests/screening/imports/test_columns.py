"""Columns are guessed from names and values, and a person has the last word."""

import pytest

from screening.imports.columns import UnknownTarget, correct, guess_mapping

COUNTRIES = ["Spain", "India", "United States", "Brazil", "India", "Spain", "India", "Россия"]


def table(**columns):
    return tuple(columns), [list(row) for row in zip(*columns.values(), strict=True)]


def named(names, *columns):
    return tuple(names), [list(row) for row in zip(*columns, strict=True)]


def targets(columns, rows, **options):
    return guess_mapping(columns, rows, **{"platform": "instagram", **options}).targets()


class TestNamesAndValues:
    def test_a_name_that_the_values_contradict_does_not_count(self):
        found = targets(*named(["username", "Likes avg"], [f"u{n}" for n in range(8)], COUNTRIES))
        assert found["Likes avg"] == "country"

    def test_knows_english_and_russian_names(self):
        columns, rows = named(
            ["Ник", "Имя", "Подписчики", "Подписки", "Средние лайки", "Страна", "Тематика", "ER, %"],
            ["anna", "ivan"], ["Анна Б.", "Иван К."], ["19 тыс.", "1,2 млн"], ["10", "20"], ["5", "6"],
            ["Россия", "США"], ["еда", "дом"], ["9,4", "3,1"],
        )  # fmt: skip
        assert list(targets(columns, rows).values()) == [
            "handle", "name", "followers", "following", "likes_avg", "country", "category", "engagement_rate",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ["Likes per post", "Лайки на пост", "Лайков на публикацию", "Лайки в среднем"])
    def test_knows_means_by_what_they_are_of(self, name):
        found = targets(*named(["username", "followers", name], ["a", "b"], ["100", "200"], ["5", "6"]))
        assert found[name] == "likes_avg"

    @pytest.mark.parametrize("label", ["fake", "bought", "organic", "is_fake_campaign", "label", "is_bot"])
    def test_never_takes_a_label_as_an_input(self, label):
        found = targets(*named(["username", "followers", label], ["a", "b"], ["1", "2"], ["1", "0"]))
        assert found[label] == ""

    def test_leaves_contacts_and_row_numbers_out(self):
        columns, rows = named(
            ["S.no", "username", "email_mgr", "Rank"], ["1", "2"], ["a", "b"], ["a@x.org", "b@x.org"], ["1st", "2nd"]
        )
        assert list(targets(columns, rows).values()) == ["", "handle", "", ""]

    def test_keeps_the_plain_one_of_two_ways_of_writing(self):
        columns, rows = named(
            ["username", "Followers", "Followers (2)"], list("abcd"), ["477.9M", "5M", "10K", "34.5K"],
            ["477900000", "5000000", "10000", "34500"],
        )  # fmt: skip
        mapping = guess_mapping(columns, rows, platform="instagram")
        assert mapping.targets() == {"username": "handle", "Followers": "", "Followers (2)": "followers"}
        assert mapping.guesses[1].why == "twin"

    def test_notices_a_header_of_another_table(self):
        authentic = [str(200_000 + n) for n in range(8)]
        whole = [str(300_000 + 2 * n) for n in range(8)]
        columns, rows = named(
            ["username", "Views avg.", "Likes avg", "Comments avg."],
            [f"u{n}" for n in range(8)],
            COUNTRIES,
            authentic,
            whole,
        )
        mapping = guess_mapping(columns, rows, platform="instagram")
        assert list(mapping.targets().values()) == ["handle", "country", "authentic_avg", "engagement_avg"]
        assert {guess.confidence for guess in mapping.guesses[1:]} == {"doubtful"}
        assert mapping.oddities == ("headers_contradicted",)

    def test_believes_likes_and_comments_where_likes_are_more(self):
        found = targets(
            *named(["username", "Likes avg", "Comments avg."], list("abc"), ["50", "60", "70"], ["1", "2", "80"])
        )
        assert list(found.values())[1:] == ["likes_avg", "comments_avg"]


class TestAccounts:
    HANDLES, NAMES = ["anna.b", "ivan_k", "olga"], ["Анна Б.", "Ivan K", "Ольга 🌸"]

    @pytest.mark.parametrize(
        "header", [["Instagram name", "Name"], ["Name", "Instagram name"], ["instagram name", "influencer name"]]
    )
    def test_tells_the_handle_from_the_name_by_the_values(self, header):
        assert list(targets(*named(header, self.HANDLES, self.NAMES)).values()) == ["handle", "name"]
        assert list(targets(*named(header, self.NAMES, self.HANDLES)).values()) == ["name", "handle"]

    def test_takes_the_handle_from_links(self):
        links = [f"https://www.youtube.com/@user{n}" for n in range(3)]
        mapping = guess_mapping(*named(["url", "name"], links, ["One", "Two Three", "Four"]), file_name="list.csv")
        assert (mapping.platform, mapping.targets()) == ("youtube", {"url": "url", "name": "name"})

    def test_gives_columns_of_another_platform_to_it(self):
        columns, rows = named(
            ["creator_id", "youtube_id", "twitch_id", "youtube_total_views", "twitch_followers"], ["k1", "k2"],
            ["UCw2CTp01JDHoyH-4tFX9UlA", "UCRf7OJA3azS4RsGd_G96FUw"], ["zhou", "mia"], ["5", "6"], ["7", "8"],
        )  # fmt: skip
        assert list(targets(columns, rows, platform="youtube").values()) == [
            "creator_key", "handle", "twitch.handle", "views_total", "twitch.followers",
        ]  # fmt: skip

    def test_finds_the_platform_in_the_name_of_the_file(self):
        columns, rows = named(["channel", "followers"], ["a", "b"], ["1", "2"])
        assert guess_mapping(columns, rows, file_name="twitchdata-update.csv").platform == "twitch"
        assert guess_mapping(columns, rows, file_name="list.csv").platform == ""


class TestKinds:
    def test_tells_posts_by_repeated_accounts(self):
        columns, rows = named(
            ["USERNAME", "LIKES", "COMMENTS", "TEXT"], ["anna"] * 6 + ["ivan"] * 6, list("123456789123"),
            list("111111111111"), [f"text {n}" for n in range(12)],
        )  # fmt: skip
        assert guess_mapping(columns, rows, platform="instagram").kind == "posts"

    def test_tells_figures_by_ids_without_handles(self):
        columns, rows = named(["creator_id", "youtube_subscribers"], ["k1", "k2"], ["5", "6"])
        assert guess_mapping(columns, rows).kind == "figures"


class TestCorrect:
    def mapping(self):
        return guess_mapping(
            *named(["username", "Followers", "Reach"], ["a", "b"], ["5", "6"], ["70", "80"]), platform="instagram"
        )

    def test_takes_the_field_from_the_guessed_column(self):
        corrected = correct(self.mapping(), {"Reach": "followers"})
        assert corrected.targets() == {"username": "handle", "Followers": "", "Reach": "followers"}
        assert corrected.guesses[2].why == "given"

    @pytest.mark.parametrize("wrong", [{"Reach": "planet"}, {"Town": "name"}, {"Reach": "myspace.followers"}])
    def test_refuses_what_does_not_exist_and_says_what_does(self, wrong):
        with pytest.raises(UnknownTarget, match=r"allowed|it has"):
            correct(self.mapping(), wrong)

    def test_refuses_two_columns_for_one_field_and_names_both(self):
        with pytest.raises(UnknownTarget, match="'Followers' and 'Reach'"):
            correct(self.mapping(), {"Followers": "followers", "Reach": "followers"})

    def test_takes_several_columns_for_topics(self):
        corrected = correct(self.mapping(), {"Followers": "category", "Reach": "category"})
        assert list(corrected.targets().values()) == ["handle", "category", "category"]
