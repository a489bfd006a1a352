"""Own scores: a person's own weights and rules tried on a run's ranking, kept by name, compared, taken away."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import pages
from accounts.api.endpoint import Endpoint, given, person
from accounts.api.kept import once
from accounts.api.problems import Refusal
from accounts.models import User
from jobs import lease
from jobs.api import JobRow
from screening import exposures, own_scores, own_trials, queries, standings
from screening.engine.own import Own, Side
from screening.models import OwnScore, Profile, ScreeningRun
from screening.results import U6

ASKED = [*pages.PARAMETERS, OpenApiParameter("brand", str), OpenApiParameter("market", str)]


class RuleRow(serializers.Serializer[Any]):
    """Points for whoever's figure lies on one side of a value. value: in the factor's unit; null where not known."""

    feature = serializers.CharField()
    side = serializers.ChoiceField([one.value for one in Side])
    value = serializers.FloatField(allow_null=True)
    points = serializers.FloatField()


class OwnTrialRow(serializers.Serializer[Any]):
    """How an own score ordered past results beside the AI's version: AUC with the ends of its interval, in millionths.

    gain: own less the AI's, with ends; worked: of the results, those that worked out.
    """

    results = serializers.IntegerField()
    worked = serializers.IntegerField()
    version = serializers.IntegerField()
    own = serializers.ListField(child=serializers.IntegerField())
    official = serializers.ListField(child=serializers.IntegerField())
    gain = serializers.ListField(child=serializers.IntegerField())


class OwnScoreRow(serializers.ModelSerializer[OwnScore]):
    """An own score that is kept. weights: per cent of what the AI gives a factor, 0 forbids it, not named: 100.

    run: on whose ranking it was made; trial: null until it was compared with the AI's on past results.
    """

    weights = serializers.DictField(source="content.weights", child=serializers.IntegerField())
    rules = RuleRow(source="content.rules", many=True)
    trial = serializers.SerializerMethodField()
    entry = serializers.UUIDField(source="audit_id")

    class Meta:
        model = OwnScore
        fields = ["id", "brand", "market", "run", "name", "weights", "rules", "by", "at", "trial", "entry"]
        read_only_fields = fields

    @extend_schema_field(OwnTrialRow(allow_null=True))
    def get_trial(self, found: OwnScore) -> Any:
        """Return what a comparison found."""
        return OwnTrialRow(found.trial).data if found.trial else None


class ReasonRow(serializers.Serializer[Any]):
    """What a factor adds."""

    feature = serializers.CharField()
    points_u6 = serializers.IntegerField()


class OwnPlaceRow(serializers.Serializer[Any]):
    """A creator by an own score. place, ai: by it and by the AI, both without sealed ones; moved: places won."""

    place = serializers.IntegerField()
    ai = serializers.IntegerField()
    moved = serializers.IntegerField()
    profile = serializers.IntegerField()
    score_u6 = serializers.IntegerField()
    reasons = ReasonRow(many=True)


class ReachRow(serializers.Serializer[Any]):
    """Between which points a factor moves the candidates of this run at the AI's own weight."""

    feature = serializers.CharField()
    low_u6 = serializers.IntegerField()
    high_u6 = serializers.IntegerField()


class OwnRankingRow(serializers.Serializer[Any]):
    """The first places by an own score. total: candidates ranked; left_out: sealed ones, who stand in no list.

    fallen: profiles that stand in the AI's first places alone; not_asked: factors that the brief does not ask about.
    """

    run = serializers.IntegerField()
    total = serializers.IntegerField()
    left_out = serializers.IntegerField()
    items = OwnPlaceRow(many=True)
    fallen = serializers.ListField(child=serializers.IntegerField())
    not_asked = serializers.ListField(child=serializers.CharField())
    reach = ReachRow(many=True)


class RuleIn(serializers.Serializer[Any]):
    """A rule. value: in the factor's unit, shares as 0 to 1; it is left out where the side is unknown."""

    feature = serializers.CharField(max_length=40)
    side = serializers.ChoiceField([one.value for one in Side])
    value = serializers.FloatField(required=False, allow_null=True, default=None)
    points = serializers.IntegerField(min_value=-own_scores.MOST_POINTS, max_value=own_scores.MOST_POINTS)


class OwnIn(serializers.Serializer[Any]):
    """Weights in per cent by factor (0 forbids it), and rules."""

    weights = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=own_scores.MOST_WEIGHT), required=False
    )
    rules = RuleIn(many=True, required=False)


class KeepIn(OwnIn):
    """An own score with the name that it is kept by."""

    name = serializers.CharField(max_length=own_scores.MOST_NAME)


class OwnEndpoint(Endpoint):
    """Own scores: for looking, no card is routed by them."""

    writes = "decide"
    conflicts = (own_scores.OwnScoreRefused, standings.RankingGone)
    invalid = (own_scores.OwnScoreRefused,)

    def score(self, request: Request, pk: int) -> OwnScore:
        """Return an own score of the person's brands and markets; 404 for any other."""
        return get_object_or_404(own_scores.visible(person(request)).select_related("run__campaign", "by"), pk=pk)


class OwnRanking(OwnEndpoint):
    """A run's ranking by an own score that nobody keeps."""

    writes = "read"
    is_once = False

    @extend_schema(operation_id="try_own_score", request=OwnIn, responses=OwnRankingRow)
    def post(self, request: Request, pk: int) -> Response:
        """Return the first places of a finished run by weights and rules of one's own; nothing is changed or kept."""
        run, said = queries.finished_run(person(request), pk), given(OwnIn, request)
        wanted = own_scores.own_of(said)
        own_scores.check(wanted)
        return Response(_ranking(person(request), run, wanted))


class RunOwnScores(OwnEndpoint):
    """Own scores of a run's brand and market."""

    @extend_schema(operation_id="run_own_scores", parameters=pages.PARAMETERS, responses=pages.shape(OwnScoreRow))
    def get(self, request: Request, pk: int) -> Response:
        """Return the own scores kept for a run's brand and market, newest first, whoever keeps them."""
        run = queries.finished_run(person(request), pk)
        rows = own_scores.of_run(person(request), run)
        return Response(pages.page(request, rows, lambda some: OwnScoreRow(some, many=True).data))

    @extend_schema(operation_id="keep_own_score", request=KeepIn, responses={201: OwnScoreRow})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Keep an own score by its name; the same name of the same person takes the place of what stood there."""
        run, said = queries.finished_run(person(request), pk), given(KeepIn, request)
        name, wanted = said.pop("name"), own_scores.own_of(said)
        made = own_scores.save(run, name=name, wanted=wanted, by=person(request), now=lease.now())
        headers = {"Location": reverse("api-own-score", args=[made.pk])}
        return Response(OwnScoreRow(made).data, status=201, headers=headers)


class OwnScoreList(OwnEndpoint):
    """Own scores of the person's brands and markets."""

    @extend_schema(operation_id="own_scores", parameters=ASKED, responses=pages.shape(OwnScoreRow))
    def get(self, request: Request) -> Response:
        """Return the own scores that are kept, newest first."""
        rows: QuerySet[OwnScore] = own_scores.visible(person(request))
        for name in ("brand", "market"):
            if asked := request.query_params.get(name, "").replace("\0", ""):
                rows = rows.filter(**{name: asked})
        return Response(pages.page(request, rows, lambda some: OwnScoreRow(some, many=True).data))


class OneOwnScore(OwnEndpoint):
    """One own score."""

    @extend_schema(operation_id="own_score", responses=OwnScoreRow)
    def get(self, request: Request, pk: int) -> Response:
        """Return an own score, and what its comparison found."""
        return Response(OwnScoreRow(self.score(request, pk)).data)


class OwnScoreRanking(OwnEndpoint):
    """A run's ranking by an own score that is kept."""

    @extend_schema(
        operation_id="own_score_ranking", responses=OwnRankingRow,
        parameters=[OpenApiParameter("run", int, description="Another finished run of the same brand and market")],
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        """Return the first places of the run it was made on, or of another one."""
        user, score = person(request), self.score(request, pk)
        asked = request.query_params.get("run", "") or str(score.run_id)
        if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
            raise Refusal(422, queries.NOT_HERE, "#query/run")
        run = queries.finished_run(user, int(asked))
        if (run.campaign.brand_id, run.campaign.market_id) != (score.brand_id, score.market_id):
            raise Refusal(422, queries.NOT_HERE, "#query/run")
        return Response(_ranking(user, run, own_scores.own_of(score.content)))


class CompareOwnScore(OwnEndpoint):
    """An own score beside the AI's on past results."""

    @extend_schema(operation_id="compare_own_score", request=None, responses={202: JobRow})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Have an own score compared with the model at work; its job tells when it is done, `trial` what came of it."""
        job = own_trials.start(self.score(request, pk), by=person(request), now=lease.now())
        return Response(JobRow(job).data, status=202, headers={"Location": reverse("api-job", args=[job.pk])})


class RemoveOwnScore(OwnEndpoint):
    """The end of an own score."""

    @extend_schema(operation_id="remove_own_score", request=None, responses={204: None})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Take an own score off the list; only whose it is may."""
        try:
            own_scores.remove(self.score(request, pk), by=person(request), now=lease.now())
        except own_scores.NotYours as refused:
            raise Refusal(403, str(refused)) from refused
        return Response(status=204)


def _ranking(user: User, run: ScreeningRun, wanted: Own) -> dict[str, Any]:
    """Return a ranking as plain data; whose places are told is remembered as seen."""
    ranked = own_scores.ranked(run, wanted)
    creators = dict(Profile.objects.filter(pk__in=[*ranked.ids, *ranked.fallen]).values_list("pk", "creator"))
    exposures.note(user, run.campaign, creators.values(), now=lease.now())
    told = {
        "run": run.pk, "total": len(ranked.field.ids), "left_out": int(run.funnel["ranked"]) - len(ranked.field.ids),
        "items": [_place(ranked, one) for one in ranked.places() if one.profile in creators],
        "fallen": [one for one in ranked.fallen if one in creators],
        "not_asked": own_scores.not_asked(wanted, ranked.field.features),
        "reach": [
            {"feature": name, "low_u6": round(low * U6), "high_u6": round(high * U6)}
            for name, (low, high) in sorted(ranked.reach().items())
        ],
    }  # fmt: skip
    return dict(OwnRankingRow(told).data)


def _place(ranked: own_scores.Ranked, one: own_scores.Place) -> dict[str, Any]:
    reasons = [{"feature": name, "points_u6": round(points * U6)} for name, points in ranked.factors(one.row)]
    return {
        "place": one.place, "ai": one.ai, "moved": one.moved, "profile": one.profile,
        "score_u6": round(one.score * U6), "reasons": reasons,
    }  # fmt: skip
