"""MiniStack, which plays AWS's services, as a process of its own that starts and stops with us."""

from __future__ import annotations

import fcntl
import json
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import IO, Final

from consent_ledger.errors import Malformed, Refused
from nearside.local.claims import HOST
from nearside.local.journal import recover
from nearside.local.ministack_state import CANNOT_KEEP, CANNOT_READ, check_seal, read_first_segment
from nearside.settings import Settings

READY_S: Final = 60.0
STOP_S: Final = 30.0
# Systems hand out those above: one of them could be another's before the process that is to have it is there.
_PORTS: Final = range(20_000, 32_000)
_WHAT_TO_DO: Final = "restore it from a copy, or remove the whole folder"
_NOT_READ: Final = (
    "state: MiniStack does not understand it, which another version wrote; export it with that version"
)
_FULL: Final = "state: its disk takes no more, so nothing more is acknowledged; make room and start again"


@contextmanager
def ministack(
    settings: Settings, state: Path, *, died: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """Run MiniStack on a free port of this machine, its state under `state`; yields its address.

    It ends with this process, however that ends, and holds the state until it has saved it; a start waits
    for one that is still stopping. `died` is told why it ended by itself, what to do included.
    Raises `Refused` when it is not installed, does not start or does not stop, `Malformed` when its state is
    damaged.
    """
    if not settings.ministack.is_file():
        raise Refused("ministack: not installed; run make setup, or name its Python in NEARSIDE_MINISTACK")
    state.mkdir(parents=True, exist_ok=True)
    port, output, pid = free_port(), state / "ministack.log", state / "ministack.pid"
    with (state / "ministack.lock").open("ab") as lock, output.open("ab") as log:
        _take(lock)
        check_state(state)
        log.truncate(0)
        process = _start(settings, state, _environment(settings, state, port), lock=lock, log=log)
    stopping = Event()
    watch = Thread(target=_watch, args=(process, stopping, died), name="ministack", daemon=True)
    try:
        pid.write_text(str(process.pid), encoding="ascii")
        _wait_until_ready(process, port, output)
        watch.start()
        yield f"http://{HOST}:{port}"
    finally:
        stopping.set()
        _stop(process)
        pid.unlink(missing_ok=True)


@contextmanager
def holding(state: Path) -> Iterator[None]:
    """Keep every MiniStack off the state while the body runs; waits for one that is still stopping."""
    with (state / "ministack.lock").open("ab") as lock:
        _take(lock)
        yield


def check_state(state: Path) -> None:
    """Raise `Malformed` when a state file or the journal is not whole: starting on it would lose a part."""
    for file in sorted((state / "services").glob("*.json")):
        try:
            data = file.read_bytes()
            check_seal(data)
            json.loads(data)
        except (ValueError, Malformed):
            raise Malformed(f"state: services/{file.name} is damaged; {_WHAT_TO_DO}") from None
    try:
        recover(state / "journal", read_first_segment(state / "services"))
    except Malformed as error:
        raise Malformed(f"state: {error}; {_WHAT_TO_DO}") from None


def _take(lock: IO[bytes]) -> None:
    deadline = time.monotonic() + STOP_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Refused("state: the ministack of a killed deployment is still stopping") from None
            time.sleep(0.1)


def _start(
    settings: Settings, state: Path, environment: Mapping[str, str], *, lock: IO[bytes], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    server = Path(__file__).with_name("ministack_server.py")
    try:
        return subprocess.Popen(  # noqa: S603  # our own file under an interpreter that the user named
            [settings.ministack, "-I", "-u", server, state],
            env=environment,
            stdin=subprocess.PIPE,  # nothing is ever written: its end tells the child that we are gone
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(lock.fileno(),),  # the child holds the state for as long as it lives, also without us
            start_new_session=True,  # Ctrl-C is for us; we stop it when our own work is done
        )
    except OSError as error:
        raise Refused("ministack: what NEARSIDE_MINISTACK names is not a program") from error


def _environment(settings: Settings, state: Path, port: int) -> Mapping[str, str]:
    return {
        **dict(settings.inherited),
        "AUTH": "true",
        "BIND_HOST": HOST,
        # These two would listen on every interface, whatever BIND_HOST says.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "objects"),
        "LOG_LEVEL": "WARNING",
    }


def free_port() -> int:
    """Return a port of this machine that nobody listens on, and that nobody is given who asks for any."""
    while True:
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() == CANNOT_KEEP:
            raise Refused(_FULL)
        if process.poll() == CANNOT_READ:
            raise Malformed(_NOT_READ)
        if process.poll() is not None:
            raise Refused(f"ministack: stopped while starting; its output is in {output.name}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise Refused(f"ministack: not ready after {READY_S:.0f} s; its output is in {output.name}")


def _watch(process: subprocess.Popen[bytes], stopping: Event, died: Callable[[str], None]) -> None:
    code = process.wait()
    if stopping.is_set():
        return
    died(
        _FULL
        if code == CANNOT_KEEP
        else "ministack: stopped by itself; start again: what was answered is kept"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    with process:  # closes the pipe, and waits
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
