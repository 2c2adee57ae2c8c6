"""What a running deployment holds for itself: a port, and the folder of its state."""

from __future__ import annotations

import errno
import fcntl
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import replace_file

HOST: Final = "127.0.0.1"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Running:
    """Where the deployment that holds a folder can be reached: its front door, and its AWS.

    `parameters` are the root template's, with the values that they have there.
    """

    url: str
    endpoint_url: str
    parameters: Mapping[str, str]

    @classmethod
    def from_bytes(cls, raw: bytes) -> Running:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw), "state: running.json")
        url, endpoint_url = fields.text("url"), fields.text("endpoint_url")
        match fields.take("parameters"):
            case dict(values) if all(isinstance(value, str) for value in values.values()):
                fields.done()
                return cls(url, endpoint_url, {name: str(value) for name, value in values.items()})
            case _:
                raise Malformed("state: running.json: parameters are not texts")

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        return canonical.encode(asdict(self))

    def check(self, parameters: Mapping[str, str]) -> None:
        """Raise `Refused` when one of the parameters has another value where it runs."""
        for name, value in parameters.items():
            if self.parameters.get(name) != value:
                raise Refused(f"state: the deployment that runs on this folder has another {name}")


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Take a port before anything else is started. Raises `Refused` when it is in use."""
    # asyncio turns off Nagle only for sockets that say that they are TCP; small answers would wait 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as front:
        front.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            front.bind((HOST, port))
            front.listen(512)
        except OSError as error:
            raise Refused(f"port: {port} is in use; choose another with --port") from error
        yield front


@contextmanager
def claimed(state: Path) -> Iterator[None]:
    """Hold the state folder for this process alone. Raises `Refused` or `Malformed`."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("ab")
    except OSError as error:
        raise Refused(f"state: {_why(error)}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("state: another process is using this folder") from error
        try:
            (state / "running.json").unlink(missing_ok=True)
            check_format(state / "format.json")
        except OSError as error:
            raise Refused(f"state: {_why(error)}") from error
        yield


def check_set_up(state: Path) -> None:
    """Raise `Refused` where no deployment was ever started: a mistyped folder holds nothing to read."""
    if not (state / "format.json").exists():
        raise Refused("state: nothing was set up there; run make demo or nearside up")


@contextmanager
def announced(state: Path, running: Running) -> Iterator[None]:
    """Let other processes find what runs on the folder, while it does."""
    file = state / "running.json"
    half = state / "running.json.new"
    try:
        half.write_bytes(running.to_bytes())
        half.replace(file)
    except OSError as error:
        raise Refused(f"state: {_why(error)}") from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def find_running(state: Path) -> Running | None:
    """Return the deployment that holds the folder and has finished starting, if there is one."""
    file, lock = state / "running.json", state / "lock"
    if not (file.exists() and lock.exists()):
        return None
    with lock.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # It may have stopped a moment ago, and its note with it.
            return Running.from_bytes(file.read_bytes()) if file.exists() else None
    return None


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "its disk takes no more; make room and start again"
    return "the folder cannot be written; name another with --state"


def check_format(file: Path) -> None:
    """Say of which format a folder is, or check it. Raises `Malformed` or `Refused`."""
    if not file.exists():
        # Whole or not at all: a folder in which half of it lay would be nobody's any more.
        replace_file(file, json.dumps({"v": _FORMAT}).encode())
        return
    try:
        version = json.loads(file.read_bytes())["v"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Malformed("state: format.json is damaged; this may not be a folder of ours") from error
    if version != _FORMAT:
        raise Refused("state: written by another version; move the folder away to begin anew")
