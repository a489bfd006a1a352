"""Whoever rewrites the log, or exports it dishonestly, is found out by the file that goes out with every bundle.

The owner of the database may take the triggers away: nothing here asks the database whether it minds. What no verifier
can see is asserted as well, at the end.
"""

import base64
import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import Q

from audit import bundle, checkpoints, log, sequencer, tree, triggers, verify
from audit.models import AuditAnchor

pytestmark = pytest.mark.django_db
KEY, OTHER = (checkpoints.private_key(base64.b64encode(bytes([n]) * 32).decode()) for n in (1, 2))
PUBLIC = checkpoints.public(KEY)
STREAM = "campaign:3"


@pytest.fixture(autouse=True)
def _signed_by_our_key(settings):
    settings.AUDIT_KEY = base64.b64encode(KEY.private_bytes_raw()).decode()


def write(first, last):
    said = [
        log.Said(
            "decision", f"campaign:{n % 7}", {"choice": "approve", "n": n},
            {"rationale": f"Нет \u2028 =cmd() {n}"} if n % 3 == 0 else None,
        )
        for n in range(first, last)
    ]  # fmt: skip
    with transaction.atomic():
        log.record_all(said, by=None)
    sequencer.sequence_all()


@pytest.fixture
def kept():
    """Notes of 300, 400 and 600 entries: the first two were sent away, and the log is as long as the last."""
    notes = []
    for first, last in ((0, 300), (300, 400), (400, 600)):
        write(first, last)
        newest = tree.newest()
        notes.append(newest.note)
        if last < 600:
            AuditAnchor.objects.create(checkpoint=newest, sink="test", receipt="")
    return notes


def read(**of):
    """A bundle as the parsed lines of a file."""
    return [json.loads(line) for line in bundle.Bundle(**of).lines()]


def check(rows, anchors=(), key=PUBLIC, origin=None):
    return verify.verify([bundle.line(row) for row in rows], key, anchors=anchors, origin=origin)


@pytest.fixture
def whole(kept):
    return read()


@pytest.fixture
def cut(kept):
    return read(of=Q(stream=STREAM))


@pytest.fixture
def skeleton(kept):
    return read(of=Q(stream=STREAM), is_skeleton=True)


def edit(row, **more):
    row["b"] = verify.canonical({**json.loads(row["b"]), **more})


def rebuilt(rows, key, origin=None):
    """The same entries with every hash made anew and the head signed by a key: what an owner can do."""
    ends, edge = {}, verify.Frontier()
    for at, row in enumerate(rows[1:]):
        k, before = ends.get(row["s"], (-1, None))
        row.update(i=at, k=k + 1, p=before and before.hex())
        node = verify.leaf_hash(verify.sha(row["b"].encode()), verify.sha(row["s"].encode()), k + 1, before)
        row["l"], ends[row["s"]] = node.hex(), (k + 1, node)
        edge.push(node)
    name = origin or rows[0]["checkpoint"].partition("\n")[0]
    rows[0]["checkpoint"] = checkpoints.sign(verify.checkpoint_text(name, edge.size, edge.root()), key)
    return rows


def swap(rows, one, other):
    rows[one]["b"], rows[other]["b"] = rows[other]["b"], rows[one]["b"]


def renumbered(rows):
    return [rows[0], *({**row, "i": at} for at, row in enumerate(rows[1:]))]


def without(rows, at):
    return rows[:at] + rows[at + 1 :]


def said(rows):
    """Where the entries stand that are there with their body."""
    return [at for at, row in enumerate(rows) if "b" in row]


def hidden(row):
    body, stream = (verify.sha(row[part].encode()).hex() for part in "bs")
    return {**{name: row[name] for name in "ikpl"}, "e": body, "t": stream}


class TestHonestBundles:
    def test_of_the_whole_log_hold_against_every_kept_checkpoint(self, whole, kept):
        report = check(whole, kept)
        assert (report.complete, report.size, report.entries, report.streams) == (verify.WHOLE, 600, 600, 7)
        assert (report.opened, report.erased, report.anchors) == (200, 0, 3)

    def test_of_one_stream_hold_with_the_rest_cut_to_hashes(self, cut, kept):
        report = check(cut, kept)
        assert (report.complete, report.entries, report.streams) == (verify.DECLARED, 86, 1)

    def test_with_the_skeleton_prove_that_nothing_is_missing(self, skeleton, kept):
        report = check(skeleton, kept)
        assert (report.complete, report.entries, report.streams) == (verify.PROVEN, 86, 7)

    def test_hold_after_words_were_erased(self, kept, whole):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM audit_auditpayload WHERE uid IN (SELECT uid FROM audit_auditpayload LIMIT 9)")
        report = check(read(), kept)
        assert (report.erased, report.opened, report.root) == (9, 191, check(whole).root)

    def test_are_the_same_lines_every_time(self, cut):
        assert read(of=Q(stream=STREAM)) == cut

    def test_of_nothing_signed_say_so(self):
        with pytest.raises(bundle.Empty):
            read()

    def test_say_which_kept_checkpoint_they_cannot_answer(self, kept):
        first = verify.checkpoint_text(kept[0].partition("\n")[0], 21, tree.Tree(600).root(21))
        with pytest.raises(verify.Changed, match="over 21 entries"):
            check(read(of=Q(stream=STREAM)), [checkpoints.sign(first, KEY)])
        assert check(read(), [checkpoints.sign(first, KEY)]).anchors == 1


# What somebody does to the rows of a bundle, who signs again where that is needed, and what is said of it.
ATTACKS = {
    "a verdict is changed": lambda rows: edit(rows[300], choice="reject"),
    "a space is added": lambda rows: rows[300].update(b=rows[300]["b"].replace(":", ": ", 1)),
    "a key stands twice": lambda rows: rows[300].update(b=rows[300]["b"].replace("{", '{"choice":"reject",', 1)),
    "a number is given a point": lambda rows: rows[300].update(b=rows[300]["b"].replace('"v":1', '"v":1.0')),
    "two entries change places": lambda rows: swap(rows, 300, 307),
    "an entry is left out": lambda rows: without(rows, 300),
    "an entry is left out and the rest numbered again": lambda rows: renumbered(without(rows, 300)),
    "an entry stands twice": lambda rows: rows[:301] + rows[300:],
    "an entry is put into another stream": lambda rows: rows[300].update(s="campaign:6"),
    "the end is cut off": lambda rows: rows[:500],
    "another key signs a new history": lambda rows: (edit(rows[3], choice="reject"), rebuilt(rows, OTHER))[1],
    "the key is stolen, the past rewritten": lambda rows: (edit(rows[3], choice="reject"), rebuilt(rows, KEY))[1],
    "the key is stolen, an entry added to the past": lambda rows: rebuilt(
        [*rows[:200], copy.deepcopy(rows[200]), *rows[200:]], KEY
    ),
    "the head of another log is put on": lambda rows: rebuilt(rows, KEY, "evil.example/audit"),
    "the size is changed": lambda rows: rows[0].update(checkpoint=rows[0]["checkpoint"].replace("\n600\n", "\n599\n")),
    "the signature is left off": lambda rows: rows[0].update(checkpoint=rows[0]["checkpoint"].partition("—")[0]),
    "words are replaced": lambda rows: rows[1]["o"].update(payload='{"rationale":"Yes"}'),
    "a salt is replaced": lambda rows: rows[1]["o"].update(salt="00" * 32),
    "a commitment is taken out": lambda rows: edit(rows[1], commit=None),
    "a part of the tree stands for entries": lambda rows: [
        *rows[:1], {"h": tree.Tree(600).root_of(0, 256).hex(), "n": 256}, *rows[257:]
    ],
    "a body is withheld": lambda rows: rows.__setitem__(300, hidden(rows[300])),
}  # fmt: skip
OF_A_STREAM = {
    "an entry is left out": lambda rows: without(rows, said(rows)[5]),
    "the last entry is left out": lambda rows: without(rows, said(rows)[-1]),
    "an entry is changed": lambda rows: edit(rows[said(rows)[5]], choice="reject"),
    "a hash is changed": lambda rows: next(row for row in rows if "h" in row).update(h="00" * 32),
    "a hash is left out": lambda rows: without(rows, 1),
    "a hash stands for more than it is": lambda rows: rows[1].update(n=rows[1]["n"] * 2),
    "a hash stands for no number of leaves": lambda rows: rows[1].update(n=0),
    "the declared end is another": lambda rows: rows[0]["streams"][STREAM].__setitem__(0, 85),
    "a stream is declared that is not there": lambda rows: rows[0]["streams"].update({"task:9": [3, "11" * 32]}),
}


class TestWholeLog:
    @pytest.mark.parametrize("what", ATTACKS)
    def test_shows_that(self, whole, kept, what):
        rows = ATTACKS[what](whole)
        with pytest.raises(verify.Changed):
            check(rows if isinstance(rows, list) else whole, kept[:2], origin=kept[0].partition("\n")[0])

    def test_shows_that_an_older_checkpoint_is_put_on(self, whole, kept):
        rolled_back = [{**whole[0], "checkpoint": kept[1]}, *whole[1:401]]
        assert check(rolled_back, kept[:2]).size == 400
        with pytest.raises(verify.Changed, match="cut or rolled back"):
            check(rolled_back, kept)

    def test_names_the_first_bad_entry(self, whole, kept):
        edit(whole[301], choice="reject")
        whole[320]["b"] += " "
        with pytest.raises(verify.Changed, match="Entry 300: it is not the one"):
            check(whole)

    def test_names_the_next_of_the_stream_where_the_hash_beside_an_entry_was_changed_with_it(self, whole, kept):
        edit(whole[301], choice="reject")
        before = bytes.fromhex(whole[301]["p"])
        body, stream = (verify.sha(whole[301][part].encode()) for part in "bs")
        whole[301]["l"] = verify.leaf_hash(body, stream, whole[301]["k"], before).hex()
        with pytest.raises(verify.Changed, match="Entry 307: its stream has a gap"):
            check(whole)


class TestOneStream:
    @pytest.mark.parametrize("what", OF_A_STREAM)
    def test_shows_that(self, cut, kept, what):
        rows = OF_A_STREAM[what](cut)
        with pytest.raises(verify.Changed):
            check(rows if isinstance(rows, list) else cut, kept)

    @pytest.mark.parametrize("place", [0, 40])
    def test_shows_an_entry_that_the_operator_left_out_with_proofs_to_fit(self, cut, kept, place):
        with pytest.raises(verify.Changed, match="gap"):
            check(self.with_hash_for(cut, said(cut)[place]), kept)

    def test_with_a_skeleton_shows_a_last_entry_that_is_withheld(self, skeleton):
        at = said(skeleton)[-1]
        with pytest.raises(verify.Changed, match="withheld"):
            check([*skeleton[:at], hidden(skeleton[at]), *skeleton[at + 1 :]])

    def test_with_a_skeleton_shows_a_last_entry_in_disguise(self, skeleton):
        at = said(skeleton)[-1]
        with pytest.raises(verify.Changed):
            check([*skeleton[:at], {**hidden(skeleton[at]), "t": "ab" * 32}, *skeleton[at + 1 :]])

    def test_with_a_skeleton_shows_another_leaf_that_is_gone(self, skeleton):
        with pytest.raises(verify.Changed):
            check(without(skeleton, 1))

    def test_cannot_show_a_last_entry_left_out_by_an_operator_who_declares_a_shorter_stream(self, cut, kept):
        at = said(cut)[-1]
        last = cut[at]
        shorter = self.with_hash_for(cut, at)
        shorter[0]["streams"][STREAM] = [last["k"], last["p"]]
        assert check(shorter, kept).complete == verify.DECLARED  # and it says so

    def with_hash_for(self, rows, at):
        row = rows[at]
        before = bytes.fromhex(row["p"]) if row["p"] else None
        node = verify.leaf_hash(verify.sha(row["b"].encode()), verify.sha(row["s"].encode()), row["k"], before)
        return [*rows[:at], {"h": node.hex(), "n": 1}, *rows[at + 1 :]]


class TestLimit:
    def test_what_was_rewritten_with_the_stolen_key_after_the_last_kept_checkpoint_is_not_seen(self, whole, kept):
        edit(whole[-1], choice="reject")
        assert check(rebuilt(whole, KEY), kept[:2]).size == 600
        with pytest.raises(verify.Changed):
            check(whole, kept)


class TestDatabase:
    def test_whose_owner_takes_the_triggers_away_is_found_out(self, kept):
        assert bundle.check().entries == 600
        guard = triggers.PROTECTED["audit_auditentry"]
        with connection.cursor() as cursor:
            for statement in triggers.drop(guard, connection.vendor):
                cursor.execute(statement)
            cursor.execute(
                "UPDATE audit_auditentry SET body = replace(body, 'approve', 'reject') WHERE stream = %s", [STREAM]
            )
        with pytest.raises(verify.Changed, match="Entry 3: "):
            bundle.check()

    def test_without_a_leaf_is_found_out(self, kept):
        with connection.cursor() as cursor:
            for statement in triggers.drop(triggers.PROTECTED["audit_auditleaf"], connection.vendor):
                cursor.execute(statement)
            cursor.execute("DELETE FROM audit_auditleaf WHERE seq = 17")
        with pytest.raises(verify.Changed, match="Entry 18: entry 17 of 600"):
            bundle.check()
        with pytest.raises(verify.Changed, match="lacks 1 of its parts"):
            read(of=Q(stream=STREAM))


class TestFile:
    """The verifier as its users have it: a file, and a program."""

    @pytest.fixture
    def run(self, tmp_path):
        def go(rows, *more):
            path = tmp_path / "log.jsonl"
            path.write_text(rows if isinstance(rows, str) else "".join(map(bundle.line, rows)))
            command = [sys.executable, "-I", verify.__file__, str(path), "--key", base64.b64encode(PUBLIC).decode()]
            done = subprocess.run([*command, *more], capture_output=True, text=True, cwd=tmp_path)
            return done.returncode, done.stdout

        return go

    def test_says_that_it_holds(self, run, cut, kept, tmp_path):
        anchor = Path(tmp_path / "kept.txt")
        anchor.write_text(kept[0])
        code, line = run(cut, "--anchor", str(anchor))
        assert code == 0
        assert line.startswith('HOLDS {"anchors": 1, "complete": "the named streams up to their declared ends"')

    def test_says_what_was_changed(self, run, whole):
        edit(whole[9], choice="reject")
        assert run(whole) == (1, "CHANGED: Entry 8: it is not the one whose hash stands beside it.\n")

    @pytest.mark.parametrize(
        "text",
        [
            "", "hello", "[]", '{"format":"audit-bundle/1"}', '{"format":"audit-bundle/2"}',
            pytest.param("[" * 100_000, id="a depth of 100,000"),
        ],
    )  # fmt: skip
    def test_says_that_it_cannot_read_it(self, run, text):
        code, line = run(text)
        assert (code, line.partition(":")[0]) == (2, "UNUSABLE")

    def test_says_that_a_body_is_nested_without_end(self, whole):
        whole[9]["b"] = "[" * 100_000
        with pytest.raises(verify.Changed, match="Entry 8: the body is not written exactly"):
            check(whole)

    def test_says_that_a_line_is_broken_off(self, run, whole):
        text = "".join(map(bundle.line, whole))
        assert run(text[:-40])[0] == 2
