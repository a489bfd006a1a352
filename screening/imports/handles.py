"""Handles of the platforms: from a bare name, an @name or a link, and the key by which one account is known again."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from screening.imports.numbers import is_missing

_HOSTS = {
    "instagram": ("instagram.com", "instagr.am"),
    "youtube": ("youtube.com", "youtu.be"),
    "tiktok": ("tiktok.com",),
    "twitch": ("twitch.tv",),
    "telegram": ("t.me", "telegram.me", "telegram.org"),
    "vk": ("vk.com", "vkontakte.ru"),
}
_ALONE = frozenset(start + host for hosts in _HOSTS.values() for host in hosts for start in ("", "www.", "m."))
PLATFORMS = tuple(_HOSTS)
_SHAPES = {
    "instagram": re.compile(r"[a-z0-9._]{1,30}"),
    "tiktok": re.compile(r"[a-z0-9._]{1,30}"),
    "twitch": re.compile(r"[a-z0-9_]{1,30}"),
    "telegram": re.compile(r"[a-z0-9_]{1,40}"),
    "vk": re.compile(r"[a-z0-9_.]{1,60}"),
    "youtube": re.compile(r"[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]{1,120}"),
}
_LINK = re.compile(
    r"(?:https?:)?(?://)?(?:www\.|m\.)?(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)/(?P<path>[^?#]*)(?:[?#].*)?", re.IGNORECASE
)
_CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}")
_BRACKETED = re.compile(r".*\((?P<login>[A-Za-z0-9_]{2,30})\)\s*")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
# What may stand before the account in a link, and what stands there where the link is to no account.
_SECTIONS = {
    "instagram": frozenset(("stories", "_u")),
    "youtube": frozenset(("channel", "c", "user")),
    "telegram": frozenset(("s",)),
    "twitch": frozenset(("popout", "moderator")),
    "vk": frozenset(("id", "public", "club")),
}
_NO_ACCOUNTS = {
    "instagram": "p reel reels tv explore accounts direct share s highlights",
    "youtube": "watch shorts live playlist embed v e clip post results feed hashtag gaming premium redirect",
    "tiktok": "t v tag music discover search foryou explore live embed sticker effect",
    "twitch": "videos directory collections team search clip",
    "telegram": "joinchat addstickers addemoji addlist share proxy socks iv c boost invoice login",
    "vk": "feed im search away away.php share.php wall video photo clip clips groups friends music market app",
}
_NO_ACCOUNT = {platform: frozenset(words.split()) for platform, words in _NO_ACCOUNTS.items()}
_BY_PATH = frozenset(("instagram", "twitch", "telegram", "vk"))  # a handle is its address: none of these words is one
_VK_OBJECT = re.compile(
    r"(?:wall|video|photo|clip|market|topic|album|doc|story|audio|poll|page|playlist)s?-?\d+(?:_.*)?"
)
_SHORT = frozenset(("youtu.be", "vm.tiktok.com", "vt.tiktok.com", "clips.twitch.tv"))  # hosts of posts only


class NotAHandle(ValueError):
    """Text that names no account on this platform; ``code``: handle_missing, handle_invalid, handle_elsewhere."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Handle:
    """A public name as it is written, and the key that is equal for every way of writing it."""

    text: str
    key: str


@lru_cache(maxsize=16384)
def read_handle(platform: str, text: str) -> Handle:
    """Read a handle from ``name``, ``@name``, ``Shown name (name)`` (Twitch) or a link. Raises NotAHandle."""
    bare = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip()
    if is_missing(bare):
        raise NotAHandle("handle_missing")
    if bare.casefold() in _ALONE:
        raise NotAHandle("handle_missing")
    if link := _LINK.fullmatch(bare):
        bare = _from_link(platform, link)
    if platform == "twitch" and (bracketed := _BRACKETED.fullmatch(bare)):
        bare = bracketed["login"]
    bare = " ".join(bare.removeprefix("@").split())
    if not bare:
        raise NotAHandle("handle_missing")
    if _CHANNEL.fullmatch(bare) and platform == "youtube":
        return Handle(bare, bare)
    key = unicodedata.normalize("NFKC", bare).casefold()
    if not _SHAPES[platform].fullmatch(key) or (platform in _BY_PATH and _is_no_account(platform, key)):
        raise NotAHandle("handle_invalid")
    return Handle(bare, key)


def platform_of_link(text: str) -> str | None:
    """Name the platform that a link leads to; None where the text is no link or leads elsewhere."""
    link = _LINK.fullmatch(text.strip())
    return _platform(link["host"]) if link else None


def is_handle(platform: str, text: str) -> bool:
    """Tell whether text can be a handle on this platform."""
    try:
        read_handle(platform, text)
    except NotAHandle:
        return False
    return True


def link_to(platform: str, handle: str) -> str:
    """Return the public address of a profile; "" for a YouTube channel known by its shown name only."""
    if platform == "youtube":
        return f"https://www.youtube.com/channel/{handle}" if _CHANNEL.fullmatch(handle) else ""
    mark = "@" if platform == "tiktok" else ""
    return f"https://{_HOSTS[platform][0]}/{mark}{handle}"


def _from_link(platform: str, link: re.Match[str]) -> str:
    if _platform(link["host"]) != platform:
        raise NotAHandle("handle_elsewhere")
    parts = [unquote(part) for part in link["path"].split("/") if part]
    if parts and parts[0].casefold() in _SECTIONS.get(platform, ()):
        parts.pop(0)
    first = parts[0] if parts else ""
    if link["host"].casefold() in _SHORT or _is_no_account(platform, first.casefold()):
        raise NotAHandle("handle_invalid")
    return first


def _is_no_account(platform: str, first: str) -> bool:
    return first in _NO_ACCOUNT[platform] or (platform == "vk" and _VK_OBJECT.fullmatch(first) is not None)


def _platform(host: str) -> str | None:
    host = host.casefold()
    return next(
        (name for name, hosts in _HOSTS.items() if any(host == h or host.endswith("." + h) for h in hosts)), None
    )
