"""What ordinary life does to a log is no finding, and what is not known is not called known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from consent_ledger.cosignature import cosign
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import BundleLeaf, ErasureLeaf, TaskLeaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note, sign_note
from consent_ledger.purposes import Purpose
from consent_ledger.record import Status
from consent_ledger.tiles import read_entries, tile_at
from edge_client.wire.task import print_tasks
from tests.support.audit_attacks import hash_of
from tests.support.audited import DAY_S, Agency, agency, budget, manifest, release, task, witness_signers
from tests.support.auditing import KEYS, answers, audit


def asked(made: Agency, *arguments: object, officer: bool = True) -> dict[int, dict[str, Any]]:
    return answers(audit(made, "--format", "json", *arguments, officer=officer))


def test_a_withdrawal_in_the_same_batch_is_the_last_word(tmp_path: Path) -> None:
    """Places inside a batch are shuffled: what follows in the chain counts, wherever it stands."""
    for turn in range(4):
        made = Agency(tmp_path / f"{turn}" / "copy", tmp_path / f"{turn}" / "officer")
        given = made.decide("given", 10, purpose=Purpose.LEARN)
        off = made.decide("off", 10, purpose=Purpose.LEARN, status=Status.WITHDRAWN, after="given")
        others = [made.decide(f"{turn} {at}", 20 + at, purpose=Purpose.PLACE) for at in range(turn)]
        made.publish(given, off, *others)
        made.publish(made.decide("event", 40, purpose=Purpose.PLACE))
        event = made.storage.head().size - 1
        made.open_records(reason="yearly audit")
        subject = made.openings["given"].record.subject_key.hex()
        found = asked(made, "--subject", subject, "--purpose", "learn", "--before", event)
        assert [row[-1] for row in found[3]["rows"]] == ["no"]


def test_a_receipt_alone_shows_what_it_says(tmp_path: Path) -> None:
    """Without the officer's folder a receipt's own decision is known; of others nothing is said."""
    made = agency(tmp_path)
    file = tmp_path / "receipt.json"
    file.write_bytes(made.receipt("a learn"))
    question = ("--purpose", "learn", "--before", 10)
    found = asked(made, "--receipt", file, *question, officer=False)[3]
    assert [row[-1] for row in found["rows"]] == ["yes"]
    assert found["verdict"] == "unknown", "other records of the same citizen are not open"
    found = asked(made, "--subject", "ab" * 32, *question)[3]
    assert [row[-1] for row in found["rows"]] == ["not known"]
    assert found["verdict"] == "unknown"


def test_an_old_copy_makes_nobody_a_liar(tmp_path: Path) -> None:
    """A copy from before the officer's visit lacks the opening's leaf: that is told, and is no finding."""
    made = agency(tmp_path)
    shutil.copy(made.copy / "checkpoints/12", made.copy / "checkpoint")
    found = asked(made)
    assert [number for number in found if found[number]["findings"]] == []
    assert {number for number in found if found[number]["missing"]} >= {7, 9}


def test_a_later_erasure_hides_no_silent_deletion(tmp_path: Path) -> None:
    """Only erasures that the register told of beside the inventory explain a record that was shut."""
    made = agency(tmp_path)
    made.write_inventory(sorted(opening.entry() for opening in made.openings.values())[1:])
    made.publish(ErasureLeaf(1, bytes(16)))
    assert [finding["code"] for finding in asked(made)[7]["findings"]] == ["silent-deletion"]


def test_an_erasure_under_way_is_no_silent_deletion(tmp_path: Path) -> None:
    """A record that is destroyed and whose leaf is still to come: unknown, and no finding."""
    made = agency(tmp_path)
    rest = sorted(opening.entry() for opening in made.openings.values())[1:]
    made.write_inventory(rest)
    made.file("", "unfinished", b"%s -\n" % (b"ab" * 16))
    found = asked(made)[7]
    assert (found["findings"], found["verdict"]) == ([], "unknown")


def test_one_clock_proves_no_time(tmp_path: Path) -> None:
    """A witness with a wrong clock is one voice: the median of a quorum does not follow it."""
    made = agency(tmp_path)
    note = Note.from_bytes((made.copy / "checkpoint").read_bytes())
    bare = Note(note.text, note.signatures[:1])
    made.file("witnesses", "wrong", cosign(bare, witness_signers()[0], cosigned_at=0).to_bytes())
    found = asked(made)
    assert [number for number in found if found[number]["findings"]] == []
    assert found[10]["summary"].startswith("on 2026-11-12")


def test_a_checkpoint_that_no_witness_signed_shows_no_one_view(tmp_path: Path) -> None:
    """The log's own words in the witnesses' folder are not a witness's."""
    made = agency(tmp_path)
    note = Note.from_bytes((made.copy / "checkpoint").read_bytes())
    bare = Note(note.text, note.signatures[:1]).to_bytes()
    made.file("witnesses", "bare", bare)
    (made.copy / "checkpoint").write_bytes(bare)
    line = [*KEYS[:2], *(part for part in KEYS[2:] if part not in ("--quorum", "2"))]
    result = audit(made, "--format", "json", keys=line)
    assert answers(result)[11]["verdict"] == "unknown"
    assert answers(result)[1]["verdict"] == "unknown", "nobody required a witness"


def test_two_sites_have_each_its_tasks(tmp_path: Path) -> None:
    """What one site's bundle does not name may be live at another."""
    made = Agency(tmp_path / "copy", tmp_path / "officer")
    other = print_tasks((task(),)).replace(b"riverton", b"hillford")
    foreign = task().to_bytes().replace(b"riverton", b"hillford")
    text = manifest().replace(b"riverton", b"hillford")
    text = text.replace(hash_of(print_tasks((task(),))).hex().encode(), hash_of(other).hex().encode())
    documents = (manifest(), text, task().to_bytes(), foreign, print_tasks((task(),)), other)
    made.publish(
        TaskLeaf("riverton-moves-1", hash_of(task().to_bytes())),
        TaskLeaf("hillford-moves-1", hash_of(foreign)),
        BundleLeaf("riverton", 1, hash_of(manifest())),
        BundleLeaf("hillford", 1, hash_of(text)),
        documents=documents,
    )
    live = [row[1] for row in asked(made, officer=False)[10]["rows"] if row[0] == "task"]
    assert live == ["hillford-moves-1", "riverton-moves-1"]
    made.at += 300 * DAY_S
    made.publish(made.decide("later", 10, purpose=Purpose.PLACE))
    rows = asked(made, officer=False)[10]["rows"]
    assert [row[1] for row in rows if row[0] == "task"] == []
    assert [row[3] for row in rows if row[0] == "bundle"] == ["version 1, not valid on that day"] * 2


def test_two_pieces_of_evidence_with_one_name_are_both_kept(tmp_path: Path) -> None:
    """A kept checkpoint is called "checkpoint", as the copy's own is."""
    made = agency(tmp_path)
    old = tmp_path / "old"
    old.mkdir()
    forger = Agency(old / "log", old / "officer")
    forger.publish(forger.decide("other", 10, purpose=Purpose.PLACE))
    shutil.copy(old / "log" / "checkpoint", old / "checkpoint")
    result = audit(made, "--since", old / "checkpoint", "--out", tmp_path / "report")
    assert result.exit_code == 1, result.output
    kept = {
        file.read_bytes()
        for file in (tmp_path / "report" / "evidence" / "past-rewritten").rglob("*")
        if file.is_file()
    }
    assert kept == {(old / "checkpoint").read_bytes(), (made.copy / "checkpoint").read_bytes()}
    json.loads((tmp_path / "report" / "report.json").read_text())


def test_a_chain_that_follows_a_notice_has_a_gap(tmp_path: Path) -> None:
    """An event follows an event: any other entry of the log is none."""
    made = agency(
        tmp_path,
        until=lambda made: made.publish(
            made.decide("odd", 14, purpose=Purpose.LEARN, previous=_entry(made, 1))
        ),
    )
    assert "chain-gap" in [finding["code"] for finding in asked(made)[4]["findings"]]


def _entry(made: Agency, index: int) -> bytes:
    return leaf_hash(read_entries(tile_at(-1, 0, made.storage.head().size), made.storage.read)[index])


def test_a_release_under_another_week_is_found(tmp_path: Path) -> None:
    """The same week released twice, the second time in another week's name."""
    again = release(k=16)
    made = agency(
        tmp_path, until=lambda made: made.publish(budget(again, period="2026-W46"), documents=(again,))
    )
    assert [finding["code"] for finding in asked(made)[10]["findings"]] == ["release-differs"]


def test_a_second_signer_of_the_log_must_be_listed(tmp_path: Path) -> None:
    """A trusted key that signs beside a listed one, and is on no list."""
    made = agency(tmp_path)
    other = Ed25519Signer.from_seed("riverton.example/ledger/2026", bytes([77]) * 32)
    note = Note.from_bytes((made.copy / "checkpoint").read_bytes())
    extra = sign_note(note.text, other).signatures
    (made.copy / "checkpoint").write_bytes(Note(note.text, (*note.signatures, *extra)).to_bytes())
    result = audit(made, "--format", "json", "--log-key", str(other.key))
    assert [finding["code"] for finding in answers(result)[10]["findings"]] == ["key-not-listed"]


def test_entries_that_cannot_be_read_are_not_answered_as_none(tmp_path: Path) -> None:
    """Without its entries a copy can say nothing of decisions, erasures or publications."""
    made = agency(tmp_path)
    (made.copy / "tile/entries/000.p/13").unlink()
    found = asked(made)
    assert [number for number in found if found[number]["verdict"] == "answered"] == []


def test_a_day_that_the_copy_has_not_seen_is_unknown(tmp_path: Path) -> None:
    """Nobody knows from a copy what was live after it."""
    found = asked(agency(tmp_path), "--day", "2027-01-01")[10]
    assert found["verdict"] == "unknown"
    assert found["missing"] == "a newer copy: this one knows of nothing after 2026-11-12"


def test_a_fork_that_a_mirror_kept_is_a_split_view(tmp_path: Path) -> None:
    """Two signatures of one key under two trees lie in the copy itself."""
    made = agency(tmp_path)
    forger = Agency(tmp_path / "other" / "copy", tmp_path / "other" / "officer")
    forger.publish(forger.decide("other", 10, purpose=Purpose.PLACE))
    (made.copy / "evidence").mkdir()
    shutil.copy(forger.copy / "checkpoint", made.copy / "evidence" / "checkpoint-1")
    assert [finding["code"] for finding in asked(made)[11]["findings"]] == ["split-view"]


def test_one_receipt_is_no_whole_history(tmp_path: Path) -> None:
    """An event that follows one that is not at hand: the history is told, and not called whole."""
    made = agency(tmp_path)
    file = tmp_path / "receipt.json"
    file.write_bytes(made.receipt("a learn"))
    found = asked(made, "--receipt", file, officer=False)[4]
    assert (len(found["rows"]), found["verdict"]) == (1, "unknown")


def test_everybody_is_counted_when_nobody_is_named(tmp_path: Path) -> None:
    """A purpose and an event without a subject: how many had said yes."""
    found = asked(agency(tmp_path), "--purpose", "learn", "--before", 10)[3]
    assert found["summary"].startswith("1 subject had consented to learn before entry 10")
