"""Practice cards: who is dealt which case, what is kept, and that no figure of the business ever meets them."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry
from review import claims, listing, overlays, practice, together
from review.decisions import NeedsReason
from review.models import Practice, ReviewTask
from review.queries import overrides_of, past_of
from review.queries.practice import cases_of
from review.queries.workload import workload
from screening import exposures
from screening.models import Outcome, Recommendation
from tests import factories as make
from tests.review.practising import closed_case, closed_cases, decided

HOUR = timedelta(hours=1)


@pytest.fixture
def policy(sofia, marcus):
    return make.policy(make.brand(), make.market(), owner=sofia, deputy=marcus, practice_share_u6=100_000)


@pytest.fixture
def dealt(policy, elena, now):
    """A practice card of Elena's: as a newcomer she is dealt one for certain."""
    closed_cases()
    return practice.deal(by=elena, now=now)


def every_case(user, now):
    """Deal and put off until nothing is left; return the cases that came."""
    found, at = [], now
    while row := practice.deal(by=user, now=at):
        practice.skip(row, by=user, now=at)
        found.append(row.recommendation)
        at += 2 * HOUR
    return found


class TestDeal:
    def test_keeps_how_it_was_drawn(self, dealt, elena, policy):
        assert dealt.user == elena
        assert (dealt.policy, dealt.turn, dealt.share_u6) == (policy, 0, 1_000_000)
        assert dealt.probability_u6 == round(1_000_000 / 2 / 6)
        assert 0 <= dealt.seed < 2**52

    def test_takes_closed_campaigns_with_a_known_result_only(self, policy, elena, now):
        closed_cases()
        unsure, running = closed_case(right=False, verdict="unsure"), closed_case(right=False)
        running.run.campaign.closed_at = None
        running.run.campaign.save()
        unmeasured = make.recommendation(make.run(make.campaign(closed_at=now)))
        found = {case.recommendation for case in cases_of([("acme", "US")])}
        assert len(found) == 12
        assert not found & {unsure.pk, running.pk, unmeasured.pk}

    def test_counts_a_corrected_result_as_corrected(self, policy, now):
        answer = closed_case(right=True)
        old = Outcome.objects.get(recommendation=answer)
        Outcome.objects.create(
            campaign=old.campaign, profile=old.profile, recommendation=answer, kpi=old.kpi, target=1000, actual=1,
            as_of_date=old.as_of_date, is_success=False, replaces=old, audit=make.entry("outcome"),
        )  # fmt: skip
        assert [case.ai_was_right for case in cases_of([("acme", "US")])] == [False]

    def test_is_nothing_where_the_share_is_0(self, policy, elena, now):
        closed_cases()
        policy.state = "retired"
        policy.save(update_fields=["state"])
        make.policy(make.brand(), make.market(), practice_share_u6=0)
        assert practice.deal(by=elena, now=now) is None

    @pytest.mark.parametrize(("wrong", "right"), [(4, 9), (9, 4)])
    def test_is_nothing_where_too_few_cases_are_closed(self, policy, elena, now, wrong, right):
        closed_cases(wrong, right)
        assert practice.deal(by=elena, now=now) is None

    def test_draws_once_a_turn_and_one_card_at_a_time(self, dealt, elena, now):
        assert practice.deal(by=elena, now=now) is None
        practice.speak(dealt, by=elena, now=now, says_yes=True, p=0.7)
        practice.answer(dealt, by=elena, now=now, approves=True)
        again = practice.deal(by=elena, now=now)
        assert again.turn == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            Practice.objects.create(**{
                name: getattr(dealt, name) for name in
                ("user", "recommendation", "outcome", "policy", "brand", "market", "turn", "seed", "share_u6",
                 "probability_u6", "ai_was_right")
            })  # fmt: skip

    def test_of_two_windows_at_once_leaves_one_card(self, dealt, elena, now, monkeypatch):
        known = iter([None, dealt])  # the other window's card is not there yet when this one looks
        monkeypatch.setattr(practice, "waiting", lambda user: next(known))
        assert practice.deal(by=elena, now=now) == dealt
        assert Practice.objects.get() == dealt

    def test_is_one_in_ten_for_whoever_is_no_newcomer(self, policy, elena, card, decide, now, monkeypatch):
        closed_cases()
        decided(elena, 3, card, decide)
        hits = 0
        for seed in range(300):
            monkeypatch.setattr(practice, "_seed", lambda user, turn, seed=seed: seed)
            with transaction.atomic():
                hits += practice.deal(by=elena, now=now) is not None
                transaction.set_rollback(True)
        assert 15 <= hits <= 47

    def test_waits_an_hour_after_not_now(self, dealt, elena, now):
        practice.skip(dealt, by=elena, now=now)
        assert practice.deal(by=elena, now=now + HOUR / 2) is None
        assert practice.deal(by=elena, now=now + 2 * HOUR) is not None


class TestACase:
    @pytest.fixture(autouse=True)
    def always(self, policy, monkeypatch):
        monkeypatch.setattr("review.judgement.dealing.FIRST", 1_000)

    def test_never_comes_twice_to_the_same_person(self, elena, now):
        closed_cases()
        found = every_case(elena, now)
        assert 6 <= len(found) <= 11  # until one kind is used up
        assert len(found) == len(set(found))

    def test_never_comes_to_who_decided_it(self, elena, decide, now):
        answers = closed_cases()
        for answer in answers[:3]:
            decide(make.task(answer), "approve", by=elena)
        assert not set(answers[:3]) & set(every_case(elena, now))

    def test_never_comes_to_who_saw_it(self, elena, now):
        answers = closed_cases()
        for answer in answers[:3]:
            campaign = answer.run.campaign
            campaign.closed_at = None
            exposures.note(elena, campaign, [answer.creator_id], now=now)
        overlays.save(make.task(answers[3]), by=elena, now=now, gut_rating=4)
        assert not set(answers[:4]) & set(every_case(elena, now))

    def test_never_comes_to_who_recorded_its_result(self, elena, now):
        closed_cases(by=elena)
        assert every_case(elena, now) == []

    def test_comes_from_the_persons_own_brands_and_markets_only(self, elena, now):
        other = make.brand("trailpeak")
        make.policy(other, make.market(), practice_share_u6=100_000)
        closed_cases(brand=other)
        ru = make.market("RU")
        make.policy(make.brand(), ru, practice_share_u6=100_000)
        closed_cases(market=ru)
        assert every_case(elena, now) == []
        assert every_case(make.user("strategist"), now) != []

    def test_comes_to_nobody_who_decides_nothing(self, now):
        closed_cases()
        assert practice.deal(by=make.user("analyst", brand="acme", market="US"), now=now) is None


class TestAnswer:
    def test_asks_for_a_view_before_the_ai_speaks_and_keeps_both(self, dealt, elena, now):
        with pytest.raises(practice.Ended, match="first"):
            practice.answer(dealt, by=elena, now=now, approves=True)
        practice.opened(dealt, now=now)
        practice.speak(dealt, by=elena, now=now, says_yes=False, p=0.3)
        practice.speak(dealt, by=elena, now=now, says_yes=True, p=0.9)  # the first view stays
        row = practice.answer(dealt, by=elena, now=now + timedelta(seconds=40), approves=True)
        assert (row.says_yes, row.p_u6, row.approves, row.seconds) == (False, 300_000, True, 40)
        with pytest.raises(practice.Ended):
            practice.answer(row, by=elena, now=now, approves=False)

    def test_refuses_a_chance_on_the_other_side(self, dealt, elena, now):
        with pytest.raises(NeedsReason):
            practice.speak(dealt, by=elena, now=now, says_yes=True, p=0.3)

    def test_is_the_persons_own(self, dealt, daniel, elena, now):
        with pytest.raises(Practice.DoesNotExist):
            practice.speak(dealt, by=daniel, now=now, says_yes=True, p=0.7)
        elena.memberships.update(ended_at=now)
        with pytest.raises(NotAllowed):
            practice.speak(dealt, by=elena, now=now, says_yes=True, p=0.7)

    def test_leaves_one_entry_that_proves_the_answer_and_does_not_tell_it(self, dealt, elena, now):
        assert not AuditEntry.objects.filter(kind="practice").exists()
        practice.speak(dealt, by=elena, now=now, says_yes=True, p=0.7)
        assert not AuditEntry.objects.filter(kind="practice").exists()  # it would tell which card this is
        row = practice.answer(dealt, by=elena, now=now, approves=True)
        entry = AuditEntry.objects.get(kind="practice")
        assert (entry.actor, entry.brand, entry.market) == (f"user:{elena.pk}", "acme", "US")
        assert str(row.seed) in entry.body
        for name in ("approves", "says_yes", "right", "recommendation", "outcome"):
            assert name not in entry.body
        assert practice.commitment(row) in entry.body
        row.approves = False
        assert practice.commitment(row) not in entry.body

    def test_a_card_put_off_is_recorded_too(self, dealt, elena, now):
        practice.skip(dealt, by=elena, now=now)
        assert '"what":"skipped"' in AuditEntry.objects.get(kind="practice").body

    def test_stays_as_it_was(self, dealt, elena, now):
        practice.skip(dealt, by=elena, now=now)
        with pytest.raises(DatabaseError), transaction.atomic():
            Practice.objects.filter(pk=dealt.pk).update(skipped_at=None)
        with pytest.raises(DatabaseError), transaction.atomic():
            Practice.objects.filter(pk=dealt.pk).update(seed=1)


OWN = {"Practice", "Alarm", "AuditEntry", "AuditPending", "AuditPayload"}


def business(user, now):
    """Return every row of every other table, and what the figures of the business say."""
    rows = {model: list(model.objects.order_by("pk").values()) for model in apps.get_models()
            if model.__name__ not in OWN}  # fmt: skip
    page, load = listing.page(user, listing.Filters(whose="all"), now=now), workload(user, now=now)
    with transaction.atomic():
        free = claims.claim_next(by=user, now=now)
        transaction.set_rollback(True)
    return {
        "rows": rows, "list": [one.pk for one in page.tasks], "counts": (page.lanes, page.whose, page.decided_today),
        "next": free and free.pk, "load": [(one.held, one.asked, one.late, one.today) for one in load.people],
        "overrides": overrides_of("acme", "US"), "together": together.rows_of("US").digest,
        "past": past_of(Recommendation.objects.first().creator, user=user),
        "exported": AuditEntry.objects.exclude(kind="practice").count(),
    }  # fmt: skip


class TestTheBusiness:
    def test_says_the_same_of_everything_with_practice_and_without(self, policy, elena, card, decide, now):
        closed_cases()
        decide(card(), "approve", by=elena)
        card()
        before = business(elena, now)
        row = practice.deal(by=elena, now=now)
        assert row is not None
        practice.speak(row, by=elena, now=now, says_yes=True, p=0.7)
        practice.answer(row, by=elena, now=now, approves=False)
        assert business(elena, now) == before

    def test_knows_no_way_to_practice_but_through_its_own_rooms(self):
        """Whatever counts, trains or tells names neither table: the exclusion holds by construction. The file of all
        that is kept of a person holds their own practice.
        """
        root, own = Path(practice.__file__).parents[1], set()
        for room in ("accounts", "audit", "jobs", "screening", "review", "playbooks", "hybridmkt"):
            for path in (root / room).rglob("*.py"):
                names = {
                    getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(ast.parse(path.read_text()))
                }
                if names & {"Practice", "Alarm"} and "migrations" not in path.parts:
                    own.add(str(path.relative_to(root)))
        assert own == {
            "review/models/practice.py", "review/practice.py", "review/controls.py", "review/queries/practice.py",
            "review/views/practice.py", "review/words/practice.py", "hybridmkt/subject_export.py",
        }  # fmt: skip


def test_nothing_of_a_card_leads_to_practice():
    """No table but these two points at a practice card."""
    pointing = {
        model.__name__ for model in apps.get_models() for field in model._meta.concrete_fields
        if field.related_model is Practice
    }  # fmt: skip
    assert pointing == {"Alarm"}
    assert not {one.name for one in ReviewTask._meta.get_fields()} & {"practice"}
