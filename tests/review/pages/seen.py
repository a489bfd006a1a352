"""What the machine over HTTP sees of the product: forms of a page, refusals of an answer, all that stands."""

from django.contrib.messages import constants, get_messages

from audit.models import AuditEntry
from hybridmkt.markup import read
from review.models import Approval, Decision, Handoff, Investigation, Overlay, Question, ReviewTask

COUNTED = (Decision, Approval, Overlay, Question, Investigation, Handoff)


class Unread(AssertionError):
    """Raised when the product refuses and does not say why, or refuses what its page offers."""


def picture(*tasks):
    """Return all that a refused step must leave as it was."""
    rows = [ReviewTask.objects.filter(pk=task.pk).values().get() for task in tasks]
    return rows, [one.objects.count() for one in COUNTED], AuditEntry.objects.count()


def form_of(page, action):
    """Return the form of a page that leads to an address, None where it has none."""
    return next((one for one in page.forms if one.action == action), None) if page else None


def refusal(answer):
    """Return the sentence with which an answer refuses, None where it does not. Raises Unread where it says nothing."""
    if answer.status_code in {302, 204}:
        told = [str(one) for one in get_messages(answer.wsgi_request) if one.level >= constants.ERROR]
        return " ".join(told) or None
    page = read(answer.content.decode())
    if answer.status_code not in {200, 403, 404, 409, 422} or not (page.alert or page.text):
        raise Unread(f"{answer.status_code}: {page.text[:200]}")
    if answer.status_code == 409 and not page.alert and "data-alone" not in answer.content.decode():
        raise Unread(f"409 without a sentence: {page.text[:400]}")
    return page.alert or page.title or "refused"
