"""What a column can become: every field with its kind, where it is kept, its bounds and the names it goes by."""

import re
import unicodedata
from dataclasses import dataclass

NEVER = ""  # the target of a column that is not imported


@dataclass(frozen=True)
class Field:
    """One thing a column can become.

    ``kind``: text, handle, link, id, key, count, mean, time (rounded), share, money, country, language, flag, date,
    platform.
    ``place``: profile, metrics, post, row. ``full`` names it for certain, ``part`` probably. ``low`` and ``high``
    bound a figure.
    """

    code: str
    kind: str
    place: str
    full: re.Pattern[str]
    part: re.Pattern[str] | None = None
    low: float = 0
    high: float = 1e13
    is_many: bool = False


def _field(code: str, kind: str, place: str, full: str, part: str = "", **bounds: float | bool) -> Field:
    return Field(code, kind, place, re.compile(full), re.compile(part) if part else None, **bounds)  # type: ignore[arg-type]


_AVG = r"\b(?:avg|average|mean|средн\w*|ср)\b"
_EACH = r"(?:per (?:post|video)|на (?:пост|публикацию|видео|ролик))\b"


def _mean(code: str, noun: str) -> Field:
    words = rf"{_AVG}.*\b(?:{noun})\b|\b(?:{noun})\b.*{_AVG}|\b(?:{noun}) {_EACH}"
    return _field(code, "mean", "metrics", rf"(?:{_AVG} (?:{noun})|(?:{noun}) {_AVG})", words)


_ALL = (
    _field(
        "handle",
        "handle",
        "profile",
        "user ?name|handle|nick(?:name)?|login|screen name|account|ник|логин|аккаунт|ник ссылка|никнейм",
        r"\b(?:channel|user|blogger|influencer|name|creator|page|канал|блогер|автор|имя|название)",
    ),
    _field(
        "name",
        "text",
        "profile",
        "(?:full|display|real|shown|channel|page) ?name|title|имя(?: автора)?|название(?: канала)?|фио",
        r"\b(?:name|channel|blogger|influencer|имя|название|автор|блогер|канал)",
    ),
    _field(
        "url",
        "link",
        "profile",
        "url|link|profile (?:url|link)|ссылка(?: на профиль)?|адрес",
        r"\b(?:url|link|ссылка)\b",
    ),
    _field("external_id", "id", "profile", "id|(?:user|channel|account|profile) id|pk|ид"),
    _field("creator_key", "key", "profile", "(?:creator|influencer|blogger|talent|автор) (?:id|key)"),
    _field(
        "bio",
        "text",
        "profile",
        "bio|biography|description|about|описание|о себе|о канале",
        r"\b(?:biography|description|описание)\b",
    ),
    _field(
        "category",
        "text",
        "profile",
        r"(?:i?categor(?:y|ies)|niche|topics?|genre|vertical|theme|query|рубрика|тематика|категория|тема|"
        r"запрос)(?: ?\d)?",
        r"\b(?:categor|niche|topic|genre|тематик|категор)",
        is_many=True,
    ),
    _field(
        "country",
        "country",
        "profile",
        "country|nationality|location|страна|country code",
        r"\b(?:country|страна)\b",
    ),
    _field(
        "audience_country",
        "country",
        "profile",
        "audience country(?: mostly)?|страна аудитории",
        r"\baudience\b.*\bcountry|country.*audience",
    ),
    _field("language", "language", "profile", "lang(?:uage)?|язык", r"\b(?:language|язык)\b"),
    _field("is_verified", "flag", "profile", r"(?:is )?verified|верифицирован\w*|галочка"),
    _field("is_partner", "flag", "profile", "(?:is )?partner(?:ed)?|партн[её]р"),
    _field("is_mature", "flag", "profile", "(?:is )?mature|18|nsfw"),
    _field(
        "opened_date",
        "date",
        "profile",
        "reg(?:istration)? date|registered|joined|debut(?: date)?|account (?:created|opened)|opened(?: date)?|"
        "дата регистрации",
    ),
    _field("age_days", "count", "profile", "days|age days|account age(?: days)?|дней", high=20_000),
    _field("platform", "platform", "row", "platform|network|social network|соцсеть|площадка|платформа"),
    _field(
        "taken_at",
        "date",
        "row",
        "date|as of|crawled|snapshot(?: date)?|day|week|month|period|taken at|дата|месяц|неделя",
    ),
    _field(
        "followers",
        "count",
        "metrics",
        r"(?:total )?(?:followers?|subscribers?|subs|fans|members)(?: (?:count|numbers?|cnt|total|now))?|"
        r"follower count|(?:число |кол во )?подписчик\w*|аудитория",
        "^(?!.*(?:gain|new|lost|growth|прирост)).*(?:followers?|subscribers?|подписчик)",
        high=3e9,
    ),
    _field("following", "count", "metrics", "following|followings|follows|followees|подписки|подписок", high=1e8),
    _field(
        "posts",
        "count",
        "metrics",
        r"posts|videos?|uploads|video uploads|(?:total )?(?:post|posts|media|video|videos) (?:count|cnt|"
        r"number)|публикаци\w*|посты|видео",
        high=1e8,
    ),
    _field(
        "views_total",
        "count",
        "metrics",
        r"(?:(?:total|video|channel|lifetime) )?views?(?: (?:count|cnt|total))?|total views|просмотр\w*|"
        r"всего просмотров",
        high=1e13,
    ),
    _mean("views_avg", r"views?|reach|просмотр\w*|охват\w*"),
    _mean("likes_avg", r"likes?|лайк\w*"),
    _mean("comments_avg", r"comments?|коммент\w*"),
    _mean("shares_avg", r"shares?|reposts?|репост\w*"),
    _field(
        "authentic_avg",
        "mean",
        "metrics",
        "(?:auth(?:entic)?) eng(?:agement)?(?: values)?|eng(?:agement)? auth(?:entic)?",
    ),
    _field("engagement_avg", "mean", "metrics", rf"eng(?:agement)? {_AVG}(?: values)?|{_AVG} eng(?:agement)?"),
    _field(
        "engagement_rate",
        "share",
        "metrics",
        r"(?:er|er post|eng(?:agement)? rate|вовлеч[её]нность)(?: (?:percent|(?:в )?процент\w*))?",
        high=10,
    ),
    _field(
        "views_30d",
        "count",
        "metrics",
        "views 30 ?d|30 ?d(?:ay)? views|monthly views|просмотров за месяц",
        high=1e12,
    ),
    _field("viewers_avg", "mean", "metrics", rf"{_AVG} viewers|viewers {_AVG}"),
    _field("viewers_peak", "mean", "metrics", "peak viewers|max viewers"),
    _field("watch_minutes", "time", "metrics", r"watch time(?: min\w*)?"),
    _field("stream_minutes", "time", "metrics", r"stream time(?: min\w*)?|minutes streamed"),
    _field(
        "followers_gained",
        "count",
        "metrics",
        "(?:followers|subscribers) gained|new followers|gained followers|прирост(?: подписчиков)?",
        low=-3e9,
    ),
    _field(
        "fee",
        "money",
        "metrics",
        "price|fee|cost|rate card|price per post|цена(?: за пост)?|стоимость",
        r"\b(?:price|fee|цена|стоимость)\b",
    ),
    _field(
        "fee_basis", "text", "row", "(?:(?:price|fee|rate|payment|payout) )?basis|основа оплаты|за что (?:цена|платят)"
    ),
    _field("post_likes", "count", "post", r"likes?(?: count)?|лайк\w*"),
    _field("post_comments", "count", "post", r"comments?(?: count)?|комментари\w*"),
    _field("post_views", "count", "post", "(?:(?:post|video) )?views?(?: count)?"),
    _field("post_shares", "count", "post", r"shares?|reposts?|репост\w*"),
    _field("post_tags", "count", "post", r"(?:number of )?(?:hash)?tags|хештег\w*"),
    _field("post_mentions", "count", "post", r"(?:number of )?mentions|упоминани\w*"),
    _field("post_text", "text", "post", "text|caption|текст|подпись"),
)
FIELDS = {field.code: field for field in _ALL}

# Why a column is never imported. A label says how the row was judged: as an input it would be the answer.
_NEVER = {
    "label": re.compile(
        r"(?:is |was )?(?:fake|bought|organic|bot|fraud|genuine|spam)(?: \w+)?|label|target|class|ground truth"
    ),
    "contact": re.compile(r".*\b(?:e ?mail|phone|tel|телефон|почта|contacts?|контакт\w*|whatsapp)\b.*"),
    "rank": re.compile(r"s ?no|rank|№|no|n|index|row(?: cell)?|grade|new id|column 0|место|п п|unnamed \d+"),
}
_PLATFORM_WORDS = {
    "instagram": r"instagram(?:mer)?|insta|ig",
    "youtube": r"youtube?r?|yt|ютуб",
    "tiktok": r"tik ?toker?|tiktok",
    "twitch": r"twitch",
    "telegram": r"telegram|tg|телеграм",
    "vk": r"vk|vkontakte|вконтакте",
}
_PLATFORMS = {name: re.compile(rf"\b(?:{words})\b") for name, words in _PLATFORM_WORDS.items()}
_PERSONS = re.compile(r"\b(?:tik ?toker|youtuber|instagrammer|streamer)\b")


def plain_name(column: str) -> str:
    """Fold a column's name: lower case, marks to spaces, the number of a repeated name dropped."""
    bare = re.sub(r" \(\d+\)$", "", unicodedata.normalize("NFKC", column))
    bare = re.sub(r"^(?:[A-Za-z_]\w*\.)+(?=\w)", "", bare)
    bare = re.sub(r"(?i)you\s?tube", "youtube", bare)
    bare = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", bare).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())


def platform_in(column: str) -> str | None:
    """Name the platform that a column's name speaks of; None where it names none."""
    plain = plain_name(column)
    return next((name for name, words in _PLATFORMS.items() if words.search(plain)), None)


def platform_in_file_name(name: str) -> str | None:
    """Name the platform that a file's name speaks of, also inside a longer word (``twitchdata``)."""
    plain = plain_name(name.rpartition(".")[0] or name)
    return platform_in(plain) or next(
        (found for found in ("instagram", "youtube", "tiktok", "twitch", "telegram") if found in plain), None
    )


def names_account(column: str) -> bool:
    """Tell whether a column's name may speak of an account: username, channel, blogger, name."""
    plain, handle = without_platform(column), FIELDS["handle"]
    return bool(handle.full.fullmatch(plain) or (handle.part and handle.part.search(plain)))


def without_platform(column: str) -> str:
    """Fold a column's name and take the platform out of it: ``youtube_total_views`` is ``total views``,
    ``Tiktoker`` is ``blogger``.
    """
    plain = _PERSONS.sub("blogger", plain_name(column))
    for words in _PLATFORMS.values():
        plain = words.sub(" ", plain)
    return " ".join(plain.split()) or "blogger"


def never_reason(column: str) -> str | None:
    """Tell why a column is never imported: ``label``, ``contact`` or ``rank``; None for any other."""
    plain = without_platform(column)
    return next((reason for reason, words in _NEVER.items() if words.fullmatch(plain)), None)


def is_known_name(column: str) -> bool:
    """Tell whether a column's name alone says what it holds; finds header rows."""
    plain = without_platform(column)
    return (
        bool(never_reason(column))
        or (bool(plain_name(column)) and any(field.full.fullmatch(plain) for field in _ALL))
        or "name" in plain.split()
    )
