"""Who reads what the AI says of a creator is remembered on every page that says it, and on none that keeps it."""

import pytest

from review import investigations, questions, seals
from review.models import Arm, FirstView
from screening.models import Exposure
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def irina(db):
    return make.user("expert", market="US", name="Irina Savelyeva")


@pytest.fixture
def question(card, elena, irina, now):
    """A question about a card, asked before it is read by the expert; `question(is_sealed=True)`."""

    def made(is_sealed=False):
        task = card()
        found = questions.ask(task, by=elena, now=now, text="Is this usual for family channels?", to=[irina])[0]
        if is_sealed:
            type(task).objects.filter(pk=task.pk).update(arm=Arm.BLIND, lane="")
        return found

    return made


def seen_by(user):
    return set(Exposure.objects.filter(user=user).values_list("campaign", "creator"))


def pair(task):
    return task.campaign_id, task.recommendation.creator_id


class TestQuestion:
    def test_notes_who_read_the_verdict_on_it(self, signed_in, irina, elena, question):
        asked = question()
        assert signed_in(irina).get(f"/questions/{asked.pk}/").status_code == 200
        assert seen_by(irina) == {pair(asked.task)}
        assert not seen_by(elena)

    def test_notes_nothing_while_the_card_is_sealed(self, signed_in, irina, question):
        asked = question(is_sealed=True)
        assert "sealed until a first view" in signed_in(irina).get(f"/questions/{asked.pk}/").content.decode()
        assert not seen_by(irina)
        asked.task.refresh_from_db()
        assert seals.hides(asked.task, irina)

    def test_makes_a_later_sealed_card_of_the_creator_an_ai_first_one(self, signed_in, irina, daniel, question):
        asked = question()
        signed_in(irina).get(f"/questions/{asked.pk}/")
        type(asked.task).objects.filter(pk=asked.task_id).update(arm=Arm.BLIND, lane="")
        asked.task.refresh_from_db()
        assert (seals.hides(asked.task, irina), seals.hides(asked.task, daniel)) == (False, True)

    def test_notes_nothing_of_who_decides_nothing(self, signed_in, question):
        analyst = make.user("analyst", brand="acme")
        signed_in(analyst).get(f"/questions/{question().pk}/")
        assert not seen_by(analyst)


class TestInvestigation:
    @pytest.mark.parametrize("path", ["/investigations/", "/investigations/{pk}/"])
    @pytest.mark.parametrize("is_sealed", [False, True])
    def test_notes_what_it_shows(self, signed_in, card, elena, daniel, now, path, is_sealed):
        task = card()
        found = investigations.request(task, by=elena, now=now, text="Is this usual for family channels?")
        if is_sealed:
            type(task).objects.filter(pk=task.pk).update(arm=Arm.BLIND, lane="")
        answer = signed_in(daniel).get(path.format(pk=found.pk))
        assert answer.status_code == (403 if is_sealed and "{pk}" in path else 200)
        assert seen_by(daniel) == (set() if is_sealed else {pair(task)})


class TestSession:
    def test_notes_the_cards_of_its_columns_and_no_sealed_one(self, signed_in, card, elena, daniel, now):
        first = card()
        run = first.recommendation.run
        answers = [make.recommendation(run) for _n in range(3)]
        contradicted = make.task(answers[0], policy=first.policy, opened_at=now)
        FirstView.objects.create(
            task=contradicted, by=elena, at=now, says_yes=False, p_u6=200_000, because="fit",
            audit=make.entry("first_view"),
        )  # fmt: skip
        explored = make.task(answers[1], policy=first.policy, opened_at=now, is_exploration=True, lane="explore")
        make.task(answers[2], policy=first.policy, opened_at=now, is_exploration=True, arm=Arm.BLIND, lane="")
        page = signed_in(daniel).get(f"/campaigns/{run.campaign.slug}/session/")
        assert page.status_code == 200
        assert seen_by(daniel) == {pair(contradicted), pair(explored)}


class TestCreator:
    @pytest.mark.parametrize("is_sealed", [False, True])
    def test_notes_the_campaigns_whose_answer_it_shows(self, signed_in, card, daniel, is_sealed):
        task = card(**({"arm": Arm.BLIND, "lane": ""} if is_sealed else {}))
        assert signed_in(daniel).get(f"/creators/{task.recommendation.creator_id}/").status_code == 200
        assert seen_by(daniel) == (set() if is_sealed else {pair(task)})
