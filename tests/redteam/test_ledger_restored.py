"""Attacks by a table of before: a log that is restored contradicts nothing that it signed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consent_ledger import log, tiles
from consent_ledger.audit import audit, verify_growth
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Refused, Untrue
from consent_ledger.merkle import leaf_hash, root_at
from consent_ledger.note import Note, VerifierKey
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.storage.ports import Head
from lambdas.shared.ledger_storage import DynamoS3Storage
from nearside.commands.ledger import ledger
from nearside.rebuilt_log import Rebuilt, rebuild
from tests.support.ledger import (
    all_entries,
    dice,
    log_signer,
    logged,
    numbered_entry,
    numbered_leaf,
    published,
    trusted,
)

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack

pytest_plugins = ["tests.support.ministack"]


class MemoryTable(MemoryStorage):
    """A log in memory whose table can be lost, while its files stay."""

    def remember(self, entries: Sequence[bytes]) -> None:
        self._known.update(entries)

    def wait(self, entry: bytes, leaf: bytes) -> None:
        self._known.add(entry)
        self._pending[entry] = leaf

    def table(self) -> tuple[object, ...]:
        return deepcopy((self._known, self._pending, self._indexes, self._head))

    def restore(self, table: tuple[object, ...]) -> None:
        self._known, self._pending, self._indexes, self._head = deepcopy(table)  # type: ignore[assignment]


@dataclass
class Pen:
    """The log's signer, and every tree that it signed."""

    trees: list[Checkpoint] = field(default_factory=list)

    @property
    def key(self) -> VerifierKey:
        return log_signer().key

    def sign(self, message: bytes) -> bytes:
        self.trees.append(Checkpoint.parse(message.decode()))
        return log_signer().sign(message)


def contradicts(storage: MemoryStorage, signed: Sequence[Checkpoint]) -> bool:
    """Whether the tree that stands does not continue each tree that was signed."""
    size = storage.head().clean
    node = tiles.tile_nodes(storage.read, size)
    return any(tree.size > size or root_at(tree.size, node) != tree.root for tree in signed)


def grow(storage: MemoryStorage, *numbers: int, seed: int = 7) -> None:
    """Take entries in and give them places; nobody signs."""
    for number in numbers:
        log.accept(storage, numbered_leaf(number))
    assert log.sequence(storage, dice(seed)) >= len(numbers)
    log.integrate(storage)


@pytest.fixture
def stand() -> tuple[MemoryTable, Pen, tuple[object, ...]]:
    """A log that published four entries and then six, and its table as it was in between, when one waited."""
    storage, pen = MemoryTable(), Pen()
    grow(storage, 1, 2, 3, 4)
    log.publish(storage, pen)
    log.accept(storage, numbered_leaf(5))
    before = storage.table()
    grow(storage, 6)
    log.publish(storage, pen)
    return storage, pen, before


def test_an_older_table_has_no_second_tree_of_a_published_size_signed() -> None:
    """Whoever restores it and lets the log run on is stopped: what is published is continued, or nothing."""
    storage, pen = MemoryTable(), Pen()
    grow(storage, 1, 2, 3)
    before = storage.table()
    grow(storage, 4, 5)
    log.publish(storage, pen)
    storage.restore(before)
    for numbers in ((6,), (7,), (8,)):
        for number in numbers:
            log.accept(storage, numbered_leaf(number))
        with pytest.raises((Untrue, FileExistsError)):
            log.advance(storage, pen, dice=dice(1))
    assert [tree.size for tree in pen.trees] == [5]


def test_an_older_table_has_the_log_contradict_what_was_signed_and_not_yet_published() -> None:
    """The attack that a copy of a table alone is: signed and cosigned, not published, then put otherwise."""
    storage, pen = MemoryTable(), Pen()
    grow(storage, 1, 2, 3)
    log.publish(storage, pen)
    for number in (4, 5, 6, 7):
        log.accept(storage, numbered_leaf(number))
    before = storage.table()
    standing = published(storage)
    grow(storage, seed=1)
    log.publish(storage, pen)
    # Whoever publishes died after witnesses cosigned.
    assert storage.swap_checkpoint(published(storage), standing)
    storage.restore(before)
    naive = deepcopy_of(storage)
    log.accept(naive, numbered_leaf(8))
    log.advance(naive, pen, dice=dice(2))
    assert contradicts(naive, pen.trees[:2])

    assert rebuild(storage, (), trusted=trusted()) == Rebuilt(size=7, published=3, waiting=0)
    log.accept(storage, numbered_leaf(8))
    log.advance(storage, pen, dice=dice(2))
    assert not contradicts(storage, [*pen.trees[:2], pen.trees[-1]])
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in range(1, 9))


@pytest.mark.parametrize(("first", "more"), [(0, 1), (0, 300), (270, 1)], ids=["wider", "full", "further"])
def test_a_second_tree_among_the_files_is_not_built_upon(first: int, more: int) -> None:
    """A table of before ran for a moment before anybody stopped it: its wider bundle contradicts a narrower
    one, over which a tree was signed. Nobody can tell which devices have a proof for; nothing is done."""
    storage, pen = MemoryTable(), Pen()
    grow(storage, 1, 2, 3)
    log.publish(storage, pen)
    if first:
        grow(storage, *range(1000, 1000 + first))
    for number in (4, 5, 6, 7):
        log.accept(storage, numbered_leaf(number))
    before, standing = storage.table(), published(storage)
    grow(storage, seed=1)
    log.publish(storage, pen)
    assert storage.swap_checkpoint(published(storage), standing)
    storage.restore(before)
    grow(storage, *range(8, 8 + more), seed=2)
    assert contradicts(storage, pen.trees)
    storage.restore(before)
    with pytest.raises(Untrue, match="its files contradict one another"):
        rebuild(storage, (), trusted=trusted())
    assert storage.table() == before
    assert [tree.size for tree in pen.trees] == [3, 7 + first]


def test_narrower_bundles_that_the_widest_continues_are_no_contradiction() -> None:
    """Several batches that nobody published, over the end of a bundle: all of it is one tree."""
    storage, pen = MemoryTable(), Pen()
    grow(storage, 1, 2, 3)
    log.publish(storage, pen)
    for numbers in (range(4, 9), range(9, 300), range(300, 310)):
        grow(storage, *numbers)
    storage.restore((set(), {}, {}, Head()))
    assert rebuild(storage, (), trusted=trusted()) == Rebuilt(size=309, published=3, waiting=0)
    log.advance(storage, pen, dice=dice(2))
    assert pen.trees[-1].size == 309
    assert not contradicts(storage, pen.trees)


@pytest.mark.parametrize("lost", ["everything", "since"])
def test_a_table_is_brought_up_to_what_was_published(
    stand: tuple[MemoryTable, Pen, tuple[object, ...]], lost: str
) -> None:
    """Whatever it forgot: nothing is sequenced twice or lost, receipts have their proofs, and an older
    checkpoint that somebody kept is continued."""
    storage, pen, before = stand
    kept, leaves = published(storage), [numbered_leaf(5), numbered_leaf(9)]
    storage.restore((set(), {}, {}, Head()) if lost == "everything" else before)
    for _ in range(2):
        # Five had its place already; nine was accepted, and had none.
        found = rebuild(storage, leaves, trusted=trusted())
        assert (found.size, found.published, found.waiting) == (6, 6, 1)
    for number in (*range(1, 7), 9):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, pen, dice=dice(3))
    assert sorted(all_entries(storage)) == sorted(numbered_leaf(number) for number in (*range(1, 7), 9))
    assert all(log.proof_for(storage, numbered_entry(number)) for number in (*range(1, 7), 9))
    report, claims = audit(storage.read, published(storage), trusted=trusted())
    verify_claims(claims)
    said = Checkpoint.parse(Note.from_bytes(kept).text)
    assert verify_growth(said, report.checkpoint, node=tiles.tile_nodes(storage.read, 7)).size == 7
    assert not contradicts(storage, pen.trees)


def test_what_was_begun_and_not_published_is_finished_as_it_was_begun() -> None:
    """A sequencer died between files, and the head is lost: bundles say which entries came next."""

    class Torn(MemoryTable):
        torn = False

        def write_once(self, path: str, data: bytes) -> None:
            if self.torn and path.startswith("tile/0"):
                raise ConnectionError
            super().write_once(path, data)

    storage, pen = Torn(), Pen()
    grow(storage, *range(300))
    log.publish(storage, pen)
    storage.torn = True
    with pytest.raises(ConnectionError):
        grow(storage, *range(300, 600), seed=4)
    storage.torn = False
    storage.restore((set(), {}, {}, Head()))
    found = rebuild(storage, (), trusted=trusted())
    assert (found.size, found.published) == (600, 300)
    log.accept(storage, numbered_leaf(600))
    log.advance(storage, pen, dice=dice(5))
    assert sorted(all_entries(storage)) == sorted(map(numbered_leaf, range(601)))
    assert not contradicts(storage, pen.trees)


def test_files_that_contradict_the_published_tree_are_not_built_upon(
    stand: tuple[MemoryTable, Pen, tuple[object, ...]],
) -> None:
    """An intruder puts a wider bundle beside it, or takes a file away; the table stays as it is."""
    storage, _, before = stand
    storage.restore(before)
    wide = tiles.encode_entries([numbered_leaf(number) for number in range(20, 40)])
    for change, said in (
        (lambda files: files.update({"tile/entries/000.p/20": wide}), "another root"),
        (lambda files: files.pop("tile/entries/000.p/6"), "missing"),
    ):
        broken = deepcopy_of(storage)
        change(broken._files)
        with pytest.raises(Untrue, match=said):
            rebuild(broken, (), trusted=trusted())
        assert broken.table() == before


def test_nothing_is_built_upon_a_head_that_moves_or_is_further(
    stand: tuple[MemoryTable, Pen, tuple[object, ...]],
) -> None:
    """Somebody sequences meanwhile; or files are gone that the table knows of."""
    storage, _, before = stand

    class Moving(MemoryTable):
        def swap_head(self, old: Head, new: Head) -> bool:
            return False

    moving = Moving()
    moving.__dict__.update(deepcopy_of(storage).__dict__)
    moving.restore(before)
    with pytest.raises(Refused, match="its head moves"):
        rebuild(moving, (), trusted=trusted())
    storage._head = Head(9, 9)
    with pytest.raises(Untrue, match="further than its files"):
        rebuild(storage, (), trusted=trusted())
    with pytest.raises(Refused, match="nothing was published"):
        rebuild(MemoryTable(), (), trusted=trusted())


@pytest.mark.stack
def test_a_lost_table_is_rebuilt_by_the_command(
    ministack: MiniStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On DynamoDB and S3: into a new table, from the bucket and a copy of the table of before."""
    db, s3 = ministack.client("dynamodb"), ministack.client("s3")
    bucket, first, copy, empty = ministack.bucket(), *(ministack.table("pk", "sk") for _ in range(3))

    def store(table: str) -> DynamoS3Storage:
        return DynamoS3Storage(table, bucket, dynamodb_client=db, s3_client=s3)

    logged(store(first), *(numbered_leaf(number) for number in range(5)))
    for table in (first, copy):
        log.accept(store(table), numbered_leaf(5))
    log.accept(store(copy), numbered_leaf(1))
    kept = published(store(first))
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack.url)
    monkeypatch.setenv("AWS_REGION", db.meta.region_name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    words = [
        "rebuild",
        "--table",
        empty,
        "--bucket",
        bucket,
        "--from",
        copy,
        "--log-key",
        str(log_signer().key),
    ]
    # A name that is wrong is said in a sentence, and nothing is changed meanwhile.
    for name, said in ((empty, "no such table"), (bucket, "no such bucket"), (copy, "no such table")):
        wrong = [f"{each}x" if each == name else each for each in words]
        done = CliRunner().invoke(ledger, wrong)
        assert done.exit_code == 2, done.output
        assert said in done.output
        assert done.output.startswith("refused: aws: ")
        assert db.scan(TableName=empty)["Count"] == 0
    for _ in range(2):
        done = CliRunner().invoke(ledger, words)
        assert done.exit_code == 0, done.output
        assert done.output == "5 entries have a place, 5 of them published\n1 wait for one\n"
    for number in range(6):
        log.accept(store(empty), numbered_leaf(number))
    log.advance(store(empty), log_signer(), dice=dice())
    assert sorted(all_entries(store(empty))) == sorted(map(numbered_leaf, range(6)))
    said, now = (Checkpoint.parse(Note.from_bytes(each).text) for each in (kept, published(store(empty))))
    assert verify_growth(said, now, node=tiles.tile_nodes(store(empty).read, 6)) == now
    assert log.proof_for(store(empty), leaf_hash(numbered_leaf(5))) is not None


def deepcopy_of(storage: MemoryTable) -> MemoryTable:
    """The same log again."""
    again = MemoryTable()
    again.restore(storage.table())
    again._files, again._checkpoint = dict(storage._files), storage._checkpoint
    return again
