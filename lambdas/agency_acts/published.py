"""What was asked of the publisher and what became of it: jobs, bundles, and what is live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json
from lambdas.agency_acts.office import Office
from lambdas.shared.agency.answer_parts import fitting
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.job import Ordered, Outcome, jobs_of, read_ordered
from lambdas.shared.agency.proposal import Proposal
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId, Place
from lambdas.shared.publishing.job import Publish, RollBack

_AT_ONCE: Final = 25
_MOST_LOOKED_AT: Final = 100


@dataclass(frozen=True, slots=True)
class PublishedService:
    """What became of the orders of every agency, each agency by itself; the newest first."""

    office: Office

    def jobs(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` jobs and where each stands, and where the next page begins.

        Fewer where they are long.
        """
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        place, before = _begins(agency, site, cursor)
        rows = self.office.desk.rows.page_back(agency, jobs_of(site), before=before, limit=limit + 1)
        listed = map(read_ordered, rows)
        items = fitting(
            (shown_job(each, self.office.outcome_of(agency, site, each.job.id)) for each in listed), limit
        )
        more = print_cursor(agency, place, rows[len(items) - 1].name) if len(rows) > len(items) else None
        return items, more

    def bundles(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` versions that were published here, and where the next page begins.

        A page may be short, and even empty, where many jobs published nothing: what leads on is the cursor.
        """
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        place, before = _begins(agency, site, cursor)
        found: list[dict[str, Json]] = []
        last, looked_at = "", 0
        for ordered in _newest_first(self.office, agency, site, before):
            if len(found) == limit or looked_at == _MOST_LOOKED_AT:
                return tuple(found), print_cursor(agency, place, last)
            outcome = self.office.outcome_of(agency, site, ordered.job.id)
            if outcome is not None and outcome.version is not None:
                found.append(_bundle(ordered, outcome))
            last, looked_at = ordered.job.id, looked_at + 1
        return tuple(found), None


def shown_job(ordered: Ordered, outcome: Outcome | None) -> dict[str, Json]:
    """A job as callers read it."""
    state = "queued" if outcome is None else "done" if outcome.version is not None else "refused"
    return {
        **ordered.to_json(),
        "state": state,
        "version": outcome.version if outcome else None,
        "refused": outcome.refused if outcome else None,
    }


def proposal_that_is_live(office: Office, agency: AgencyId, site: str) -> Proposal | None:
    """Return the proposal whose files a job published last; what is ordered and not done is not live.

    What a deployer published by hand was no proposal's.
    """
    for ordered in _newest_first(office, agency, site, None):
        if isinstance(ordered.job.asked, (Publish, RollBack)) and office.is_done(
            agency, site, ordered.job.id
        ):
            return office.proposal(agency, site, ordered.proposal)
    return None


def _bundle(ordered: Ordered, outcome: Outcome) -> dict[str, Json]:
    return {
        "version": outcome.version,
        "manifest": outcome.manifest,
        "at": outcome.at,
        "act": ordered.act.value,
        "proposal": ordered.proposal,
        "job": ordered.job.id,
    }


def _newest_first(office: Office, agency: AgencyId, site: str, before: str | None) -> Iterator[Ordered]:
    while rows := office.desk.rows.page_back(agency, jobs_of(site), before=before, limit=_AT_ONCE):
        yield from map(read_ordered, rows)
        before = rows[-1].name


def _begins(agency: AgencyId, site: str, cursor: str | None) -> tuple[Place, str | None]:
    # A cursor of a list that runs the other way would lead astray.
    place = Place(jobs_of(site).kind, f"{site}#newest")
    return place, None if cursor is None else read_cursor(agency, place, cursor)
