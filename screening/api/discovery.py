"""The discovery of a campaign: who stands where, marks and their undo, rounds, stages, the commit."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person
from accounts.api.kept import once
from accounts.api.problems import Refusal
from jobs import lease
from screening import campaigns, discovery, exposures, queries, ranking, sealed, standings
from screening.api.own import ReasonRow
from screening.models import Discovery, DiscoveryMark, DiscoveryRound, MarkKind, Verdict
from screening.queries import NOT_HERE
from screening.results import U6

Takes = serializers.Serializer[Any]
ASKED = [
    *pages.PARAMETERS,
    OpenApiParameter("live", str, enum=["yes", "no"], description="yes: marks that stand; no: those taken back"),
]


class DiscoveryRow(serializers.Serializer[Any]):
    """A search, on the ranking of a run. places: how many its stage shows, 0 for everybody; round: the open one.

    total, left_out: ranked candidates, sealed ones. agreed: of all picks (picked), those in the AI's own first places.
    taste: what weighs most in the team's taste. newer_run: a later finished run on which it could go on.
    """

    campaign = serializers.CharField()
    run = serializers.IntegerField()
    commit_date = serializers.DateField()
    stage = serializers.IntegerField()
    places = serializers.IntegerField()
    round = serializers.IntegerField()
    is_taste_on = serializers.BooleanField()
    is_frozen = serializers.BooleanField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    is_converged = serializers.BooleanField()
    total = serializers.IntegerField()
    left_out = serializers.IntegerField()
    agreed = serializers.IntegerField()
    picked = serializers.IntegerField()
    taste = ReasonRow(many=True)
    newer_run = serializers.IntegerField(allow_null=True)
    opened_by = serializers.IntegerField()
    opened_at = serializers.DateTimeField()


class SpotRow(serializers.Serializer[Any]):
    """Where a creator stands. moved: places won since the last round; total = the AI's score and the team's taste.

    ai: the AI's place; both places are counted without sealed creators. mark: what was said of them, by its id;
    reasons: what of the taste weighs most.
    """

    place = serializers.IntegerField()
    ai = serializers.IntegerField()
    moved = serializers.IntegerField()
    profile = serializers.IntegerField()
    score_u6 = serializers.IntegerField()
    taste_u6 = serializers.IntegerField()
    total_u6 = serializers.IntegerField()
    verdict = serializers.ChoiceField(Verdict.choices)
    p_u6 = serializers.IntegerField()
    mark = serializers.IntegerField(allow_null=True)
    reasons = ReasonRow(many=True)


class MarkRow(serializers.ModelSerializer[DiscoveryMark]):
    """Something said of a creator or of a factor. changed_u6: which share of the first 20 places it changed."""

    feature = serializers.CharField(allow_blank=True)
    entry = serializers.UUIDField(source="audit_id")

    class Meta:
        model = DiscoveryMark
        fields = [
            "id", "round", "kind", "profile", "feature", "by", "at", "changed_u6", "taken_back_at", "taken_back_by",
            "entry",
        ]  # fmt: skip
        read_only_fields = fields


class RoundRow(serializers.ModelSerializer[DiscoveryRound]):
    """A round that has ended. places: profiles of the first places at its end, without those who are sealed by now."""

    places = serializers.SerializerMethodField()
    entry = serializers.UUIDField(source="audit_id")

    class Meta:
        model = DiscoveryRound
        fields = [
            "number", "stage", "picks", "rejections", "hints", "changed_u6", "agreed", "picked", "places", "ended_by",
            "ended_at", "entry",
        ]  # fmt: skip
        read_only_fields = fields

    def get_places(self, found: DiscoveryRound) -> list[int]:
        """Return the first places."""
        return [one for one in found.places if one not in self.context["hidden"]]


class DateIn(serializers.Serializer[Any]):
    """Last day of picks, where the campaign runs."""

    commit_date = serializers.DateField()


class MarkIn(serializers.Serializer[Any]):
    """A creator is picked or rejected; a factor should count more or less."""

    kind = serializers.ChoiceField(MarkKind.choices)
    profile = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=2**63 - 1
    )  # fmt: skip
    feature = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)


class RoundIn(serializers.Serializer[Any]):
    """The round that ends: the open one, as it was read."""

    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class StageIn(serializers.Serializer[Any]):
    """How far the list is narrowed: 0 shows everybody."""

    stage = serializers.IntegerField(min_value=0, max_value=len(discovery.STAGES) - 1)


class TasteIn(serializers.Serializer[Any]):
    """Whether the team's taste counts in the order."""

    is_on = serializers.BooleanField(source="on")


class Searching(Endpoint):
    """The discovery of a campaign."""

    writes = "decide"
    conflicts = (discovery.DiscoveryRefused, campaigns.CampaignClosed, standings.RankingGone)
    invalid = (discovery.DiscoveryRefused,)

    def found(self, request: Request, slug: str) -> Discovery:
        """Return the discovery of a campaign of the person's; 404 where there is none."""
        found = queries.discovery(queries.campaign(person(request), slug))
        if found is None:
            raise Http404(NOT_HERE)
        return found

    def changed(
        self, request: Request, slug: str, verb: Callable[..., object], takes: type[Takes] | None = None
    ) -> Response:
        """Do something to it and tell it as it stands then. takes: what the verb is told, by its own names."""
        found = self.found(request, slug)
        verb(found, by=person(request), now=lease.now(), **(given(takes, request) if takes else {}))
        return Response(_told(self.found(request, slug)))


class OneDiscovery(Searching):
    """The discovery of a campaign, and its beginning."""

    writes = "brief"

    @extend_schema(operation_id="discovery", responses=DiscoveryRow)
    def get(self, request: Request, slug: str) -> Response:
        """Return the discovery of a campaign."""
        return Response(_told(self.found(request, slug)))

    @extend_schema(operation_id="open_discovery", request=DateIn, responses={201: DiscoveryRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Open the discovery of a campaign on its newest finished run."""
        campaign, said = queries.campaign(person(request), slug), given(DateIn, request)
        discovery.start(campaign, by=person(request), now=lease.now(), **said)
        headers = {"Location": reverse("api-discovery", args=[slug])}
        return Response(_told(self.found(request, slug)), status=201, headers=headers)


class Ranking(Searching):
    """Who stands where."""

    @extend_schema(operation_id="discovery_ranking", parameters=pages.PARAMETERS, responses=pages.shape(SpotRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the list of the stage, best first; once somebody marks, a cursor of the order before is refused."""
        found = self.found(request, slug)
        marks = standings.live(found)
        stood = standings.standing(standings.search(found), marks)
        ids = discovery.listed(found, stood, marks)

        def tell(some: Sequence[int]) -> list[dict[str, Any]]:
            listed = {one.profile.pk: one for one in ranking.by_profiles(found.run, some)}
            here = [one for one in some if one in listed]
            seen = [listed[one].profile.creator_id for one in here]
            exposures.note(person(request), found.campaign, seen, now=lease.now())
            spots = standings.spots(stood, marks, found.round, here)
            return [_spot(one, listed[one.profile]) for one in spots]

        return Response(pages.part(request, ids, tell, mark=sha256(repr(ids).encode()).hexdigest()))


class Marks(Searching):
    """What was said of creators and factors."""

    @extend_schema(operation_id="discovery_marks", parameters=ASKED, responses=pages.shape(MarkRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the journal, newest first, with what was taken back."""
        rows = self.found(request, slug).marks.all()
        asked = request.query_params.get("live", "")
        if asked not in {"", "yes", "no"}:
            raise Refusal(422, _("There is no such %(name)s.") % {"name": "live"}, "#query/live")
        if asked:
            rows = rows.filter(Q(taken_back_at__isnull=asked == "yes"))
        return Response(pages.page(request, rows, lambda some: MarkRow(some, many=True).data))

    @extend_schema(operation_id="mark_in_discovery", request=MarkIn, responses={201: MarkRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Say "more like this" or "not this" of a creator, or what should count more or less; the same again stands."""
        found, said = self.found(request, slug), given(MarkIn, request)
        return Response(MarkRow(discovery.mark(found, by=person(request), now=lease.now(), **said)).data, status=201)


class UndoMark(Searching):
    """A mark that is taken back."""

    @extend_schema(operation_id="undo_discovery_mark", request=None, responses=MarkRow)
    @once
    def post(self, request: Request, slug: str, mark: int) -> Response:
        """Take a mark back: the ranking is as if it had not been said, the journal keeps both."""
        rows = self.found(request, slug).marks.select_related("discovery__campaign")
        discovery.take_back(get_object_or_404(rows, pk=mark), by=person(request), now=lease.now())
        return Response(MarkRow(rows.get(pk=mark)).data)


class Rounds(Searching):
    """Rounds that have ended."""

    @extend_schema(operation_id="discovery_rounds", parameters=pages.PARAMETERS, responses=pages.shape(RoundRow))
    def get(self, request: Request, slug: str) -> Response:
        """Return the rounds that have ended, newest first."""
        found = self.found(request, slug)
        told = {"hidden": sealed.profiles(found.campaign)}
        rows = found.rounds.all()
        return Response(
            pages.page(request, rows, lambda some: RoundRow(some, many=True, context=told).data, by="number")
        )

    @extend_schema(operation_id="end_discovery_round", request=RoundIn, responses={201: RoundRow})
    @once
    def post(self, request: Request, slug: str) -> Response:
        """End the open round and begin the next; one that has ended already is returned."""
        found, said = self.found(request, slug), given(RoundIn, request)
        ended = discovery.end_round(found, by=person(request), now=lease.now(), **said)
        return Response(RoundRow(ended, context={"hidden": sealed.profiles(found.campaign)}).data, status=201)


class Stage(Searching):
    """How far the list is narrowed."""

    @extend_schema(operation_id="narrow_discovery", request=StageIn, responses=DiscoveryRow)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Go to another stage, forth or back: nobody is lost."""
        return self.changed(request, slug, discovery.narrow, StageIn)


class Taste(Searching):
    """The team's taste."""

    @extend_schema(operation_id="switch_taste", request=TasteIn, responses=DiscoveryRow)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Switch the team's taste on or off in the order; marks are kept either way."""
        return self.changed(request, slug, discovery.switch_taste, TasteIn)


class CommitDate(Searching):
    """Until when picks count."""

    writes = "brief"

    @extend_schema(operation_id="move_commit_date", request=DateIn, responses=DiscoveryRow)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Move the commit date of a discovery that is not frozen."""
        return self.changed(request, slug, discovery.set_date, DateIn)


class NextRun(Searching):
    """The same search on a newer run."""

    writes = "brief"

    @extend_schema(operation_id="continue_discovery", request=DateIn, responses=DiscoveryRow)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Go on with what was learnt on the newest finished run, in a new round; a frozen ranking opens again."""
        return self.changed(request, slug, discovery.go_on, DateIn)


class Commit(Searching):
    """The end of the search."""

    writes = "brief"

    @extend_schema(operation_id="commit_discovery", request=None, responses=DiscoveryRow)
    @once
    def post(self, request: Request, slug: str) -> Response:
        """Freeze the ranking as it is, before the commit date; a frozen one is returned."""
        return self.changed(request, slug, discovery.freeze)


def _told(found: Discovery) -> dict[str, Any]:
    marks, field = standings.live(found), standings.search(found)
    stood, newer = standings.standing(field, marks), discovery.newer_run(found).first()
    agreed, picked = standings.agreed(field, marks)
    last = list(found.rounds.order_by("-number")[:1])
    told = {
        "campaign": found.campaign.slug, "run": found.run_id, "commit_date": found.commit_date, "stage": found.stage,
        "places": discovery.STAGES[found.stage], "round": found.round, "is_taste_on": found.is_taste_on,
        "is_frozen": found.frozen_at is not None or discovery.is_over(found, lease.now()),
        "frozen_at": found.frozen_at, "is_converged": standings.is_converged(last), "total": len(field.ids),
        "left_out": int(found.run.funnel["ranked"]) - len(field.ids), "agreed": agreed, "picked": picked,
        "taste": [{"feature": name, "points_u6": round(points * U6)} for name, points in stood.heaviest()],
        "newer_run": newer.pk if newer else None, "opened_by": found.opened_by_id, "opened_at": found.opened_at,
    }  # fmt: skip
    return dict(DiscoveryRow(told).data)


def _spot(one: standings.Spot, listed: ranking.Candidate) -> dict[str, Any]:
    told = {
        "place": one.place, "ai": one.ai, "moved": one.moved, "profile": one.profile, "score_u6": round(one.score * U6),
        "taste_u6": round(one.taste * U6), "total_u6": round(one.total * U6), "verdict": listed.row.verdict,
        "p_u6": round(listed.row.p * U6), "mark": one.mark.pk if one.mark else None,
        "reasons": [{"feature": name, "points_u6": round(points * U6)} for name, points in one.reasons],
    }  # fmt: skip
    return dict(SpotRow(told).data)
