"""Erasing: what this device has asked the agency to delete of its records, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.erasure import MAX_ENTRIES, EraseRecords
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields, read_hex
from edge_client.wire.erasure import RecordsErased


@dataclass(frozen=True, slots=True)
class Erasing:
    """The wish, the request under way, and the answers.

    `wanted` are entries (leaf hashes) that no request names yet; `request` is signed and kept until it is
    answered, because another signature would make it another request; `erased` are entries of which the
    agency has no copy any more, and `answers` what it said, oldest first. `refused` says that, since the
    citizen last asked, a request was turned down: nothing was left of what it named, or the agency could not
    tell that the records are ours.
    """

    wanted: frozenset[bytes] = frozenset()
    request: EraseRecords | None = None
    erased: frozenset[bytes] = frozenset()
    answers: tuple[RecordsErased, ...] = ()
    refused: bool = False

    def ask(self, entries: Iterable[bytes]) -> Erasing:
        """Return the state in which all of these entries are to be erased."""
        under_way = frozenset(self.request.entries) if self.request else frozenset()
        return replace(
            self, wanted=self.wanted | (frozenset(entries) - under_way - self.erased), refused=False
        )

    def next_entries(self, accepted: frozenset[bytes]) -> tuple[bytes, ...]:
        """The entries of the next request; () while one is under way, or none of those wanted is there yet.

        `accepted` are the entries that the agency has. A request that named another one would come before
        the record, and the agency would keep what arrives after it.
        """
        return () if self.request else tuple(sorted(self.wanted & accepted))[:MAX_ENTRIES]

    def signed(self, request: EraseRecords) -> Erasing:
        """Return the state with a request under way; nothing changes when one is, or it names what is not
        wanted any more: two records that are accepted at once have two requests signed."""
        if self.request is not None or not self.wanted.issuperset(request.entries):
            return self
        return replace(self, request=request, wanted=self.wanted - frozenset(request.entries))

    def answered(self, answer: RecordsErased) -> Erasing:
        """Return the state after the agency did as it was asked; an answer to another request changes
        nothing."""
        if self.request is None or answer.entry != answer.erasure.entry(self.request.nonce()):
            return self
        gone = frozenset(self.request.entries)
        return replace(self, request=None, erased=self.erased | gone, answers=(*self.answers, answer))

    def turned_down(self, request: EraseRecords) -> Erasing:
        """Return the state after the agency did not do what a request asks, and will not; what else is wanted
        still is."""
        return replace(self, request=None, refused=True) if request == self.request else self

    def summary(self) -> dict[str, Json]:
        """What the page shows: whether something is on its way, and the last answer."""
        last = self.answers[-1] if self.answers else None
        return {
            "pending": self.request is not None or bool(self.wanted),
            "refused": self.refused,
            "last": None if last is None else canonical.decode(last.to_bytes()),
        }

    def to_json(self) -> dict[str, Json]:
        """Print for the browser's own storage."""
        return {
            "wanted": [entry.hex() for entry in sorted(self.wanted)],
            "request": None if self.request is None else self.request.to_bytes().decode(),
            "erased": [entry.hex() for entry in sorted(self.erased)],
            "answers": [answer.to_bytes().decode() for answer in self.answers],
            "refused": self.refused,
        }

    @classmethod
    def from_json(cls, value: Json) -> Erasing:
        """Read what `to_json` printed. Raises `Malformed`, and `Untrue` for an answer that was none."""
        fields = Fields(value, "erasing")
        request = fields.take("request")
        erasing = cls(
            wanted=_entries(fields.take("wanted")),
            request=None if request is None else EraseRecords.from_bytes(str(request).encode()),
            erased=_entries(fields.take("erased")),
            answers=tuple(
                RecordsErased.from_bytes(str(text).encode())
                for text in fields.rows("answers", max_length=canonical.MAX_INTEGER)
            ),
            refused=fields.flag("refused"),
        )
        fields.done()
        return erasing


def _entries(value: Json) -> frozenset[bytes]:
    if not isinstance(value, list):
        raise Malformed("erasing: entries are not a list")
    return frozenset(read_hex(str(entry), 32, noun="erasing: entry") for entry in value)
