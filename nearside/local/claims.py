"""What a running deployment holds for itself: a port, and the folder of its state."""

from __future__ import annotations

import errno
import fcntl
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import replace_file
from nearside.local.ownership import PRIVATE_FOLDER, check_ours, keep_private

HOST: Final = "127.0.0.1"
LOCK: Final = "lock"
IN_USE: Final = "state: another process is using this folder; stop it first, or name another with --state"
_FORMAT: Final = 1
_LOOK_S: Final = 5.0
"""How long to wait for those who only look; each takes no longer than a file is open."""


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
    """Hold the state folder for this process alone, and let no other user enter it.

    Raises `Refused` for one that somebody holds, or that is not ours, and `Malformed`.
    """
    try:
        check_ours(state)
        state.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        lock = (state / LOCK).open("ab")
    except OSError as error:
        raise Refused(f"state: {_why(error)}") from error
    with lock:
        if not _taken(lock):
            raise Refused(IN_USE)
        try:
            keep_private(state)
            (state / "running.json").unlink(missing_ok=True)
            check_format(state / "format.json")
        except OSError as error:
            raise Refused(f"state: {_why(error)}") from error
        yield


def is_claimed(state: Path) -> bool:
    """Whether a process holds the folder; looking is in nobody's way."""
    try:
        with (state / LOCK).open("rb") as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _taken(lock: IO[bytes]) -> bool:
    """Take the lock, unless somebody holds it; whoever only looks at it lets go again at once."""
    deadline = time.monotonic() + _LOOK_S
    while not _locked(lock, fcntl.LOCK_EX):
        if not _locked(lock, fcntl.LOCK_SH) or time.monotonic() > deadline:
            return False
        fcntl.flock(lock, fcntl.LOCK_UN)
        time.sleep(0.005)
    return True


def _locked(lock: IO[bytes], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


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
    file = state / "running.json"
    if not (file.exists() and is_claimed(state)):
        return None
    try:
        return Running.from_bytes(file.read_bytes())
    except FileNotFoundError:
        # It stopped a moment ago, and its note with it.
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
        raise Malformed(
            "state: format.json is damaged; restore it from a copy, or name another folder"
        ) from error
    if version != _FORMAT:
        raise Refused("state: written by another version; move the folder away to begin anew")
