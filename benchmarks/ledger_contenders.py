"""What `benchmarks.ledger` races: the same work on the same entries, ours and `pymerkle`'s."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymerkle
from pymerkle import InmemoryTree, SqliteTree

from consent_ledger import log, merkle, tiles
from consent_ledger.known_tree import KnownTree
from consent_ledger.merkle import leaf_hash
from consent_ledger.storage.file import FileStorage
from tests.support.ledger import log_signer, numbered_leaf

PROOFS = 1_000
STORED_PROOFS = 5
VERIFIED = 10_000
SINGLE = 500
ON_DISK = 200
BATCH = 1024


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do a task: `run` does `units` of it, with what `prepare` made before the clock started."""

    name: str
    units: int
    run: Callable[[Any], object]
    prepare: Callable[[], Any] = _nothing

    @property
    def ours(self) -> bool:
        """Whether this is the ledger's own way."""
        return self.name.startswith("nearside")


class Trees:
    """The same entries in every tree, and the same questions to each."""

    def __init__(self, size: int, folder: Path) -> None:
        dice = random.Random(size)
        self.size = size
        self.entries = [b"entry %d" % number for number in range(size)]
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        self.nodes = merkle.Nodes(self.leaves)
        self.root = self.nodes.root()
        self.files = grown_tiles(self.entries)
        self.memory = InmemoryTree()
        self.memory.append_entries(self.entries)
        self.sqlite = SqliteTree(str(folder / f"{size}.db"))
        self.sqlite.append_entries(self.entries)
        self.indexes = [dice.randrange(size) for _ in range(VERIFIED)]
        self.old_sizes = [dice.randrange(1, size) for _ in range(VERIFIED)]
        self.old_roots = [merkle.root_at(old, self.nodes.node) for old in self.old_sizes]

    def agree(self) -> None:
        """Check that all of them have the same roots and make the same proofs."""
        assert self.root == self.memory.get_root() == self.sqlite.get_root()
        read = tiles.tile_nodes(self.files.get, self.size)
        for index, old, old_root in zip(self.indexes[:PROOFS], self.old_sizes, self.old_roots, strict=False):
            ours = merkle.inclusion_proof(index, self.size, self.nodes.node)
            assert ours == merkle.inclusion_proof(index, self.size, read)
            assert list(ours) == self.memory.prove_inclusion(index + 1).path[1:]
            assert old_root == self.memory.get_root(old)


def grown_tiles(entries: Sequence[bytes]) -> dict[str, bytes]:
    """The files of a tree that grew batch by batch, as the log does."""
    files: dict[str, bytes] = {}
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        files.update(tiles.grow(start, batch, [leaf_hash(entry) for entry in batch], files.get))
    return files


def tasks(trees: Trees) -> dict[str, tuple[Contender, ...]]:
    """Everything that is timed for one size, by the name of the task."""
    return {
        "append all, then the root": append_together(trees),
        "append one, then the root": append_one_by_one(trees),
        "prove inclusion": prove_inclusion(trees),
        "prove consistency": prove_consistency(trees),
        "prove inclusion, from storage": prove_from_storage(trees),
        "verify inclusion": verify_inclusion(trees),
        "verify consistency": verify_consistency(trees),
    }


def append_together(trees: Trees) -> tuple[Contender, ...]:
    """Entries in as bytes; at the end the root is known and proofs can be made."""

    def nodes(_: object) -> None:
        made = merkle.Nodes()
        made.extend(map(leaf_hash, trees.entries))
        assert made.root() == trees.root

    def tiled(_: object) -> None:
        files = grown_tiles(trees.entries)
        assert merkle.root_at(trees.size, tiles.tile_nodes(files.get, trees.size)) == trees.root

    def memory(_: object) -> None:
        made = InmemoryTree()
        made.append_entries(trees.entries)
        assert made.get_root() == trees.root

    def sqlite(_: object) -> None:
        made = SqliteTree(":memory:")
        made.append_entries(trees.entries)
        assert made.get_root() == trees.root
        made.close()

    return (
        Contender("nearside, in memory", trees.size, nodes),
        Contender("nearside, tiles", trees.size, tiled),
        Contender("pymerkle, in memory", trees.size, memory),
        Contender("pymerkle, sqlite", trees.size, sqlite),
    )


def append_one_by_one(trees: Trees) -> tuple[Contender, ...]:
    """A root after each entry, on top of the whole tree; ours is not kept ready, so that it costs hashes."""
    more = [b"more %d" % number for number in range(SINGLE)]

    def grown_memory() -> InmemoryTree:
        made = InmemoryTree()
        made.append_entries(trees.entries)
        return made

    def nodes(tree: merkle.Nodes) -> None:
        for entry in more:
            tree.append(leaf_hash(entry))
            tree.root()

    def memory(tree: InmemoryTree) -> None:
        for entry in more:
            tree.append_entry(entry)
            tree.get_root()

    def ready() -> merkle.Nodes:
        made = merkle.Nodes(trees.leaves)
        made.root()
        return made

    return (
        Contender("nearside, in memory", SINGLE, nodes, ready),
        Contender("pymerkle, in memory", SINGLE, memory, grown_memory),
    )


def prove_inclusion(trees: Trees) -> tuple[Contender, ...]:
    """Proofs of random entries."""

    def ours(node: merkle.NodeReader) -> None:
        for index in trees.indexes[:PROOFS]:
            merkle.inclusion_proof(index, trees.size, node)

    def theirs(tree: InmemoryTree) -> None:
        for index in trees.indexes[:PROOFS]:
            tree.prove_inclusion(index + 1)

    return (
        Contender("nearside, in memory", PROOFS, ours, lambda: trees.nodes.node),
        Contender("pymerkle, in memory", PROOFS, theirs, lambda: trees.memory),
    )


def prove_consistency(trees: Trees) -> tuple[Contender, ...]:
    """Proofs that the tree continues one of a random smaller size."""

    def ours(node: merkle.NodeReader) -> None:
        for old in trees.old_sizes[:PROOFS]:
            merkle.consistency_proof(old, trees.size, node)

    def theirs(tree: InmemoryTree) -> None:
        for old in trees.old_sizes[:PROOFS]:
            tree.prove_consistency(old)

    return (
        Contender("nearside, in memory", PROOFS, ours, lambda: trees.nodes.node),
        Contender("pymerkle, in memory", PROOFS, theirs, lambda: trees.memory),
    )


def prove_from_storage(trees: Trees) -> tuple[Contender, ...]:
    """One proof at a time with nothing remembered before it, as a function does that was just started."""

    def ours(_: object) -> None:
        for index in trees.indexes[:STORED_PROOFS]:
            merkle.inclusion_proof(index, trees.size, tiles.tile_nodes(trees.files.get, trees.size))

    def theirs(_: object) -> None:
        for index in trees.indexes[:STORED_PROOFS]:
            trees.sqlite.cache_clear()
            trees.sqlite.prove_inclusion(index + 1)

    return (
        Contender("nearside, tiles", STORED_PROOFS, ours),
        Contender("pymerkle, sqlite", STORED_PROOFS, theirs),
    )


def verify_inclusion(trees: Trees) -> tuple[Contender, ...]:
    """From proof objects; `pymerkle` is told index, size and algorithm, because ours checks them too."""
    proofs = [merkle.inclusion_proof(index, trees.size, trees.nodes.node) for index in trees.indexes]
    foreign = [trees.memory.prove_inclusion(index + 1) for index in trees.indexes]
    size, root, leaves = trees.size, trees.root, trees.leaves

    def alone(_: object) -> None:
        for index, proof in zip(trees.indexes, proofs, strict=True):
            merkle.verify_inclusion(index, size, leaf=leaves[index], proof=proof, root=root)

    def together(_: object) -> None:
        tree = KnownTree(size, root)
        for index, proof in zip(trees.indexes, proofs, strict=True):
            tree.verify_inclusion(index, leaf=leaves[index], proof=proof)

    def theirs(_: object) -> None:
        for index, proof in zip(trees.indexes, foreign, strict=True):
            pymerkle.verify_inclusion(
                leaves[index], root, proof, index=index + 1, size=size, algorithm="sha256"
            )

    return _verifiers(alone, together, theirs)


def verify_consistency(trees: Trees) -> tuple[Contender, ...]:
    """From proof objects and both roots; `pymerkle` is told both sizes and the algorithm."""
    questions = list(zip(trees.old_sizes, trees.old_roots, strict=True))
    proofs = [merkle.consistency_proof(old, trees.size, trees.nodes.node) for old in trees.old_sizes]
    foreign = [trees.memory.prove_consistency(old) for old in trees.old_sizes]
    size, root = trees.size, trees.root

    def alone(_: object) -> None:
        for (old, old_root), proof in zip(questions, proofs, strict=True):
            merkle.verify_consistency(old, size, old_root=old_root, new_root=root, proof=proof)

    def together(_: object) -> None:
        tree = KnownTree(size, root)
        for (old, old_root), proof in zip(questions, proofs, strict=True):
            tree.verify_consistency(old, old_root=old_root, proof=proof)

    def theirs(_: object) -> None:
        for (old, old_root), proof in zip(questions, foreign, strict=True):
            pymerkle.verify_consistency(
                old_root, root, proof, prior_size=old, later_size=size, algorithm="sha256"
            )

    return _verifiers(alone, together, theirs)


def _verifiers(
    alone: Callable[[Any], None], together: Callable[[Any], None], theirs: Callable[[Any], None]
) -> tuple[Contender, ...]:
    return (
        Contender("nearside, each alone", VERIFIED, alone),
        Contender("nearside, all of one tree", VERIFIED, together),
        Contender("pymerkle", VERIFIED, theirs),
    )


def durable(folder: Path) -> dict[str, tuple[Contender, ...]]:
    """Entries that are acknowledged one by one, each on disk before its answer.

    Ours are accepted one by one and then take their places in one batch, checkpoint included; theirs are
    rows, one transaction each.
    """
    numbers = itertools.count()

    def ours(storage: FileStorage) -> None:
        for number in range(ON_DISK):
            log.accept(storage, numbered_leaf(number))
        log.advance(storage, log_signer(), dice=secrets.randbelow)

    def theirs(tree: SqliteTree) -> None:
        for number in range(ON_DISK):
            tree.append_entry(numbered_leaf(number))
        tree.get_root()
        tree.close()

    return {
        "append": (
            Contender("nearside, folder", ON_DISK, ours, lambda: FileStorage(folder / f"log{next(numbers)}")),
            Contender(
                "pymerkle, sqlite", ON_DISK, theirs, lambda: SqliteTree(str(folder / f"{next(numbers)}.db"))
            ),
        )
    }
