"""Telling people what waits for them, each of them once."""

from datetime import UTC, datetime

import pytest

from review import notices
from review.models import About, Notice, Way
from tests import factories as make


class TestTell:
    def test_tells_each_person_once_for_a_key(self, elena, daniel, now):
        for _again in range(2):
            notices.tell([elena, daniel, elena], About.MENTION, key="note:1", url="/queue/1/", now=now)
        assert Notice.objects.count() == 2
        notices.tell([elena], About.MENTION, key="note:2", url="/queue/1/", now=now)
        assert Notice.objects.filter(user=elena).count() == 2

    def test_tells_nobody_of_their_own_doing_nor_who_has_left(self, elena, now):
        gone = make.user(is_active=False)
        notices.tell([elena, gone], About.ANSWER, key="answer:1", url="/queue/1/", now=now, by=elena)
        assert not Notice.objects.exists()


class TestWhenALetterMayLeave:
    AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def test_is_at_once_once_it_stands(self):
        assert notices.mail_after(Way.NOW, self.AT, zone="UTC") == self.AT

    def test_is_never_where_no_mail_is_wanted(self):
        assert notices.mail_after(Way.NONE, self.AT, zone="UTC") is None

    @pytest.mark.parametrize(
        ("zone", "expected"),
        [("Europe/Moscow", datetime(2026, 11, 21, 5, 0, tzinfo=UTC)),
         ("America/New_York", datetime(2026, 11, 20, 13, 0, tzinfo=UTC))],
    )  # fmt: skip
    def test_is_the_next_eight_oclock_of_the_persons_own_day(self, zone, expected):
        assert notices.mail_after(Way.DAILY, self.AT, zone=zone) == expected


class TestChoose:
    def test_moves_what_is_not_mailed_yet(self, elena, now):
        notices.tell([elena], About.QUESTION, key="q", url="/queue/1/", now=now)
        notices.choose(elena, {About.QUESTION: Way.NONE}, now=now)
        assert Notice.objects.get().mail_after is None
        assert notices.ways_of(elena)[About.QUESTION] == Way.NONE
        notices.tell([elena], About.QUESTION, key="q2", url="/queue/1/", now=now)
        assert Notice.objects.get(key="q2").mail_after is None


class TestWithdraw:
    def test_leaves_nothing_of_what_was_not_mailed(self, elena, daniel, now):
        notices.tell([elena, daniel], About.APPROVAL, key="a", url="/approvals/1/", now=now)
        Notice.objects.filter(user=daniel).update(mailed_at=now)
        notices.withdraw("a")
        assert Notice.objects.get().user == daniel
