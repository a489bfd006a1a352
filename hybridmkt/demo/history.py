"""The demo's past and present: campaigns run, decided and measured by the product's own verbs, with its clock moved."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np

from accounts.models import User
from hybridmkt.demo import words
from hybridmkt.demo.creators import Person
from jobs import dispatch, lease
from review import approvals, claims, decisions, first_views, overlays, seals
from review.models import Because, Choice, ReviewTask, Route, Stakes, TaskState
from screening import briefs, campaigns, gates, learning, memory, runs
from screening.engine.types import Criteria, Preferences, Wish, WishKind
from screening.models import Brand, Campaign, Market, Profile, RunStatus, ScreeningRun

EARLIER = 240  # results that the demo's second brand brings along
# What the expert card knows too little of and results can teach: what is watched for weeks achieves more, what scrolls
# away less, by so much of the logarithm.
UNKNOWN_TO_THE_CARD = {"youtube": 0.15, "tiktok": -0.15}


@dataclass
class Story:
    """Who and what the demo is told about; `truth` is the hidden fit of each creator, by handle."""

    people: dict[str, User]
    markets: dict[str, Market]
    brands: dict[str, Brand]
    seed: int
    truth: dict[str, float] = field(default_factory=dict)

    def know(self, generated: Iterable[Person]) -> None:
        """Remember the hidden fit of generated creators."""
        self.truth.update({person.handle: person.quality for person in generated})

    def dice(self, *what: object) -> np.random.Generator:
        """Return dice that fall the same way for the same thing."""
        return np.random.default_rng([self.seed, zlib.crc32(repr(what).encode())])

    def reviewer(self, task: ReviewTask) -> User:
        """Return who decides a card: the market's strategist, its expert where the card asks for one."""
        strategist, expert = ("maxim", "irina") if task.market == "RU" else ("daniel", "ruth")
        return self.people[expert if task.route == Route.EXPERT else strategist]


def past_campaign(story: Story, idea: words.Idea, *, began: datetime) -> Campaign:
    """Tell one finished campaign: brief, run, decisions, approvals, and what came of it four weeks later."""
    campaign = _open(story, idea, began=began, deadline=(began + timedelta(days=21)).date())
    run = screen(story, campaign, now=began + timedelta(hours=1))
    for number, task in enumerate(_tasks(run)):
        moment = began + timedelta(hours=3 + number)
        _work(story, task, moment)
    _measure(story, campaign, began + timedelta(days=27))
    campaigns.close(campaign, by=story.people["elena"], now=began + timedelta(days=28))
    return campaign


def earlier_partnerships(story: Story, *, began: datetime, now: datetime) -> Campaign:
    """Tell what a brand brings along: results of partnerships from before it screened anybody here, from a file.

    They stand in a closed campaign without a run, and a market's model can learn from them.
    """
    elena, market = story.people["elena"], story.markets["US"]
    campaign = campaigns.create(
        brand=story.brands["trailpeak"], market=market, name="Earlier partnerships", budget_minor=4_000_000,
        fee_minor=120_000, wanted=5, deadline_date=began.date() + timedelta(days=21), by=elena, now=began,
    )  # fmt: skip
    known = Profile.objects.filter(handle__in=story.truth, markets__icontains=f'"{market.code}"').order_by("pk")
    chosen = story.dice("earlier").permutation(np.array([one.pk for one in known]))[:EARLIER]
    for profile in Profile.objects.filter(pk__in=chosen).select_related("creator").order_by("pk"):
        memory.record_outcome(campaign, profile, _achieved(story, campaign, profile, now), by=elena, now=now)
    campaigns.close(campaign, by=elena, now=now)
    return campaign


def learn(story: Story, *, now: datetime) -> None:
    """Have the model of the market with most results learn; what it puts up waits for a manager's name."""
    with lease.moved(now):
        job = learning.start(story.markets["US"], by=story.people["marcus"], now=now)
        dispatch.run(job.pk, worker="demo")


def open_campaign(story: Story, idea: words.Idea, *, began: datetime) -> Campaign:
    """Start a campaign of today: brief and run, a few cards decided, the rest of the queue open."""
    campaign = _open(story, idea, began=began, deadline=(began + timedelta(days=30)).date())
    run = screen(story, campaign, now=began + timedelta(minutes=20))
    for number, task in enumerate(_tasks(run)[:3]):
        _work(story, task, began + timedelta(minutes=30 + 6 * number), approve=False)
    return campaign


def _open(story: Story, idea: words.Idea, *, began: datetime, deadline: date) -> Campaign:
    elena = story.people["elena"]
    campaign = campaigns.create(
        brand=story.brands[idea.brand], market=story.markets[idea.market], name=idea.name,
        budget_minor=idea.budget * 100, fee_minor=idea.fee * 100, wanted=5, deadline_date=deadline, by=elena, now=began,
    )  # fmt: skip
    criteria = Criteria(
        markets=(idea.market,), followers_min=8_000, followers_max=600_000, excluded_categories=("gaming",),
        fee_max=float(idea.fee * 4),
    )  # fmt: skip
    wishes = (
        Wish(WishKind.TOPICS, 0.35, idea.topics), Wish(WishKind.AUDIENCE, 0.2, (idea.market,)),
        Wish(WishKind.ENGAGEMENT, 0.2), Wish(WishKind.PRICE, 0.15),
    )  # fmt: skip
    preferences = Preferences(wishes, idea.text)
    briefs.publish(campaign, criteria=criteria, preferences=preferences, by=elena, now=began)
    return campaign


def screen(story: Story, campaign: Campaign, *, now: datetime) -> ScreeningRun:
    """Start a run and carry it out at a moment of the story. Raises RuntimeError when it did not end well."""
    with lease.moved(now):
        run = runs.start(campaign, by=story.people["elena"], now=now)
        assert run.job is not None
        dispatch.run(run.job.pk, worker="demo")
    run.refresh_from_db()
    if run.status != RunStatus.COMPLETED:
        raise RuntimeError(f"Run {run.number} of {campaign} ended as {run.status}: {run.error}")
    return run


def _tasks(run: ScreeningRun) -> list[ReviewTask]:
    waiting = ReviewTask.objects.filter(recommendation__run=run, state=TaskState.OPEN)
    return list(waiting.select_related("recommendation__profile", "campaign").order_by("-value", "-pk"))


def _work(story: Story, task: ReviewTask, now: datetime, *, approve: bool = True) -> None:
    """Let a person see what the data does not, decide, and a manager answer where the stakes ask for it."""
    dice = story.dice(task.campaign.slug, task.recommendation.profile.handle)
    truth = story.truth[task.recommendation.profile.handle]
    seen = truth + dice.normal(0, 0.9)
    by = story.reviewer(task)
    is_closed = not _answer_gates(task, by=by, now=now)
    claims.claim(task, by=by, now=now)
    task.refresh_from_db()
    later = now + timedelta(seconds=int(dice.integers(40, 420)))
    choice = Choice.APPROVE if seen > 0.1 and not is_closed else Choice.REJECT
    _speak_first(task, seen, by=by, now=later)
    overlays.save(
        task, by=by, now=later, relationship="worked" if dice.random() < 0.15 else "none",
        cultural_fit=_scale(seen + dice.normal(0, 0.5)), strategic_alignment=_scale(seen + dice.normal(0, 0.7)),
        gut_rating=_scale(seen),
        words={"how_to_brief": words.pick(words.BRIEFING, task.market, dice)} if choice == Choice.APPROVE else {},
    )  # fmt: skip
    task.refresh_from_db()
    is_override = decisions.is_override(choice, task.recommendation.verdict)
    needs_words = is_override or task.stakes == Stakes.HIGH
    decisions.decide(
        task, choice=choice, by=by, now=later, version=task.version, key=f"demo:{task.pk}:decide",
        category=str(dice.choice(["context", "culture", "risk"])) if is_override else "",
        rationale=words.pick(words.FOR if choice == Choice.APPROVE else words.AGAINST, task.market, dice)
        if needs_words else "",
    )  # fmt: skip
    if approve:
        _approve(story, task, later + timedelta(hours=2))


def _speak_first(task: ReviewTask, seen: float, *, by: User, now: datetime) -> None:
    """Commit the view of a sealed card before the AI's verdict opens: what the person saw, and a reason for it."""
    if not seals.hides(task, by):
        return
    p = float(np.clip(1 / (1 + np.exp(-0.8 * seen)), 0.05, 0.95))
    first_views.commit(
        task, by=by, now=now, version=task.version, says_yes=p >= 0.5, p=round(p, 2),
        because=Because.CONTENT if p >= 0.5 else Because.RISK,
        sentence=(words.FOR if p >= 0.5 else words.AGAINST)[task.market][0], active_seconds=40,
    )  # fmt: skip
    task.refresh_from_db()


def _answer_gates(task: ReviewTask, *, by: User, now: datetime) -> bool:
    """Look up what the market's gates ask of a profile, in the demo always well; False where one is closed to it."""
    profile, market = task.recommendation.profile, task.campaign.market
    for one in gates.check(profile, market, on=now.date()):
        if one.state == gates.GateState.BLOCKED:
            return False
        if one.state == gates.GateState.QUESTION:
            gates.answer(profile, one.gate, is_passed=True, evidence="demo register, no. 1", by=by, now=now)
    return True


def _approve(story: Story, task: ReviewTask, now: datetime) -> None:
    task.refresh_from_db()
    if task.state == TaskState.AWAITING:
        approvals.answer(
            task,
            choice="approve",
            by=story.people["sofia"],
            now=now,
            version=task.version,
            key=f"demo:{task.pk}:approve",
        )


def _scale(value: float) -> int:
    return int(np.clip(round(3 + value), 1, 5))


def _measure(story: Story, campaign: Campaign, now: datetime) -> None:
    """Record what the approved creators achieved: their hidden fit decides, and luck."""
    approved = ReviewTask.objects.filter(campaign=campaign, state=TaskState.APPROVED)
    for task in approved.select_related("recommendation__profile"):
        profile = task.recommendation.profile
        told = replace(_achieved(story, campaign, profile, now), paid_minor=task.fee_minor)
        memory.record_outcome(
            campaign, profile, told, by=story.people["elena"], now=now, recommendation=task.recommendation
        )


def _achieved(story: Story, campaign: Campaign, profile: Profile, now: datetime) -> memory.Told:
    dice = story.dice("outcome", campaign.slug, profile.handle)
    likes = profile.metrics.filter(taken_at__lte=now.date(), likes_avg__isnull=False).order_by("-taken_at").first()
    target = round((likes.likes_avg if likes and likes.likes_avg else 1_000.0) * 2)
    fit = 0.22 * story.truth[profile.handle] + UNKNOWN_TO_THE_CARD.get(profile.platform, 0.0)
    actual = round(target * float(np.exp(fit + dice.normal(0.02, 0.2))))
    return memory.Told(kpi=campaign.objective, actual=actual, target=target, as_of_date=now.date())
