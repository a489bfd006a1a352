"""People in processes of their own on one queue: `python -m tests.faults.racing WHAT`, WHAT one of the verbs below.

HM_CARDS says how many cards there are (60 unless set).
"""

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hybridmkt.settings")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CARDS = int(os.environ.get("HM_CARDS", "60"))


def fill() -> None:
    """Make an empty database with cards and four people."""
    from tests import factories as make
    from tests import template

    template.migrate()
    rules = make.policy(make.brand(), make.market())
    run = make.run(make.campaign())
    for n in range(CARDS):
        make.task(make.recommendation(run), policy=rules, opened_at=NOW, value=float(n))
    for _ in range(4):
        make.user("strategist", brand="acme", market="US")
        make.user("manager", brand="acme", market="US")


def send() -> None:
    """Make high stakes of all cards and send them for approval, and propose the next rules."""
    from review import decisions, policies
    from review.models import ReviewTask
    from screening.models import Brand, Market

    by, all_cards = person(0), ReviewTask.objects.all()
    all_cards.update(stakes="high", on_expiry="escalates")
    for task in all_cards:
        decisions.decide(task, choice="approve", by=by, now=NOW, version=1, key=f"send:{task.pk}", rationale="Yes.")
    owner = person(0, "manager")
    fees = {"medium_fee_minor": 100_000, "high_fee_minor": 1_000_000}
    policies.propose(Brand.objects.get(), Market.objects.get(), owner=owner, by=owner, now=NOW, **fees)


def person(n: int, role: str = "strategist"):
    from accounts.models import User

    return User.objects.filter(memberships__role=role, memberships__brand="acme").order_by("pk").distinct()[n]


def claim(n: int) -> dict:
    """Take cards until none is left."""
    from review import claims

    got, by = [], person(n)
    while task := claims.claim_next(by=by, now=NOW):
        got.append(task.pk)
    return {"got": got}


def decide(n: int) -> dict:
    """Decide every card there is, whoever else does the same; say what was won."""
    from review import decisions, workflow
    from review.models import ReviewTask

    by, won, lost = person(n), [], 0
    for task in ReviewTask.objects.order_by("pk"):
        try:
            decisions.decide(task, choice="approve", by=by, now=NOW, version=1, key=f"{by.pk}:{task.pk}")
            won.append(task.pk)
        except (decisions.TaskMoved, workflow.Refused):
            lost += 1
    return {"got": won, "lost": lost}


def work(n: int) -> dict:
    """Take the next card and decide it until none is left; two people, each of them in two processes."""
    from review import claims, decisions, workflow
    from review.models import ReviewTask

    by, won, lost = person(n % 2), [], 0
    while task := claims.claim_next(by=by, now=NOW):
        try:
            decisions.decide(task, choice="approve", by=by, now=NOW, version=task.version, key=f"{n}:{task.pk}")
            won.append(task.pk)
        except (decisions.TaskMoved, workflow.Refused):
            lost += 1
    return {"got": won, "lost": lost, "left": ReviewTask.objects.filter(state="open").count()}


def sign(n: int) -> dict:
    """Put the draft in force, and approve every card there is, as another manager does at the same time."""
    from review import approvals, decisions, policies, workflow
    from review.models import Policy, ReviewTask

    by, won, lost, rules = person(n + 1, "manager"), [], 0, 0
    try:
        policies.approve(Policy.objects.order_by("version").last(), by=by, now=NOW)
        rules = 1
    except policies.CannotApprove:
        lost += 1
    for task in ReviewTask.objects.order_by("pk"):
        try:
            approvals.answer(task, choice="approve", by=by, now=NOW, version=2, key=f"{by.pk}:{task.pk}")
            won.append(task.pk)
        except (decisions.TaskMoved, workflow.Refused):
            lost += 1
    return {"got": won, "lost": lost, "rules": rules}


def sweep(_n: int) -> dict:
    """Act on all deadlines, as a second scheduler does: a sweep takes a batch, the next one goes on."""
    from review import deadlines

    done = Counter()
    while found := deadlines.sweep(NOW + timedelta(hours=49)):
        done += found
    return {"done": dict(done)}


if __name__ == "__main__":
    django.setup()
    if len(sys.argv) == 2:
        {"fill": fill, "send": send}[sys.argv[1]]()
    else:
        sys.stdin.readline()  # all start at once
        verb = {"claim": claim, "decide": decide, "work": work, "sign": sign, "sweep": sweep}[sys.argv[1]]
        print(json.dumps(verb(int(sys.argv[2]))))
