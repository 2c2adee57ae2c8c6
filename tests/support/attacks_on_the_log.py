"""What an operator can do to the log and its past."""

from __future__ import annotations

import shutil

from consent_ledger import leaf, log
from consent_ledger.leaf import NoticeLeaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note
from consent_ledger.storage.memory import MemoryStorage
from tests.support.audit_attacks import Attacks, change, hash_of
from tests.support.audited import (
    Agency,
    TimedWitnesses,
)
from tests.support.ledger import dice, log_signer, numbered_leaf

ATTACKS = Attacks()


def forked(size: int) -> bytes:
    """A checkpoint of another tree under the log's own name and key."""
    storage = MemoryStorage()
    for number in range(size):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, log_signer(), dice=dice(), cosigners=TimedWitnesses(1_793_600_000))
    made = storage.checkpoint()
    assert made is not None
    return made


@ATTACKS.after("past-rewritten")
def _(made: Agency) -> list[object]:
    kept = made.copy.parent / "kept"
    kept.write_bytes(forked(7))
    return ["--since", kept]


@ATTACKS.after("split-view")
def _(made: Agency) -> None:
    made.file("witnesses", "witness-21", forked(9))


@ATTACKS.after("log-shrunk")
def _(made: Agency) -> list[object]:
    kept = made.copy.parent / "kept"
    shutil.copy(made.copy / "checkpoint", kept)
    shutil.copy(made.copy / "checkpoints/12", made.copy / "checkpoint")
    return ["--since", kept]


@ATTACKS.after("too-few-witnesses")
def _(made: Agency) -> None:
    note = Note.from_bytes((made.copy / "checkpoint").read_bytes())
    (made.copy / "checkpoint").write_bytes(Note(note.text, note.signatures[:2]).to_bytes())


@ATTACKS.after("checkpoint-false")
def _(made: Agency) -> None:
    change(made.copy / "checkpoints/10", at=40)


@ATTACKS.after("tile-contradicts-entries")
def _(made: Agency) -> None:
    change(made.copy / "tile/0/000.p/13")


@ATTACKS.after("tile-damaged")
def _(made: Agency) -> None:
    shutil.copy(made.copy / "tile/0/000.p/12", made.copy / "tile/0/000.p/13")


@ATTACKS.after("entries-missing")
def _(made: Agency) -> None:
    (made.copy / "tile/entries/000.p/13").unlink()


@ATTACKS.after("entries-damaged")
def _(made: Agency) -> None:
    file = made.copy / "tile/entries/000.p/13"
    file.write_bytes(file.read_bytes()[:-1])


@ATTACKS.before("entry-no-leaf")
def _(made: Agency) -> None:
    entry = b'{"k":"note to self","v":1}'
    made.storage.put_entry(leaf_hash(entry), entry)
    made.publish()


@ATTACKS.before("entry-twice")
def _(made: Agency) -> None:
    made.storage.put_entry(
        b"another name".ljust(32), leaf.to_bytes(NoticeLeaf(hash_of(b"what we ask, in English")))
    )
    made.publish()


@ATTACKS.after("root-differs")
def _(made: Agency) -> None:
    """The log signs a root that its entries do not have, for the very size of the copy."""
    note = forked(made.storage.head().size)
    (made.copy / "checkpoint").write_bytes(note)
