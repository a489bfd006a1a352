"""One effect for one Idempotency-Key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.api import kept
from accounts.models import KeptAnswer
from screening.models import ScreeningRun
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(campaign):
    make.brief(campaign)
    make.model(campaign.market)
    make.profile()
    return f"/api/campaigns/{campaign.slug}/runs/"


@pytest.fixture
def asking(program, owner):
    return program(owner, ["read", "run"])


class TestTheSameKey:
    def test_gets_the_same_answer_and_no_second_effect(self, asking, address):
        first, again = (asking.post(address, headers={"idempotency-key": "one"}) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert first["Location"] == again["Location"]
        assert (first.has_header("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (False, "true")
        assert ScreeningRun.objects.count() == 1

    def test_with_another_request_is_refused(self, asking, address):
        asking.post(address, headers={"idempotency-key": "one"})
        other = asking.post(address, {"x": 1}, content_type="application/json", headers={"idempotency-key": "one"})
        assert other.status_code == 409
        assert other.json()["detail"] == "This Idempotency-Key was used for another request."

    def test_of_another_person_is_another_key(self, asking, address, program):
        asking.post(address, headers={"idempotency-key": "one"})
        other = program(make.user("strategist", brand="acme", market="US"), ["run"])
        assert "has not finished" in other.post(address, headers={"idempotency-key": "one"}).json()["detail"]

    def test_is_free_again_after_a_refusal(self, asking, address):
        asking.post(address, headers={"idempotency-key": "one"})
        refused = asking.post(address, headers={"idempotency-key": "two"})
        assert refused.status_code == 409
        ScreeningRun.objects.update(status="completed")
        assert asking.post(address, headers={"idempotency-key": "two"}).status_code == 201

    @pytest.mark.parametrize("key", ["x" * 201, "tab\tkey", "ключ"])
    def test_has_to_be_plain(self, asking, address, key):
        assert asking.post(address, headers={"idempotency-key": key}).status_code == 422


class TestForget:
    def test_takes_those_of_a_month_ago(self, asking, address):
        asking.post(address, headers={"idempotency-key": "one"})
        assert kept.forget(timezone.now() + timedelta(days=29)) == 0
        assert kept.forget(timezone.now() + timedelta(days=31)) == 1
        assert not KeptAnswer.objects.exists()
