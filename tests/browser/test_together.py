"""Together while somebody fills in the desk: the browser’s preview is what the server then says."""

import pytest
from django.utils import timezone

from review.models import Weights
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
FITTED = {
    "schema": 1, "version": 1, "n": 60, "good": 40, "bad": 20, "standing": "provisional", "rows": "0" * 64,
    "weights": {"b0": 0.1, "b1": 0.9, "b2": 0.7, "rho": 0.3}, "se": {"mean": 0.7, "strength": 20.0},
    "fa": {"mean": 0.3, "strength": 20.0}, "people": {},
}  # fmt: skip


def test_previews_what_the_server_confirms(visit):
    brand, market = make.brand("northleaf"), make.market("US")
    elena = make.user("strategist", brand="northleaf")
    policy = make.policy(brand, market)
    Weights.objects.create(
        market=market, version=1, sha256="0" * 64, document=FITTED, at=timezone.now(), audit=make.entry("model_release")
    )
    task = make.task(make.recommendation(make.run(make.campaign(brand=brand, market=market))), policy=policy)
    page = visit(f"/queue/{task.pk}/", user=elena)
    before = page.locator(".tg-n").text_content()
    with page.expect_response(lambda answer: "/together/" in answer.url):
        previewed = page.evaluate("""() => {
            document.querySelector('input[name="gut_rating"][value="5"]').click();
            document.querySelector('input[name="cultural_fit"][value="4"]').click();
            return [document.querySelector('.tg-n').textContent, document.querySelector('.steps').textContent];
        }""")
    page.wait_for_function("document.querySelector('#together').ariaLive === 'polite'")
    confirmed = [page.locator(".tg-n").text_content(), page.locator("#together .steps").text_content()]
    assert before == "61%"
    assert previewed == confirmed
    assert previewed[0] != before
