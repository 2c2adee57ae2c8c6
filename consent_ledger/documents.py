"""Documents: what leaves name by its hash, served beside the log under that hash for ever.

A leaf is small and public; the notice, task, key list, manifest or release that it commits to is the
document. It is put in its place before the leaf is accepted, so that no leaf ever names what is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import assert_never

from consent_ledger.errors import Malformed, Untrue
from consent_ledger.leaf import (
    AuditAccessLeaf,
    BudgetLeaf,
    BundleLeaf,
    ConsentLeaf,
    ErasureLeaf,
    KeysLeaf,
    Leaf,
    NoticeLeaf,
    TaskLeaf,
)
from consent_ledger.merkle import HASH_BYTES

FOLDER = "documents"
"""The folder below a log's public prefix."""

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024


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


def gather(leaves: Iterable[Leaf], documents: Iterable[bytes]) -> dict[str, bytes]:
    """The documents of `leaves` by path: exactly those, none missing and none besides.

    Raises `Untrue` when a leaf names a document that is not among `documents`, or no leaf names one of them:
    what nobody named is not meant for the public. `Malformed` above `MAX_DOCUMENT_BYTES`.
    """
    named = {digest for leaf in leaves if (digest := hash_named_by(leaf)) is not None}
    found: dict[str, bytes] = {}
    for data in documents:
        digest = hashlib.sha256(data).digest()
        if digest not in named:
            raise Untrue("document: no leaf names it")
        found[path_of(digest)] = check(data, digest)
    if len(found) != len(named):
        raise Untrue("document: a leaf names one that is not here")
    return found
