"""How entries of review read in the audit log: names of the cards, the decision in both voices, links to its record."""

from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import wording
from accounts.models import User
from audit import faces
from audit.faces import Face, Shown, Thing
from audit.models import Kind
from review import words
from review.addresses import number
from review.models import Choice, ReviewTask, Stakes
from review.overlays import Field
from review.queries import Event
from screening.faces import advice


@faces.names("task")
def tasks(ids: set[Any]) -> dict[Any, Thing]:
    """Name cards by their creators."""
    found = ReviewTask.objects.filter(pk__in=ids).select_related("recommendation__creator", "recommendation__profile")
    return {task.pk: Thing(_name(task), reverse("queue-card", args=[task.pk])) for task in found}


def _name(task: ReviewTask) -> str:
    answer = task.recommendation
    return answer.creator.name or f"@{answer.profile.handle}"


def streams_of_campaign(key: str) -> QuerySet[ReviewTask, Any]:
    """Return the streams of all cards of a campaign."""
    mine = ReviewTask.objects.filter(campaign_id=number(key))
    return mine.annotate(own_stream=Concat(Value("task:"), Cast("pk", CharField()))).values("own_stream")


faces.STREAMS["campaign"] = streams_of_campaign
faces.FIELDS.update({field.value: field.label for field in Field})


@faces.shows(Kind.CLAIM, Kind.OVERLAY, Kind.APPROVAL, Kind.UNDO)
def step(shown: Shown) -> Face:
    """Show one step of a case in the words of the card's own history."""
    title = _("overlay") if shown.entry.kind == Kind.OVERLAY else ""  # "your view" is a colleague's here
    return Face(title=title, detail=words.event(_event(shown)))


@faces.shows(Kind.DECISION, Kind.EXPIRY)
def decision(shown: Shown) -> Face:
    """Show a decision with what the AI said beside it; what the clock did besides is a step like others."""
    body = shown.body
    if "ai_verdict" not in body:
        return step(shown)
    ai, choice = advice(body["ai_verdict"], body["ai_p_u6"]), str(Choice(body["choice"]).label)
    return Face(
        title=_("override") if body["override"] else "",
        detail=_("AI: %(ai)s. Decided: %(choice)s.") % {"ai": ai, "choice": choice},
        rows=_rows(shown),
        ai=ai,
        person=choice,
        url=reverse("decision-of-entry", args=[shown.entry.uid]),
    )


def _rows(shown: Shown) -> list[tuple[Any, Any]]:
    body, age, seconds = shown.body, shown.body.get("figures_age_days"), shown.body.get("seconds_taken")
    rows = [
        (_("Owner"), shown.name_of(body["owner"])),
        (_("Stakes"), Stakes(body["stakes"]).label),
        (_("Policy"), f"{shown.entry.market}-{body['policy_version']}"),
        (_("Model, pool"), f"{wording.short_hash(body['model_sha256'])} · {wording.short_hash(body['pool_sha256'])}"),
        (_("Age of the figures, days"), "" if age is None else wording.number(age)),
        (_("Time on the card"), "" if seconds is None else wording.left(seconds)),
    ]
    return [(label, value) for label, value in rows if value]


def _event(shown: Shown) -> Event:
    by = User(name=shown.person) if shown.person else None
    to = shown.name_of(str(shown.body.get("to", "")))
    return Event(shown.entry.at, shown.entry.kind, by, shown.body, to=User(name=to) if to else None)
