"""The timeline: which checkpoints there were, and when witnesses saw them.

Leaves hold no time on purpose. What can be proven about time is that a witness had seen a tree of some size.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Timeline:
    """Sizes of the tree and the times at which they are proven, both rising."""

    sizes: array[int]
    times: array[int]

    @classmethod
    def of(cls, points: Iterable[tuple[int, int]]) -> Timeline:
        """The timeline of sizes and times, the largest size first."""
        sizes, times = array("q"), array("q")
        for size, at in points:
            # A larger tree seen earlier proves the smaller one's time as well.
            earliest = min(at, times[-1]) if times else at
            if sizes and sizes[-1] == size:
                times[-1] = earliest
            else:
                sizes.append(size)
                times.append(earliest)
        sizes.reverse()
        times.reverse()
        return cls(sizes, times)

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
        place = bisect_left(self.times, int(end.timestamp()))
        return self.sizes[place - 1] if place else None

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
