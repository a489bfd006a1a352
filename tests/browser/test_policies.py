"""The policies: the matrix, a version, a draft that was tried on past runs, the form of a change, the stop button."""

import pytest

from jobs.models import Job
from review import dry_run, policies, stops
from review.models import Policy
from tests import factories as make
from tests.browser.conftest import PHONE, WIDE
from tests.review.conftest import sofia  # noqa: F401
from tests.review.dry_run.conftest import ran, rules  # noqa: F401
from tests.review.replaying import LATER, NOW
from tests.review.test_queue import campaign  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(campaign, rules, ran, sofia):  # noqa: F811
    """Rules in force, a draft beside them that was tried, and the rules of another brand, where the AI is stopped."""
    policy = rules(review_budget=12)
    ran()
    same = {name: getattr(policy, name) for name in policies.RULES}
    changed = {"review_budget": 18, "blind_share_u6": 300_000, "decision_line_u6": 520_000, "medium_fee_minor": 70_000}
    made = policies.propose(policy.brand, policy.market, owner=sofia, by=sofia, now=NOW, **{**same, **changed})
    result = dry_run.count(made, now=LATER)
    Job.objects.filter(idempotency_key=f"dry_run:{made.pk}").update(status="succeeded", result=result)
    other = make.policy(make.brand("nordcream"), policy.market, results_months=12)
    stops.stop(policy.market, brand=other.brand_id, reason="Odd verdicts since the morning.", by=other.owner, now=LATER)
    return made


@pytest.mark.parametrize("language", ["en", "ru"])
def test_fit_every_screen_in_both_themes(visit, draft, look, shoot, language):
    active = Policy.objects.get(state="active", brand="acme")
    reader = make.user("manager", language=language)
    pages = {
        "matrix": "/policies/", "version": f"/policies/{active.pk}/", "draft": f"/policies/{draft.pk}/",
        "propose": f"/policies/{active.pk}/propose/", "stop": "/policies/stop/acme/US/",
    }  # fmt: skip
    for name, address in pages.items():
        page = visit(address, user=reader)
        for details in page.locator("details").all():
            details.evaluate("e => { e.open = true }")
        look(page)
        for theme in ("light", "dark"):
            for size in (WIDE, PHONE):
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size(size)
                shoot(f"{name}-{language}-{theme}-{size['width']}")
