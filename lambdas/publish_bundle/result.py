"""What became of a job, for whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields

MAX_RESULT_BYTES = 4096
_LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """A job's bundle: its version, the SHA-256 of its manifest in hex, its place in the log; when, in Unix
    seconds."""

    id: str
    version: int
    manifest: str
    leaf: int
    at: int

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        return canonical.encode(
            {
                "v": 1,
                "id": self.id,
                "version": self.version,
                "manifest": self.manifest,
                "leaf": self.leaf,
                "at": self.at,
            }
        )


@dataclass(frozen=True, slots=True)
class RefusedJob:
    """A job that changed nothing, and why; when, in Unix seconds."""

    id: str
    why: str
    at: int

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        why = self.why[:_LONGEST_REASON]
        return canonical.encode({"v": 1, "id": self.id, "refused": why, "at": self.at})


def read_result(raw: bytes) -> Done | RefusedJob:
    """Read what became of a job. Raises `Malformed`."""
    value = canonical.decode(raw, max_bytes=MAX_RESULT_BYTES)
    fields = Fields(value, "result")
    fields.whole("v", low=1, high=1)
    made: Done | RefusedJob
    if isinstance(value, dict) and "refused" in value:
        made = RefusedJob(fields.text("id"), fields.text("refused"), fields.whole("at"))
    else:
        made = Done(
            fields.text("id"),
            version=fields.whole("version", low=1),
            manifest=fields.hex("manifest", 32).hex(),
            leaf=fields.whole("leaf"),
            at=fields.whole("at"),
        )
    fields.done()
    if made.to_bytes() != raw:
        raise Malformed("result: not in canonical form")
    return made
