"""Own scores: what they make of a ranking, how they are kept, and how they are compared with the AI's."""

from datetime import timedelta

import pytest

from accounts.access import NotAllowed
from audit.models import AuditEntry, Kind
from jobs.models import Job
from screening import own_scores, own_trials, sealed, standings, training
from screening.engine.own import Own, Rule, Side
from screening.models import OwnScore, Profile
from tests import factories as f
from tests.screening import schooling

pytestmark = pytest.mark.django_db
FORBID = Own({"followers": 0.0}, (Rule("comment_rate", Side.LEAST, 12, 0.001), Rule("posts", Side.UNKNOWN, -9)))


@pytest.fixture
def elena(db):
    return f.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def run(campaign, finish):
    return finish(campaign)


@pytest.fixture
def taught(db, now):
    """A run of the card in a market with ninety creators, and the results of everybody in it."""
    made = f.campaign()
    f.brief(made)
    training.approve(training.publish_card(made.market, by=None, now=now), by=f.user("manager"), now=now)
    profiles, worth = schooling.fill(now)
    done = schooling.screened(made, now=now)
    schooling.results(made, profiles, worth, now=now)
    return done


def keep(run, by, now, name="Small and loyal", wanted=FORBID):
    return own_scores.save(run, name=name, wanted=wanted, by=by, now=now)


class TestRanked:
    def test_without_a_change_is_the_ais_order(self, run):
        found = own_scores.ranked(run, Own())
        assert found.ids == found.field.ids.tolist()
        assert found.score == pytest.approx(found.field.score, abs=1e-3)
        assert not found.moved.any()
        assert not found.fallen

    def test_a_rule_moves_those_it_holds_for_and_is_named(self, run):
        nothing = dict.fromkeys(standings.field(run).features, 0.0)
        found = own_scores.ranked(run, Own(nothing, (Rule("followers", Side.MOST, 50, 9_000),)))
        assert found.ids[0] == Profile.objects.get(handle="c2").pk  # 8,800: the others have 13,000 at least
        assert found.score[found.order] == pytest.approx([100] + [50] * (len(found.ids) - 1), abs=1e-3)
        assert found.factors(int(found.order[0])) == [("followers", pytest.approx(50, abs=1e-3))]
        assert found.moved[0] == found.field.ids.tolist().index(found.ids[0])

    def test_factors_and_50_add_up_to_the_score(self, run):
        found = own_scores.ranked(run, FORBID)
        for row in range(len(found.order)):
            parts = found.factors(row, most=99)
            assert found.score[row] == pytest.approx(50 + sum(points for _name, points in parts), abs=1e-3)

    def test_leaves_sealed_creators_out(self, run, monkeypatch):
        first = int(standings.field(run).ids[0])
        monkeypatch.setattr(sealed, "profiles", lambda *_args: frozenset({first}))
        assert first not in own_scores.ranked(run, FORBID).field.ids


class TestSave:
    def test_keeps_it_by_name_with_an_entry_that_holds_no_words(self, run, elena, now):
        kept = keep(run, elena, now)
        assert own_scores.own_of(OwnScore.objects.get().content) == FORBID
        entry = AuditEntry.objects.get(kind=Kind.OWN_SCORE)
        assert entry == kept.audit
        assert "loyal" not in entry.body

    def test_the_same_name_takes_the_place_of_what_stood_there(self, run, elena, now):
        first = keep(run, elena, now)
        assert keep(run, elena, now) == first  # the double click
        second = keep(run, elena, now, wanted=Own({"posts": 2.0}))
        assert list(own_scores.of_run(elena, run)) == [second]
        assert OwnScore.objects.count() == 2

    def test_is_another_s_where_another_person_uses_the_name(self, run, elena, now):
        keep(run, elena, now)
        keep(run, f.user("expert", brand="acme", market="US"), now)
        assert len(own_scores.of_run(elena, run)) == 2

    @pytest.mark.parametrize(("name", "wanted", "says"), [(" ", FORBID, "a name"), ("a", Own(), "Nothing is changed")])
    def test_refuses_what_is_nothing(self, run, elena, now, name, wanted, says):
        with pytest.raises(own_scores.OwnScoreRefused, match=says):
            keep(run, elena, now, name, wanted)
        assert not OwnScore.objects.exists()

    def test_refuses_who_decides_nothing_there(self, run, now):
        for who in (f.user("analyst", brand="acme", market="US"), f.user("strategist", brand="other", market="US")):
            with pytest.raises(NotAllowed):
                keep(run, who, now)

    def test_is_seen_by_those_who_share_brand_and_market(self, run, elena, now):
        keep(run, elena, now)
        assert not own_scores.visible(f.user("strategist", brand="other", market="US")).exists()
        assert not own_scores.visible(f.user("strategist", brand="acme", market="RU")).exists()
        assert own_scores.visible(f.user("analyst", brand="acme", market="US")).exists()


class TestRemove:
    def test_takes_it_off_the_list_and_leaves_the_entry(self, run, elena, now):
        kept = keep(run, elena, now)
        own_scores.remove(kept, by=elena, now=now)
        own_scores.remove(kept, by=elena, now=now)
        assert list(own_scores.of_run(elena, run)) == []
        assert AuditEntry.objects.filter(kind=Kind.OWN_SCORE).count() == 2
        keep(run, elena, now)  # the name is free again

    def test_is_for_whose_it_is(self, run, elena, now):
        kept = keep(run, elena, now)
        with pytest.raises(own_scores.OwnScoreRefused, match="Elena Markova"):
            own_scores.remove(kept, by=f.user("manager", brand="acme", market="US"), now=now)


class TestTrial:
    def test_compares_on_the_results_and_keeps_what_it_found(self, taught, elena, now):
        upside_down = Own({"engagement_rate": 0.0, "like_rate": 0.0}, (Rule("comment_rate", Side.LEAST, -50, 0.0005),))
        kept = keep(taught, elena, now, wanted=upside_down)
        schooling.carried_out(own_trials.start(kept, by=elena, now=now))
        kept.refresh_from_db()
        assert kept.trial["results"] == schooling.PEOPLE
        assert kept.trial["own"][0] < kept.trial["official"][0]
        assert kept.trial["gain"][2] < 0
        assert own_trials.sentence(kept).endswith("The AI’s orders surely better.")

    def test_of_the_ais_own_order_cannot_tell_them_apart(self, taught, elena, now):
        kept = keep(taught, elena, now, wanted=Own({"account_age": 1.01}))
        schooling.carried_out(own_trials.start(kept, by=elena, now=now))
        kept.refresh_from_db()
        assert "cannot be told" in own_trials.sentence(kept)

    def test_says_what_is_lacking(self, run, elena, now):
        kept = keep(run, elena, now)
        assert own_trials.sentence(kept) == ""
        job = schooling.carried_out(own_trials.start(kept, by=elena, now=now))
        assert job.status == "failed"
        assert "0 results of this brand are too few to compare by. 50 are needed." in job.error

    def test_counts_no_results_of_other_brands(self, taught, elena, now):
        other = f.campaign(brand=f.brand("other"))
        schooling.results(other, *schooling.fill(now + timedelta(days=1), people=0), now=now)
        theirs = f.user("strategist", brand="other", market="US")
        f.brief(other)
        kept = keep(schooling.screened(other, now=now), theirs, now)
        job = schooling.carried_out(own_trials.start(kept, by=theirs, now=now))
        assert "0 results of this brand" in job.error

    def test_is_not_started_twice(self, run, elena, now):
        kept = keep(run, elena, now)
        assert own_trials.start(kept, by=elena, now=now) == own_trials.start(kept, by=elena, now=now)
        assert Job.objects.filter(kind="own_trial").count() == 1
