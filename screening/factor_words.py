"""How each feature is spoken of, and how its value is written. Words are made at the face, in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import wording

Words = str | Promise
Format = Callable[[float], str]


def compact(value: float) -> str:
    """Return a count as people say it: 940, 214k, 1.2M."""
    for unit, word in ((1e9, _("%(n)sB")), (1e6, _("%(n)sM")), (1e3, _("%(n)sk"))):
        if abs(value) >= unit * 0.9995:
            short = value / unit
            return str(word) % {"n": wording.number(short, 0 if abs(short) >= 99.95 or short == int(short) else 1)}
    return wording.number(value, 0 if value == int(value) or abs(value) >= 100 else 1)


def figure(value: float) -> str:
    """Return a number with two or three figures that count: 12.5, 0.021, 340."""
    size = abs(value)
    decimals = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return wording.number(value, decimals)


def share(value: float) -> str:
    """Return a share as a percentage, with decimals only where it is small."""
    percent = abs(value) * 100
    return wording.share(
        value, 0 if percent >= 10 or percent == 0 else 1 if percent >= 1 else 2 if percent >= 0.1 else 3
    )


def change(value: float) -> str:
    """Return a signed percentage: +4.2%, −12%."""
    return f"+{share(value)}" if value > 0 else share(value)


def _hundredfold(value: float) -> str:
    return figure(value * 100)


def _times(value: float) -> str:
    return figure(10**value)


@dataclass(frozen=True)
class Said:
    """How one feature is spoken of. no: the sentence where a yes/no feature is no, or a distance is nothing."""

    name: Words
    sentence: Words
    format: Format = figure
    no: Words = ""


FEATURES: Mapping[str, Said] = {
    "platform": Said(_("Platform"), _("On %(value)s"), str),
    "followers": Said(_("Followers"), _("%(value)s followers"), compact),
    "following_ratio": Said(_("Following"), _("Follows %(value)s accounts for each follower")),
    "posts": Said(_("Posts so far"), _("%(value)s posts so far"), compact),
    "engagement_rate": Said(_("Reactions"), _("%(value)s of followers react to a post"), share),
    "like_rate": Said(_("Likes"), _("%(value)s of followers like a post"), share),
    "comment_rate": Said(_("Comments"), _("%(value)s of followers comment on a post"), share),
    "view_rate": Said(_("Views of a post"), _("Views of a post: %(value)s of followers"), share),
    "share_rate": Said(_("Passed on"), _("%(value)s of viewers pass a post on"), share),
    "like_per_view": Said(_("Likes of viewers"), _("%(value)s of viewers like what they see"), share),
    "comment_per_like": Said(_("Comments per like"), _("%(value)s comments for 100 likes"), _hundredfold),
    "authentic_share": Said(_("Authentic reactions"), _("%(value)s of reactions are held authentic"), share),
    "engagement_trend": Said(_("Trend of reactions"), _("Reactions: %(value)s in 30 days"), change),
    "engagement_spread": Said(_("Steadiness of reactions"), _("Reactions vary %(value)s-fold"), _times),
    "growth_rate": Said(_("Growth"), _("Followers: %(value)s in 30 days"), change),
    "growth_spike": Said(_("Jump of followers"), _("Largest jump of followers: %(value)s"), change),
    "falling_share": Said(
        _("Falling followers"), _("Followers fell in %(value)s of periods"), share, _("Followers never fell")
    ),
    "posting_rate": Said(_("Posting"), _("Posts %(value)s times a week")),
    "reach_rate": Said(_("Views in 30 days"), _("%(value)s views a follower in 30 days")),
    "views_per_post": Said(_("Views a post, all time"), _("%(value)s views a post, all time"), compact),
    "lifetime_view_rate": Said(_("Views a follower, all time"), _("%(value)s views a follower, all time"), compact),
    "views_per_day": Said(_("Views a day"), _("%(value)s views a day"), compact),
    "account_age": Said(_("Age of the account"), _("The account is %(value)s years old")),
    "bio_completeness": Said(_("Bio"), _("The bio is %(value)s complete"), share),
    "completeness": Said(_("Completeness of data"), _("%(value)s of the usual data is there"), share),
    "figures_age": Said(_("Age of the figures"), _("The figures are %(value)s days old")),
    "verified": Said(_("Verified"), _("Verified by the platform"), no=_("Not verified by the platform")),
    "partner": Said(_("Platform partner"), _("Partner of the platform"), no=_("Not a partner of the platform")),
    "mature": Said(_("Mature content"), _("Marked as mature content"), no=_("Not marked as mature content")),
    "live_rate": Said(_("Live viewers"), _("%(value)s of followers watch live"), share),
    "viewers_steadiness": Said(_("Steadiness of viewers"), _("Usual live audience: %(value)s of its peak"), share),
    "watch_rate": Said(_("Watch time"), _("%(value)s hours watched a follower")),
    "fee_per_thousand": Said(_("Price per 1,000 followers"), _("Price per 1,000 followers: %(value)s")),
    "seasonality": Said(
        _("Season"), _("%(value)s of the movement follows the calendar"), share, _("No season in the figures")
    ),
    "posting_gap": Said(_("Longest silence"), _("Longest silence between posts: %(value)s days"), compact),
    "stale_share": Said(
        _("Figures that stand still"),
        _("The figures stood still in %(value)s of periods"),
        share,
        _("The figures never stood still"),
    ),
    "misdated_share": Said(
        _("Doubtful dates"), _("%(value)s of the figures cannot be of their date"), share, _("All dates are plausible")
    ),
    "main_subject": Said(_("Main subject"), _("Mostly about: %(value)s"), str),
    "subject_focus": Said(_("Focus"), _("%(value)s of what is said is about one subject"), share),
    "ad_share": Said(
        _("Advertising"),
        _("%(value)s of posts are marked as advertising"),
        share,
        _("No post is marked as advertising"),
    ),
    "mention_rate": Said(_("Accounts named"), _("Names %(value)s accounts a post")),
    "named_by": Said(
        _("Named by creators"),
        _("Other creators who name the account: %(value)s"),
        compact,
        _("No other creator names the account"),
    ),
    "shared_accounts": Said(
        _("Accounts in common"),
        _("Accounts that other creators name too: %(value)s"),
        compact,
        _("No account in common with other creators"),
    ),
    "shared_brands": Said(
        _("Past brands in common"),
        _("Brands of its ads that hired other creators too: %(value)s"),
        compact,
        _("No past brand in common with other creators"),
    ),
    "fee_to_usual": Said(
        _("Price against the usual one"), _("Price is %(value)s of what this size usually asks"), share
    ),
    "topic_match": Said(_("Topics of the brief"), _("Texts overlap with the brief by %(value)s"), share),
    "category_match": Said(_("Category of the brief"), _("Category like the one asked for: %(value)s"), share),
    "language_match": Said(_("Language"), _("Speaks the language asked for"), no=_("Speaks another language")),
    "audience_match": Said(_("Audience country"), _("Audience where it is asked for"), no=_("Audience elsewhere")),
    "country_match": Said(_("Country"), _("Lives where it is asked for"), no=_("Lives elsewhere")),
    "tier_fit": Said(_("Size asked for"), _("Size is off %(value)s-fold"), _times, no=_("Size as asked for")),
    "posting_fit": Said(_("Posting pace asked for"), _("Posts at %(value)s of the pace asked for"), share),
    "fee_to_ceiling": Said(_("Price against the ceiling"), _("Price is %(value)s of the ceiling"), share),
}
YES_NO = frozenset({"verified", "partner", "mature", "language_match", "audience_match", "country_match"})
SUBJECTS: Mapping[str, Words] = {
    "beauty": _("beauty"),
    "fashion": _("fashion"),
    "food": _("food"),
    "travel": _("travel"),
    "family": _("family"),
    "sport": _("sport and health"),
    "home": _("home and repair"),
    "garden": _("garden and nature"),
    "cars": _("cars"),
    "games": _("games"),
    "technology": _("technology"),
    "science": _("science"),
    "education": _("education"),
    "business": _("business and finance"),
    "music": _("music and dance"),
    "film": _("film and shows"),
    "humor": _("humor"),
    "animals": _("animals"),
    "art": _("art and design"),
    "news": _("news and politics"),
}
