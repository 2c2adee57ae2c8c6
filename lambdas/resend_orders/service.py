"""Sends orders again that nothing became of: whatever lost them, they are in their rows.

An order is written down before it is sent, and sending may fail, or its message end among the dead letters.
The publisher does a job once, however often it is sent, so that this need not know which of it happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lambdas.resend_orders.ports import Outcomes, Send, WaitingRows
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.agency.sites import Sites
from lambdas.shared.agency.waiting import Waiting, name_of, read_waiting, waiting_of

MOST_A_SITE: Final = 200
"""Orders looked at in one run: what stops something comes first, then the oldest."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: orders that wait still, those that were sent, and those that wait for too long."""

    waiting: int = 0
    sent: int = 0
    late: int = 0

    def plus(self, *, sent: bool, late: bool) -> Run:
        """Return it with one more order that waits."""
        return Run(self.waiting + 1, self.sent + sent, self.late + late)


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
        for site, agency in sorted(self.sites.owners.items()):
            for row in self.rows.page(agency, waiting_of(site), after="", limit=MOST_A_SITE):
                waiting = read_waiting(row)
                if self.outcomes.outcome_of(agency, site, waiting.job.id) is not None:
                    self.rows.drop(agency, waiting_of(site), name_of(waiting.job))
                    continue
                run = run.plus(sent=self._sent(agency, waiting, now), late=waiting.is_late(now))
        return run

    def _sent(self, agency: AgencyId, waiting: Waiting, now: int) -> bool:
        # Of two runs at once, or a run and a person, one writes down that it sends it, and sends it.
        if not waiting.is_due(now) or not self.rows.write(agency, waiting.sent_at(now).write):
            return False
        self.send(waiting.job)
        return True
