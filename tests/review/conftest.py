"""People, cards and a moment that the tests of this room share."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from review import decisions
from review.models import FirstView
from tests import factories as make

_keys = count(1)


@pytest.fixture
def now():
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def elena(db):
    return make.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def daniel(db):
    return make.user("strategist", brand="acme", market="US", name="Daniel Okafor")


@pytest.fixture
def sofia(db):
    return make.user("manager", brand="acme", market="US", name="Sofia Bennett")


@pytest.fixture
def marcus(db):
    return make.user("manager", brand="acme", market="US", name="Marcus Hale")


@pytest.fixture
def policy(sofia, marcus):
    return make.policy(make.brand(), make.market(), owner=sofia, deputy=marcus)


@pytest.fixture
def card(policy, now):
    """Makes cards: `card(verdict="decline", stakes="high")`."""

    def made(verdict="recommend", p_u6=None, **fields):
        chance = p_u6 or {"recommend": 610_000, "decline": 350_000, "unsure": 500_000}[verdict]
        answer = make.recommendation(make.run(make.campaign()), verdict=verdict, p_u6=chance)
        if fields.get("stakes") == "high" or fields.get("is_guarded"):
            fields.setdefault("on_expiry", "escalates")
        return make.task(answer, policy=policy, opened_at=fields.pop("opened_at", now), **fields)

    return made


@pytest.fixture
def decide(now):
    """Decides a card as it stands; `decide(task, "approve", by=elena)`."""

    def done(task, choice, *, by, after=timedelta(minutes=1), **said):
        task.refresh_from_db()
        given = {"version": task.version, "key": f"key-{next(_keys)}", "now": now + after, **said}
        return decisions.decide(task, choice=choice, by=by, **given)

    return done


WHY = "Her readers buy at pharmacies, I saw it in her last two campaigns."


@pytest.fixture
def why():
    return WHY


@pytest.fixture
def told(campaign, policy, now):
    """Makes a card of the campaign: `told("decline", says_yes=True, by=elena)` with a first view that was committed."""

    def made(verdict, says_yes=None, by=None, **fields):
        p = {"recommend": 610_000, "decline": 350_000, "unsure": 500_000}[verdict]
        run = campaign.runs.first() or make.run(campaign)
        task = make.task(make.recommendation(run, verdict=verdict, p_u6=p), policy=policy, opened_at=now, **fields)
        if says_yes is not None:
            FirstView.objects.create(
                task=task, by=by, at=now, says_yes=says_yes, p_u6=800_000 if says_yes else 200_000, because="fit",
                audit=make.entry("first_view"),
            )  # fmt: skip
        return task

    return made
