"""The laws that every store of the log must keep, and the log's own promises over each of them."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consent_ledger import leaf, log, tiles
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.merkle import leaf_hash, root_of
from consent_ledger.note import Note
from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.storage.ports import Head, Storage
from consent_ledger.tlog_proof import TlogProof
from lambdas.shared.ledger_storage import DynamoS3Storage
from tests.support.ledger import Crash, CrashingStorage, dice, log_signer, numbered_leaf, trusted
from tests.support.witnesses import Panel

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)

THREADS = 16


@pytest.fixture(
    params=["memory", "file", pytest.param("dynamo", marks=pytest.mark.stack)],
)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty store of each kind."""
    match request.param:
        case "memory":
            return MemoryStorage()
        case "file":
            return FileStorage(tmp_path / "ledger")
        case _:
            stack: MiniStack = request.getfixturevalue("ministack")
            return DynamoS3Storage(
                stack.table("pk", "sk"),
                stack.bucket(),
                dynamodb_client=stack.client("dynamodb"),
                s3_client=stack.client("s3"),
            )


def together(action: Callable[[int], object], times: int = THREADS) -> list[object]:
    """Run `action(0)` up to `action(times - 1)`, all starting at the same moment."""
    gate = threading.Barrier(times)

    def run(number: int) -> object:
        gate.wait()
        return action(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def entry(number: int) -> bytes:
    return leaf_hash(numbered_leaf(number))


def all_entries(storage: Storage) -> list[bytes]:
    """Every entry in the clean tree, in order, read from the bundles."""
    size = storage.head().clean
    bundles = (tile for tile in tiles.tiles_of(size) if tile.level < 0)
    return [data for tile in bundles for data in tiles.read_entries(tile, storage.read)]


def test_a_new_store_is_empty(storage: Storage) -> None:
    """Nothing is pending, known, written or published at first."""
    assert storage.head() == Head()
    assert storage.pending(10) == ()
    assert storage.checkpoint() is None
    assert storage.read("tile/0/000") is None
    assert storage.index_of(entry(1)) is None
    assert not storage.knows(entry(1))


def test_what_is_written_can_never_change(storage: Storage) -> None:
    """Other bytes at the same path are refused; the same bytes again are fine."""
    storage.write_once("tile/0/000.p/1", b"first")
    storage.write_once("tile/0/000.p/1", b"first")
    with pytest.raises(FileExistsError):
        storage.write_once("tile/0/000.p/1", b"second")
    assert storage.read("tile/0/000.p/1") == b"first"


def test_an_entry_is_put_once(storage: Storage) -> None:
    """A repeated put changes nothing, also once the entry is settled: a late retry is not sequenced."""
    assert storage.put_entry(entry(1), numbered_leaf(1))
    assert not storage.put_entry(entry(1), numbered_leaf(1))
    assert storage.pending(10) == (numbered_leaf(1),)
    storage.settle(0, [entry(1)])
    assert not storage.put_entry(entry(1), numbered_leaf(1))
    assert storage.pending(10) == ()
    assert storage.knows(entry(1))
    assert storage.index_of(entry(1)) == 0


def test_settling_is_repeatable(storage: Storage) -> None:
    """Settling twice leaves the same places, and leaves other pending entries alone."""
    for number in range(30):
        storage.put_entry(entry(number), numbered_leaf(number))
    for _ in range(2):
        storage.settle(100, [entry(number) for number in range(29)])
    assert [storage.index_of(entry(number)) for number in range(30)] == [*range(100, 129), None]
    assert storage.pending(10) == (numbered_leaf(29),)


def test_pending_keeps_to_its_limit(storage: Storage) -> None:
    """At most `limit` entries come back, and all of them when the limit is large."""
    for number in range(20):
        storage.put_entry(entry(number), numbered_leaf(number))
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
    answers = together(lambda _: storage.put_entry(entry(1), numbered_leaf(1)))
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
        proof = log.proof_for(storage, entry(number))
        assert proof is not None
        _, claims = TlogProof.parse(proof).check(entry(number), trusted())
        verify_claims(claims)
    assert log.proof_for(storage, entry(total)) is None


def test_nothing_is_proved_before_it_is_published(storage: Storage) -> None:
    """Accepted, sequenced and integrated are not enough: a receipt needs a signed checkpoint."""
    log.accept(storage, numbered_leaf(1))
    assert log.proof_for(storage, entry(1)) is None
    assert log.sequence(storage, dice()) == 1
    assert log.proof_for(storage, entry(1)) is None
    log.integrate(storage)
    assert log.proof_for(storage, entry(1)) is None
    log.publish(storage, log_signer())
    assert log.proof_for(storage, entry(1)) is not None


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


def test_crashes_lose_and_repeat_nothing(storage: Storage) -> None:
    """Clients and two sequencers that die at any step, over and over: 0 lost, 0 twice, root correct."""
    wanted = 48
    crashes = together_with_crashes(storage, wanted)
    log.integrate(storage)
    while log.sequence(storage, dice()):
        log.integrate(storage)
    checkpoint = log.publish(storage, log_signer())
    assert crashes > 20
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(wanted))
    assert checkpoint.root == root_of([leaf_hash(data) for data in all_entries(storage)])
    for number in range(wanted):
        proof = log.proof_for(storage, entry(number))
        assert proof is not None
        TlogProof.parse(proof).check(entry(number), trusted())


def together_with_crashes(storage: Storage, wanted: int) -> int:
    """Four clients and two sequencers on stores that die at one step in eight; how often they died."""
    deaths: list[int] = []
    finished = threading.Event()

    def failing(seed: int) -> CrashingStorage:
        roll = random.Random(seed)
        return CrashingStorage(storage, dies=lambda: roll.random() < 0.125)

    def client(number: int) -> None:
        flaky = failing(number)
        for own in range(number, wanted, 4):
            accepted = False
            while not accepted:
                try:
                    log.accept(flaky, numbered_leaf(own))  # type: ignore[arg-type]  # passes every call on
                    accepted = True
                except Crash:
                    deaths.append(number)

    def sequencer(number: int) -> None:
        flaky = failing(number)
        rounds = 0
        while not finished.is_set() or rounds < 12:
            rounds += 1
            try:
                log.advance(flaky, log_signer(), dice=dice(number), limit=5)  # type: ignore[arg-type]
            except Crash:
                deaths.append(number)

    with ThreadPoolExecutor(6) as pool:
        sequencers = [pool.submit(sequencer, number) for number in (10, 11)]
        clients = [pool.submit(client, number) for number in range(4)]
        for job in clients:
            job.result()
        finished.set()
        for job in sequencers:
            job.result()
    return len(deaths)


def test_a_crash_after_every_single_step_is_recovered_from(tmp_path: Path) -> None:
    """One round of the log, killed at its first step, its second, and so on: the next round completes it."""
    for fatal in range(1, 60):
        storage = FileStorage(tmp_path / str(fatal))
        steps = iter(range(1, 1000))
        dying = CrashingStorage(storage, dies=lambda fatal=fatal, steps=steps: next(steps) == fatal)
        died = False
        for number in range(3):
            try:
                log.accept(dying, numbered_leaf(number))  # type: ignore[arg-type]
            except Crash:
                died = True
                log.accept(storage, numbered_leaf(number))
        try:
            log.advance(dying, log_signer(), dice=dice())  # type: ignore[arg-type]
        except Crash:
            died = True
        checkpoint = log.advance(storage, log_signer(), dice=dice())
        assert checkpoint.size == 3
        assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(3))
        if not died:
            break
    else:
        pytest.fail("the round has more steps than were tried")
    assert fatal > 20


def work_in_a_process(folder: str, number: int) -> None:
    """Accept every third of 15 entries, turning the log after each."""
    storage = FileStorage(Path(folder))
    for own in range(number, 15, 3):
        log.accept(storage, numbered_leaf(own))
        log.advance(storage, log_signer(), dice=dice(number), limit=3)


def test_processes_share_a_folder(tmp_path: Path) -> None:
    """Three processes that accept, sequence and publish in one folder at once keep one log."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=work_in_a_process, args=(str(tmp_path), number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    storage = FileStorage(tmp_path)
    checkpoint = log.advance(storage, log_signer(), dice=dice())
    while storage.pending(1):
        checkpoint = log.advance(storage, log_signer(), dice=dice())
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(15))
    assert checkpoint.root == root_of([leaf_hash(data) for data in all_entries(storage)])


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


def test_with_witnesses_that_come_and_go_nothing_is_lost(storage: Storage) -> None:
    """Lines to witnesses are cut at random: what is published has two of three, in the end all is there."""
    roll = random.Random(5)
    panel = Panel()
    refused = 0
    for number in range(20):
        log.accept(storage, numbered_leaf(number))
        for line in panel.lines:
            line.cut = roll.random() < 0.4
        try:
            log.advance(storage, log_signer(), dice=dice(number), cosigners=panel.quorum())
        except Refused:
            refused += 1
        note = storage.checkpoint()
        if note is not None:
            verify_claims(panel.trusted().check(Note.from_bytes(note))[1])
    for line in panel.lines:
        line.cut = False
    assert log.publish(storage, log_signer(), cosigners=panel.quorum()).size == 20
    assert 0 < refused < 20
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(20))
    for number in range(20):
        proof = log.proof_for(storage, entry(number))
        assert proof is not None
        verify_claims(TlogProof.parse(proof).check(entry(number), panel.trusted())[1])
