"""What the text of a post names: words, accounts, and whether it is marked as advertising. No sentence is kept."""

import re
from collections.abc import Iterable

KINDS = ("said", "named")
HIRED = "hired"  # accounts that posts name which are marked as advertising
MOST = 40  # words and accounts that are kept of a month
MOST_OF_A_POST = 60
# A mark that a law or a platform asks for, not a guess: a post that praises a product without one is not counted.
_AD = re.compile(
    r"(?<!\w)#(?:ad|ads|advert\w*|anzeige|sponsored|spon|paidpartnership|gifted|реклама|рекламный\w*|διαφήμιση)(?!\w)"
    r"|\bpaid partnership\b|\berid\b|на правах рекламы|(?:^|[\n.!|])\s*реклама[.:\s]",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"(?<![\w.@/])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)")
_LINK = re.compile(r"https?://\S+|\bwww\.\S+")
_WORD = re.compile(r"(?<![\w@])#?([^\W\d_][\w]{3,29})")
# Words of four letters and more that any text has: they say nothing of what it is about.
_COMMON = frozenset(
    "this that with from your have will what when they them their there then than just like more most some only very "
    "been were here into over about after also make made much such each every because would could should which while "
    "where these those being does dont cant today thank thanks love good great happy best post photo follow "
    "этот этого этом этой эти этих того тому тоже также меня тебя тебе себя себе свой свою свои своей своих наша наши "
    "нашей ваша ваши вашей если когда чтобы только очень можно нужно есть было были была быть будет будут больше "
    "просто сегодня после перед через более менее него неё неё них ними которые который которая которое всех всем "
    "всего какой какая какие такой такая такие потому потом пока даже ещё уже надо хочу может могут всегда спасибо "
    "подписаться подписывайтесь канал".split()
)


def is_ad(text: str) -> bool:
    """Tell whether a post is marked as advertising (#ad, #реклама, erid and the like)."""
    return bool(_AD.search(text))


def words(text: str) -> Iterable[tuple[str, list[str]]]:
    """Yield (kind, words) of a post, each word once: what it says, the accounts it names, and those that hired it."""
    bare = _LINK.sub(" ", text)
    accounts = [found.casefold() for found in _ACCOUNT.findall(bare)]
    said = [found.casefold() for found in _WORD.findall(_ACCOUNT.sub(" ", bare))]
    yield "said", [word for word in dict.fromkeys(said) if word not in _COMMON][:MOST_OF_A_POST]
    named = list(dict.fromkeys(accounts))[:MOST_OF_A_POST]
    yield "named", named
    if is_ad(text):
        yield HIRED, named
