"""A log under a storm: writers and sequencers who die all the time; and what must hold afterwards."""

from __future__ import annotations

import hashlib
import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast

from consent_ledger import leaf, log, tiles
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.merkle import consistency_proof, leaf_hash, nodes_of, root_at, verify_consistency
from consent_ledger.note import Note
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.storage.ports import Storage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import device_signer, dice, log_signer, opening, trusted
from tests.support.ledger_faults import Crash, Fate, MortalStore

Published: TypeAlias = Callable[[bytes], None]
OpenStorage: TypeAlias = Callable[[Fate, Published], Storage]
"""Open one actor's own store, whose inner steps ask the actor's fate, and which tells what it published."""

GIVES_UP: Final = 0.05


@dataclass(frozen=True, slots=True)
class Storm:
    """How much of what: probabilities are at each step (`death`) and for each request (`retry`).

    Writers run at most `window` entries ahead of what is published, so that all the while there is something
    to sequence, to integrate and to publish.
    """

    entries: int
    writers: int = 16
    sequencers: int = 3
    death: float = 0.2
    retry: float = 0.2
    batch: int = 64
    window: int = 128
    seed: int = 1


@dataclass(slots=True)
class Seen:
    """What happened while the storm went on, as its actors know it."""

    acknowledged: dict[bytes, Opening] = field(default_factory=dict)
    attempted: set[bytes] = field(default_factory=set)
    published: list[bytes] = field(default_factory=list)
    size: int = 0
    crashes: int = 0
    retries: int = 0
    late: list[Opening] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the log is like afterwards; `faults` are sentences, and there should be none."""

    attempted: int
    acknowledged: int
    size: int
    lost: int
    duplicated: int
    forks: int
    checkpoints: int
    receipts: int
    crashes: int
    retries: int
    seconds: float
    faults: tuple[str, ...]


def openings(count: int, *, seed: int = 1) -> list[Opening]:
    """Consent records of 16 devices, each signed, each with a salt of its own."""
    chance = random.Random(seed)
    signers = [device_signer(number) for number in range(2, 18)]
    return [
        opening(
            chance.getrandbits(64),
            signer=signers[number % len(signers)],
            record_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        )
        for number in range(count)
    ]


def rage(storm: Storm, open_storage: OpenStorage) -> Seen:
    """Let the storm go on until every writer has been told of every entry, or has given up."""
    seen, guard = Seen(), threading.Lock()
    work = openings(storm.entries, seed=storm.seed)
    finished = threading.Event()

    def published(note: bytes) -> None:
        with guard:
            seen.published.append(note)
            seen.size = max(seen.size, int(note.split(b"\n")[1]))

    def actor(number: int) -> tuple[Fate, random.Random, Storage]:
        chance = random.Random(storm.seed * 1000 + number)
        fate = Fate(chance, storm.death)
        return fate, chance, cast("Storage", MortalStore(open_storage(fate, published), fate))

    def write(number: int) -> None:
        fate, chance, storage = actor(number)
        late: list[Opening] = []
        retries = 0
        for own in work[number :: storm.writers]:
            while len(seen.attempted) > seen.size + storm.window:
                time.sleep(0.01)
            if persist(storage, own, chance, seen, guard) and chance.random() < storm.retry:
                retries += 1
                if chance.random() < 0.75:
                    late.append(own)
                else:
                    persist(storage, own, chance, seen, guard)
            while late and chance.random() < 0.1:
                persist(storage, late.pop(0), chance, seen, guard)
        with guard:
            seen.crashes += fate.crashes
            seen.retries += retries
            seen.late.extend(late)

    def sequence(number: int) -> None:
        fate, _, storage = actor(storm.writers + number)
        die = dice(number)
        while not finished.is_set():
            try:
                log.advance(storage, log_signer(), dice=die, limit=storm.batch)
            except Crash:
                continue
            time.sleep(0.001)
        with guard:
            seen.crashes += fate.crashes

    with ThreadPoolExecutor(storm.writers + storm.sequencers) as pool:
        sequencers = [pool.submit(sequence, number) for number in range(storm.sequencers)]
        writers = [pool.submit(write, number) for number in range(storm.writers)]
        try:
            for job in writers:
                job.result()
        finally:
            finished.set()
        for job in sequencers:
            job.result()
    return seen


def persist(storage: Storage, own: Opening, chance: random.Random, seen: Seen, guard: threading.Lock) -> bool:
    """Send one entry again and again until it is acknowledged; whoever dies may also give up."""
    data = leaf.to_bytes(own.leaf())
    with guard:
        seen.attempted.add(own.entry())
    while True:
        try:
            log.accept(storage, data)
        except Crash:
            if chance.random() < GIVES_UP:
                return False
            continue
        with guard:
            seen.acknowledged[own.entry()] = own
        return True


def settle_down(storage: Storage, seen: Seen, *, batch: int = log.MAX_BATCH) -> None:
    """Calm: finish what was begun, then send the late retries, and let the log turn once more.

    Every checkpoint that is published now is told to `seen` as well.
    """
    calm = dice(0)
    for late in ((), seen.late):
        for own in late:
            log.accept(storage, leaf.to_bytes(own.leaf()))
        log.integrate(storage)
        while log.sequence(storage, calm, limit=batch):
            log.integrate(storage)
        log.publish(storage, log_signer())
        published = storage.checkpoint()
        assert published is not None
        seen.published.append(published)


def judge(storage: Storage, seen: Seen, *, seconds: float) -> Verdict:
    """Read the whole log back, and hold it against what its actors were told."""
    faults: list[str] = []
    read = _remembering(storage.read)
    size = storage.head().clean
    entries = [
        data for tile in tiles.tiles_of(size) if tile.level < 0 for data in tiles.read_entries(tile, read)
    ]
    hashes = [leaf_hash(data) for data in entries]
    known = set(hashes)
    if strangers := known - seen.attempted:
        faults.append(f"{len(strangers)} entries that nobody sent")
    if storage.pending(1):
        faults.append("entries are still pending")
    forks = _forks(hashes, seen.published, storage, faults)
    return Verdict(
        attempted=len(seen.attempted),
        acknowledged=len(seen.acknowledged),
        size=size,
        lost=len(seen.acknowledged.keys() - known),
        duplicated=len(hashes) - len(known),
        forks=forks,
        checkpoints=len(set(seen.published)),
        receipts=_receipts(storage, read, seen, faults),
        crashes=seen.crashes,
        retries=seen.retries,
        seconds=seconds,
        faults=tuple(faults),
    )


def _forks(hashes: Sequence[bytes], published: Sequence[bytes], storage: Storage, faults: list[str]) -> int:
    """Count published checkpoints that are not of the log's beginning, or not continued by the next one."""
    node = nodes_of(hashes)
    checkpoints: dict[int, Checkpoint] = {}
    forks = 0
    for raw in dict.fromkeys(published):
        checkpoint, claims = trusted().check(Note.from_bytes(raw))
        verify_claims(claims)
        whole = checkpoint.size <= len(hashes) and root_at(checkpoint.size, node) == checkpoint.root
        forks += not whole or checkpoints.setdefault(checkpoint.size, checkpoint) != checkpoint
    sizes = sorted(checkpoints)
    for old, new in itertools.pairwise(sizes):
        try:
            verify_consistency(
                old,
                new,
                old_root=checkpoints[old].root,
                new_root=checkpoints[new].root,
                proof=consistency_proof(old, new, node),
            )
        except Untrue:
            forks += 1
        kept = storage.read(f"checkpoints/{old}")
        if kept is None or Checkpoint.parse(Note.from_bytes(kept).text) != checkpoints[old]:
            faults.append(f"the checkpoint of size {old} was not kept")
    latest = storage.checkpoint()
    if not sizes or latest is None or Checkpoint.parse(Note.from_bytes(latest).text).size != sizes[-1]:
        faults.append("the latest checkpoint is not the largest")
    elif sizes[-1] != len(hashes):
        faults.append("the latest checkpoint is not of the whole log")
    return forks


def _receipts(storage: Storage, read: tiles.PathReader, seen: Seen, faults: list[str]) -> int:
    """Make and check the receipt of everything that was acknowledged; count those that hold."""
    latest = storage.checkpoint()
    source = _Published(storage, read, latest)
    held = 0
    for entry, own in seen.acknowledged.items():
        proof = log.proof_for(source, entry)  # type: ignore[arg-type]  # reads what a proof reads
        if proof is None:
            continue
        try:
            printed = Receipt(own, own.leaf(), TlogProof.parse(proof)).to_bytes()
            verify_claims(Receipt.from_bytes(printed).check(trusted()))
        except (Malformed, Untrue) as error:
            faults.append(str(error))
            continue
        held += 1
    return held


@dataclass(frozen=True, slots=True)
class _Published:
    """What a proof needs of a store; files that never change are read once."""

    storage: Storage
    read: tiles.PathReader
    latest: bytes | None

    def checkpoint(self) -> bytes | None:
        return self.latest

    def index_of(self, entry: bytes) -> int | None:
        return self.storage.index_of(entry)


def _remembering(read: tiles.PathReader) -> tiles.PathReader:
    files: dict[str, bytes] = {}

    def remembered(path: str) -> bytes | None:
        if path not in files:
            data = read(path)
            if data is None:
                return None
            files[path] = data
        return files[path]

    return remembered


def fingerprint(storage: Storage) -> str:
    """A hash over every file of the published log, to see that late retries changed none."""
    size = storage.head().clean
    whole = hashlib.sha256()
    for tile in tiles.tiles_of(size):
        whole.update(tiles.read_tile(tile, storage.read))
    return whole.hexdigest()
