"""Tags and partials as templates use them."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from hybridmkt.templatetags import hm


def render(text, **context):
    return Template("{% load hm %}" + text).render(Context(context))


def due_in(**length):
    return render("{% due at %}", at=timezone.now() + dt.timedelta(**length, seconds=5))


class TestIcon:
    def test_points_into_the_sprite(self):
        assert '#check"/></svg>' in render('{% icon "check" %}')

    def test_is_silent_for_screen_readers(self):
        assert 'aria-hidden="true"' in render('{% icon "check" "lg" %}')


class TestDue:
    def test_is_grey_over_four_hours(self):
        assert 'class="due"' in due_in(hours=4)

    def test_is_orange_under_four_hours(self):
        assert "due--soon" in due_in(hours=3, minutes=59)

    def test_is_red_with_another_sign_under_an_hour(self):
        shown = due_in(minutes=59)
        assert "due--now" in shown
        assert "#alert" in shown

    def test_says_when_time_is_up(self):
        assert "time is up" in due_in(minutes=-10)

    def test_stands_still_while_somebody_is_asked(self):
        shown = render("{% due at paused=True %}", at=timezone.now())
        assert "paused" in shown
        assert "data-at" not in shown

    def test_shows_nothing_without_a_deadline(self):
        assert render("{% due at %}", at=None).strip() == ""


class TestAvatar:
    @pytest.mark.parametrize(("name", "letters"), [("Ирина Савельева", "ИС"), ("@alina_bez_grima", "AB"), ("", "?")])
    def test_has_the_initials_in_their_own_script(self, name, letters):
        assert hm.initials(name) == letters

    def test_keeps_its_colour(self):
        assert hm.tone("Elena Markova") == hm.tone("Elena Markova")


class TestContributions:
    FACTORS = ({"label": "Low cost", "detail": "$5", "points": 13.0}, {"label": "Far topic", "points": -7.4})

    def test_are_signed_in_words_beside_their_bars(self):
        with translation.override("en"):
            call = '{% include "partials/_contrib.html" with scale=13 rest="Eight smaller" rest_points=6.1 %}'
            shown = render(call, factors=self.FACTORS)
        assert shown.count("<svg") == 3
        assert '<div class="v pos">+13.0</div>' in shown
        assert '<div class="v neg">−7.4</div>' in shown
        assert '<div class="v z">+6.1</div>' in shown


class TestStance:
    def test_says_the_chance_in_a_word_and_a_number(self):
        with translation.override("ru"):
            shown = render(
                '{% include "partials/_stance.html" with stance="За сотрудничество" confidence=0.61 p=0.61 line=0.5 %}'
            )
        assert "61\u00a0%" in shown
        assert "Скорее да" in shown
        assert "55–69\u00a0%" in shown


class TestProgress:
    def test_asks_again_only_while_the_job_runs(self):
        template = '{% include "partials/_progress.html" with url="/jobs/1/" is_open=open share=0.4 text="Reading" %}'
        assert 'hx-trigger="every 1s"' in render(template, open=True)
        assert "hx-" not in render(template, open=False)
