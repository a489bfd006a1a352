"""A figure is corrected on the creator's page, a fact told, and either taken back."""

import re
from datetime import date
from html import unescape

import pytest

from screening import casebook
from screening.models import Correction
from tests import factories as f
from tests.screening.conftest import browser


@pytest.fixture
def address(creator):
    """The page that corrects the followers of the creator's profile, of whom 500,000 were counted."""
    profile = creator.profiles.get()
    f.metrics(profile, taken_at=date(2026, 1, 5), followers=500_000, fee_minor=130_000, currency="USD", source="list")
    return f"/creators/profiles/{profile.pk}/followers/"


@pytest.fixture
def sent(creator):
    """What Elena types to correct the followers."""
    return {
        "was": creator.profiles.get().metrics.get().pk,
        "value": "52k",
        "day": "2026-02-01",
        "reason": "A screenshot",
    }


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


class TestFigure:
    def test_has_a_link_beside_each_for_whoever_may_and_for_nobody_else(self, address, page, elena, creator):
        shown = browser(elena).get(page).content.decode()
        assert shown.count("/profiles/") == 4  # followers, likes, comments, price
        assert address in shown
        expert = browser(f.user("expert", brand="acme", market="US"))
        assert "/profiles/" not in expert.get(page).content.decode()
        assert expert.get(address).status_code == 403
        assert browser(f.user("strategist", brand="acme", market="RU")).get(address).status_code == 404

    def test_is_corrected_and_taken_back(self, address, sent, page, elena):
        own = browser(elena)
        assert "Stands now: 500k · as of 5 Jan · list" in text_of(own.get(address))
        answer = own.post(address, sent)
        assert (answer.status_code, answer.url) == (302, f"{page}#prov")
        assert "52k corrected by Elena Markova, was 500k: A screenshot" in text_of(own.get(page))
        back = f"{page}corrections/{Correction.objects.get().pk}/back/"
        other = browser(f.user("strategist", brand="acme", market="US"))
        assert other.post(back).status_code == 404
        for _ in range(2):
            assert own.post(back).status_code == 302
        assert "corrected by" not in text_of(own.get(page))

    def test_of_a_price_is_typed_in_whole_units(self, address, sent, elena):
        browser(elena).post(address.replace("followers", "fee_minor"), {**sent, "value": "1,100"})
        assert Correction.objects.get().figures.fee_minor == 110_000

    def test_says_at_the_field_what_is_wrong_and_keeps_the_rest(self, address, sent, elena):
        answer = browser(elena).post(address, {**sent, "value": "many"})
        assert answer.status_code == 422
        assert "“many” is not a number" in text_of(answer)
        assert "A screenshot" in answer.content.decode()
        late = browser(elena).post(address, {**sent, "day": "2025-12-31"})
        assert "The day lies between 5 Jan" in text_of(late)

    def test_keeps_from_a_sealed_reader_why_a_colleague_corrected_it(self, address, sent, page, elena, monkeypatch):
        browser(elena).post(address, sent)
        monkeypatch.setattr(casebook, "of", lambda *_: casebook.Casebook(sealed=frozenset({1})))
        daniel = browser(f.user("expert", brand="acme", market="US"))
        assert "corrected by Elena Markova, was 500k" in text_of(daniel.get(page))
        assert "A screenshot" not in daniel.get(page).content.decode()
        assert "A screenshot" in browser(elena).get(page).content.decode()


class TestFact:
    def test_stands_in_the_head_among_the_relations_and_with_its_source(self, page, elena):
        own = browser(elena)
        own.post(f"{page}facts/city/", {"value": "Boston", "reason": "Her profile"})
        told = {"value": "Lada Mir", "day": "2025-03-01", "reason": "A call"}
        assert own.post(f"{page}facts/agent/", told).status_code == 302
        shown = text_of(own.get(page))
        assert "Agent: Lada Mir." in shown
        assert "Lada Mir the creator’s agent since 1 Mar 2025 said by Elena Markova" in shown
        assert re.search(r"City Boston told by Elena Markova\s*: Her profile", shown)

    def test_names_what_was_told_before(self, page, elena):
        own = browser(elena)
        for city in ("Boston", "New York"):
            own.post(f"{page}facts/city/", {"value": city, "reason": "Her profile"})
        assert "corrected by Elena Markova, was Boston" in text_of(own.get(page))

    def test_is_for_those_who_decide(self, page, as_role):
        assert as_role("analyst").get(f"{page}facts/city/").status_code == 403
        assert as_role("strategist").get(f"{page}facts/shoe/").status_code == 404
