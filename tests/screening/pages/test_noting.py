"""A note is left on a creator's page, read there by those of its brand and market, corrected and taken back."""

import re
from html import unescape

import pytest

from screening import casebook
from screening.models import CreatorNote
from tests import factories as f
from tests.screening.conftest import browser


@pytest.fixture
def note(page, elena):
    """A note of Elena's."""
    assert browser(elena).post(f"{page}notes/", {"text": "Answers <b>within</b> a day"}).status_code == 302
    return CreatorNote.objects.get()


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


class TestAdd:
    def test_comes_back_to_the_note_with_name_place_and_words(self, page, elena):
        answer = browser(elena).post(f"{page}notes/", {"text": "Answers\nwithin a day"})
        assert (answer.status_code, answer.url) == (302, f"{page}#notes")
        assert re.search(r"Elena Markova .+ · Acme, US Answers within a day", text_of(browser(elena).get(page)))

    def test_says_at_the_field_what_is_wrong_and_keeps_the_rest(self, page, elena):
        answer = browser(elena).post(f"{page}notes/", {"text": "x" * 2_001})
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert 'href="#note_text"' in shown
        assert "x" * 2_001 in shown

    def test_asks_who_reads_it_where_there_are_several(self, page, creator):
        sofia = f.user("manager", name="Sofia Bennett")
        assert 'id="note_place"' in browser(sofia).get(page).content.decode()
        browser(sofia).post(f"{page}notes/", {"text": "Fair prices", "place": "other:US"})
        assert CreatorNote.objects.get().brand == "other"
        refused = browser(sofia).post(f"{page}notes/", {"text": "Fair prices", "place": "none:US"})
        assert refused.status_code == 422

    def test_has_no_form_for_whoever_decides_nothing(self, page):
        analyst = browser(f.user("analyst", brand="acme", market="US"))
        assert 'id="note_text"' not in analyst.get(page).content.decode()
        assert analyst.post(f"{page}notes/", {"text": "No"}).status_code == 403


class TestWhoReads:
    def test_is_the_brand_and_market_and_nobody_else(self, page, note):
        colleague = browser(f.user("analyst", brand="acme", market="US"))
        stranger = browser(f.user("strategist", brand="other", market="US"))
        assert "&lt;b&gt;within&lt;/b&gt;" in colleague.get(page).content.decode()
        assert "within" not in stranger.get(page).content.decode()

    def test_is_the_author_alone_while_a_card_is_sealed(self, page, note, elena, monkeypatch):
        sealed = casebook.Casebook(sealed=frozenset({1}))
        monkeypatch.setattr(casebook, "of", lambda *_: sealed)
        daniel = browser(f.user("expert", brand="acme", market="US"))
        assert "within" in browser(elena).get(page).content.decode()
        assert "within" not in daniel.get(page).content.decode()
        assert "What colleagues noted opens once a view is committed." in text_of(daniel.get(page))


class TestOwn:
    def test_is_corrected_and_taken_back_by_its_author(self, page, note, elena):
        own = browser(elena)
        own.post(f"{page}notes/{note.pk}/", {"text": "Answers in a week"})
        assert "Answers in a week" in text_of(own.get(page))
        assert "· corrected " in text_of(own.get(page))
        for _ in range(2):
            assert own.post(f"{page}notes/{note.pk}/back/").status_code == 302
        assert not CreatorNote.objects.exists()

    def test_stays_as_typed_where_the_correction_is_refused(self, page, note, elena):
        answer = browser(elena).post(f"{page}notes/{note.pk}/", {"text": " "})
        assert answer.status_code == 422
        assert f'href="#note{note.pk}_text"' in answer.content.decode()
        assert answer.content.decode().count("<details open>") == 1

    def test_is_nobody_elses_to_change(self, page, note):
        daniel = browser(f.user("expert", brand="acme", market="US"))
        shown = daniel.get(page).content.decode()
        assert f"notes/{note.pk}/" not in shown
        assert daniel.post(f"{page}notes/{note.pk}/", {"text": "No"}).status_code == 404
        assert daniel.post(f"{page}notes/{note.pk}/back/").status_code == 404
        assert CreatorNote.objects.get().corrected_at is None

    def test_is_found_on_its_own_creators_page_alone(self, note, elena):
        other = f.profile(handle="boris").creator
        assert browser(elena).post(f"/creators/{other.pk}/notes/{note.pk}/", {"text": "No"}).status_code == 404
