"""How long a market keeps creators: who goes by the clock, what keeps them, and the legal hold that stops it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts import access
from audit.models import AuditEntry
from hybridmkt import erasure, retention
from jobs import dispatch, lease, ticks
from jobs.models import Job
from screening.models import Creator, Profile, Retention
from tests import factories as f
from tests.frame.test_erasure import browser, tables

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG_AGO, LATELY = NOW - timedelta(days=800), NOW - timedelta(days=20)
WHY = "Our record of processing says two years."


@pytest.fixture
def admin(db):
    return f.user("admin")


@pytest.fixture
def markets(db):
    return f.market(), f.market("RU")


def creator(handle, *codes, figures=LONG_AGO, added=LONG_AGO):
    """A creator who stands in some markets."""
    made = Creator.objects.create(name=f"Somebody {handle}", created_at=added)
    profile = f.profile(handle=handle, creator=made, markets=list(codes))
    if figures:
        f.metrics(profile, taken_at=figures.date(), followers=900)
    return made


def keep(market, admin, months=24, is_held=False):
    return retention.set_rule(market, months=months, is_held=is_held, reason=WHY, by=admin, now=NOW)


def due():
    """Return how many would go in each market."""
    found = retention.rules()
    return dict(zip((rule.market.pk for rule in found), retention.counts(found, now=NOW), strict=True))


class TestDue:
    def test_nobody_goes_where_nobody_said_so(self, markets):
        creator("one.two3", "US")
        assert due() == {"RU": 0, "US": 0}

    def test_goes_of_whom_nothing_new_came(self, markets, admin):
        creator("one.two3", "US")
        creator("two.two3", "US", figures=LATELY)
        creator("new.two3", "US", figures=None, added=LATELY)
        creator("ru.two3", "RU")
        keep(markets[0], admin)
        assert due() == {"RU": 0, "US": 1}
        keep(markets[0], admin, months=27)
        assert due() == {"RU": 0, "US": 0}

    def test_stays_while_a_card_waits_or_was_there_lately(self, markets, admin):
        keep(markets[0], admin)
        policy = f.policy(f.brand(), markets[0])
        for state, opened, goes in (("open", LONG_AGO, 0), ("not_shown", LATELY, 0), ("not_shown", LONG_AGO, 1)):
            made = creator(f"{state}{opened.year}.x1", "US")
            answer = f.recommendation(f.run(f.campaign()), profile=made.profiles.get())
            closed = {} if state == "open" else {"closed_at": opened}
            f.task(answer, policy=policy, opened_at=opened, state=state, **closed)
            assert due()["US"] == goes

    def test_of_several_markets_each_must_let_go(self, markets, admin):
        creator("both.two3", "US", "RU")
        keep(markets[0], admin)
        assert due() == {"RU": 0, "US": 0}
        keep(markets[1], admin, months=60)
        assert due() == {"RU": 0, "US": 0}
        keep(markets[1], admin, months=12)
        assert due() == {"RU": 1, "US": 1}


class TestTheClock:
    def _day(self):
        with lease.moved(NOW):
            retention.let_go(NOW)
            for job in Job.objects.filter(kind="erasure", status="queued"):
                dispatch.run(job.pk, worker="test")

    def test_erases_who_is_due_and_nobody_else(self, markets, admin):
        gone, kept = creator("gone.two3", "US"), creator("kept.two3", "US", figures=LATELY)
        keep(markets[0], admin)
        self._day()
        gone.refresh_from_db()
        kept.refresh_from_db()
        assert (gone.erased_at is None, kept.erased_at) == (False, None)
        assert tables("gone.two3") == []
        bodies = [json.loads(one.body) for one in AuditEntry.objects.filter(kind="erasure").order_by("uid")]
        assert [(one["what"], one["actor"]) for one in bodies[1:]] == [("asked", "system"), ("done", "system")]
        assert bodies[1]["basis"] == "retention"

    def test_is_stopped_by_a_legal_hold(self, markets, admin):
        creator("held.two3", "US")
        keep(markets[0], admin, is_held=True)
        assert due() == {"RU": 0, "US": 0}
        self._day()
        assert not Job.objects.filter(kind="erasure").exists()

    def test_comes_every_day(self):
        assert ticks.CHORES["retention"].seconds == 86_400


class TestALegalHold:
    def test_stops_an_admin_too(self, markets, admin):
        made = creator("held.two3", "US")
        keep(markets[0], admin, months=None, is_held=True)
        with pytest.raises(erasure.NotErasable, match="legal hold"):
            erasure.ask(made, basis="request", reason=WHY, by=admin, now=NOW)
        keep(markets[0], admin, months=None)
        assert erasure.ask(made, basis="request", reason=WHY, by=admin, now=NOW)

    def test_stops_what_was_asked_for_before_it(self, markets, admin):
        made = creator("held.two3", "US")
        job = erasure.ask(made, basis="request", reason=WHY, by=admin, now=NOW)
        keep(markets[0], admin, months=None, is_held=True)
        dispatch.run(job.pk, worker="test")
        job.refresh_from_db()
        assert (job.status, Profile.objects.get().handle) == ("failed", "held.two3")


class TestSetRule:
    def test_is_for_admins_of_everything(self, markets):
        with pytest.raises(access.NotAllowed):
            keep(markets[0], f.user("admin", brand="acme"))

    @pytest.mark.parametrize("months", [0, 2, 241])
    def test_refuses_what_is_too_short_or_too_long(self, markets, admin, months):
        with pytest.raises(retention.NotKept, match="months"):
            keep(markets[0], admin, months=months)

    def test_stands_in_the_log_with_its_reason_apart(self, markets, admin):
        made = keep(markets[0], admin)
        assert json.loads(made.audit.body)["months"] == 24
        assert WHY not in made.audit.body
        assert WHY in made.audit.payload.payload

    def test_is_a_row_that_nobody_changes(self, markets, admin):
        made = keep(markets[0], admin)
        for change in (lambda rows: rows.update(months=3), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Retention.objects.filter(pk=made.pk))


class TestThePage:
    def test_shows_the_rule_and_who_would_go(self, markets, admin):
        creator("one.two3", "US", figures=datetime(2020, 1, 1, tzinfo=UTC), added=datetime(2020, 1, 1, tzinfo=UTC))
        keep(markets[0], admin)
        page = browser(admin).get(reverse("retention")).content.decode()
        assert "today 1 creator would go" in page
        assert 'value="24"' in page

    def test_sets_the_rule(self, markets, admin):
        address = reverse("retention-set", args=["US"])
        client = browser(admin)
        assert client.post(address, {"months": "1", "reason": WHY}).status_code == 422
        assert client.post(address, {"months": "24", "reason": "no"}).status_code == 422
        assert client.post(address, {"months": "24", "is_held": "on", "reason": WHY}).status_code == 302
        made = Retention.objects.get()
        assert (made.months, made.is_held, made.by) == (24, True, admin)

    @pytest.mark.parametrize("role", ["strategist", "manager", "analyst", "expert"])
    def test_is_for_admins_alone(self, markets, role):
        client = browser(f.user(role))
        assert client.get(reverse("retention")).status_code == 403
        assert client.post(reverse("retention-set", args=["US"])).status_code == 403
