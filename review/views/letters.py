"""A notice as a letter, in the reader's language: what is asked, the first screen of an approval, and a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access, wording
from accounts.models import User
from review import queries, seals
from review.forms import DeskForm
from review.models import About, Notice, ReviewTask
from review.views import approvals, cards
from review.words import notices as words


@dataclass(frozen=True)
class Part:
    """One notice inside a letter. rows: label and value."""

    title: str
    detail: str
    url: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Letter:
    """A letter ready to be sent."""

    subject: str
    text: str
    html: str


def letter(notices: Sequence[Notice], *, now: datetime) -> Letter:
    """Write the letter of one person about one or more notices, in the language that is active."""
    parts = [part(one, now=now) for one in notices]
    first = parts[0]
    n = len(parts)
    subject = f"{first.title}: {first.detail}" if n == 1 else ngettext("%(n)d notice", "%(n)d notices", n) % {"n": n}
    foot = _("Nothing is ever sent to a creator from here. What is mailed to you is chosen in Settings:")
    choose = settings.BASE_URL + reverse("notice-settings")
    html = render_to_string("review/letter.html", {"parts": parts, "subject": subject, "foot": foot, "choose": choose})
    text = "\n\n".join([*(_plain(one) for one in parts), f"{foot}\n{choose}"])
    return Letter(" ".join(subject.split())[:180], text + "\n", html)


def part(notice: Notice, *, now: datetime) -> Part:
    """Return a notice with its address, and with the money and both sides where an approval is asked for."""
    is_approval = notice.about == About.APPROVAL and notice.task is not None
    rows = first_screen(notice.task, user=notice.user, now=now) if is_approval and notice.task else []
    if kept := words.receipt_url(notice):
        rows = [*rows, (_("Receipt"), notice.numbers["receipt"]), (_("Check it"), settings.BASE_URL + kept)]
    return Part(words.title(notice), words.detail(notice), settings.BASE_URL + notice.url, rows)


def first_screen(task: ReviewTask, *, user: User, now: datetime) -> list[tuple[str, str]]:
    """Return what an approval's page says first: amount, why you, deadline, both sides, what they differ in."""
    if not access.may(user, "approve", brand=task.brand, market=task.market):
        return []
    whole = queries.approval_page(queries.find(task.pk, user=user), user=user, now=now)
    face = cards.face(whole.card, form=DeskForm(), now=now)
    money, person = approvals.Money.of(whole), approvals.human(whole)
    budget = _("%(after)s, was %(before)s") % {
        "after": wording.share(money.after), "before": wording.share(money.before)
    }  # fmt: skip
    rows = [
        (_("Amount"), money.amount),
        (_("Why you"), " ".join(face.why[:2])),
        (_("Budget after this"), budget),
        (_("Deadline"), face.expiry),
    ]
    if not seals.hides(task, user):
        p = whole.card.answer.p
        rows.append((_("AI"), f"{face.verdict}, {wording.chance_words(p)} ({wording.percent(p)})"))
    if person:
        said = person.label if person.p is None else f"{wording.chance_words(person.p)} ({wording.percent(person.p)})"
        rows.append((person.name, " ".join(filter(None, (f"{said}.", person.rationale)))))
    return rows


def _plain(one: Part) -> str:
    rows = [f"{label}: {value}" for label, value in one.rows]
    return "\n".join([one.title, one.detail, *rows, one.url])
