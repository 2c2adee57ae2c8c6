"""A register of attacks on an agency's ledger, by the finding that must show each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.audited import Agency

Attack = Callable[[Agency], "list[object] | None"]
"""Does its harm; what it returns are more arguments for the audit."""


@dataclass(frozen=True, slots=True)
class Attacks:
    """Attacks by the code of the finding, and whether they come before the officer opens the records."""

    early: dict[str, Attack] = field(default_factory=dict)
    late: dict[str, Attack] = field(default_factory=dict)

    @classmethod
    def of(cls, *rooms: Attacks) -> Attacks:
        """All of several rooms; raises `ValueError` as `before` and `after` do."""
        whole = cls()
        for room in rooms:
            for code, attack in room.early.items():
                whole.before(code)(attack)
            for code, attack in room.late.items():
                whole.after(code)(attack)
        return whole

    @property
    def codes(self) -> set[str]:
        """The code of every attack."""
        return {*self.early, *self.late}

    def before(self, code: str) -> Callable[[Attack], Attack]:
        """Enter an attack done before the officer opens the records; `ValueError` if `code` has one."""
        return self._enter(self.early, code)

    def after(self, code: str) -> Callable[[Attack], Attack]:
        """Enter an attack done to what the auditor is given; `ValueError` if `code` has one."""
        return self._enter(self.late, code)

    def _enter(self, part: dict[str, Attack], code: str) -> Callable[[Attack], Attack]:
        def enter(attack: Attack) -> Attack:
            if code in self.codes:
                raise ValueError(f"attacks: {code} has one already")
            part[code] = attack
            return attack

        return enter


def hash_of(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def change(file: Path, *, at: int = -1) -> None:
    """Flip one bit of a file."""
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
