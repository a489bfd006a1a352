"""What the product does to the database of its settings, for test_replica.py: `python -m tests.faults.replica STEP`.

Prints an object of JSON. "grow": two more entries, signed. "tell": whether the log is found rolled back, what a load
balancer and a change are answered, and how many entries are signed before and after two more.
"""

import json
import sys

import django

django.setup()

from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from audit import rollback, tasks, tree  # noqa: E402
from tests import factories, template  # noqa: E402


def size() -> int:
    """Return how many entries are signed."""
    newest = tree.newest()
    return newest.size if newest else 0


def grow() -> dict:
    """Write entries and have them signed, as the clock does."""
    for _entry in range(2):
        factories.entry()
    tasks.place_entries()
    return {"size": size()}


def tell() -> dict:
    """Begin as the clock begins, then serve."""
    found, browser = rollback.notice(), Client(raise_request_exception=False)
    told = {"found": found, "ready": browser.get("/readyz", secure=True).json().get("audit", ""), "was": size()}
    told["change"] = browser.post(reverse("api-campaigns"), {}, "application/json", secure=True).status_code
    return told | grow()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        template.migrate()
    print(json.dumps({"make": grow, "grow": grow, "tell": tell}[sys.argv[1]]()))
