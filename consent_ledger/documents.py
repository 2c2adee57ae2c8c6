"""Documents: what leaves name by its hash, served beside the log under that hash for ever.

A leaf is small and public; the notice, task, key list, manifest, release, proposal or statement that it
commits to is the document. It is put in its place before the leaf is accepted, so that no leaf ever names
what is not there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import (
    AuditAccessLeaf,
    BudgetLeaf,
    BundleLeaf,
    ConsentLeaf,
    ErasureLeaf,
    KeysLeaf,
    Leaf,
    ModelLeaf,
    NoticeLeaf,
    TaskLeaf,
)
from consent_ledger.merkle import HASH_BYTES

FOLDER = "documents"
"""The folder below a log's public prefix."""

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

TASKS: Final = "tasks.json"
"""What a manifest calls the list of its tasks."""


def hash_named_by(leaf: Leaf) -> bytes | None:
    """The SHA-256 of the document that `leaf` commits to, 32 bytes; None for a kind that has no document.

    A `consent` leaf names its notice too, but does not bring it into use: that is the `notice` leaf's part.
    """
    match leaf:
        case NoticeLeaf(digest) | KeysLeaf(digest):
            return digest
        case TaskLeaf():
            return leaf.task_hash
        case BundleLeaf():
            return leaf.manifest_hash
        case BudgetLeaf():
            return leaf.release_hash
        case ModelLeaf():
            return leaf.document_hash
        case ConsentLeaf() | ErasureLeaf() | AuditAccessLeaf():
            return None
        case _:
            assert_never(leaf)


def path_of(digest: bytes) -> str:
    """Where the document with this SHA-256 lies, below the log's public prefix."""
    if len(digest) != HASH_BYTES:
        raise Malformed("document: the hash is not 32 bytes long")
    return f"{FOLDER}/{digest.hex()}"


def check(data: bytes, digest: bytes) -> bytes:
    """Return `data` if it is the document with this SHA-256.

    Raises `Malformed` above `MAX_DOCUMENT_BYTES`, `Untrue` when it is something else.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise Malformed("document: too long")
    if hashlib.sha256(data).digest() != digest:
        raise Untrue("document: not the bytes that the log names")
    return data


@dataclass(frozen=True, slots=True)
class ManifestNames:
    """What a bundle's manifest names: files and code with their hashes, and the key list's hash.

    Dates are in seconds since 1970.
    """

    version: int
    not_before: int
    expires: int
    keys: str
    files: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, data: bytes) -> ManifestNames:
        """Read a manifest's note text (docs/formats/bundle.md); raises `Malformed`."""
        match canonical.decode(data.partition(b"\n")[2].removesuffix(b"\n")):
            case {
                "version": int(version),
                "not_before": int(not_before),
                "expires": int(expires),
                "keys": str(keys),
                "files": dict(files),
                "code": dict(code),
            } if _is_digest(keys):
                named = tuple(sorted([*_hashes(files), *_hashes(code)]))
                return cls(version, not_before, expires, keys, named)
            case _:
                raise Malformed("manifest: not the fields that an audit reads")


def names(document: bytes) -> tuple[bytes, ...]:
    """The SHA-256 of each document that `document` names in its turn: a manifest the list of its tasks.

    The other files of a bundle are public in a place of their own, and its key list has a leaf of its own.
    """
    try:
        named = ManifestNames.parse(document)
    except Malformed:
        return ()
    return tuple(bytes.fromhex(digest) for name, digest in named.files if name == TASKS)


def gather(leaves: Iterable[Leaf], documents: Iterable[bytes]) -> dict[str, bytes]:
    """The documents of `leaves` by path: every one that a leaf names, and what those name in their turn.

    Raises `Untrue` when a document that a leaf names is not among `documents`, or when nothing names one of
    them: what nobody named is not meant for the public. `Malformed` above `MAX_DOCUMENT_BYTES`.
    """
    given = {hashlib.sha256(data).digest(): data for data in documents}
    todo = [digest for leaf in leaves if (digest := hash_named_by(leaf)) is not None]
    if not given.keys() >= set(todo):
        raise Untrue("document: a leaf names one that is not here")
    found: dict[str, bytes] = {}
    while todo:
        digest = todo.pop()
        if digest in given:
            data = check(given.pop(digest), digest)
            found[path_of(digest)] = data
            todo += names(data)
    if given:
        raise Untrue("document: nothing names it")
    return found


def _hashes(files: Mapping[str, Json]) -> list[tuple[str, str]]:
    named = []
    for name, entry in files.items():
        match entry:
            case str(digest) | {"sha256": str(digest)} if _is_digest(digest):
                named.append((name, digest))
            case _:
                raise Malformed("manifest: a file has no hash")
    return named


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None
