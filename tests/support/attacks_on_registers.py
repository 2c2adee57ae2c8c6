"""What an agency or an officer can do to the registers of erasures and of openings."""

from __future__ import annotations

import json
from dataclasses import replace

from consent_ledger import canonical
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.erasure import Erasure
from consent_ledger.leaf import AuditAccessLeaf, ErasureLeaf, NoticeLeaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.tiles import read_entries, tiles_of
from tests.support.audit_attacks import Attacks, hash_of
from tests.support.audited import (
    DAY_S,
    Agency,
)

ATTACKS = Attacks()


@ATTACKS.after("silent-deletion")
def _(made: Agency) -> None:
    made.write_inventory(sorted(opening.entry() for opening in made.openings.values())[1:])


@ATTACKS.after("erased-yet-open")
def _(made: Agency) -> None:
    consents = [entry for entry in entries_of(made) if entry["k"] == "consent"]
    made.write_inventory(leaf_hash(canonical.encode(entry)) for entry in consents)


@ATTACKS.before("erased-too-many")
def _(made: Agency) -> None:
    made.publish(ErasureLeaf(50, bytes(16)))


@ATTACKS.before("erasure-unregistered")
def _(made: Agency) -> None:
    made.publish(ErasureLeaf(1, bytes(16)))


@ATTACKS.after("erasure-count-differs")
def _(made: Agency) -> None:
    (file,) = (made.officer / "erasures").iterdir()
    file.write_bytes(replace(Erasure.from_bytes(file.read_bytes()), count=2).to_bytes())


@ATTACKS.after("erasure-times-impossible")
def _(made: Agency) -> None:
    (file,) = (made.officer / "erasures").iterdir()
    entry = Erasure.from_bytes(file.read_bytes())
    later = entry.completed_at + 9 * DAY_S
    file.write_bytes(replace(entry, requested_at=later, completed_at=later).to_bytes())


@ATTACKS.after("erasure-not-logged")
def _(made: Agency) -> None:
    made.file("erasures", f"{'0' * 32}.json", Erasure(1, 1, 2, 0).to_bytes())
    # The log has grown since the register was written down, and the leaf is not in it.
    made.publish(NoticeLeaf(hash_of(b"later")), documents=(b"later",))


@ATTACKS.after("kept-after-erasure")
def _(made: Agency) -> None:
    """The officer keeps a record that was erased."""
    made.erase("c learn")
    made.write_inventory(opening.entry() for opening in made.openings.values())


@ATTACKS.after("erasure-unreadable")
def _(made: Agency) -> None:
    made.file("erasures", f"{'0' * 32}.json", b"[]")


@ATTACKS.before("access-unregistered")
def _(made: Agency) -> None:
    made.publish(AuditAccessLeaf(1, bytes(16)))


@ATTACKS.before("access-count-differs")
def _(made: Agency) -> None:
    access = AccessEntry("officer 8", "curiosity", (bytes(32), bytes([1]) * 32), made.at, bytes(16))
    made.file("accesses", f"{access.nonce.hex()}.json", access.to_bytes())
    made.publish(AuditAccessLeaf(1, access.nonce))


@ATTACKS.after("access-not-logged")
def _(made: Agency) -> None:
    access = AccessEntry("officer 8", "curiosity", (bytes(32),), made.at, bytes(16))
    made.file("accesses", f"{access.nonce.hex()}.json", access.to_bytes())


@ATTACKS.after("access-unreadable")
def _(made: Agency) -> None:
    made.file("accesses", f"{'0' * 32}.json", b"[]")


@ATTACKS.after("opened-unlogged")
def _(made: Agency) -> None:
    """More was opened than was told: the register is cut to one entry, under a leaf of its own."""
    (file,) = (made.officer / "accesses").iterdir()
    access = AccessEntry.from_bytes(file.read_bytes())
    fewer = replace(access, entries=access.entries[:1])
    file.unlink()
    made.file("accesses", f"{fewer.nonce.hex()}.json", fewer.to_bytes())
    made.publish(AuditAccessLeaf(1, fewer.nonce))


def entries_of(made: Agency) -> list[dict[str, object]]:
    """Every entry of the log."""
    size = made.storage.head().clean
    found = (read_entries(tile, made.storage.read) for tile in tiles_of(size) if tile.level < 0)
    return [json.loads(entry) for bundle in found for entry in bundle]
