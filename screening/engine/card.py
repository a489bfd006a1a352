"""The expert points card: what experience says before any outcome is known, compiled to additive tables.

Each line: the feature, its points at a few values (straight lines between them on the feature's scale, flat beyond),
what a missing cell adds relative to the average known one, and why. Points count before weights of a brief. House rule
throughout: nothing here was learned, and the model says so (is_prior).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from screening.engine.codes import grid_key, middles
from screening.engine.features import CHOICE, FEATURES, LOG, Feature
from screening.engine.raw import Doubles
from screening.engine.tables import POINTS, Model, snapped

CARD_VERSION = "1"
PRICED = "fee_per_thousand"  # the one line in money: US dollars here, the market's currency in its tables


@dataclass(frozen=True)
class Line:
    """One feature of the card. at: (value, points) by rising value, or (choice, points). missing: points, 0 or less."""

    feature: str
    at: Sequence[tuple[float | str, float]]
    missing: float
    why: str


CARD = (
    Line("platform", (("youtube", 1.5), ("telegram", 1.5), ("vk", 1), ("dzen", 1), ("instagram", 0), ("tiktok", 0),
                      ("twitch", -1)), 0,
         "Videos and posts that are found for weeks, with a link to click, sell longer than what scrolls away."),
    Line("followers", ((1e2, -6), (1e3, -2), (1e4, 2), (1e5, 3), (5e5, 2), (3e6, 0), (5e7, -2)), -2,
         "Too small is too few people; stars are watched by everybody and trusted on nothing."),
    Line("following_ratio", ((1e-4, 2), (0.1, 0), (1, -4), (3, -6)), 0,
         "Who follows as many as follow back has traded follows, not won readers."),
    Line("posts", ((10, -3), (100, 0), (1000, 2), (1e4, 3)), 0, "A long body of work is habit, and habit keeps dates."),
    Line("engagement_rate", ((5e-4, -8), (5e-3, -3), (0.02, 1), (0.06, 6), (0.2, 8)), -1.5,
         "Reactions per follower are the nearest public sign that an audience is listening."),
    Line("like_rate", ((5e-4, -3), (5e-3, -1), (0.03, 1), (0.15, 3)), 0,
         "Likes are the cheapest reaction: the same sign, weaker."),
    Line("comment_rate", ((3e-6, -4), (1e-4, -1), (1e-3, 2), (1e-2, 4)), -0.5,
         "A comment costs a reader effort; few fake them well."),
    Line("view_rate", ((0.01, -6), (0.1, -1), (0.5, 3), (2, 6)), -0.5,
         "Views against followers show how much of the audience still watches."),
    Line("share_rate", ((1e-4, -3), (1e-3, 0), (0.01, 3), (0.05, 5)), 0,
         "What is passed on reaches people nobody paid for."),
    Line("like_per_view", ((5e-3, -3), (0.03, 0), (0.1, 3)), 0, "Of those who watched, how many liked it."),
    Line("comment_per_like", ((5e-4, -4), (5e-3, 0), (0.03, 2), (0.2, 0), (0.6, -4)), 0,
         "Likes without a word look bought; more talk than likes looks like a giveaway or a quarrel."),
    Line("authentic_share", ((0.2, -8), (0.5, -2), (0.75, 2), (0.95, 4)), 0,
         "Reactions that a detector believes are real are the only ones that can buy."),
    Line("engagement_trend", ((-0.3, -5), (-0.05, 0), (0, 1), (0.1, 3), (0.4, 4)), -0.5,
         "An audience that listens less each month will listen less still when the post is out."),
    Line("engagement_spread", ((0.03, 3), (0.15, 1), (0.4, -2), (0.9, -5)), -0.5,
         "A steady creator can be forecast; one hit in ten cannot."),
    Line("growth_rate", ((-0.1, -5), (-0.01, -1), (0.01, 1), (0.05, 3), (0.2, 1), (0.6, -3)), -0.5,
         "Growth is demand; growth out of all proportion is bought or a passing wave."),
    Line("growth_spike", ((1e-3, 2), (0.02, 0), (0.15, -3), (1, -6)), 0,
         "One jump above the account's own pace is what bought followers look like in a series."),
    Line("falling_share", ((0, 1.5), (0.3, -1), (0.7, -4)), 0,
         "Followers that leave week after week have stopped caring."),
    Line("posting_rate", ((0.05, -5), (0.5, -1), (2, 2), (7, 2), (30, -1), (100, -4)), -0.5,
         "Silence lets an audience go; a flood of posts buries a paid one."),
    Line("reach_rate", ((0.01, -4), (0.3, 0), (3, 4), (30, 5)), -0.5,
         "What was watched last month, not what once was."),
    Line("views_per_post", ((1e2, -4), (1e4, 0), (1e6, 4)), 0, "Views a post are the reach that a fee is paid for."),
    Line("lifetime_view_rate", ((3, -3), (50, 0), (500, 3)), 0, "Many views for each follower: people come back."),
    Line("views_per_day", ((1, -3), (100, 0), (1e5, 3)), 0,
         "All views over all days: a long, thin record still counts."),
    Line("account_age", ((0.2, -5), (1, -1), (3, 1), (8, 2)), -0.5,
         "New accounts vanish, and nobody has seen them through a bad month."),
    Line("bio_completeness", ((0, -1), (0.5, 0.5), (1, 2)), 0,
         "A bio with a contact belongs to somebody who wants to work."),
    Line("completeness", ((0.1, -3), (0.5, 0), (0.9, 2)), 0, "The less is known, the more a yes is a guess."),
    Line("figures_age", ((3, 1.5), (30, 0.5), (90, -1), (365, -3), (1500, -5)), -3,
         "Old figures describe somebody else's audience."),
    Line("verified", ((0, 0), (1, 2)), 0, "The platform has checked who it is."),
    Line("partner", ((0, 0), (1, 3)), 0, "Partners have met the platform's bar for regular work and viewers."),
    Line("mature", ((0, 0), (1, -3)), 0, "Most brands cannot stand beside a channel marked for adults."),
    Line("live_rate", ((5e-4, -3), (5e-3, 0), (0.03, 3)), 0, "Of all followers, how many come when it is live."),
    Line("viewers_steadiness", ((0.05, -3), (0.25, 0), (0.5, 2)), 0,
         "An average near the peak means a crowd of one's own, not one raid."),
    Line("watch_rate", ((1, -2), (20, 0), (200, 2)), 0, "Hours watched are attention that a clip does not get."),
    Line("fee_per_thousand", ((1, 4), (10, 1), (50, -2), (300, -6)), 0, "The same people for less money."),
    Line("topic_match", ((0, -5), (0.04, -2), (0.1, 3), (0.2, 8), (0.35, 11)), -0.5,
         "An audience that came for the topic is the one that buys it."),
    Line("category_match", ((0.05, -5), (0.3, 0), (0.7, 6), (1, 8)), -1,
         "Category is the coarse form of the topic, and is known of more people."),
    Line("language_match", ((0, -10), (1, 2)), -1, "Who writes in another language is read by other people."),
    Line("audience_match", ((0, -9), (1, 5)), -1, "A reader in another country cannot buy."),
    Line("country_match", ((0, -4), (1, 2)), 0,
         "A creator who lives elsewhere can still be read at home, more seldom."),
    Line("tier_fit", ((0, 3), (0.3, -2), (1, -8), (2, -10)), -2,
         "The brief asks for a size; ten times off is another kind of campaign."),
    Line("posting_fit", ((0.1, -5), (0.5, -2), (1, 3), (2, 4)), -0.5, "The brief asks for a rhythm."),
    Line("fee_to_ceiling", ((0.1, 5), (0.5, 3), (1, -2), (1.5, -10)), 0,
         "What is left of the budget buys the next creator."),
)  # fmt: skip


def compile_card(card: Sequence[Line] = CARD, *, version: str = CARD_VERSION, dollar: float | None = 1.0) -> Model:
    """Compile a points card to tables in log-odds on the current grid; the same card has the same key.

    dollar: what a US dollar is worth in the market's currency, roughly; None: not known, the price line is left out.
    """
    card = [line for line in (_priced(line, dollar) for line in card) if line]
    tables = np.stack([_table(line) for line in card]) / POINTS
    steps = np.array([line.missing for line in card], np.float32) / POINTS
    return Model(
        kind="card",
        version=version,
        grid=grid_key(),
        features=tuple(line.feature for line in card),
        b0=0.0,
        tables=snapped(tables),
        missing_step=steps.astype(np.float32),
        is_prior=True,
    )


def reasons(card: Sequence[Line] = CARD) -> Mapping[str, str]:
    """Return why each feature has its points, for the model card."""
    return {line.feature: line.why for line in card}


def _priced(line: Line, dollar: float | None) -> Line | None:
    if line.feature != PRICED or dollar is None:
        return None if line.feature == PRICED else line
    return replace(line, at=[(float(price) * dollar, points) for price, points in line.at])


def _table(line: Line) -> Doubles:
    feature, values = FEATURES[line.feature], middles(line.feature).astype(np.float64)
    found = np.zeros(256)
    known = ~np.isnan(values)
    found[known] = (
        _chosen(feature, line, values[known]) if feature.scale == CHOICE else _bent(feature, line, values[known])
    )
    return found


def _chosen(feature: Feature, line: Line, values: Doubles) -> Doubles:
    points = dict(line.at)
    return np.array([points.get(feature.choices[int(value) - 1], 0.0) for value in values], np.float64)


def _bent(feature: Feature, line: Line, values: Doubles) -> Doubles:
    at, points = np.array(line.at, np.float64).T
    if feature.scale == LOG:  # a bend at 1 % and 10 % is a straight line between them in decades, not in percent
        return np.interp(np.log10(values), np.log10(at), points)
    return np.interp(values, at, points)
