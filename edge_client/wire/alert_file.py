"""`alerts.json`: the alerts of a site under the agency's signature, with a number and an end.

The signed head is short, because a KMS key signs 4,096 bytes at most (AWS KMS, Sign, "Message"), and names
the alerts and the areas by their hashes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.fields import Fields
from consent_ledger.leaf import NAME
from consent_ledger.note import Note, Signer, sign_note
from edge_client.wire.alerts import MAX_ALERTS_BYTES, Alerts
from edge_client.wire.areas import MAX_AREAS_BYTES
from edge_client.wire.manifest import FileEntry

MAX_HEAD_BYTES: Final = 4096
MAX_NOTE_CHARS: Final = 16 * 1024
MAX_FILE_BYTES: Final = 2 * MAX_ALERTS_BYTES + 2 * MAX_NOTE_CHARS
"""A text takes at most twice its bytes as a JSON string, since what would take more is refused in it."""

MAX_LIFETIME_S: Final = 7 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class AlertHead:
    """What is signed: `sequence` rises with every publication, and after `not_after` the file says nothing
    any more, so that a replay and a freeze both show. Times are Unix seconds; `areas` is None where the site
    has no areas to choose from."""

    site: str
    sequence: int
    issued: int
    not_after: int
    alerts: FileEntry
    areas: FileEntry | None

    @classmethod
    def parse(cls, text: str) -> AlertHead:
        """Read the note's text: a line that names the site, a line of canonical JSON. Raises `Malformed`."""
        if len(text) > MAX_HEAD_BYTES:
            raise Malformed("alerts: head is too long")
        _, _, rest = text.partition("\n")
        fields = Fields(
            canonical.decode(rest.removesuffix("\n").encode("utf-8", "surrogatepass")), "alerts: head"
        )
        fields.whole("v", low=1, high=1)
        areas = fields.take("areas")
        head = cls(
            site=fields.text("site", pattern=NAME),
            sequence=fields.whole("sequence", low=1),
            issued=fields.whole("issued"),
            not_after=fields.whole("not_after"),
            alerts=_entry(fields.take("alerts"), MAX_ALERTS_BYTES),
            areas=None if areas is None else _entry(areas, MAX_AREAS_BYTES),
        )
        fields.done()
        if not head.issued < head.not_after <= head.issued + MAX_LIFETIME_S:
            raise Malformed("alerts: head ends before it begins, or holds for longer than a week")
        if str(head) != text:
            raise Malformed("alerts: head is not in canonical form")
        return head

    def __str__(self) -> str:
        fields: dict[str, canonical.Json] = {
            "v": 1,
            "site": self.site,
            "sequence": self.sequence,
            "issued": self.issued,
            "not_after": self.not_after,
            "alerts": _print(self.alerts),
            "areas": None if self.areas is None else _print(self.areas),
        }
        return f"nearside alerts {self.site}\n{canonical.encode(fields).decode()}\n"


@dataclass(frozen=True, slots=True)
class AlertFile:
    """What the public address holds; nothing of it is believed before its signature holds. `alerts` is the
    text whose hash is signed. What parses prints back byte for byte."""

    note: Note
    head: AlertHead
    alerts: bytes

    @classmethod
    def from_bytes(cls, raw: bytes) -> AlertFile:
        """Read canonical JSON `{"alerts":...,"head":...,"v":1}`. Raises `Malformed`, and `Untrue` when the
        alerts are not those that the head names."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_FILE_BYTES), "alerts")
        fields.whole("v", low=1, high=1)
        head = fields.text("head", max_length=MAX_NOTE_CHARS)
        text = fields.text("alerts", max_length=MAX_ALERTS_BYTES)
        fields.done()
        note = Note.from_bytes(head.encode("utf-8"))
        parsed = cls(note, AlertHead.parse(note.text), text.encode("utf-8"))
        check_entry(parsed.alerts, parsed.head.alerts, noun="alerts")
        return parsed

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        return canonical.encode(
            {"v": 1, "head": self.note.to_bytes().decode(), "alerts": self.alerts.decode()}
        )

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is signed, 32 bytes."""
        return hashlib.sha256(self.note.text.encode()).digest()


def sign_alerts(
    alerts: Alerts, signer: Signer, *, sequence: int, issued: int, not_after: int, areas: bytes | None
) -> AlertFile:
    """Sign alerts as the agency; `areas` is the whole areas file. Raises `Malformed` for what no device
    would take."""
    raw = alerts.to_bytes()
    head = AlertHead(
        alerts.site, sequence, issued, not_after, entry_of(raw), None if areas is None else entry_of(areas)
    )
    AlertHead.parse(str(head))
    file = AlertFile(sign_note(str(head), signer), head, raw)
    return AlertFile.from_bytes(file.to_bytes())


def entry_of(raw: bytes) -> FileEntry:
    """The hash and size that a head names a file by."""
    return FileEntry(hashlib.sha256(raw).hexdigest(), len(raw))


def check_entry(raw: bytes, entry: FileEntry, *, noun: str) -> None:
    """Raise `Untrue` when a byte differs from the file that an entry names."""
    if entry_of(raw) != entry:
        raise Untrue(f"{noun}: not the file that was signed")


def _entry(value: canonical.Json, most: int) -> FileEntry:
    fields = Fields(value, "alerts: head: file")
    entry = FileEntry(fields.hex("sha256", 32).hex(), fields.whole("bytes", high=most))
    fields.done()
    return entry


def _print(entry: FileEntry) -> dict[str, canonical.Json]:
    return {"sha256": entry.sha256, "bytes": entry.size_bytes}
