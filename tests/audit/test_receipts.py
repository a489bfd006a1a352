"""What a decider keeps: the receipt of an entry, and how it is checked with us and without."""

import base64

import pytest
from django.db.models import Q
from django.urls import reverse

from accounts.models import Role
from audit import bundle, checkpoints, log, receipts, sequencer, tree, verify
from audit.models import AuditEntry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def decider(client):
    person = factories.user(Role.STRATEGIST, brand="acme", market="US")
    client.force_login(person)
    return person


@pytest.fixture
def mine(decider):
    return factories.entry("decision", by=decider, brand="acme", market="US")


def look(client, name="audit-receipt", **asked):
    return client.get(reverse(name), asked)


class TestPage:
    def test_shows_the_decider_place_leaf_and_checkpoint(self, client, mine):
        assert "It waits for its place" in look(client, entry=mine.uid.hex).content.decode()
        sequencer.sequence_all()
        page = look(client, entry=mine.uid.hex).content.decode()
        assert log.receipt(mine) in page
        assert receipts.of(mine).leaf_hash in page
        assert tree.newest().note.splitlines()[2] in page

    def test_checks_what_somebody_kept(self, client, mine):
        kept = log.receipt(mine)
        said = "The log holds this entry as it was"
        assert said in look(client, entry=mine.uid.hex, receipt=kept).content.decode()
        page = look(client, entry=mine.uid.hex, receipt="0" * 64).content.decode()
        assert said not in page
        assert "says something else than when the receipt was given" in page

    @pytest.mark.parametrize("entry", ["", "x", "0" * 32])
    def test_says_that_there_is_no_such_entry(self, client, decider, entry):
        assert "there is none with this number" in look(client, entry=entry).content.decode()

    def test_gives_nobody_what_is_anothers(self, client, mine):
        client.force_login(factories.user(Role.STRATEGIST, brand="acme", market="US"))
        page = look(client, entry=mine.uid.hex, receipt=log.receipt(mine)).content.decode()
        assert "there is none with this number" in page
        assert look(client, "audit-receipt-file", entry=mine.uid.hex).status_code == 404

    def test_is_for_whoever_may_read_the_log_too(self, client, mine, analyst):
        assert log.receipt(mine) in look(client, entry=mine.uid.hex).content.decode()
        assert AuditEntry.objects.filter(kind="log_read", actor=f"user:{analyst.pk}").count() == 1


class TestFile:
    def check(self, tmp_path, kept, *, of=None, skeleton=False, also=()):
        path, receipt = tmp_path / "log.jsonl", tmp_path / "receipt.txt"
        path.write_text("".join(bundle.Bundle(of, skeleton).lines()))
        receipt.write_bytes(kept)
        key = base64.b64encode(checkpoints.trusted_key()).decode()
        return verify.main([str(path), "--key", key, "--receipt", str(receipt), *also])

    def test_is_found_by_the_verifier_and_is_an_anchor(self, client, mine, tmp_path, capsys):
        sequencer.sequence_all()
        kept = look(client, "audit-receipt-file", entry=mine.uid.hex).content
        factories.entry()
        sequencer.sequence_all()
        assert self.check(tmp_path, kept, also=["--anchor", str(tmp_path / "receipt.txt")]) == 0
        assert '"anchors": 1' in (said := capsys.readouterr().out)
        assert '"receipts": 1' in said

    def test_is_found_where_its_entry_is_a_hash_alone(self, client, mine, tmp_path):
        other = factories.entry(stream="task:9")
        sequencer.sequence_all()
        kept = receipts.of(mine).text().encode()
        assert self.check(tmp_path, kept, of=Q(stream=other.stream), skeleton=True) == 0

    def test_of_an_entry_that_is_gone_or_another_shows(self, client, mine, tmp_path, capsys):
        sequencer.sequence_all()
        assert self.check(tmp_path, f"receipt: {'0' * 64}\n".encode()) == 1
        assert "No entry of this export has the receipt 0000" in capsys.readouterr().out
        assert self.check(tmp_path, b"my notes") == 2

    def test_can_be_kept_before_the_entry_has_its_place(self, client, mine, tmp_path):
        kept = look(client, "audit-receipt-file", entry=mine.uid.hex).content
        sequencer.sequence_all()
        assert self.check(tmp_path, kept) == 0
