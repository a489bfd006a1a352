"""The notice centre, the bell and the choice of e-mail."""

import re

import pytest

from review import notices
from review.models import About, Notice, NoticeChoice, Way
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(elena, sofia, card, now):
    task = card(stakes="high")
    for n, about in enumerate(About):
        notices.tell([elena], about, key=f"k{n}", url=f"/queue/{task.pk}/", now=now, by=sofia, task=task,
                     numbers={"fee_minor": 1_000_000, "choice": "approve", "at": now.isoformat()})  # fmt: skip
    return task


class TestCentre:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_has_words_for_everything_a_person_can_be_told(self, signed_in, elena, told, words, language):
        type(elena).objects.filter(pk=elena.pk).update(language=language)
        answer = signed_in(elena).get("/notices/")
        page = words(answer)
        assert page.count(told.recommendation.creator.name) >= len(About)
        titles = re.findall(r'class="strong" href="/queue/\d+/">([^<]+)<', answer.content.decode())
        assert len(set(titles)) == len(About)
        if language == "ru":
            assert all(re.search("[а-яё]", title) for title in titles)

    def test_says_what_became_of_a_card_that_waits_no_more(self, signed_in, elena, told, words):
        told.state = "approved"
        told.save()
        chips = re.findall(r'chip--line">([^<]+)<', signed_in(elena).get("/notices/").content.decode())
        assert [one.lower() for one in chips if one != "new"] == ["approved"] * 3  # approval, escalation, deadline

    def test_costs_the_same_however_much_there_is(self, signed_in, elena, told, django_assert_max_num_queries):
        browser = signed_in(elena)
        browser.get("/notices/")
        with django_assert_max_num_queries(8):
            browser.get("/notices/")

    def test_hides_what_lies_outside_by_now(self, signed_in, elena, told, words):
        elena.memberships.update(brand="other")
        page = words(signed_in(elena).get("/notices/"))
        assert told.recommendation.creator.name not in page

    def test_shows_nobody_elses(self, signed_in, daniel, told, words):
        assert "Nobody has told you anything yet" in words(signed_in(daniel).get("/notices/"))

    def test_marks_one_as_read_and_then_all(self, signed_in, elena, daniel, told):
        browser, one = signed_in(elena), Notice.objects.first()
        signed_in(daniel).post("/notices/read/", {"notice": one.pk})
        assert Notice.objects.filter(read_at__isnull=True).count() == len(About)
        browser.post("/notices/read/", {"notice": one.pk})
        assert Notice.objects.filter(read_at__isnull=True).count() == len(About) - 1
        browser.post("/notices/read/")
        assert not Notice.objects.filter(read_at__isnull=True).exists()


class TestBell:
    def test_counts_what_is_new(self, signed_in, elena, told):
        page = signed_in(elena).get("/queue/").content.decode()
        assert f'aria-label="Notices, {len(About)} new"' in page

    def test_is_asked_for_alone_by_pages_that_stay_open(self, signed_in, elena, told):
        page = signed_in(elena).get("/notices/bell/").content.decode()
        assert page.strip().startswith("<a class=")

    def test_is_not_shown_to_strangers(self, client):
        assert client.get("/notices/bell/").status_code == 302


class TestWays:
    def test_are_chosen_for_each_kind(self, signed_in, elena, words):
        browser = signed_in(elena)
        ways = {about: str(way) for about, way in notices.ways_of(elena).items()}
        answer = browser.post("/settings/notices/", {**ways, About.MENTION: "now"}, follow=True)
        assert "Saved." in words(answer)
        assert [(one.about, one.way) for one in NoticeChoice.objects.all()] == [(About.MENTION, Way.NOW)]

    def test_refuse_what_is_no_way(self, signed_in, elena):
        assert signed_in(elena).post("/settings/notices/", {About.MENTION: "smoke"}).status_code == 422
        assert not NoticeChoice.objects.exists()

    def test_page_opens_for_an_admin_too(self, signed_in):
        assert signed_in(make.user("admin")).get("/settings/notices/").status_code == 200
