"""The log over stores that fail: processes that die at any step or work at once, and lines that are cut."""

from __future__ import annotations

import multiprocessing
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent_ledger import log
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused
from consent_ledger.merkle import leaf_hash, root_of
from consent_ledger.note import Note
from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.ports import Storage
from consent_ledger.tlog_proof import TlogProof
from tests.support.ledger import all_entries, dice, log_signer, numbered_entry, numbered_leaf, trusted
from tests.support.ledger_faults import Appointed, Crash, at_step, mortal
from tests.support.witnesses import Panel

pytest_plugins = ("tests.support.ministack", "tests.support.ledger_stores")


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
        proof = log.proof_for(storage, numbered_entry(number))
        assert proof is not None
        TlogProof.parse(proof).check(numbered_entry(number), trusted())


def together_with_crashes(storage: Storage, wanted: int) -> int:
    """Four clients and two sequencers on stores that die at one step in eight; how often they died."""
    deaths: list[int] = []
    finished = threading.Event()

    def failing(seed: int) -> Storage:
        roll = random.Random(seed)
        return mortal(storage, Appointed(lambda: roll.random() < 0.125))

    def client(number: int) -> None:
        flaky = failing(number)
        for own in range(number, wanted, 4):
            accepted = False
            while not accepted:
                try:
                    log.accept(flaky, numbered_leaf(own))
                    accepted = True
                except Crash:
                    deaths.append(number)

    def sequencer(number: int) -> None:
        flaky = failing(number)
        rounds = 0
        while not finished.is_set() or rounds < 12:
            rounds += 1
            try:
                log.advance(flaky, log_signer(), dice=dice(number), limit=5)
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
        dying = mortal(storage, at_step(fatal))
        died = False
        for number in range(3):
            try:
                log.accept(dying, numbered_leaf(number))
            except Crash:
                died = True
                log.accept(storage, numbered_leaf(number))
        try:
            log.advance(dying, log_signer(), dice=dice())
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
        proof = log.proof_for(storage, numbered_entry(number))
        assert proof is not None
        verify_claims(TlogProof.parse(proof).check(numbered_entry(number), panel.trusted())[1])
