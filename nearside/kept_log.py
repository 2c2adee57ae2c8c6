"""A log that somebody keeps by hand, in a folder, under a key in a file: no server, no account."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consent_ledger import canonical, documents, leaf, log
from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.fields import Fields
from consent_ledger.keys import KeyList
from consent_ledger.leaf import MAX_LEAF_BYTES, KeysLeaf, Leaf, NoticeLeaf, TaskLeaf, parse_leaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note, Signer
from consent_ledger.storage.file import FileStorage

DOCUMENT_KINDS: Final = (NoticeLeaf.kind, TaskLeaf.kind, KeysLeaf.kind)
"""Kinds of leaves that can be made from their document alone."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an entry is: its leaf hash, its index, and whether it was there before."""

    entry: bytes
    index: int
    known: bool


def create(folder: Path, signer: Signer) -> Checkpoint:
    """Make an empty log in a folder and publish its first checkpoint, under the key's name as its origin.

    Raises `Refused` when the folder holds anything.
    """
    refuse_used(folder)
    return log.publish(FileStorage(folder), signer)


def refuse_used(folder: Path) -> None:
    """Raise `Refused` unless the folder is missing or empty."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise Refused("log: the folder holds something already")


def open_kept(folder: Path, signer: Signer) -> FileStorage:
    """The log in a folder that `signer` signs; raises `Malformed` when there is none, else `Refused`."""
    storage = FileStorage(folder)
    published = storage.checkpoint()
    if published is None:
        raise Malformed("log: the folder holds no checkpoint")
    try:
        _, claims = LogKeys(signer.key.name, (signer.key,)).check(Note.from_bytes(published))
        verify_claims(claims)
    except Untrue:
        raise Refused("log: signed with another key") from None
    return storage


def read_leaves(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The entries in a file, one a line, in canonical JSON; raises `Malformed`."""
    for line in lines:
        data = line.removesuffix(b"\n")
        if len(data) > MAX_LEAF_BYTES:
            raise Malformed("leaf: too long")
        parse_leaf(data)
        yield data


def leaf_naming(kind: str, document: bytes) -> Leaf:
    """The leaf of one of `DOCUMENT_KINDS` that commits to a document; raises `Malformed`."""
    digest = hashlib.sha256(document).digest()
    match kind:
        case NoticeLeaf.kind:
            return NoticeLeaf(digest)
        case KeysLeaf.kind:
            KeyList.from_bytes(document)
            return KeysLeaf(digest)
        case TaskLeaf.kind:
            name = Fields(canonical.decode(document), "task").text("id", pattern=leaf.NAME)
            return TaskLeaf(name, digest)
        case _:
            raise Malformed("leaf: a kind that its document alone does not make")


def append(
    storage: FileStorage,
    signer: Signer,
    *,
    leaves: Sequence[bytes],
    attached: Sequence[bytes] = (),
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[Placed, ...]:
    """Take entries and their documents in, and publish; where each entry then is, in the order given.

    Everything is checked before anything is written. Stopped at any point and repeated, it completes.
    `advance` is told how many more entries have their place. Raises `Malformed` for what is no leaf, `Untrue`
    when a leaf names a document that is neither given nor kept, or a document is given that no leaf names.
    """
    parsed = [parse_leaf(data) for data in leaves]
    files = documents.gather(parsed, [*attached, *_kept(storage, parsed, attached)])
    entries = [leaf_hash(data) for data in leaves]
    before = {entry: storage.index_of(entry) is not None for entry in entries}
    # A document comes before the leaf that names it: nobody ever reads a leaf whose document is missing.
    for path, data in files.items():
        storage.write_once(path, data)
    for data in leaves:
        log.accept(storage, data)
    size = storage.head().size
    while True:
        checkpoint = log.advance(storage, signer, dice=secrets.randbelow)
        advance(checkpoint.size - size)
        size = checkpoint.size
        if not storage.pending(1):
            break
    return tuple(_placed(storage, entry, before) for entry in entries)


def attach(storage: FileStorage, cosigned: Note) -> None:
    """Publish cosignatures beside the log's own signature; whoever calls this has verified them.

    Signature lines are only ever added. Raises `Refused` when another checkpoint is published by now, and
    `Malformed` when there is none.
    """
    while (published := storage.checkpoint()) is not None:
        note = Note.from_bytes(published)
        if note.text != cosigned.text:
            raise Refused("checkpoint: another one is published by now")
        fresh = tuple(line for line in cosigned.signatures if line not in note.signatures)
        whole = Note(note.text, (*note.signatures, *fresh)).to_bytes()
        # The note read back is the note written: more signatures than may stand under one are refused here.
        Note.from_bytes(whole)
        if not fresh or storage.swap_checkpoint(published, whole):
            return
    raise Malformed("log: the folder holds no checkpoint")


def _placed(storage: FileStorage, entry: bytes, before: dict[bytes, bool]) -> Placed:
    index = storage.index_of(entry)
    if index is None:
        raise Untrue("log: an entry that it took in has no place")
    # The same entry twice in one request: the second was there before.
    known, before[entry] = before[entry], True
    return Placed(entry, index, known)


def _kept(storage: FileStorage, leaves: Iterable[Leaf], attached: Sequence[bytes]) -> Iterator[bytes]:
    given = {hashlib.sha256(data).digest() for data in attached}
    named = {digest for each in leaves if (digest := documents.hash_named_by(each)) is not None}
    for digest in sorted(named - given):
        if (data := storage.read(documents.path_of(digest))) is not None:
            yield documents.check(data, digest)
