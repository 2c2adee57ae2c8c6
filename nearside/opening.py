"""Opening an agency's consent records: logged before the first one is opened, and written down for audits.

The officer's folder is private: its folders and files are its owner's alone. Layout: docs/formats/audit.md.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from consent_ledger import canonical
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.erasing import ErasureRegister
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import AuditAccessLeaf, Leaf
from consent_ledger.sidecar import Sidecars
from consent_ledger.tlog_proof import TlogProof
from nearside.officer_folder import ACCESSES, ERASURES, INVENTORY, OPENINGS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opening came to: records opened, erased in between, sealed under another key or damaged.

    `size` is how many entries were published once the opening was in the log.
    """

    access: AccessEntry
    size: int
    opened: int
    gone: int
    damaged: int


def sealed_entries(client: DynamoDBClient, boxes_table: str) -> Iterator[bytes]:
    """The leaf hashes of all records that have a box, in no order; nothing is opened."""
    pages = client.get_paginator("scan").paginate(
        TableName=boxes_table, ProjectionExpression="pk", ConsistentRead=True
    )
    for page in pages:
        for row in page["Items"]:
            yield bytes.fromhex(row["pk"]["S"])


def choose(sealed: Iterable[bytes], wanted: Sequence[bytes]) -> tuple[bytes, ...]:
    """The entries to open, sorted: those wanted, or all when none is named.

    Raises `Refused` when there is nothing to open, or one of those wanted cannot be opened.
    """
    there = set(sealed)
    if not set(wanted) <= there:
        raise Refused("records: one of the entries has no record here, or its record was erased")
    if not there:
        raise Refused("records: there are none")
    return tuple(sorted(set(wanted) or there))


def open_records(
    folder: Path,
    sidecars: Sidecars,
    *,
    access: AccessEntry,
    log: Callable[[tuple[Leaf, ...]], str],
    advance: Callable[[int], None] = lambda _: None,
) -> Opened:
    """Write the access down, have it logged, and only then open its records into `folder`.

    `log` returns the leaf's proof once it is published. Whatever goes wrong after that, the log says that
    the records were opened.
    """
    write_private(folder / ACCESSES / f"{access.nonce.hex()}.json", access.to_bytes())
    proof = TlogProof.parse(log((AuditAccessLeaf(len(access.entries), access.nonce),)))
    size = Checkpoint.parse(proof.checkpoint.text).size
    opened = gone = damaged = 0
    for entry in access.entries:
        try:
            opening = sidecars.open(entry)
        except (Malformed, Untrue):
            damaged += 1
            continue
        finally:
            advance(1)
        if opening is None:
            gone += 1
            continue
        if opening.entry() != entry:
            damaged += 1
            continue
        line = canonical.encode({"v": 1, **opening.to_json()})
        write_private(folder / OPENINGS / f"{entry.hex()}.json", line)
        opened += 1
    return Opened(access, size, opened, gone, damaged)


def write_registers(folder: Path, register: ErasureRegister, sealed: Iterable[bytes], *, size: int) -> int:
    """Write the register of erasures and the inventory of what can still be opened; how many erasures.

    `size` is how many entries were published before either was read.
    """
    erasures = 0
    for erasure_id, erasure in register.completed():
        write_private(folder / ERASURES / f"{erasure_id.hex()}.json", erasure.to_bytes())
        erasures += 1
    lines = "".join(f"{entry.hex()}\n" for entry in sorted(sealed))
    write_private(folder / INVENTORY, f"{size}\n{lines}".encode("ascii"))
    return erasures


def check_private(folder: Path) -> None:
    """Make the folder, its owner's alone; raises `Refused` when it is there and others may read it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused("officer's folder: others may read it; make it its owner's alone (mode 700)")


def write_private(file: Path, data: bytes) -> None:
    """Write a file whole that its owner alone may read, in a folder that is its owner's alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
