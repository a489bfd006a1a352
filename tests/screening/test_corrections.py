"""What people correct of a creator's figures, and the facts that they tell."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from accounts.access import NotAllowed
from audit.models import AuditEntry, AuditPayload
from jobs.models import Job
from screening import corrections, pools, registry
from screening.corrections import CorrectionRefused
from screening.engine import histories
from screening.models import Correction, Metrics
from tests import factories as f

BEFORE, TODAY = date(2026, 11, 1), date(2026, 11, 20)


@pytest.fixture
def profile(db):
    """A profile of one market with a history of two months."""
    f.market()
    made = f.profile()
    f.metrics(made, taken_at=date(2026, 10, 1), followers=50_000, fee_minor=130_000, currency="USD")
    f.metrics(made, taken_at=BEFORE, followers=500_000)
    return made


@pytest.fixture
def elena(db):
    """A strategist: she brings in figures of the market."""
    return f.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def correct(profile, elena, now):
    """Corrects the followers to 52,000, as Elena unless told otherwise."""

    def corrected(**told):
        given = {"field": "followers", "value": 52_000, "day": TODAY, "reason": "Counted", "by": elena, "now": now}
        field = told.get("field", "followers")
        newest = Metrics.objects.visible().filter(profile=profile, **{f"{field}__isnull": False})
        given["was"] = newest.order_by("-taken_at", "-pk").first().pk
        return corrections.correct(profile, **{**given, **told})

    return corrected


def stands(profile, user, field="followers"):
    """The figure as a creator's page has it."""
    card = registry.creator(user, profile.creator_id).profiles[0]
    return next(one for one in card.figures if one.name == field)


def frozen(profile, now):
    """Followers of the profile in a pool that is frozen now: the newest, and the whole history."""
    table = pools.open_pool(pools.freeze(f.market(), by=None, now=now)).raw
    row = table.profile_ids.tolist().index(profile.pk)
    known = histories.series(table.history, "followers")
    return histories.latest(table.history, "followers")[row], known.value[known.owner == row].tolist()


class TestCorrect:
    def test_adds_a_figure_and_leaves_the_old_one(self, correct, profile, elena):
        made = correct()
        assert (made.figures.followers, made.figures.taken_at, made.figures.is_typed_by_hand) == (52_000, TODAY, True)
        made.was.refresh_from_db()
        assert made.was.followers == 500_000
        told = stands(profile, elena)
        assert (told.value, told.was, told.correction) == (52_000, 500_000, made)

    def test_is_what_the_next_pool_holds_and_the_wrong_value_counts_no_more(self, correct, profile, now):
        assert frozen(profile, now) == (500_000, [50_000, 500_000])
        correct()
        assert Job.objects.filter(kind=pools.KIND, market="US", status="queued").count() == 1
        assert frozen(profile, now) == (52_000, [50_000, 52_000])

    def test_corrects_a_price_in_its_currency(self, correct, profile, elena):
        made = correct(field="fee_minor", value=110_000)
        assert (made.figures.fee_minor, made.figures.currency, made.figures.followers) == (110_000, "USD", None)
        assert stands(profile, elena, "fee_minor").was == 130_000

    def test_writes_one_entry_with_the_reason_apart(self, correct, elena):
        correct(reason="Counted on the phone")
        entry = AuditEntry.objects.get(kind="correction")
        assert (entry.actor, entry.market) == (f"user:{elena.pk}", "US")
        assert '"value":"52000"' in entry.body
        assert "phone" not in entry.body
        assert "Counted on the phone" in AuditPayload.objects.get(entry=entry).payload

    def test_pressed_twice_is_made_once(self, correct):
        first = correct()
        assert correct(was=first.was_id) == first
        assert Correction.objects.count() == 1

    def test_can_be_made_on_a_correction(self, correct, profile, elena, now):
        correct()
        correct(value=51_000)
        told = stands(profile, elena)
        assert (told.value, told.was) == (51_000, 52_000)
        assert frozen(profile, now) == (51_000, [50_000, 51_000])

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"value": 500_000}, "value"),
            ({"value": -1}, "value"),
            ({"day": date(2026, 11, 21)}, "day"),
            ({"day": date(2026, 10, 31)}, "day"),
            ({"reason": " "}, "reason"),
            ({"reason": "x" * 201}, "reason"),
            ({"was": -1}, ""),
            ({"field": "password"}, ""),
        ],
    )
    def test_refuses_what_it_cannot_be_and_says_where(self, profile, elena, now, told, field):
        newest = Metrics.objects.order_by("-pk").first().pk
        given = {"field": "followers", "value": 52_000, "day": TODAY, "reason": "Counted", "was": newest, **told}
        with pytest.raises(CorrectionRefused) as refused:
            corrections.correct(profile, **given, by=elena, now=now)
        assert refused.value.field == field
        assert not Correction.objects.exists()

    @pytest.mark.parametrize(("role", "market"), [("expert", "US"), ("analyst", "US"), ("strategist", "RU")])
    def test_is_for_those_who_bring_in_figures_of_the_market(self, correct, role, market):
        with pytest.raises(NotAllowed):
            correct(by=f.user(role, brand="acme", market=market))

    def test_gives_way_to_a_newer_figure(self, correct, profile, elena):
        correct(day=BEFORE)
        f.metrics(profile, taken_at=date(2026, 11, 10), followers=53_000)
        assert (stands(profile, elena).value, stands(profile, elena).was) == (53_000, None)


class TestTakeBack:
    def test_lets_the_old_value_count_again(self, correct, profile, elena, now):
        made = correct()
        assert corrections.take_back(made, markets=["US"], by=elena, now=now) is True
        assert corrections.take_back(made, markets=["US"], by=elena, now=now) is False
        assert (stands(profile, elena).value, stands(profile, elena).was) == (500_000, None)
        assert frozen(profile, now) == (500_000, [50_000, 500_000])
        assert AuditEntry.objects.filter(kind="correction").count() == 2

    def test_is_for_whoever_made_it(self, correct, now):
        with pytest.raises(CorrectionRefused, match="Elena Markova"):
            corrections.take_back(correct(), markets=["US"], by=f.user("strategist", market="US"), now=now)

    def test_begins_with_the_newest(self, correct, elena, now):
        first = correct()
        correct(value=51_000)
        with pytest.raises(CorrectionRefused, match="corrected once more"):
            corrections.take_back(first, markets=["US"], by=elena, now=now)


class TestTell:
    @pytest.fixture
    def tell(self, profile, elena, now):
        """Tells the city, as Elena unless told otherwise."""

        def told(words, **more):
            given = {"field": "city", "reason": "Her profile", "markets": ["US"], "by": elena, "now": now, **more}
            return corrections.tell(profile.creator, words=words, **given)

        return told

    def test_keeps_the_words_in_the_payload_and_the_newest_stands(self, tell, profile):
        assert tell(" Boston ") == tell("Boston")
        tell("New York")
        told = list(corrections.of(profile.creator_id))
        assert [corrections.words_of(one).datum for one in told] == ["New York", "Boston"]
        assert not AuditEntry.objects.filter(body__contains="Boston").exists()

    def test_says_that_it_is_not_known_any_more(self, tell):
        with pytest.raises(CorrectionRefused, match="Nothing was known"):
            tell("")
        tell("Boston")
        assert tell("").since_date is None

    def test_is_for_those_who_decide(self, tell):
        assert tell("Boston", by=f.user("expert", brand="acme", market="US"))
        for role in ("analyst", "admin"):
            with pytest.raises(NotAllowed):
                tell("Boston", by=f.user(role, brand="acme", market="US"))


class TestTheDatabase:
    def test_lets_nothing_be_changed_but_the_taking_back(self, correct, now):
        made = correct()
        for change in ({"field": "posts"}, {"at": now}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Correction.objects.filter(pk=made.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Correction.objects.all().delete()


def test_every_figure_of_the_page_can_be_corrected():
    assert {*corrections.COUNTS, *corrections.MEANS} == set(registry.SHOWN)


class TestPrices:
    def test_are_corrected_by_whoever_sees_them(self, correct, profile):
        admin = f.user("admin", brand="acme", market="US")
        assert corrections.may(admin, "followers", ["US"])
        assert not corrections.may(admin, "fee_minor", ["US"])
        with pytest.raises(NotAllowed, match="one of these roles: strategist"):
            correct(field="fee_minor", value=110_000, by=admin)
