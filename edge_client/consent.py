"""The consent book: the choices made on this device, their signed records, and the receipts for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.commitment import commit
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.leaf import ConsentLeaf, hash_of
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import ConsentRecord
from edge_client.erasing import Erasing


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A consent record that the device key has still to sign, and the salt of its commitment."""

    record: ConsentRecord
    salt: bytes

    def entry(self) -> bytes:
        """The leaf hash that the record will have: the signature is no part of it."""
        return hash_of(ConsentLeaf(commit(self.salt, self.record.to_bytes()), self.record.notice_hash))


@dataclass(frozen=True, slots=True)
class ConsentBook:
    """What this device has chosen and can prove.

    `choices` maps purposes to given, refused or withdrawn, and is what counts on this device at once;
    `versions` maps them to the version of the notice in whose words that was said last, where it is known;
    `chosen_ms` is the time of the newest choice taken in. `unsigned` are records still to be signed: a choice
    and its records are kept in one step, so that no crash can part them. `pending` are signed records whose
    receipt has not been verified yet, oldest first; `receipts` are verified. `last` is the leaf hash of the
    latest record, which the next one names. `erasing` is what the agency was asked to delete. `filled` is the
    last week for which this device had reports: it outlives a withdrawal, so that the bound of a week does
    too.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)
    chosen_ms: int = 0
    filled: str = ""
    last: str | None = None
    unsigned: tuple[Unsigned, ...] = ()
    pending: tuple[Opening, ...] = ()
    accepted: frozenset[str] = frozenset()
    receipts: tuple[Receipt, ...] = ()
    erasing: Erasing = field(default_factory=Erasing)

    def allows(self, purpose: str) -> bool:
        """Say whether the citizen has given consent to `purpose` and not taken it back."""
        return self.choices.get(purpose) == "given"

    def changes(
        self, *, asked: tuple[str, ...], given: frozenset[str], version: int
    ) -> tuple[tuple[str, str], ...]:
        """Return the (purpose, status) pairs that a choice changes, in the order asked.

        What was said to another version of the notice and is said again to this one changes, too.
        """
        after = {
            purpose: "given" if purpose in given else "withdrawn" if self._was_given(purpose) else "refused"
            for purpose in asked
        }
        return tuple(
            (purpose, status)
            for purpose, status in after.items()
            if self.choices.get(purpose) != status or self.versions.get(purpose, version) != version
        )

    def _was_given(self, purpose: str) -> bool:
        return self.choices.get(purpose) in ("given", "withdrawn")

    def choose(self, purpose: str, status: str, *, unsigned: Unsigned) -> ConsentBook:
        """Return the book after one choice, with the record that says it."""
        return replace(
            self,
            choices={**self.choices, purpose: status},
            versions={**self.versions, purpose: unsigned.record.notice_version},
            last=unsigned.entry().hex(),
            unsigned=(*self.unsigned, unsigned),
        )

    def signed(self, opening: Opening) -> ConsentBook:
        """Return the book with one more record to log."""
        rest = tuple(left for left in self.unsigned if left.record != opening.record)
        return replace(self, unsigned=rest, pending=(*self.pending, opening))

    def logged(self, entry: str) -> ConsentBook:
        """Return the book that knows the ledger has accepted `entry`."""
        return replace(self, accepted=self.accepted | {entry})

    def proven(self, receipt: Receipt) -> ConsentBook:
        """Return the book with a verified receipt in place of a pending record."""
        return replace(
            self,
            pending=tuple(opening for opening in self.pending if opening != receipt.opening),
            accepted=self.accepted - {receipt.opening.entry().hex()},
            receipts=(*self.receipts, receipt),
        )

    def with_copies_unwanted(self) -> ConsentBook:
        """Return the book in which the agency is to delete its copy of every record that it took, or will.

        A record that is on its way may have arrived already, and its answer been lost: it is sent until the
        agency says that it has it, and can be deleted then.
        """
        on_their_way = (*(left.entry() for left in self.unsigned), *(each.entry() for each in self.pending))
        return replace(self, erasing=self.erasing.ask(self._taken().union(on_their_way)))

    @property
    def next_erased(self) -> tuple[bytes, ...]:
        """The entries that the next request for erasure names; () when there is none to make."""
        return self.erasing.next_entries(self._taken())

    def _taken(self) -> frozenset[bytes]:
        """Return the entries of the records that the agency said it has."""
        proven = (receipt.opening.entry() for receipt in self.receipts)
        return frozenset(proven) | frozenset(map(bytes.fromhex, self.accepted))

    def summary(self) -> dict[str, Json]:
        """What the page shows: choices, what is on its way to the ledger, and for each receipt the facts in
        it."""
        return {
            "choices": dict(self.choices),
            "chosen": self.chosen_ms,
            "pending": len(self.unsigned) + len(self.pending),
            "erasure": self.erasing.summary(),
            "receipts": [
                {
                    "entry": receipt.opening.entry().hex(),
                    "purpose": receipt.opening.record.purpose.value,
                    "status": receipt.opening.record.status.name.lower(),
                    "event_at": receipt.opening.record.event_at,
                    "notice": receipt.opening.record.notice_hash.hex(),
                    "index": receipt.proof.index,
                    "erased": receipt.opening.entry() in self.erasing.erased,
                    "receipt": receipt.to_bytes().decode(),
                }
                for receipt in self._in_order()
            ],
        }

    def _in_order(self) -> tuple[Receipt, ...]:
        """Return the receipts in the order of their records: proofs arrive in any order."""
        openings = (*(receipt.opening for receipt in self.receipts), *self.pending)
        before = {opening.entry(): opening.record.previous for opening in openings}

        def place(receipt: Receipt) -> int:
            count, entry = 0, receipt.opening.record.previous
            while entry in before:
                count, entry = count + 1, before[entry]
            return count

        return tuple(sorted(self.receipts, key=place))

    def to_bytes(self) -> bytes:
        """Print canonical JSON for the browser's own storage."""
        unsigned: list[Json] = [
            {"record": left.record.to_json(), "salt": left.salt.hex()} for left in self.unsigned
        ]
        pending: list[Json] = [dict(opening.to_json()) for opening in self.pending]
        versions: dict[str, Json] = {"versions": dict(self.versions)} if self.versions else {}
        return canonical.encode(
            {
                **versions,
                "v": 1,
                "choices": dict(self.choices),
                "chosen_ms": self.chosen_ms,
                "filled": self.filled,
                "last": self.last,
                "unsigned": unsigned,
                "accepted": sorted(self.accepted),
                "pending": pending,
                "receipts": [receipt.to_bytes().decode() for receipt in self.receipts],
                "erasing": self.erasing.to_json(),
            }
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> ConsentBook:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        match canonical.decode(raw):
            case {
                "v": 1,
                "choices": dict(choices),
                "chosen_ms": int(chosen_ms),
                "filled": str(filled),
                "last": str() | None as last,
                "unsigned": list(unsigned),
                "accepted": list(accepted),
                "pending": list(pending),
                "receipts": list(receipts),
                "erasing": dict(erasing),
                **more,
            } if more.keys() <= {"versions"}:
                return cls(
                    choices={purpose: str(status) for purpose, status in choices.items()},
                    versions=_versions(more),
                    chosen_ms=chosen_ms,
                    filled=filled,
                    last=last,
                    unsigned=tuple(_unsigned(value) for value in unsigned),
                    pending=tuple(_pending(value) for value in pending),
                    accepted=frozenset(str(entry) for entry in accepted),
                    receipts=tuple(Receipt.from_bytes(str(text).encode()) for text in receipts),
                    erasing=Erasing.from_json(erasing),
                )
            case _:
                raise Malformed("consent book: not version 1")


def _versions(more: Mapping[Any, Any]) -> dict[str, int]:
    match more:
        case {"versions": dict(versions)}:
            fields = Fields(versions, "consent book")
            return {purpose: fields.whole(purpose, low=1) for purpose in versions}
        case {"versions": _}:
            raise Malformed("consent book: versions are not by purpose")
        case _:
            return {}


def _unsigned(value: Json) -> Unsigned:
    fields = Fields(value, "consent book")
    unsigned = Unsigned(ConsentRecord.from_json(fields.take("record")), fields.hex("salt", 32))
    fields.done()
    return unsigned


def _pending(value: Json) -> Opening:
    fields = Fields(value, "consent book")
    opening = Opening.take(fields)
    fields.done()
    return opening
