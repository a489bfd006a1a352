"""A relation is added to a creator on their page and taken back there; every form works without script."""

import re
from html import unescape

import pytest

from audit.models import AuditEntry
from screening import memory
from screening.models import Relation
from tests import factories as f
from tests.screening.conftest import browser


@pytest.fixture
def add(page):
    """Sends the form as somebody; returns the answer."""

    def sent(who, **fields):
        return browser(who).post(f"{page}relations/", {"kind": "worked", "brand": "acme", **fields})

    return sent


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


class TestAdd:
    def test_keeps_the_relation_and_comes_back_to_it(self, add, page, elena):
        answer = add(elena, since="2024-03-01", words="Calm Cream, two videos")
        assert (answer.status_code, answer.url) == (302, f"{page}#rel")
        text = text_of(browser(elena).get(page))
        assert "Elena Markova worked with this creator Acme, since 1 Mar 2024 · Calm Cream, two videos" in text

    def test_shows_how_far_one_trusts(self, add, page, elena):
        add(elena, trust="4")
        assert "Acme · trust 4 of 5" in text_of(browser(elena).get(page))

    def test_pressed_twice_is_kept_once(self, add, elena):
        assert [add(elena).status_code, add(elena).status_code] == [302, 302]
        assert (Relation.objects.count(), AuditEntry.objects.filter(kind="relation").count()) == (1, 1)

    def test_of_a_colleague_says_who_said_so(self, add, page, elena):
        daniel = f.user("expert", brand="acme", market="US", name="Daniel Okafor")
        assert add(elena, kind="referred", referred_by=daniel.pk).status_code == 302
        assert "Daniel Okafor referred this creator Acme · said by Elena Markova" in text_of(browser(elena).get(page))

    def test_keeps_what_was_typed_where_it_is_refused(self, add, elena):
        answer = add(elena, since="2999-01-01", words="Calm Cream")
        page = answer.content.decode()
        assert answer.status_code == 422
        assert '<details class="mb" open>' in page
        assert 'value="2999-01-01"' in page
        assert 'value="Calm Cream"' in page
        assert 'href="#relation_since"' in page
        assert '<option value="worked" selected>' in page
        assert not Relation.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"kind": ""}, "relation_kind"),
            ({"kind": "mentions"}, "relation_kind"),
            ({"kind": "referred"}, "relation_referred_by"),
            ({"brand": ""}, "relation_brand"),
            ({"since": "soon"}, "relation_since"),
            ({"trust": "6"}, "relation_trust"),
            ({"kind": "referred", "trust": "3"}, "relation_trust"),
            ({"words": "x" * 81}, "relation_words"),
        ],
    )
    def test_leads_from_each_error_to_its_field(self, add, elena, fields, field):
        answer = add(elena, **fields)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f'href="#{field}"' in page
        assert f'id="{field}"' in page

    def test_of_another_brand_is_no_choice(self, add, elena):
        assert add(elena, brand="other").status_code == 422
        assert not Relation.objects.exists()

    def test_takes_no_colleague_of_another_brand(self, add, elena):
        stranger = f.user("strategist", brand="other", market="US", name="Stranger")
        answer = add(elena, kind="referred", referred_by=stranger.pk)
        assert answer.status_code == 422
        assert "Stranger" not in answer.content.decode()

    def test_to_a_creator_out_of_sight_is_not_found(self, elena):
        far = f.profile(markets=["RU"]).creator
        answer = browser(elena).post(f"/creators/{far.pk}/relations/", {"kind": "worked", "brand": "acme"})
        assert answer.status_code == 404
        assert not Relation.objects.exists()

    @pytest.mark.parametrize("role", ["analyst", "admin"])
    def test_is_offered_to_those_who_decide_and_refused_to_others(self, add, page, role, elena):
        other = f.user(role, brand="acme", market="US")
        assert "Add a relation" in text_of(browser(elena).get(page))
        assert "Add a relation" not in text_of(browser(other).get(page))
        answer = add(other)
        assert answer.status_code == 403
        assert "It takes one of these roles" in text_of(answer)
        assert not Relation.objects.exists()

    def test_is_posted_by_who_is_signed_in_and_never_asked_for(self, client, page, elena):
        assert client.post(f"{page}relations/", {"kind": "worked"}).url.startswith("/sign-in")
        assert browser(elena).get(f"{page}relations/").status_code == 405


class TestTakeBack:
    @pytest.fixture
    def back(self, page):
        """Presses the button of a row as somebody."""

        def sent(who, relation, **fields):
            row = {"kind": relation.kind, "person": relation.person_id, "brand": relation.brand, **fields}
            return browser(who).post(f"{page}relations/back/", row)

        return sent

    @pytest.fixture
    def said(self, creator, elena, now):
        return memory.relate(creator, kind="worked", person=elena, brand="acme", by=elena, now=now)

    def test_removes_it_and_says_so(self, back, said, elena, page):
        client = browser(elena)
        row = {"kind": "worked", "person": elena.pk, "brand": "acme"}
        assert "Taken back." in text_of(client.post(f"{page}relations/back/", row, follow=True))
        assert not Relation.objects.exists()

    def test_pressed_twice_is_gone_once(self, back, said, elena):
        assert [back(elena, said).status_code, back(elena, said).status_code] == [302, 302]
        assert AuditEntry.objects.filter(kind="relation").count() == 2

    def test_stands_beside_ones_own_only(self, said, elena, page):
        daniel = f.user("strategist", brand="acme", market="US")
        assert "Take back : Elena Markova worked with this creator" in text_of(browser(elena).get(page))
        assert "Take back" not in text_of(browser(daniel).get(page))

    def test_of_somebody_elses_says_whom_to_ask(self, said, page):
        client = browser(f.user("strategist", brand="acme", market="US"))
        row = {"kind": "worked", "person": said.person_id, "brand": "acme"}
        answer = client.post(f"{page}relations/back/", row, follow=True)
        assert "This is not yours to change: ask Elena Markova." in text_of(answer)
        assert Relation.objects.count() == 1

    def test_of_another_brand_is_not_found(self, back, said):
        stranger = f.user("strategist", brand="other", market="US")
        assert back(stranger, said).status_code == 404
        assert Relation.objects.count() == 1

    @pytest.mark.parametrize("fields", [{"person": "x"}, {"person": "9" * 30}, {"person": "²"}, {"brand": ""}])
    def test_of_nothing_is_not_found(self, back, said, elena, fields):
        assert back(elena, said, **fields).status_code == 404

    def test_is_refused_to_who_decides_nothing(self, back, said):
        assert back(f.user("analyst", brand="acme", market="US"), said).status_code == 403
        assert Relation.objects.count() == 1
