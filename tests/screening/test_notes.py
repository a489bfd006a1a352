"""Notes that people leave on a creator, correct and take back."""

from datetime import timedelta

import pytest

from accounts.access import NotAllowed, Place
from audit.models import AuditEntry, AuditPayload
from screening import notes
from screening.models import CreatorNote
from screening.notes import NoteRefused
from tests import factories as f

HERE = Place("acme", "US")


@pytest.fixture
def creator(db):
    """A creator of one market."""
    f.market()
    f.brand()
    return f.profile().creator


@pytest.fixture
def elena(db):
    """Who may decide for the brand."""
    return f.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def write(creator, elena, now):
    """Leaves a note, as Elena for Acme in US unless told otherwise."""

    def left(text="Answers within a day", **told):
        return notes.write(creator, text=text, **{"place": HERE, "by": elena, "now": now, **told})

    return left


def words():
    """What all notes say, newest first."""
    return [notes.words_of(one) for one in notes.told(CreatorNote.objects.all())]


class TestWrite:
    def test_keeps_the_words_in_the_payload_alone(self, write, creator, elena, now):
        made = write("  Her agent answers within a day. ")
        entry = AuditEntry.objects.get(kind="relation")
        assert (made.creator, made.by, made.at, made.length) == (creator, elena, now, 31)
        assert (entry.actor, entry.brand, entry.market) == (f"user:{elena.pk}", "acme", "US")
        assert "agent" not in entry.body
        assert AuditPayload.objects.get(entry=entry).subject == creator.subject
        assert words() == ["Her agent answers within a day."]

    def test_pressed_twice_is_one_note_and_one_entry(self, write):
        assert write() == write()
        assert (CreatorNote.objects.count(), AuditEntry.objects.filter(kind="relation").count()) == (1, 1)

    @pytest.mark.parametrize("role", ["analyst", "admin"])
    def test_is_for_those_who_decide(self, write, role):
        with pytest.raises(NotAllowed):
            write(by=f.user(role, brand="acme", market="US"))

    def test_is_for_a_brand_and_market_of_ones_own(self, write):
        with pytest.raises(NotAllowed):
            write(place=Place("acme", "DE"))

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [(" \n ", "The note is empty."), ("x" * 2_001, "The text has 2,001 characters, at most 2,000 are kept.")],
    )
    def test_says_what_is_wrong(self, write, text, sentence):
        with pytest.raises(NoteRefused, match=sentence):
            write(text)

    def test_shows_nothing_once_its_words_are_erased(self, write):
        AuditPayload.objects.filter(entry=write().audit_id).delete()
        assert words() == [""]


class TestCorrect:
    def test_puts_other_words_there_and_keeps_the_day(self, write, elena, now):
        note, later = write(), now + timedelta(hours=1)
        assert notes.correct(note, text="Answers within a week", by=elena, now=later) is True
        note.refresh_from_db()
        assert (words(), note.at, note.corrected_at, note.length) == (["Answers within a week"], now, later, 21)
        assert '"what":"note_corrected"' in note.audit.body

    def test_with_the_same_words_changes_nothing(self, write, elena, now):
        note = write()
        assert notes.correct(note, text=" Answers within a day ", by=elena, now=now) is False
        assert AuditEntry.objects.filter(kind="relation").count() == 1

    def test_is_for_whoever_wrote_it(self, write, now):
        daniel = f.user("expert", brand="acme", market="US", name="Daniel Okafor")
        with pytest.raises(NoteRefused, match="ask Elena Markova"):
            notes.correct(write(), text="No", by=daniel, now=now)

    def test_finds_none_that_was_taken_back(self, write, elena, now):
        note = write()
        notes.take_back(note, by=elena)
        with pytest.raises(NoteRefused, match="taken back before"):
            notes.correct(CreatorNote(pk=note.pk or 1), text="No", by=elena, now=now)


class TestTakeBack:
    def test_is_told_once_and_leaves_the_page(self, write, elena):
        note = write()
        assert [notes.take_back(CreatorNote(pk=note.pk), by=elena) for _ in range(2)] == [True, False]
        said = [entry.body for entry in AuditEntry.objects.filter(kind="relation")]
        assert words() == []
        assert ['"what":"note"' in said[0], '"what":"note_taken_back"' in said[1], len(said)] == [True, True, 2]

    def test_is_for_whoever_wrote_it_while_they_may_decide(self, write, elena):
        note = write()
        elena.memberships.update(role="analyst")
        with pytest.raises(NotAllowed):
            notes.take_back(note, by=type(elena).objects.get(pk=elena.pk))
