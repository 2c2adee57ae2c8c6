"""What can be read before anybody decides: the files of a proposal, byte for byte, and what they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consent_ledger.canonical import Json
from lambdas.agency_acts.office import Office
from lambdas.agency_acts.published import proposal_that_is_live
from lambdas.agency_acts.record import Record
from lambdas.shared.agency.answer_parts import Part, fitting, part_of
from lambdas.shared.agency.changes import Change, changes, documents_of
from lambdas.shared.agency.composed import FILES_OF, Drafts
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.proposal import Proposal
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId, Kind, Place
from lambdas.shared.agency.snapshot import read_file, read_snapshot

ORIGIN = "drafts.json"
"""The name under which it is read what a snapshot was made of."""


class Since(StrEnum):
    """What a proposal is held against: what devices have, or what four eyes saw last."""

    LIVE = "live"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class Against:
    """What something is held against; `proposal` and `snapshot` are "" where there is nothing yet."""

    proposal: str
    snapshot: str
    documents: Drafts

    def to_json(self) -> dict[str, Json]:
        """As callers read it."""
        return {"proposal": self.proposal, "snapshot": self.snapshot}


@dataclass(frozen=True, slots=True)
class ReadingService:
    """What people of every agency read of its proposals, each agency by itself."""

    office: Office

    def files(self, caller: Caller, site: str, name: str) -> dict[str, Json]:
        """Return the files of a proposal with their hashes, and of which documents each was made."""
        agency, found = self._proposal(caller, site, name)
        listed = read_snapshot(self.office.files, agency, site, found.snapshot)
        origin = Record(self.office, agency, site).origin(found.drafts)
        counted: dict[str, int] = {}
        for address in origin.documents:
            collection = address.partition("/")[0]
            counted[collection] = counted.get(collection, 0) + 1
        items: list[Json] = [
            {
                "name": file,
                "sha256": entry.sha256,
                "bytes": entry.size_bytes,
                "documents": {
                    each.value: counted[each] for each in FILES_OF.get(file, ()) if each in counted
                },
            }
            for file, entry in sorted(listed.items())
        ]
        documents: dict[str, Json] = dict(counted)
        made_of: Json = {"name": ORIGIN, "sha256": found.drafts, "documents": documents}
        return {"proposal": found.id, "snapshot": found.snapshot, "items": items, "drafts": made_of}

    def file(self, caller: Caller, site: str, name: str, file: str, *, part: int) -> Part:
        """Return a file of a proposal, or a part of one that is too long for one answer. Raises `Absent`."""
        agency, found = self._proposal(caller, site, name)
        if file == ORIGIN:
            raw = self.office.files.get(agency, site, found.drafts)
        else:
            entry = read_snapshot(self.office.files, agency, site, found.snapshot).get(file)
            raw = (
                None if entry is None else read_file(self.office.files, agency, site, name=file, entry=entry)
            )
        if raw is None:
            raise Absent
        return part_of(raw, part)

    def changes(
        self, caller: Caller, site: str, name: str, *, since: Since, cursor: str | None, limit: int
    ) -> dict[str, Json]:
        """Return at most `limit` documents that a proposal adds, changes or removes, before and after.

        Fewer where they are long. Raises `Malformed` for a cursor of another list: also where something else
        is live by now.
        """
        agency, found = self._proposal(caller, site, name)
        against = self.against(agency, site, since)
        listed = changes(against.documents, self.documents(agency, site, found))
        place = Place(Kind.PROPOSALS, f"{site}#changes#{found.id}#{against.snapshot}")
        begins = 0
        if cursor is not None:
            after = read_cursor(agency, place, cursor)
            begins = next((at for at, each in enumerate(listed, 1) if each.address == after), len(listed))
        items = fitting((each.to_json() for each in listed[begins:]), limit)
        ends = begins + len(items)
        more = print_cursor(agency, place, listed[ends - 1].address) if ends < len(listed) else None
        return {
            "against": against.to_json(),
            "snapshot": found.snapshot,
            "counts": counts(listed),
            "items": list(items),
            "next": more,
        }

    def against(self, agency: AgencyId, site: str, since: Since) -> Against:
        """Return what is live, or what was approved last and stands."""
        if since is Since.APPROVED:
            found = Record(self.office, agency, site).last_approved()
        else:
            found = proposal_that_is_live(self.office, agency, site)
        if found is None:
            return Against("", "", {})
        return Against(found.id, found.snapshot, self.documents(agency, site, found))

    def documents(self, agency: AgencyId, site: str, found: Proposal) -> Drafts:
        """Return the documents that a proposal is of, read from its own files."""
        goals = Record(self.office, agency, site).origin(found.drafts).goals
        return documents_of(site, self.contents(agency, site, found), goals)

    def contents(self, agency: AgencyId, site: str, found: Proposal) -> Mapping[str, bytes]:
        """Return the files of a proposal. Raises `Untrue` where one is not what was proposed."""
        files = self.office.files
        listed = read_snapshot(files, agency, site, found.snapshot)
        return {
            name: read_file(files, agency, site, name=name, entry=entry)
            for name, entry in listed.items()
            if name in FILES_OF
        }

    def _proposal(self, caller: Caller, site: str, name: str) -> tuple[AgencyId, Proposal]:
        agency = self.office.desk.agency_of(caller, site, Scope.READ)
        return agency, self.office.proposal(agency, site, name)


def counts(listed: tuple[Change, ...]) -> dict[str, Json]:
    """How many documents are added, changed and removed."""
    kinds = [each.kind for each in listed]
    return {kind: kinds.count(kind) for kind in ("added", "changed", "removed")}
