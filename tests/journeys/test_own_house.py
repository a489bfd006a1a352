"""An installation without the demo, from the first admin to the first card: everything is done on pages."""

import io
import re

import pytest
from django.core.management import call_command

from hybridmkt import journey
from tests.journeys.inside import Inside

pytestmark = pytest.mark.django_db
ADDRESS = "http://testserver/"
PASSWORD = "slow river bend"
PEOPLE = {"daniel": "strategist", "sofia": "manager", "marcus": "manager"}


def enter(link: str) -> Inside:
    """Choose a password by a link, and sign in with it."""
    visitor = Inside(ADDRESS)
    page = visitor.get(link)
    visitor.send(page, page.form(having="new_password1").fill(new_password1=PASSWORD, new_password2=PASSWORD))
    return visitor


@pytest.fixture
def olga() -> Inside:
    """The browser of the first admin."""
    out = io.StringIO()
    call_command("first_admin", "olga@house.example", name="Olga", stdout=out)
    return come_in(re.search(r"/sign-in/link/\S+", out.getvalue()).group(), "olga")


def come_in(link: str, name: str) -> Inside:
    visitor = enter(link)
    visitor.sign_in(f"{name}@house.example", PASSWORD)
    return visitor


def open_places(olga: Inside) -> None:
    page = olga.get("/places/")
    brand = page.form(having="sensitive_topics").fill(name="Northleaf", currency="USD")
    page = olga.send(page, brand)
    market = page.form(having="name_ru").fill(
        code="US", name_en="United States", name_ru="США", country="US", language="English", currency="USD",
        time_zone="America/New_York",
    )  # fmt: skip
    olga.send(page, market)


def invite(olga: Inside, name: str, role: str) -> Inside:
    page = olga.get("/people/")
    form = page.form(having="email").fill(
        name=name.title(), email=f"{name}@house.example", language="en", role=role, reason="the first team"
    )
    shown = olga.send(page, form)
    return come_in(shown.find(r"/sign-in/link/\S+")[0], name)


def write_rules(sofia: Inside, marcus: Inside) -> None:
    page = sofia.get("/places/")
    sofia.send(page, page.form(action="/approve/"))
    page = sofia.get(sofia.get("/policies/").addresses(r"^/policies/of/")[0])
    draft = sofia.send(page, page.form(having="high_fee").fill(medium_fee="1500", high_fee="9000"))
    page = marcus.get(draft.path)
    assert "is in force" in marcus.send(page, page.form(action="/approve/")).text


class TestOwnHouse:
    def test_goes_from_the_first_admin_to_the_first_card(self, olga):
        open_places(olga)
        team = {name: invite(olga, name, role) for name, role in PEOPLE.items()}
        write_rules(team["sofia"], team["marcus"])
        story = journey.Story(ADDRESS, visitors=team)
        for step in (journey.bring_in, journey.ask):
            step(story)
        daniel = team["daniel"]
        ranked = daniel.wait(story.run, lambda page: bool(page.addresses(r"export\.csv")), seconds=journey.SECONDS)
        assert "Not learned yet" in ranked.text
        cards = daniel.get("/queue/?stakes=low").addresses(r"^/queue/\d+/")
        # Some cards are sealed until a first view: what they were routed for opens with it.
        assert any("In shadow the AI scores and people decide" in daniel.get(one).text for one in cards)
