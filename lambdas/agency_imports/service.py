"""Imports: pages of an upload become documents of the catalogue, where they say enough to be one.

A request does a part: so many pages, some at a time, each time in one transaction with an entry. Whatever
ends it in the middle, what was written is whole, and what is left is done when the upload is sent again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from consent_ledger.canonical import Json
from lambdas.agency_imports.known import rows_named
from lambdas.agency_imports.parts import Begun, Upload, print_begun, read_begun
from lambdas.shared.agency.audit import Act, Deed, digest_of
from lambdas.shared.agency.collection import Collection, check, name_of
from lambdas.shared.agency.desk import Decided, Desk
from lambdas.shared.agency.document import none_yet, place_of, read_document
from lambdas.shared.agency.problems import Problem
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import MOST_WRITES, AgencyId, Write
from lambdas.shared.importing.imported import DraftItem, Imported, Weight
from lambdas.shared.importing.uploads import import_upload

# All of a catalogue lies under one key, and DynamoDB writes half a thousand documents a second there in
# transactions: a part takes a few of the thirty seconds that the gateway waits.
MOST_A_PART: Final = 40 * (MOST_WRITES - 1)
MOST_TOLD: Final = 500
_A_BATCH: Final = MOST_WRITES - 1


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a part of an import.

    Documents by what was done, at most `MOST_A_PART` together; of what is to be mended at most `MOST_TOLD`.
    `pages` is how many the upload has that say enough, `left` how many of them are still to come, `faults`
    how many problems there are in all; `unfinished` which pages do not say enough, each with a problem of its
    own. `cursor` leads to the next part; None when all is done and told.
    """

    created: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]
    unchanged: int
    unfinished: tuple[str, ...]
    problems: tuple[Problem, ...]
    pages: int
    left: int
    faults: int
    cursor: str | None


@dataclass(slots=True)
class _Done:
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ImportsService:
    """The catalogue of each site's draft, filled by its own agency's authors."""

    desk: Desk

    def take(
        self, caller: Caller, site: str, sent: Callable[[], Upload], *, cursor: str | None = None
    ) -> Taken:
        """Read an upload and write its next pages into the draft.

        A page that is there and differs is kept as it is unless the upload replaces; pages that do not say
        enough are named, and not written. Taken in again, the same upload changes nothing. Nothing is read
        of what a caller sent who may not write it; raises what reading raises, before anything is written.
        """
        agency = self.desk.agency_of(caller, site, Scope.EDIT)
        upload = sent()
        begun = read_begun(agency, site, upload, cursor)
        bodies, unfinished, problems = _documents(import_upload(upload.kind, upload.raw, upload.asked))
        names = sorted(bodies)
        start = bisect_right(names, begun.after)
        part = names[start : start + MOST_A_PART]
        done = _Done()
        for at in range(0, len(part), _A_BATCH):
            batch = {name: bodies[name] for name in part[at : at + _A_BATCH]}
            self._write(caller, (agency, site), batch, done, replaces=upload.replaces)
        told = begun.told + MOST_TOLD
        left = len(names) - start - len(part)
        is_all = left == 0 and told >= max(len(problems), len(unfinished))
        after = part[-1] if part else begun.after
        return Taken(
            tuple(done.created),
            tuple(done.changed),
            tuple(done.kept),
            done.unchanged,
            tuple(unfinished[begun.told : told]),
            tuple(problems[begun.told : told]),
            pages=len(names),
            left=left,
            faults=len(problems),
            cursor=None if is_all else print_begun(agency, site, upload, Begun(after, told)),
        )

    def _write(
        self,
        caller: Caller,
        address: tuple[AgencyId, str],
        batch: dict[str, dict[str, Json]],
        done: _Done,
        *,
        replaces: bool,
    ) -> None:
        agency, site = address
        place = place_of(site, Collection.CATALOGUE)
        tries: list[_Done] = []

        def decide() -> Decided:
            found = _Done()
            tries.append(found)
            writes: list[Write] = []
            there = rows_named(self.desk.rows, agency, place, list(batch))
            for name, body in batch.items():
                row = there.get(name)
                document = none_yet(name) if row is None else read_document(row)
                if document.body == body:
                    found.unchanged += 1
                elif document.body is not None and not replaces:
                    found.kept.append(name)
                else:
                    (found.created if document.body is None else found.changed).append(name)
                    changed = document.changed(body, by=caller.sub, at=self.desk.now())
                    writes.append(changed.write_to(place))
            etags: dict[str, Json] = {write.name: digest_of(batch[write.name]) for write in writes}
            deed = Deed(Act.IMPORTED, site, f"{Collection.CATALOGUE}: {len(writes)} pages", digest_of(etags))
            return Decided(tuple(writes), (deed,) if writes else (), {})

        self.desk.act(caller, agency, decide)
        found = tries[-1]
        done.created += found.created
        done.changed += found.changed
        done.kept += found.kept
        done.unchanged += found.unchanged


def _documents(imported: Imported) -> tuple[dict[str, dict[str, Json]], list[str], list[Problem]]:
    """The documents that pages make, pages that do not say enough, and what is to be mended."""
    bodies: dict[str, dict[str, Json]] = {}
    unfinished: list[str] = []
    problems = [
        Problem(each.place, each.what, each.fix, each.weight is not Weight.NOTE) for each in imported.problems
    ]
    for item in imported.items:
        if item.wants:
            unfinished.append(item.id)
            continue
        body: dict[str, Json] = item.finished().to_json()
        name = name_of(Collection.CATALOGUE, body)
        wrong = tuple(_wrong(item, name, body))
        problems += wrong
        if not wrong:
            bodies[name] = body
    return bodies, unfinished, problems


def _wrong(item: DraftItem, name: str, body: dict[str, Json]) -> Iterator[Problem]:
    if not name:
        yield Problem(item.place, "its path is none that a draft can be named by", "rename the page")
    else:
        yield from check(Collection.CATALOGUE, name, body)
