"""Any order of pages, buttons, people and clock: the rules of the workflow's machine hold for the product over HTTP.

The model is the machine's (`test_workflow_machine.OneCard`): its rules, its people and all that must always hold. Here
each verb is what a person does in a browser: they load the page, fill in its form and press its button.
"""

import os
from datetime import timedelta
from itertools import cycle
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from audit.models import AuditEntry
from hybridmkt.markup import Button, Form, read
from jobs import lease
from review import approvals, bulk, handoffs, investigations, questions, workflow
from review.models import Choice, ClockSays, Draft, Investigation, Question
from tests import factories as make
from tests.review.pages.seen import form_of, picture, refusal
from tests.review.test_workflow_machine import WHY, OneCard, given, told

LONG = bool(os.environ.get("HM_LONG"))
STORIES, STEPS = (60, 30) if LONG else (6, 16)
SIGNED_IN = timedelta(hours=7)  # a session of eight hours
BACKEND = "accounts.backends.Backend"
# Buttons of the card, by verb: as `Form.button` finds them.
BUTTONS = {
    "release": "/release/", "take_over": "/take/", "note": "/note/", "interest": "/interest/", "undo": "/undo/",
    "question": "/question/", "escalate": "/escalate/", "investigate": "/investigate/", "reopen": "/reopen/",
    **{str(one): f"choice={one}" for one in (Choice.APPROVE, Choice.REJECT, Choice.HOLD)},
    **{str(one): f"says={one}" for one in ClockSays},
}  # fmt: skip
VERSIONED = ("decide", "undo", "reopen", "escalate", "first-view", "clock")  # steps that say which state they saw
# What is forged next, whatever the stories are: it changes nothing, so no story depends on it.
FORGED = cycle(["stale", "foreign", "twice", "key"])
FOREIGN = cycle([*VERSIONED, "take", "release", "interest", "note", "question", "draft", "seen"])
OLD, OTHERS, SOMEBODY = cycle(VERSIONED), cycle(["choice", "who"]), cycle(["elena", "ines", "sofia", "peter", "ines"])


class OverHttp(OneCard):
    """The card of the machine, two strategists among its people, and a browser for each."""

    names = ("sofia", "elena", "marcus", "daniel", "peter", "ines")
    done: set[str] = set()
    forged: set[str] = set()  # what was tried and refused

    def __init__(self):
        super().__init__()
        self.browsers, self.since = {}, {}
        self.tabs = {}  # name -> the form of the card that stands in an older tab, and its version
        self.sent = None  # the last form that goes by its key: who, where, what
        self.marks = cycle("12345")
        self.page = None
        brand = make.brand("other")
        other = make.campaign(brand=brand)
        self.elsewhere = make.task(make.recommendation(make.run(other)), policy=make.policy(brand, make.market()))

    def team(self, **here):
        return super().team(**here) | {"peter": make.user("strategist", **here)}

    def acts(self):
        return PAGES

    # A browser.

    def browser(self, who):
        """Return somebody's browser, signed in: a session ends after some hours."""
        if who not in self.browsers or self.now - self.since[who] > SIGNED_IN:
            self.browsers[who], self.since[who] = Client(), self.now
            self.browsers[who].force_login(self.people[who], BACKEND)
        return self.browsers[who]

    def ask(self, who, address, pairs=None):
        """Ask for a page, or send a form, at the machine's time."""
        with time_machine.travel(self.now, tick=False), lease.moved(self.now):
            browser = self.browser(who)
            if pairs is None:
                # A card is swapped in by htmx: without the list beside it, which is no part of this.
                return browser.get(address, headers={"HX-Request": "true"} if address.startswith("/queue/") else {})
            data = {}
            for name, value in pairs:
                data.setdefault(name, []).append(value)
            return browser.post(address, data)

    def load(self, who, address):
        """Open a page; None where there is none for this person."""
        answer = self.ask(who, address)
        self.task.refresh_from_db()
        return read(answer.content.decode()) if answer.status_code == 200 else None

    def card_of(self, who):
        """Open the card, and return its form; an empty one where the person may not see it."""
        page = self.load(who, f"/queue/{self.task.pk}/")
        form = (
            next((one for one in page.forms if one.action.startswith(f"/queue/{self.task.pk}/")), None)
            if page
            else None
        )
        if form is not None:
            self.tabs.setdefault(who, (form, self.task.version))
        return form

    def who_is(self, person):
        return next(name for name, one in self.people.items() if one.pk == person.pk)

    def send(self, by, address, pairs, *, is_offered=False):
        """Send a form; what refuses it is raised as the verb itself would. is_offered: the page has its button."""
        answer = self.ask(self.who_is(by), address, pairs)
        said = refusal(answer)
        if said is None:
            is_decided = address.endswith("/decide/") and dict(pairs).get("choice")  # a view alone has no key
            if is_decided or address.startswith("/approvals/") or address.endswith("/undo/"):
                self.sent = self.who_is(by), address, pairs
            return
        assert not is_offered, f"{address} was offered to {self.who_is(by)} and answered {answer.status_code}: {said}"
        raise workflow.Refused(said)

    def press(self, by, form, verb, *, path="", **values):
        """Fill a form in and press its button; where the page has none send it all the same, as a forger does."""
        form = form or Form()
        button = form.button(BUTTONS[verb]) if verb in BUTTONS else Button("", "")
        known = {one.name for one in form.fields}
        is_offered = button is not None and known >= values.keys()
        if is_offered and known:
            form, more = form.fill(**values), []
        else:
            more = list(values.items())
            for name, value in (("version", str(self.task.version)), ("key", f"forged-{AuditEntry.objects.count()}")):
                more += [] if name in known else [(name, value)]
        press = BUTTONS.get(verb, "")
        if button is not None and button.name:
            more.append((button.name, button.value))
        elif "=" in press:
            more.append(tuple(press.split("=")))
        action = (button.formaction if button else "") or path or (form.action if "=" in press else "")
        address = urlsplit(action).path or f"/queue/{self.task.pk}{press if press.startswith('/') else '/decide/'}"
        self.send(by, address, form.pairs + more, is_offered=is_offered and bool(known))

    # The verbs.

    def attempt(self, verb, who, act):
        """Load the page first: opening a card holds it."""
        self.ask(who, "/settings/")  # signs in: a session made by a step that is refused would be rolled back with it
        self.page = None
        if verb != "claim":
            self.page = LOADS.get(verb, OverHttp.card_of)(self, who)
        before = self.task.version
        super().attempt(verb, who, act)
        if self.task.version != before or self.sent:
            self.forge(next(FORGED))

    def require_written(self, verb, n):
        if verb in {"approve", "reject", "hold", "undo"}:  # a view that was typed before goes with the decision
            assert n in {1, 2}, f"{verb} wrote {n} entries"
        else:
            super().require_written(verb, n)

    def claim(self, _draw, by):
        self.card_of(self.who_is(by))
        if workflow.Case(self.task, by, self.now).holder != by:
            raise workflow.Refused("The page shows who holds it, or why it is not the person's.")

    def take_over(self, _draw, by):
        if workflow.Case(self.task, by, self.now).holder in {None, by}:
            raise workflow.Refused("Its button takes a free card.")
        self.press(by, self.page, "take_over")

    def plain(self, verb, _draw, by):
        self.press(by, self.page, verb)

    def note(self, _draw, by):
        self.press(by, self.page, "note", text="I know her agent.")

    def overlay(self, _draw, by):
        rating = next(one for one in self.marks if not self.page or one not in {
            field.value for field in self.page.fields if field.name == "gut_rating"})  # fmt: skip
        self.press(by, self.page, "overlay", path=f"/queue/{self.task.pk}/decide/", gut_rating=rating)

    def first_view(self, draw, by):
        yes = draw(st.booleans())
        said = {"says": "yes" if yes else "no", "p": "70" if yes else "30", "because": "content"}
        with self.said_once(by):
            self.press(by, self.page, "first_view", path=f"/queue/{self.task.pk}/first-view/", **said,
                       sentence="I saw her last year.")  # fmt: skip

    def decide(self, choice, _draw, by):
        until = (self.now + timedelta(days=3)).date().isoformat() if choice == Choice.HOLD else ""
        self.press(by, self.page, str(choice), category="context", rationale=WHY, hold_until=until)

    def the_creator(self, says, _draw, by):
        until = (self.now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M") if says == "offer" else ""
        more = {"until": until} if until else {}
        self.press(by, self.page, says, path=f"/queue/{self.task.pk}/clock/", **more)

    def question(self, draw, by):
        to = str(self.people[self.anybody(draw)].pk) if draw(st.booleans()) else "role:expert"
        offered = [
            one for field in (self.page.fields if self.page else ()) if field.name == "q_to" for one in field.options
        ]
        if offered and to not in offered:
            raise questions.QuestionRefused("The page does not offer this person.")
        self.press(by, self.page, "question", q_to=to, q_text="Is this normal here?")

    def escalate(self, draw, by):
        up = self.managers_offered(self.page) or self.managers_offered(
            self.load(self.who_is(by), f"/queue/{self.task.pk}/escalate/")  # a sealed card links to it
        )
        up = up or [f"up:{self.people['sofia'].pk}"]
        self.press(by, self.page, "escalate", e_to=draw(st.sampled_from(up)), e_text="Too near to her last scandal.")

    def managers_offered(self, page):
        """Return the managers to whom a form, or the forms of a page, would pass the card."""
        fields = [field for form in getattr(page, "forms", [page]) if form for field in form.fields]
        return [one for field in fields if field.name == "e_to" for one in field.options if one.startswith("up:")]

    def investigate(self, draw, by):
        found = self.investigation()
        if found is None:
            self.press(by, self.page, "investigate", i_text="Why so many likes in May?")
            return
        end = draw(st.sampled_from(["add", "close"]))
        path = f"/investigations/{found.pk}/{end}/"
        form = form_of(self.page, path)
        said = {"kind": "hypothesis"} if end == "add" else {"finding": "context"}
        try:
            self.press(by, form, "", path=path, **said, text=WHY)
        except workflow.Refused as refused:  # who owns it closes it: that is no matter of the card
            raise investigations.NotInvestigated(str(refused)) from refused

    def investigation(self):
        return Investigation.objects.filter(task=self.task, closed_at__isnull=True).first()

    def end_a_question(self, draw, by):
        asked = Question.objects.filter(task=self.task).order_by("pk").last()
        if asked is None:
            raise questions.QuestionRefused("nobody asked")
        how = draw(st.sampled_from(["answer", "answer", "pass", "withdraw"]))
        path = f"/questions/{asked.pk}/{how}/"
        form = form_of(self.page, f"/questions/{asked.pk}/{'withdraw' if how == 'withdraw' else 'answer'}/")
        try:
            self.press(by, form, "", path=path, **({"text": "Yes, since May."} if how == "answer" else {}))
        except workflow.Refused as refused:  # of whom it is asked is no matter of the card
            raise questions.QuestionRefused(str(refused)) from refused

    def hand_over(self, draw, by):
        to, path = self.people[self.anybody(draw)], f"/queue/{self.task.pk}/hand-over/"
        try:
            self.send(by, path, [("to", str(to.pk)), ("note", "She answers at night.")])
        except workflow.Refused as refused:
            if "hand_over" in workflow.allowed(self.task, by=by, now=self.now):
                raise handoffs.NotHanded(str(refused)) from refused  # to whom, not who
            raise

    def answer(self, choice, _draw, by):
        path = f"/approvals/{self.task.pk}/{choice}/"
        self.press(by, form_of(self.page, path), "", path=path, reason="The budget is what it is.")

    def undo_answer(self, _draw, by):
        path = f"/approvals/{self.task.pk}/undo/"
        self.press(by, form_of(self.page, path), "", path=path)

    # What a person does beside the verbs.

    @rule(data=st.data(), what=st.sampled_from(["step", "step", "step", "draft", "together"]))
    def beside(self, data, what):
        """Somebody types, or decides from the list; often the story just goes on."""
        if what == "step":
            self.step(data, "offered")
        else:
            getattr(self, what)(data)

    def draft(self, data):
        """What is typed is there again when the card is opened again, for whoever typed it and nobody else."""
        who, text = self.anybody(data.draw), f"Send it early, {len(self.done)}."
        before = picture(self.task)
        answer = self.ask(who, f"/queue/{self.task.pk}/draft/", [("how_to_brief", text), ("sentence", text)])
        assert picture(self.task) == before
        if answer.status_code != 200:
            assert who == "ines" or self.task.state not in workflow.WAITING, answer.status_code
            return
        assert Draft.objects.get(task=self.task, by=self.people[who]).fields["how_to_brief"] == text
        form = self.card_of(who)
        if workflow.Case(self.task, self.people[who], self.now).holder == self.people[who]:
            assert text in {field.value for field in form.fields}

    def together(self, data):
        """The card is selected in the list and decided with others, or decided alone, and it says why."""
        who, choice = self.anybody(data.draw), data.draw(st.sampled_from(["approve", "reject"]))
        by, pairs = self.people[who], [("choice", choice), ("key", f"bulk-{self.now:%d%H%M}-{who}")]
        pairs.append(("pick", f"{self.task.pk}.{self.task.version}"))
        alone = bulk.why_alone([self.task], choice=choice, by=by, now=self.now)
        could = choice in workflow.allowed(self.task, by=by, now=self.now) and not alone
        before = picture(self.task)
        answer = self.ask(who, "/queue/bulk/", pairs)
        self.task.refresh_from_db()
        if could:
            assert refusal(answer) is None
            assert self.task.state not in workflow.WAITING
            self.done.add("together")
        else:
            assert picture(self.task) == before
            self.forged.add("together")

    def forge(self, how):
        """Whatever no page sends is refused with a clear answer and changes nothing."""
        tried = getattr(self, how)()
        if tried is None:
            return
        who, address, pairs = tried
        before = picture(self.task, self.elsewhere)
        answer = self.ask(who, address, pairs)
        assert picture(self.task, self.elsewhere) == before, f"{how}: {address} changed something for {who}"
        said = refusal(answer)
        assert said or how == "twice", f"{how}: {address} was not refused for {who}"
        assert how != "foreign" or answer.status_code == 404
        self.forged.add(how)

    def foreign(self):
        """A card of another brand, or the card for somebody of another market."""
        verb, who = next(FOREIGN), next(SOMEBODY)
        task = self.task if who == "ines" else self.elsewhere
        said = {"choice": "approve", "text": "x", "says": "taken", "active": "9", "sentence": "x"}
        return who, f"/queue/{task.pk}/{verb}/", [("version", str(task.version)), ("key", "forged"), *said.items()]

    def stale(self):
        """The form of a tab that was opened before others moved the card."""
        old = sorted(name for name, (_form, version) in self.tabs.items() if version != self.task.version)
        if not old:
            return None
        who, verb = old[0], next(OLD)
        form, version = self.tabs.pop(who)
        said = {"choice": "approve", "category": "context", "rationale": WHY, "says": "taken", "p": "70",
                "because": "content", "sentence": "I saw her.", "e_to": f"up:{self.people['sofia'].pk}",
                "e_text": "Look."}  # fmt: skip
        pairs = {**dict(form.pairs), **said, "version": str(version), "key": f"stale-{who}-{version}"}
        return who, f"/queue/{self.task.pk}/{verb}/", list(pairs.items())

    def twice(self):
        """The last form again: a button that was pressed twice."""
        return self.sent

    def key(self):
        """The last form again by its key, with another choice or by somebody else."""
        if self.sent is None:
            return None
        who, address, pairs = self.sent
        if "/decide/" not in address:
            return None
        if next(OTHERS) == "who":
            who = next(name for name in ("elena", "peter") if name != who)
            return who, address, pairs
        was = dict(pairs).get("choice")
        said = [("choice", "reject" if was != "reject" else "approve"), ("category", "context"), ("rationale", WHY)]
        return who, address, [pair for pair in pairs if pair[0] not in dict(said)] + said

    def load_investigation(self, who):
        found = self.investigation()
        return self.card_of(who) if found is None else self.load(who, f"/investigations/{found.pk}/")

    def load_question(self, who):
        asked = Question.objects.filter(task=self.task).order_by("pk").last()
        return self.load(who, f"/questions/{asked.pk}/") if asked else None

    def load_approval(self, who):
        return self.load(who, f"/approvals/{self.task.pk}/")


LOADS = {
    "investigate": OverHttp.load_investigation, "answer": OverHttp.load_question,
    "undo_approval": OverHttp.load_approval, **dict.fromkeys(approvals.VERBS.values(), OverHttp.load_approval),
}  # fmt: skip
# What each verb of the workflow is in a browser.
PAGES = {
    **{verb: given(OverHttp.plain, verb) for verb in ("release", "interest", "undo", "reopen")},
    **{name: getattr(OverHttp, name) for name in (
        "claim", "take_over", "hand_over", "note", "overlay", "first_view", "escalate", "investigate", "question",
    )},
    **{says: given(OverHttp.the_creator, says) for says in ("offer", "withdrawn", "taken", "back")},
    **{str(choice): given(OverHttp.decide, choice) for choice in (Choice.APPROVE, Choice.REJECT, Choice.HOLD)},
    **{verb: given(OverHttp.answer, choice) for choice, verb in approvals.VERBS.items()},
    "answer": OverHttp.end_a_question, "undo_approval": OverHttp.undo_answer,
}  # fmt: skip


@pytest.mark.django_db
def test_any_story_told_over_http_keeps_the_rules():
    run_state_machine_as_test(OverHttp, settings=told(STORIES, STEPS))
    done, known = OverHttp.done & PAGES.keys(), len(PAGES)
    assert len(done) >= (known - 2 if LONG else known // 2), set(PAGES) - done  # or the stories have become shallow
    assert OverHttp.forged >= {"foreign", "stale", "key", "together"}
