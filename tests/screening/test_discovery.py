"""Rounds of picks: what they do to the ranking, how they are taken back, and how they end."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from accounts import access
from audit.models import AuditEntry, Kind
from screening import discovery, sealed, standings
from screening.discovery import DiscoveryRefused
from screening.engine.feedback import Population
from screening.models import DiscoveryRound, MarkKind
from tests import factories as f


@pytest.fixture
def elena(db):
    return f.user("strategist", brand="acme", market="US", name="Elena Markova")


@pytest.fixture
def searched(campaign, finish, elena, now):
    finish(campaign)
    return discovery.start(campaign, commit_date=(now + timedelta(days=3)).date(), by=elena, now=now)


@pytest.fixture
def say(elena, now):
    def said(searched, kind, **what):
        return discovery.mark(searched, kind=kind, by=elena, now=now, **what)

    return said


def order(searched):
    searched.refresh_from_db()
    return standings.standing(standings.search(searched), standings.live(searched)).ids.tolist()


class TestStart:
    def test_needs_a_finished_run(self, campaign, elena, now):
        with pytest.raises(DiscoveryRefused, match="No run"):
            discovery.start(campaign, commit_date=now.date(), by=elena, now=now)

    def test_is_opened_once(self, searched, elena, now):
        with pytest.raises(DiscoveryRefused, match="already"):
            discovery.start(searched.campaign, commit_date=now.date(), by=elena, now=now)

    def test_refuses_a_commit_date_behind_or_after_the_campaigns_deadline(self, campaign, finish, elena, now):
        finish(campaign)
        for day in (now.date() - timedelta(days=1), campaign.deadline_date + timedelta(days=1)):
            with pytest.raises(DiscoveryRefused, match="lies between"):
                discovery.start(campaign, commit_date=day, by=elena, now=now)

    def test_is_for_those_who_write_the_brief(self, campaign, finish, now):
        finish(campaign)
        analyst = f.user("analyst", brand="acme", market="US")
        with pytest.raises(access.NotAllowed):
            discovery.start(campaign, commit_date=now.date(), by=analyst, now=now)


class TestMark:
    def test_without_a_mark_the_list_is_the_ais_own(self, searched):
        field = standings.field(searched.run)
        assert order(searched) == field.ids.tolist()

    def test_the_rest_is_ranked_by_what_the_picks_share(self, searched, say):
        last = order(searched)[-1]
        say(searched, MarkKind.PICK, profile=last)
        stood = standings.standing(standings.field(searched.run), standings.live(searched))
        row = stood.field.places([last])[0]
        assert stood.taste[row] == max(stood.taste)
        ranked = sorted(zip(-(stood.field.score + stood.taste), stood.field.ids, strict=True))
        assert stood.ids.tolist() == [one for _place, one in ranked]
        assert order(searched) == stood.ids.tolist() != stood.field.ids.tolist()
        parts = stood.reasons(row, most=99)
        assert sum(points for _code, points in parts) == pytest.approx(stood.taste[row], abs=1e-3)
        assert abs(stood.taste.mean()) < 1e-3

    def test_who_is_rejected_stands_last(self, searched, say):
        first = order(searched)[0]
        say(searched, MarkKind.REJECT, profile=first)
        assert order(searched)[-1] == first

    def test_the_other_mark_replaces_the_first_and_the_same_one_adds_nothing(self, searched, say):
        first = order(searched)[0]
        one = say(searched, MarkKind.PICK, profile=first)
        assert say(searched, MarkKind.PICK, profile=first).pk == one.pk
        say(searched, MarkKind.REJECT, profile=first)
        assert [mark.kind for mark in standings.live(searched)] == ["reject"]

    def test_a_factor_can_count_more(self, searched, say):
        say(searched, MarkKind.MORE, feature="followers")
        stood = standings.standing(standings.field(searched.run), standings.live(searched))
        weights = dict(zip(stood.field.features, stood.weights, strict=True))
        assert weights["followers"] == max(weights.values()) > 0
        with pytest.raises(DiscoveryRefused, match="no such factor"):
            say(searched, MarkKind.MORE, feature="charm")

    def test_taking_it_back_restores_the_order_and_leaves_the_entry(self, searched, say, elena, now):
        before = order(searched)
        made = say(searched, MarkKind.REJECT, profile=before[0])
        discovery.take_back(made, by=elena, now=now)
        discovery.take_back(made, by=elena, now=now)
        assert order(searched) == before
        assert AuditEntry.objects.filter(kind=Kind.DISCOVERY).count() == 3

    def test_nobody_outside_of_the_ranking_is_marked(self, searched, say):
        with pytest.raises(DiscoveryRefused, match="not in the ranking"):
            say(searched, MarkKind.PICK, profile=f.profile().pk)

    def test_a_sealed_creator_is_nowhere(self, searched, say, monkeypatch):
        first = order(searched)[0]
        monkeypatch.setattr(sealed, "_readers", [lambda campaign, user: frozenset({first})])
        assert first not in order(searched)
        with pytest.raises(DiscoveryRefused, match="not in the ranking"):
            say(searched, MarkKind.PICK, profile=first)


class TestTheTaste:
    def test_switched_off_leaves_the_ais_order_and_every_mark(self, searched, say, elena, now):
        ai = order(searched)
        say(searched, MarkKind.PICK, profile=ai[-1])
        with_taste = order(searched)
        for _twice in range(2):
            discovery.switch_taste(searched, on=False, by=elena, now=now)
        assert order(searched) == ai != with_taste
        assert len(standings.live(searched)) == 1
        discovery.switch_taste(searched, on=True, by=elena, now=now)
        assert order(searched) == with_taste
        entries = AuditEntry.objects.filter(kind=Kind.DISCOVERY).order_by("uid")
        assert [json.loads(one.body)["what"] for one in entries] == ["open", "pick", "taste_off", "taste_on"]

    def test_switched_off_still_counts_what_a_round_would_change(self, searched, say, elena, now):
        discovery.switch_taste(searched, on=False, by=elena, now=now)
        last = order(searched)[-1]
        off = say(searched, MarkKind.PICK, profile=last).changed_u6
        discovery.take_back(standings.live(searched)[0], by=elena, now=now)
        discovery.switch_taste(searched, on=True, by=elena, now=now)
        assert say(searched, MarkKind.PICK, profile=last).changed_u6 == off


class TestGoOn:
    def test_needs_a_newer_run(self, searched, elena, now):
        with pytest.raises(DiscoveryRefused, match="No newer run"):
            discovery.go_on(searched, commit_date=now.date(), by=elena, now=now)

    def test_ranks_the_next_run_by_all_that_was_said(self, searched, say, elena, now, finish):
        last = order(searched)[-1]
        say(searched, MarkKind.PICK, profile=last)
        learnt = order(searched)
        discovery.freeze(searched, by=elena, now=now)
        run = finish(searched.campaign)
        assert discovery.newer_run(searched).get() == run
        discovery.go_on(searched, commit_date=now.date(), by=elena, now=now)
        assert order(searched) == learnt  # the same pool, brief and model: the memory is whole
        assert (searched.run, searched.round, searched.frozen_at, searched.frozen) == (run, 2, None, [])
        kept = AuditEntry.objects.filter(kind=Kind.DISCOVERY).latest("uid").body
        kept = json.loads(kept)
        assert (kept["what"], kept["remembered"], kept["profiles"]) == ("go_on", 1, learnt)

    def test_remembers_a_pick_that_the_next_run_has_not(self, searched, say, elena, now, finish, monkeypatch):
        gone = order(searched)[-1]
        say(searched, MarkKind.PICK, profile=gone)
        finish(searched.campaign)
        discovery.go_on(searched, commit_date=now.date(), by=elena, now=now)
        whole = standings.search(searched := type(searched).objects.get(pk=searched.pk))
        kept = np.flatnonzero(whole.ids != gone)
        less = replace(
            whole,
            ids=whole.ids[kept],
            score=whole.score[kept],
            population=Population.of(whole.population.codes[:, kept]),
        )
        newest = searched.run_id
        monkeypatch.setattr(standings, "field", lambda run: less if run.pk == newest else whole)
        found = standings.search(searched)
        assert set(found.remembered) == {gone}
        stood = standings.standing(found, standings.live(searched))
        assert np.abs(stood.taste).max() > 0
        monkeypatch.setattr(standings, "field", lambda run: less)  # nothing of the earlier list is left
        assert not standings.standing(standings.search(searched), standings.live(searched)).taste.any()


class TestEndRound:
    def test_keeps_what_it_changed_and_how_many_picks_the_ai_had_in_front(self, searched, say, elena, now):
        ids = order(searched)
        say(searched, MarkKind.PICK, profile=ids[0])
        say(searched, MarkKind.REJECT, profile=ids[1])
        ended = discovery.end_round(searched, number=1, by=elena, now=now)
        assert (ended.number, ended.picks, ended.rejections, ended.agreed, ended.picked) == (1, 1, 1, 1, 1)
        assert ended.places == order(searched)[: standings.TOP]
        searched.refresh_from_db()
        assert searched.round == 2

    def test_pressed_twice_it_ends_one_round(self, searched, say, elena, now):
        say(searched, MarkKind.PICK, profile=order(searched)[0])
        for _twice in range(2):
            discovery.end_round(searched, number=1, by=elena, now=now)
        assert DiscoveryRound.objects.count() == 1

    def test_a_round_without_a_word_does_not_end(self, searched, elena, now):
        with pytest.raises(DiscoveryRefused, match="Nothing was said"):
            discovery.end_round(searched, number=1, by=elena, now=now)


class TestFreeze:
    def test_the_clock_freezes_after_the_commit_date_where_the_campaign_runs(self, searched, say, now):
        say(searched, MarkKind.PICK, profile=order(searched)[-1])
        final = order(searched)
        assert discovery.freeze_due(now + timedelta(days=3)) == 0
        assert discovery.freeze_due(now + timedelta(days=4)) == 1
        assert discovery.freeze_due(now + timedelta(days=4)) == 0
        searched.refresh_from_db()
        assert [profile for profile, _score in searched.frozen] == final
        assert DiscoveryRound.objects.get().ended_by is None

    def test_after_the_date_nothing_moves_it_even_before_the_clock_came(self, searched, elena, now):
        late = now + timedelta(days=4)
        with pytest.raises(DiscoveryRefused, match="commit date has passed"):
            discovery.mark(searched, kind="pick", profile=order(searched)[0], by=elena, now=late)

    def test_a_person_commits_earlier(self, searched, elena, now):
        discovery.narrow(searched, stage=3, by=elena, now=now)
        assert discovery.freeze(searched, by=elena, now=now)
        assert not discovery.freeze(searched, by=elena, now=now)
        with pytest.raises(DiscoveryRefused):
            discovery.set_date(searched, commit_date=now.date(), by=elena, now=now)
