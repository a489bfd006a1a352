"""Two worlds that differ in what the AI says of one sealed card, and a crawl of every address of the resolver.

To add an address: nothing, where its arguments are named as those of others (PARAMETERS). A new argument needs a line
there; an argument called `pk` needs one in PK. An address whose arguments have no rule fails the crawl.
"""

import contextlib
import io
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import unescape

import numpy as np
import time_machine
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, reverse

from audit import triggers
from audit.models import AuditEntry
from jobs import dispatch
from jobs.models import Job
from review import sessions
from review.models import Arm, Decision, Policy, ReviewTask, Session, SessionItem
from screening import discovery, judging, own_scores, results, runs, standings, store, training
from screening.engine.own import Own
from screening.models import Campaign, Creator, OwnScore, Profile, Recommendation, ScoringModel, ScreeningRun
from tests import factories as make

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BACKEND = "accounts.backends.Backend"
PEOPLE, WANTED, BUDGET = 14, 3, 6
MOST_FOLLOWED = 60  # links of pages that are followed for one person, beyond the resolver's own addresses
FORECAST = {  # what only the other world expects of the creator
    "kpi": "engagement", "place": 3.5, "middle": 3161.0, "ends": [1.0, 5.0], "markets": 1,
    "bands": [{"level": 80, "low": 1717.0, "high": 6161.0, "n": 90, "rank": 73, "promised_u6": 740_000}],
}  # fmt: skip
LOOK = {"p_u6": 630_000, "low_u6": 410_000, "high_u6": 790_000, "looks": 217, "reasons": 71, "level_u6": -1_000_000,
        "log_odds_u6": 532_000, "added_u6": [["engagement_rate", "low", 1_532_000]]}  # fmt: skip
RANDOM = [  # what differs between two answers to the same request
    (re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'), b"csrf"),
    (re.compile(rb'(name="key"|name="undo_key") value="[^"]*"'), b"key"),
    (re.compile(rb'"X-CSRFToken": "[^"]*"'), b"csrf"),
    (re.compile(rb'nonce="[^"]*"'), b"nonce"),
    (re.compile(rb'"request": ?"[0-9a-f]{32}"'), b"request"),
]
HEADERS = ("Content-Type", "ETag", "Location", "Content-Disposition", "HX-Push-Url", "HX-Redirect", "HX-Trigger")
LINK = re.compile(r'(?:href|hx-get|action)="(/[^"#]*)"')


@dataclass
class World:
    """The run, its sealed card, who reads, and where its files lie."""

    own: dict
    run: ScreeningRun
    task: ReviewTask
    readers: dict
    clients: dict = field(default_factory=dict)

    def client(self, who):
        """A browser of a person; signed in once."""
        if who not in self.clients:
            self.clients[who] = Client(headers={"accept-language": "en"})
            self.clients[who].force_login(self.readers[who], BACKEND)
        return self.clients[who]


def build(folder):
    """Make a market, a campaign and a finished run with cards, some of them sealed by the policy's own draw."""
    # One person asks for every address: more than a program may in a minute.
    own = {"DATA_DIR": folder, "STORE_URL": str(folder / "store"), "API_RATE": 10**9}
    with override_settings(**own), time_machine.travel(NOW, tick=False):
        rng = np.random.default_rng(3)
        for _ in range(PEOPLE):
            made = make.profile(bio="Skin care and running", language="en", country="US")
            likes = float(rng.uniform(200, 4_000))
            make.metrics(made, followers=50_000, likes_avg=likes, comments_avg=likes / 20, posts=300)
        campaign = make.campaign(wanted=WANTED, fee_minor=40_000, deadline_date=date(2026, 12, 31))
        make.brief(campaign)
        here = {"brand": campaign.brand_id, "market": campaign.market_id}
        readers = {role: make.user(role, **here) for role in ("strategist", "expert", "manager", "analyst")}
        make.policy(
            campaign.brand, campaign.market, owner=readers["manager"], review_budget=BUDGET, blind_share_u6=500_000
        )
        training.approve(training.publish_card(campaign.market, by=None, now=NOW), by=make.user("manager"), now=NOW)
        run, task = next(filter(None, (_drawn(campaign, seed, by=readers["strategist"]) for seed in range(5, 25))))
        own_scores.save(run, name="Small ones", wanted=Own({"followers": 0.5}), by=readers["expert"], now=NOW)
        _searched(campaign, by=readers["manager"])
        _met(campaign, by=readers["manager"])
        world = World(own, run, task, readers)
        for who in readers:
            world.client(who)
    return world


def _searched(campaign, *, by):
    """Open a discovery, and pick the last one of the list: a mark stands, and a round with places has ended."""
    found = discovery.start(campaign, commit_date=date(2026, 12, 1), by=by, now=NOW)
    last = int(standings.field(found.run).ids[-1])
    discovery.mark(found, kind="pick", profile=last, by=by, now=NOW)
    discovery.end_round(found, number=1, by=by, now=NOW)


def _met(campaign, *, by):
    """Open a session in which an action was agreed on and the minutes were saved."""
    session = sessions.start(campaign, by=by, now=NOW)
    sessions.add(session, kind="action", text="Ask her agent", owner=by, by=by, now=NOW)
    sessions.write_minutes(session, text="Two tests a month", version=1, there=[by.pk], by=by, now=NOW)


def _drawn(campaign, seed, *, by):
    """Return a run and a sealed card of it; None where the draw sealed all cards or none. It hangs on their ids too."""
    with transaction.atomic():
        run = runs.start(campaign, by=by, now=NOW, seed=seed)
        dispatch.run(run.job_id, worker="test")
        run.refresh_from_db()
        assert run.status == "completed", Job.objects.get(pk=run.job_id).error
        sealed = ReviewTask.objects.filter(arm=Arm.BLIND, recommendation__rank__gt=0).order_by("recommendation__rank")
        task = sealed.first()
        if task and ReviewTask.objects.filter(arm=Arm.AI_FIRST).exists():
            return run, task
        transaction.set_rollback(True)
    return None


@contextlib.contextmanager
def unguarded():
    """Take the append-only triggers away for a moment: the other world was never this one."""
    guards = [one for one in triggers.PROTECTED.values() if one.table in connection.introspection.table_names()]
    connection.check_constraints()  # PostgreSQL alters no table on which deferred ones still wait
    with connection.cursor() as cursor:
        for guard in guards:
            for statement in triggers.drop(guard, connection.vendor):
                cursor.execute(statement)
        yield
        connection.check_constraints()
        for guard in guards:
            for statement in triggers.create(guard, connection.vendor):
                cursor.execute(statement)


def turn(world):
    """Turn this world into the one in which the AI thinks the other way of the sealed card, and ranks it elsewhere."""
    answer, run = world.task.recommendation, world.run
    rows = np.array(results.rows(run))
    n = int((rows["rank"] > 0).sum())
    was, to = answer.rank, n - 2 if answer.rank < n // 2 else 2
    ranked = list(rows[:n])
    ranked.insert(to - 1, ranked.pop(was - 1))
    rows[:n] = np.array(ranked, rows.dtype)
    rows["rank"][:n] = np.arange(1, n + 1)
    place = to - 1
    rows["score_u6"][place], rows["p_u6"][place], rows["verdict"][place] = 31_000_000, 330_000, 1
    rows["confidence_u6"][place], rows["flags"][place], rows["suspicion_u6"][place] = 670_000, 1, 900_000
    rows["top_1_u6"][place] = -9_000_000
    sha = "ab" * 32
    held = io.BytesIO()
    np.save(held, rows, allow_pickle=False)
    store.put(f"results/{sha}.npy", held.getvalue())
    store.put(f"results/{sha}.json", store.local(f"results/{run.result_sha256}.json").read_bytes())
    with unguarded():
        _rewrite(world, rows[:n], sha, was_sha=run.result_sha256)


def _rewrite(world, ranked, sha, *, was_sha):
    answer, run, task = world.task.recommendation, world.run, world.task
    ranks = {int(row["profile"]): int(row["rank"]) for row in ranked}
    for one in Recommendation.objects.filter(run=run):
        Recommendation.objects.filter(pk=one.pk).update(rank=ranks[one.profile_id])
    factors = [[code, -points, value] for code, points, value in answer.factors]
    flag = {"feature": "engagement_rate", "side": "low", "value": 0.001, "percentile": 0.01, "norm": None,
            "is_serious": True, "group_size": 20, "median": 0.02}  # fmt: skip
    Recommendation.objects.filter(pk=answer.pk).update(
        verdict="decline", p_u6=330_000, score_u6=31_000_000, factors=factors, flags=[flag],
        knowledge=answer.knowledge
        | {"question": None, "know": [], "uncertain": [], "forecast": FORECAST, "look": LOOK},
    )  # fmt: skip
    ReviewTask.objects.filter(pk=task.pk).update(
        reasons=[["serious_flag", {"feature": "engagement_rate"}], ["drawn", {"probability_u6": 111_111}]],
        probability_u6=111_111, is_exploration=True, is_guarded=True, on_expiry="escalates",
    )  # fmt: skip
    told = dict(run.funnel)
    told["verdicts"] = told["verdicts"] | {
        answer.verdict: told["verdicts"][answer.verdict] - 1, "decline": told["verdicts"]["decline"] + 1
    }  # fmt: skip
    told["flagged"] = told["flagged"] + 1
    ScreeningRun.objects.filter(pk=run.pk).update(result_sha256=sha, funnel=told)
    own = answer.audit_id
    for entry in AuditEntry.objects.filter(body__contains=was_sha):
        body = json.loads(entry.body.replace(was_sha, sha))
        if entry.kind == "recommendation":
            body["rank"] = ranks[body["profile"]]
        if entry.pk == own:
            body |= {"verdict": "decline", "p_u6": 330_000, "score_u6": 31_000_000}
        if entry.kind == "routing":
            body["shown"] = {"top": 1}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        AuditEntry.objects.filter(pk=entry.pk).update(body=text)


def ids(model, **only):
    """Return a maker of the ids of all rows of a table."""
    return lambda: list(model.objects.filter(**only).order_by("pk").values_list("pk", flat=True))


def nobody():
    """For things of which this world has none: their pages are not there, for whoever asks."""
    return [1]


# Name of an argument -> what it can be here.
PARAMETERS = {
    "task_id": ids(ReviewTask), "task": ids(ReviewTask), "run_id": ids(ScreeningRun), "policy_id": ids(Policy),
    "decision_id": ids(Decision), "profile_id": ids(Profile), "profile": ids(Profile), "creator_id": ids(Creator),
    "slug": lambda: list(Campaign.objects.values_list("slug", flat=True)), "uid": ids(AuditEntry),
    "brand": lambda: ["acme"], "market": lambda: ["US"], "code": lambda: ["US"],
    "form": lambda: ["csv", "jsonl"], "choice": lambda: ["approve", "ask", "reject"], "number": lambda: [1],
    "user_id": nobody, "gate_id": nobody, "view_id": nobody, "question_id": nobody, "handoff_id": nobody,
    "promise_id": nobody, "absence_id": nobody, "mark": nobody, "user": nobody, "norm_id": nobody,
    "case_id": nobody, "investigation_id": nobody, "evidence_id": nobody, "hypothesis_id": nobody, "notice_id": nobody,
    "stop_id": nobody, "holiday_id": nobody, "note": nobody,
    "correction": nobody, "relation": nobody, "field": lambda: ["followers", "city"],
    "control_id": nobody, "session_id": ids(Session), "item_id": ids(SessionItem),
    "membership": nobody, "right": nobody,
    "token": lambda: ["none"], "uidb64": lambda: ["none"], "language": lambda: ["en"], "theme": lambda: ["dark"],
    "what": lambda: ["none"], "step": lambda: ["stop"], "how": lambda: ["none"],
    "state": lambda: ["off"],
}  # fmt: skip
# Arguments that are called `pk` or `kind`, by the start of the address's name.
PK = {
    "erase-creator": ids(Creator), "copy-creator": ids(Creator), "erase-person": nobody, "copy-person": nobody,
    "run": ids(ScreeningRun), "compare": ids(ScreeningRun), "api-run": ids(ScreeningRun),
    "api-creator": ids(Creator), "api-model": ids(ScoringModel), "api-job": ids(Job), "api-import": nobody,
    "api-recommendations": ids(ScreeningRun), "creator": ids(Creator), "job": ids(Job), "audit-file": ids(Job),
    "place-model": ids(ScoringModel), "model-card": ids(ScoringModel),
    "api-own-score": ids(OwnScore), "own-score": ids(ScreeningRun), "own-score-compare": ids(OwnScore),
    "own-score-remove": ids(OwnScore), "api-key": nobody,
    "import": nobody, "person": nobody, "people": nobody, "role": nobody,
}  # fmt: skip
KIND = {"run-export": ["csv", "jsonl"], "discovery-mark": ["more"]}
# Ways in which lists are asked for, by the address's name.
ASKED = {
    "run": ["?open=1,6,9", "?list=not_shown", "?list=removed", "?sort=p", "?sort=flags", "?flags=1",
            "?list=not_shown&sort=p"],
    "run-export": ["?list=not_shown", "?sort=p", "?flags=1"],
    "compare": ["?p=1,2,3,4", "?p=2,5", "?p=9,10,11,12"],
    "ask-people": ["?p=1,2,3,4", "?p=9,10,11,12"],
    "queue": ["?lane=top", "?lane=cut", "?lane=explore", "?lane=uncertain", "?lane=disagree", "?stakes=low",
              "?whose=all", "?whose=mine", "?search=creator"],
    "audit": ["?kind=recommendation", "?kind=routing", "?kind=run", "?reads=yes", "?override=no", "?q=creator"],
    "audit-export": ["?kind=recommendation"],
}  # fmt: skip


class NoRule(AssertionError):
    """Raised for an address whose arguments nobody has a rule for."""


def addresses(patterns=None, prefix=()):
    """Yield (name, arguments) of every address of the resolver, with all things that there are."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(one, URLPattern):
            yield from addresses(one.url_patterns, prefix)
        elif one.name:
            wanted = list(one.pattern.converters) or list(one.pattern.regex.groupindex)
            yield from ((one.name, given) for given in _filled(one.name, wanted))


def _filled(name, wanted):
    found = [{}]
    for argument in wanted:
        values = _values(name, argument)
        found = [given | {argument: value} for given in found for value in values]
    return found


def _values(name, argument):
    if argument == "pk":
        rule = next((PK[start] for start in sorted(PK, key=len, reverse=True) if name.startswith(start)), None)
    elif argument == "kind":
        return KIND[name]
    else:
        rule = PARAMETERS.get(argument)
    if rule is None:
        raise NoRule(f"The address “{name}” has an argument {argument}: say in tests/review/worlds.py what it can be.")
    return rule()


def crawl(world, who, *, names=None):
    """Return what every address answers to a person: address -> (status, headers, bytes). names: only these."""
    asked = deque()
    for name, given in addresses():
        if names is None or name in names:
            address = reverse(name, kwargs=given)
            asked.extend((address + more, False) for more in ["", *ASKED.get(name, [])])
            if name in {"queue-card", "audit-entry"}:
                asked.append((address, True))
    told, followed = {}, 0
    while asked:
        address, is_fragment = asked.popleft()
        if (address, is_fragment) in told:
            continue
        told[address, is_fragment] = answer = _get(world, who, address, is_fragment)
        for link in LINK.findall(answer[2].decode(errors="replace")) if names is None and answer[0] == 200 else ():
            place = (unescape(link), False)
            if followed < MOST_FOLLOWED and place not in told and place not in asked and "static" not in link:
                asked.append(place)
                followed += 1
    return told


def _get(world, who, address, is_fragment):
    headers = {"hx-request": "true"} if is_fragment else {}
    with override_settings(**world.own), time_machine.travel(NOW, tick=False), transaction.atomic():
        answer = world.client(who).get(address, headers=headers)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)  # what a page notes down is no part of the next one
    for pattern, instead in RANDOM:
        body = pattern.sub(instead, body)
    return answer.status_code, {name: answer.get(name) for name in HEADERS if answer.has_header(name)}, body


def differences(world, who, *, names=None):
    """Return the addresses at which the two worlds look different to a person, with the first bytes that do."""
    here = crawl(world, who, names=names)
    with override_settings(**world.own), transaction.atomic():
        turn(world)
        there = crawl(world, who, names=names)
        transaction.set_rollback(True)
    judging._judged.cache_clear()
    return {place[0]: _first(here.get(place), there.get(place)) for place in {*here, *there}
            if here.get(place) != there.get(place)}  # fmt: skip


def _first(a, b):
    if a is None or b is None or a[:2] != b[:2]:
        return (a and a[:2], b and b[:2])
    at = next((n for n, (x, y) in enumerate(zip(a[2], b[2], strict=False)) if x != y), min(len(a[2]), len(b[2])))
    return a[2][max(0, at - 60) : at + 60], b[2][max(0, at - 60) : at + 60]
