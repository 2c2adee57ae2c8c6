"""The laws that every witness's memory must keep."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from consent_ledger.checkpoint import Checkpoint
from consent_ledger.merkle import consistency_proof, leaf_hash, nodes_of, root_of
from consent_ledger.note import Note, sign_note
from consent_ledger.storage.memory import MemoryWitnessStore
from consent_ledger.witness import AddCheckpoint, WitnessStore
from lambdas.shared.witness_store import DynamoWitnessStore
from tests.support.ledger import ORIGIN, log_signer
from tests.support.witnesses import witness

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)

LEAVES = [leaf_hash(b"%d" % number) for number in range(40)]


@pytest.fixture(params=["memory", pytest.param("dynamo", marks=pytest.mark.stack)])
def store(request: pytest.FixtureRequest) -> WitnessStore:
    """An empty memory of each kind."""
    if request.param == "memory":
        return MemoryWitnessStore()
    stack: MiniStack = request.getfixturevalue("ministack")
    return DynamoWitnessStore(stack.table("pk"), client=stack.client("dynamodb"))


def asking(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    note = sign_note(str(Checkpoint(ORIGIN, size, root_of(leaves[:size]))), log_signer())
    return AddCheckpoint(old, consistency_proof(old, size, nodes_of(leaves)), note).to_bytes()


def test_the_memory_moves_only_from_where_it_is(store: WitnessStore) -> None:
    """Whoever saw an older memory cannot overwrite a newer one; logs do not meet."""
    assert store.latest("a") is None
    assert not store.swap("a", b"none", b"one")
    assert store.swap("a", None, b"one")
    assert not store.swap("a", None, b"two")
    assert store.swap("a", b"one", b"two")
    assert not store.swap("a", b"one", b"three")
    assert (store.latest("a"), store.latest("b")) == (b"two", None)
    assert store.swap("a", b"two", b"two")


def test_of_many_at_once_one_is_remembered(store: WitnessStore) -> None:
    """Of 16 first memories at once exactly one stays."""
    gate = threading.Barrier(16)

    def swap(number: int) -> bool:
        gate.wait()
        return store.swap("a", None, b"%d" % number)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(swap, range(16)))
    assert answers.count(True) == 1
    assert store.latest("a") == b"%d" % answers.index(True)


def test_no_two_trees_of_one_size_are_cosigned_at_once(store: WitnessStore) -> None:
    """An operator asks for eight trees at the same moment: one cosignature, and it is remembered."""
    ours = witness(store=store)
    gate = threading.Barrier(8)

    def ask(number: int) -> int:
        leaves = [leaf_hash(b"%d of %d" % (each, number)) for each in range(9)]
        request = asking(0, 9, leaves)
        gate.wait()
        return ours.add_checkpoint(request).status

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sorted(answers) == [200, *[409] * 7]


def test_what_is_remembered_only_grows(store: WitnessStore) -> None:
    """Publishers that race with trees of many sizes never bring the memory back to a smaller one."""
    ours = witness(store=store)
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            held = store.latest(ORIGIN)
            seen.append(0 if held is None else Checkpoint.parse(Note.from_bytes(held).text).size)

    def ask(number: int) -> None:
        for size in range(number, 40, 4):
            old = 0
            while True:
                answer = ours.add_checkpoint(asking(old, size))
                if answer.status != 409 or int(answer.body) > size:
                    break
                old = int(answer.body)

    with ThreadPoolExecutor(5) as pool:
        looking = pool.submit(look)
        for job in [pool.submit(ask, number) for number in range(1, 5)]:
            job.result()
        done.set()
        looking.result()
    assert seen == sorted(seen)
    held = store.latest(ORIGIN)
    assert held is not None
    assert Checkpoint.parse(Note.from_bytes(held).text).size == 39
