"""Asking, answering and passing up by pages: in a dialog of the card, and without script on pages of their own."""

from datetime import timedelta

import pytest

from audit.models import AuditEntry
from review import absences, questions
from review.models import Question
from tests import factories as make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def irina(db):
    return make.user("expert", market="US", name="Ирина Савельева", language="ru")


@pytest.fixture
def asked(card, elena, irina, now):
    def made(task=None, **said):
        given = {"text": "Is this usual for family channels?", "to": [irina], **said}
        return questions.ask(task or card(), by=elena, now=now, **given)[0]

    return made


class TestAsk:
    def test_goes_from_the_page_to_the_card_and_back_with_the_answer(self, signed_in, elena, irina, card, words):
        task, browser = card(), signed_in(elena)
        assert "Any expert of this market" in words(browser.get(f"/queue/{task.pk}/question/"))
        said = {"q_to": [irina.pk], "q_text": "Is this usual?", "q_hours": "24"}
        page = words(browser.post(f"/queue/{task.pk}/question/", said, follow=True))
        assert "Asked: Ирина Савельева. The clock stands until the answer." in page
        assert "The clock stands while somebody is asked." in page
        question = Question.objects.get()
        expert = signed_in(irina)
        assert "Is this usual?" in words(expert.get("/questions/"))
        expert.post(f"/questions/{question.pk}/answer/", {"quick": "normal", "text": "У семейных каналов так у всех."})
        page = browser.get(f"/queue/{task.pk}/")
        assert "Ирина Савельева Normal for this market. У семейных каналов так у всех." in words(page)
        assert '<span lang="ru">У семейных каналов' in page.content.decode()
        assert "The clock stands" not in words(page)

    def test_shows_who_is_away_and_who_is_asked_instead(self, signed_in, elena, irina, card, now, words):
        other = make.user("expert", market="US", name="Olga Petrova")
        today = now.date()
        absences.set_absence(
            irina, by=irina, deputy=other, from_date=today, until_date=today + timedelta(days=3), now=now
        )
        task, browser = card(), signed_in(elena)
        page = words(browser.get(f"/queue/{task.pk}/question/"))
        assert "Ирина Савельева, regional expert, away until" in page
        assert "Olga Petrova is asked instead" in page
        assert page.count("is asked instead") == 1
        said = {"q_to": [irina.pk], "q_text": "Is this usual?", "q_hours": "24"}
        browser.post(f"/queue/{task.pk}/question/", said)
        assert Question.objects.get().to == other

    def test_shows_in_the_approvals_that_the_clock_of_an_escalated_card_stands(
        self, signed_in, elena, sofia, irina, card, asked, now, words
    ):
        task = card(stakes="high", state="escalated", escalated_to=sofia, escalated_at=now)
        questions.ask(task, by=sofia, now=now, text="Is this usual?", to=[irina])
        assert "paused" in words(signed_in(sofia).get("/approvals/"))
        Question.objects.update(due_at=now)
        questions.withdraw(Question.objects.get(), by=sofia, now=now)
        assert "paused" not in words(signed_in(sofia).get("/approvals/"))

    def test_asks_for_what_is_lacking_with_all_that_was_typed(self, signed_in, elena, irina, card, words):
        task = card()
        answer = signed_in(elena).post(f"/queue/{task.pk}/question/", {"q_text": "Is this usual?"})
        assert answer.status_code == 422
        assert "Choose whom to ask" in words(answer)
        assert "Is this usual?" in answer.content.decode()

    def test_asks_for_it_in_the_dialog_where_script_is(self, signed_in, elena, irina, card):
        task = card()
        answer = signed_in(elena, **{"hx-request": "true"}).post(f"/queue/{task.pk}/question/", {"q_text": "Usual?"})
        assert answer.status_code == 422
        assert 'id="question" aria-labelledby="question-h" open data-modal' in answer.content.decode()

    def test_is_refused_to_those_who_do_not_decide(self, signed_in, card):
        browser = signed_in(make.user("analyst", brand="acme"))
        assert browser.get(f"/queue/{card().pk}/question/").status_code == 403

    @pytest.mark.parametrize("step", ["question", "escalate"])
    def test_of_others_is_not_found(self, signed_in, card, step):
        stranger = signed_in(make.user("strategist", brand="other"))
        assert stranger.post(f"/queue/{card().pk}/{step}/").status_code == 404


class TestGate:
    def test_names_whom_was_asked_and_counts_it_as_no_pass(self, signed_in, elena, irina, card, now, words):
        task = card()
        gate = task.campaign.market.gates.create(
            code="register", name_en="Register", name_ru="Реестр", rule="list", evidence="149-FZ",
            valid_from_date=now.date(), checked_on_date=now.date(),
        )  # fmt: skip
        browser = signed_in(elena)
        assert f"?gate={gate.pk}" in browser.get(f"/queue/{task.pk}/").content.decode()
        said = {"q_to": [irina.pk], "q_text": "Is the page in the register?", "q_hours": "24", "q_gate": gate.pk}
        page = browser.post(f"/queue/{task.pk}/question/", said, follow=True)
        assert "Asked Ирина Савельева, not counted as a pass." in words(page)
        question = Question.objects.get()
        done = signed_in(irina).post(f"/questions/{question.pk}/answer/", {"quick": "passed"})
        assert done.status_code == 422
        signed_in(irina).post(f"/questions/{question.pk}/answer/", {"quick": "passed", "text": "extract 4711"})
        assert "not counted as a pass" not in words(browser.get(f"/queue/{task.pk}/"))


class TestEscalate:
    def test_hands_the_card_up(self, signed_in, elena, card, sofia, words):
        task = card()
        said = {"version": task.version, "e_to": f"up:{sofia.pk}", "e_text": "The terms changed."}
        page = words(signed_in(elena).post(f"/queue/{task.pk}/escalate/", said, follow=True))
        assert "Passed up to Sofia Bennett." in page
        task.refresh_from_db()
        assert (task.state, task.escalated_to) == ("escalated", sofia)
        page = words(signed_in(sofia).get(f"/queue/{task.pk}/"))
        assert "Passed up to Sofia Bennett: Elena Markova" in page
        assert "The terms changed." in page

    def test_asks_a_colleague_for_a_second_view(self, signed_in, elena, daniel, card, words):
        task = card()
        said = {"version": task.version, "e_to": f"second:{daniel.pk}", "e_text": "What do you think?"}
        signed_in(elena).post(f"/queue/{task.pk}/escalate/", said)
        question = Question.objects.get()
        assert (question.kind, question.to) == ("second", daniel)
        assert "Rather yes" in words(signed_in(daniel).get(f"/questions/{question.pk}/"))

    def test_asks_for_a_reason(self, signed_in, elena, sofia, card, words):
        task = card()
        said = {"version": task.version, "e_to": f"up:{sofia.pk}"}
        answer = signed_in(elena).post(f"/queue/{task.pk}/escalate/", said)
        assert answer.status_code == 422
        assert "Write what they should look at" in words(answer)

    def test_of_a_card_that_moved_shows_it_as_it_stands(self, signed_in, elena, sofia, card):
        task = card(version=2)
        said = {"version": 1, "e_to": f"up:{sofia.pk}", "e_text": "Look at it."}
        assert signed_in(elena).post(f"/queue/{task.pk}/escalate/", said).status_code == 409


class TestQuestions:
    def test_are_what_an_expert_lands_on(self, signed_in, irina):
        assert signed_in(irina).get("/")["Location"] == "/questions/"

    def test_are_counted_beside_the_navigation(self, signed_in, irina, asked):
        asked()
        page = signed_in(irina).get("/questions/").content.decode()
        assert '<span class="txt">Вопросы</span><span class="count">1</span>' in page

    def test_show_the_context_of_one_screen(self, signed_in, irina, asked, words):
        question = asked()
        type(irina).objects.filter(pk=irina.pk).update(language="en")
        page = words(signed_in(type(irina).objects.get(pk=irina.pk)).get(f"/questions/{question.pk}/"))
        assert question.task.recommendation.creator.name in page
        assert "The AI says Partner 61%" in page

    def test_of_a_sealed_card_say_nothing_of_the_ai(self, signed_in, irina, asked, card, words):
        type(irina).objects.filter(pk=irina.pk).update(language="en")
        irina.refresh_from_db()
        said = {}
        for verdict in ("recommend", "decline"):
            question = asked(card(verdict))
            type(question.task).objects.filter(pk=question.task_id).update(arm="blind")
            page = words(signed_in(irina).get(f"/questions/{question.pk}/"))
            assert "What the AI says is sealed" in page
            said[verdict] = page.replace(question.task.recommendation.creator.name, "").split("Answer Ctrl")[0]
            questions.withdraw(question, by=question.by, now=question.at)
        assert "Partner" not in said["recommend"] + said["decline"]

    def test_can_be_passed_on(self, signed_in, irina, asked, marcus, words):
        question = asked()
        signed_in(irina).post(f"/questions/{question.pk}/pass/")
        assert Question.objects.get(instead_of=question).to == marcus

    def test_can_be_withdrawn_by_whoever_asked(self, signed_in, elena, asked, words):
        question = asked()
        assert "Withdraw the question" in words(signed_in(elena).get(f"/questions/{question.pk}/"))
        signed_in(elena).post(f"/questions/{question.pk}/withdraw/")
        question.refresh_from_db()
        assert question.state == "withdrawn"

    def test_that_ended_meanwhile_say_so_and_keep_what_was_written(self, signed_in, elena, irina, asked, now, words):
        question = asked()
        questions.withdraw(question, by=elena, now=now)
        said = {"text": "У семейных каналов так у всех."}
        answer = signed_in(irina).post(f"/questions/{question.pk}/answer/", said)
        assert answer.status_code == 409
        assert 'role="alert"' in answer.content.decode()
        assert "У семейных каналов так у всех." in words(answer)

    def test_of_another_market_are_not_found(self, signed_in, asked):
        stranger = signed_in(make.user("expert", market="RU"))
        assert stranger.get(f"/questions/{asked().pk}/").status_code == 404

    def test_cost_few_queries_however_many_there_are(self, signed_in, irina, asked, django_assert_max_num_queries):
        for _ in range(5):
            asked()
        browser = signed_in(irina)
        with django_assert_max_num_queries(12):
            browser.get("/questions/")

    def test_read_well_in_the_log(self, signed_in, asked, irina, now, words):
        questions.answer(asked(), by=irina, now=now, quick="normal", text="Yes, everywhere.")
        page = words(signed_in(make.user("analyst", brand="acme", market="US")).get("/audit/"))
        assert "Question to Ирина Савельева: Elena Markova" in page
        assert "Answered “Normal for this market”: Ирина Савельева" in page
        assert AuditEntry.objects.filter(kind="answer").count() == 1
