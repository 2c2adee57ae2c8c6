"""Drafts: read by everybody of the agency, changed by its authors, one revision after another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from lambdas.agency_drafts.whole import WholePage, whole_page
from lambdas.shared.agency.audit import Act, Deed, digest_of
from lambdas.shared.agency.collection import MOST_BYTES, NAME, Collection, check
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.desk import Decided, Desk
from lambdas.shared.agency.document import Document, none_yet, place_of, read_document
from lambdas.shared.agency.draft import bodies, read_draft
from lambdas.shared.agency.failures import Absent, Changed, ConditionMissing, Unfit
from lambdas.shared.agency.linting import lint_drafts
from lambdas.shared.agency.problems import Problem
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId

_ETAG = re.compile(r'"[0-9a-f]{32}"')


@dataclass(frozen=True, slots=True)
class Condition:
    """What a change says it changes, as its headers have it; None where they are not there."""

    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some documents of a collection, and where the next page begins; None for the last."""

    documents: tuple[Document, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class DraftsService:
    """The drafts of every agency, each reached by its own people alone."""

    desk: Desk

    def sites(self, caller: Caller) -> tuple[str, ...]:
        """Name the sites of the caller's agency."""
        return self.desk.sites.of(AgencyId(caller.agency))

    def get(self, caller: Caller, site: str, collection: Collection, name: str) -> Document:
        """Return a document. Raises `Absent`."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        document = self._read(agency, site, collection, name)
        if document.body is None:
            raise Absent
        return document

    def page(
        self, caller: Caller, site: str, collection: Collection, *, cursor: str | None, limit: int
    ) -> DocumentPage:
        """Return at most `limit` documents by name. Raises `Malformed` for a cursor of another list."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        place = place_of(site, collection)
        after = read_cursor(agency, place, cursor) if cursor is not None else ""
        found: list[Document] = []
        # What was deleted takes a row and no place on a page.
        while rows := self.desk.rows.page(agency, place, after=after, limit=limit + 1):
            found += [each for each in map(read_document, rows) if each.body is not None]
            after = rows[-1].name
            if len(found) > limit:
                return DocumentPage(tuple(found[:limit]), print_cursor(agency, place, found[limit - 1].name))
        return DocumentPage(tuple(found), None)

    def whole(self, caller: Caller, site: str, *, cursor: str | None, limit: int) -> WholePage:
        """Return at most `limit` documents of all collections. Raises as `page`."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        return whole_page(self.desk.rows, agency, site, cursor=cursor, limit=limit)

    def put(
        self,
        caller: Caller,
        site: str,
        collection: Collection,
        name: str,
        body: Mapping[str, Json],
        *,
        condition: Condition,
    ) -> tuple[Document, bool]:
        """Write a document that is well formed, and say whether it is new.

        Raises `Unfit` with what is wrong with it, `ConditionMissing` without a condition, and `Changed` where
        that does not hold.
        """
        agency = self.desk.agency_of(caller, site, Scope.EDIT)
        if re.fullmatch(NAME, name) is None:
            raise Malformed("draft: no name of a document")
        _check_size(body)
        problems = check(collection, name, dict(body))
        if problems:
            raise Unfit("the document is not well formed", problems)
        written = self._change(caller, agency, (site, collection, name), dict(body), condition)
        return written, condition.if_none_match is not None

    def delete(
        self, caller: Caller, site: str, collection: Collection, name: str, *, condition: Condition
    ) -> None:
        """Delete a document; that it was there, and who edited it, stays known.

        Raises as `put`, and `Absent`.
        """
        agency = self.desk.agency_of(caller, site, Scope.EDIT)
        if self._read(agency, site, collection, name).body is None:
            raise Absent
        self._change(caller, agency, (site, collection, name), None, condition)

    def lint(self, caller: Caller, site: str) -> tuple[Problem, ...]:
        """Return everything that is wrong with a site's draft as a whole."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        today = datetime.fromtimestamp(self.desk.now(), UTC).date()
        return lint_drafts(site, bodies(read_draft(self.desk.rows, agency, site)), today=today)

    def _read(self, agency: AgencyId, site: str, collection: Collection, name: str) -> Document:
        row = self.desk.rows.read(agency, place_of(site, collection), name)
        return none_yet(name) if row is None else read_document(row)

    def _change(
        self,
        caller: Caller,
        agency: AgencyId,
        address: tuple[str, Collection, str],
        body: dict[str, Json] | None,
        condition: Condition,
    ) -> Document:
        site, collection, name = address
        made: list[Document] = []

        def decide() -> Decided:
            document = self._read(agency, site, collection, name)
            _check_condition(document, condition)
            changed = document.changed(body, by=caller.sub, at=self.desk.now())
            made.append(changed)
            act = Act.DELETED if body is None else Act.CHANGED if document.body is not None else Act.CREATED
            deed = Deed(act, site, f"{collection}/{name}", digest_of(body))
            return Decided((changed.write_to(place_of(site, collection)),), (deed,), {})

        self.desk.act(caller, agency, decide)
        return made[-1]


def _check_condition(document: Document, condition: Condition) -> None:
    match condition:
        case Condition(None, "*"):
            holds = document.body is None
        case Condition(str(etag), None) if _ETAG.fullmatch(etag):
            holds = document.body is not None and document.etag == etag
        case _:
            raise ConditionMissing("draft: say If-Match with one etag, or If-None-Match: * to create")
    if not holds:
        raise Changed(document.etag if document.body is not None else "")


def _check_size(body: Mapping[str, Json]) -> None:
    if len(canonical.encode(dict(body))) > MOST_BYTES:
        raise Malformed("draft: the document is too large")
