"""Both verifiers on the same cases: ours in Python, and the one in plain JavaScript under Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consent_ledger import canonical, leaf, merkle, tiles
from consent_ledger.audit import audit
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.commitment import commit
from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import print_base64
from consent_ledger.keys import KeyList
from consent_ledger.note import Note, VerifierKey
from consent_ledger.receipt import Receipt
from consent_ledger.record import ConsentRecord
from consent_ledger.tlog_proof import TlogProof

SCRIPT = Path(__file__).resolve().with_name("verifier_batch.mjs")

Case: TypeAlias = dict[str, Any]
"""What is to be done under `do`, and what it is done to; bytes are hex."""

Outcome: TypeAlias = dict[str, Any]
"""Either `{"value": ...}` or `{"error": "Malformed" or "Untrue"}`."""


class SecondVerifier:
    """The verifier in JavaScript: one process of Node that answers case by case, until the body ends."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def outcome(self, case: Case) -> Outcome:
        """What JavaScript says of one case."""
        taken, told = self._process.stdin, self._process.stdout
        assert taken is not None
        assert told is not None
        taken.write(json.dumps(case) + "\n")
        taken.flush()
        line = told.readline()
        assert line, f"the second verifier died of {case}"
        said: Outcome = json.loads(line)
        return said


@contextmanager
def second_verifier() -> Iterator[SecondVerifier]:
    """Start the second verifier; skips the test where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: run make setup")
    command = [node, str(SCRIPT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield SecondVerifier(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def in_python(case: Case) -> Outcome:
    """Run one case here."""
    given = {name: value for name, value in case.items() if name != "do"}
    try:
        return {"value": DEEDS[case["do"]](**given)}
    except (Malformed, Untrue) as error:
        return {"error": type(error).__name__}


def _canonical(data: str) -> str:
    return canonical.encode(canonical.decode(bytes.fromhex(data))).hex()


def _root(leaves: Sequence[str]) -> str:
    return merkle.root_of([merkle.leaf_hash(bytes.fromhex(each)) for each in leaves]).hex()


# JSON in JavaScript holds no whole number above 2^53: sizes and indexes are text.
def _inclusion(index: str, size: str, leaf: str, proof: Sequence[str], root: str) -> None:
    path = [bytes.fromhex(each) for each in proof]
    merkle.verify_inclusion(
        int(index), int(size), leaf=bytes.fromhex(leaf), proof=path, root=bytes.fromhex(root)
    )


def _consistency(old: str, size: str, old_root: str, root: str, proof: Sequence[str]) -> None:
    path = [bytes.fromhex(each) for each in proof]
    old_bytes, new_bytes = bytes.fromhex(old_root), bytes.fromhex(root)
    merkle.verify_consistency(int(old), int(size), old_root=old_bytes, new_root=new_bytes, proof=path)


def _log_keys(text: str) -> list[Any]:
    return _counts(LogKeys.from_text(text))


def _key_list(data: str) -> list[Any]:
    return _counts(KeyList.from_bytes(bytes.fromhex(data)).log_keys())


def _counts(trusted: LogKeys) -> list[Any]:
    return [trusted.origin, len(trusted.keys), len(set(trusted.witnesses)), trusted.quorum]


def _note(data: str, vkey: str) -> str:
    note = Note.from_bytes(bytes.fromhex(data))
    verify_claims(note.claims([VerifierKey.parse(vkey)]))
    return note.text


def _checkpoint(text: str) -> list[Any]:
    read = Checkpoint.parse(text)
    return [read.origin, str(read.size), print_base64(read.root), list(read.extensions)]


def _signed_checkpoint(data: str, trusted: str) -> list[Any]:
    checkpoint, claims = LogKeys.from_text(trusted).check(Note.from_bytes(bytes.fromhex(data)))
    verify_claims(claims)
    return [checkpoint.origin, str(checkpoint.size), len(claims)]


def _proof(text: str, leaf: str, trusted: str) -> list[str]:
    proof = TlogProof.parse(text)
    checkpoint, claims = proof.check(bytes.fromhex(leaf), LogKeys.from_text(trusted))
    verify_claims(claims)
    return [str(proof.index), str(checkpoint.size)]


def _leaf(data: str) -> list[str]:
    parsed = leaf.parse_leaf(bytes.fromhex(data))
    return [parsed.kind, leaf.hash_of(parsed).hex()]


def _record(data: str) -> list[Any]:
    record = ConsentRecord.from_bytes(bytes.fromhex(data))
    value: Any = record.to_json()
    words = (record.purpose.value, record.status.value, record.gpc.value)
    return [record.record_id, *words, value["dct:created"], record.notice_version]


def _opening(data: str, salt: str, signature: str) -> str:
    record = ConsentRecord.from_bytes(bytes.fromhex(data))
    verify_claims([record.claim(bytes.fromhex(signature))])
    return commit(bytes.fromhex(salt), bytes.fromhex(data)).hex()


def _receipt(data: str, trusted: str) -> str:
    receipt = Receipt.from_bytes(bytes.fromhex(data))
    verify_claims(receipt.check(LogKeys.from_text(trusted)))
    return receipt.opening.record.record_id


def _copy(files: Mapping[str, str], note: str, trusted: str) -> list[Any]:
    def read(path: str) -> bytes | None:
        return bytes.fromhex(files[path]) if path in files else None

    report, claims = audit(read, bytes.fromhex(note), trusted=LogKeys.from_text(trusted))
    verify_claims(claims)
    return [str(report.checkpoint.size), dict(report.kinds), report.erased]


DEEDS: Mapping[str, Callable[..., Any]] = {
    "canonical": _canonical,
    "root": _root,
    "inclusion": _inclusion,
    "consistency": _consistency,
    "tile_path": lambda level, index, width: tiles.Tile(level, index, width).path,
    "tile_paths": lambda size: [tile.path for tile in tiles.tiles_of(size)],
    "entries": lambda data: [each.hex() for each in tiles.decode_entries(bytes.fromhex(data))],
    "vkey": lambda text: VerifierKey.parse(text).public_key.hex(),
    "witness_key": lambda text: WitnessKey.parse(text).public_key.hex(),
    "log_keys": _log_keys,
    "key_list": _key_list,
    "note": _note,
    "checkpoint": _checkpoint,
    "signed_checkpoint": _signed_checkpoint,
    "proof": _proof,
    "leaf": _leaf,
    "record": _record,
    "opening": _opening,
    "receipt": _receipt,
    "copy": _copy,
}
