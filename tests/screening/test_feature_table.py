"""docs/features.md agrees with the code, and real files fill every feature of it."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from screening import feature_sources, feature_table
from screening.engine.features import FEATURES
from screening.feature_sources import Listed
from screening.models import Market, Profile
from tests import factories
from tests.screening.imports.files import write

DOCS = Path(__file__).resolve().parents[2] / "docs"
COUNTS = feature_table.read_counts((DOCS / "features.md").read_text())


@pytest.fixture
def copied(tmp_path, settings):
    """The page in a copy of the folder, free to be changed."""
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    return write(tmp_path / "docs" / "features.md", (DOCS / "features.md").read_text())


class TestThePage:
    def test_agrees_with_the_code(self):
        call_command("feature_table", "--check", verbosity=0)

    @pytest.mark.parametrize("code", FEATURES)
    def test_names_a_file_that_fills_the_feature(self, code):
        assert [name for name, found in COUNTS.items() if name != feature_table.ALL and found.get(code)]
        assert COUNTS[feature_table.ALL][code]

    def test_lists_the_files_that_are_imported(self):
        files = [row.file for row in feature_sources.listed((DOCS / "imports.md").read_text())]
        assert [*files, feature_table.ALL] == list(COUNTS)

    @pytest.mark.parametrize(
        ("found", "other"), [("| 0.00001 to 1 |", "| 0 to 1 |"), ("| Подписчики |", "| Читатели |")]
    )
    def test_is_out_of_date_once_a_word_or_a_range_differs(self, copied, found, other):
        text = copied.read_text()
        assert found in text
        copied.write_text(text.replace(found, other))
        with pytest.raises(CommandError, match="out of date"):
            call_command("feature_table", "--check")

    def test_is_mended_by_writing_it(self, copied):
        whole = copied.read_text()
        copied.write_text(whole.replace("| more is better |", "| better |"))
        call_command("feature_table", verbosity=0)
        assert copied.read_text() == whole


@pytest.mark.django_db
class TestMeasure:
    ON = date(2026, 11, 20)

    def test_counts_what_a_file_makes_known_and_leaves_nothing_behind(self, tmp_path):
        write(tmp_path / "two.csv", "username,followers,likes avg,bio\nanna,10000,300,\nboris,20000,,Baker in Boston")
        options = ("--platform", "instagram", "--market", "US", "--as-of", "2026-11-01")
        counts = feature_sources.measure([Listed("two.csv", options, {})], tmp_path, on=self.ON, say=str)
        assert counts["two.csv"] == counts[feature_table.ALL]
        expected = {"followers": 2, "like_rate": 1, "posts": 0, "topic_match": 1}
        assert {name: counts["two.csv"].get(name, 0) for name in expected} == expected
        assert not Profile.objects.exists()
        assert not Market.objects.exists()

    def test_counts_for_a_file_of_figures_what_it_adds(self, tmp_path, monkeypatch):
        monkeypatch.setattr(feature_sources, "AFTER", {"days.csv": "who.csv"})
        write(tmp_path / "who.csv", "creator_id,youtube_id,debut_date\na1,UCaaaaaaaaaaaaaaaaaaaaaa,2020-01-01\n")
        write(tmp_path / "days.csv", "date,creator_id,youtube_subscribers\n2026-06-01,a1,1000\n2026-07-01,a1,1200\n")
        files = [Listed(name, ("--platform", "youtube", "--market", "US"), {}) for name in ("who.csv", "days.csv")]
        counts = feature_sources.measure(files, tmp_path, on=self.ON, say=str)
        assert (counts["who.csv"]["account_age"], counts["days.csv"]["growth_rate"]) == (1, 1)
        assert "account_age" not in counts["days.csv"]

    def test_refuses_a_database_that_holds_profiles(self, tmp_path):
        factories.profile()
        with pytest.raises(feature_sources.NotEmpty, match="empty one"):
            feature_sources.measure([], tmp_path, on=self.ON, say=str)

    def test_says_which_files_are_absent(self, tmp_path):
        with pytest.raises(CommandError, match=r"influencers\.txt"):
            call_command("feature_table", "--data", str(tmp_path))


class TestListed:
    def test_reads_options_mapping_and_gives_a_market(self):
        mapping = {"Views avg.": "audience_country"}
        row = f"| `a b.csv` | `--platform vk` | 5 | 5 | 0 | 0 |  | given: `{json.dumps(mapping)}` |"
        options = ("--platform", "vk", "--market", "US")
        assert feature_sources.listed(row) == [Listed("a b.csv", options, mapping)]
