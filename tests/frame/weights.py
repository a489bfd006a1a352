"""A world with some of everything that pages show, and more of it, for tests/frame/test_page_weights.py.

To add a table: a line in one of the `_more` functions, so that the larger world has more of its rows.
"""

import contextlib
import itertools
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta

import time_machine
from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.test import Client, override_settings

from accounts import tokens
from accounts.access import Place
from accounts.models import KeptAnswer, User
from audit import checkpoints, sequencer, standing, tasks, tree
from audit.models import AuditAnchor, AuditBlock, SavedExport
from hybridmkt import retention
from jobs import lease
from jobs.models import Job, Tick
from review import (
    absences,
    approvals,
    attention,
    calendars,
    creator_clock,
    decisions,
    drafts,
    dry_run,
    first_views,
    handoffs,
    investigations,
    notices,
    overlays,
    promises,
    questions,
    saved_views,
    sessions,
    stops,
    thread,
)
from review.listing import Filters
from review.models import About, Alarm, Friction, HandoffWhy, Notice, NoticeChoice, Practice, RoutedFacts, Weights
from review.routing import Facts, Shown
from screening import corrections, discovery, gates, memory, norms, notes, own_scores, standings
from screening import models as s
from screening.engine.own import Own
from tests import factories as make
from tests.conftest import KEY
from tests.review import worlds
from tests.review.worlds import NOW

WHY = "Her readers ask for this product by name, week after week."
RULE = {
    "name_en": "Not on the list", "name_ru": "Нет в реестре", "valid_from_date": date(2024, 1, 1),
    "evidence": "255-FZ", "checked_on_date": date(2026, 11, 20),
}  # fmt: skip
# Tables that stay as they are, and why.
FIXED = {
    "screening.Pool": "frozen by a run of its own", "screening.Discovery": "one a campaign",
    "screening.Metrics": "history of one profile grows", "review.WorkingHours": "one a market",
}  # fmt: skip
LATER = NOW + timedelta(minutes=5)
KNOWN = Facts(Shown.TOP, rank=1, wanted=3, verdict="recommend", p=0.61, fee=50_000, budget=5_000_000)
_count = itertools.count(1)


@dataclass
class Rich:
    """The screened world with readers of every place, and the things whose pages are measured."""

    base: worlds.World
    readers: dict[str, User]
    at: dict[str, Model] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    @contextlib.contextmanager
    def here(self):
        """Stand in this world: at its moment, with its files."""
        with override_settings(**self.base.own), time_machine.travel(NOW, tick=False):
            yield

    def client(self, who):
        """A browser of somebody who holds a role everywhere; None: of a stranger."""
        if who not in self.clients:
            self.clients[who] = Client(headers={"accept-language": "en"})
            if who in self.readers:
                self.clients[who].force_login(self.readers[who], worlds.BACKEND)
        return self.clients[who]


def build(folder):
    """Make a world with a few rows of each kind."""
    with lease.moved(NOW):
        base = worlds.build(folder)
    world = Rich(base, {role: make.user(role, name=f"Reader {role.title()}") for role in base.readers})
    with world.here(), lease.moved(NOW):
        _build(world)
    return world


def _build(world):
    base, readers = world.base, world.readers
    readers["admin"] = make.user("admin", "manager", name="Reader Admin")
    market, campaign = base.run.campaign.market, base.run.campaign
    calendars.set_hours(market, days={0, 1, 2, 3, 4}, opens=time(9), closes=time(18), by=readers["admin"], now=NOW)
    world.at["model"] = base.run.model
    world.at["discovery"] = campaign.discovery
    _cards(world, campaign)
    for who in (*readers, "stranger"):
        world.client(who)
    _rows(world, 2)


def _cards(world, campaign):
    """Make the cards whose pages are measured; all are of one creator, the first of the run who is not sealed."""
    at, reader = world.at, world.readers
    run, policy = world.base.run, world.base.task.policy
    at["run"], at["campaign"], at["policy"], at["sealed"] = run, campaign, policy, world.base.task
    at["sealed_campaign"] = campaign
    at["open"] = run.recommendations.filter(task__arm="ai_first", task__state="open").order_by("rank").first().task
    at["creator"], at["profile"] = at["open"].recommendation.creator, at["open"].recommendation.profile
    at["awaiting"] = decided(world, "approve", stakes="high", fee_minor=1_000_000, on_expiry="escalates")
    at["approved"] = decided(world, "approve")
    at["final"] = decided(world, "approve", now=NOW - timedelta(minutes=10))
    at["escalated"] = of_creator(
        world, stakes="high", on_expiry="escalates", state="escalated", escalated_to=reader["manager"],
        escalated_at=NOW,
    )  # fmt: skip
    at["shadowed"] = of_creator(world, state="not_shown", closed_at=NOW)
    of_creator(world, campaign=at["shadowed"].campaign, arm="blind", lane="")
    # What the reader opened before: whoever opens a card lets go of it, so there is one at most.
    of_creator(world, claimed_by=reader["strategist"], claimed_at=NOW, claimed_until=NOW + timedelta(minutes=15))
    _elsewhere(world)
    at["decision"] = at["approved"].decisions.get()
    at["investigation"] = investigations.request(
        at["open"], by=reader["strategist"], now=LATER, text="Is this usual for family channels?"
    )
    at["session"] = sessions.start(campaign, by=reader["strategist"], now=NOW)


def _elsewhere(world):
    """Let somebody who spoke at the cards leave, and the manager who would be asked first be away."""
    gone, owner = make.user("strategist", brand="acme", market="US", name="Gone"), world.base.task.policy.owner
    for name in ("open", "escalated", "awaiting"):
        _noted(world, world.at[name], gone)
        world.at[name].refresh_from_db()
    gone.memberships.update(ended_at=NOW)
    days = {"from_date": NOW.date(), "until_date": NOW.date() + timedelta(days=1)}
    absences.set_absence(owner, deputy=world.readers["manager"], by=owner, now=NOW, **days)


def of_creator(world, *, campaign=None, **fields):
    """A card of the creator in a campaign of its own, with figures of one more run."""
    own = campaign or make.campaign()
    answer = make.recommendation(make.run(own), profile=world.at["profile"])
    return make.task(answer, policy=world.base.task.policy, opened_at=NOW, **fields)


def decided(world, choice, *, now=LATER, **fields):
    """A card of the creator that was decided by a person."""
    task = of_creator(world, **fields)
    overlays.save(task, by=world.readers["strategist"], now=NOW, gut_rating=4, words={"how_to_brief": "Gently"})
    task.refresh_from_db()
    decisions.decide(
        task, choice=choice, by=world.readers["strategist"], now=now, version=task.version, key=f"w{next(_count)}",
        rationale=WHY, expected_p=0.7,
    )  # fmt: skip
    task.refresh_from_db()
    return task


def more(world, n):
    """Add n rows of every kind, or n for each thing that pages are about."""
    with world.here(), lease.moved(NOW):
        _rows(world, n)


def _rows(world, n):
    for _ in range(n):
        person = make.user("strategist", "expert", brand="acme", market="US", name=f"Colleague {next(_count)}")
        _people(world, person)
        _cases(world, person)
        _on_card(world, world.at["open"], person)
        _asked(world, world.at["sealed"], person)
        _noted(world, world.at["awaiting"], person)
        _places(world, person)
        _supply(world, person)
        _memory(world, person)
        _meetings(world, person)
    # As autovacuum does by itself: its last look may have found tables that other tests had emptied.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _people(world, person):
    reader, analyst, here = world.readers["strategist"], world.readers["analyst"], next(_count)
    manager = make.user("manager", brand="acme", market="US")
    absences.set_capacity(person, cards_a_day=20, by=person, now=NOW)
    absences.set_absence(
        person, deputy=reader, from_date=date(2026, 12, 1), until_date=date(2026, 12, 5), by=person, now=NOW
    )
    saved_views.keep(reader, name=f"View {here}", filters=Filters(search=f"name {here}"))
    for who in (*world.readers.values(), manager):
        notices.tell([who], About.DUE, key=f"w{here}", url="/queue/", now=NOW, by=person, task=world.at["open"])
        Job.objects.create(kind="export", idempotency_key=f"w{here}:{who.pk}", by=who, brand="acme", market="US")
    Notice.objects.filter(user=analyst).update(read_at=NOW)
    Tick.objects.create(name="deadlines", slot=here)
    for who in (reader, world.at.get("person", person)):
        tokens.make(name=f"Program {here}", scopes=["read"], days=9, by=who, now=NOW)
    KeptAnswer.objects.create(user=reader, key=f"w{here}", request="", at=NOW)
    world.at.setdefault("person", person)
    world.at["job"] = Job.objects.filter(by=analyst).first()
    done = {"status": "succeeded", "result": {"rows": 1}, "params": {"format": "csv"}}
    world.at["file"] = Job.objects.create(kind=tasks.KIND, idempotency_key=f"f{here}", by=analyst, **done)
    world.at["entry"] = world.at["decision"].audit
    sequencer.sequence(checkpoints.private_key(KEY), most=10)
    SavedExport.objects.create(user=analyst, name=f"Export {here}", form="csv", every="week", due_at=LATER)
    AuditAnchor.objects.create(checkpoint=tree.newest(), sink="file", receipt="")
    AuditBlock.objects.create(level=9, idx=here, root=bytes(32))
    Job.objects.create(kind=standing.CHECK, idempotency_key=f"c{here}", **done | {"result": {"size": 9, "changed": ""}})


def _cases(world, person):
    """More cards of the creator and of others, open, sealed, not shown, held, decided, escalated, investigated."""
    reader = world.readers
    for fields in ({}, {"arm": "blind", "lane": ""}, {"state": "not_shown", "closed_at": NOW},
                   {"state": "held"}, {"claimed_by": person, "claimed_until": LATER + timedelta(hours=1)},
                   {"stakes": "high", "on_expiry": "escalates", "state": "escalated", "escalated_to": reader["manager"],
                    "escalated_at": NOW}):  # fmt: skip
        made = of_creator(world, **fields)
        RoutedFacts.objects.create(task=made, facts=asdict(KNOWN))
    of_creator(world, campaign=made.campaign, state="not_shown", closed_at=NOW)
    of_creator(world, campaign=made.campaign, arm="blind", lane="")
    decided(world, "approve")
    decided(world, "approve", stakes="high", fee_minor=1_000_000, on_expiry="escalates")
    other = make.task(make.recommendation(make.run(world.at["campaign"])), policy=world.at["policy"], opened_at=NOW)
    found = investigations.request(other, by=reader["strategist"], now=LATER, text="Is this usual for her channels?")
    investigations.add(found, kind="person", text="12 of 12 chats were open.", by=person, now=LATER)
    answered = decided(world, "approve", stakes="high", fee_minor=900_000, on_expiry="escalates")
    approvals.answer(answered, choice="approve", by=reader["manager"], now=LATER, version=answered.version,
                     key=f"a{next(_count)}", reason="Fine")  # fmt: skip
    world.at.setdefault("answered", answered)
    attention.opened(other, by=person, now=NOW)
    seen = of_creator(world, arm="blind", lane="")
    first_views.commit(seen, by=person, now=LATER, says_yes=True, p=0.8, because="fit", sentence=WHY, version=1)
    investigations.add(world.at["investigation"], kind="person", text="12 of 12 were open.", by=person, now=LATER)
    Friction.objects.create(task=other, user=person, approvals=3, seconds=9, usual_seconds=60)


def _on_card(world, task, person):
    """More on a card: views, notes, questions, hand-offs, promises, the creator's clock."""
    _noted(world, task, person)
    task.refresh_from_db()
    overlays.save(task, by=person, now=NOW, gut_rating=4, relationship="worked", words={"risk_note": WHY})
    promises.promise(task, text="The cream comes early", owner=person, by=person, now=NOW)
    drafts.keep(task, by=person, now=NOW, fields={"risk_note": "x"})
    _asked(world, task, person)


def _noted(world, task, person):
    thread.add_note(task, by=person, now=NOW, text=f"Note {next(_count)} @Reader Strategist")


def _asked(world, task, person):
    n, reader = next(_count), world.readers
    s.Exposure.objects.create(user=person, campaign=task.campaign, creator=task.recommendation.creator, at=NOW)
    task.refresh_from_db()
    until = NOW + timedelta(days=1, minutes=n)
    said = {"version": task.version, "key": f"weights-{n}"}
    creator_clock.say(task, says="offer", until=until, by=person, now=NOW, **said)
    task.refresh_from_db()
    asked = questions.ask(task, by=person, now=NOW, text=f"Is it usual? {n}", to=[reader["strategist"]])
    if n % 2:
        questions.answer(asked[0], by=reader["strategist"], now=LATER, text=f"Yes {n}")
    handoffs.keep(task, why=HandoffWhy.HAND, before=person, to=reader["strategist"], by=person, now=NOW, note="Look")
    world.at.setdefault("question" if task == world.at["open"] else "question_sealed", asked[0])


def _places(world, person):
    n, reader, market = next(_count), world.readers, world.at["campaign"].market
    brand = make.brand(f"brand{n}")
    kept = own_scores.save(world.base.run, name=f"Score {n}", wanted=Own({"posts": n / 1000}), by=person, now=NOW)
    world.at.setdefault("own_score", kept)
    rules, world.at["new_brand"] = make.policy(brand, market), make.brand(f"empty{n}")
    world.at["draft"] = make.policy(brand, market, state="draft", approved_by=None, approved_at=None)
    world.at["trial"] = _trial(world)
    calendars.add_holiday(market, day=date(2027, 1, 1) + timedelta(days=n), name="Day", by=reader["admin"], now=NOW)
    world.at.setdefault("stop", stops.stop(market, brand=brand.slug, reason=WHY, by=rules.owner, now=NOW))
    elsewhere = make.market(f"M{n}")
    make.policy(world.at["campaign"].brand, elsewhere)
    retention.set_rule(elsewhere, months=24, is_held=False, reason=WHY, by=reader["admin"], now=NOW)
    make.model(elsewhere)
    make.model(market, state=s.ModelState.CANDIDATE, approved_by=None, approved_at=None)
    s.ExchangeRate.objects.create(
        base="USD", currency="RUB", rate=90, date=date(2026, 1, 1) + timedelta(days=n), source="bank"
    )


def _trial(world):
    """A draft that was tried, with names of who would be treated otherwise."""
    here = world.at["campaign"]
    draft = make.policy(
        here.brand, here.market, state="draft", approved_by=None, approved_at=None, medium_fee_minor=1,
        high_fee_minor=10**12,
    )  # fmt: skip
    result = dry_run.count(draft, now=LATER)
    assert result["changed"]
    Job.objects.create(kind="dry_run", idempotency_key=f"dry_run:{draft.pk}", status="succeeded", result=result)
    return draft


def _supply(world, person):
    n = next(_count)
    batch = s.ImportBatch.objects.create(
        name=f"file{n}.csv",
        sha256=f"{n:064}",
        status="loaded",
        records=3,
        loaded=1,
        refused=2,
        by=person,
        market="US",
        job=Job.objects.create(kind="import", idempotency_key=f"i{n}", by=person, status="succeeded"),
    )
    world.at.setdefault("batch", batch)
    for one in {batch.pk: batch, world.at["batch"].pk: world.at["batch"]}.values():
        for line in (1, 2):
            s.RowError.objects.create(batch=one, line=n * 10 + line, reason="no_handle", row=["a", "b"])
    s.ColumnMapping.objects.create(header_sha256=f"{n:064}", mapping={})
    other = make.profile(batch=batch)
    s.ProfileChange.objects.create(batch=batch, profile=other, changes={"name": "x"})
    make.metrics(other, batch=batch)
    make.metrics(world.at["profile"], taken_at=date(2026, 1, 1) + timedelta(days=n), batch=batch, source="list")
    make.profile(platform="vk", creator=world.at["creator"])
    memory.relate(world.at["creator"], kind="knows", person=person, by=person, now=NOW)
    memory.relate(world.at["creator"], kind="mentions", other=other.creator, by=person, now=NOW)
    make.recommendation(make.run(world.at["open"].campaign), profile=other)
    writer = world.readers["expert"]
    corrections.tell(
        world.at["creator"], field="agent", words=f"Agent {n}", reason="A call", markets=["US"], by=writer, now=NOW
    )
    notes.write(world.at["creator"], place=Place("acme", "US"), text=f"Fair prices {n}", by=writer, now=NOW)


def _memory(world, person):
    n, expert, market = next(_count), world.readers["expert"], world.at["campaign"].market
    told = memory.Told(kpi="orders", actual=5 + n, target=4, predicted=5, as_of_date=date(2026, 11, 1))
    memory.record_outcome(make.campaign(), world.at["profile"], told, by=None, now=NOW)
    known = memory.record_outcome(world.at["campaign"], make.profile(), told, by=None, now=NOW)
    memory.record_outcome(make.campaign(), make.profile(), told, by=None, now=NOW)
    who = person if "practice" in world.at else world.readers["strategist"]
    drawn = Practice.objects.create(
        user=who, outcome=known, policy=world.at["policy"],
        recommendation=make.recommendation(make.run(make.campaign())), brand="acme", market="US", turn=n, seed=1,
        share_u6=100_000, probability_u6=100_000, ai_was_right=True,
    )  # fmt: skip
    world.at.setdefault("practice", drawn)
    Alarm.objects.create(user=person, side="follows", hits=1, n=9, last=drawn)
    flag = {"flag": "engagement_rate:high", "scope": {"category": f"Topic {n}"}}
    made = norms.write(market, **flag, until=date(2027, 6, 1), reason=WHY, by=expert, now=NOW)
    world.at.setdefault("norm", made)
    memory.record_event(market, name=f"Law {n}", from_date=date(2026, 1, 1), by=expert, now=NOW)
    gate = s.MarketGate.objects.create(market=market, code=f"g{n}", rule=gates.LISTED, **RULE)
    gates.answer(world.at["profile"], gate, is_passed=True, evidence=WHY, by=expert, now=NOW)
    make.brief(world.at["campaign"])
    learned = {"market": market, "version": n, "sha256": "0" * 64, "file": "", "audit": make.entry("model")}
    s.Forecaster.objects.create(kpi="orders", results=30, creators=30, **learned)
    s.Lookout.objects.create(looks=200, reasons=30, creators=30, **learned)


def _meetings(world, person):
    reader, session = world.readers["strategist"], world.at["session"]
    sessions.add(session, kind="action", text="Ask her agent", owner=person, by=reader, now=NOW)
    sessions.add(session, kind="decision", text="Two tests a month", by=reader, now=NOW, task=world.at["open"])
    past = sessions.start(make.campaign(), by=reader, now=NOW)
    sessions.close(past, by=reader, now=LATER)
    NoticeChoice.objects.create(user=person, about=About.DUE, way="none")
    Weights.objects.create(
        market=world.at["campaign"].market, version=next(_count), sha256="0" * 64, document={},
        audit=make.entry("model"),
    )  # fmt: skip
    found = world.at["discovery"]
    found.refresh_from_db()
    marked = set(found.marks.values_list("profile", flat=True))
    free = next(one for one in standings.field(found.run).ids.tolist() if one not in marked)
    discovery.mark(found, kind="pick", by=reader, now=NOW, profile=free)
    discovery.end_round(found, number=found.round, by=reader, now=NOW)


def counts():
    """Return how many rows each of our tables has."""
    ours = ("accounts", "audit", "jobs", "screening", "review", "playbooks")
    return {one._meta.label: one.objects.count() for app in ours for one in apps.get_app_config(app).get_models()}
