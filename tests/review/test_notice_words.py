"""A notice says what happened in words of its own, not in those of its whole kind, in both languages."""

import pytest
from django.utils import translation

from review.models import About, Notice
from review.words import notices

SAID = [
    (About.ANSWER, {"state": "lapsed"}), (About.ANSWER, {"state": "passed"}),
    (About.INVESTIGATION, {"what": "open"}), (About.INVESTIGATION, {"what": "assign"}),
    (About.INVESTIGATION, {"what": "close"}), (About.INVESTIGATION, {"what": "late"}),
    (About.SESSION, {"number": 3}), (About.SESSION, {"number": 3, "what": "action"}),
    (About.STOP, {"what": "propose"}), (About.STOP, {"what": "restart"}),
    (About.WORK, {"kind": "import", "status": "succeeded"}), (About.WORK, {"kind": "import", "status": "failed"}),
]  # fmt: skip


class TestTitle:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_differs_with_what_happened(self, language):
        with translation.override(language):
            titles = [notices.title(Notice(about=about, numbers=numbers)) for about, numbers in SAID]
            plain = {str(about.label) for about, _numbers in SAID}
        assert len(set(titles)) == len(SAID)
        assert not plain & set(titles)
        is_russian = [any("а" <= letter <= "я" for letter in title) for title in titles]
        assert set(is_russian) == {language == "ru"}

    def test_of_an_older_notice_is_its_kind(self):
        assert notices.title(Notice(about=About.SESSION, numbers={})) == str(About.SESSION.label)
