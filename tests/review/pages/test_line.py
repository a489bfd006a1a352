"""Where the decision line is written and where a page says which one a run used."""

import pytest

from review.models import Policy
from tests import factories as make
from tests.review.practising import closed_cases

pytestmark = pytest.mark.django_db
USED = {"line": [600_000, 25_000]}
SAID = "Partner from 63%, Do not partner up to 57%, Unsure in between"
SAID_RU = "«За сотрудничество» от 63 %, «Против» до 57 %, между ними «Неясно»"


@pytest.fixture
def asked(signed_in, sofia, policy):
    """Sends the form of the next version as it is shown, with these fields changed."""
    browser = signed_in(sofia)
    address = f"/policies/{policy.pk}/propose/"

    def done(**said):
        shown = browser.get(address).context["form"].initial
        known = {name: value for name, value in shown.items() if value is not None and value is not False}
        return browser.post(address, {**known, **said}, follow=True)

    return done


class TestWriting:
    def test_begins_with_what_holds_now(self, signed_in, sofia, policy):
        initial = signed_in(sofia).get(f"/policies/{policy.pk}/propose/").context["form"].initial
        assert (str(initial["decision_line"]), str(initial["unsure_band"])) == ("50", "4.5")

    def test_makes_a_version_that_says_it_in_words_in_the_history_and_against_the_one_before(self, asked, words):
        page = words(asked(decision_line="60", unsure_band="2.5"))
        made = Policy.objects.get(state="draft")
        assert (made.decision_line_u6, made.unsure_band_u6) == (600_000, 25_000)
        assert f"{SAID}: so is every run judged" in page
        assert page.count("Decision line: 50% → 60%") == 2  # of the draft, and among the versions
        assert page.count("Unsure on either side of the line: 4.5% → 2.5%") == 2

    @pytest.mark.parametrize(("said", "field", "found"), [
        ({"decision_line": "97", "unsure_band": "4.5"}, "unsure_band", "Unsure would reach from 92.5% to 101.5%"),
        ({"decision_line": "120"}, "decision_line", "120% was found"),
        ({"decision_line": "-3"}, "decision_line", "−3% was found"),
        ({"unsure_band": "-1"}, "unsure_band", "−1% was found"),
    ])  # fmt: skip
    def test_says_at_the_field_what_was_found(self, asked, said, field, found):
        answer = asked(**said)
        assert answer.status_code == 422
        assert found in answer.context["form"].errors[field][0]
        assert not Policy.objects.filter(state="draft").exists()

    def test_says_what_an_expert_prior_cannot_reach(self, asked, words):
        assert "An expert prior keeps every chance between 31 and 69%" in words(asked(decision_line="75"))

    def test_stands_in_the_matrix(self, signed_in, elena, policy, words):
        policies_page = words(signed_in(elena).get("/policies/"))
        assert "Partner from 55%, Do not partner up to 45%, Unsure in between" in policies_page


class TestReading:
    """The line of the run, whatever the rules in force say since."""

    @pytest.fixture
    def run(self, policy, card):
        task = card(p_u6=610_000, verdict="unsure")
        type(task.recommendation.run).objects.update(norms=USED)
        return task

    def test_on_the_card(self, run, signed_in, elena, words):
        assert SAID in words(signed_in(elena).get(f"/queue/{run.pk}/"))

    def test_on_the_card_in_russian(self, run, signed_in, elena, words):
        reader = make.user("strategist", brand="acme", market="US", language="ru")
        assert SAID_RU in words(signed_in(reader).get(f"/queue/{run.pk}/"))

    def test_on_no_sealed_card(self, card, signed_in, elena, words):
        task = card(arm="blind")
        type(task.recommendation.run).objects.update(norms=USED)
        assert "up to 57%" not in words(signed_in(elena).get(f"/queue/{task.pk}/"))

    def test_on_a_practice_card(self, sofia, elena, signed_in, words):
        make.policy(make.brand(), make.market(), owner=sofia, practice_share_u6=100_000)
        type(closed_cases()[0].run).objects.update(norms=USED)
        browser = signed_in(elena)
        address = browser.get("/queue/").headers["Location"]
        assert SAID not in words(browser.get(address))
        shown = browser.post(address + "first-view/", {"says": "yes", "p": "70"}, follow=True)
        assert SAID in words(shown)
        assert '<line class="st-target" x1="60.0%"' in shown.content.decode()
