"""Mirroring: a copy of a log's public part that is valid at any moment, checked while it is made.

A run writes tiles, then documents, then superseded checkpoints, and the checkpoint last; stopped at any point
and begun again, it goes on. Beside the public part, `state` holds what the next run must know, and `evidence`
checkpoints that contradict each other.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consent_ledger import documents
from consent_ledger.audit import verify_growth
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.fields import read_hex
from consent_ledger.leaf import parse_leaf
from consent_ledger.merkle import HASH_BYTES
from consent_ledger.note import MAX_SIGNATURES, Note
from consent_ledger.storage.whole_file import replace_file
from nearside.public_log.ahead import ahead
from nearside.public_log.copied_tree import CopiedTree
from nearside.public_log.evidence import EVIDENCE, keep_evidence
from nearside.public_log.folder import FolderLog
from nearside.public_log.layout import CHECKPOINT, superseded
from nearside.public_log.proofs import believed
from nearside.public_log.source import PublicLog, need

MAX_PROBES: Final = 4096
"""How many sizes a server is asked for superseded checkpoints that it cannot list."""

_NAMES: Final = b'"h":"'
"""What every leaf that names a document has in it, and no `consent` leaf."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a run did: files fetched, files of a run cut short that were there already.

    `unserved` documents are named by entries and were not there, `wrong` ones had other bytes; `unprobed` is
    how many sizes were not asked for a superseded checkpoint.
    """

    checkpoint: Checkpoint
    fetched: int
    present: int
    unserved: int
    wrong: int
    unprobed: int


def mirror(
    source: PublicLog,
    out: Path,
    *,
    trusted: LogKeys,
    watch: Callable[[int], Callable[[int], None]] = lambda _: lambda _: None,
) -> Mirrored:
    """Bring the copy in `out` up to what `source` publishes; `out` is made when it is missing.

    `watch` is told how many files the tree has to go through, and gives what counts them. Raises `Untrue`,
    changing nothing that is public, when the source is not the log, does not continue the copy, or
    contradicts its own checkpoint; then the checkpoints are kept in `evidence`.
    """
    with _alone(out):
        return _Run(source, out, trusted).go(watch)


@dataclass(frozen=True, slots=True)
class _Run:
    source: PublicLog
    out: Path
    trusted: LogKeys

    def go(self, watch: Callable[[int], Callable[[int], None]]) -> Mirrored:
        data = need(self.source, CHECKPOINT)
        note = Note.from_bytes(data)
        now = believed(note, self.trusted)
        ours, seen = FolderLog(self.out).read(CHECKPOINT), self._state("seen")
        begun = 0 if ours is None else self._own(ours).size
        tree = CopiedTree(self.source, self.out, now, begun)
        grown = ours is None or Note.from_bytes(ours).text != note.text
        if grown:
            self._check(tree, data, [each for each in (ours, seen) if each is not None])
            # From here on a run that is cut short remembers what it was shown.
            replace_file(self.out / "state" / "seen", data)
        tiles, present, wanted = self._copy_tree(tree, watch) if grown else (0, 0, set[bytes]())
        got, unserved, wrong = self._copy_documents(wanted)
        older, unprobed = self._copy_superseded(tree, data, begun) if grown else (0, 0)
        # Everything below the new checkpoint is on disk before the checkpoint is; until then a later run
        # checks it again.
        os.sync()
        self._publish(ours, note)
        return Mirrored(now, tiles + got + older + 1, present, unserved, wrong, unprobed)

    def _own(self, data: bytes) -> Checkpoint:
        """A checkpoint that lies in the copy."""
        try:
            return self._signed(data)
        except Untrue:
            raise Refused("mirror: the folder holds another log, or one under another key") from None

    def _signed(self, data: bytes) -> Checkpoint:
        """A checkpoint from another time: the log's, whoever had to witness it then."""
        return believed(Note.from_bytes(data), self.trusted.log_alone())

    def _check(self, tree: CopiedTree, data: bytes, earlier: Sequence[bytes]) -> None:
        """Check the new tree's root, and that it continues what was seen before; keep what does not."""
        remembered = [self._own(each) for each in earlier]
        with self._evidence(*earlier, data):
            tree.check_root()
            for each in remembered:
                verify_growth(each, tree.checkpoint, node=tree.node)

    @contextmanager
    def _evidence(self, *notes: bytes) -> Iterator[None]:
        try:
            yield
        except Untrue as error:
            folder = self.out / EVIDENCE
            keep_evidence(folder, *notes)
            raise Untrue(f"{error}; kept as evidence in {folder.name}") from None

    def _copy_tree(
        self, tree: CopiedTree, watch: Callable[[int], Callable[[int], None]]
    ) -> tuple[int, int, set[bytes]]:
        """Write what is new; how many files were fetched, how many were there, which documents are named."""
        fetched = present = 0
        wanted: set[bytes] = set()
        advance = watch(tree.files())
        for step in tree.steps():
            if step.fetched:
                replace_file(self.out / step.tile.path, step.data, durably=False)
            fetched, present = fetched + step.fetched, present + (not step.fetched)
            wanted.update(_documents_of(step.entries))
            advance(1)
        return fetched, present, wanted

    def _copy_documents(self, named: set[bytes]) -> tuple[int, int, int]:
        """Fetch documents that are not in the copy; how many came, were not served, and were others."""
        wanted = sorted(named | _parse_wanted(self._state("wanted")))
        lacking = [each for each in wanted if not (self.out / documents.path_of(each)).is_file()]
        got, unserved, wrong = 0, [], []
        for asked, answered in ahead(self._read_document, lacking):
            # What a manifest names is there before it: stopped in between, the next run asks for both.
            for digest, data in (*self._read_named(asked, answered), (asked, answered)):
                if data is None:
                    unserved.append(digest)
                    continue
                try:
                    whole = documents.check(data, digest)
                    replace_file(self.out / documents.path_of(digest), whole, durably=False)
                    got += 1
                except Untrue:
                    wrong.append(digest)
        lines = "".join(f"{each.hex()}\n" for each in sorted(unserved + wrong))
        replace_file(self.out / "state" / "wanted", lines.encode("ascii"))
        return got, len(unserved), len(wrong)

    def _read_document(self, digest: bytes) -> tuple[bytes, bytes | None]:
        return digest, self.source.read(documents.path_of(digest))

    def _read_named(self, digest: bytes, document: bytes | None) -> list[tuple[bytes, bytes | None]]:
        """What a document names in its turn and the copy lacks."""
        try:
            named = documents.names(documents.check(document or b"", digest))
        except (Malformed, Untrue):
            return []
        return [
            self._read_document(each) for each in named if not (self.out / documents.path_of(each)).is_file()
        ]

    def _copy_superseded(self, tree: CopiedTree, data: bytes, begun: int) -> tuple[int, int]:
        """Fetch the checkpoints published before; how many came, and how many sizes were not asked for."""
        listed, size = self.source.superseded_sizes(), tree.checkpoint.size
        sizes = (
            range(begun, size)[-MAX_PROBES:] if listed is None else [each for each in listed if each < size]
        )
        found = 0
        lacking = [each for each in sizes if not (self.out / superseded(each)).is_file()]
        for at, older in ahead(self._read_superseded, lacking):
            if older is None:
                continue
            with self._evidence(older, data):
                before = self._signed(older)
                if before.size != at:
                    raise Untrue("log: a superseded checkpoint under another size than its own")
                verify_growth(before, tree.checkpoint, node=tree.node)
            replace_file(self.out / superseded(at), older, durably=False)
            found += 1
        return found, size - begun - len(sizes) if listed is None else 0

    def _read_superseded(self, size: int) -> tuple[int, bytes | None]:
        return size, self.source.read(superseded(size))

    def _publish(self, ours: bytes | None, note: Note) -> None:
        """Put the new checkpoint in place of the copy's, which is kept; cosignatures add up."""
        if ours is not None:
            old = Note.from_bytes(ours)
            if old.text == note.text:
                fresh = tuple(line for line in old.signatures if line not in note.signatures)
                note = Note(note.text, (*note.signatures, *fresh)[:MAX_SIGNATURES])
            else:
                kept = self.out / superseded(Checkpoint.parse(old.text).size)
                if not kept.is_file():
                    replace_file(kept, ours)
        replace_file(self.out / CHECKPOINT, note.to_bytes())
        (self.out / "state" / "seen").unlink(missing_ok=True)

    def _state(self, name: str) -> bytes | None:
        file = self.out / "state" / name
        return file.read_bytes() if file.is_file() else None


def _documents_of(entries: Iterable[bytes]) -> Iterator[bytes]:
    """What entries name by its hash; an entry that is no leaf of ours names nothing."""
    for entry in entries:
        if _NAMES not in entry:
            continue  # most entries are consents: they need not be read to see that they name nothing
        try:
            digest = documents.hash_named_by(parse_leaf(entry))
        except Malformed:
            continue
        if digest is not None:
            yield digest


def _parse_wanted(data: bytes | None) -> set[bytes]:
    try:
        lines = (data or b"").decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise Malformed("mirror: wanted: not hex") from None
    return {read_hex(line, HASH_BYTES, noun="mirror: wanted") for line in lines}


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Keep other runs away from the copy; raises `Refused` when one is at work, or it is no copy."""
    state = out / "state"
    if (state / "head").exists():
        raise Refused("mirror: the folder is a log that is kept here, not a copy")
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("mirror: another run is at work on this copy") from None
        yield
