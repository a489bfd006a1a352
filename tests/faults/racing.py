"""People in processes of their own on one queue: `python -m tests.faults.racing fill|claim|decide|sweep`."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hybridmkt.settings")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CARDS = 60


def fill() -> None:
    """Make an empty database with sixty cards and four people."""
    from django.core.management import call_command

    from tests import factories as make

    call_command("migrate", verbosity=0)
    rules = make.policy(make.brand(), make.market())
    run = make.run(make.campaign())
    for n in range(CARDS):
        make.task(make.recommendation(run), policy=rules, opened_at=NOW, value=float(n))
    for _ in range(4):
        make.user("strategist", brand="acme", market="US")


def person(n: int):
    from accounts.models import User

    return User.objects.filter(memberships__role="strategist").order_by("pk")[n]


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


def sweep(_n: int) -> dict:
    """Act on all deadlines, as a second scheduler does."""
    from review import deadlines

    return {"done": dict(deadlines.sweep(NOW + timedelta(hours=49)))}


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "fill":
        fill()
    else:
        sys.stdin.readline()  # all start at once
        print(json.dumps({"claim": claim, "decide": decide, "sweep": sweep}[sys.argv[1]](int(sys.argv[2]))))
