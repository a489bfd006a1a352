"""What was promised to a creator."""

import pytest

from review import overlays, promises
from tests import factories as make


class TestPromise:
    def test_keeps_its_words_erasable_with_owner_and_date(self, card, elena, daniel, now):
        task = card()
        made = promises.promise(task, text=" Free wording ", owner=daniel, by=elena, now=now, due_date=now.date())
        assert (made.owner, made.by, made.length) == (daniel, elena, 12)
        assert overlays.words_by_entry([made.audit_id])[made.audit_id] == {"promise": "Free wording"}
        assert "wording" not in made.audit.body

    @pytest.mark.parametrize("text", ["", " ", "x" * 501])
    def test_has_words_and_few(self, card, elena, now, text):
        with pytest.raises(promises.NotAPromise):
            promises.promise(card(), text=text, owner=elena, by=elena, now=now)

    def test_is_kept_by_somebody_who_works_there(self, card, elena, now):
        with pytest.raises(promises.NotAPromise, match="Far"):
            promises.promise(card(), text="x", owner=make.user("analyst", name="Far"), by=elena, now=now)

    def test_is_marked_as_kept_once(self, card, elena, daniel, now):
        made = promises.promise(card(), text="An answer by Friday", owner=elena, by=elena, now=now)
        assert promises.kept(made, by=daniel, now=now).kept_by == daniel
        with pytest.raises(promises.NotAPromise, match="already"):
            promises.kept(made, by=elena, now=now)
