"""Controls that we write ourselves are the same bytes as Django's."""

import datetime as dt

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from hybridmkt import controls

ODD = "<b>\"Anna\" & 'co'</b>"
ATTRS = {"class": 'a "b"', "required": True, "disabled": False, "data-n": 3, "title": gettext_lazy("Queue"), "id": "x"}
GROUPS = [("", "–"), ("a", ODD), (1, 2_500), ("Gruppe & Co", [("b", mark_safe("<i>b</i>")), (None, "none")])]
SORTS = [
    forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput, forms.HiddenInput,
    forms.DateInput, forms.TimeInput, forms.CheckboxInput, forms.Textarea, forms.SearchInput,
]  # fmt: skip
VALUES = [None, "", "a", ODD, 7, 2.5, True, dt.date(2026, 11, 28), mark_safe("<i>safe</i>")]


def both(widget, value, attrs=ATTRS):
    """Return a control as Django writes it and as we do."""
    return [str(widget.render("name[]&", value, attrs, renderer=way())) for way in (DjangoTemplates, controls.Renderer)]


class TestRenderer:
    @pytest.mark.parametrize("value", VALUES, ids=repr)
    @pytest.mark.parametrize("sort", SORTS)
    def test_writes_what_the_template_writes(self, sort, value):
        theirs, ours = both(sort(), value)
        assert ours == theirs

    @pytest.mark.parametrize("language", ["en", "ru"])
    @pytest.mark.parametrize("value", ["", "a", "1", 1, None, ["a", "b"]])
    @pytest.mark.parametrize(
        "sort", [forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple]
    )
    def test_writes_every_choice_as_the_template_does(self, sort, value, language):
        with translation.override(language):
            theirs, ours = both(sort(choices=GROUPS), value)
            assert ours == theirs
            for one, other in zip(
                *(self.tags(sort, way, value) for way in (DjangoTemplates, controls.Renderer)), strict=True
            ):
                assert one == other

    def tags(self, sort, way, value):
        """Return single choices, as a page that loops over a field shows them, with and without their labels."""
        form = type("One", (forms.Form,), {"field": forms.Field(widget=sort(choices=GROUPS))})
        shown = form({"field": value}, renderer=way())["field"]
        return [text for one in shown for text in (str(one), one.tag())]

    def test_leaves_other_controls_to_their_templates(self):
        theirs, ours = both(forms.ClearableFileInput(), None)
        assert ours == theirs
        theirs, ours = both(forms.SplitDateTimeWidget(), dt.datetime(2026, 11, 28, 12, 0))
        assert ours == theirs
