"""A backlog in the log: nobody can starve an entry, and nothing is taken for published that is not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from consent_ledger import leaf, log
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.errors import Refused
from consent_ledger.leaf import NoticeLeaf
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.tlog_proof import TlogProof
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.publishing.deployed_log import LOG_TIMEOUT_S, wait_for_all
from tests.support.ledger import dice, log_signer

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)

FLOOD = 40
VICTIM = b"\xff" * 32


def notices(count: int) -> tuple[NoticeLeaf, ...]:
    return tuple(NoticeLeaf(number.to_bytes(32, "big")) for number in range(count))


class SlowLog:
    """A log whose sequencer takes one entry at each wake, the lowest hash first; and a clock."""

    def __init__(self) -> None:
        self.storage = MemoryStorage()
        self.now = 0.0
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1
        log.advance(self.storage, log_signer(), dice=dice(0), limit=1)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def wait(self, entries: tuple[bytes, ...]) -> str:
        return wait_for_all(self.storage, entries, wake=self.wake, clock=lambda: self.now, sleep=self.sleep)


def test_a_proof_is_handed_out_once_all_entries_are_published() -> None:
    """The last entry is published first, the others turns later: its proof is of a tree that has them all."""
    slow = SlowLog()
    entries = tuple(log.accept(slow.storage, leaf.to_bytes(each)) for each in notices(5))
    slow.wake()
    (first,) = [entry for entry in entries if slow.storage.index_of(entry) is not None]
    ordered = (*(entry for entry in entries if entry != first), first)
    assert log.proof_for(slow.storage, ordered[-1]) is not None
    proof = TlogProof.parse(slow.wait(ordered))
    assert Checkpoint.parse(proof.checkpoint.text).size == 5
    assert slow.woken == 5
    assert all(log.proof_for(slow.storage, entry) is not None for entry in entries)


def test_a_log_that_does_not_publish_all_in_time_is_an_error() -> None:
    """One entry never comes: whoever waits is told, though the last one is published."""
    slow = SlowLog()
    entry = log.accept(slow.storage, leaf.to_bytes(notices(1)[0]))
    with pytest.raises(Refused, match="in time"):
        slow.wait((bytes(32), entry))
    assert log.proof_for(slow.storage, entry) is not None
    assert LOG_TIMEOUT_S <= slow.now < LOG_TIMEOUT_S + 3


def flooded(stack: MiniStack, draw: log.Dice) -> DynamoS3Storage:
    """A log with one entry behind a flood of lower hashes in its shard."""
    storage = DynamoS3Storage(
        stack.table("pk", "sk"),
        stack.bucket(),
        dynamodb_client=stack.client("dynamodb"),
        s3_client=stack.client("s3"),
        dice=draw,
    )
    for number in range(FLOOD):
        storage.put_entry(b"\xf0" + bytes([number]) * 31, b"flood %d" % number)
    storage.put_entry(VICTIM, b"victim")
    return storage


@pytest.mark.stack
@pytest.mark.parametrize("start", [0, 1, 16**62, 16**63 - 1])
def test_a_shard_is_read_from_anywhere_on_and_round_its_end(ministack: MiniStack, start: int) -> None:
    """Wherever it begins, a backlog gives as many as asked, none twice; from the end on it comes round."""
    storage = flooded(ministack, lambda sides: min(start, sides - 1))
    found = storage.pending(8)
    assert len(found) == len(set(found)) == 8
    assert (b"victim" in found) == (start >= 16**62)
    assert set(storage.pending(FLOOD)) <= {b"victim", *(b"flood %d" % number for number in range(FLOOD))}
    assert len(set(storage.pending(FLOOD))) == FLOOD


@pytest.mark.stack
def test_who_floods_the_log_with_low_hashes_starves_nobody(ministack: MiniStack) -> None:
    """Entries with chosen hashes come in faster than the log takes them: the one behind them is taken too."""
    storage = flooded(ministack, random.Random(7).randrange)
    turns = 0
    while b"victim" not in storage.pending(4):
        turns += 1
        assert turns < 50


@pytest.mark.stack
def test_without_a_backlog_nothing_is_drawn(ministack: MiniStack) -> None:
    """As long as a turn takes all that is pending, each shard is read once."""

    def never(sides: int) -> int:
        raise AssertionError("drawn")

    storage = flooded(ministack, never)
    assert len(storage.pending(1024)) == FLOOD + 1
