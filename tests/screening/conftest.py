"""A small market to screen: twelve creators with history, a card, a brief."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from accounts.models import Role
from jobs import dispatch
from screening import briefs, judging, runs, training
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from tests import factories as f

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROLES = tuple(Role.values)


@pytest.fixture
def now():
    """The moment at which everything in these tests happens."""
    return NOW


@pytest.fixture
def market(db):
    """Market US with twelve profiles, one of them without figures, and two of one creator."""
    us = f.market()
    for n in range(12):
        made = f.profile(
            platform="youtube" if n % 3 else "instagram",
            handle=f"c{n}",
            country="US" if n % 2 else "CA",
            language="en",
            categories=["Beauty"] if n % 4 else ["Games", "Music"],
            bio=f"I film skincare for the cold, part {n}" * (n % 3),
        )
        for month in (8, 9, 10) if n else ():
            f.metrics(
                made,
                taken_at=date(2026, month, 1),
                followers=4_000 * n * (1 + month / 100),
                likes_avg=90.0 * n + month,
                comments_avg=4.0 + n,
                posts=100 + month,
            )
    f.metrics(f.profile("vk", creator=made.creator, handle="second"), followers=500)
    return us


@pytest.fixture
def campaign(market, now):
    """A campaign with one brief and an approved card."""
    made = f.campaign(market=market)
    wishes = (Wish(WishKind.TOPICS, 0.2, ("skincare", "cold")), Wish(WishKind.SIZE, 0.1, (), 10_000, 100_000))
    criteria = Criteria(platforms=("youtube", "instagram"), followers_min=8_000)
    briefs.publish(made, criteria=criteria, preferences=Preferences(wishes, "Barrier cream"), by=None, now=now)
    model = training.publish_card(market, by=None, now=now)
    training.approve(model, by=f.user("manager"), now=now)
    return made


@pytest.fixture
def finish(now):
    """Start a run and carry it out as a worker would."""

    def carry_out(campaign, **options):
        judging._judged.cache_clear()  # as another worker would: what an earlier run found out is not at hand
        run = runs.start(campaign, by=None, now=now, **options)
        dispatch.run(run.job_id, worker="test")
        run.refresh_from_db()
        assert run.status == "completed", run.error
        return run

    return carry_out


def browser(user) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_role(db):
    """Return the browser of somebody with a role in the default brand and market."""

    def sign_in(role, **fields):
        return browser(f.user(role, brand="acme", market="US", **fields))

    return sign_in


@pytest.fixture
def strategist(as_role):
    """The browser of a strategist."""
    return as_role("strategist")


@pytest.fixture
def run(campaign, finish):
    """A finished run of the campaign."""
    return finish(campaign)


@pytest.fixture
def outsider(db):
    """The browser of a strategist of another brand in the same market."""
    return browser(f.user("strategist", brand="other", market="US"))


@pytest.fixture
def abroad(db):
    """The browser of a strategist of the same brand in another market."""
    return browser(f.user("strategist", brand="acme", market="RU"))
