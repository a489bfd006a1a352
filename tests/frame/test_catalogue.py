"""The Russian words: found, checked, compiled."""

import gettext
import re

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from hybridmkt import catalogue

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy
_("Plain " "words")
ngettext("%(n)s card", "%(n)s cards", 3)
pgettext_lazy("navigation", "Campaigns")
_(not_a_text)
"""
PAGE = """{% load i18n %}{% translate "On a page" %}{% translate "Queue" context "navigation" %}
{% blocktranslate trimmed count n=n %}
  {{ n }} person
{% plural %}
  {{ n }} people
{% endblocktranslate %}<img alt="{% translate '50% done' %}">"""


@pytest.fixture
def product(tmp_path):
    for room in (*catalogue.ROOMS[1:], "hybridmkt"):
        (tmp_path / room).mkdir()
    (tmp_path / "review" / "words.py").write_text(CODE)
    (tmp_path / "templates" / "review").mkdir(parents=True)
    (tmp_path / "templates" / "review" / "queue.html").write_text(PAGE)
    (tmp_path / "templates" / "base.html").write_text('{% load i18n %}{% translate "Skip" %}')
    return tmp_path


def write(product, room, *entries):
    book = catalogue.read(catalogue.room_file(product / "locale", room))
    book.extend(polib.POEntry(**entry) for entry in entries)
    (product / "locale" / "ru").mkdir(parents=True, exist_ok=True)
    book.save(str(catalogue.room_file(product / "locale", room)))


class TestMessages:
    def test_are_found_in_code_and_templates(self, product):
        found = {(m.context, m.msgid, m.plural) for m in catalogue.messages(product)["review"]}
        assert found == {
            ("", "Plain words", ""),
            ("", "%(n)s card", "%(n)s cards"),
            ("navigation", "Campaigns", ""),
            ("", "On a page", ""),
            ("navigation", "Queue", ""),
            ("", "%(n)s person", "%(n)s people"),
            ("", "50%% done", ""),
        }

    def test_of_the_base_page_belong_to_the_frame(self, product):
        assert [m.msgid for m in catalogue.messages(product)["frame"]] == ["Skip"]


class TestLacking:
    def test_names_words_without_russian(self, product):
        write(product, "review", {"msgid": "Plain words", "msgstr": "Простые слова"}, {"msgid": "On a page"})
        missing = {m.msgid for m in catalogue.lacking(product, product / "locale")["review"]}
        assert "On a page" in missing
        assert "Plain words" not in missing

    def test_asks_for_all_three_plural_forms(self, product):
        forms = {0: "%(n)s карточка", 1: "%(n)s карточки", 2: ""}
        write(product, "review", {"msgid": "%(n)s card", "msgid_plural": "%(n)s cards", "msgstr_plural": forms})
        assert "%(n)s card" in {m.msgid for m in catalogue.lacking(product, product / "locale")["review"]}


class TestCompile:
    def test_merges_the_rooms_and_keeps_plurals(self, product):
        forms = {0: "%(n)s карточка", 1: "%(n)s карточки", 2: "%(n)s карточек"}
        write(product, "review", {"msgid": "%(n)s card", "msgid_plural": "%(n)s cards", "msgstr_plural": forms})
        write(product, "frame", {"msgid": "Skip", "msgstr": "Пропустить"})
        target, count = catalogue.compile_all(product / "locale", product / "made")
        with target.open("rb") as file:
            words = gettext.GNUTranslations(file)
        assert count == 2
        assert words.gettext("Skip") == "Пропустить"
        assert [words.ngettext("%(n)s card", "%(n)s cards", n)[6:] for n in (21, 3, 11)] == [
            "карточка",
            "карточки",
            "карточек",
        ]

    def test_refuses_two_translations_of_the_same_words(self, product):
        write(product, "review", {"msgid": "Skip", "msgstr": "Дальше"})
        write(product, "frame", {"msgid": "Skip", "msgstr": "Пропустить"})
        with pytest.raises(catalogue.Clash, match=r"frame.po and review.po"):
            catalogue.compile_all(product / "locale", product / "made")


class TestAdd:
    def test_appends_what_is_missing_once(self, product):
        locale = product / "locale"
        assert catalogue.add(product, locale, "review") == 7
        assert catalogue.add(product, locale, "review") == 0


class TestProduct:
    def test_says_every_word_in_russian(self):
        try:
            call_command("messages", check=True, verbosity=0)
        except CommandError as lacking:
            pytest.fail(str(lacking))


class TestTheGlossary:
    NOT_USED = re.compile(
        r"вердикт|рекомендаци|накрутк|стейкхолдер|скоринг|\bкейс|оверрайд|журнал\w* аудита", re.IGNORECASE
    )

    def test_has_one_word_for_one_thing(self):
        books = sorted((settings.BASE_DIR / "locale" / "ru").glob("*.po"))
        assert books
        said = [text for book in books for entry in polib.pofile(str(book)) for text in
                (entry.msgstr, *entry.msgstr_plural.values())]  # fmt: skip
        assert [text for text in said if self.NOT_USED.search(text)] == []
