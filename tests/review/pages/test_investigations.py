"""From a card to an investigation, to a norm, to the next run without the flag: over HTTP, with the real engine."""

from datetime import date, timedelta

import pytest

from audit.models import AuditEntry
from jobs import dispatch
from review import investigations
from review.models import Investigation, ReviewTask
from screening import judging, runs, training
from screening.models import MarketNorm
from tests import factories as make

pytestmark = pytest.mark.django_db
WHY = "Family channels keep a chat of regular viewers, the link stands in the bio."


@pytest.fixture
def irina(db):
    return make.user("expert", market="US", name="Irina Savelyeva")


@pytest.fixture
def campaign(policy, now):
    """Forty creators of one platform and size, and one whose readers react far more."""
    for n in range(40):
        one = make.profile(handle=f"p{n}", language="en", country="US")
        make.metrics(one, followers=20_000, likes_avg=600.0 + n * 5, comments_avg=20.0)
    far = make.profile(handle="far", language="en", country="US", categories=["Family"])
    make.metrics(far, followers=20_000, likes_avg=9_000.0, comments_avg=300.0)
    found = make.campaign(wanted=5, fee_minor=40_000)
    make.brief(found)
    training.approve(training.publish_card(found.market, by=None, now=now), by=make.user("manager"), now=now)
    return found


def screen(campaign, now):
    judging._judged.cache_clear()
    run = runs.start(campaign, by=None, now=now)
    dispatch.run(run.job_id, worker="test")
    run.refresh_from_db()
    assert run.status == "completed", run.error
    return run


def of_far(run):
    return run.recommendations.get(profile__handle="far")


class TestJourney:
    def test_goes_from_a_card_over_a_norm_to_the_next_run(self, signed_in, elena, irina, campaign, now, words):
        run = screen(campaign, now)
        task = ReviewTask.objects.get(recommendation=of_far(run))
        ReviewTask.objects.filter(pk=task.pk).update(arm="ai_first", unsealed_at=None)
        strategist, expert = signed_in(elena), signed_in(irina)
        assert "About a flag" in words(strategist.get(f"/queue/{task.pk}/investigate/"))
        said = {"i_text": "Is this usual for family channels?", "i_flag": "engagement_rate:high"}
        page = words(strategist.post(f"/queue/{task.pk}/investigate/", said, follow=True))
        assert "An investigation is open. Owner: Irina Savelyeva." in page
        found = Investigation.objects.get()
        address = f"/investigations/{found.pk}/"
        expert.post(f"{address}add/", {"kind": "person", "text": "12 of 12 chats were open."})
        page = words(expert.get(address))
        assert "Is this normal? Reactions: unusually high" in page
        assert "Evidence: how common is it?" in page
        assert "41 profiles" in page
        assert "12 of 12 chats were open." in page
        assert "1 open card bears this flag" in page
        until = (now + timedelta(days=300)).date().isoformat()
        closing = {
            "finding": "normal",
            "text": WHY,
            "flag": "engagement_rate:high",
            "platform": "instagram",
            "until": until,
        }
        page = words(expert.post(f"{address}close/", closing, follow=True))
        assert "Closed. The norm US-N-01 holds from the next run on." in page
        norm = MarketNorm.objects.get()
        page = words(strategist.get(f"/norms/{norm.pk}/"))
        assert WHY in page
        assert "Irina Savelyeva" in page
        assert "1 open card bears this flag" in page
        after = of_far(screen(campaign, now))
        told = next(one for one in after.flags if (one["feature"], one["side"]) == ("engagement_rate", "high"))
        assert (told["norm"], told["is_serious"]) == (str(norm.pk), False)
        before = next(one for one in of_far(run).flags if one["feature"] == "engagement_rate")
        assert before["norm"] == ""

    def test_opens_by_itself_after_an_override(self, signed_in, elena, irina, card, sent, why, words):
        task = card(p_u6=850_000)
        form = sent(
            task, choice="reject", category="context", rationale=why, proof="Orders under 40 by May", asked="reject"
        )
        signed_in(elena).post(f"/queue/{task.pk}/decide/", form)
        page = words(signed_in(irina).get("/investigations/"))
        assert "A decision against a confident AI" in page
        assert "AI: Partner, 85%. Elena Markova: Reject." in page
        page = words(signed_in(irina).get(f"/investigations/{Investigation.objects.get().pk}/"))
        assert why in page


@pytest.fixture
def opened(card, elena, irina, now):
    def made(task=None):
        return investigations.request(task or card(), by=elena, now=now, text="Is this usual?")

    return made


class TestPages:
    def test_show_overdue_ones_first(self, signed_in, irina, opened, now, words):
        first, second = opened(), opened()
        Investigation.objects.filter(pk=second.pk).update(due_at=now - timedelta(hours=1))
        page = signed_in(irina).get("/investigations/").content.decode()
        assert page.index(f"/investigations/{second.pk}/") < page.index(f"/investigations/{first.pk}/")
        assert "overdue" in page

    def test_are_headed_by_what_was_asked(self, signed_in, irina, opened):
        page = signed_in(irina).get(f"/investigations/{opened().pk}/").content.decode()
        assert "<h1>Is this usual?</h1>" in page

    def test_ask_for_what_a_finding_lacks(self, signed_in, irina, opened, words):
        found = opened()
        answer = signed_in(irina).post(f"/investigations/{found.pk}/close/", {"finding": "data", "text": "Wrong."})
        assert answer.status_code == 422
        assert "Say in 20 characters or more what was found." in words(answer)

    def test_hand_it_to_somebody_else(self, signed_in, irina, daniel, opened, now):
        found = opened()
        due = (now + timedelta(days=9)).date().isoformat()
        signed_in(irina).post(f"/investigations/{found.pk}/assign/", {"owner": daniel.pk, "due": due})
        found.refresh_from_db()
        assert found.owner == daniel

    def test_of_a_sealed_card_stay_shut(self, signed_in, daniel, opened, words):
        found = opened()
        ReviewTask.objects.filter(pk=found.task_id).update(arm="blind")
        browser = signed_in(daniel)
        assert browser.get(f"/investigations/{found.pk}/").status_code == 403
        assert "Nothing is being looked into" in words(browser.get("/investigations/"))

    @pytest.mark.parametrize("address", ["investigations", "norms", "questions"])
    def test_of_nobody_are_not_found(self, signed_in, elena, policy, address):
        assert signed_in(elena).get(f"/{address}/999999/").status_code == 404

    def test_of_another_market_are_not_found(self, signed_in, opened):
        found = opened()
        stranger = signed_in(make.user("expert", market="RU"))
        assert stranger.get(f"/investigations/{found.pk}/").status_code == 404
        assert stranger.post(f"/investigations/{found.pk}/close/").status_code == 404

    def test_cost_few_queries(self, signed_in, irina, opened, django_assert_max_num_queries):
        for _ in range(4):
            found = opened()
        browser = signed_in(irina)
        with django_assert_max_num_queries(12):
            browser.get("/investigations/")
        with django_assert_max_num_queries(12):
            browser.get(f"/investigations/{found.pk}/")

    def test_read_well_in_the_log(self, signed_in, opened, words):
        opened()
        page = words(signed_in(make.user("analyst", brand="acme", market="US")).get("/audit/"))
        assert "Investigation opened, owner Irina Savelyeva" in page
        assert AuditEntry.objects.filter(kind="investigation").count() == 1


class TestNorms:
    @pytest.fixture
    def norm(self, irina, policy, now):
        from screening import norms

        return norms.write(make.market(), flag="engagement_rate:high", scope={"platform": "instagram"},
                           until=date(2027, 6, 1), reason=WHY, by=irina, now=now)  # fmt: skip

    def test_are_listed_with_scope_and_author(self, signed_in, elena, norm, words):
        page = words(signed_in(elena).get("/norms/"))
        assert "US-N-01: Reactions: unusually high" in page
        assert "Instagram, all categories, all sizes" in page

    def test_can_be_ended_by_those_who_know_the_market(self, signed_in, elena, irina, norm, words):
        assert signed_in(elena).post(f"/norms/{norm.pk}/end/", {"reason": "No."}).status_code == 403
        page = words(signed_in(irina).post(f"/norms/{norm.pk}/end/", {"reason": "The chats closed."}, follow=True))
        assert "US-N-01 is out of force from the next run on." in page

    def test_can_be_corrected(self, signed_in, irina, norm, words):
        said = {"platform": "instagram", "tier": "micro", "until": "2027-05-01", "text": WHY}
        page = words(signed_in(irina).post(f"/norms/{norm.pk}/correct/", said, follow=True))
        assert "US-N-02 is in force from the next run on." in page
        assert "In place of US-N-01" in page

    def test_ask_for_what_a_correction_lacks(self, signed_in, irina, norm, words):
        answer = signed_in(irina).post(f"/norms/{norm.pk}/correct/", {"until": "2027-05-01", "text": "No."})
        assert answer.status_code == 422
        assert "20 characters" in words(answer)
