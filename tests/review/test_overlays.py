"""What a person adds beside the recommendation."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from review import claims, overlays, workflow
from review.models import Overlay
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestSave:
    def test_numbers_the_versions(self, card, elena, now):
        task = card()
        made = [overlays.save(task, by=elena, now=now, gut_rating=rating) for rating in (2, 3)]
        assert [one.version for one in made] == [1, 2]

    def test_keeps_words_in_the_payload_and_their_names_in_the_row(self, card, elena, now):
        made = overlays.save(card(), by=elena, now=now, words={"risk_note": "Jokes about creams", "how_to_brief": " "})
        assert (made.words, overlays.words_of(made)) == (["risk_note"], {"risk_note": "Jokes about creams"})
        assert "Jokes" not in made.audit.body

    def test_survives_the_erasure_of_its_words(self, card, elena, now):
        made = overlays.save(card(), by=elena, now=now, words={"risk_note": "Jokes about creams"})
        made.audit.payload.delete()
        assert overlays.words_of(made) == {}

    def test_keeps_agreement_by_factor(self, card, elena, now):
        made = overlays.save(card(), by=elena, now=now, factor_views={"engagement_rate": "disagree"},
                             words={"factor:engagement_rate": "A giveaway in May"})  # fmt: skip
        assert made.factor_views == {"engagement_rate": "disagree"}
        assert json.loads(made.audit.body)["factor_views"] == {"engagement_rate": "disagree"}

    @pytest.mark.parametrize("wrong", [
        {"gut_rating": 0}, {"cultural_fit": 6}, {"factor_views": {"x": "maybe"}}, {"words": {"diary": "text"}},
        {"words": {"risk_note": "x" * 4_001}},
    ])  # fmt: skip
    def test_refuses_what_the_desk_does_not_have(self, card, elena, now, wrong):
        with pytest.raises(overlays.NotAnOverlay):
            overlays.save(card(), by=elena, now=now, **wrong)

    def test_tells_the_registry_who_knows_the_creator(self, card, elena, now):
        task = card()
        for _ in range(2):
            overlays.save(task, by=elena, now=now, relationship="worked")
        relation = task.recommendation.creator.relations.get()
        assert (relation.kind, relation.person, relation.brand) == ("worked", elena, task.brand)

    @pytest.mark.parametrize(("then", "left"), [("know", ["knows"]), ("none", []), ("referral", [])])
    def test_takes_back_what_was_a_slip_on_the_same_card(self, card, elena, now, then, left):
        task = card()
        for relationship in ("worked", then):
            overlays.save(task, by=elena, now=now, relationship=relationship)
        assert [one.kind for one in task.recommendation.creator.relations.all()] == left

    def test_makes_no_referral_of_a_press(self, card, elena, now):
        task = card()
        overlays.save(task, by=elena, now=now, relationship="referral")
        assert not task.recommendation.creator.relations.exists()

    def test_renews_the_claim(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        overlays.save(task, by=elena, now=now + claims.LEASE / 2)
        task.refresh_from_db()
        assert task.claimed_until == now + claims.LEASE * 1.5

    def test_refuses_while_somebody_else_holds_the_card(self, card, elena, daniel, now):
        task = claims.claim(card(), by=daniel, now=now)
        with pytest.raises(workflow.Refused):
            overlays.save(task, by=elena, now=now)

    def test_cannot_be_changed(self, card, elena, now):
        overlays.save(card(), by=elena, now=now, gut_rating=2)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE review_overlay SET gut_rating = 5")

    def test_refuses_a_rating_outside_the_scale_in_the_database_too(self, card, elena, now):
        made = overlays.save(card(), by=elena, now=now)
        copy = Overlay(**{field.attname: getattr(made, field.attname) for field in Overlay._meta.concrete_fields})
        copy.pk, copy.version, copy.gut_rating, copy.audit = None, 2, 9, make.entry("overlay")
        with pytest.raises(DatabaseError), transaction.atomic():
            copy.save(force_insert=True)


class TestInterest:
    def test_releases_the_card_at_once(self, card, elena, now):
        task = claims.claim(card(), by=elena, now=now)
        overlays.save(task, by=elena, now=now, has_interest=True)
        task.refresh_from_db()
        assert task.claimed_by is None

    def test_keeps_the_person_from_claiming_it_again(self, card, elena, daniel, now):
        task = claims.claim(card(), by=elena, now=now)
        overlays.save(task, by=elena, now=now, has_interest=True)
        with pytest.raises(workflow.Refused, match="interest of your own"):
            claims.claim(task, by=elena, now=now)
        assert claims.claim(task, by=daniel, now=now).claimed_by == daniel
