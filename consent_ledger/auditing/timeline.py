"""The timeline: which checkpoints there were, and when witnesses saw them.

Leaves hold no time on purpose. What can be proven about time is that a witness had seen a tree of some size.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.claim import ClaimVerifier
from consent_ledger.cosignature import cosignature_claims, first_cosigned_at
from consent_ledger.note import Note


@dataclass(frozen=True, slots=True)
class Seen:
    """One checkpoint of the log whose every known signature verified.

    `name` is the file that it was read from, `cosigned` how many trusted witnesses signed it, and `at` the
    median of their times in seconds since 1970; None without witnesses.
    """

    name: str
    note: Note
    checkpoint: Checkpoint
    cosigned: int
    at: int | None


def see(name: str, raw: bytes, *, trusted: LogKeys, verify: ClaimVerifier) -> Seen:
    """Read and verify one checkpoint, however few witnesses signed it.

    Raises `Malformed` when it is no checkpoint, `Untrue` when it is another log's or a signature is false.
    """
    note = Note.from_bytes(raw)
    checkpoint, claims = trusted.log_alone().check(note)
    verify(claims)
    # By key and not by name: a witness under two names is one witness.
    times: dict[bytes, int] = {}
    for witness in trusted.witnesses:
        verify(cosignature_claims(note, witness))
        at = first_cosigned_at(note, witness)
        if at is not None:
            times[witness.public_key] = min(at, times.get(witness.public_key, at))
    return Seen(name, note, checkpoint, len(times), median_low(times.values()) if times else None)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Sizes of the tree and the times at which they are proven, both rising."""

    sizes: tuple[int, ...]
    times: tuple[int, ...]

    @classmethod
    def of(cls, seen: Iterable[Seen]) -> Timeline:
        """The timeline of some checkpoints; those without a time say nothing."""
        earliest: dict[int, int] = {}
        for each in seen:
            if each.at is not None:
                size = each.checkpoint.size
                earliest[size] = min(each.at, earliest.get(size, each.at))
        # A larger tree seen earlier proves the smaller one's time as well.
        points: list[tuple[int, int]] = []
        for size, at in sorted(earliest.items(), reverse=True):
            points.append((size, min(at, points[-1][1]) if points else at))
        points.reverse()
        return cls(tuple(size for size, _ in points), tuple(at for _, at in points))

    def after(self, index: int) -> int | None:
        """When a witness had seen the log without the entry at `index`; None when no checkpoint tells."""
        place = bisect_right(self.sizes, index)
        return self.times[place - 1] if place else None

    def by(self, index: int) -> int | None:
        """When a witness had seen the log with it; None when no checkpoint tells."""
        place = bisect_right(self.sizes, index)
        return self.times[place] if place < len(self.times) else None

    def size_on(self, day: date) -> int | None:
        """The size of the largest tree that is proven for the end of a day (UTC); None when none is."""
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
        sizes = [size for size, at in zip(self.sizes, self.times, strict=True) if at < end.timestamp()]
        return sizes[-1] if sizes else None

    def last_day(self) -> date | None:
        """The day of the last time that is proven."""
        try:
            return datetime.fromtimestamp(self.times[-1], tz=UTC).date() if self.times else None
        except (ValueError, OverflowError, OSError):
            return None


def shown(at: int | None) -> str | None:
    """A time as people read it, UTC to the second."""
    if at is None:
        return None
    try:
        return f"{datetime.fromtimestamp(at, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        # A witness may sign any time up to 2^63 - 1.
        return f"{at} s after 1970"
