"""How often functions were called since the start: sums, of which no single call can be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import replace_file

CALLS: Final = "calls.json"
EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Called:
    """What became of one function's calls: how many there were, failed, and were refused by a limit.

    `last_ms` is how long the last one took, the way there and back included.
    """

    calls: int = 0
    errors: int = 0
    throttled: int = 0
    last_ms: int = 0


@dataclass(slots=True)
class Calls:
    """Counts the calls of one function, from any thread."""

    _called: Called = field(default_factory=Called)
    _lock: Lock = field(default_factory=Lock)

    def ended(self, took_ms: int, *, failed: bool) -> None:
        """A call has ended."""
        with self._lock:
            before = self._called
            self._called = Called(before.calls + 1, before.errors + failed, before.throttled, took_ms)

    def throttled(self) -> None:
        """A request was refused before it was one."""
        with self._lock:
            before = self._called
            self._called = Called(before.calls, before.errors, before.throttled + 1, before.last_ms)

    def so_far(self) -> Called:
        """The sums at this moment."""
        return self._called


def print_calls(called: Mapping[str, Called]) -> bytes:
    """Print the sums of all functions, by name, as canonical JSON."""
    return canonical.encode({name: asdict(each) for name, each in called.items()})


def read_calls(raw: bytes) -> dict[str, Called]:
    """Read what `print_calls` printed. Raises `Malformed`."""
    found = canonical.decode(raw)
    if not isinstance(found, dict):
        raise Malformed("state: calls.json: not an object")
    called = {}
    for name, value in found.items():
        fields = Fields(value, "state: calls.json")
        numbers = [fields.whole(each) for each in ("calls", "errors", "throttled", "last_ms")]
        fields.done()
        called[name] = Called(*numbers)
    return called


@contextmanager
def telling_calls(state: Path, counted: Mapping[str, Calls]) -> Iterator[None]:
    """Keep the sums in the state folder while the body runs, at most a second old; gone when it ends."""
    stop = Event()
    thread = Thread(target=_tell, args=(state / CALLS, counted, stop), name="calls")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        (state / CALLS).unlink(missing_ok=True)


def _tell(file: Path, counted: Mapping[str, Calls], stop: Event) -> None:
    told = b""
    while True:
        now = print_calls({name: calls.so_far() for name, calls in counted.items()})
        if now != told:
            # Nobody is owed a sum: on a full disk it stays as it was.
            with suppress(OSError):
                replace_file(file, now, durably=False)
                told = now
        if stop.wait(EVERY_S):
            return
