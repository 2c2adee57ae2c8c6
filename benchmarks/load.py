"""What one machine bears from citizens: `python -m benchmarks.load`.

`nearside up` runs in a process of its own; 8 and then 64 clients send it, for a minute each, what devices
send: consent records, some of them again, questions for receipts, reports, and requests for public files.
Every answer but 2xx is counted by its status, and a 404 of a receipt that is not published yet by itself.
Afterwards every record that was acknowledged must be in the log, and every report in its count.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from edge_client.wire.consent import ConsentAccepted
from edge_client.wire.contribution import Contribution
from lambdas.shared.measurement.dynamo import DynamoBatches
from lambdas.shared.measurement.periods import week_of
from nearside.local.stack import Stack, open_stack
from tests.support.deployed import JSON, consent_request, publish_task

CLIENTS: Final = (8, 64)
PATIENCE_S: Final = 60.0
_NEARSIDE: Final = Path(sys.executable).with_name("nearside")


@dataclass(slots=True)
class Told:
    """What clients were told: answers by kind and status, seconds by kind, and what was acknowledged."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    entries: set[bytes] = field(default_factory=set)
    reports: int = 0

    def note(self, kind: str, status: str, took: float) -> None:
        """Count one answer."""
        self.answers[kind, status] += 1
        self.seconds.setdefault(kind, []).append(took)

    @property
    def bad(self) -> int:
        """How many answers were neither what was asked for nor a deliberate "not now"."""
        wanted = {"200", "202", "429", "not yet"}
        return sum(count for (_, status), count in self.answers.items() if status not in wanted)


@dataclass(slots=True)
class Citizen:
    """One client, which sends one thing after the other."""

    http: httpx.AsyncClient
    task: str
    told: Told
    own: list[bytes] = field(default_factory=list)

    async def live(self, until: float) -> None:
        """Send until that time, by the monotonic clock."""
        turns = (self.consent, self.receipt, self.report, self.consent, self.again, self.bundle)
        while time.monotonic() < until:
            for turn in turns:
                await turn()

    async def consent(self) -> None:
        """A new choice."""
        self.own.append(consent_request().to_bytes())
        await self._consent("consent", self.own[-1])

    async def again(self) -> None:
        """The same choice, whose answer may have been lost."""
        await self._consent("consent again", self.own[-1])

    async def _consent(self, kind: str, body: bytes) -> None:
        answer = await self._ask(kind, lambda: self.http.post("/consent/events", content=body))
        if answer is not None and answer.status_code == 202:
            self.told.entries.add(ConsentAccepted.from_bytes(answer.content).entry)

    async def receipt(self) -> None:
        """Any receipt; what was just sent may not be published yet."""
        entry = next(iter(self.told.entries), secrets.token_bytes(32)).hex()
        await self._ask("receipt", lambda: self.http.get(f"/consent/receipts/{entry}"))

    async def report(self) -> None:
        """A report to the task."""
        source, target = secrets.choice([(0, 1), (1, 2), (2, 3), (3, 0)])
        week, report_id = week_of(datetime.now(UTC)), secrets.token_hex(16)
        body = Contribution(self.task, week, report_id, source, target).to_bytes()
        answer = await self._ask("report", lambda: self.http.post("/contributions", content=body))
        if answer is not None and answer.status_code == 202:
            self.told.reports += 1

    async def bundle(self) -> None:
        """The public file that every device fetches."""
        await self._ask("bundle", lambda: self.http.get("/nearside/riverton/bundle.json"))

    async def _ask(self, kind: str, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
        started = time.monotonic()
        try:
            answer = await send()
        except httpx.HTTPError as error:
            self.told.note(kind, type(error).__name__, time.monotonic() - started)
            return None
        later = kind == "receipt" and answer.status_code == 404 and "retry-after" in answer.headers
        self.told.note(kind, "not yet" if later else str(answer.status_code), time.monotonic() - started)
        return answer


async def crowd(url: str, task: str, *, clients: int, seconds: float) -> Told:
    """Have so many clients send for so long."""
    told = Told()
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, headers=JSON, timeout=PATIENCE_S, limits=limits) as http:
        until = time.monotonic() + seconds
        await asyncio.gather(*(Citizen(http, task, told).live(until) for _ in range(clients)))
    return told


@contextmanager
def deployed(state: Path) -> Iterator[Stack]:
    """`nearside up` in a process of its own, and its stack as its deployer joins it."""
    command = [_NEARSIDE, "up", "--port", "0", "--state", state]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if "Serving" not in (said := process.stdout.readline()):
            raise SystemExit(f"nearside up did not start: {said}")
        with open_stack(state) as stack:
            yield stack
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_S)


def missing(stack: Stack, told: Told) -> int:
    """How many acknowledged records are not in the published log, once it had a minute to catch up."""
    left, ends_at = set(told.entries), time.monotonic() + PATIENCE_S
    with httpx.Client(base_url=stack.url, timeout=PATIENCE_S) as http:
        while left and time.monotonic() < ends_at:
            left = {
                entry for entry in left if http.get(f"/consent/receipts/{entry.hex()}").status_code != 200
            }
    return len(left)


def counted(stack: Stack, task: str) -> int:
    """Close this week's count, and return how many reports are in it."""
    batches = DynamoBatches(stack.client("dynamodb"), stack.outputs["MeasurementTable"], secrets.randbelow)
    week = week_of(datetime.now(UTC))
    batches.close(task, week)
    return sum(batches.counts(task, week).values())


def table_of(clients: int, seconds: float, told: Told) -> Table:
    """One row for each kind of request."""
    table = Table(title=f"{clients} clients, {seconds:g} s: {told.answers.total() / seconds:,.0f} a second")
    for column in ("request", "answers", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if column in ("request", "answers") else "right")
    for kind, took in told.seconds.items():
        found = sorted((status, count) for (each, status), count in told.answers.items() if each == kind)
        cuts = [1000 * cut for cut in quantiles(took, n=100)] if len(took) > 1 else [1000 * took[0]] * 99
        answers = ", ".join(f"{status}: {count:,}" for status, count in found)
        table.add_row(kind, answers, f"{cuts[49]:.1f}", f"{cuts[98]:.1f}")
    return table


def main() -> None:
    """Measure, print, and end with 1 when an answer was bad or something acknowledged is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, nargs="*", default=list(CLIENTS))
    asked = parser.parse_args()
    console, bad, reports = Console(width=110), 0, 0
    with TemporaryDirectory() as folder, deployed(Path(folder)) as stack:
        task = publish_task(stack, "riverton-load").task_id
        for clients in asked.clients:
            told = asyncio.run(crowd(stack.url, task, clients=clients, seconds=asked.seconds))
            reports += told.reports
            lost = missing(stack, told)
            console.print(table_of(clients, asked.seconds, told))
            console.print(f"acknowledged: {len(told.entries):,} records, {lost} of them missing in the log")
            bad += told.bad + lost
        found = counted(stack, task)
        console.print(f"reports acknowledged: {reports:,}, in the count: {found:,}; bad answers: {bad}")
    raise SystemExit(1 if bad or found < reports else 0)


if __name__ == "__main__":
    main()
