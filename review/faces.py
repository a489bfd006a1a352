"""How entries of review read in the audit log: names of the cards, the decision in both voices, links to its record."""

import re
from datetime import date
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import wording
from accounts.models import User
from audit import faces
from audit.faces import Face, Hit, Naming, Shown, Thing
from audit.models import Kind
from review import words
from review.addresses import number
from review.judgement.enough import Standing
from review.models import Category, Choice, ReviewTask, Route, Stakes
from review.overlays import Field
from review.queries import Event
from review.queries.rules import visible_policies
from screening import faces as below
from screening.faces import advice
from screening.forms import market_name
from screening.log_search import SUBJECT
from screening.models import Market


@faces.names("task")
def tasks(ids: set[Any]) -> Naming:
    """Name cards by their creators."""
    found = ReviewTask.objects.filter(pk__in=ids).select_related("recommendation__creator", "recommendation__profile")
    return found, lambda task: (task.pk, Thing(_name(task), reverse("queue-card", args=[task.pk])))


def _name(task: ReviewTask) -> str:
    answer = task.recommendation
    return answer.creator.name or f"@{answer.profile.handle}"


def streams_of_campaign(key: str) -> QuerySet[ReviewTask, Any]:
    """Return the streams of all cards of a campaign."""
    mine = ReviewTask.objects.filter(campaign_id=number(key))
    return mine.annotate(own_stream=Concat(Value("task:"), Cast("pk", CharField()))).values("own_stream")


def streams_of_creator(key: str) -> list[str]:
    """Return the streams of all cards of a creator."""
    if not SUBJECT.fullmatch(key):
        return []
    mine = ReviewTask.objects.filter(recommendation__creator__subject=key)
    return [f"task:{pk}" for pk in mine.values_list("pk", flat=True)]


def find_rules(user: User, text: str, key: str = "") -> list[Hit]:
    """Find the rules of a brand and market that a reader may see, by a version's number (US-3) or a stream's key."""
    seen = visible_policies(user).select_related("brand").order_by("brand__name", "market", "-version")
    if key:
        brand, _colon, market = key.partition(":")
        found = list(seen.filter(brand=brand, market=market)[:1])
    else:
        named = re.search(r"\b([A-Za-z]{2,12})-(\d{1,6})\b", text)
        asked = {"market__code__iexact": named[1], "version": int(named[2])} if named else {"pk__in": []}
        found = list(seen.filter(**asked)[: faces.MOST_FOUND])
    words = gettext_lazy("rules of a market")
    return [Hit(f"policy:{one.brand_id}:{one.market_id}", f"{one}, {one.brand.name}", words) for one in found]


faces.FINDERS["policy"] = find_rules
faces.STREAMS["campaign"] = streams_of_campaign
faces.STREAMS["creator"] = streams_of_creator
faces.FIELDS.update({field.value: field.label for field in Field} | {"first_view": gettext_lazy("first view")})
faces.FIELDS["conditions"] = gettext_lazy("Conditions")
faces.FIELDS.update(
    {
        "question": gettext_lazy("Question"), "answer": gettext_lazy("Answer"), "finding": gettext_lazy("Finding"),
        "proof": gettext_lazy("What would prove it right"), "text": gettext_lazy("Written down"),
        "promise": gettext_lazy("Promise"), "missing": gettext_lazy("What was missing"),
        "ai_answer": gettext_lazy("Answer to the AI’s question"),
    }
)  # fmt: skip


TITLES = {"note": gettext_lazy("note"), "promise": gettext_lazy("promise"), "kept": gettext_lazy("promise")}


@faces.shows(
    Kind.CLAIM, Kind.OVERLAY, Kind.UNDO, Kind.HANDOFF, Kind.CREATOR_CLOCK, Kind.QUESTION, Kind.ANSWER,
    Kind.INVESTIGATION, Kind.FIRST_VIEW, Kind.REVEAL,
)  # fmt: skip
def step(shown: Shown) -> Face:
    """Show one step of a case in the words of the card's own history."""
    is_view = shown.entry.kind == Kind.OVERLAY
    title = TITLES.get(shown.body.get("what", ""), _("overlay")) if is_view else ""  # "your view" is a colleague's here
    return Face(title=title, detail=words.event(_event(shown)))


@faces.shows(Kind.APPROVAL)
def approval(shown: Shown) -> Face:
    """Show a manager's answer, what it is tied to, and whether the password was given again for it."""
    n, until = shown.body.get("conditions", 0), shown.body.get("exit_date")
    said = [words.event(_event(shown))]
    said += [ngettext("%(n)d condition", "%(n)d conditions", n) % {"n": n}] if n else []
    said += [_("free exit until %(day)s") % {"day": wording.day(date.fromisoformat(until))}] if until else []
    said += [_("after a fresh sign-in")] if shown.body.get("fresh_sign_in") else []
    return Face(detail=", ".join(said))


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
    active = body.get("active_seconds")
    kinds = [str(Category(one).label) for one in (body.get("category"), *body.get("category_too", [])) if one]
    rows = [
        (_("What is it about?"), " · ".join(kinds)),
        (_("Owner"), shown.name_of(body["owner"])),
        (_("Stakes"), Stakes(body["stakes"]).label),
        (_("Policy"), f"{shown.entry.market}-{body['policy_version']}"),
        (_("Model, pool"), f"{wording.short_hash(body['model_sha256'])} · {wording.short_hash(body['pool_sha256'])}"),
        (_("Age of the figures, days"), "" if age is None else wording.number(age)),
        (_("Time on the card"), "" if seconds is None else wording.left(seconds)),
        (_("Of it active"), "" if active is None else wording.left(active)),
    ]
    return [(label, value) for label, value in rows if value]


AWAY = {
    "set": gettext_lazy("Away %(from)s–%(until)s; stands in: %(deputy)s"),
    "ended": gettext_lazy("The absence has ended"),
    "capacity": gettext_lazy("Decides %(cards)s cards a day"),
}


@faces.shows(Kind.ABSENCE)
def absence(shown: Shown) -> Face:
    """Show who is away when, who stands in, and how much a person can do."""
    body = shown.body
    given = {"cards": body.get("cards_a_day", ""), "deputy": shown.name_of(body.get("deputy", ""))}
    given |= {name: wording.day(date.fromisoformat(body[name])) for name in ("from", "until") if name in body}
    title = _("workload") if body["what"] == "capacity" else ""
    return Face(title=title, detail=str(AWAY[body["what"]]) % given)


PRACTISED = {
    "answered": gettext_lazy("a practice card answered"), "skipped": gettext_lazy("a practice card put off"),
}  # fmt: skip


@faces.names("practice")
def practised(ids: set[Any]) -> Naming:
    """Name practice cards alike: which case it was stands with the person who answered it."""
    return ids, lambda pk: (pk, Thing(_("practice card")))


@faces.shows(Kind.PRACTICE)
def practice(shown: Shown) -> Face:
    """Show that somebody practised and how the card was drawn; what was answered is committed to, not told."""
    body = shown.body
    chance = wording.share(body["probability_u6"] / 1_000_000, 2)
    rows = [(_("Drawn with a chance of"), chance), (_("Policy"), f"{shown.entry.market}-{body['policy_version']}")]
    return Face(title=PRACTISED[body["what"]], detail=shown.person, rows=[*rows])


@faces.names("stop")
def markets(codes: set[Any]) -> Naming:
    """Name stops by their markets."""
    return Market.objects.filter(pk__in=codes), lambda one: (one.pk, Thing(market_name(one), reverse("policies")))


STOPS = {
    "stop": gettext_lazy("AI stopped"),
    "propose": gettext_lazy("asks to start the AI again"),
    "withdraw": gettext_lazy("the AI stays stopped"),
    "restart": gettext_lazy("AI started again, by two persons"),
}


@faces.shows(Kind.STOP)
def stop(shown: Shown) -> Face:
    """Show who stopped the AI, and who started it again."""
    body = shown.body
    back = [(_("Decisions that came back"), wording.number(body["came_back"]))] if body["what"] == "stop" else []
    return Face(title=STOPS[body["what"]], detail=shown.person, rows=[*back])


RULES = {
    "propose": gettext_lazy("rules proposed"),
    "approve": gettext_lazy("rules put in force"),
    "retire": gettext_lazy("rules taken out of force"),
}


@faces.shows(Kind.POLICY_CHANGE)
def rules(shown: Shown) -> Face:
    """Show what happened to a version of the rules."""
    body = shown.body
    detail = f"{shown.entry.market}-{body['version']}: {shown.person}"
    return Face(title=RULES[body["what"]], detail=detail, rows=[(_("Owner"), shown.name_of(body["owner"]))])


def _event(shown: Shown) -> Event:
    by = User(name=shown.person) if shown.person else None
    to = shown.name_of(str(shown.body.get("to", "")))
    return Event(shown.entry.at, shown.entry.kind, by, shown.body, to=User(name=to) if to else None)


SESSIONS: dict[str, Any] = {
    "open": gettext_lazy("session %(n)s opened"),
    "decision": gettext_lazy("session %(n)s: a decision was written down"),
    "action": gettext_lazy("session %(n)s: an action was written down"),
    "done": gettext_lazy("session %(n)s: an action is done"),
    "not_done": gettext_lazy("session %(n)s: an action is open again"),
    "minutes": gettext_lazy("session %(n)s: minutes saved"),
    "close": gettext_lazy("session %(n)s closed"),
}


@faces.shows(Kind.SESSION)
def session(shown: Shown) -> Face:
    """Show a step of a strategy session."""
    told = str(SESSIONS[shown.body["what"]]) % {"n": shown.body["session"]}
    if there := len(shown.body.get("present", ())):
        told += ngettext(", %(n)d person present", ", %(n)d people present", there) % {"n": there}
    return Face(detail=told)


@faces.shows(Kind.ROUTING)
def routed(shown: Shown) -> Face:
    """Show how a run was routed: how many came before people, and how many are not shown now."""
    body = shown.body
    if body["what"] == "no_policy":
        return Face(detail=_("nothing was routed: no policy was in force"))
    if body["what"] == "asked":
        return Face(detail=_("somebody who was not shown is put before a person"))
    n = sum(body["routes"].values())
    said = {"n": wording.number(n), "rest": wording.number(body["not_shown"])}
    return Face(
        detail=ngettext("%(n)s card opened, %(rest)s not shown now", "%(n)s cards opened, %(rest)s not shown now", n)
        % said,
        rows=[(Route(route).label, wording.number(count)) for route, count in sorted(body["routes"].items())]
        + [(_("Policy"), f"{shown.entry.market}-{body['policy_version']}")],
    )


STANDINGS = {
    Standing.WORDS: gettext_lazy("too few results for a number"),
    Standing.PROVISIONAL: gettext_lazy("provisional"),
    Standing.PROVED: gettext_lazy("proved on held-out results"),
    Standing.AI_ALONE: gettext_lazy("worse than the AI on held-out results: the AI’s chance is shown"),
}


@faces.names("together")
def together_of(codes: set[Any]) -> Naming:
    """Name the weights of Together by their markets."""
    return Market.objects.filter(pk__in=codes), lambda one: (one.pk, Thing(market_name(one)))


@faces.shows(Kind.MODEL_RELEASE)
def released(shown: Shown) -> Face:
    """Show new weights of Together; the models of markets are the floor below's."""
    body = shown.body
    if body["what"] != "together":
        return below.released(shown)
    n = body["outcomes"]
    said = ngettext("version %(version)s of %(n)s result", "version %(version)s of %(n)s results", n)
    return Face(
        title=_("weights of Together"),
        detail=said % {"version": body["version"], "n": wording.number(n)},
        rows=[(_("How far they go"), STANDINGS[Standing(body["standing"])]),
              (_("People"), wording.number(body["people"])), (_("Hash"), body["sha256"])],
    )  # fmt: skip


HOURS = {
    "hours": gettext_lazy("working hours: %(days)s, %(opens)s to %(closes)s"),
    "holiday": gettext_lazy("holiday entered: %(name)s, %(day)s"),
    "no_holiday": gettext_lazy("holiday taken out: %(name)s, %(day)s"),
}


@faces.shows(Kind.BRAND)
def calendar(shown: Shown) -> Face:
    """Show what was changed in the calendar of a market; what was opened is the floor below's."""
    body = shown.body
    if body["what"] not in HOURS:
        return below.place(shown)
    given = {"opens": body.get("opens", ""), "closes": body.get("closes", ""), "name": body.get("name", "")}
    given["days"] = ", ".join(str(WEEKDAYS_ABBR[int(one)]) for one in body.get("days", ""))
    given["day"] = wording.day(date.fromisoformat(body["day"])) if "day" in body else ""
    return Face(title=_("calendar of a market"), detail=str(HOURS[body["what"]]) % given)
