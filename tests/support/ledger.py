"""Builders for the ledger's tests: fixed keys, numbered leaves and receipts."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

from consent_ledger import leaf, log, tiles
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.leaf import NoticeLeaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.purposes import Purpose
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import ConsentRecord, Gpc, LegalBasis, Status
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.storage.ports import Storage
from consent_ledger.tlog_proof import TlogProof

ORIGIN = "riverton.example/ledger/2026"
NOTICE_HASH = hashlib.sha256(b"notice").digest()


def log_signer(seed: int = 1) -> Ed25519Signer:
    """The log's signer; another seed is another key under the same name."""
    return Ed25519Signer.from_seed(ORIGIN, bytes([seed]) * 32)


def device_signer(seed: int = 2) -> Ed25519Signer:
    """A device's consent key."""
    return Ed25519Signer.from_seed("device", bytes([seed]) * 32)


def trusted() -> LogKeys:
    """What a verifier of the log knows beforehand."""
    return LogKeys.parse(str(log_signer().key))


def dice(seed: int = 7) -> Callable[[int], int]:
    """A die that falls the same way in every run."""
    return random.Random(seed).randrange


def numbered_leaf(number: int) -> bytes:
    """Leaf bytes that differ for each number."""
    return leaf.to_bytes(NoticeLeaf(hashlib.sha256(b"%d" % number).digest()))


def numbered_entry(number: int) -> bytes:
    """The hash of a numbered leaf."""
    return leaf_hash(numbered_leaf(number))


def record(**changes: Any) -> ConsentRecord:
    """A record that gives consent to suggestions, with changes."""
    fields: dict[str, Any] = {
        "record_id": "6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b",
        "subject_key": device_signer().key.public_key,
        "controller": "riverton",
        "purpose": Purpose.SUGGEST,
        "status": Status.GIVEN,
        "gpc": Gpc.ABSENT,
        "legal_basis": LegalBasis.CONSENT,
        "notice_hash": NOTICE_HASH,
        "notice_version": 1,
        "notice_language": "en",
        "event_at": 1_795_300_000,
        "previous": None,
    }
    return ConsentRecord(**{**fields, **changes})


def opening(number: int = 0, *, signer: Ed25519Signer | None = None, **changes: Any) -> Opening:
    """A signed record with a salt that depends on `number`."""
    signer = signer or device_signer()
    made = record(subject_key=signer.key.public_key, **changes)
    return Opening(made, hashlib.sha256(b"salt %d" % number).digest(), signer.sign(made.signed_bytes()))


def logged(storage: Storage, *leaves: bytes) -> list[bytes]:
    """Take leaves through the whole life of the log; return their leaf hashes."""
    entries = [log.accept(storage, data) for data in leaves]
    log.advance(storage, log_signer(), dice=dice())
    return entries


def grown(*numbers: int) -> MemoryStorage:
    """A published log that holds these leaves."""
    storage = MemoryStorage()
    logged(storage, *(numbered_leaf(number) for number in numbers))
    return storage


def published(storage: Storage) -> bytes:
    """The published checkpoint; there must be one."""
    checkpoint = storage.checkpoint()
    assert checkpoint is not None
    return checkpoint


def all_entries(storage: Storage) -> list[bytes]:
    """Every entry in the clean tree, in order, read from the bundles."""
    size = storage.head().clean
    bundles = (tile for tile in tiles.tiles_of(size) if tile.level < 0)
    return [data for tile in bundles for data in tiles.read_entries(tile, storage.read)]


def receipt_for(made: Opening, storage: Storage | None = None, *, others: int = 12) -> Receipt:
    """A receipt for an opening, from a log in which it stands among others."""
    storage = storage or MemoryStorage()
    logged(storage, leaf.to_bytes(made.leaf()), *(numbered_leaf(number) for number in range(others)))
    proof = log.proof_for(storage, made.entry())
    assert proof is not None
    return Receipt(made, made.leaf(), TlogProof.parse(proof))
