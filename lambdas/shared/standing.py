"""Whether a bundle is the last that the public log holds of its site.

Whoever builds upon a bundle reads it from a bucket that others may write to: an older one, signed and logged
as it is, would bring back what was changed since.
"""

from __future__ import annotations

from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.leaf import BundleLeaf, hash_of, parse_leaf
from consent_ledger.log import proof_for
from consent_ledger.merkle import Frontier, leaf_hash
from consent_ledger.note import Note
from consent_ledger.storage.ports import Storage
from consent_ledger.tiles import WIDTH, read_entries, tile_at, tile_nodes
from consent_ledger.tlog_proof import TlogProof


def check_newest(bundle: BundleLeaf, *, storage: Storage, trusted: LogKeys) -> None:
    """Raise `Untrue` unless the published log holds a bundle, and none of its site after it.

    Reads the entries since that bundle. Raises `Malformed` where the log's files are not what they claim.
    """
    index = place_of(bundle, storage=storage, trusted=trusted)
    if index is None:
        raise Untrue("bundle: the public log does not hold it")
    if bundles_since(index + 1, site=bundle.site, storage=storage, trusted=trusted):
        raise Untrue("bundle: the public log holds a later one of this site")


def place_of(bundle: BundleLeaf, *, storage: Storage, trusted: LogKeys) -> int | None:
    """Return the index of a bundle in the published log, by a proof under trusted keys; None for none.

    Raises `Untrue` or `Malformed` where the log's own proof does not hold.
    """
    text = proof_for(storage, hash_of(bundle))
    if text is None:
        return None
    proof = TlogProof.parse(text)
    _, claims = proof.check(hash_of(bundle), trusted)
    verify_claims(claims)
    return proof.index


def bundles_since(
    first: int, *, site: str, storage: Storage, trusted: LogKeys
) -> tuple[tuple[int, BundleLeaf], ...]:
    """Return a site's bundles from index `first` of the published log on, with their indexes.

    What is read is held against the root that trusted keys signed. Raises `Untrue` where it is not what was
    signed, or a part is missing.
    """
    published = storage.checkpoint()
    if published is None:
        return ()
    checkpoint, claims = trusted.check(Note.from_bytes(published))
    verify_claims(claims)
    size = checkpoint.size
    begin = min(first, size) // WIDTH
    tree = _frontier(begin * WIDTH, size, storage)
    found: list[tuple[int, BundleLeaf]] = []
    for tile in range(begin, -(-size // WIDTH)):
        entries = read_entries(tile_at(-1, tile, size), storage.read)
        tree = tree.extend(map(leaf_hash, entries))
        for index, entry in enumerate(entries, tile * WIDTH):
            # Most are consent, by the thousand: only what says that it is a bundle is parsed.
            leaf = parse_leaf(entry) if index >= first and _MARK in entry else None
            if isinstance(leaf, BundleLeaf) and leaf.site == site:
                found.append((index, leaf))
    if tree.root() != checkpoint.root:
        raise Untrue("log: its entries are not those of the signed tree")
    return tuple(found)


_MARK = f'"k":"{BundleLeaf.kind}"'.encode()


def _frontier(begin: int, size: int, storage: Storage) -> Frontier:
    """The perfect subtrees of the first `begin` leaves; what they are is proven by the root of the whole."""
    node, hashes, at = tile_nodes(storage.read, size), [], 0
    for level in reversed(range(begin.bit_length())):
        if begin >> level & 1:
            hashes.append(node(level, at >> level))
            at += 1 << level
    return Frontier(begin, tuple(hashes))
