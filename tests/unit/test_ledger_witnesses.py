"""Witnesses: checkpoints that a quorum of others has seen grow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent_ledger import log
from consent_ledger.checkpoint import LogKeys
from consent_ledger.cosignature import WitnessKey, cosign, cosigned_message
from consent_ledger.ed25519 import Ed25519Signer, verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import to_bytes
from consent_ledger.note import Note
from consent_ledger.receipt import Receipt
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from nearside.commands.ledger import ledger
from tests.support.ledger import dice, log_signer, logged, numbered_leaf, opening
from tests.support.witnesses import AT, Panel, witness_signer

WITNESSES = tuple(witness_signer(number) for number in range(3))
VKEYS = tuple(str(WitnessKey(each.key.name, each.key.public_key)) for each in WITNESSES)
TWO_OF_THREE = LogKeys.parse(str(log_signer().key), witnesses=VKEYS, quorum=2)


def published() -> Note:
    """The signed checkpoint of a small log."""
    storage = MemoryStorage()
    logged(storage, *(numbered_leaf(number) for number in range(3)))
    data = storage.checkpoint()
    assert data is not None
    return Note.from_bytes(data)


def seen_by(note: Note, *numbers: int) -> Note:
    for number in numbers:
        note = cosign(note, WITNESSES[number], cosigned_at=AT + number)
    return note


def test_the_message_is_the_specifications() -> None:
    """The signed message of C2SP tlog-cosignature's example, byte for byte."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosigned_message(text, 1679315147) == (
        b"cosignature/v1\ntime 1679315147\n"
        b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    with pytest.raises(Malformed):
        cosigned_message(text, -1)


def test_two_of_three_witnesses_are_enough() -> None:
    """With two cosignatures the checkpoint holds; with one, none, or one twice it does not."""
    note = published()
    for enough in (seen_by(note, 0, 1), seen_by(note, 2, 0), seen_by(note, 0, 1, 2)):
        _, claims = TWO_OF_THREE.check(Note.from_bytes(enough.to_bytes()))
        verify_claims(claims)
        assert len(claims) == len(enough.signatures)
    twice = cosign(seen_by(note, 1), WITNESSES[1], cosigned_at=AT + 60)
    for few in (note, seen_by(note, 1), twice):
        with pytest.raises(Untrue, match="too few witnesses"):
            TWO_OF_THREE.check(few)


def test_a_witness_that_signs_again_still_counts() -> None:
    """A second cosignature at a later time is verified too, and spoils nothing."""
    again = cosign(seen_by(published(), 0, 1), WITNESSES[1], cosigned_at=AT + 60)
    _, claims = TWO_OF_THREE.check(again)
    verify_claims(claims)
    assert len(claims) == 4


def test_a_stranger_is_no_witness() -> None:
    """A cosignature by an unknown key, even under a witness's name, counts for nothing."""
    stranger = Ed25519Signer.from_seed(WITNESSES[1].key.name, bytes([200]) * 32)
    note = cosign(seen_by(published(), 0), stranger, cosigned_at=AT)
    with pytest.raises(Untrue, match="too few witnesses"):
        TWO_OF_THREE.check(note)


@pytest.mark.parametrize("part", ["time", "signature", "length", "range"])
def test_a_changed_cosignature_spoils_the_checkpoint(part: str) -> None:
    """Another time, another signature, another length or an impossible time fails as a whole."""
    note = seen_by(published(), 0, 1)
    last = note.signatures[-1]
    body = last.signature
    changed = {
        "time": (AT + 2).to_bytes(8, "big") + body[8:],
        "signature": body[:-1] + bytes([body[-1] ^ 1]),
        "length": body + b"\0",
        "range": b"\xff" * 8 + body[8:],
    }[part]
    spoilt = Note(note.text, (*note.signatures[:-1], replace(last, signature=changed)))
    with pytest.raises(Untrue):
        verify_claims(TWO_OF_THREE.check(spoilt)[1])


def test_a_cosignature_is_not_good_for_another_tree() -> None:
    """Cosignatures moved to a checkpoint that the witnesses never saw do not verify."""
    seen = seen_by(published(), 0, 1)
    storage = MemoryStorage()
    logged(storage, numbered_leaf(9))
    data = storage.checkpoint()
    assert data is not None
    other = Note.from_bytes(data)
    moved = Note(other.text, (*other.signatures, *seen.signatures[1:]))
    with pytest.raises(Untrue, match="cosignature by witness0"):
        verify_claims(TWO_OF_THREE.check(moved)[1])


def test_a_log_key_and_a_witness_key_are_told_apart() -> None:
    """One key used in both roles has two key ids, and neither kind parses as the other."""
    key = WITNESSES[0].key
    witness = WitnessKey(key.name, key.public_key)
    assert key.key_id != witness.key_id
    assert WitnessKey.parse(str(witness)) == witness
    for wrong in (str(key), "x"):
        with pytest.raises(Malformed):
            WitnessKey.parse(wrong)
    with pytest.raises(Malformed):
        LogKeys.parse(str(witness))


@pytest.mark.parametrize(("witnesses", "quorum"), [(VKEYS, 4), (VKEYS[:1] * 3, 2), ((), 1), (VKEYS, -1)])
def test_an_impossible_quorum_is_refused(witnesses: tuple[str, ...], quorum: int) -> None:
    """A quorum of more witnesses than there are, or of one witness named thrice, is a mistake."""
    with pytest.raises(Malformed, match="quorum"):
        LogKeys.parse(str(log_signer().key), witnesses=witnesses, quorum=quorum)


def test_cosignatures_reach_receipts(tmp_path: Path) -> None:
    """Under the published checkpoint they travel in every proof, and the command line asks for them."""
    storage = MemoryStorage()
    made = opening()
    log.accept(storage, to_bytes(made.leaf()))
    panel = Panel()
    panel.lines[1].cut = True
    log.advance(storage, log_signer(), dice=dice(), cosigners=panel.quorum())
    proof = log.proof_for(storage, made.entry())
    assert proof is not None
    receipt = Receipt(made, made.leaf(), TlogProof.parse(proof))
    verify_claims(receipt.check(TWO_OF_THREE))
    assert len(receipt.proof.checkpoint.signatures) == 3

    file = tmp_path / "receipt.json"
    file.write_bytes(receipt.to_bytes())
    flags = [part for vkey in VKEYS for part in ("--witness", vkey)]
    command = ["verify", str(file), "--log-key", str(log_signer().key), *flags, "--quorum"]
    assert CliRunner().invoke(ledger, [*command, "2"]).exit_code == 0
    assert CliRunner().invoke(ledger, [*command, "3"]).exit_code == 1
    assert CliRunner().invoke(ledger, [*command, "4"]).exit_code == 2
