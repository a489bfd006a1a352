"""What the forms of screening read and refuse."""

import pytest
from django.utils import translation

from screening import briefs
from screening.engine.types import Criterion
from screening.forms import BriefForm, brief_initial


def form(**fields) -> BriefForm:
    made = BriefForm({name: str(value) for name, value in fields.items()})
    made.is_valid()
    return made


class TestCriteria:
    def test_reads_numbers_as_people_write_them(self):
        made = form(use_followers="on", followers_min="10k", followers_max="1,2M")
        assert (made.criteria()["followers_min"], made.criteria()["followers_max"]) == (10_000, 1_200_000)

    def test_reads_a_decimal_comma_for_a_russian_reader(self):
        with translation.override("ru"):
            assert form(use_followers="on", followers_min="1,5 млн").criteria()["followers_min"] == 1_500_000

    def test_asks_only_for_what_is_ticked(self):
        assert "followers_min" not in form(followers_min="10k").criteria()

    def test_turns_names_of_languages_and_countries_into_codes(self):
        made = form(use_language="on", languages="English, русский", use_country="on", countries="Russia, us")
        assert made.criteria()["languages"] == ["en", "ru"]
        assert made.criteria()["countries"] == ["RU", "US"]

    def test_refuses_a_language_it_does_not_know_and_keeps_the_text(self):
        made = form(use_language="on", languages="Klingon")
        assert "Klingon" in made.errors["languages"][0]
        assert made["languages"].value() == "Klingon"

    def test_refuses_a_range_upside_down(self):
        assert "followers_max" in form(use_followers="on", followers_min="9k", followers_max="1k").errors

    def test_refuses_a_ticked_criterion_that_asks_for_nothing(self):
        assert "categories" in form(use_categories="on", categories=" , ").errors

    def test_does_not_call_an_unreadable_criterion_empty(self):
        assert len(form(use_fee="on", fee_max="a lot").errors["fee_max"]) == 1

    def test_keeps_the_unknown_only_where_ticked(self):
        assert form(keep_language="on").criteria()["keep_unknown"] == ["language"]

    def test_keeps_creators_that_an_older_version_excluded(self):
        made = BriefForm({"use_excluded": "on"}, excluded_ids=[7])
        assert made.is_valid()
        assert made.criteria()["excluded_ids"] == [7]

    def test_refuses_more_words_than_a_person_reads(self):
        assert "categories" in form(use_categories="on", categories=",".join(map(str, range(61)))).errors


class TestPreferences:
    def test_reads_a_weight_in_percent(self):
        wishes = form(weight_topics="30", words_topics="cold, skin").preferences()["wishes"]
        assert wishes == [{"kind": "topics", "weight": 0.3, "words": ["cold", "skin"]}]

    def test_takes_a_weight_of_nothing_for_no_wish(self):
        assert form(weight_topics="0", words_topics="cold").preferences()["wishes"] == []

    def test_refuses_a_weight_without_a_wish(self):
        assert "words_topics" in form(weight_topics="20").errors

    def test_refuses_more_than_a_hundred_percent(self):
        made = form(weight_engagement="60", weight_steadiness="60")
        assert "100%" in str(made.non_field_errors())


class TestBriefInitial:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_gives_the_same_brief_back(self, language):
        criteria = {
            "platforms": ["youtube"], "languages": ["ru", "en"], "countries": ["US"], "followers_min": 10_000.0,
            "followers_max": 700_000.5, "categories": ["beauty"], "excluded_words": ["gambling"], "fee_max": 900.0,
            "figures_max_days": 60, "keep_unknown": ["fee"],
        }  # fmt: skip
        wishes = [{"kind": "size", "weight": 0.25, "low": 10_000.0, "high": 90_000.0}]
        with translation.override(language):
            first = BriefForm(initial=brief_initial(criteria, {"wishes": wishes, "text": "Cream"}))
            shown = {name: first[name].value() for name in first.fields}
            again = BriefForm({name: value for name, value in shown.items() if value})
            assert again.is_valid(), again.errors
        assert again.criteria() == criteria
        assert again.preferences() == {"wishes": wishes, "text": "Cream"}

    def test_keeps_the_usual_unknown_for_a_first_version(self):
        initial = brief_initial({}, {})
        assert initial["keep_language"]
        assert not initial["keep_followers"]

    def test_makes_data_that_the_engine_takes(self):
        made = form(use_platform="on", use_figures_age="on", figures_max_days="90", keep_fee="on")
        assert briefs.criteria_from(made.criteria()).keep_unknown == {Criterion.FEE}
