"""A finished run and a way to try changed rules on it."""

from datetime import timedelta

import pytest
import time_machine

from accounts.models import Membership
from jobs import lease
from review import dry_run, facts, policies
from review.models import Policy, ReviewTask
from tests import factories as make
from tests.review.replaying import LATER, NOW, changes
from tests.review.test_queue import campaign, learned, screen  # noqa: F401


@pytest.fixture
def rules(campaign, sofia):  # noqa: F811
    """Puts rules in force in the past: `rules(review_budget=20)`."""

    def made(**fields):
        Policy.objects.filter(state="active").update(state="retired")
        Membership.objects.update(granted_at=NOW - timedelta(days=100))
        return make.policy(campaign.brand, campaign.market, owner=sofia, **fields)

    return made


@pytest.fixture
def ran(campaign):  # noqa: F811
    """Screens and routes at a moment, with nothing sealed afterwards: `ran(hours=1)`."""

    def done(of=None, *, seed=1, hours=0):
        moment = NOW + timedelta(hours=hours)
        with time_machine.travel(moment, tick=False), lease.moved(moment):  # a database has a clock of its own
            run = screen(of or campaign, seed=seed)
        ReviewTask.objects.filter(arm="blind").update(unsealed_at=NOW + timedelta(hours=hours))
        return run

    return done


@pytest.fixture
def tried(sofia):
    """Tries the rules in force with some of them changed: `tried(review_budget=18)`."""

    def done(**changed):
        policy = Policy.objects.select_related("brand", "market").get(state="active")
        same = {name: getattr(policy, name) for name in policies.RULES}
        draft = policies.propose(
            policy.brand, policy.market, owner=policy.owner, by=sofia, now=LATER, **{**same, **changed}
        )
        return dry_run.count(draft, now=LATER)

    return done


@pytest.fixture
def twin(campaign, ran):  # noqa: F811
    """Screens the same candidates with the same seed for a twin of the campaign: what rules really do."""

    def done(*, seed=1):
        other = make.campaign(wanted=campaign.wanted, fee_minor=campaign.fee_minor)
        make.brief(other)
        return ran(other, seed=seed)

    return done


@pytest.fixture
def alone(campaign, monkeypatch):  # noqa: F811
    """A learned model that is sure of everybody."""
    monkeypatch.setattr(facts.Facts, "confidence", property(lambda self: 0.9))
    learned(campaign)


@pytest.fixture
def changes_of_all(tried, monkeypatch):
    """What changes, by profile, with everybody named: `changes_of_all(review_budget=18)`."""

    def done(**changed):
        monkeypatch.setattr(dry_run, "LISTED", 1_000)
        monkeypatch.setattr(dry_run, "OF_A_KIND", 1_000)
        found = tried(**changed)
        assert found["played"] == found["runs"]
        assert len(found["changed"]) == found["n_changed"]
        return changes(found)

    return done
