"""Notes on a card, and whom they name."""

import pytest
from django.utils import timezone

from audit.models import AuditPayload
from review import claims, thread, workflow
from review.models import About, Mention, Notice
from tests import factories as make


def told(user):
    return list(Notice.objects.filter(user=user).values_list("about", flat=True))


class TestNote:
    def test_is_open_to_everybody_who_decides_here_whoever_holds_the_card(self, card, elena, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        thread.add_note(task, by=elena, now=now, text=" Ask her about May. ")
        assert [(one.text, one.note.by, one.note.length) for one in thread.thread(task, user=daniel)] == [
            ("Ask her about May.", elena, 18)
        ]

    @pytest.mark.parametrize("text", ["", "   ", "x" * 4_001])
    def test_is_neither_empty_nor_endless(self, card, elena, now, text):
        with pytest.raises(thread.NotANote):
            thread.add_note(card(), by=elena, now=now, text=text)

    def test_tells_whom_it_names_and_whom_the_form_names(self, card, elena, daniel, sofia, now):
        task = card()
        made = thread.add_note(task, by=elena, now=now, text="Look at May, @Daniel Okafor.", also=[sofia])
        assert set(Mention.objects.filter(note=made).values_list("user", flat=True)) == {daniel.pk, sofia.pk}
        assert (told(daniel), told(sofia), told(elena)) == ([About.MENTION], [About.MENTION], [])

    def test_names_nobody_who_may_not_see_the_card(self, card, elena, now):
        stranger = make.user("strategist", brand="other", market="US", name="Stranger Far")
        for text, also in (("@Stranger Far, look", []), ("Look", [stranger])):
            with pytest.raises(thread.NotANote, match="Stranger"):
                thread.add_note(card(), by=elena, now=now, text=text, also=also)
        assert not Mention.objects.exists()

    def test_keeps_the_erasable_words_in_the_payload(self, card, elena, now):
        task = card()
        made = thread.add_note(task, by=elena, now=now, text="Her mother is ill.")
        assert "mother" not in made.audit.body
        AuditPayload.objects.filter(entry=made.audit).delete()
        assert [one.text for one in thread.thread(task, user=elena)] == [""]

    def test_stays_closed_while_the_card_is_sealed(self, card, elena, now):
        task = card(arm="blind", arm_share_u6=300_000)
        with pytest.raises(workflow.Refused, match="sealed"):
            thread.add_note(task, by=elena, now=now, text="The AI is right here.")
        task.unsealed_at = timezone.now()
        task.save()
        thread.add_note(task, by=elena, now=now, text="Agreed.")
        assert len(thread.thread(task, user=elena)) == 1
        task.unsealed_at = None
        assert thread.thread(task, user=elena) == []


class TestMentions:
    @pytest.fixture
    def here(self, db):
        return [
            make.user(name="Elena Markova", email="elena@example.org"),
            make.user(name="Elena Mark", email="em@example.org"),
            make.user(name="Ирина Савельева", email="irina@example.org"),
        ]

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("@Elena Markova, look", [0]), ("@elena mark: look", [1]), ("Спросить @Ирина?", [2]), ("(@irina)", [2]),
            ("write to elena@example.org", []), ("no one", []), ("@em and @irina and @em", [1, 2]),
            ("@Elena@x", None), ("@Nobody", None),
        ],
    )  # fmt: skip
    def test_are_read_from_the_text(self, here, text, named):
        if named is None:
            with pytest.raises(thread.NotANote):
                thread.mentions(text, here)
        else:
            assert thread.mentions(text, here) == [here[n] for n in named]

    def test_leave_the_creators_own_handles_alone(self, here):
        assert thread.mentions("Her @alina_bez_grima grows", here, handles={"alina_bez_grima"}) == []

    def test_say_how_to_name_one_of_two(self, here):
        with pytest.raises(thread.NotANote, match="@elena, @em"):
            thread.mentions("@Elena", [here[0], here[1]], handles=())
