"""What this device adds to a count: a bounded number of page pairs a week, one at a time, at random times.

In one week the device collects at most one ordered pair a session, chosen at random from the session's
pages, and keeps a random few of those pairs. In the next week it sends exactly `pairs_per_week` reports,
each at its own random time; reports for which there is no pair say "nothing". So the number, size and times
of its reports are the same whatever was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from edge_client.dice import Chance, Dice
from edge_client.wire.contribution import NOTHING, Contribution
from edge_client.wire.task import MeasurementTask

WEEK_MS = 7 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Pool:
    """The pairs collected in one week: a uniform sample of at most `pairs_per_week` of the `sessions`
    seen."""

    period: str
    pairs: tuple[tuple[int, int], ...] = ()
    sessions: int = 0


@dataclass(frozen=True, slots=True)
class DueReport:
    """A report that waits for its time (Unix milliseconds). Its id is drawn once, so that a retry counts
    once."""

    due_ms: int
    contribution: Contribution


@dataclass(frozen=True, slots=True)
class Reporter:
    """The state of one task on this device. It is bound to the task, and dropped when the task changes.

    `folded` is the number of the last session of this device that was counted.
    """

    task: str
    pool: Pool
    outbox: tuple[DueReport, ...] = ()
    folded: int = 0

    @classmethod
    def starting(cls, task: MeasurementTask, *, at_ms: int) -> Reporter:
        """Return the reporter of a device that begins to take part at `at_ms`."""
        return cls(task.task_id, Pool(period_at(at_ms)))

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
        """Move to the week of `at_ms`: a week that is over becomes `pairs_per_week` reports with times in
        the week after it."""
        period = period_at(at_ms)
        if period <= self.pool.period:  # the same week, or a clock that jumped back
            return self
        start_ms = week_start_ms(self.pool.period) + WEEK_MS
        contents: list[tuple[int, int]] = [*self.pool.pairs]
        contents += [(NOTHING, NOTHING)] * (task.pairs_per_week - len(contents))
        order = chance.hidden.sample(len(contents), len(contents))  # which pair goes first says nothing
        reports = tuple(
            DueReport(
                start_ms + chance.visible.below(WEEK_MS),
                Contribution(
                    task=task.task_id,
                    period=self.pool.period,
                    report_id=chance.visible.draw(16).hex(),
                    source=contents[place][0],
                    target=contents[place][1],
                ),
            )
            for place in order
        )
        return replace(self, pool=Pool(period), outbox=(*self.outbox, *reports)[-4 * task.pairs_per_week :])

    def due(self, at_ms: int) -> tuple[Contribution, ...]:
        """Return the reports whose time has come, in the order of their times."""
        ready = sorted(
            (report for report in self.outbox if report.due_ms <= at_ms), key=lambda report: report.due_ms
        )
        return tuple(report.contribution for report in ready)

    def settled(self, report_id: str) -> Reporter:
        """Return the reporter without the report that arrived, or that the server will never take."""
        return replace(
            self, outbox=tuple(report for report in self.outbox if report.contribution.report_id != report_id)
        )

    def to_bytes(self) -> bytes:
        """Print canonical JSON for the browser's own storage."""
        return canonical.encode(
            {
                "v": 1,
                "task": self.task,
                "period": self.pool.period,
                "pairs": [[source, target] for source, target in self.pool.pairs],
                "sessions": self.pool.sessions,
                "folded": self.folded,
                "outbox": [
                    [report.due_ms, report.contribution.to_bytes().decode()] for report in self.outbox
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
                "period": str(period),
                "pairs": list(pairs),
                "sessions": int(sessions),
                "folded": int(folded),
                "outbox": list(outbox),
                **rest,
            } if not rest:
                return cls(
                    task,
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
        case [int(due_ms), str(body)]:
            return DueReport(due_ms, Contribution.from_bytes(body.encode()))
        case _:
            raise Malformed("reporter: a report is not a time and a body")
