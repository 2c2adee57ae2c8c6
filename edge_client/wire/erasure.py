"""The answer to a request for erasure: what was done, when, and what is still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from consent_ledger import canonical
from consent_ledger.erasure import Erasure
from consent_ledger.errors import Untrue
from consent_ledger.fields import Fields


@dataclass(frozen=True, slots=True)
class RecordsErased:
    """What the agency says of an erasure; `entry` is the leaf hash of the log's entry that counts it."""

    entry: bytes
    erasure: Erasure

    def to_bytes(self) -> bytes:
        """Print the answer as canonical JSON."""
        remains = [kind.value for kind in self.erasure.remains]
        return canonical.encode(
            {"v": 1, "entry": self.entry.hex(), "remains": remains, **self.erasure.to_json()}
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Parse the answer. Raises `Malformed`, and `Untrue` when it leaves out something that remains."""
        fields = Fields(canonical.decode(body, max_bytes=4096), "erasure answer")
        fields.whole("v", low=1, high=1)
        entry, remains = fields.hex("entry", 32), fields.rows("remains", max_length=16)
        answer = cls(entry, Erasure.take(fields))
        fields.done()
        if remains != [kind.value for kind in answer.erasure.remains]:
            raise Untrue("erasure answer: does not name what remains")
        return answer
