"""Figures as people type them: read as meant, or asked for again."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from playbooks.forms import FigureField

field = FigureField(required=False)


class TestFigureField:
    @pytest.mark.parametrize(
        ("language", "text", "figure"),
        [
            ("en", "12,500", 12_500), ("en", "12,500.5", 12_500.5), ("en", "1.5k", 1_500), ("en", "1.234 M", 1_234_000),
            ("en", "1.234,5", 1_234.5), ("en", "0.125", 0.125), ("en", "12 500,5", 12_500.5), ("en", "1.2340", 1.234),
            ("ru", "12 500,5", 12_500.5), ("ru", "0,125", 0.125), ("ru", "1.234,5", 1_234.5), ("ru", "1,5", 1.5),
            ("ru", "19 тыс.", 19_000), ("ru", "1,234 млн", 1_234_000), ("ru", "12\u00a0500", 12_500), ("en", "", None),
        ],
    )  # fmt: skip
    def test_reads_what_is_meant(self, language, text, figure):
        with translation.override(language):
            assert field.clean(text) == figure

    @pytest.mark.parametrize(
        ("language", "text"),
        [("en", "12.500"), ("en", "€1.234"), ("ru", "12.500"), ("ru", "12,500"), ("ru", "1,234 руб.")],
    )
    def test_asks_again_for_what_can_be_read_in_two_ways(self, language, text):
        with translation.override(language), pytest.raises(ValidationError) as refused:
            field.clean(text)
        assert text in refused.value.messages[0]

    def test_says_how_to_write_either(self):
        with pytest.raises(ValidationError, match=r"Write 12500 or 12\.5000\."):
            field.clean("12.500")

    @pytest.mark.parametrize("text", ["many", "1,2,3", "-5", "9" * 20])
    def test_refuses_what_is_no_figure(self, text):
        with pytest.raises(ValidationError):
            field.clean(text)

    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize("figure", [0.0, 0.125, 1.5, 1.234, 1234.0, 1234.567, 12500.5, 1e9, 0.000001])
    def test_reads_back_what_it_shows(self, language, figure):
        with translation.override(language):
            assert field.clean(field.prepare_value(figure)) == figure
