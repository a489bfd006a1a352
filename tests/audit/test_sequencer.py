"""The sequencer gives every entry one place, in order, once, and signs what it did with the key that the log trusts."""

import base64
import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit import bundle, checkpoints, log, sequencer, tree, verify
from audit.models import AuditBlock, AuditCheckpoint, AuditLeaf, AuditPending
from tests import factories

pytestmark = pytest.mark.django_db


def text(n):
    return base64.b64encode(bytes([n]) * 32).decode()


@pytest.fixture(autouse=True)
def key(settings):
    settings.AUDIT_KEY = text(1)  # not the one of other tests: what is signed here is never met there
    return checkpoints.private_key(text(1))


def write(n, stream="task:1"):
    with transaction.atomic():
        return log.record_all([log.Said("decision", stream, {"n": at}) for at in range(n)], by=None)


class TestSequence:
    def test_places_entries_in_the_order_in_which_they_were_written(self):
        made = [entry.uid for entry in write(40)]
        assert sequencer.sequence_all() == 40
        leaves = AuditLeaf.objects.order_by("seq")
        assert list(leaves.values_list("seq", "entry_id", "k")) == [(n, uid, n) for n, uid in enumerate(made)]
        assert not AuditPending.objects.exists()

    def test_goes_on_where_the_last_batch_ended(self):
        for stream in ("a", "b", "a"):
            write(2, stream)
            sequencer.sequence_all()
        assert list(AuditLeaf.objects.order_by("seq").values_list("stream", "k")) == [
            ("a", 0), ("a", 1), ("b", 0), ("b", 1), ("a", 2), ("a", 3),
        ]  # fmt: skip
        assert [newest.size for newest in AuditCheckpoint.objects.order_by("size")] == [2, 4, 6]
        assert bundle.check().size == 6

    def test_has_nothing_to_do_where_nothing_waits(self):
        assert sequencer.sequence_all() == 0
        assert not AuditCheckpoint.objects.exists()

    def test_works_through_more_than_a_batch_and_keeps_the_roots_of_whole_runs(self, monkeypatch):
        monkeypatch.setattr(sequencer, "BATCH", 100)
        write(530)
        assert sequencer.sequence_all() == 530
        assert AuditCheckpoint.objects.count() == 6
        roots = {block.idx: bytes(block.root) for block in AuditBlock.objects.filter(level=1)}
        assert roots == {n: tree.Tree(530).root_of(n * 256, 256) for n in (0, 1)}
        assert bytes(tree.newest().root) == tree.Tree(530).root(530)

    def test_that_is_rolled_back_leaves_every_entry_waiting(self, monkeypatch):
        write(3)

        def fail(*_args):
            raise RuntimeError

        monkeypatch.setattr(checkpoints, "sign", fail)
        with pytest.raises(RuntimeError), transaction.atomic():
            sequencer.sequence()
        assert (AuditPending.objects.count(), AuditLeaf.objects.count()) == (3, 0)

    @pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite's transactions wait for each other by themselves"
    )
    def test_leaves_it_to_another_that_is_at_it(self):
        write(1)
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [sequencer.LOCK])
                assert sequencer.sequence_all() == 0
                cursor.execute("SELECT pg_advisory_unlock(%s)", [sequencer.LOCK])
        finally:
            other.close()
        assert sequencer.sequence_all() == 1


class TestKey:
    def test_that_is_not_the_logs_signs_nothing(self, settings):
        write(1)
        sequencer.sequence_all()
        write(1)
        settings.AUDIT_KEY = text(2)
        with pytest.raises(checkpoints.OtherKey, match="hand over"):
            sequencer.sequence_all()
        assert AuditPending.objects.count() == 1

    def test_hands_over_to_another_and_both_are_trusted(self, settings, key, capsys):
        write(1)
        sequencer.sequence_all()
        settings.AUDIT_KEY_NEXT = text(2)
        call_command("audit_key", hand_over=True)
        assert "from now on" in capsys.readouterr().out
        settings.AUDIT_KEY = text(2)
        sequencer.sequence_all()
        new = checkpoints.private_key(text(2))
        rows = list(bundle.Bundle().lines())
        for public in (checkpoints.public(key), checkpoints.public(new)):
            assert verify.verify(rows, public).size == 2
        with pytest.raises(verify.Changed, match="not signed by the key"):
            verify.verify(rows, checkpoints.public(checkpoints.private_key(text(3))))

    def test_that_was_left_signs_nothing_more(self, settings):
        settings.AUDIT_KEY_NEXT = text(2)
        call_command("audit_key", hand_over=True)
        with pytest.raises(checkpoints.OtherKey):
            sequencer.sequence_all()

    def test_cannot_be_handed_over_by_one_that_is_not_the_logs(self, settings):
        write(1)
        sequencer.sequence_all()
        settings.AUDIT_KEY = text(3)
        settings.AUDIT_KEY_NEXT = text(2)
        with pytest.raises(CommandError, match="not the one that signed"):
            call_command("audit_key", hand_over=True)

    def test_lies_in_a_file_of_its_owner_where_one_machine_does_everything(self, settings):
        settings.AUDIT_KEY, settings.PRODUCTION = "", False
        first = checkpoints.public(checkpoints.own_key())
        assert checkpoints.public(checkpoints.own_key()) == first == checkpoints.trusted_key()
        assert checkpoints.key_file().stat().st_mode & 0o777 == 0o600
        call_command("audit_key", hand_over=True)
        assert checkpoints.public(checkpoints.own_key()) != first
        sequencer.sequence_all()
        assert verify.verify(bundle.Bundle().lines(), first).size == 1

    def test_must_be_given_to_the_clock_of_production(self, settings):
        settings.AUDIT_KEY, settings.PRODUCTION = "", True
        with pytest.raises(ImproperlyConfigured, match="HM_AUDIT_KEY"):
            checkpoints.own_key()

    @pytest.mark.parametrize("odd", ["x", "AAAA", base64.b64encode(bytes(31)).decode()])
    def test_is_refused_where_it_is_no_key(self, odd):
        with pytest.raises(ImproperlyConfigured, match="32 bytes"):
            checkpoints.private_key(odd)


class TestCommand:
    def run(self, capsys, *args):
        with pytest.raises(SystemExit) as ended:
            call_command("verify_audit", *args)
        return ended.value.code, capsys.readouterr().out

    def test_says_that_the_log_holds(self, capsys):
        write(3)
        sequencer.sequence_all()
        call_command("verify_audit")
        said = capsys.readouterr().out
        assert said.startswith("HOLDS ")
        assert json.loads(said.removeprefix("HOLDS "))["size"] == 3

    def test_says_that_nothing_is_signed_yet(self, capsys):
        assert self.run(capsys) == (2, "UNUSABLE: nothing is signed yet.\n")

    def test_says_that_a_kept_checkpoint_is_longer_than_the_log(self, capsys, tmp_path, key):
        write(3)
        sequencer.sequence_all()
        kept = tmp_path / "kept"
        origin = tree.newest().note.partition("\n")[0]
        kept.write_text(checkpoints.sign(verify.checkpoint_text(origin, 9, bytes(32)), key))
        code, said = self.run(capsys, "--anchor", str(kept))
        assert (code, said) == (1, "CHANGED: The log has 3 entries and had 9: it was cut or rolled back.\n")

    def test_checks_a_file(self, capsys, tmp_path):
        write(3)
        sequencer.sequence_all()
        path = tmp_path / "log.jsonl"
        path.write_text("".join(bundle.Bundle().lines()))
        assert self.run(capsys, str(path))[0] == 0


def test_identifiers_rise_within_a_process():
    made = [log.uuid7() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert factories.entry().uid > made[-1]
