"""What our own functions answer when they do not do what was asked, as nobody on the way to them would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from consent_ledger import canonical
from consent_ledger.fields import Fields

KINDS = "malformed|untrue|refused|failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """`{"v":1,"error":kind,"detail":...}`; `detail` is for people, and quotes nothing that was sent."""

    kind: str
    detail: str

    def to_bytes(self) -> bytes:
        """Print the answer as canonical JSON."""
        return canonical.encode({"v": 1, "error": self.kind, "detail": self.detail})

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse the answer. Raises `Malformed`, also for what a proxy or a captive portal says."""
        fields = Fields(canonical.decode(body, max_bytes=4096), "problem")
        fields.whole("v", low=1, high=1)
        problem = cls(fields.text("error", pattern=KINDS), fields.text("detail"))
        fields.done()
        return problem
