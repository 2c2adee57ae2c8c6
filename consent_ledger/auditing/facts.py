"""Facts: what an audit has read, on disk, so that memory does not grow with the log.

SQLite (https://sqlite.org) keeps a nameless database in a temporary file that goes with the connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from consent_ledger.auditing.walk import Entry
from consent_ledger.leaf import ConsentLeaf, Leaf, parse_leaf
from consent_ledger.receipt import Opening

CACHE_KIB = 16 * 1024
_Leaf = TypeVar("_Leaf", bound=Leaf)
_TABLES = """
CREATE TABLE entry (hash BLOB PRIMARY KEY, place INTEGER NOT NULL, notice BLOB) WITHOUT ROWID;
CREATE TABLE publication (place INTEGER PRIMARY KEY, kind TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE event (
  place INTEGER PRIMARY KEY, entry BLOB NOT NULL, subject BLOB NOT NULL, previous BLOB, purpose TEXT NOT NULL,
  status TEXT NOT NULL, gpc TEXT NOT NULL, decided INTEGER NOT NULL, notice BLOB NOT NULL,
  version INTEGER NOT NULL, language TEXT NOT NULL, shown INTEGER NOT NULL, turn INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX event_entry ON event (entry);
CREATE INDEX event_subject ON event (subject);
CREATE INDEX event_purpose ON event (purpose, subject, place);
CREATE TABLE checkpoint (
  kind TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
  text BLOB NOT NULL, cosigned INTEGER NOT NULL
);
CREATE INDEX checkpoint_size ON checkpoint (kind, size);
CREATE TABLE cosignature (
  size INTEGER NOT NULL, text BLOB NOT NULL, witness BLOB NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (size, text, witness)
) WITHOUT ROWID;
CREATE TABLE root (size INTEGER PRIMARY KEY, root BLOB NOT NULL);
CREATE TABLE sealed (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE covered (hash BLOB PRIMARY KEY) WITHOUT ROWID;
"""


class Facts:
    """A database of one audit; `rows` answers any question in SQL.

    `entry` holds every leaf hash with its index and, for consents, the notice's hash; `publication` every
    leaf of another kind; `event` the records that were opened, or shown by a receipt, each with its `turn` in
    its subject's chain; `checkpoint` and `cosignature` what was read of other days and from witnesses; `root`
    the copy's own roots at their sizes; `sealed` what the agency can still open, and `covered` what a logged
    opening of records names.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for setting in (f"cache_size = -{CACHE_KIB}", "journal_mode = OFF", "synchronous = OFF"):
            self._database.execute(f"PRAGMA {setting}")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the database and its file."""
        self._database.close()

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one."""
        cursor = self._database.cursor()
        cursor.execute(query, values)
        yield from cursor

    def number(self, query: str, *values: object) -> int:
        """The one whole number that a query gives; 0 for none."""
        for (value,) in self.rows(query, *values):
            return int(value) if value is not None else 0
        return 0

    def write(self, query: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement once for each row, all in one transaction."""
        self._database.execute("BEGIN")
        self._database.executemany(query, rows)
        self._database.execute("COMMIT")

    def take(self, entries: Sequence[Entry]) -> tuple[int, ...]:
        """Remember entries; return the indexes of those that stood in the log before."""
        self._database.execute("BEGIN")
        repeated = tuple(entry.index for entry in entries if not self._place(entry))
        self._database.executemany(
            "INSERT INTO publication VALUES (?, ?, ?)",
            (
                (entry.index, entry.leaf.kind, entry.data)
                for entry in entries
                if not isinstance(entry.leaf, ConsentLeaf)
            ),
        )
        self._database.execute("COMMIT")
        return repeated

    def index_of(self, entry: bytes) -> int | None:
        """Where an entry stands, by its leaf hash."""
        for (place,) in self.rows("SELECT place FROM entry WHERE hash = ?", entry):
            return int(place)
        return None

    def publications(self, *kinds: str) -> Iterator[tuple[int, Leaf]]:
        """The leaves of some kinds, with their indexes, in the order of the log."""
        marks = ", ".join("?" for _ in kinds)
        query = f"SELECT place, data FROM publication WHERE kind IN ({marks}) ORDER BY place"  # noqa: S608  # question marks only
        for place, data in self.rows(query, *kinds):
            yield place, parse_leaf(data)

    def leaves(self, kind: type[_Leaf]) -> Iterator[tuple[int, _Leaf]]:
        """The leaves of one kind, with their indexes, in the order of the log."""
        for place, leaf in self.publications(kind.kind):
            if isinstance(leaf, kind):
                yield place, leaf

    def open(self, place: int, opening: Opening, *, shown: bool) -> None:
        """Remember one record that was opened or, with `shown`, that a receipt shows; once."""
        record = opening.record
        self._database.execute(
            "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                place,
                opening.entry(),
                record.subject_key,
                record.previous,
                record.purpose.value,
                record.status.name.lower(),
                record.gpc.value,
                record.event_at,
                record.notice_hash,
                record.notice_version,
                record.notice_language,
                shown,
            ),
        )

    def seal(self, entries: Iterable[bytes]) -> None:
        """Remember what the agency can still open."""
        self.write("INSERT OR IGNORE INTO sealed VALUES (?)", ((entry,) for entry in entries))

    def cover(self, entries: Iterable[bytes]) -> None:
        """Remember what a logged opening of records names."""
        self.write("INSERT OR IGNORE INTO covered VALUES (?)", ((entry,) for entry in entries))

    def _place(self, entry: Entry) -> bool:
        notice = entry.leaf.notice_hash if isinstance(entry.leaf, ConsentLeaf) else None
        row = (entry.hash, entry.index, notice)
        return self._database.execute("INSERT OR IGNORE INTO entry VALUES (?, ?, ?)", row).rowcount == 1
