"""Checkpoints of other days and from witnesses: read, verified, and kept on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from statistics import median_low

from consent_ledger.auditing.answers import Evidence, Finding
from consent_ledger.auditing.facts import Facts
from consent_ledger.auditing.material import NamedFile
from consent_ledger.auditing.timeline import Timeline
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.claim import ClaimVerifier
from consent_ledger.cosignature import cosignature_claims, first_cosigned_at
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.note import Note

KEPT = "kept"
WITNESSED = "witnessed"


@dataclass(frozen=True, slots=True)
class Seen:
    """One checkpoint whose every known signature verified.

    `name` is the file that it was read from, `cosigned` how many trusted witnesses signed that file, by key.
    """

    name: str
    size: int
    root: bytes
    cosigned: int
    text: bytes
    note: bytes

    def evidence(self) -> Evidence:
        """The note itself."""
        return Evidence(f"checkpoints/{self.name}", lambda: self.note)


def see(kind: str, name: str, raw: bytes, *, facts: Facts, trusted: LogKeys, verify: ClaimVerifier) -> Seen:
    """Read, verify and keep one checkpoint, however few witnesses signed it.

    Raises `Malformed` when it is no checkpoint, `Untrue` when it is another log's or a signature is false.
    """
    note = Note.from_bytes(raw)
    point, claims = trusted.log_alone().check(note)
    verify(claims)
    text = hashlib.sha256(note.text.encode("utf-8")).digest()
    rows = []
    for witness in trusted.witnesses:
        verify(cosignature_claims(note, witness))
        at = first_cosigned_at(note, witness)
        if at is not None:
            rows.append((point.size, text, witness.public_key, at))
    facts.write(
        "INSERT INTO cosignature VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = min(at, excluded.at)",
        rows,
    )
    # By key and not by name: a witness under two names is one witness.
    seen = Seen(name, point.size, point.root, len({key for _, _, key, _ in rows}), text, raw)
    row = (kind, name, seen.size, seen.root, raw, text, seen.cosigned)
    facts.write("INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)", [row])
    return seen


def see_all(
    kind: str, files: Iterable[NamedFile], *, facts: Facts, trusted: LogKeys, verify: ClaimVerifier
) -> Iterator[Finding]:
    """Read, verify and keep checkpoints; yield what is wrong with those that cannot be believed."""
    for name, raw in files:
        try:
            see(kind, name, raw, facts=facts, trusted=trusted, verify=verify)
        except (Malformed, Untrue) as error:
            yield Finding("checkpoint-false", f"{name}: {error}", evidence=(Evidence.of(name, raw),))


def seen(facts: Facts, kind: str) -> Iterator[Seen]:
    """The checkpoints of a kind, by size."""
    query = "SELECT name, size, root, cosigned, text, note FROM checkpoint WHERE kind = ? ORDER BY size, name"
    for row in facts.rows(query, kind):
        yield Seen(*row)


def next_size(facts: Facts, size: int) -> int | None:
    """The next larger size of which some checkpoint speaks."""
    for (found,) in facts.rows("SELECT min(size) FROM checkpoint WHERE size > ?", size):
        return None if found is None else int(found)
    return None


def root_at(facts: Facts, size: int) -> bytes | None:
    """The copy's own root at a size of which some checkpoint speaks; None when the copy does not reach it."""
    for (root,) in facts.rows("SELECT root FROM root WHERE size = ?", size):
        return bytes(root)
    return None


def proven_at(facts: Facts, seen_: Seen, *, needed: int) -> int | None:
    """When enough witnesses had seen a checkpoint: the median of their times, over all files of its text."""
    query = "SELECT at FROM cosignature WHERE size = ? AND text = ? ORDER BY at"
    times = [at for (at,) in facts.rows(query, seen_.size, seen_.text)]
    return median_low(times) if len(times) >= needed else None


def timeline(facts: Facts, *, needed: int) -> Timeline:
    """The times that at least `needed` witnesses prove, by size."""
    query = "SELECT size, text, at FROM cosignature ORDER BY size DESC, text, at"
    points = []
    for (size, _), rows in groupby(facts.rows(query), key=lambda row: row[:2]):
        times = [at for _, _, at in rows]
        if len(times) >= needed:
            points.append((int(size), median_low(times)))
    return Timeline.of(points)


def checkpoint_of(raw: bytes) -> Checkpoint:
    """The checkpoint in a note that was verified before."""
    return Checkpoint.parse(Note.from_bytes(raw).text)
