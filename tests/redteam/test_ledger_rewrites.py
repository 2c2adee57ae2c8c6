"""Attacks on the log's past: what an operator or an intruder would change in it, and who finds it."""

from __future__ import annotations

import pytest

from consent_ledger import log, tiles
from consent_ledger.audit import audit, verify_growth
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.leaf import ErasureLeaf, to_bytes
from consent_ledger.note import Note, sign_note
from consent_ledger.storage.memory import MemoryStorage
from tests.support.ledger import (
    ORIGIN,
    dice,
    log_signer,
    logged,
    numbered_leaf,
    trusted,
)


def grown(*numbers: int) -> MemoryStorage:
    """A published log that holds these leaves."""
    storage = MemoryStorage()
    logged(storage, *(numbered_leaf(number) for number in numbers))
    return storage


def published(storage: MemoryStorage) -> bytes:
    checkpoint = storage.checkpoint()
    assert checkpoint is not None
    return checkpoint


def test_a_split_view_is_seen_by_whoever_holds_two_checkpoints() -> None:
    """An operator shows two trees of one size: each is signed, and neither continues the other."""
    one, two = grown(1, 2, 3, 4), grown(1, 2, 3, 5)
    report, claims = audit(one.read, published(one), trusted=trusted())
    verify_claims(claims)
    with pytest.raises(Untrue, match="past was rewritten"):
        verify_growth(one.read, published(two), later=report.checkpoint, trusted=trusted())


def test_a_rollback_is_seen_by_whoever_kept_a_checkpoint() -> None:
    """An operator goes back to a shorter log: the copy does not reach the checkpoint of another day."""
    storage = grown(1, 2, 3)
    early = published(storage)
    logged(storage, numbered_leaf(4))
    later = published(storage)
    short, _ = audit(storage.read, early, trusted=trusted())
    with pytest.raises(Untrue, match="shorter than it once was"):
        verify_growth(storage.read, later, later=short.checkpoint, trusted=trusted())
    whole, _ = audit(storage.read, later, trusted=trusted())
    verify_claims(verify_growth(storage.read, early, later=whole.checkpoint, trusted=trusted()))


def test_a_rewritten_past_is_not_signed() -> None:
    """An intruder rewrites tiles under a published tree: the log refuses to sign what follows."""

    class Rewritten(MemoryStorage):
        lie = False

        def read(self, path: str) -> bytes | None:
            data = super().read(path)
            if self.lie and data is not None and path.startswith("tile/0/"):
                return bytes(32) + data[32:]
            return data

    storage = Rewritten()
    logged(storage, *(numbered_leaf(number) for number in range(3)))
    storage.lie = True
    log.accept(storage, numbered_leaf(3))
    with pytest.raises(Untrue, match="does not continue"):
        log.advance(storage, log_signer(), dice=dice())
    assert Checkpoint.parse(Note.from_bytes(published(storage)).text).size == 3


def test_a_changed_staged_batch_is_not_integrated() -> None:
    """An intruder changes a batch between its sequencing and its integration: found by its name."""

    class Changed(MemoryStorage):
        def read(self, path: str) -> bytes | None:
            data = super().read(path)
            return data[:-1] + b" " if data is not None and path.startswith("staging/") else data

    storage = Changed()
    log.accept(storage, numbered_leaf(1))
    with pytest.raises(Untrue, match="not the bytes that were sequenced"):
        log.advance(storage, log_signer(), dice=dice())


def test_a_silent_deletion_breaks_the_audit() -> None:
    """Any entry changed, left out, or put in twice in a copied log is found, as is an erasure too many."""
    storage = grown(*range(300))
    checkpoint = published(storage)
    report, claims = audit(storage.read, checkpoint, trusted=trusted())
    verify_claims(claims)
    assert report.kinds == {"notice": 300}

    def with_bundle(entries: tuple[bytes, ...]) -> None:
        def read(path: str) -> bytes | None:
            return tiles.encode_entries(entries) if path == "tile/entries/000" else storage.read(path)

        audit(read, checkpoint, trusted=trusted())

    entries = tiles.read_entries(tiles.Tile(-1, 0, 256), storage.read)
    with_bundle(entries)
    with pytest.raises(Untrue, match="contradicts the entries"):
        with_bundle((numbered_leaf(999), *entries[1:]))
    with pytest.raises(Untrue, match="width"):
        with_bundle(entries[1:])
    with pytest.raises(Untrue, match="contradicts the entries"):
        with_bundle((entries[1], *entries[1:]))
    # Put in twice by the log itself, tiles and all.
    twice = grown(*range(3))
    twice.put_entry(b"another name".ljust(32), numbered_leaf(1))
    log.advance(twice, log_signer(), dice=dice())
    with pytest.raises(Untrue, match="stands twice"):
        audit(twice.read, published(twice), trusted=trusted())
    with pytest.raises(Untrue, match="no leaf"):
        with_bundle((b"{}", *entries[1:]))
    erased = MemoryStorage()
    logged(erased, to_bytes(ErasureLeaf(1, bytes(16))))
    with pytest.raises(Untrue, match="more was erased"):
        audit(erased.read, published(erased), trusted=trusted())


def test_a_missing_tile_is_evidence() -> None:
    """A copy that lacks any one of its files does not pass."""
    storage = grown(*range(300))
    for missing in (tile.path for tile in tiles.tiles_of(300)):
        with pytest.raises(Untrue, match="missing"):
            audit(
                lambda path, missing=missing: None if path == missing else storage.read(path),
                published(storage),
                trusted=trusted(),
            )


def test_a_signed_lie_about_the_root_is_found() -> None:
    """The operator signs a root that the entries do not lead to: the audit computes its own."""
    storage = grown(1, 2, 3)
    lie = sign_note(str(Checkpoint(ORIGIN, 3, bytes(32))), log_signer())
    with pytest.raises(Untrue, match="another root"):
        audit(storage.read, lie.to_bytes(), trusted=trusted())
