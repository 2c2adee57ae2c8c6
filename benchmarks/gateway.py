"""How many requests one machine's gateway bears, and how soon `nearside up` answers.

`python -m benchmarks.gateway`: our gateway and SAM CLI's, one after the other in the same run, asked by wrk
for a function that does nothing and one that powertools routes to; then starts of the whole deployment.
Milliseconds of processor time a request are what a crowded machine disturbs least.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn
from uuid import uuid4

import httpx
import psutil

from nearside.local.asgi import application
from nearside.local.claims import listening
from nearside.local.functions import make_functions
from nearside.local.gateway import Gateway
from nearside.local.intrinsics import Resolver
from nearside.local.messages import HttpRequest
from nearside.local.names import LocalValues
from nearside.local.routes import read_routes
from nearside.local.server import serving
from nearside.local.template import Scope, load
from nearside.local.throttling import throttled
from nearside.settings import Settings

SECONDS: Final = 5
CONNECTIONS: Final = (8, 64)
STARTS: Final = 3
TEMPLATE: Final = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {DefaultRouteSettings: {ThrottlingBurstLimit: 1000000, ThrottlingRateLimit: 1000000}}
"""
FUNCTION: Final = """
  %(name)s:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      CodeUri: .
      Handler: benchmarks.gateway_functions.%(handler)s
      Timeout: 10
      Events:
        Request:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Method: GET, Path: "%(path)s", PayloadFormatVersion: "2.0"}
"""
ROUTES: Final = {"null": "/null", "routed": "/routed/{name}"}
ASKED: Final = {"null": "/null", "routed": "/routed/x"}


@dataclass(frozen=True, slots=True)
class Borne:
    """What one gateway bore: requests a second, two percentiles, and the processor's part of a request."""

    rate: float
    middle: str
    last: str
    cpu_ms: float


def main() -> None:
    """Measure everything and print the tables."""
    if shutil.which("wrk") is None:
        raise SystemExit("gateway: wrk is not installed (apt-get install wrk)")
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as folder:
        template = write_template(Path(folder))
        print("| gateway | route | connections | requests/s | median | 99 % | processor, ms a request |")
        print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
        python = Settings.read().project / ".venv-sam" / "bin" / "python"
        sides: dict[str, Callable[[int], list[str]]] = {
            "ours": lambda port: [sys.executable, "-m", "benchmarks.gateway", str(template), str(port)],
            "SAM CLI": lambda port: [
                str(python),
                str(Path(__file__).with_name("gateway_sam.py")),
                str(template),
                str(port),
            ],
        }
        for route, path in ASKED.items():
            for connections in CONNECTIONS:
                for name, command in sides.items():
                    # What answers for a function of SAM CLI's is nothing: only that can be compared.
                    if name == "ours" or route == "null":
                        done = bear(command, path, connections=connections)
                        numbers = f"{done.rate:,.0f} | {done.middle} | {done.last} | {done.cpu_ms:.3f}"
                        print(f"| {name} | {route} | {connections} | {numbers} |", flush=True)
        print_starts(Path(folder))


def write_template(folder: Path) -> Path:
    """Write the template that both gateways read."""
    rooms = [
        {"name": f"{name.title()}Function", "handler": name, "path": path} for name, path in ROUTES.items()
    ]
    file = folder / "template.yaml"
    file.write_text(TEMPLATE + "".join(FUNCTION % room for room in rooms), encoding="utf-8")
    return file


def serve(template: Path, port: int) -> NoReturn:
    """Serve the template's routes by our gateway until killed."""
    root, values = load(template), LocalValues("http://127.0.0.1:1", "127.0.0.1", {})
    with (
        ThreadPoolExecutor(32) as pool,
        listening(port) as front,
        serving(application(gateway_of(root, values, pool)), front),
    ):
        while True:
            signal.pause()


def gateway_of(root: Scope, values: LocalValues, pool: ThreadPoolExecutor) -> Callable[[HttpRequest], Any]:
    """The open routes of some templates, as `nearside up` puts them together."""
    resolver = Resolver(values)
    aws = {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": values.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    functions = make_functions(root, resolver, inherited=lambda _: aws, pool=pool)
    routes = tuple(route for route in read_routes(root) if route.guard is None)
    gateway = Gateway(routes, functions, now=lambda: datetime.now(UTC), new_id=lambda: str(uuid4()))
    return throttled(gateway, routes, root=root, resolver=resolver, now=time.monotonic, told=lambda _: None)


def bear(command: Callable[[int], list[str]], path: str, *, connections: int) -> Borne:
    """Start a gateway, warm it up, and ask it for some seconds."""
    port = free_port()
    with running(command(port)) as process:
        url = f"http://127.0.0.1:{port}{path}"
        wait_for(url)
        load_of(url, connections=connections, seconds=1)
        before = processor_s(process)
        rate, middle, last, count = load_of(url, connections=connections, seconds=SECONDS)
        return Borne(rate, middle, last, 1000 * (processor_s(process) - before) / count)


def load_of(url: str, *, connections: int, seconds: int) -> tuple[float, str, str, int]:
    """Ask by wrk, on one thread; requests a second, two percentiles, and how many there were."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"gateway: {url} answered with errors\n{said}")
    found = {
        "rate": re.search(r"Requests/sec:\s+([0-9.]+)", said),
        "50%": re.search(r"^ +50% +(\S+)$", said, re.M),
        "99%": re.search(r"^ +99% +(\S+)$", said, re.M),
        "count": re.search(r"([0-9]+) requests in", said),
    }
    rate, middle, last, count = (each[1] if each else "0" for each in found.values())
    return float(rate), middle, last, max(1, int(count))


def print_starts(folder: Path) -> None:
    """Start the whole deployment on fresh folders without bytecode, and again on the same ones."""
    cold, warm = [], []
    for number in range(STARTS):
        state, bytecode = folder / f"state{number}", folder / f"bytecode{number}"
        cold.append(first_answer_s(state, bytecode))
        warm.append(first_answer_s(state, bytecode))
    print("\n| first answer of `nearside up` | seconds: median (least to largest) | of a processor |")
    print("| --- | ---: | ---: |")
    for name, found in (("fresh folder, no bytecode", cold), ("again", warm)):
        seconds, computed = zip(*found, strict=True)
        spread = f"({min(seconds):.1f} to {max(seconds):.1f})"
        print(f"| {name} | {statistics.median(seconds):.1f} {spread} | {statistics.median(computed):.1f} |")


def first_answer_s(state: Path, bytecode: Path) -> tuple[float, float]:
    """Seconds from the command to the first answer of a function, and those that it computed until then."""
    port = free_port()
    program = Path(sys.executable).with_name("nearside")
    started = time.monotonic()
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(program), "up", "--port", str(port), "--state", str(state)]
    with running(command, environment) as process:
        wait_for(f"http://127.0.0.1:{port}/health")
        return time.monotonic() - started, processor_s(process)


@contextmanager
def running(
    command: list[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the body ends; what it says is nobody's."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str) -> None:
    """Ask until somebody answers."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"gateway: {url} does not answer")


def processor_s(process: subprocess.Popen[bytes]) -> float:
    """Seconds that a process has computed, and all that it started."""
    every = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return float(sum(times.user + times.system for times in (each.cpu_times() for each in every)))


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(Path(sys.argv[1]), int(sys.argv[2]))
    main()
