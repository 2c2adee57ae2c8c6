"""What the log promises, over every store: each entry once, proved when published, in nobody's order."""

from __future__ import annotations

import hashlib

import pytest

from consent_ledger import leaf, log
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.merkle import leaf_hash, root_of
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.storage.ports import Storage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import all_entries, dice, log_signer, numbered_entry, numbered_leaf, trusted

pytest_plugins = ("tests.support.ministack", "tests.support.ledger_stores")


def test_every_accepted_entry_gets_a_proof(storage: Storage) -> None:
    """Batches of awkward sizes: every entry is in the published tree exactly once, and is proved to be."""
    total = 0
    for size in (1, 2, 253, 1, 40):
        for number in range(total, total + size):
            log.accept(storage, numbered_leaf(number))
        total += size
        checkpoint = log.advance(storage, log_signer(), dice=dice())
        assert checkpoint.size == total
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(total))
    assert checkpoint.root == root_of([leaf_hash(data) for data in all_entries(storage)])
    for number in (0, 1, 2, 100, 255, 256, 257, total - 1):
        proof = log.proof_for(storage, numbered_entry(number))
        assert proof is not None
        _, claims = TlogProof.parse(proof).check(numbered_entry(number), trusted())
        verify_claims(claims)
    assert log.proof_for(storage, numbered_entry(total)) is None


def test_nothing_is_proved_before_it_is_published(storage: Storage) -> None:
    """Accepted, sequenced and integrated are not enough: a receipt needs a signed checkpoint."""
    log.accept(storage, numbered_leaf(1))
    assert log.proof_for(storage, numbered_entry(1)) is None
    assert log.sequence(storage, dice()) == 1
    assert log.proof_for(storage, numbered_entry(1)) is None
    log.integrate(storage)
    assert log.proof_for(storage, numbered_entry(1)) is None
    log.publish(storage, log_signer())
    assert log.proof_for(storage, numbered_entry(1)) is not None


def test_a_batch_is_not_overtaken(storage: Storage) -> None:
    """While a batch waits to be integrated nothing is sequenced after it: its staged file is not replaced."""
    for number in range(3):
        log.accept(storage, numbered_leaf(number))
    assert log.sequence(storage, dice(), limit=2) == 2
    assert log.sequence(storage, dice(), limit=2) == 0
    assert storage.head().size == 2
    assert log.integrate(storage) == 2
    assert log.sequence(storage, dice(), limit=2) == 1
    log.integrate(storage)
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(3))


def test_the_order_of_a_batch_does_not_tell_who_came_first(storage: Storage) -> None:
    """Which entry of a batch comes first is decided by the dice alone."""
    for number in range(8):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, log_signer(), dice=lambda bound: bound - 1)
    assert all_entries(storage) == sorted(numbered_leaf(number) for number in range(8))
    for number in range(8, 16):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, log_signer(), dice=lambda _: 0)
    in_order = sorted(numbered_leaf(number) for number in range(8, 16))
    assert all_entries(storage)[8:] == [*in_order[1:], in_order[0]]


def test_a_lost_tree_is_not_published(storage: Storage) -> None:
    """A store restored from a backup older than the published checkpoint stops the log: it never forks."""
    signer = log_signer()
    for number in range(5):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, signer, dice=dice())
    restored = MemoryStorage()
    log.accept(restored, numbered_leaf(77))
    log.advance(restored, signer, dice=dice())
    published = storage.checkpoint()
    older = restored.checkpoint()
    assert published is not None
    assert older is not None
    restored.swap_checkpoint(older, published)
    with pytest.raises(Untrue, match="does not continue the published one"):
        log.publish(restored, signer)


def test_another_logs_checkpoint_is_never_continued(storage: Storage) -> None:
    """A signer of another origin refuses to publish over this log's checkpoint."""
    log.accept(storage, leaf.to_bytes(leaf.NoticeLeaf(hashlib.sha256(b"n").digest())))
    log.advance(storage, log_signer(), dice=dice())
    other = type(log_signer()).from_seed("elsewhere.example/ledger/2026", bytes(32))
    with pytest.raises(Untrue, match="published by another log"):
        log.publish(storage, other)
    assert LogKeys.parse(str(other.key)).origin == "elsewhere.example/ledger/2026"


def test_superseded_checkpoints_stay(storage: Storage) -> None:
    """Every published checkpoint can be read under its size once another has replaced it, byte for byte."""
    published: dict[int, bytes | None] = {}
    for number in range(5):
        log.accept(storage, numbered_leaf(number))
        size = log.advance(storage, log_signer(), dice=dice()).size
        published[size] = storage.checkpoint()
    latest = max(published)
    assert [storage.read(f"checkpoints/{size}") for size in range(1, latest)] == [
        published[size] for size in range(1, latest)
    ]
    assert storage.read(f"checkpoints/{latest}") is None
