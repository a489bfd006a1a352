"""How entries of screening read in the audit log: names of campaigns, runs and creators, and what was done to them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import access, wording
from accounts.models import User
from audit import faces
from audit.faces import Face, Shown, Thing
from audit.models import Kind
from screening.models import Brand, Campaign, ImportBatch, Market, Profile, ScreeningRun, Verdict

MILLION = 1_000_000


@faces.names("campaign")
def campaigns(ids: set[Any]) -> dict[Any, Thing]:
    """Name campaigns."""
    found = Campaign.objects.filter(pk__in=ids)
    return {campaign.pk: Thing(campaign.name, reverse("campaign", args=[campaign.slug])) for campaign in found}


@faces.names("run")
def runs(ids: set[Any]) -> dict[Any, Thing]:
    """Name runs by campaign and number."""
    found = ScreeningRun.objects.filter(pk__in=ids).select_related("campaign")
    return {run.pk: Thing(f"{run.campaign.name}, {run.number}", reverse("run", args=[run.pk])) for run in found}


@faces.names("profile")
def profiles(ids: set[Any]) -> dict[Any, Thing]:
    """Name profiles by their creators."""
    found = Profile.objects.filter(pk__in=ids).select_related("creator")
    return {
        one.pk: Thing(one.creator.name or f"@{one.handle}", reverse("creator", args=[one.creator_id])) for one in found
    }


@faces.names("import")
def imports(ids: set[Any]) -> dict[Any, Thing]:
    """Name imports by their files."""
    found = ImportBatch.objects.filter(pk__in=ids)
    return {batch.pk: Thing(batch.name, reverse("import-batch", args=[batch.pk])) for batch in found}


@faces.names("market")
@faces.names("gates")
def markets(ids: set[Any]) -> dict[Any, Thing]:
    """Name markets by their codes."""
    return {key: Thing(str(key)) for key in ids}


@faces.shows(Kind.RECOMMENDATION)
def recommendation(shown: Shown) -> Face:
    """Show what the AI said about a creator."""
    said = advice(shown.body["verdict"], shown.body["p_u6"])
    rank = _("place %(rank)s") % {"rank": wording.number(shown.body["rank"])}
    return Face(detail=f"{said}, {rank}")


def advice(verdict: str, p_u6: int) -> str:
    """Return the AI's verdict with its confidence: Partner, 61%; Unsure has none."""
    share = {Verdict.RECOMMEND: p_u6 / MILLION, Verdict.DECLINE: 1 - p_u6 / MILLION}.get(Verdict(verdict))
    label = str(Verdict(verdict).label)
    return label if share is None else f"{label}, {wording.percent(share)}"


def _campaigns(user: User) -> list[tuple[str, str]]:
    within = access.scope(user).query("brand", "market", access.MAY["audit"])
    found = Campaign.objects.filter(within).order_by("name").values_list("pk", "name")
    return [(f"campaign:{pk}", name) for pk, name in found]


def _brands(user: User) -> list[tuple[str, str]]:
    within = access.scope(user).query(brand="slug", roles=access.MAY["audit"])
    return list(Brand.objects.filter(within).order_by("name").values_list("slug", "name"))


def _markets(user: User) -> list[tuple[str, str]]:
    within = access.scope(user).query(market="code", roles=access.MAY["audit"])
    name = "name_ru" if wording.is_russian() else "name_en"
    return list(Market.objects.filter(within).order_by(name).values_list("code", name))


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
    words = RUNS.get(shown.body["what"])
    return Face(detail=str(words) % {"n": shown.body["number"]} if words else "")


@faces.shows(Kind.BRIEF)
def brief(shown: Shown) -> Face:
    """Show which version of a brief was published."""
    return Face(detail=_("version %(n)s") % {"n": shown.body["version"]})


@faces.shows(Kind.IMPORT)
def imported(shown: Shown) -> Face:
    """Show how many records a file gave."""
    body = shown.body
    if "records" not in body:
        return Face()
    said = ngettext("%(n)s record", "%(n)s records", body["records"]) % {"n": wording.number(body["records"])}
    counts = [(_("loaded"), "loaded"), (_("merged"), "merged"), (_("refused"), "refused")]
    return Face(detail=said, rows=[(label, wording.number(body[name])) for label, name in counts])
