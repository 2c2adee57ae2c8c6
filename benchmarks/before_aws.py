"""What a citizen's request costs before AWS is first asked: beside an earlier state of the code, in one run.

`python -m benchmarks.before_aws` times each request from the event at its function, and from the gateway of
`nearside up`, to the function's first call of AWS, or to its answer without one. With a revision named
(`python -m benchmarks.before_aws 5b71cbe`) that one is measured too, in turns with the code as it lies here,
or with another revision where a second one is named. Beside them stands the least that a consent can take:
one Ed25519 verification. What is told is processor time, which a crowded machine disturbs least.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn
from unittest.mock import patch

import botocore.client

from benchmarks.gateway import gateway_of
from consent_ledger.ed25519 import verify_claims
from edge_client.wire.contribution import Contribution
from lambdas.shared.logs import logging_to
from lambdas.shared.measurement.periods import week_of
from lambdas.shared.settings import environment
from nearside.local.messages import HttpRequest
from nearside.local.names import LocalValues
from nearside.local.template import load, walk
from nearside.settings import Settings
from tests.support.deployed import consent_request

ROUNDS: Final = 5
CALLS: Final = 400
TURN: Final = "--turn"
FUNCTIONS: Final = ("health", "read_receipt", "record_consent", "add_contribution")
AWS: Final = {
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
VARIABLES: Final = (
    "AGENCY_KEY_ARN",
    "LEDGER_BUCKET",
    "LEDGER_ORIGIN",
    "LEDGER_TABLE",
    "MEASUREMENT_TABLE",
    "SIDECAR_KEY_ID",
    "SIDECAR_KEY_TABLE",
    "SIDECAR_TABLE",
    "SITE",
    "SITE_BUCKET",
    "WAKE_QUEUE_URL",
)


def main(*revisions: str) -> None:
    """Measure in turns and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        trees = {"now": Settings.read().project}
        for name, revision in zip(("before", "now"), revisions, strict=False):
            trees[name] = unpacked(revision, Path(folder, name))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
        for _ in range(ROUNDS):
            for name, tree in trees.items():
                found[name].append(turn(tree))
    middle = {
        name: {row: statistics.median(each[row] for each in rounds) for row in rounds[0]}
        for name, rounds in found.items()
    }
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| to the first call of AWS, microseconds | before | now | ratio |\n| --- | ---: | ---: | ---: |")
    for row, now in middle["now"].items():
        before = middle.get("before", {}).get(row)
        beside = f"{before:,.0f} | {now:,.0f} | {before / now:.1f}" if before else f"- | {now:,.0f} | -"
        print(f"| {row} | {beside} |")


def unpacked(revision: str, folder: Path) -> Path:
    """The project as it was, with this file in it."""
    command = ["git", "archive", revision]
    packed = subprocess.run(command, cwd=Settings.read().project, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    (folder / "benchmarks" / Path(__file__).name).write_bytes(Path(__file__).read_bytes())
    return folder


def turn(tree: Path) -> dict[str, float]:
    """One turn of a state of the code, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.before_aws", TURN]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured() -> dict[str, float]:
    """Medians in microseconds, by what was measured."""
    found = {}
    root = load(Settings.read().project / "template.yaml")
    keys = {each.path: "0" for each in walk(root) if each.type == "AWS::KMS::Key"}
    values = LocalValues("http://127.0.0.1:1", "127.0.0.1:1", keys)
    variables = {**AWS, **dict.fromkeys(VARIABLES, "x"), "CONTROLLER": "riverton"}
    with ThreadPoolExecutor(8) as pool, logging_to(io.StringIO()):
        gateway = gateway_of(root, values, pool)
        for name, request in zip(FUNCTIONS, requests(), strict=True):
            about = f"{request.method} {'/'.join(request.path.split('/')[:3])}"
            handle = import_module(f"lambdas.{name}.handler").handle
            event = event_of(request)
            with environment(variables):
                found[f"{about}, at its function"] = median_us(lambda h=handle, e=event: h(e, None))
            found[f"{about}, at the gateway"] = median_us(lambda r=request: gateway(r))
    claims = (consent_request().opening.claim(),)
    started = [timed(lambda: verify_claims(claims)) for _ in range(CALLS)]
    found["one Ed25519 verification"] = statistics.median(started)
    return found


def requests() -> Iterator[HttpRequest]:
    """A request of each kind that devices make, whole and signed, in the order of `FUNCTIONS`."""
    typed = {"content-type": "application/json", "host": "127.0.0.1"}
    report = Contribution.nothing("t", period=week_of(datetime.now(UTC)), report_id="0" * 32)
    yield HttpRequest("GET", "/health", headers=typed)
    yield HttpRequest("GET", f"/consent/receipts/{'0' * 64}", headers=typed)
    yield HttpRequest("POST", "/consent/events", headers=typed, body=consent_request().to_bytes())
    yield HttpRequest("POST", "/contributions", headers=typed, body=report.to_bytes())


def event_of(request: HttpRequest) -> dict[str, Any]:
    """The event that a function gets of it, as far as functions of citizens' read events."""
    return {
        "version": "2.0",
        "headers": request.headers,
        "pathParameters": {"entry": request.path.rpartition("/")[2]},
        "requestContext": {"http": {"method": request.method, "path": request.path}},
        "body": request.body.decode(),
        "isBase64Encoded": False,
    }


def median_us(ask: Callable[[], object]) -> float:
    """One request many times, of which nothing reaches AWS."""
    reached: list[int] = []

    def stopped(*_: object, **__: object) -> NoReturn:
        reached.append(time.process_time_ns())
        raise ConnectionError

    def once() -> float:
        reached.clear()
        started = time.process_time_ns()
        ask()
        ended = time.process_time_ns()
        return ((reached[0] if reached else ended) - started) / 1000

    with patch.object(botocore.client.BaseClient, "_make_api_call", stopped):
        return statistics.median([once() for _ in range(CALLS)])


def timed(work: Callable[[], object]) -> float:
    """Microseconds that something takes."""
    started = time.process_time_ns()
    work()
    return (time.process_time_ns() - started) / 1000


if __name__ == "__main__":
    if sys.argv[1:] == [TURN]:
        print(json.dumps(measured()))
    else:
        main(*sys.argv[1:])
