"""E-mail of notices: the outbox is the Notice rows, `views/letters.py` writes the words, a worker's job sends them.

At most once: `mailed_at` is set and committed before the letter leaves, so a worker killed in between loses that one
letter and no worker sends it again; the notice itself stays in the product. A server that refuses is asked again.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation

from accounts.models import User
from jobs import dispatch
from jobs.models import Job, Status
from review import notices
from review.models import Notice, Way
from review.queries.notices import SHOWN_WITH

logger = logging.getLogger(__name__)
KIND = "mail"
AGAIN = timedelta(minutes=5)  # after a mail server refused
GIVEN_UP = timedelta(hours=24)
BATCH = 200  # letters of one job


def waiting(now: datetime) -> QuerySet[Notice]:
    """Return what may be mailed by now."""
    return Notice.objects.filter(mail_after__lte=now, mailed_at__isnull=True)


def ask(now: datetime) -> bool:
    """Queue the mail job if something is due and no such job waits; tell whether it was."""
    busy = Job.objects.filter(kind=KIND, status__in=[Status.QUEUED, Status.RUNNING])
    if not waiting(now).exists() or busy.exists():
        return False
    with transaction.atomic():
        dispatch.enqueue(KIND, params={}, key=f"{KIND}:{int(now.timestamp())}", by=None, now=now)
    return True


def send(now: datetime) -> Counter[str]:
    """Send what is due: a letter for each notice that is wanted at once, one a person for what is wanted daily."""
    done: Counter[str] = Counter()
    for pk in list(waiting(now).filter(way=Way.NOW).order_by("mail_after", "pk").values_list("pk", flat=True)[:BATCH]):
        done[_send(waiting(now).filter(pk=pk), now=now)] += 1
    daily = waiting(now).filter(way=Way.DAILY)
    for user in list(daily.order_by("user").values_list("user", flat=True).distinct()[:BATCH]):
        done[_send(daily.filter(user=user), now=now)] += 1
    return done


def _send(rows: QuerySet[Notice], *, now: datetime) -> str:
    wanted, dropped = _claim(rows, now=now)
    if not wanted:
        return "dropped" if dropped else "gone"
    try:
        _post(wanted, now=now)
    except OSError:  # SMTP's own errors are such, and so are a server that is away and a time that is out
        logger.exception("A letter to user %s could not be sent", wanted[0].user_id)
        late = [one.pk for one in wanted if one.at < now - GIVEN_UP]
        Notice.objects.filter(pk__in=[one.pk for one in wanted]).update(mailed_at=None, mail_after=now + AGAIN)
        Notice.objects.filter(pk__in=late).update(mail_after=None)
        return "refused"
    return "sent"


def _claim(rows: QuerySet[Notice], *, now: datetime) -> tuple[list[Notice], int]:
    with transaction.atomic():
        mine = list(rows.select_for_update(of=("self",)).select_related(*SHOWN_WITH).order_by("pk"))
        wanted = [one for one in mine if is_wanted(one)]
        Notice.objects.filter(pk__in=[one.pk for one in wanted]).update(mailed_at=now)
        out = [one.pk for one in mine if one not in wanted]
        Notice.objects.filter(pk__in=out).update(mail_after=None)
    return wanted, len(out)


def is_wanted(notice: Notice) -> bool:
    """Tell whether a letter still says something: nobody has read or done it, and the reader may still see it."""
    from accounts import access

    user, task = notice.user, notice.task
    if notice.read_at or not user.is_active:
        return False
    if task is None:
        return True
    return access.scope(user).reaches(task.brand, task.market) and not notices.is_over(notice)


def _post(rows: Sequence[Notice], *, now: datetime) -> None:
    from review.views import letters

    user: User = rows[0].user
    with translation.override(user.language), timezone.override(user.time_zone):
        letter = letters.letter(rows, now=now)
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[user.email])
    message.attach_alternative(letter.html, "text/html")
    message.send()
