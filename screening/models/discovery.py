"""Discovery: rounds in which a team's picks reshape the ranking of the rest, until a commit date."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from screening.models.ask import Campaign
from screening.models.match import ScreeningRun
from screening.models.supply import Profile


class Discovery(models.Model):
    """The search of one campaign, on the ranking of one run. frozen: (profile, score_u6) of the final places.

    earlier: runs it stood on before, each with its last round there; what was said then is remembered.
    """

    campaign = models.OneToOneField(Campaign, on_delete=models.PROTECT, related_name="discovery")
    run = models.ForeignKey(ScreeningRun, on_delete=models.PROTECT, related_name="+")
    commit_date = models.DateField()  # last day of picks, where the campaign runs
    stage = models.PositiveSmallIntegerField(default=0)  # place in discovery.STAGES
    round = models.PositiveIntegerField(default=1)  # the open one
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    frozen_at = models.DateTimeField(null=True)
    frozen = models.JSONField(default=list)
    is_taste_on = models.BooleanField(default=True)  # False: the list is the AI's own, marks are kept
    earlier = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"discovery of {self.campaign_id}"


class MarkKind(models.TextChoices):
    """What a person says: of a creator, or of a factor that the AI weighs too little or too much."""

    PICK = "pick", _("more like this")
    REJECT = "reject", _("not this")
    MORE = "more", _("should count more")
    LESS = "less", _("should count less")


class DiscoveryMark(models.Model):
    """One thing said in a round; taken back it stays, with who took it back. changed_u6: of the first places, by it."""

    discovery = models.ForeignKey(Discovery, on_delete=models.PROTECT, related_name="marks")
    round = models.PositiveIntegerField()
    kind = models.CharField(max_length=6, choices=MarkKind)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, null=True, related_name="+")
    feature = models.CharField(max_length=40, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    changed_u6 = models.PositiveIntegerField(default=0)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="discovery_mark")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["pick", "reject"], profile__isnull=False, feature="")
                | Q(kind__in=["more", "less"], profile__isnull=True) & ~Q(feature=""),
                name="a_mark_is_of_a_creator_or_of_a_factor",
            ),
            models.UniqueConstraint(
                fields=["discovery", "profile"], condition=Q(taken_back_at__isnull=True, profile__isnull=False),
                name="a_creator_is_marked_once",
            ),
            models.UniqueConstraint(
                fields=["discovery", "feature"], condition=Q(taken_back_at__isnull=True) & ~Q(feature=""),
                name="a_factor_is_marked_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.discovery_id} {self.kind}"


class DiscoveryRound(models.Model):
    """A round that has ended: how much of the first places it changed, and how many picks stood there before it."""

    discovery = models.ForeignKey(Discovery, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    stage = models.PositiveSmallIntegerField()
    picks = models.PositiveIntegerField()  # of this round
    rejections = models.PositiveIntegerField()
    hints = models.PositiveIntegerField()
    changed_u6 = models.PositiveIntegerField()  # share of the first places that changed hands in it
    agreed = models.PositiveIntegerField()  # of all picks so far, those in the AI's own first places
    picked = models.PositiveIntegerField()  # all picks so far
    places = models.JSONField()  # profile ids of the first places at its end
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(default=timezone.now)
    audit = models.OneToOneField("audit.AuditEntry", on_delete=models.PROTECT, related_name="discovery_round")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["discovery", "number"], name="rounds_of_a_discovery_are_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.discovery_id} round {self.number}"
