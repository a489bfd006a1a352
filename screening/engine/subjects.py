"""What a creator is mostly about: categories, bio and the words of posts against a list of subjects, in English and
Russian, by character n-grams (texts.py); numpy alone, and a row depends on nothing but itself.

Each subject is a set of grams, those of its words. A gram that several subjects share counts for each the less, and a
longer gram counts more, since it says more. A category counts as much as a bio of any length. House rule; how often it
is right on labelled texts stands in docs/subjects.md.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np

from screening.engine.raw import Doubles, RawTable

SUBJECTS: Mapping[str, str] = {
    "beauty": "beauty makeup cosmetics skincare hair nails perfume lashes mascara lipstick "
              "красота макияж косметика уход за кожей волосы маникюр ногти парфюм ресницы визажист",
    "fashion": "fashion style outfit clothing dress shoes model modeling wardrobe streetwear accessories jewellery "
               "мода стиль одежда образы наряды платье обувь модель гардероб украшения",
    "food": "food cooking recipes chef kitchen baking restaurant foodie dessert vegan drinks coffee "
            "еда кулинария рецепты готовим повар кухня выпечка ресторан десерт вкусно кофе",
    "travel": "travel traveler trip tourism hotels beaches flights wanderlust abroad backpacking "
              "путешествия туризм поездки отели отдых страны путешественник перелёты",
    "family": "family mom mum mommy dad parenting kids baby children motherhood pregnancy toys "
              "семья мама папа родители дети ребёнок малыш материнство беременность воспитание игрушки",
    "sport": "fitness gym workout sport sports ball football soccer cricket running yoga training athlete "
             "bodybuilding health "
             "фитнес тренировки спорт футбол хоккей бег йога тренер зал атлет здоровье",
    "home": "interior decor home renovation diy furniture carpentry woodworking welding plumbing electrician "
            "construction tools apartment design "
            "интерьер ремонт дом своими руками мебель столярка сварка сантехника электрика строительство отделка "
            "плитка штукатурка гипсокартон утепление инструменты мастер квартира потолки вентиляция кузница "
            "строим монтаж самоделки реставрация отопление дизайн интерьера сварочный кровля",
    "garden": "garden gardening plants landscape greenhouse flowers farm nature "
              "сад огород дача садоводство растения ландшафтный озеленение теплица цветы урожай рассада природа",
    "cars": "cars auto vehicles motorbikes racing tuning garage driving motorcycle "
            "авто автомобили машина тюнинг гараж мотоцикл автосервис двигатель водитель",
    "games": "gaming gamer video games esports streamer twitch minecraft playstation xbox walkthrough "
             "игры гейминг геймер видеоигры киберспорт стример прохождение майнкрафт летсплей",
    "technology": "technology tech gadgets computers software programming developer smartphone reviews ai coding data "
                  "технологии гаджеты компьютеры программирование разработчик смартфон нейросети софт айти код "
                  "искусственный интеллект робот приложение данные",
    "science": "science physics space biology chemistry astronomy research scientists "
               "наука физика космос биология химия астрономия исследование учёные археология планета",
    "education": "education teacher school university english lessons learning tutorial courses languages "
                 "образование учитель школа университет английский уроки обучение курсы репетитор язык экзамен",
    "business": "business finance marketing economics money investing startup entrepreneur careers crypto management "
                "бизнес финансы маркетинг экономика деньги инвестиции стартап предприниматель карьера крипта акции "
                "продажи",
    "music": "music singer songs dance dj band rapper producer concert album guitar "
             "музыка певец певица песни танцы диджей группа рэп концерт альбом гитара клип",
    "film": "cinema movies actors actress film shows series animation cartoons tv theatre director "
            "кино фильмы актёр актриса сериалы шоу мультфильмы телевидение театр режиссёр",
    "humor": "humor fun comedy comedian memes jokes pranks standup happiness "
             "юмор комедия комик мемы шутки приколы пранки смешно стендап",
    "animals": "animals pets pet dogs dog cats cat puppy kitten horses veterinary wildlife "
               "животные питомцы собаки кошки щенок котёнок кот лошади ветеринар",
    "art": "art artist painting drawing photography photographer design illustration crafts handmade "
           "искусство художник рисование живопись фотография фотограф дизайн иллюстрация рукоделие творчество",
    "news": "news politics government society journalism journalist law war elections city "
            "новости политика общество власть журналист право выборы город происшествия закон погода",
}  # fmt: skip
ALIKE = 0.6  # cosine of two words' grams from which one stands for the other: "готовим" for "готовить"
LEAST = 0.9  # score under which nothing is said of a text: about one word of a single subject
PER_CATEGORY = 3.0  # a category's word beside one of running text
MOST_KEPT = 1 << 17  # words whose subjects a process remembers
_WORD = re.compile(r"\w{3,}")
_SIZES = (3, 4, 5)
Likeness = tuple[tuple[int, float], ...]  # (subject, cosine) of a word, strongest of each subject


def scores(raw: RawTable) -> Doubles:
    """Return how much each profile says of each subject (n, subjects); all 0 where it says nothing of any."""
    words = raw.words.get("category", ())
    of_words = np.array([_of_text(word) for word in words]).reshape(len(words), len(SUBJECTS)) * PER_CATEGORY
    found = np.zeros((len(raw), len(SUBJECTS)))
    lists = raw.categories
    np.add.at(found, np.repeat(np.arange(len(raw)), np.diff(lists.offsets)), of_words[lists.codes])
    columns = [raw.text("bio"), raw.text("topic")]
    said = np.sum([np.diff(text.offsets) for text in columns], axis=0)
    for row in np.flatnonzero(said).tolist():
        found[row] += _of_text(" ".join(text.at(row) for text in columns))
    return found


def main(found: Doubles) -> Doubles:
    """Return 1 + the place of the subject that a profile says most of (n,), NaN where it says too little of any.

    found: what `scores` returned.
    """
    return np.where(found.max(axis=1, initial=0) >= LEAST, 1.0 + found.argmax(axis=1), np.nan)


def focus(found: Doubles) -> Doubles:
    """Return the main subject's share of all that a profile says of subjects (n,), NaN where it says too little."""
    most = found.max(axis=1, initial=0)
    return np.where(most >= LEAST, most / np.maximum(found.sum(axis=1), 1e-9), np.nan)


def _of_text(text: str) -> Doubles:
    found = np.zeros(len(SUBJECTS))
    for word in sorted(set(_WORD.findall(_folded(text)))):  # sorted: sums must not depend on the order of a set
        for subject, likeness in _likeness(word):
            found[subject] += likeness
    return found


@lru_cache(MOST_KEPT)
def _likeness(word: str) -> Likeness:
    grams = _grams(word)
    shared = Counter(seed for gram in grams for seed in _seeds()[0].get(gram, ()))
    best: dict[int, float] = {}
    for seed, count in shared.items():
        subject, size = _seeds()[1][seed]
        likeness = count / math.sqrt(len(grams) * size)
        if likeness >= ALIKE:
            best[subject] = max(best.get(subject, 0.0), likeness)
    return tuple((subject, likeness / len(best)) for subject, likeness in sorted(best.items()))


@cache
def _seeds() -> tuple[Mapping[str, list[int]], list[tuple[int, int]]]:
    """Return gram -> numbers of the subjects' words that hold it, and of each word its subject and how many grams."""
    holders: dict[str, list[int]] = {}
    about: list[tuple[int, int]] = []
    for subject, words in enumerate(SUBJECTS.values()):
        for word in _WORD.findall(_folded(words)):
            grams = _grams(word)
            for gram in grams:
                holders.setdefault(gram, []).append(len(about))
            about.append((subject, len(grams)))
    return holders, about


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")


def _grams(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[k : k + size] for size in _SIZES for k in range(len(padded) - size + 1))
