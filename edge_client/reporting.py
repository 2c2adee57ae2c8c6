"""What this device adds to a count: a bounded number of page pairs a week, one at a time, at random times.

In one week the device collects at most one ordered pair a session, chosen at random from the session's pages,
and keeps a random few of those pairs. When a week begins, its outbox is filled up to exactly `pairs_per_week`
reports, each with its own random time; where there is no pair a report says "nothing". Reports leave at the
first page view after their time, one a page view. So number, size and times of the reports are the same
whatever was looked at, and no device sends more than `pairs_per_week` in a week.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.dice import Chance, Dice
from edge_client.wire.contribution import NOTHING, Contribution
from edge_client.wire.task import MeasurementTask

WEEK_MS = 7 * 24 * 60 * 60 * 1000
_NOTHING = (NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Pool:
    """The pairs collected in one week: a uniform sample of at most `pairs_per_week` of the `sessions`
    seen."""

    period: str
    pairs: tuple[tuple[int, int], ...] = ()
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class DueReport:
    """A report that waits for its time (`due_ms`, Unix milliseconds): a pair of page indexes, or nothing.

    Its id is drawn once, and its period set at the first try to send it, so that a retry counts once.
    """

    due_ms: int
    report_id: str
    pair: tuple[int, int]
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    """The state of one task on this device. It is bound to the task, and dropped when the task changes.

    Only what was looked at since `since_ms`, when the citizen said yes, is counted; `folded` is the number
    of the last session of this device that was.
    """

    task: str
    since_ms: int
    pool: Pool
    outbox: tuple[DueReport, ...] = ()
    folded: int = 0

    @classmethod
    def starting(
        cls, task: MeasurementTask, *, at_ms: int, since_ms: int | None = None, filled: str = ""
    ) -> Reporter:
        """Return the reporter of a device that begins to take part at `at_ms`, with what it looks at since
        then, or since a later `since_ms`; `filled` is the last week for which it had reports before."""
        since = at_ms if since_ms is None else since_ms
        return cls(task.task_id, since, Pool(max(period_at(at_ms), filled)))

    def session_ended(
        self, pages: tuple[int, ...], *, session: int, task: MeasurementTask, dice: Dice
    ) -> Reporter:
        """Fold one finished session in: `pages` are the indexes of its distinct pages in the order of first
        look."""
        seen = self.pool.sessions + 1
        pair = ordered_pair(pages[:20], dice)
        place = dice.below(seen)
        pairs = self.pool.pairs
        if pair is not None:
            if len(pairs) < task.pairs_per_week:
                pairs = (*pairs, pair)
            elif place < task.pairs_per_week:
                pairs = (*pairs[:place], pair, *pairs[place + 1 :])
        return replace(self, pool=replace(self.pool, pairs=pairs, sessions=seen), folded=session)

    def clock(self, *, at_ms: int, task: MeasurementTask, chance: Chance) -> Reporter:
        """Move to the week of `at_ms`: a week that is over fills the outbox up."""
        period = period_at(at_ms)
        if period <= self.pool.period:  # the same week, or a clock that jumped back
            return self
        room = task.pairs_per_week - len(self.outbox)
        pairs = [*self.pool.pairs[:room], *[_NOTHING] * (room - len(self.pool.pairs))]
        left_ms = week_start_ms(period) + WEEK_MS - at_ms
        added = tuple(
            DueReport(at_ms + chance.visible.below(left_ms), chance.visible.draw(16).hex(), pairs[place])
            for place in chance.hidden.sample(room, room)  # which pair goes first says nothing
        )
        return replace(self, pool=Pool(period), outbox=(*self.outbox, *added))

    def take(self, at_ms: int) -> tuple[Reporter, Contribution | None]:
        """Return the report whose time came first, stamped with its period, or None while there is none."""
        ready = [report for report in self.outbox if report.due_ms <= at_ms]
        if not ready:
            return self, None
        first = min(ready, key=lambda report: report.due_ms)
        # A clock that was set back must not make this week's reports count for a week that has had its own.
        stamped = first if first.period else replace(first, period=max(period_at(at_ms), self.pool.period))
        outbox = tuple(stamped if report is first else report for report in self.outbox)
        contribution = Contribution(
            task=self.task,
            period=stamped.period or "",
            report_id=stamped.report_id,
            source=stamped.pair[0],
            target=stamped.pair[1],
        )
        return replace(self, outbox=outbox), contribution

    def without(self, unwanted: Callable[[int], bool]) -> Reporter:
        """Return the reporter whose pairs with an unwanted page say nothing; how many reports leave is the
        same."""

        def kept(pair: tuple[int, int]) -> bool:
            return not (unwanted(pair[0]) or unwanted(pair[1]))

        pairs = tuple(pair for pair in self.pool.pairs if kept(pair))
        outbox = tuple(
            report if kept(report.pair) else replace(report, pair=_NOTHING) for report in self.outbox
        )
        return replace(self, pool=replace(self.pool, pairs=pairs), outbox=outbox)

    def settled(self, report_id: str) -> Reporter:
        """Return the reporter without the report that arrived, or that the server will never take."""
        return replace(self, outbox=tuple(report for report in self.outbox if report.report_id != report_id))

    def to_bytes(self) -> bytes:
        """Print canonical JSON for the browser's own storage."""
        return canonical.encode(
            {
                "v": 1,
                "task": self.task,
                "since_ms": self.since_ms,
                "period": self.pool.period,
                "pairs": [[source, target] for source, target in self.pool.pairs],
                "sessions": self.pool.sessions,
                "folded": self.folded,
                "outbox": [
                    [report.due_ms, report.report_id, list(report.pair), report.period]
                    for report in self.outbox
                ],
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Reporter:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        match canonical.decode(raw):
            case {
                "v": 1,
                "task": str(task),
                "since_ms": int(since_ms),
                "period": str(period),
                "pairs": list(pairs),
                "sessions": int(sessions),
                "folded": int(folded),
                "outbox": list(outbox),
                **rest,
            } if not rest:
                return cls(
                    task,
                    since_ms,
                    Pool(period, tuple(_pair(pair) for pair in pairs), sessions),
                    tuple(_report(report) for report in outbox),
                    folded,
                )
            case _:
                raise Malformed("reporter: not version 1")


def ordered_pair(pages: tuple[int, ...], dice: Dice) -> tuple[int, int] | None:
    """Return one of the pairs "i before j" of `pages`, each as likely as the others; None for fewer than
    two pages."""
    count = len(pages)
    number = dice.below(max(1, count * (count - 1) // 2))
    if count < 2:
        return None
    for first in range(count - 1):
        if number < count - 1 - first:
            return pages[first], pages[first + 1 + number]
        number -= count - 1 - first
    raise AssertionError("reporting: a pair number past the last pair")


def period_at(at_ms: int) -> str:
    """Return the ISO week (`2026-W47`, UTC) of a time in Unix milliseconds."""
    year, week, _ = datetime.fromtimestamp(at_ms / 1000, UTC).isocalendar()
    return f"{year:04d}-W{week:02d}"


def week_start_ms(period: str) -> int:
    """Return the first millisecond (Monday, UTC) of an ISO week."""
    year, week = int(period[:4]), int(period[6:])
    start = datetime.fromisocalendar(year, week, 1).replace(tzinfo=UTC)
    return (start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _pair(value: canonical.Json) -> tuple[int, int]:
    match value:
        case [int(source), int(target)]:
            return source, target
        case _:
            raise Malformed("reporter: a pair is not two page indexes")


def _report(value: canonical.Json) -> DueReport:
    match value:
        case [int(due_ms), str(report_id), list(pair), str() | None as period]:
            return DueReport(due_ms, report_id, _pair(pair), period)
        case _:
            raise Malformed("reporter: a report is not a time, an id, a pair and a period")
