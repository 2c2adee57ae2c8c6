"""`kill -9` under load: whatever the deployment on one machine had answered is there when it starts again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from consent_ledger import tiles
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.merkle import EMPTY_ROOT, root_at
from consent_ledger.note import Note
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.consent import ConsentAccepted, RecordConsent
from nearside.local.last_runs import SCHEDULES, read_last_runs
from nearside.local.stack import local_stack
from tests.support import patient
from tests.support.agency_at_work import AtWork
from tests.support.doomed import CLIENTS, kill
from tests.support.ledger_storm import openings

pytestmark = pytest.mark.stack

NEARSIDE = Path(sys.executable).with_name("nearside")


@dataclass(slots=True)
class Citizens:
    """Clients that send consent records, and what they were told."""

    work: list[Opening]
    acknowledged: dict[bytes, Opening] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def send_until_the_end(self, url: str, bodies: dict[bytes, bytes]) -> None:
        """Send what is left, each over one connection, until all is over; what failed is sent again later."""
        with httpx.Client(base_url=url, headers={"content-type": "application/json"}, timeout=10) as http:
            while True:
                with self.guard:
                    if not self.work:
                        return
                    own = self.work.pop()
                try:
                    answer = http.post("/consent/events", content=bodies[own.salt])
                except httpx.HTTPError:
                    with self.guard:
                        self.work.insert(0, own)
                    if self.over.is_set():
                        return
                    continue
                if answer.status_code == 202:
                    entry = ConsentAccepted.from_bytes(answer.content).entry
                    assert entry == own.entry()
                    with self.guard:
                        self.acknowledged[entry] = own
                else:
                    with self.guard:
                        self.refusals.append(answer.status_code)
                        self.work.insert(0, own)


def test_kill_under_load_loses_no_acknowledged_consent(tmp_path: Path) -> None:
    """`nearside up` and its MiniStack are killed at three moments while eight clients send consent records,
    and people of the agency write, propose and order.

    At the next starts on the same folder every record that was answered 202 has a receipt that verifies
    offline, and the log continues every checkpoint that anybody could see. Drafts and proposals are as they
    were answered, something became of every order, and no schedule began anew.
    """
    chance = random.Random(11)
    work = openings(1500, seed=3)
    citizens = Citizens(list(work))
    bodies = {own.salt: RecordConsent(own.record, own.salt, own.signature).to_bytes() for own in work}
    seen: list[Checkpoint] = []
    agency = AtWork()
    begun: list[dict[str, int]] = []
    for turn in range(3):
        process = subprocess.Popen(
            [NEARSIDE, "up", "--port", "0", "--state", tmp_path], stdout=subprocess.PIPE, text=True
        )
        below = 0
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[1]
            below = int((tmp_path / "ministack.pid").read_text())
            citizens.over.clear()
            enough, deadline = len(citizens.acknowledged) + 60, time.monotonic() + 160
            with ThreadPoolExecutor(CLIENTS + 1) as pool:
                office = pool.submit(agency.work_until, url, tmp_path, citizens.over)
                jobs = [office]
                jobs += [pool.submit(citizens.send_until_the_end, url, bodies) for _ in range(CLIENTS)]
                told = len(agency.orders)
                while (
                    len(citizens.acknowledged) < enough or len(agency.orders) == told
                ) and time.monotonic() < deadline:
                    assert not (office.done() and office.exception()), office.exception()
                    time.sleep(0.01)
                time.sleep(chance.random())
                while (checkpoint := published(url)).size == 0 and turn and time.monotonic() < deadline:
                    time.sleep(0.1)
                seen.append(checkpoint)
                citizens.over.set()
                kill(*((process.pid, below) if turn % 2 else (below, process.pid)))
                for job in jobs:
                    job.result()
            begun.append(read_last_runs(tmp_path / SCHEDULES))
            assert len(citizens.acknowledged) >= enough, f"refused: {set(citizens.refusals)}"
        finally:
            kill(process.pid, *([below] if below else []))
            process.communicate()
        assert process.returncode == -signal.SIGKILL
        (tmp_path / "ministack.pid").unlink()
    with local_stack(tmp_path) as stack:
        # Messages that would have woken the sequencer are with the dead; the clock calls it every minute.
        stack.invoke("sequence", {})
        trusted = LogKeys.parse(str(stack.ledger_signer().key))
        deadline = time.monotonic() + 200
        with httpx.Client(base_url=stack.url, timeout=patient.WAIT_S) as http:
            for entry, own in citizens.acknowledged.items():
                answer = http.get(f"/consent/receipts/{entry.hex()}")
                while answer.status_code == 404 and time.monotonic() < deadline:
                    time.sleep(0.2)
                    answer = http.get(f"/consent/receipts/{entry.hex()}")
                assert answer.status_code == 200, "an acknowledged record has no receipt"
                receipt = Receipt(own, own.leaf(), TlogProof.parse(answer.text))
                verify_claims(receipt.check(trusted))
            agency.check_kept(
                stack.url, tmp_path, deadline=deadline, call=lambda: stack.invoke("resend_orders", {})
            )
            latest = published(stack.url)
            node = tiles.tile_nodes(lambda path: file_of(http, path), latest.size)
            assert root_at(latest.size, node) == latest.root
            for before in seen:
                assert before.size <= latest.size
                assert root_at(before.size, node) == before.root
    assert len(citizens.acknowledged) >= 180
    assert seen[-1].size > 0
    assert len(agency.orders) >= 3
    daily = [{name: at for name, at in runs.items() if name.endswith("EveryDay")} for runs in begun]
    assert daily[0] == daily[1] == daily[2]
    assert daily[0], "no schedule is daily"


def published(url: str) -> Checkpoint:
    """The published checkpoint, or that of the empty tree before the first."""
    answer = patient.get(f"{url}/ledger/checkpoint")
    if answer.status_code != 200:
        return Checkpoint("none", 0, EMPTY_ROOT)
    return Checkpoint.parse(Note.from_bytes(answer.content).text)


def file_of(http: httpx.Client, path: str) -> bytes | None:
    """A file of the public log."""
    answer = http.get(f"/ledger/{path}")
    return answer.content if answer.status_code == 200 else None
