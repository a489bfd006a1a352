"""How entries of screening read in the audit log: names of campaigns, runs and creators, and what was done to them."""

import re
from datetime import date
from typing import Any

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts import access, wording
from accounts.models import User
from audit import faces
from audit.faces import Face, Naming, Offer, Shown, Thing, Words
from audit.models import Kind
from screening import figure_words, gates, words
from screening.engine.tables import PROXY
from screening.engine.types import DecisionLine
from screening.models import (
    Brand,
    Campaign,
    Creator,
    Fact,
    ImportBatch,
    Market,
    Objective,
    Profile,
    RelationKind,
    ScreeningRun,
    Verdict,
)

MILLION = 1_000_000


@faces.names("campaign")
def campaigns(ids: set[Any]) -> Naming:
    """Name campaigns."""
    found = Campaign.objects.filter(pk__in=ids)
    return found, lambda one: (one.pk, Thing(one.name, reverse("campaign", args=[one.slug])))


@faces.names("run")
def runs(ids: set[Any]) -> Naming:
    """Name runs by campaign and number."""
    found = ScreeningRun.objects.filter(pk__in=ids).select_related("campaign")
    return found, lambda one: (one.pk, Thing(f"{one.campaign.name}, {one.number}", reverse("run", args=[one.pk])))


@faces.names("profile")
def profiles(ids: set[Any]) -> Naming:
    """Name profiles by their creators."""
    found = Profile.objects.filter(pk__in=ids).select_related("creator")
    return found, lambda one: (
        one.pk, Thing(one.creator.name or f"@{one.handle}", reverse("creator", args=[one.creator_id]))
    )  # fmt: skip


@faces.names("import")
def imports(ids: set[Any]) -> Naming:
    """Name imports by their files."""
    found = ImportBatch.objects.filter(pk__in=ids)
    return found, lambda one: (one.pk, Thing(one.name, reverse("import-batch", args=[one.pk])))


@faces.names("market")
@faces.names("gates")
def markets(ids: set[Any]) -> Naming:
    """Name markets by their codes."""
    return ids, lambda key: (key, Thing(str(key)))


@faces.names("pool")
def pools(ids: set[Any]) -> Naming:
    """Name pools by the beginning of their hash."""
    return ids, lambda key: (key, Thing(wording.short_hash(str(key))))


@faces.shows(Kind.RECOMMENDATION)
def recommendation(shown: Shown) -> Face:
    """Show what the AI said about a creator."""
    said = advice(shown.body["verdict"], shown.body["p_u6"])
    rank = _("place %(rank)s") % {"rank": wording.number(shown.body["rank"])}
    run, profile = shown.body.get("run"), shown.body["profile"]
    url = reverse("run-creator", args=[run, profile]) + "#replay" if run else ""
    return Face(detail=f"{said}, {rank}", url=url, link=_("Play the answer again"))


def advice(verdict: str, p_u6: int) -> str:
    """Return the AI's verdict with its confidence: Partner, 61%; Unsure has none."""
    share = {Verdict.RECOMMEND: p_u6 / MILLION, Verdict.DECLINE: 1 - p_u6 / MILLION}.get(Verdict(verdict))
    label = str(Verdict(verdict).label)
    return label if share is None else f"{label}, {wording.percent(share)}"


def _campaigns(user: User) -> Offer:
    within = access.scope(user).query("brand", "market", access.MAY["audit"])
    stream = Concat(Value("campaign:"), Cast("pk", CharField()))
    return Campaign.objects.filter(within).order_by("name").values_list(stream, "name")


def _brands(user: User) -> Offer:
    within = access.scope(user).query(brand="slug", roles=access.MAY["audit"])
    return Brand.objects.filter(within).order_by("name").values_list("slug", "name")


def _markets(user: User) -> Offer:
    within = access.scope(user).query(market="code", roles=access.MAY["audit"])
    name = "name_ru" if wording.is_russian() else "name_en"
    return Market.objects.filter(within).order_by(name).values_list("code", name)


faces.OFFERS.update({"campaigns": _campaigns, "brands": _brands, "markets": _markets})
RUNS = {
    "started": gettext_lazy("run %(n)s started"),
    "completed": gettext_lazy("run %(n)s completed"),
    "failed": gettext_lazy("run %(n)s failed"),
    "cancelled": gettext_lazy("run %(n)s cancelled"),
    "retried": gettext_lazy("run %(n)s started again"),
}


@faces.shows(Kind.RUN)
def run(shown: Shown) -> Face:
    """Show what happened to a run."""
    said, line = RUNS.get(shown.body["what"]), shown.body.get("line_u6")
    told = words.decision_line(DecisionLine(line[0] / MILLION, line[1] / MILLION)) if line else ""
    return Face(
        detail=str(said) % {"n": shown.body["number"]} if said else "",
        rows=[(_("Decision line"), told)] if told else [],
    )


@faces.shows(Kind.BRIEF)
def brief(shown: Shown) -> Face:
    """Show which version of a brief was published."""
    return Face(detail=_("version %(n)s") % {"n": shown.body["version"]})


@faces.shows(Kind.IMPORT)
def imported(shown: Shown) -> Face:
    """Show how many records a file gave."""
    body = shown.body
    if body.get("what") == "rate":
        rate = {"base": body["base"], "rate": body["rate"], "currency": body["currency"],
                "day": wording.day(date.fromisoformat(body["date"]))}  # fmt: skip
        return Face(title=_("exchange rate"), detail=_("1 %(base)s = %(rate)s %(currency)s on %(day)s") % rate)
    if "records" not in body:
        return Face()
    said = ngettext("%(n)s record", "%(n)s records", body["records"]) % {"n": wording.number(body["records"])}
    counts = [(_("loaded"), "loaded"), (_("merged"), "merged"), (_("refused"), "refused")]
    return Face(detail=said, rows=[(label, wording.number(body[name])) for label, name in counts])


DISCOVERIES = {
    "open": gettext_lazy("discovery opened"),
    "pick": gettext_lazy("more like this"),
    "reject": gettext_lazy("not this"),
    "more": gettext_lazy("should count more: %(factor)s"),
    "less": gettext_lazy("should count less: %(factor)s"),
    "take_back": gettext_lazy("a mark was taken back"),
    "round": gettext_lazy("round %(n)s ended"),
    "stage": gettext_lazy("narrowed to %(places)s places"),
    "date": gettext_lazy("commit date %(date)s"),
    "freeze": gettext_lazy("the ranking was frozen"),
    "taste_on": gettext_lazy("the team’s taste was switched on"),
    "taste_off": gettext_lazy("the team’s taste was switched off"),
    "go_on": gettext_lazy("went on with run %(n)s, with what was learnt"),
}


@faces.shows(Kind.DISCOVERY)
def discovered(shown: Shown) -> Face:
    """Show one step of a discovery."""
    body = shown.body
    told = {
        "factor": words.feature(body["feature"]) if body.get("feature") else "",
        "n": body.get("number", body["round"]), "places": body.get("places") or pgettext("places", "all"),
        "date": body.get("commit_date", ""),
    }  # fmt: skip
    return Face(detail=str(DISCOVERIES[body["what"]]) % told)


OWN_SCORES = {"save": gettext_lazy("own score kept"), "remove": gettext_lazy("own score taken away")}


@faces.shows(Kind.OWN_SCORE)
def own_score(shown: Shown) -> Face:
    """Show that an own score was kept or taken away; its name stands in the words."""
    return Face(detail=str(OWN_SCORES[shown.body["what"]]))


NORMS = {
    "norm": gettext_lazy("norm %(n)s written: %(flag)s"),
    "correct": gettext_lazy("norm %(n)s written in place of another: %(flag)s"),
    "end": gettext_lazy("norm %(n)s ended"),
}


@faces.shows(Kind.NORM)
def norm(shown: Shown) -> Face:
    """Show what was done to a market norm; an event of a market has its name in the words."""
    body = shown.body
    if body["what"] == "event":
        until = wording.day(date.fromisoformat(body["until"])) if body["until"] else ""
        said = {"from": wording.day(date.fromisoformat(body["from"])), "until": until}
        text = _("from %(from)s to %(until)s") if until else _("from %(from)s on")
        return Face(title=_("market event"), detail=text % said)
    if body["what"] not in NORMS:
        return Face()
    flag = words.flag_name(*body["flag"].split(":")) if "flag" in body else ""
    code = f"{shown.entry.market}-N-{body['number']:02d}"
    return Face(detail=str(NORMS[body["what"]]) % {"n": code, "flag": flag})


@faces.names("brand")
def brands(ids: set[Any]) -> Naming:
    """Name brands."""
    return Brand.objects.filter(pk__in=ids), lambda one: (one.pk, Thing(one.name, reverse("places")))


@faces.names("creator")
def creators(ids: set[Any]) -> Naming:
    """Name creators, whose streams bear their subject."""
    subjects = {str(one): one for one in ids if re.fullmatch(r"[0-9a-f]{32}", str(one))}
    found = Creator.objects.filter(subject__in=subjects)
    return found, lambda one: (
        subjects[one.subject.hex], Thing(one.name or _("creator"), reverse("creator", args=[one.pk]))
    )  # fmt: skip


PLACES = {
    "brand": gettext_lazy("brand opened, accounts in %(currency)s"),
    "market": gettext_lazy("market opened, accounts in %(currency)s"),
}


@faces.shows(Kind.BRAND)
def place(shown: Shown) -> Face:
    """Show what was opened; what a market's calendar says the floor above shows."""
    return Face(detail=str(PLACES[shown.body["what"]]) % {"currency": shown.body["currency"]})


@faces.shows(Kind.CAMPAIGN)
def campaign_made(shown: Shown) -> Face:
    """Show what a campaign is to achieve, with how much and by when."""
    body = shown.body
    budget = wording.money(body["budget_minor"], body["currency"])
    said = {"objective": Objective(body["objective"]).label, "budget": budget}
    return Face(
        detail=_("opened: %(objective)s, budget %(budget)s") % said,
        rows=[(_("Creators wanted"), wording.number(body["wanted"])),
              (_("Deadline"), wording.day(date.fromisoformat(body["deadline"])))],
    )  # fmt: skip


@faces.shows(Kind.CAMPAIGN_CLOSED)
def campaign_closed(shown: Shown) -> Face:
    """Show who closed a campaign."""
    return Face(detail=_("nothing is screened or asked in it any more"))


@faces.shows(Kind.POOL)
def pool(shown: Shown) -> Face:
    """Show how many candidates were frozen."""
    n = shown.body["profiles"]
    words_ = {"n": wording.number(n), "sha": wording.short_hash(shown.body["pool"])}
    return Face(
        detail=ngettext("%(n)s profile frozen, pool %(sha)s", "%(n)s profiles frozen, pool %(sha)s", n) % words_
    )


@faces.shows(Kind.GATE)
def gate(shown: Shown) -> Face:
    """Show which gates a market got, or what somebody found out at one."""
    body = shown.body
    if body["what"] == "installed":
        n = len(body["gates"])
        said = ngettext("%(n)s gate of the market is in force", "%(n)s gates of the market are in force", n)
        return Face(detail=said % {"n": n}, rows=[(_("Gates"), ", ".join(body["gates"]))])
    said = _("“%(gate)s” passed") if body["is_passed"] else _("“%(gate)s” not passed")
    return Face(detail=said % {"gate": gates.name_of(body["gate"])})


@faces.shows(Kind.OUTCOME)
def outcome(shown: Shown) -> Face:
    """Show what a partnership achieved, and whether it met its goal."""
    body = shown.body
    said = {"kpi": Objective(body["kpi"]).label, "actual": wording.number(float(body["actual_u6"]) / MILLION, 2)}
    text = (
        _("%(kpi)s %(actual)s: it worked out") if body["is_success"] else _("%(kpi)s %(actual)s: it did not work out")
    )
    return Face(detail=text % said, title=_("outcome corrected") if body["replaces"] else "")


RELATED = {
    "related": gettext_lazy("%(name)s: %(relation)s"),
    "corrected": gettext_lazy("%(name)s: %(relation)s, corrected"),
    "taken_back": gettext_lazy("%(name)s: %(relation)s, taken back"),
}
NOTED = {
    "note": gettext_lazy("note on the creator’s page"),
    "note_corrected": gettext_lazy("note on the creator’s page, corrected"),
    "note_taken_back": gettext_lazy("note on the creator’s page, taken back"),
}
faces.FIELDS["relation_words"] = gettext_lazy("In a few words")
faces.FIELDS["creator_note"] = gettext_lazy("Note")


@faces.shows(Kind.RELATION)
def related(shown: Shown) -> Face:
    """Show who stands how to a creator, or that somebody noted something of them."""
    body = shown.body
    if body["what"] in NOTED:
        return Face(detail=NOTED[body["what"]])
    name = shown.name_of(body["person"]) if body["person"] else _("another creator")
    detail = str(RELATED[body["what"]]) % {"name": name, "relation": RelationKind(body["relation_kind"]).label}
    since = body.get("since")
    rows: list[tuple[Words, Words]] = [(_("Since when"), wording.day(date.fromisoformat(since)))] if since else []
    if body.get("trust"):
        rows.append((_("Trust"), _("%(n)s of 5") % {"n": body["trust"]}))
    if body.get("times"):
        rows.append((_("How often"), wording.number(body["times"])))
    return Face(detail=detail, rows=rows)


CORRECTED = {
    "corrected": gettext_lazy("%(field)s corrected to %(value)s"),
    "told": gettext_lazy("%(field)s told"),
    "taken_back": gettext_lazy("%(field)s: correction taken back"),
}
faces.CONTACTS |= {"datum", "correction_reason"}  # the agent, and who told of them
faces.FIELDS["datum"] = gettext_lazy("What was told")
faces.FIELDS["correction_reason"] = gettext_lazy("How you know it")


@faces.shows(Kind.CORRECTION)
def corrected(shown: Shown) -> Face:
    """Show which figure or fact of a creator a person put right, or took back."""
    body = shown.body
    field = body["field"]
    name = Fact(field).label if field in Fact.values else figure_words.name(field)
    value = figure_words.written(field, float(body["value"]), body["currency"]) if "value" in body else ""
    day = body.get("day") or body.get("since")
    label = _("As of") if body.get("day") else _("Since when")
    rows: list[tuple[Words, Words]] = [(label, wording.day(date.fromisoformat(day)))] if day else []
    return Face(detail=str(CORRECTED[body["what"]]) % {"field": name, "value": value}, rows=rows)


RELEASES = {
    "published": gettext_lazy("version %(n)s registered: it waits for a manager"),
    "approved": gettext_lazy("version %(n)s at work, in the name of %(name)s"),
    "rolled_back": gettext_lazy("back to version %(n)s, in the name of %(name)s"),
}


@faces.shows(Kind.MODEL_RELEASE)
def released(shown: Shown) -> Face:
    """Show which version of a market's model was registered or put to work."""
    body = shown.body
    if body["what"] == "forecaster":
        return _forecaster(body)
    if body["what"] == "lookout":
        return _lookout(body)
    said = {"n": body["model"], "name": shown.person}
    gone = [(_("Retired version"), wording.number(body["retired"]))] if body.get("retired") else []
    learned = body.get("learned")
    lessons = [(_("Results learned from"), words.number_of_results(learned))] if learned else []
    if body.get("model_kind") == PROXY and learned:
        lessons = [(_("Next-month engagement learned from, profiles"), wording.number(learned["profiles"]))]
    target = [(_("Target of learning"), str(words.TARGETS[body["target"]]))] if body.get("target") else []
    rows: list[tuple[Words, Words]] = [*target, *lessons, *gone, (_("Hash"), body["model_sha"])]
    return Face(detail=str(RELEASES[body["what"]]) % said, rows=rows)


def _forecaster(body: dict[str, Any]) -> Face:
    said = {"kpi": Objective(body["kpi"]).label, "n": body["version"]}
    lessons = (_("Results learned from"), wording.number(body["results"]))
    return Face(detail=_("forecasts of %(kpi)s, version %(n)s") % said, rows=[lessons, (_("Hash"), body["sha"])])


def _lookout(body: dict[str, Any]) -> Face:
    rows: list[tuple[Words, Words]] = [
        (_("Closed investigations of flags"), wording.number(body["looks"])),
        (_("Found a reason to hold back"), wording.number(body["reasons"])),
        (_("Hash"), body["sha"]),
    ]
    return Face(detail=_("what looks at flags find, version %(n)s") % {"n": body["version"]}, rows=rows)
