"""What a creator is mostly about, in two languages; what is said of nothing is missing, not a subject."""

import json

import numpy as np
import pytest

from screening.engine import subjects
from screening.imports import said
from tests.engine.profiles import raw_table
from tests.engine.shared_data import DATA

NAMES = list(subjects.SUBJECTS)


def about(**row):
    """The main subject of one profile, None where it is not known."""
    found = float(subjects.main(subjects.scores(raw_table([row])))[0])
    return None if np.isnan(found) else NAMES[int(found) - 1]


class TestMain:
    @pytest.mark.parametrize(
        ("row", "subject"),
        [
            ({"bio": "Travelling with two kids, hotels and beaches"}, "travel"),
            ({"bio": "Готовлю просто: рецепт дня и выпечка"}, "food"),  # other endings of the same words
            ({"topic": "футбольный тренер, тренировка"}, "sport"),
            ({"categories": ["Computers & Gadgets"]}, "technology"),
            ({"categories": ["Travel"], "bio": "my kitchen"}, "travel"),
        ],
    )
    def test_is_what_most_words_are_of(self, row, subject):
        assert about(**row) == subject

    @pytest.mark.parametrize("row", [{}, {"bio": "hello there"}, {"name": "Cooking"}, {"bio": "123 !!! 🙂"}])
    def test_is_missing_where_nothing_is_said_of_any(self, row):
        assert about(**row) is None
        assert np.isnan(subjects.focus(subjects.scores(raw_table([row])))[0])

    @pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
    def test_tells_four_russian_channels_by_the_words_that_their_posts_repeat(self):
        found = {}
        for path in sorted((DATA / "texts_ru").glob("*.json")):
            posts, count = json.loads(path.read_text(encoding="utf-8")), {}
            for post in posts:
                for word in dict(said.words(post["text"]))["said"]:
                    count[word] = count.get(word, 0) + 1
            topic = " ".join(sorted(count, key=lambda word: (-count[word], word))[:40])
            found[posts[0]["channel"]] = about(topic=topic)
        assert found == {
            "Naked Science": "science", "Хабр": "technology", "Типичный программист": "technology",
            "Москва с огоньком": "news",
        }  # fmt: skip
