"""What the demo is: made once here, whole, and then looked at."""

import io
import os
import re
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.db.models import Count
from django.test import RequestFactory, override_settings

from accounts.models import Membership, Role, User
from hybridmkt.demo import people
from jobs import lease
from jobs.models import Job
from review import mail, policies, practice
from review.models import Decision, Notice, Policy, ReviewTask, TaskState
from screening import drift, replay, training
from screening.models import Brand, Campaign, Market, Outcome, Profile, Recommendation, ScoringModel

if settings.PRODUCTION and not os.environ.get("HM_LONG"):
    pytest.skip("the demo belongs to the embedded mode: on PostgreSQL with HM_LONG=1", allow_module_level=True)
pytestmark = pytest.mark.django_db
SIX_MONTHS = timedelta(days=184)
CYRILLIC, LATIN = re.compile("[а-яё]", re.I), re.compile("[a-z]", re.I)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """Make the demo in a transaction that is rolled back; give its logins and the names and bios of each market."""
    folder = tmp_path_factory.mktemp("demo")
    own = {"DATA_DIR": folder, "STORE_URL": str(folder / "store")}
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(**own):
            call_command("seed_demo", stdout=io.StringIO())
            logins = people.logins()
        rows = Profile.objects.values_list("markets", "name", "bio")
        words = {code: [(name, bio) for markets, name, bio in rows if code in markets] for code in ("US", "RU")}
        yield SimpleNamespace(logins=logins, words=words, own=own)
        transaction.set_rollback(True)


def person(login):
    return User.objects.get(email=f"{login}@{people.DOMAIN}")


class TestDemo:
    def test_has_two_brands_one_of_them_in_shadow(self, demo):
        assert sorted(Brand.objects.values_list("is_shadow", flat=True)) == [False, True]

    def test_is_at_home_in_two_markets(self, demo):
        assert set(Market.objects.values_list("code", flat=True)) == {"US", "RU"}

    def test_knows_two_thousand_creators(self, demo):
        assert Profile.objects.values("creator").distinct().count() >= 2_000

    @pytest.mark.parametrize(("market", "letters"), [("US", LATIN), ("RU", CYRILLIC)])
    def test_names_and_describes_creators_in_the_language_of_their_market(self, demo, market, letters):
        named = demo.words[market]
        assert len(named) > 500
        assert all(letters.search(name) for name, _bio in named)
        assert sum(bool(letters.search(bio)) for _name, bio in named) > 0.8 * len(named)

    def test_has_finished_campaigns_of_the_last_six_months(self, demo):
        past = Campaign.objects.filter(closed_at__isnull=False)
        now = lease.now()
        assert past.count() >= 5
        assert all(now - SIX_MONTHS < one.created_at < one.closed_at < now for one in past)

    def test_decided_and_measured_each_of_them(self, demo):
        past = Campaign.objects.filter(closed_at__isnull=False, runs__isnull=False).distinct()
        decided = {*Decision.objects.values_list("task__campaign", flat=True)}
        measured = dict(Outcome.objects.values_list("campaign").annotate(Count("pk")))
        assert {one.pk for one in past} <= decided
        assert all(measured.get(one.pk, 0) > 0 for one in past)

    def test_learned_from_the_results_it_has_and_waits_for_a_manager(self, demo):
        market = Market.objects.get(pk="US")
        learned = market.models.get(kind="learned")
        assert (learned.state, market.models.get(state="active").kind) == ("candidate", "card")
        assert learned.facts["results"] >= 250
        assert Job.objects.get(kind="learn").status == "succeeded"

    def test_says_every_verdict_again_also_after_another_model_and_other_rules(self, demo):
        with override_settings(**demo.own), transaction.atomic():
            now, sofia, marcus = lease.now(), person("sofia"), person("marcus")
            training.approve(Market.objects.get(pk="US").models.get(kind="learned"), by=marcus, now=now)
            for old in Policy.objects.filter(state="active"):
                rules = {name: getattr(old, name) for name in policies.RULES}
                rules |= {"decision_line_u6": 600_000, "unsure_band_u6": 20_000, "blind_share_u6": 500_000}
                draft = policies.propose(old.brand, old.market, owner=old.owner, by=sofia, now=now, **rules)
                policies.approve(draft, by=marcus, now=now)
            answers = Recommendation.objects.all()
            found = Counter(one.finding for one in replay.of(answers))
            transaction.set_rollback(True)
        assert found == {replay.Finding.REPRODUCED: answers.count()}
        assert answers.count() > 500

    def test_has_both_good_and_bad_outcomes(self, demo):
        assert set(Outcome.objects.values_list("is_success", flat=True)) == {True, False}

    def test_lets_whoever_decided_none_of_its_cases_practise_on_them(self, demo):
        ruth = person("ruth")
        with transaction.atomic():
            assert practice.deal(by=ruth, now=lease.now()) is not None
            transaction.set_rollback(True)
        daniel = person("daniel")  # he decided them all
        assert practice.deal(by=daniel, now=lease.now()) is None

    def test_has_people_of_each_role_who_can_sign_in(self, demo):
        request = RequestFactory().post("/sign-in/")
        assert {role for role, _email, _password in demo.logins} == set(Role.values)
        for role, email, password in demo.logins:
            person = authenticate(request, username=email, password=password)
            assert Membership.objects.filter(user=person, role=role, ended_at__isnull=True).exists()

    def test_has_an_open_queue_for_each_brand(self, demo):
        waiting = dict(ReviewTask.objects.filter(state=TaskState.OPEN).values_list("brand").annotate(Count("pk")))
        assert set(waiting) == set(Brand.objects.values_list("slug", flat=True))
        assert min(waiting.values()) >= 5

    def test_is_decided_in_shadow_by_people_alone(self, demo):
        shadow = Brand.objects.get(is_shadow=True)
        origins = Decision.objects.filter(task__brand=shadow.slug).values_list("origin", flat=True)
        assert set(origins) == {"person"}

    def test_mails_nobody_what_happened_before_they_came(self, demo):
        assert Notice.objects.exists()
        assert not mail.waiting(lease.now() + timedelta(days=2)).exists()

    def test_is_of_markets_that_have_not_moved_away_from_their_models(self, demo):
        with override_settings(**demo.own), transaction.atomic():
            drift.watch(now=lease.now())
            assert not ScoringModel.objects.filter(drifted_at__isnull=False).exists()
            transaction.set_rollback(True)
