"""Imports: pages of an upload become documents of the catalogue, where they say enough to be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from consent_ledger.canonical import Json
from lambdas.shared.agency.audit import Act, Deed, digest_of
from lambdas.shared.agency.collection import Collection, check, name_of
from lambdas.shared.agency.desk import Decided, Desk
from lambdas.shared.agency.document import none_yet, place_of, read_document
from lambdas.shared.agency.problems import Problem
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import MOST_WRITES, AgencyId, Write
from lambdas.shared.importing.imported import DraftItem, Imported, Weight

MOST_TOLD = 500
_A_BATCH = MOST_WRITES - 1


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an import: pages by what was done, and what is to be mended, at most `MOST_TOLD`."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    kept: tuple[str, ...]
    unfinished: tuple[str, ...]
    problems: tuple[Problem, ...]


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

    def take(self, caller: Caller, site: str, read: Callable[[], Imported], *, replaces: bool) -> Taken:
        """Read an upload and write its pages into the draft, some at a time, each time with an entry.

        A page that is there and differs is kept as it is unless the upload `replaces`; pages that do not say
        enough are named, and not written. Taken in again, the same upload changes nothing. Raises what
        `read` raises, before anything is written.
        """
        agency = self.desk.agency_of(caller, site, Scope.EDIT)
        imported = read()
        bodies, unfinished, problems = _documents(imported)
        done = _Done()
        names = list(bodies)
        for start in range(0, len(names), _A_BATCH):
            batch = {name: bodies[name] for name in names[start : start + _A_BATCH]}
            self._write(caller, (agency, site), batch, done, replaces=replaces)
        return Taken(
            tuple(done.created),
            tuple(done.changed),
            done.unchanged,
            tuple(done.kept),
            tuple(unfinished),
            tuple(problems[:MOST_TOLD]),
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
            for name, body in batch.items():
                row = self.desk.rows.read(agency, place, name)
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
