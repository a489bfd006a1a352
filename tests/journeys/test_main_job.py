"""The main job from end to end, as each role: what no room can see alone."""

import re
from pathlib import Path

import polib
import pytest

from accounts.models import User
from hybridmkt import journey
from hybridmkt.demo import people, places
from hybridmkt.visitor import Unexpected
from jobs import lease
from review import decisions
from tests.journeys.inside import Inside

pytestmark = pytest.mark.django_db
ADDRESS = "http://testserver/"
LOCALE = Path(__file__).resolve().parents[2] / "locale" / "ru"
SURE = 16  # characters from which a sentence of ours cannot stand on a Russian page by chance


@pytest.fixture
def story(monkeypatch) -> journey.Story:
    """A story among the demo's people, brands and rules, before any creator is known."""
    monkeypatch.setattr(journey, "Visitor", Inside)
    places.seed(people.seed(lease.now()), lease.now())
    return journey.Story(ADDRESS)


def tell(story: journey.Story) -> list[str]:
    return [step(story) for step in journey.STEPS]


class TestMainJob:
    def test_goes_from_a_file_to_a_recorded_result(self, story):
        lines = tell(story)
        assert "62 records = 60 new + 1 merged + 1 refused" in lines[1]
        shown, sealed = re.search(
            r"60 candidates ranked .*, (\d+) of them exported .*, (\d+) sealed", lines[2]
        ).groups()
        assert int(shown) + int(sealed) == 60
        assert "approved" in lines[3]
        assert re.search(r"\$5,200 for Potter \d+ .* the manager, who approved it", lines[6])
        assert len(lines) == 10

    def test_goes_through_a_second_time(self, story):
        tell(story)
        assert len(tell(journey.Story(ADDRESS))) == len(journey.STEPS)

    def test_stops_with_a_sentence_where_the_product_answers_otherwise(self, story, monkeypatch):
        monkeypatch.setattr(decisions, "MIN_RATIONALE", 5)
        with pytest.raises(Unexpected, match=r"answered 500 .*; 422 was expected after POST .*/decide/"):
            tell(story)

    def test_is_done_on_a_demo_only(self, story):
        people.logins_file().unlink()
        with pytest.raises(Unexpected, match="on a demo only"):
            tell(story)


class TestReaders:
    """Codes are stored and words are made for the reader: the same case reads in the language of who opens it."""

    def pages(self, story, reader):
        record = reader.get(story.record)
        entry = record.addresses(r"^/audit/[0-9a-f-]{36}/$")[0]
        signed = story.cards["signed"]
        paths = [
            "/queue/", "/approvals/", "/campaigns/", "/runs/", "/creators/", "/audit/", "/jobs/", "/policies/", entry,
            story.record, story.campaign, f"{story.campaign}brief/1/", story.run, story.cards["open"],
            story.cards["approved"], signed, signed.replace("playbooks", "approvals"), f"{signed}outcome/",
        ]  # fmt: skip
        return {path: reader.get(path).text for path in paths}

    def test_find_a_finished_case_in_russian(self, story):
        tell(story)
        User.objects.filter(email__startswith=journey.MANAGER).update(language="ru")
        entries = [entry for file in LOCALE.glob("*.po") for entry in polib.pofile(str(file)) if entry.msgstr]
        ours = [entry.msgid for entry in entries if len(entry.msgid) >= SURE and "%" not in entry.msgid]
        pages = self.pages(story, story.visitors[journey.MANAGER])
        assert ours
        left = {path: [words for words in ours if words in text] for path, text in pages.items()}
        assert {path: words for path, words in left.items() if words} == {}
