"""The log under a storm of deaths: nothing acknowledged is lost, nothing is twice, nothing forks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consent_ledger import leaf, log
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.note import sign_note
from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.storage.ports import Storage
from lambdas.shared.ledger_storage import DynamoS3Storage
from tests.support.ledger import log_signer
from tests.support.ledger_faults import Fate, MortalClient, SteppingStorage
from tests.support.ledger_storm import (
    OpenStorage,
    Published,
    Seen,
    Storm,
    Verdict,
    fingerprint,
    judge,
    openings,
    rage,
    settle_down,
)

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ("tests.support.ministack",)

STORMS = {
    "memory": Storm(entries=400, window=64, batch=32),
    "file": Storm(entries=200, window=64, batch=32),
    # Each step is a request, and whoever dies repeats all that led to it.
    "dynamo": Storm(entries=200, window=64, batch=32, death=0.1),
}


@pytest.fixture(params=["memory", "file", pytest.param("dynamo", marks=pytest.mark.stack)])
def stores(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[Storm, Callable[[], Storage], OpenStorage]:
    """A storm for each kind of store, what opens the store in calm, and what opens it for one who may die."""
    storm = STORMS[request.param]
    memory = MemoryStorage()
    if request.param == "dynamo":
        stack: MiniStack = request.getfixturevalue("ministack")
        table, bucket = stack.table("pk", "sk"), stack.bucket()

        def calm() -> Storage:
            return DynamoS3Storage(
                table, bucket, dynamodb_client=stack.client("dynamodb"), s3_client=stack.client("s3")
            )

        shared = [stack.client(name) for name in ("dynamodb", "s3")]
        # Before threads share them: two that load them at once get two kinds of each error.
        assert all(client.exceptions for client in shared)

        def mortal(fate: Fate, published: Published) -> Storage:
            clients = [MortalClient(client, fate, published) for client in shared]
            return DynamoS3Storage(table, bucket, dynamodb_client=clients[0], s3_client=clients[1])  # type: ignore[arg-type]  # plays a client

        return storm, calm, mortal

    def opened() -> Storage:
        return memory if request.param == "memory" else FileStorage(tmp_path / "ledger")

    def stepping(fate: Fate, published: Published) -> Storage:
        return SteppingStorage(opened(), fate, published)

    return storm, opened, stepping


def test_a_storm_loses_repeats_and_forks_nothing(
    stores: tuple[Storm, Callable[[], Storage], OpenStorage],
) -> None:
    """16 writers and 3 sequencers that die all the time, and clients that ask again, also very late."""
    storm, calm, mortal = stores
    started = time.monotonic()
    seen = rage(storm, mortal)
    settle_down(calm(), seen)
    verdict = judge(calm(), seen, seconds=time.monotonic() - started)
    print(verdict)
    assert (verdict.lost, verdict.duplicated, verdict.forks, verdict.faults) == (0, 0, 0, ())
    assert verdict.receipts == verdict.acknowledged
    assert verdict.attempted == storm.entries
    assert verdict.acknowledged > 0.8 * storm.entries
    assert verdict.crashes > storm.entries
    assert verdict.checkpoints > 3
    assert verdict.retries > 0.1 * storm.entries


def test_late_retries_change_no_file() -> None:
    """Long after everything is published, each request comes once more: the log is what it was."""
    storage = MemoryStorage()
    work = openings(300)
    for _ in range(2):
        for own in work:
            log.accept(storage, leaf.to_bytes(own.leaf()))
        settle_down(storage, Seen(), batch=64)
        before = fingerprint(storage)
    assert storage.head().size == 300
    for own in work:
        log.accept(storage, leaf.to_bytes(own.leaf()))
    settle_down(storage, Seen())
    assert fingerprint(storage) == before


class Forgetful(MemoryStorage):
    """A store that forgets an entry once it is settled, so that a late retry is sequenced again."""

    def settle(self, first: int, entries: object) -> None:
        super().settle(first, entries)  # type: ignore[arg-type]  # passed through as it came
        self._known.clear()


class Hasty(MemoryStorage):
    """A store that says that it took an entry, and takes every twenty-fifth one not."""

    def put_entry(self, entry: bytes, leaf: bytes) -> bool:
        return entry[0] % 25 == 0 or super().put_entry(entry, leaf)


def judged(store: MemoryStorage, storm: Storm) -> Verdict:
    seen = rage(storm, lambda fate, published: SteppingStorage(store, fate, published))
    settle_down(store, seen)
    return judge(store, seen, seconds=0.0)


def test_the_storm_finds_a_store_that_sequences_retries_again() -> None:
    """The judge counts what is there twice."""
    assert judged(Forgetful(), Storm(entries=200, batch=32)).duplicated > 0


def test_the_storm_finds_a_store_that_loses_what_it_acknowledged() -> None:
    """The judge counts what was acknowledged and is not there; its receipt cannot be made either."""
    verdict = judged(Hasty(), Storm(entries=200, batch=32))
    assert verdict.lost > 0
    assert verdict.receipts == verdict.acknowledged - verdict.lost


def test_the_judge_knows_a_fork() -> None:
    """Checkpoints that the log's own key signed over other trees, smaller and larger ones, are counted."""
    storage, seen = MemoryStorage(), Seen()
    for own in openings(20):
        log.accept(storage, leaf.to_bytes(own.leaf()))
        seen.attempted.add(own.entry())
        seen.acknowledged[own.entry()] = own
    settle_down(storage, seen)
    assert judge(storage, seen, seconds=0.0).forks == 0
    for size in (20, 13, 21):
        forged = Checkpoint(log_signer().key.name, size, bytes(32))
        seen.published.append(sign_note(str(forged), log_signer()).to_bytes())
    assert judge(storage, seen, seconds=0.0).forks >= 3
