"""Proofs for a report: made from the copy, and each checked before it is handed out."""

from __future__ import annotations

from dataclasses import dataclass

from consent_ledger.auditing.study import Study
from consent_ledger.known_tree import KnownTree
from consent_ledger.merkle import NodeReader, inclusion_proof, leaf_hash
from consent_ledger.note import Note
from consent_ledger.tiles import WIDTH, PathReader, read_entries, tile_at, tile_nodes
from consent_ledger.tlog_proof import TlogProof


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proofs under one checkpoint; what they have in common is read and hashed once."""

    read: PathReader
    note: Note
    size: int
    node: NodeReader
    tree: KnownTree

    @classmethod
    def of(cls, study: Study) -> Proofs:
        """The proofs of a study's own checkpoint; raises `Untrue` when it names a tree that cannot be."""
        read, latest = study.material.read, study.latest
        tree = KnownTree(latest.size, latest.root)
        return cls(read, Note.from_bytes(latest.note), latest.size, tile_nodes(read, latest.size), tree)

    def prove(self, index: int) -> tuple[bytes, str]:
        """The entry at `index` and the text of its tlog-proof; raises `Untrue` when the copy has none."""
        tile = tile_at(-1, index // WIDTH, self.size)
        entry = read_entries(tile, self.read)[index % WIDTH]
        hashes = inclusion_proof(index, self.size, self.node)
        self.tree.verify_inclusion(index, leaf=leaf_hash(entry), proof=hashes)
        return entry, str(TlogProof(index, hashes, self.note))
