"""Writes vectors for whoever writes a verifier: what it is asked, what it is given, what it must say.

Run as `python -m tests.support.verifying_vectors`: the file changes only when a format does.
docs/formats/verifying.md says what each `do` means.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from consent_ledger import canonical, leaf, log
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.keys import KeyList
from consent_ledger.note import Note, VerifierKey, sign_note
from consent_ledger.receipt import Receipt
from consent_ledger.record import Gpc, Status
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import ORIGIN, log_signer, logged, opening, receipt_for, record
from tests.support.verifying_rows import COSIGNED_AT, MALFORMED, UNTRUE, Row, row, witness, witness_key
from tests.support.verifying_trees import (
    consistency_rows,
    copy_rows,
    entry_rows,
    honest_copy,
    inclusion_rows,
)

FILE = Path(__file__).resolve().parent.parent / "vectors" / "ledger" / "verifying.json"
SOURCE = (
    "made by `python -m tests.support.verifying_vectors`; private keys are 32 equal bytes: log 0x01, "
    "device 0x02, witnesses 0x03 to 0x05; bytes are hex; what each `do` means: docs/formats/verifying.md"
)


def key_rows() -> Iterator[Row]:
    """Verifier keys of both types, lines of trust, key lists."""
    log, one, two = str(log_signer().key), str(witness_key(1)), str(witness_key(2))
    public = witness_key(1).public_key.hex()
    yield row("a log's key", "vkey", {"text": log}, {"value": log_signer().key.public_key.hex()})
    yield row("a witness's key for a log's", "vkey", {"text": one}, MALFORMED)
    yield row("a witness's key", "witness_key", {"text": one}, {"value": public})
    yield row("a log's key for a witness's", "witness_key", {"text": log}, MALFORMED)
    itself = str(WitnessKey(ORIGIN, log_signer().key.public_key))
    renamed = str(WitnessKey("other.example", witness_key(1).public_key))
    lines: tuple[tuple[str, str, Row], ...] = (
        ("one key", log, {"value": [ORIGIN, 1, 0, 0]}),
        ("two of two witnesses", f"{log} 2 {one} {two}", {"value": [ORIGIN, 1, 2, 2]}),
        ("witnesses that need not sign", f"{log} 0 {one}", {"value": [ORIGIN, 1, 1, 0]}),
        ("nothing", "", MALFORMED),
        ("no log key", f"1 {one}", MALFORMED),
        ("more than there are", f"{log} 3 {one} {two}", MALFORMED),
        ("one key under two names", f"{log} 2 {one} {renamed}", MALFORMED),
        ("the log as its own witness", f"{log} 1 {itself}", MALFORMED),
        ("a quorum of nobody", f"{log} 0", MALFORMED),
        ("two spaces", f"{log}  1 {one}", MALFORMED),
        ("a leading zero", f"{log} 01 {one}", MALFORMED),
        ("an end of line", f"{log}\n", MALFORMED),
    )
    for why, text, outcome in lines:
        yield row(why, "log_keys", {"text": text}, outcome)
    made = KeyList.of(
        ORIGIN,
        [log_signer().key],
        witnesses=[witness_key(1), witness_key(2)],
        quorum=2,
        bundles=[VerifierKey("riverton.example/bundles", bytes(32))],
    )
    value: Any = canonical.decode(made.to_bytes())
    changes: tuple[tuple[str, Row], ...] = (
        ("a version of tomorrow", {"v": 2}),
        ("an unknown field", {"at": 1}),
        ("no log key", {"log": []}),
        ("not sorted", {"witnesses": value["witnesses"][::-1]}),
        ("a key twice", {"bundles": value["bundles"] * 2}),
        ("more than there are", {"quorum": 3}),
        ("a log key of another origin", {"origin": "other.example"}),
        ("a number for a key", {"bundles": [1]}),
        ("a witness's key for a bundle's", {"bundles": value["witnesses"]}),
    )
    good = {"value": [ORIGIN, 1, 2, 2]}
    yield row("a key list", "key_list", {"data": made.to_bytes().hex()}, good)
    for why, change in changes:
        data = canonical.encode({**value, **change}).hex()
        yield row(f"key list: {why}", "key_list", {"data": data}, MALFORMED)


def checkpoint_rows() -> Iterator[Row]:
    """Checkpoints with and without cosignatures, under verifiers that ask for none, one or two."""
    note = sign_note(str(Checkpoint(ORIGIN, 5, bytes(32))), log_signer())
    one = cosign(note, witness(1), cosigned_at=COSIGNED_AT)
    two = cosign(one, witness(2), cosigned_at=COSIGNED_AT + 1)
    again = cosign(one, witness(1), cosigned_at=COSIGNED_AT + 2)
    alone = str(log_signer().key)
    trusted = " ".join([alone, "2", *(str(witness_key(number)) for number in (1, 2, 3))])
    one_of_two = " ".join([alone, "1", str(witness_key(1)), str(witness_key(2))])

    def given(note: Note, trusted: str) -> Row:
        return {"data": note.to_bytes().hex(), "trusted": trusted}

    def swapped(note: Note, old: bytes, new: bytes) -> Row:
        data = note.to_bytes()
        assert old in data
        return {"data": data.replace(old, new, 1).hex(), "trusted": trusted}

    last = two.signatures[-1]
    short = type(last)(last.name, last.key_id, last.signature[:-1])
    late = type(last)(last.name, last.key_id, b"\xff" * 8 + last.signature[8:])
    bent = type(last)(last.name, last.key_id, last.signature[:8] + bytes(64))
    do = "signed_checkpoint"
    yield row("no witness asked for", do, given(note, alone), {"value": [ORIGIN, "5", 1]})
    yield row("two of three", do, given(two, trusted), {"value": [ORIGIN, "5", 3]})
    yield row("cosignatures that nobody asked for", do, given(two, alone), {"value": [ORIGIN, "5", 1]})
    yield row("one of three", do, given(one, trusted), UNTRUE)
    yield row("one witness twice", do, given(again, trusted), UNTRUE)
    alias = replace(witness(1), key=VerifierKey("another.example", witness_key(1).public_key))
    named = (witness_key(1), witness_key(2), WitnessKey(alias.key.name, alias.key.public_key))
    named_twice = " ".join([alone, "2", *map(str, named)])
    under_both = cosign(one, alias, cosigned_at=COSIGNED_AT + 3)
    yield row("one key under two names", do, given(under_both, named_twice), UNTRUE)
    yield row("two keys, one under two names", do, given(two, named_twice), {"value": [ORIGIN, "5", 3]})
    yield row("one is enough", do, given(one, one_of_two), {"value": [ORIGIN, "5", 2]})
    for why, line in (("cut", short), ("of a time to come", late), ("of zeroes", bent)):
        changed = Note(two.text, (*two.signatures[:-1], line))
        yield row(f"a cosignature {why}", do, given(changed, trusted), UNTRUE)
        # What a named witness signed must hold, also where others would have been enough.
        yield row(f"a cosignature {why}, beyond the quorum", do, given(changed, one_of_two), UNTRUE)
    beyond = 2**64 - 1
    signed = witness(2).sign(f"cosignature/v1\ntime {beyond}\n{two.text}".encode())
    truly_late = type(last)(last.name, last.key_id, beyond.to_bytes(8, "big") + signed)
    changed = Note(two.text, (*two.signatures[:-1], truly_late))
    yield row("a cosignature of a time that cannot be, truly signed", do, given(changed, trusted), UNTRUE)
    elsewhere = sign_note(str(Checkpoint("other.example/ledger", 5, bytes(32))), log_signer())
    yield row("another log, signed with the same key", do, given(elsewhere, alone), UNTRUE)
    yield row("another size", do, swapped(two, b"\n5\n", b"\n6\n"), UNTRUE)
    yield row("another log", do, swapped(two, b"riverton", b"otherton"), UNTRUE)
    stranger = sign_note(note.text, log_signer(9))
    yield row("signed by a stranger under the log's name", do, given(stranger, alone), UNTRUE)
    yield row("no checkpoint", do, given(sign_note("hello\n", log_signer()), alone), MALFORMED)
    for why, text in (
        ("an extension line", f"{note.text}more\n"),
        ("the largest size", str(Checkpoint("a", 2**63 - 1, bytes(32)))),
    ):
        read = Checkpoint.parse(text)
        value = [read.origin, str(read.size), text.split("\n")[2], list(read.extensions)]
        yield row(why, "checkpoint", {"text": text}, {"value": value})
    for why, text in (
        ("a size too large", f"a\n{2**63}\n{'A' * 43}=\n"),
        ("an empty extension line", f"{note.text}\n"),
        ("a root of 31 bytes", f"a\n1\n{'A' * 42}==\n"),
    ):
        yield row(why, "checkpoint", {"text": text}, MALFORMED)


def proof_rows() -> Iterator[Row]:
    """A proof that travels, with and without cosignatures, and changed ones."""
    made = receipt_for(opening())
    plain = str(made.proof)
    cosigned = cosign(made.proof.checkpoint, witness(1), cosigned_at=COSIGNED_AT)
    proof = made.proof
    full = str(TlogProof(proof.index, proof.hashes, cosigned, b"extra"))
    leaf_hash, log = made.opening.entry().hex(), str(log_signer().key)
    trusted = f"{log} 1 {witness_key(1)}"
    good = {"value": [str(proof.index), "13"]}
    yield row("a proof", "proof", {"text": plain, "leaf": leaf_hash, "trusted": log}, good)
    yield row(
        "extra bytes and a cosignature", "proof", {"text": full, "leaf": leaf_hash, "trusted": trusted}, good
    )
    yield row("no cosignature", "proof", {"text": plain, "leaf": leaf_hash, "trusted": trusted}, UNTRUE)
    yield row("another entry", "proof", {"text": plain, "leaf": "00" * 32, "trusted": log}, UNTRUE)
    first = plain.split("\n")[2]
    for why, text in (
        ("no empty line", plain.replace("\n\n", "\n", 1)),
        ("carriage returns", plain.replace("\n", "\r\n")),
        ("no index", plain.replace(f"index {proof.index}\n", "")),
        ("index and hash in one line", plain.replace(f"index {proof.index}\n", f"index {proof.index} ")),
        ("a hash of 31 bytes", plain.replace(first, first[:40] + "AA==")),
        ("base64 without padding", plain.replace(first, first.rstrip("="))),
        ("64 hashes", plain.replace(first, "\n".join([first] * 64))),
        ("extra that is not base64", full.replace("extra ", "extra !")),
        (
            "extra after the index",
            full.replace("extra ZXh0cmE=\n", "").replace("\n\n", "\nextra ZXh0cmE=\n\n", 1),
        ),
        ("too long", plain + "x" * 65_536),
    ):
        yield row(f"proof: {why}", "proof", {"text": text, "leaf": leaf_hash, "trusted": log}, MALFORMED)


def record_rows() -> Iterator[Row]:
    """Records that say what no record can, and signatures that do not hold."""
    made = opening()
    data, previous = made.record.to_bytes(), opening().entry()
    value: Any = made.record.to_json()
    refused = record(status=Status.REFUSED, gpc=Gpc.APPLIED, previous=previous)
    withdrawn = record(status=Status.WITHDRAWN, previous=previous)
    applied = refused.to_bytes().replace(b"dpv:ConsentRefused", b"dpv:ConsentGiven")
    nothing = withdrawn.to_bytes().replace(b'"urn:sha256:' + previous.hex().encode() + b'"', b"null")
    yield row("a signal gives consent", "record", {"data": applied.hex()}, UNTRUE)
    yield row("nothing is withdrawn", "record", {"data": nothing.hex()}, UNTRUE)
    time = value["dct:created"].encode()
    for why, old, new in (
        ("a day that is not there", time, b"2026-02-30T00:00:00Z"),
        ("a time with a zone", time, b"2026-11-22T00:00:00+01:00"),
        ("a second too many", time, b"2026-11-22T00:00:60Z"),
        ("a time before 1970", time, b"1969-12-31T23:59:59Z"),
        ("a purpose outside the vocabulary", b"nearside:suggest", b"nearside:sell"),
        ("another label", b"Suggest pages", b"Suggest papers"),
        ("a signal outside the vocabulary", b'"absent"', b'"maybe"'),
        ("a uuid of another version", b"-4e7f-", b"-1e7f-"),
        ("a notice without a version", b'"dct:hasVersion":1', b'"dct:hasVersion":0'),
        ("a controller with a space", b"riverton", b"river ton"),
        ("a language of three letters", b'"en"', b'"eng"'),
        ("a subject in capitals", made.record.subject_key.hex().encode(), b"A" * 64),
        ("spaces", b'":', b'": '),
    ):
        assert old in data
        yield row(f"record: {why}", "record", {"data": data.replace(old, new).hex()}, MALFORMED)
    salt, signature = made.salt.hex(), made.signature.hex()
    given = {"data": data.hex(), "salt": salt, "signature": signature}
    yield row("signed by nobody", "opening", {**given, "signature": "00" * 64}, UNTRUE)
    yield row("a signature of 63 bytes", "opening", {**given, "signature": signature[2:]}, UNTRUE)
    yield row("a salt of 31 bytes", "opening", {**given, "salt": salt[2:]}, MALFORMED)


def receipt_rows() -> Iterator[Row]:
    """A receipt whose checkpoint two of three witnesses have cosigned."""
    made = receipt_for(opening())
    proof = made.proof
    one = cosign(proof.checkpoint, witness(1), cosigned_at=COSIGNED_AT)
    two = cosign(one, witness(3), cosigned_at=COSIGNED_AT + 1)
    trusted = " ".join([str(log_signer().key), "2", *(str(witness_key(number)) for number in (1, 2, 3))])

    def given(note: Note) -> Row:
        receipt = Receipt(made.opening, made.leaf, TlogProof(proof.index, proof.hashes, note))
        return {"data": receipt.to_bytes().hex(), "trusted": trusted}

    good = {"value": made.opening.record.record_id}
    yield row("a receipt that two of three witnesses saw", "receipt", given(two), good)
    yield row("a receipt that one of three witnesses saw", "receipt", given(one), UNTRUE)
    broken = sign_note("hello\n", log_signer())
    yield row("a receipt with a note that is no checkpoint", "receipt", given(broken), MALFORMED)
    bent = cosign(two, witness(2), cosigned_at=COSIGNED_AT)
    last = bent.signatures[-1]
    zeroes = type(last)(last.name, last.key_id, last.signature[:8] + bytes(64))
    lie = Note(bent.text, (*bent.signatures[:-1], zeroes))
    yield row("a receipt with a false cosignature beyond the quorum", "receipt", given(lie), UNTRUE)
    # The log holds an entry with the right commitment and another notice than the citizen was shown.
    other = leaf.ConsentLeaf(made.leaf.commitment, bytes(32))
    storage = MemoryStorage()
    (entry,) = logged(storage, leaf.to_bytes(other))
    found = TlogProof.parse(log.proof_for(storage, entry) or "")
    swapped = {"data": Receipt(made.opening, other, found).to_bytes().hex(), "trusted": str(log_signer().key)}
    yield row("a receipt whose entry truly names another notice", "receipt", swapped, UNTRUE)


def cases() -> list[Row]:
    """Every vector of this file."""
    makers = (
        inclusion_rows,
        consistency_rows,
        entry_rows,
        key_rows,
        checkpoint_rows,
        proof_rows,
        record_rows,
        receipt_rows,
        copy_rows,
    )
    return [made for maker in makers for made in maker()]


def main() -> None:
    """Write the file."""
    lines = ",\n".join(json.dumps(case, ensure_ascii=True, sort_keys=True) for case in cases())
    head = f'{{"source": {json.dumps(SOURCE)},\n"copy": {json.dumps(honest_copy(), sort_keys=True)}'
    FILE.write_text(f'{head},\n"cases": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
