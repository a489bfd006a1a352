"""The playbook and the result over HTTP."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import User
from jobs import lease
from screening import memory
from screening.models import Brand, Outcome
from tests import factories as make

GOOD = {"kpi": "engagement", "target": "12 000", "actual": "12 500,5", "as_of_date": "2026-11-19", "paid": "1,200.00"}


@pytest.fixture
def signed_in(client, elena):
    client.force_login(elena)
    return client


class TestPlaybook:
    def test_shows_both_voices(self, signed_in, approved):
        page = signed_in.get(reverse("playbook", args=[approved.pk])).content.decode()
        assert "Send the cream early." in page
        assert "Her readers ask for this product by name" in page

    def test_answers_404_for_another_brand(self, client, approved):
        client.force_login(make.user("strategist", brand="other"))
        assert client.get(reverse("playbook", args=[approved.pk])).status_code == 404

    def test_escapes_what_people_wrote(self, signed_in, approved):
        approved.recommendation.creator.name = "<script>x</script>"
        approved.recommendation.creator.save()
        assert "<script>x" not in signed_in.get(reverse("playbook", args=[approved.pk])).content.decode()

    def test_costs_at_most_twelve_queries(self, signed_in, approved, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            signed_in.get(reverse("playbook", args=[approved.pk]))


class TestOutcome:
    def test_records_a_result_with_numbers_as_people_type_them(self, signed_in, approved):
        answer = signed_in.post(reverse("outcome", args=[approved.pk]), GOOD)
        kept = Outcome.objects.get()
        assert answer.status_code == 302
        assert (kept.target, kept.actual, kept.paid_minor, kept.is_success) == (12_000, 12_500.5, 120_000, True)

    def test_corrects_a_result_by_a_new_row(self, signed_in, approved):
        signed_in.post(reverse("outcome", args=[approved.pk]), GOOD)
        signed_in.post(reverse("outcome", args=[approved.pk]), GOOD | {"actual": "9000"})
        first, second = Outcome.objects.order_by("pk")
        assert second.replaces == first
        assert not second.is_success

    def test_keeps_what_was_typed_when_it_refuses(self, signed_in, approved):
        answer = signed_in.post(reverse("outcome", args=[approved.pk]), GOOD | {"as_of_date": "2999-01-01"})
        assert answer.status_code == 422
        assert all(f'value="{GOOD[name]}"' in answer.content.decode() for name in ("target", "actual", "paid"))
        assert not Outcome.objects.exists()

    def test_records_what_had_been_forecast(self, signed_in, approved):
        forecast = {"predicted": "12.1k", "predicted_low": "10 000", "predicted_high": "15,000"}
        signed_in.post(reverse("outcome", args=[approved.pk]), GOOD | forecast | {"target": ""})
        kept = Outcome.objects.get()
        assert (kept.predicted, kept.predicted_low, kept.predicted_high) == (12_100, 10_000, 15_000)
        assert (kept.target, kept.is_success) == (None, True)
        assert "forecast 12,100" in signed_in.get(reverse("playbook", args=[approved.pk])).content.decode()

    def test_needs_a_target_or_a_forecast(self, signed_in, approved):
        answer = signed_in.post(reverse("outcome", args=[approved.pk]), GOOD | {"target": ""})
        assert "needs the target or the forecast" in answer.content.decode()

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_corrects_nothing_when_nothing_is_changed(self, signed_in, approved, elena, language):
        figures = {"target": 1_234.5, "actual": 1.234567, "predicted": 0.125, "paid_minor": 123_456}
        first = memory.record_outcome(
            approved.campaign, approved.recommendation.profile, by=elena, now=lease.now(),
            told=memory.Told(kpi="engagement", as_of_date=date(2026, 11, 19), **figures),
        )  # fmt: skip
        User.objects.filter(pk=elena.pk).update(language=language)
        shown = signed_in.get(reverse("outcome", args=[approved.pk])).context["form"]
        typed = {name: shown[name].value() for name in shown.fields}
        answer = signed_in.post(reverse("outcome", args=[approved.pk]), {k: v or "" for k, v in typed.items()})
        assert answer.status_code == 302, answer.context["form"].errors
        assert {name: getattr(Outcome.objects.get(replaces=first), name) for name in figures} == figures

    def test_pays_in_the_smallest_unit_of_the_currency(self, signed_in, approved):
        Brand.objects.update(currency="JPY")
        signed_in.post(reverse("outcome", args=[approved.pk]), GOOD | {"paid": "150,000"})
        assert Outcome.objects.get().paid_minor == 150_000

    def test_refuses_a_role_that_may_not_record(self, client, approved):
        client.force_login(make.user("analyst", brand="acme"))
        assert client.post(reverse("outcome", args=[approved.pk]), GOOD).status_code == 403
        assert not Outcome.objects.exists()

    def test_answers_404_for_another_market(self, client, approved):
        client.force_login(make.user("strategist", market="RU"))
        assert client.post(reverse("outcome", args=[approved.pk]), GOOD).status_code == 404
