"""Sends orders again that nothing became of: whatever lost them, they are in their rows.

An order is written down before it is sent, and sending may fail, or its message end among the dead letters.
The publisher does a job once, however often it is sent, so that this need not know which of it happened.

A run looks at so many orders of a site and no more. One that was looked at is over and gone, or is sent and
has its turn after the others; no order, and no site, is in the way of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from lambdas.resend_orders.ports import Outcomes, Send, WaitingRows
from lambdas.shared.agency.rows import AgencyId, Row
from lambdas.shared.agency.sites import Sites
from lambdas.shared.agency.waiting import Waiting, name_of, read_waiting, waiting_of
from lambdas.shared.publishing.job import Kill

MOST_A_SITE: Final = 200
"""Orders looked at in one run: what stops something comes first, then what is due for longest."""

LEFT_FOR_OTHERS: Final = 50
"""How many of these are for what is no kill, however many kills wait."""

MOST_ROWS: Final = 10_000
"""Rows read of a site in one run, the oldest: far more than people order before they are told."""

_PAGE: Final = 500
_EACH_S: Final = 60


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: orders that wait still, those that were sent, and what somebody has to be told of.

    `late` counts orders that wait for too long, and beside them what is in `failed`: what could not be read,
    written or sent.
    """

    waiting: int = 0
    sent: int = 0
    late: int = 0
    failed: int = 0

    def plus(self, *, sent: bool, late: bool) -> Run:
        """Return it with one more order that waits."""
        return replace(self, waiting=self.waiting + 1, sent=self.sent + sent, late=self.late + late)

    def failing(self) -> Run:
        """Return it with one more failure."""
        return replace(self, late=self.late + 1, failed=self.failed + 1)


@dataclass(frozen=True, slots=True)
class ResendOrdersService:
    """The one who takes an order's row away, and who sends it until then; `now` tells Unix seconds."""

    rows: WaitingRows
    outcomes: Outcomes
    send: Send
    sites: Sites
    now: Callable[[], int]

    def run(self) -> Run:
        """Look once at what waits at each site of the deployment."""
        run, now = Run(), self.now()
        owners = sorted(self.sites.owners.items())
        # A run may be ended before it was everywhere, and so each begins elsewhere.
        first = now // _EACH_S % max(len(owners), 1)
        for site, agency in owners[first:] + owners[:first]:
            try:
                rows = tuple(self._rows(agency, site))
            except Exception:
                # A site whose rows cannot be read must not keep another's kill from being sent.
                run = run.failing()
                continue
            run = self._site(run, (agency, site), rows, now)
        return run

    def _site(self, run: Run, address: tuple[AgencyId, str], rows: tuple[Row, ...], now: int) -> Run:
        waiting = [each for each in map(_read, rows) if each is not None]
        for _ in range(len(rows) - len(waiting)):
            run = run.failing()
        in_turn = _in_turn(waiting, now)
        for each in in_turn[:MOST_A_SITE]:
            run = self._look(run, address, each, now)
        for each in in_turn[MOST_A_SITE:]:
            # Whether something became of it is seen when it has its turn.
            run = run.plus(sent=False, late=each.is_late(now))
        return run

    def _look(self, run: Run, address: tuple[AgencyId, str], waiting: Waiting, now: int) -> Run:
        agency, site = address
        try:
            if self.outcomes.outcome_of(agency, site, waiting.job.id) is not None:
                self.rows.drop(agency, waiting_of(site), name_of(waiting.job))
                return run
        except Exception:
            # Not known to be over: sent once too often it is done once, and it has its turn like others.
            run = run.failing()
        sent = False
        try:
            sent = self._sent(agency, waiting, now)
        except Exception:
            run = run.failing()
        return run.plus(sent=sent, late=waiting.is_late(now))

    def _sent(self, agency: AgencyId, waiting: Waiting, now: int) -> bool:
        # Of two runs at once, or a run and a person, one writes down that it sends it, and sends it.
        if not waiting.is_due(now) or not self.rows.write(agency, waiting.sent_at(now).write):
            return False
        self.send(waiting.job)
        return True

    def _rows(self, agency: AgencyId, site: str) -> Iterator[Row]:
        after = ""
        for _ in range(MOST_ROWS // _PAGE):
            page = self.rows.page(agency, waiting_of(site), after=after, limit=_PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].name


def _read(row: Row) -> Waiting | None:
    """Read a row; None for one that is none, whatever is wrong with it."""
    try:
        return read_waiting(row)
    except Exception:
        return None


def _in_turn(waiting: Iterable[Waiting], now: int) -> list[Waiting]:
    """Kills first, and what is due for longest; some of those that are no kills before the last kills."""
    due_first = sorted(waiting, key=lambda each: (not each.is_due(now), max(each.sent, each.at)))
    kills = [each for each in due_first if isinstance(each.job.asked, Kill)]
    others = [each for each in due_first if not isinstance(each.job.asked, Kill)]
    most = MOST_A_SITE - min(len(others), LEFT_FOR_OTHERS)
    return [*kills[:most], *others, *kills[most:]]
