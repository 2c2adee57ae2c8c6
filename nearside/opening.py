"""Opening an agency's consent records: logged before the first one is opened, and written down for audits.

The officer's folder is private: its folders and files are its owner's alone. Layout: docs/formats/audit.md.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from consent_ledger.auditing.access import AccessEntry
from consent_ledger.checkpoint import Checkpoint
from consent_ledger.erasing import ErasureRegister
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.leaf import AuditAccessLeaf, Leaf
from consent_ledger.note import Note
from consent_ledger.sidecar import Sidecars
from consent_ledger.storage.ports import Storage
from consent_ledger.storage.whole_file import PRIVATE, replace_file
from consent_ledger.tlog_proof import TlogProof
from nearside.officer_folder import ACCESSES, ERASURES, INVENTORY, OPENINGS, UNFINISHED


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opening came to: records opened, erased in between, sealed under another key or damaged."""

    opened: int
    gone: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Registered:
    """What was written beside the openings: erasures finished and under way, and copies deleted."""

    erasures: int
    unfinished: int
    forgotten: int


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


def register_of(folder: Path, access: AccessEntry) -> Path:
    """The file of the officer's register that an opening is written down in."""
    return folder / ACCESSES / f"{access.nonce.hex()}.json"


def open_records(
    folder: Path,
    sidecars: Sidecars,
    *,
    access: AccessEntry,
    ledger: Storage,
    log: Callable[[tuple[Leaf, ...]], str],
    advance: Callable[[int], None] = lambda _: None,
) -> Opened:
    """Write the access down, have it logged, and only then open its records into `folder`.

    `log` accepts leaves and returns the proof of the last one once all are published. Whatever goes wrong
    after that, the log says that the records were opened. What was opened and is not published yet is, when
    this returns: whoever kept a record may have stopped before logging it.
    """
    replace_file(register_of(folder, access), access.to_bytes(), mode=PRIVATE)
    proof = TlogProof.parse(log((AuditAccessLeaf(len(access.entries), access.nonce),)))
    size = Checkpoint.parse(proof.checkpoint.text).size
    late: list[Leaf] = []
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
        replace_file(folder / OPENINGS / f"{entry.hex()}.json", opening.to_bytes(), mode=PRIVATE)
        opened += 1
        index = ledger.index_of(entry)
        if index is None or index >= size:
            late.append(opening.leaf())
    if late:
        log(tuple(late))
    return Opened(opened, gone, damaged)


def write_registers(
    folder: Path, register: ErasureRegister, sidecars: Sidecars, *, ledger: Storage
) -> Registered:
    """Write down what erasures there were and are, and what still opens; delete what was erased since.

    An erasure is registered before it destroys anything, and so read after the records are listed: whatever
    no longer opened by then, one of those written down or already logged destroyed it.
    """
    before = published_size(ledger)
    sealed = frozenset(sidecars.sealed())
    under_way = tuple(register.under_way())
    finished = set()
    for erasure_id, erasure in register.completed():
        replace_file(folder / ERASURES / f"{erasure_id.hex()}.json", erasure.to_bytes(), mode=PRIVATE)
        finished.add(erasure_id)
    unfinished = [
        f"{each.erasure_id.hex()} {'-' if each.count is None else each.count}\n"
        for each in under_way
        if each.erasure_id not in finished
    ]
    replace_file(folder / UNFINISHED, "".join(sorted(unfinished)).encode("ascii"), mode=PRIVATE)
    lines = "".join(f"{entry.hex()}\n" for entry in sorted(sealed))
    after = published_size(ledger)
    replace_file(folder / INVENTORY, f"{before} {after}\n{lines}".encode("ascii"), mode=PRIVATE)
    return Registered(len(finished), len(unfinished), forget_erased(folder, sealed, ledger=ledger))


def forget_erased(folder: Path, sealed: frozenset[bytes], *, ledger: Storage) -> int:
    """Delete the records opened before that are erased by now; return how many.

    Erased is what this log knows and what is not `sealed`: a folder of another deployment keeps its records.
    """
    forgotten = 0
    for file in (folder / OPENINGS).glob("*.json*"):
        name = file.name.partition(".")[0]
        if re.fullmatch(r"[0-9a-f]{64}", name) is None:
            continue
        entry = bytes.fromhex(name)
        if entry not in sealed and ledger.knows(entry):
            file.unlink()
            forgotten += file.suffix == ".json"
    return forgotten


def published_size(ledger: Storage) -> int:
    """How many entries the published checkpoint tells of; 0 before the first one."""
    published = ledger.checkpoint()
    return 0 if published is None else Checkpoint.parse(Note.from_bytes(published).text).size


def make_private(folder: Path) -> None:
    """Make the folder, its owner's alone; raises `Refused` when it is there and others may read it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(folder.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refused("officer's folder: others may read it; make it its owner's alone (mode 700)")
