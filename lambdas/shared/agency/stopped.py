"""What a veto or a pause stops, beyond its proposal: the same files, and the documents that it brought.

Otherwise what was vetoed comes back as the next proposal, with one harmless page more.
"""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Refused
from consent_ledger.fields import Fields
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.origin import Origin

_FREE: Final = frozenset({Collection.GOALS.value})
# Whoever has a page taken away for some reason must be able to, and goals are in no file.
_MAY_GO: Final = frozenset({Collection.GOALS.value, Collection.CATALOGUE.value})
_AROUND: Final = 100
MOST_BROUGHT: Final = 5000
MOST_BYTES: Final = 8 * 1024 * 1024
"""How long all stops of a site may be together: half of what is read of any file."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What one proposal had that must not go live: its snapshot, and by address the substance of documents
    that it brought; `gone` are those that it took away, which must not be missing."""

    snapshot: str
    brought: Mapping[str, str]
    gone: Mapping[str, str]

    @classmethod
    def of(cls, snapshot: str, origin: Origin, base: Origin) -> Stop:
        """Return what a proposal brought and took away, beside what had been approved before it.

        Of more than `MOST_BROUGHT` documents pages are left out first: a stop is never too long to be made.
        """
        known = {made.substance for made in base.documents.values()}
        has = {made.substance for made in origin.documents.values()}
        brought = {
            address: made.substance
            for address, made in origin.documents.items()
            if made.substance not in known and _collection(address) not in _FREE
        }
        gone = {
            address: made.substance
            for address, made in base.documents.items()
            if address not in origin.documents
            and made.substance not in has
            and _collection(address) not in _MAY_GO
        }
        pages_last = sorted(brought, key=lambda address: (_is_page(address), address))
        return cls(snapshot, {address: brought[address] for address in pages_last[:MOST_BROUGHT]}, gone)

    def only(self, addresses: Some[str]) -> Stop:
        """Return it about these documents alone, and about the very same files."""
        return Stop(
            self.snapshot,
            {each: digest for each, digest in self.brought.items() if each in addresses},
            {each: digest for each, digest in self.gone.items() if each in addresses},
        )

    def without(self, addresses: Some[str]) -> Stop:
        """Return it without these documents; what had them may go live by other files."""
        return self.only((self.brought.keys() | self.gone.keys()) - set(addresses))

    def found_in(self, snapshot: str, origin: Origin) -> Iterator[str]:
        """Name what it stops in other files: by address; "" for files that are the very same."""
        if snapshot == self.snapshot:
            yield ""
        yield from self.documents_in(origin)

    def documents_in(self, origin: Origin) -> Iterator[str]:
        """Name the documents that it stops, as they are called there, and those that are not there."""
        stopped = set(self.brought.values())
        has = {made.substance for made in origin.documents.values()}
        yield from sorted(address for address, made in origin.documents.items() if made.substance in stopped)
        yield from sorted(
            address
            for address, digest in self.gone.items()
            if address not in origin.documents and digest not in has
        )

    def size_bytes(self, proposal: str) -> int:
        """Say how many bytes of a list it takes, with the proposal's name."""
        return len(canonical.encode({proposal: self.to_json()}))

    def to_json(self) -> dict[str, Json]:
        """As it is kept."""
        return {"snapshot": self.snapshot, "brought": dict(self.brought), "gone": dict(self.gone)}


@dataclass(frozen=True, slots=True)
class Stops:
    """Every stop of a site that is in force, by its proposal."""

    by_proposal: Mapping[str, Stop]

    @classmethod
    def from_bytes(cls, raw: bytes) -> Stops:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw), "stops")
        fields.whole("v", low=1, high=1)
        stops = fields.take("stops")
        fields.done()
        if not isinstance(stops, dict):
            raise Malformed("stops: not an object")
        return cls({proposal: _read(value) for proposal, value in stops.items()})

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        stops: dict[str, Json] = {name: each.to_json() for name, each in self.by_proposal.items()}
        return canonical.encode({"v": 1, "stops": stops})

    def put(self, proposal: str, stop: Stop, *, most: int = MOST_BYTES) -> Stops:
        """Return them with this one; where that is more than `most` bytes, the oldest let go of their pages.

        A stop is made whatever was stopped before: a list that is too long to be read would end all of them.
        Raises `Refused` where it is too long without a single page.
        """
        stops = {**self.by_proposal, proposal: stop}
        sizes = {name: each.size_bytes(name) for name, each in stops.items()}
        left = sum(sizes.values()) + _AROUND
        for name in sorted(stops):
            if left <= most:
                break
            stops[name] = stops[name].without([each for each in stops[name].brought if _is_page(each)])
            left += stops[name].size_bytes(name) - sizes[name]
        if left > most:
            raise Refused("stops: too much is stopped already; lift what is over first")
        return Stops(stops)

    def drop(self, proposal: str) -> Stops:
        """Return them without that of a proposal."""
        return Stops({name: each for name, each in self.by_proposal.items() if name != proposal})

    def found_in(self, snapshot: str, origin: Origin) -> Iterator[tuple[str, str]]:
        """Name what is stopped in some files, each with the proposal that it was stopped with."""
        for proposal, stop in self.by_proposal.items():
            for address in stop.found_in(snapshot, origin):
                yield proposal, address


def _collection(address: str) -> str:
    return address.partition("/")[0]


def _is_page(address: str) -> bool:
    return _collection(address) == Collection.CATALOGUE


def _read(value: Json) -> Stop:
    fields = Fields(value, "stop")
    stop = Stop(
        fields.hex("snapshot", 32).hex(), _digests(fields.take("brought")), _digests(fields.take("gone"))
    )
    fields.done()
    return stop


def _digests(value: Json) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Malformed("stop: documents are no object")
    return {address: str(digest) for address, digest in value.items()}
