"""People, cards and a moment that the tests of this room share."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from review import decisions
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
