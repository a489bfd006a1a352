"""The letter to the creator: what it says, what it never says, and when there is none."""

from copy import copy
from datetime import date, timedelta

import pytest
from django.urls import reverse

from jobs import lease
from playbooks import letters
from review import approvals, decisions
from screening.models import Creator
from tests import factories as make
from tests.playbooks.conftest import NOW

LATER = NOW + timedelta(hours=1)
FACTORS = [
    ["engagement_rate", 10_000_000, 0.02], ["posting_rate", -4_000_000, 0.5], ["authentic_share", -9_000_000, 0.4],
    ["view_rate", -3_000_000, 0.01], ["growth_rate", 100_000, 0.01], ["comment_rate", 2_000_000, None],
]  # fmt: skip
FLAG = {"feature": "view_rate", "side": "low", "value": 0.01, "percentile": 0.01, "group_size": 90, "median": 0.2}


@pytest.fixture
def card(elena):
    """An open card with every kind of factor, flagged in one, beside another creator of the same run."""
    run = make.run(make.campaign(name="Winter Glow"))
    profile = make.profile(handle="zoe.films", creator=Creator.objects.create(name="Zoe Films"))
    make.metrics(profile, taken_at=date(2026, 11, 1), followers=9_000, source="listing.csv")
    make.recommendation(run, profile=make.profile(handle="somebody.else"))
    answer = make.recommendation(
        run, profile=profile, verdict="decline", p_u6=350_000, factors=FACTORS, flags=[FLAG],
        knowledge={"missing": ["fee_per_thousand", "authentic_share"]}, figures_date=date(2026, 11, 1),
    )  # fmt: skip
    return make.task(answer, policy=make.policy(make.brand(), make.market()), opened_at=NOW)


def decide(card, by, choice="reject", **more):
    """Decide the card; against the AI with words that nobody else is to read."""
    against = {"category": "context", "rationale": "She is late with every draft and argues about it a lot."}
    decisions.decide(
        card, choice=choice, by=by, now=NOW, version=card.version, key=f"letter-{choice}",
        **(against if choice == "approve" else {}), **more,
    )  # fmt: skip
    card.refresh_from_db()
    return card


def page(client, card, language="en"):
    with lease.moved(LATER):
        return client.get(reverse("creator-letter", args=[card.pk]), {"language": language})


@pytest.fixture
def signed_in(client, elena):
    client.force_login(elena)
    return client


def sheet(answer):
    """Return the letter itself, without the page around it."""
    text = answer.content.decode()
    return text[text.index("<article") : text.index("</article>")]


class TestALetter:
    def test_says_who_decided_on_what_data_and_what_weighed(self, signed_in, card, elena):
        text = sheet(page(signed_in, decide(card, elena)))
        assert "We will not go ahead with you on Winter Glow" in text
        assert f"A person decided: {elena.name}" in text
        assert "listing.csv" in text
        for part in ("2.0% of followers react", "Posts 0.50 times a week", "Price per 1,000 followers"):
            assert part in text

    def test_accuses_of_nothing(self, signed_in, card, elena):
        text = sheet(page(signed_in, decide(card, elena))).lower()
        assert "authentic" not in text
        assert "views of a post" not in text  # flagged
        assert "unusual" not in text

    def test_tells_of_nobody_else_and_no_word_between_colleagues(self, signed_in, card, elena):
        text = sheet(page(signed_in, decide(card, elena, "approve")))
        assert "We would like to work with you" in text
        for part in ("somebody.else", "late with every draft", "35", "rank", "place", "Do not partner"):
            assert part not in text

    def test_is_written_in_the_language_of_its_reader(self, signed_in, card, elena):
        decide(card, elena)
        Creator.objects.filter(pk=card.recommendation.creator_id).update(language="ru")
        with lease.moved(LATER):
            own = signed_in.get(reverse("creator-letter", args=[card.pk]))
        assert "Решил человек" in sheet(own)
        assert sheet(own) == sheet(page(signed_in, card, "ru"))
        assert "A person decided" not in sheet(own)

    def test_says_where_no_person_decided(self, signed_in, card, elena):
        decide(card, elena)
        letter = letters.letter(elena, card.pk, now=LATER)
        assert letter.is_by_person
        made = copy(letter.decision)
        made.origin = "auto"
        ended = letters.queries.Final(made, made.owner, is_approved=True)
        assert not letters._letter(letter.task, ended).is_by_person

    def test_is_signed_by_the_manager_who_rejected(self, card, elena):
        card.stakes, card.on_expiry = "high", "escalates"
        card.save(update_fields=["stakes", "on_expiry"])
        decide(card, elena, "approve")
        assert card.state == "awaiting"
        assert letters.letter(elena, card.pk, now=LATER) is None
        boss = make.user("manager", brand="acme", market="US", name="Boss")
        approvals.answer(
            card, choice="reject", by=boss, now=NOW, version=card.version, key="no", signed_in_at=NOW,
            reason="The budget is spent on others by now, we look again in spring.",
        )  # fmt: skip
        assert letters.letter(elena, card.pk, now=NOW + timedelta(minutes=5)) is None
        letter = letters.letter(elena, card.pk, now=LATER)
        assert (letter.by, letter.is_approved) == (boss, False)


class TestThereIsNone:
    def test_while_the_decision_can_be_taken_back(self, card, elena):
        decide(card, elena)
        assert letters.letter(elena, card.pk, now=NOW + timedelta(seconds=30)) is None
        assert letters.letter(elena, card.pk, now=NOW + timedelta(seconds=61)) is not None

    def test_of_an_open_card(self, signed_in, card):
        assert page(signed_in, card).status_code == 404

    def test_for_another_brand(self, client, card, elena):
        decide(card, elena)
        client.force_login(make.user("manager", brand="other"))
        assert page(client, card).status_code == 404

    def test_from_whoever_writes_to_no_creator(self, client, card, elena):
        decide(card, elena)
        client.force_login(make.user("analyst"))
        assert page(client, card).status_code == 403

    def test_once_the_creator_is_erased(self, signed_in, card, elena):
        decide(card, elena)
        Creator.objects.update(erased_at=NOW)
        assert page(signed_in, card).status_code == 404


class TestTheRecord:
    def test_leads_to_it_once_it_is_final(self, signed_in, card, elena):
        decide(card, elena)
        address = reverse("decision", args=[card.decisions.get().pk])
        for moment, is_there in ((NOW + timedelta(seconds=5), False), (LATER, True)):
            with lease.moved(moment):
                found = reverse("creator-letter", args=[card.pk]) in signed_in.get(address).content.decode()
            assert found is is_there
