"""What ends a deployment from within: told by whoever sees it, raised where the command waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import NoReturn

from consent_ledger.errors import Refused


@dataclass(slots=True)
class Trouble:
    """At most one reason why a deployment cannot go on."""

    _said: str = ""
    _came: Event = field(default_factory=Event)

    def tell(self, said: str) -> None:
        """Say why it cannot go on; the first reason counts."""
        self._said = self._said or said
        self._came.set()

    def wait(self) -> NoReturn:
        """Wait in the main thread, until a signal ends the wait, or raise `Refused` with the reason."""
        self._came.wait()
        raise Refused(self._said)
