"""Every feature against a case computed by hand (the sums stand beside the cases)."""

import math

import numpy as np
import pytest

from screening.engine import features
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests.engine.profiles import TODAY, measured, raw_table


def dated(name, *points, **more):
    """One profile whose figure has these (day, value) points."""
    return {"history": [(day, {name: value, **more}) for day, value in points]}


def weekly(usual, weekend):
    """Points of a running total over 29 days that gains more on two days of each week."""
    total, points = 1000, [(0, 1000)]
    for day in range(1, 29):
        total += weekend if day % 7 in {2, 3} else usual
        points.append((day, total))
    return points


POOL_CASES = [
    ("platform", {"platform": "tiktok"}, 2),  # second of features.PLATFORMS
    ("followers", {"followers": 1234}, 1234),
    ("following_ratio", {"followers": 1000, "following": 500}, 0.5),
    ("posts", {"posts": 42}, 42),
    ("engagement_rate", {"followers": 1000, "engagement_avg": 30, "likes_avg": 900}, 0.03),  # the stated average wins
    ("engagement_rate", {"followers": 1000, "likes_avg": 40, "comments_avg": 10}, 0.05),
    ("like_rate", {"followers": 1000, "likes_avg": 40}, 0.04),
    ("comment_rate", {"followers": 1000, "comments_avg": 2}, 0.002),
    ("view_rate", {"followers": 1000, "views_avg": 500}, 0.5),
    ("share_rate", {"views_avg": 1000, "shares_avg": 10}, 0.01),
    ("like_per_view", {"views_avg": 1000, "likes_avg": 100}, 0.1),
    ("comment_per_like", {"likes_avg": 200, "comments_avg": 10}, 0.05),
    ("authentic_share", {"engagement_avg": 400, "authentic_avg": 300}, 0.75),
    # +10 % every 30 days, exactly on the line
    ("engagement_trend", dated("engagement_avg", (0, 100), (30, 110), (60, 121), followers=1000), 0.1),
    # log10 rates -4, -3, -2: sd = sqrt(2 / 3)
    ("engagement_spread", dated("engagement_avg", (0, 10), (9, 100), (20, 1000), followers=1e5), math.sqrt(2 / 3)),
    ("growth_rate", dated("followers", (0, 1000), (60, 1210)), 0.1),  # 1.21 in 60 days = 1.1 in 30
    # daily steps x1.1, x1.1, x1.1, x2: the last is 2 / 1.1 above the usual pace
    ("growth_spike", dated("followers", (0, 100), (1, 110), (2, 121), (3, 133.1), (4, 266.2)), 2 / 1.1 - 1),
    ("falling_share", dated("followers", (0, 100), (7, 90), (14, 100), (21, 90), (28, 100)), 0.5),
    ("posting_rate", dated("posts", (0, 10), (28, 18)), 2.0),  # 8 posts in 4 weeks
    ("posting_rate", {"posts": 100, "created": TODAY - 700}, 1.0),  # 100 posts in 100 weeks
    ("reach_rate", {"followers": 1000, "views_30d": 5000}, 5.0),
    ("reach_rate", dated("views_total", (0, 1000), (20, 3000), followers=1000), 3.0),  # 100 a day, 3000 in 30 days
    ("views_per_post", {"views_total": 10_000, "posts": 20}, 500),
    ("lifetime_view_rate", {"views_total": 10_000, "followers": 1000}, 10),
    ("views_per_day", {"views_total": 1000, "created": TODAY - 100}, 10),
    ("account_age", {"created": TODAY - 730.5}, 2.0),
    ("bio_completeness", {"bio": "Recipes. Write to me@mail.com"}, 0.5),  # over 20 bytes, a contact; short, one line
    ("completeness", {"followers": 1, "posts": 1, "categories": ["food"]}, 3 / 8),
    ("figures_age", dated("followers", (TODAY - 40, 5)), 40),
    ("verified", {"verified": 1}, 1),
    ("partner", {"partner": 0}, 0),
    ("mature", {"mature": 1}, 1),
    ("live_rate", {"followers": 1000, "avg_viewers": 50}, 0.05),
    ("viewers_steadiness", {"avg_viewers": 50, "peak_viewers": 200}, 0.25),
    ("watch_rate", {"followers": 1000, "watch_hours": 2000}, 2),
    ("fee_per_thousand", {"followers": 10_000, "fee": 500}, 50),
    # 28 daily gains, 100 but 200 on two days of the week: the weekday tells all
    ("seasonality", dated("views_total", *weekly(100, 200)), 1.0),
    ("posting_gap", dated("gap_days", (0, 12), (300, 4), (360, 9)), 12),
    ("posting_gap", dated("gap_days", (0, 90), (400, 4), (430, 9)), 9),  # the 90 days lie over a year back
    ("posting_gap", dated("posts", (0, 10), (7, 11), (14, 11), (21, 11), (28, 12)), 14),  # no post from day 7 to 21
    # five steps of followers, two of them without a change
    ("stale_share", dated("followers", (0, 9), (7, 9), (14, 8), (21, 8), (28, 7), (35, 6)), 0.4),
    ("misdated_share", dated("followers", (0, 100), (7, 300), (14, 105), (21, 110)), 0.25),  # x3 and back again
    ("misdated_share", {**dated("followers", (0, 100), (7, 101), (14, 102)), "created": 5.0}, 1 / 3),
    ("main_subject", {"bio": "Рецепты и выпечка"}, 3),  # food is the third of SUBJECTS
    ("main_subject", {"categories": ["Travel"], "bio": "cooking"}, 4),  # a category counts three words
    ("subject_focus", {"categories": ["Travel"], "bio": "cooking"}, 0.75),
    (
        "ad_share",
        {
            "history": [
                (0, {"ads": 9, "posted": 9}),
                (400, {"ads": 1, "posted": 4}),
                (430, {"ads": 0, "posted": 6}),
                (431, {"posted": 50}),
            ]
        },
        0.1,
    ),
    ("mention_rate", {"mentions_avg": 0}, 0),
    ("named_by", {"named_by": 7}, 7),
    ("shared_accounts", {"shared_accounts": 0}, 0),
    ("fee_to_usual", {"fee": 600, "usual_fee": 400}, 1.5),
    ("shared_brands", {"shared_brands": 3}, 3),
]


def wished(kind, *words, low=None, high=None):
    """Preferences with one wish."""
    return Preferences((Wish(kind, 0.2, words, low, high),))


# " skin " holds 4 + 3 + 2 = 9 grams of 3, 4, 5 letters; "skin care" holds 18, 9 of them wanted: 9 / sqrt(18 * 9)
HALF = 9 / math.sqrt(18 * 9)
CAMPAIGN_CASES = [
    ("topic_match", {"bio": "Skin"}, wished(WishKind.TOPICS, "skin"), 1.0),
    ("topic_match", {"bio": "skin care"}, wished(WishKind.TOPICS, "skin"), HALF),
    ("topic_match", {"topic": "кожа"}, wished(WishKind.TOPICS, "skin"), 0.0),
    ("topic_match", {"name": "Skin", "bio": "food"}, wished(WishKind.TOPICS, "skin"), HALF + 0.5),
    ("topic_match", {"name": "Skin"}, wished(WishKind.TOPICS, "skin"), math.nan),
    ("category_match", {"categories": ["food", "skin"]}, wished(WishKind.CATEGORIES, "skin care"), HALF),
    ("language_match", {"language": "ru"}, wished(WishKind.LANGUAGE, "RU"), 1.0),
    ("language_match", {"bio": "Рецепты на каждый день недели"}, wished(WishKind.LANGUAGE, "ru"), 1.0),
    ("audience_match", {"audience_country": "India"}, wished(WishKind.AUDIENCE, "Russia"), 0.0),
    ("country_match", {"country": "Russia"}, wished(WishKind.COUNTRY, "russia"), 1.0),
    ("tier_fit", {"followers": 1e6}, wished(WishKind.SIZE, low=1e4, high=1e5), 1.0),  # ten times too many
    ("tier_fit", {"followers": 5e4}, wished(WishKind.SIZE, low=1e4, high=1e5), 0.0),
    ("posting_fit", {"posts": 100, "created": TODAY - 700}, wished(WishKind.POSTING, low=2), 0.5),
    ("fee_to_ceiling", {"fee": 500}, wished(WishKind.PRICE, high=1000), 0.5),
]


class TestBuild:
    @pytest.mark.parametrize(("name", "row", "expected"), POOL_CASES)
    def test_measures_what_the_hand_measures(self, name, row, expected):
        assert measured(name, **row) == pytest.approx(expected, rel=1e-5)

    def test_has_a_hand_case_for_every_feature(self):
        assert {case[0] for case in POOL_CASES + CAMPAIGN_CASES} == set(features.FEATURES)

    def test_knows_nothing_of_an_empty_profile_but_that_it_is_empty(self):
        built = features.build(raw_table([{}]))
        known = {name for name, values in built.items() if not np.isnan(values[0])}
        assert known == {"completeness"}

    @pytest.mark.parametrize("name", ["like_rate", "engagement_rate", "comment_per_like"])
    def test_takes_a_zero_for_a_hidden_figure(self, name):
        assert math.isnan(measured(name, followers=1000, likes_avg=0, comments_avg=5))

    def test_takes_following_nobody_for_what_it_is(self):
        assert measured("following_ratio", followers=1000, following=0) == 0

    def test_takes_each_figure_from_the_newest_row_that_has_it(self):
        history = [(1, {"followers": 10.0, "likes_avg": 5.0}), (2, {"followers": 20.0})]
        assert measured("like_rate", history=history) == pytest.approx(0.25)

    def test_leaves_an_unseen_platform_unknown(self):
        assert math.isnan(measured("platform", platform="myspace"))

    @pytest.mark.parametrize("name", ["engagement_trend", "engagement_spread"])
    def test_sees_no_trend_in_two_points(self, name):
        assert math.isnan(measured(name, **dated("engagement_avg", (0, 10), (60, 20), followers=100)))

    def test_measures_a_profile_the_same_alone_and_among_others(self):
        rows = [case[1] for case in POOL_CASES]
        together = features.build(raw_table(rows))
        for place, row in enumerate(rows):
            alone = features.build(raw_table([row]))
            for name in together:
                np.testing.assert_array_equal(together[name][place], alone[name][0], err_msg=name)


class TestBuildForCampaign:
    @pytest.mark.parametrize(("name", "row", "preferences", "expected"), CAMPAIGN_CASES)
    def test_measures_what_the_hand_measures(self, name, row, preferences, expected):
        found = features.build_for_campaign(raw_table([row]), Criteria(), preferences)
        assert found[name][0] == pytest.approx(expected, rel=1e-5, nan_ok=True)

    def test_asks_less_of_a_long_bio_than_its_length(self):
        word = "kitchengardenwindowmarketsummerwinterspringautumnhousesmount"
        grams = 9 + 3 * len(word) - 3  # " skin " holds 9, a word of n letters n, n - 1 and n - 2 of 3, 4, 5
        found = features.build_for_campaign(
            raw_table([{"bio": f"skin {word}"}]), Criteria(), wished(WishKind.TOPICS, "skin")
        )
        assert found["topic_match"][0] == pytest.approx(9 / math.sqrt(9 * grams) * (grams / 128) ** 0.25, rel=1e-5)

    def test_leaves_alone_what_the_brief_does_not_ask(self):
        found = features.build_for_campaign(raw_table([CAMPAIGN_CASES[0][1]]), Criteria(), Preferences())
        assert all(np.isnan(values).all() for values in found.values())

    def test_takes_a_ceiling_and_languages_from_the_hard_criteria(self):
        found = features.build_for_campaign(
            raw_table([{"fee": 50, "language": "en"}]), Criteria(fee_max=100, languages=("en",)), Preferences()
        )
        assert (found["fee_to_ceiling"][0], found["language_match"][0]) == (0.5, 1.0)

    def test_cannot_tell_a_language_from_a_few_letters(self):
        found = features.build_for_campaign(raw_table([{"bio": "привет"}]), Criteria(languages=("ru",)), Preferences())
        assert math.isnan(found["language_match"][0])
