"""The laws that every store of the log must keep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from consent_ledger.storage.ports import Head, Storage
from tests.support.ledger import numbered_entry, numbered_leaf

pytest_plugins = ("tests.support.ministack", "tests.support.ledger_stores")

THREADS = 16


def together(action: Callable[[int], object], times: int = THREADS) -> list[object]:
    """Run `action(0)` up to `action(times - 1)`, all starting at the same moment."""
    gate = threading.Barrier(times)

    def run(number: int) -> object:
        gate.wait()
        return action(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def test_a_new_store_is_empty(storage: Storage) -> None:
    """Nothing is pending, known, written or published at first."""
    assert storage.head() == Head()
    assert storage.pending(10) == ()
    assert storage.checkpoint() is None
    assert storage.read("tile/0/000") is None
    assert storage.index_of(numbered_entry(1)) is None
    assert not storage.knows(numbered_entry(1))


def test_what_is_written_can_never_change(storage: Storage) -> None:
    """Other bytes at the same path are refused; the same bytes again are fine."""
    storage.write_once("tile/0/000.p/1", b"first")
    storage.write_once("tile/0/000.p/1", b"first")
    with pytest.raises(FileExistsError):
        storage.write_once("tile/0/000.p/1", b"second")
    assert storage.read("tile/0/000.p/1") == b"first"


def test_an_entry_is_put_once(storage: Storage) -> None:
    """A repeated put changes nothing, also once the entry is settled: a late retry is not sequenced."""
    assert storage.put_entry(numbered_entry(1), numbered_leaf(1))
    assert not storage.put_entry(numbered_entry(1), numbered_leaf(1))
    assert storage.pending(10) == (numbered_leaf(1),)
    storage.settle(0, [numbered_entry(1)])
    assert not storage.put_entry(numbered_entry(1), numbered_leaf(1))
    assert storage.pending(10) == ()
    assert storage.knows(numbered_entry(1))
    assert storage.index_of(numbered_entry(1)) == 0


def test_settling_is_repeatable(storage: Storage) -> None:
    """Settling twice leaves the same places, and leaves other pending entries alone."""
    for number in range(30):
        storage.put_entry(numbered_entry(number), numbered_leaf(number))
    for _ in range(2):
        storage.settle(100, [numbered_entry(number) for number in range(29)])
    assert [storage.index_of(numbered_entry(number)) for number in range(30)] == [*range(100, 129), None]
    assert storage.pending(10) == (numbered_leaf(29),)


def test_pending_keeps_to_its_limit(storage: Storage) -> None:
    """At most `limit` entries come back, and all of them when the limit is large."""
    for number in range(20):
        storage.put_entry(numbered_entry(number), numbered_leaf(number))
    assert len(storage.pending(7)) == 7
    assert sorted(storage.pending(100)) == sorted(numbered_leaf(number) for number in range(20))


def test_the_head_moves_only_from_where_it_is(storage: Storage) -> None:
    """A swap from anything but the present head changes nothing."""
    assert not storage.swap_head(Head(1, 1), Head(2, 2))
    assert storage.swap_head(Head(), Head(3, 0, "staging/0-a"))
    assert not storage.swap_head(Head(), Head(4, 0, "staging/0-b"))
    assert not storage.swap_head(Head(3, 0, "staging/0-b"), Head(3, 3))
    assert storage.head() == Head(3, 0, "staging/0-a")
    assert storage.swap_head(Head(3, 0, "staging/0-a"), Head(3, 3))
    assert storage.head() == Head(3, 3)


def test_the_checkpoint_moves_only_from_where_it_is(storage: Storage) -> None:
    """A publisher that saw an older checkpoint cannot overwrite a newer one."""
    assert not storage.swap_checkpoint(b"none", b"one")
    assert storage.swap_checkpoint(None, b"one")
    assert not storage.swap_checkpoint(None, b"two")
    assert storage.swap_checkpoint(b"one", b"two")
    assert not storage.swap_checkpoint(b"one", b"three")
    assert storage.checkpoint() == b"two"


def test_one_of_many_puts_of_an_entry_wins(storage: Storage) -> None:
    """Of 16 puts of one entry at once exactly one is the first."""
    answers = together(lambda _: storage.put_entry(numbered_entry(1), numbered_leaf(1)))
    assert answers.count(True) == 1
    assert storage.pending(10) == (numbered_leaf(1),)


def test_swaps_of_the_head_lose_no_update(storage: Storage) -> None:
    """16 threads that add one by compare-and-swap, 4 times each, arrive at 64: no update is lost."""

    def add(_: int) -> None:
        for _ in range(4):
            while True:
                old = storage.head()
                if storage.swap_head(old, Head(old.size + 1, old.clean + 1)):
                    break

    together(add)
    assert storage.head() == Head(64, 64)


def test_one_of_many_first_checkpoints_wins(storage: Storage) -> None:
    """Of 16 publishers of different first checkpoints exactly one succeeds, and its bytes stay."""
    answers = together(lambda number: storage.swap_checkpoint(None, b"%d" % number))
    assert answers.count(True) == 1
    assert storage.checkpoint() == b"%d" % answers.index(True)


def test_one_of_many_writers_of_a_file_wins(storage: Storage) -> None:
    """Of 16 writers of different bytes one succeeds, and the others are told."""

    def write(number: int) -> bool:
        try:
            storage.write_once("tile/0/000", b"%d" % number)
        except FileExistsError:
            return False
        return True

    answers = together(write)
    assert answers.count(True) == 1
    assert storage.read("tile/0/000") == b"%d" % answers.index(True)
