"""What a draft, or a proposal, would be as a bundle: its files, what is wrong with it, what it reaches."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from edge_client.wire.rules import MOST_SLOTS
from lambdas.agency_acts.reading import ReadingService, Since, counts
from lambdas.shared.agency.answer_parts import Part, fitting, part_of
from lambdas.shared.agency.changes import changes, documents_of
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import Drafts, compose
from lambdas.shared.agency.draft import bodies, read_draft
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.linting import lint_drafts
from lambdas.shared.agency.reach import Reached, beside, reached
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId

MOST_PROBLEMS: Final = 500
MOST_NAMED: Final = 20
MOST_SLOT_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PreviewService:
    """What people of every agency see of what is not live yet, each agency by itself."""

    reading: ReadingService

    def preview(self, caller: Caller, site: str, proposal: str | None) -> dict[str, Json]:
        """Return the files with their hashes, at most `MOST_PROBLEMS` problems, and the slots that change.

        A draft that makes no bundle has problems, and no files. Raises `Absent` for no such proposal.
        """
        office = self.reading.office
        agency = office.desk.agency_of(caller, site, Scope.READ)
        documents, files = self._asked(agency, site, proposal)
        problems = lint_drafts(site, documents, today=office.today())
        against = self.reading.against(agency, site, Since.LIVE)
        after = documents_of(site, files, documents.get(Collection.GOALS, {})) if files else against.documents
        listed = changes(against.documents, after)
        outside = beside(listed)
        slots = [_shown(each) for each in reached(listed, against.documents, after)]
        told = fitting(slots, MOST_SLOTS, most=MOST_SLOT_BYTES)
        return {
            "against": against.to_json(),
            "items": [
                {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
                for name, data in sorted(files.items())
            ],
            "problems": [each.to_json() for each in problems[:MOST_PROBLEMS]],
            "more_problems": max(0, len(problems) - MOST_PROBLEMS),
            "counts": counts(listed),
            "slots": list(told),
            "more_slots": len(slots) - len(told),
            "beside": list(outside[:MOST_NAMED]),
            "more_beside": max(0, len(outside) - MOST_NAMED),
        }

    def file(self, caller: Caller, site: str, file: str, *, part: int) -> Part:
        """Return a file that the draft makes, or a part of it. Raises `Absent`, also where it makes none."""
        agency = self.reading.office.desk.agency_of(caller, site, Scope.READ)
        _, files = self._asked(agency, site, None)
        if file not in files:
            raise Absent
        return part_of(files[file], part)

    def _asked(self, agency: AgencyId, site: str, proposal: str | None) -> tuple[Drafts, Mapping[str, bytes]]:
        office = self.reading.office
        if proposal is not None:
            found = office.proposal(agency, site, proposal)
            documents = self.reading.documents(agency, site, found)
            return documents, self.reading.contents(agency, site, found)
        documents = bodies(read_draft(office.desk.rows, agency, site))
        try:
            return documents, compose(site, documents)
        except Malformed:
            # What is wrong is among the problems.
            return documents, {}


def _shown(each: Reached) -> dict[str, Json]:
    return {
        "slot": each.slot,
        "pages": list(each.pages),
        "because": list(each.because[:MOST_NAMED]),
        "more": max(0, len(each.because) - MOST_NAMED),
    }
