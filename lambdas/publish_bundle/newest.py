"""When the newest jobs of a site that were done were asked for: an older one that comes late undoes none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from consent_ledger import canonical
from consent_ledger.fields import Fields
from lambdas.shared.publishing.job import Job, Kill, Revive

MAX_NEWEST_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Newest:
    """When, in Unix seconds, the newest job for other files was asked for, and the newest for a stop."""

    files: int = 0
    stop: int = 0

    @classmethod
    def from_bytes(cls, raw: bytes) -> Newest:
        """Read it back. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_NEWEST_BYTES), "newest")
        fields.whole("v", low=1, high=1)
        newest = cls(fields.whole("files"), fields.whole("stop"))
        fields.done()
        return newest

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        return canonical.encode({"v": 1, "files": self.files, "stop": self.stop})

    def overtook(self, job: Job) -> bool:
        """Whether a job would undo one that was asked for later; a stop undoes nothing that could wait."""
        match job.asked:
            case Kill():
                return False
            case Revive():
                return job.asked_at < self.stop
            case _:
                return job.asked_at < self.files

    def after(self, job: Job) -> Newest:
        """What is newest once a job is done."""
        match job.asked:
            case Kill():
                return replace(self, stop=max(self.stop, job.asked_at))
            case Revive():
                return self
            case _:
                return replace(self, files=max(self.files, job.asked_at))
