"""From whom a card's verdict is kept until a person has said what they think."""

import pytest
from django.db import IntegrityError, transaction

from accounts.access import Place
from audit import queries
from audit.models import Kind
from review import seals
from review.models import Arm
from screening import corrections, notes
from screening import sealed as ranked
from tests import factories as make


@pytest.fixture
def sealed(card):
    return card(arm=Arm.BLIND, arm_share_u6=300_000)


class TestHides:
    def test_hides_a_blind_card_from_whoever_may_decide_it(self, sealed, elena, sofia):
        assert seals.hides(sealed, elena)
        assert seals.hides(sealed, sofia)
        assert list(seals.hidden_from(elena)) == [sealed]

    def test_shows_it_to_those_who_decide_nothing_here(self, sealed):
        analyst = make.user("analyst", brand="acme", market="US")
        elsewhere = make.user("strategist", brand="other", market="US")
        assert not seals.hides(sealed, analyst)
        assert not seals.hidden_from(analyst).exists()
        assert not seals.hidden_from(elsewhere).exists()

    def test_shows_it_once_it_is_unsealed(self, sealed, elena, now):
        sealed.unsealed_at = now
        sealed.save()
        assert not seals.hides(sealed, elena)
        assert not seals.hidden_from(elena).exists()

    def test_shows_a_card_of_the_other_arm(self, card, elena):
        assert not seals.hides(card(), elena)

    def test_tells_the_rankings_whom_to_leave_out_with_all_their_profiles(self, sealed, elena):
        answer, campaign = sealed.recommendation, sealed.campaign
        other = make.profile("vk", creator=answer.creator)
        assert ranked.profiles(campaign) == ranked.profiles(campaign, elena) == {answer.profile_id, other.pk}
        assert ranked.profiles(campaign, make.user("analyst")) == frozenset()
        assert ranked.profiles(make.campaign()) == frozenset()

    def test_only_a_sealed_card_can_be_unsealed(self, card, now):
        task = card()
        task.unsealed_at = now
        with pytest.raises(IntegrityError, match="only_a_sealed_card_is_unsealed"), transaction.atomic():
            task.save()


class TestNotes:
    def test_on_a_sealed_creator_are_kept_out_of_the_log(self, sealed, elena, sofia, now):
        def read():
            return {entry.kind for entry in queries.visible(sofia)} & {Kind.RELATION}

        notes.write(sealed.recommendation.creator, place=Place("acme", "US"), text="It says no", by=elena, now=now)
        assert read() == set()
        sealed.unsealed_at = now
        sealed.save()
        assert read() == {Kind.RELATION}

    def test_beside_a_correction_are_kept_out_of_the_log_too(self, sealed, elena, now):
        creator, reader = sealed.recommendation.creator, make.user("manager", market="US")
        corrections.tell(creator, field="agent", words="Mir", reason="It says no", markets=["US"], by=elena, now=now)
        assert Kind.CORRECTION not in {entry.kind for entry in queries.visible(reader)}
        sealed.unsealed_at = now
        sealed.save()
        assert Kind.CORRECTION in {entry.kind for entry in queries.visible(reader)}
