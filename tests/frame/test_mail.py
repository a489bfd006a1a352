"""Letters of an installation without a mail server: as their readers would see them."""

import io

from django.core.mail import EmailMultiAlternatives, get_connection

from hybridmkt import settings


def test_are_printed_as_their_readers_see_them():
    printed = io.StringIO()
    letter = EmailMultiAlternatives("Ждёт вас: Анна", "One line\n\nhttp://127.0.0.1/", to=["sofia@hybridmkt.example"])
    letter.attach_alternative("<p>One line</p>", "text/html")
    get_connection("hybridmkt.mail.Console", stream=printed).send_messages([letter])
    assert printed.getvalue() == (
        "Letter to sofia@hybridmkt.example: Ждёт вас: Анна\n  One line\n\n  http://127.0.0.1/\n\n"
    )


def test_are_printed_where_no_server_is_named():
    assert settings.EMAIL_BACKEND == "hybridmkt.mail.Console"
