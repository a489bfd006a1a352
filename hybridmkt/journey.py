"""The main job from end to end over HTTP, as each role: what `quickstart --once` shows on any freshly made demo."""

import csv
import io
import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from hybridmkt.demo import people
from hybridmkt.markup import Form
from hybridmkt.visitor import Page, Unexpected, Visitor

STRATEGIST, ABROAD, EXPERT, MANAGER, ANALYST, ADMIN = "daniel", "maxim", "ruth", "sofia", "priya", "anton"
DESK = "/decide/"
LETTERS = "bcdfghjkmnpqrstvwxz"  # no digits: an import takes a number behind a topic for a count
SECONDS = 90.0  # that a job may take
HEADER = (
    "Username", "Full name", "Country", "Lang", "Category", "About", "Followers", "Avg likes", "Avg comments", "Posts",
    "Price",
)  # fmt: skip
PEOPLE, LOW, HIGH = 60, "600", "5,200"  # rows of the file; fees that are low and high stakes by the demo's policies
SHORT = "Saw it myself"  # a reason that is too short for an override
REASON = "Two paid posts for a rival in one week, and the comments under them turned sour: figures cannot show that."
FIRST = {"says": "yes", "p": "71", "because": "content", "sentence": "Her kilns and her patience fit this launch."}
NOTE = "Payments to potters slip past the holidays here: agree the dates before anything else."
WISH = "The largest deal of this launch: the tests with the first kiln were hers, and people ask her which one to buy."
BRIEFING = "Send the clay early and ask for one honest failure on camera."


@dataclass
class Story:
    """Who is signed in where, and what has come about so far. token: told apart from every other journey."""

    address: str
    token: str = field(default_factory=lambda: "".join(secrets.choice(LETTERS) for _ in range(6)))
    visitors: dict[str, Visitor] = field(default_factory=dict)
    campaign: str = ""
    run: str = ""
    cards: dict[str, str] = field(default_factory=dict)  # what was done with it -> path of the card
    record: str = ""  # path of the decision that stands

    def as_(self, login: str) -> Visitor:
        """Return somebody's browser."""
        return self.visitors[login]


def run(base_url: str) -> Iterator[str]:
    """Do the main job at an address and yield a line for each step. Raises Unexpected with what was found instead."""
    story = Story(base_url)
    for step in STEPS:
        yield step(story)


def sign_in(story: Story) -> str:
    """Sign everybody in whom the story needs."""
    known = {email.partition("@")[0]: (email, password) for _role, email, password in people.logins()}
    for login in (STRATEGIST, ABROAD, EXPERT, MANAGER, ANALYST, ADMIN):
        if login not in known:
            raise Unexpected(f"{login} is not among the logins of the demo: the main job is done on a demo only.")
        story.visitors[login] = Visitor(story.address)
        story.visitors[login].sign_in(*known[login])
    return f"Six people signed in at {story.address}: two strategists, an expert, a manager, an analyst, an admin"


def bring_in(story: Story) -> str:
    """Import a file with figures as people write them, and wait until the worker has read and loaded it."""
    daniel = story.as_(STRATEGIST)
    page = daniel.get("/import/")
    form = page.form(having="source").fill(source=f"journey {story.token}", market="US")
    name = f"clay {story.token}.csv"
    looked = daniel.send(page, form.attach("file", name, creators_file(story.token)))
    read = daniel.wait(looked.path, lambda page: any(one.button("look") for one in page.forms), seconds=SECONDS)
    # The file does not say which platform it is about: nothing is imported before a person does.
    corrected = read.form(button="look").fill(platform="instagram")
    daniel.send(read, corrected, press="look")
    shown = daniel.wait(looked.path, lambda page: any(one.button("import") for one in page.forms), seconds=SECONDS)
    loading = daniel.send(shown, shown.form(button="import"), press="import")
    over = re.compile("new profiles|The import stopped")
    loaded = daniel.wait(loading.path, lambda page: bool(over.search(page.text)), seconds=SECONDS)
    records, fresh, merged, refused = map(
        number, loaded.find(r"([\d,]+) records? .*?([\d,]+) new profiles ([\d,]+) merged .*?([\d,]+) refused")
    )
    if records != fresh + merged + refused or fresh != PEOPLE:
        told = f"{records} records, {fresh} new, {merged} merged, {refused} refused"
        raise Unexpected(f"{name} holds {PEOPLE} people and was read as {told}.")
    return f"{name}: {records} records = {fresh} new + {merged} merged + {refused} refused; 1.2M and 34,5K are numbers"


def ask(story: Story) -> None:
    """Make a campaign, publish its brief and start a run."""
    daniel = story.as_(STRATEGIST)
    page = daniel.get("/campaigns/new/")
    form = page.form(having="budget").fill(
        name=f"Clay {story.token}", market="US", budget="120,000", fee="1,200", wanted="6",
        deadline=(date.today() + timedelta(days=30)).isoformat(), brand="northleaf",
    )  # fmt: skip
    brief = daniel.send(page, form)
    story.campaign = brief.path.removesuffix("brief/")
    wished = brief.form(button="action=run").fill(
        use_categories=True, keep_categories=False, categories=f"clay {story.token}", weight_topics="30",
        words_topics="pottery, glazing", weight_engagement="20", text="A wheel and a kiln for beginners",
    )  # fmt: skip
    started = daniel.send(brief, wished, press="action=run")
    story.run = started.path
    if not re.fullmatch(r"/runs/\d+/", story.run):
        raise Unexpected(f"The run did not start: {started.told}.")


def shortlist(story: Story) -> str:
    """Ask for candidates, wait for the worker's ranking, read it, and export it in both formats."""
    ask(story)
    daniel = story.as_(STRATEGIST)
    page = daniel.wait(story.run, lambda page: bool(page.addresses(r"export\.csv")), seconds=SECONDS)
    sheet = list(csv.reader(io.StringIO(daniel.get(story.run + "export.csv").body.decode("utf-8-sig"))))
    lines = [json.loads(line) for line in daniel.get(story.run + "export.jsonl").body.decode().splitlines()]
    sealed = sum(int(n) for n in re.findall(r"(\d+) creators? (?:is|are) sealed for you", page.text))
    if len(sheet) - 1 != len(lines) or len(lines) + sealed != PEOPLE:
        raise Unexpected(
            f"The list of {PEOPLE} was exported as {len(sheet) - 1} lines of CSV and {len(lines)} of JSON, "
            f"with {sealed} sealed."
        )
    first = page.find(r"Finished .*? in ([\d.]+) s of one processor")[0]
    shown = f"{len(lines)} of them exported as CSV and JSON Lines, {sealed} sealed until a first view"
    ranked = f"{PEOPLE} candidates ranked in {first} s of one processor, {shown}"
    return f"Campaign “Clay {story.token}” in the US, version 1 of its brief: {ranked}"


def approve(story: Story) -> str:
    """Open the queue, take a card of low stakes, fill in the desk and approve it."""
    daniel = story.as_(STRATEGIST)
    queue, page = card(story, "low", lambda form: asks(form, "approve") == "")
    story.cards["approved"] = page.path
    filled = page.form(action=DESK).fill(
        relationship="know", cultural_fit="4", strategic_alignment="4", gut_rating="5", how_to_brief=BRIEFING
    )
    daniel.send(page, filled, press="choice=approve")
    name, claimed = daniel.get(page.path).find(r"(Approved)\.")[0], len(queue)
    return f"{claimed} cards of low stakes wait; one was taken, the desk filled in, and {name.lower()}: {name_on(page)}"


def override(story: Story) -> str:
    """Reject against the AI's Partner: refused without a reason, kept with one, and taken back."""
    daniel = story.as_(STRATEGIST)
    _queue, page = card(story, "low", lambda form: asks(form, "reject") == "override")
    asked = daniel.send(page, page.form(action=DESK), press="choice=reject")
    told = asked.form(action=DESK).fill(rationale=SHORT, category="context")
    refused = daniel.send(asked, told, expect=422)
    again = refused.form(action=DESK)
    if again.value("rationale") != SHORT:
        raise Unexpected(f"{refused.told} and lost the typed reason: it holds “{again.value('rationale')}”.")
    daniel.send(refused, again.fill(rationale=REASON))
    after = daniel.get("/queue/")
    daniel.send(after, after.form(action=page.path + "undo/"))
    daniel.get(page.path).form(action=DESK).pressed("choice=reject")  # it can be decided again
    story.cards["open"] = page.path
    tried = f"refused with {len(SHORT)} characters of reason, kept with {len(REASON)}, taken back"
    return f"Rejected against the AI: {tried}: {name_on(page)}"


def consult(story: Story) -> str:
    """Have the regional expert read a card that somebody else holds, and leave a note for them."""
    ruth, daniel = story.as_(EXPERT), story.as_(STRATEGIST)
    page = ruth.get(story.cards["open"])
    holder = page.find(r"(\w+ \w+) is deciding this one")[0]
    ruth.send(page, page.form(button="/note/").fill(text=NOTE), press="/note/")
    daniel.get(story.cards["open"]).find(re.escape(NOTE))
    return f"The expert of the market read a card that {holder} holds and left a note, which stands in its history"


def sign_off(story: Story) -> str:
    """Send a card of high stakes to the manager, who approves it; nobody approves their own."""
    daniel, sofia = story.as_(STRATEGIST), story.as_(MANAGER)
    _queue, page = card(story, "high", lambda form: asks(form, "approve") == "reason")
    asked = daniel.send(page, page.form(action=DESK), press="choice=approve")
    daniel.send(asked, asked.form(action=DESK).fill(rationale=WISH))
    path = page.path.replace("/queue/", "/approvals/")
    daniel.get(path, expect=403)
    if path not in sofia.get("/approvals/").addresses("/approvals/"):
        raise Unexpected(f"{name_on(page)} does not wait for the manager.")
    waiting = sofia.get(path)
    amount = waiting.find(r"\$[\d,]+")[0]
    answered = sofia.send(waiting, waiting.form(action="/approve/"))
    story.cards["signed"] = answered.addresses(r"^/playbooks/\d+/$")[0]
    story.record = answered.addresses(r"^/decisions/\d+/$")[0]
    return f"High stakes: {amount} for {name_on(page)} went to the manager, who approved it at {path}"


def play(story: Story) -> str:
    """Open the playbook of the approved creator and record what came of the partnership."""
    daniel = story.as_(STRATEGIST)
    page = daniel.get(story.cards["approved"].replace("/queue/", "/playbooks/"))
    page.find(re.escape(BRIEFING))
    form_page = daniel.get(page.addresses("/outcome/$")[0])
    filled = form_page.form(having="actual").fill(
        target="12,000", actual="13,450", as_of_date=date.today().isoformat(), paid="600"
    )
    told = daniel.send(form_page, filled)
    actual, target = told.find(r"Worked out: ([\d,]+), target ([\d,]+)")
    return f"The playbook says how to brief; the result is recorded: {actual} against {target}"


def audit(story: Story) -> str:
    """Export the log, find the decision's entry in it, and follow the links between entry and record both ways."""
    priya = story.as_(ANALYST)
    explorer = priya.get("/audit/?kind=decision")
    table, stream = (explorer.addresses(rf"export\.{kind}")[0] for kind in ("csv", "jsonl"))
    sheet = list(csv.DictReader(io.StringIO(priya.get(table).body.decode("utf-8-sig"))))
    lines = [json.loads(line) for line in priya.get(stream).body.decode().splitlines()]
    entry = priya.get(story.record).addresses(r"^/audit/[0-9a-f-]{36}/$")[0]
    uid = entry.split("/")[2].replace("-", "")
    for kind, found in (("CSV", sheet), ("JSON Lines", lines)):
        if uid not in {row["uid"].replace("-", "") for row in found}:
            raise Unexpected(f"The decision {story.record} is not among the {len(found)} entries of the {kind} export.")
    back = priya.get(entry).addresses(r"^/decisions/")
    if not back or priya.get(back[0]).path != story.record:
        raise Unexpected(f"The entry {entry} leads to {back}, not to {story.record}.")
    exported = f"{len(sheet)} decisions as CSV and {len(lines)} as JSON Lines"
    return f"The analyst exported {exported}; entry {uid[-6:]} and its record lead to each other"


def refuse(story: Story) -> str:
    """See that an admin administrates and does not decide, and that another market's strategist finds nothing."""
    anton, maxim = story.as_(ADMIN), story.as_(ABROAD)
    listed = len(anton.get("/people/").addresses(r"^/people/\d+/$"))
    path = story.cards["open"]
    seen = anton.get(path)
    if any(form.button("choice=approve") for form in seen.forms):
        raise Unexpected(f"{seen.told} and offers an admin to approve.")
    for there in (path, story.cards["approved"]):  # what is decided already is refused in the same words
        form = seen.form(action=path + "decide/")
        anton.post(there + "decide/", [*form.pairs, ("choice", "approve")], expect=403)
    for foreign in (story.campaign, story.run, path):
        maxim.get(foreign, expect=404)
    return f"The admin sees {listed} people and may not decide (403); another market’s strategist finds nothing (404)"


STEPS: tuple[Callable[[Story], str], ...] = (
    sign_in, bring_in, shortlist, approve, override, consult, sign_off, play, audit, refuse,
)  # fmt: skip


def card(story: Story, stakes: str, suits: Callable[[Form], bool]) -> tuple[list[str], Page]:
    """Open the story's cards of some stakes, one after the other, until one suits. Returns their paths and its page."""
    daniel = story.as_(STRATEGIST)
    paths = daniel.get(f"/queue/?search={story.token}&stakes={stakes}").addresses(r"^/queue/\d+/")
    for path in paths:
        page = spoken(daniel, daniel.get(path))
        # The list beside a card has buttons of a choice as well, for the marked cards: only the desk is asked.
        desks = [form for form in page.forms if form.action.split("?")[0].endswith(DESK) and form.button("choice")]
        if any(suits(form) for form in desks):
            return paths, page
    raise Unexpected(f"None of the {len(paths)} cards of {stakes} stakes is one that the story needs.")


def spoken(visitor: Visitor, page: Page) -> Page:
    """Commit a first view where a card is sealed, and return the card with the AI's verdict open."""
    sealed = [form for form in page.forms if form.action.startswith(page.path + "first-view/")]
    if not sealed:
        return page
    if "What moved the score" in page.text:
        raise Unexpected(f"{page.told} shows the AI's side of a sealed card.")
    return visitor.send(page, sealed[0].fill(**FIRST))


def name_on(page: Page) -> str:
    """Return whose card a page shows."""
    return page.title.split(" · ")[0]


def asks(form: Form, choice: str) -> str:
    """Return what a decision asks for: override, reason, hold, or an empty text for nothing."""
    return form.pressed(f"choice={choice}").attributes.get("data-asks") or ""


def number(text: str) -> int:
    """Return a number that a page shows."""
    return int(text.replace(",", ""))


def creators_file(token: str) -> bytes:
    """Write a list as people send it: figures by hand, a line repeated, a line without a name, one that is a remark."""
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow(HEADER)
    rows = [_creator(token, n) for n in range(PEOPLE)]
    sheet.writerows([*rows, rows[7], ["", *rows[8][1:]]])
    return out.getvalue().encode("utf-8")


def _creator(token: str, n: int) -> list[str]:
    # Figures spread evenly and apart from each other, so that every stake and verdict comes up in the list.
    followers = 12_000 * 1.05**n
    rate = 0.012 + 0.055 * ((n * 37) % PEOPLE) / PEOPLE
    size = f"{followers / 1000:.1f}K".replace(".", ",") if n % 3 else f"{followers:,.0f}"
    if n == PEOPLE - 1:
        size = "1.2M"
    likes = f"{followers * rate:.0f}" if n % 4 else f"{followers * rate / 1000:.2f}K"
    about = "Pottery, glazing and slow work at the wheel" if n % 2 else "Clay, kilns, first bowls"
    return [
        f"clay_{token}_{n}", f"Potter {n + 1} of {token}", "USA", "English", f"clay {token}", about, size, likes,
        f"{followers * rate / 30:.0f}", str(200 + 9 * n), HIGH if (n * 7) % 3 == 0 else LOW,
    ]  # fmt: skip
