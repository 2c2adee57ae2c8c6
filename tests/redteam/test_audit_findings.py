"""Everything that an operator, an agency or an officer can do to the ledger, and the finding that shows it.

Each attack is done to a copy of an honest agency's ten days; the audit then names it, with status 1.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger import canonical, leaf, log
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.documents import path_of
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.erasure import Erasure
from consent_ledger.leaf import AuditAccessLeaf, BundleLeaf, ErasureLeaf, KeysLeaf, NoticeLeaf, TaskLeaf
from consent_ledger.merkle import leaf_hash
from consent_ledger.note import Note
from consent_ledger.purposes import Purpose
from consent_ledger.storage.memory import MemoryStorage
from tests.support.audited import (
    DAY_S,
    Agency,
    TimedWitnesses,
    agency,
    budget,
    keys_document,
    manifest,
    release,
    task,
)
from tests.support.ledger import dice, log_signer, numbered_leaf
from tests.unit.test_ledger_audit import audit

Attack = Callable[[Agency], "list[object] | None"]
BEFORE: dict[str, Attack] = {}
AFTER: dict[str, Attack] = {}


def before(code: str) -> Callable[[Attack], Attack]:
    """An attack done before the officer opens the records; the audit must find `code`."""
    return lambda attack: BEFORE.setdefault(code, attack)


def after(code: str) -> Callable[[Attack], Attack]:
    """An attack done to what the auditor is given."""
    return lambda attack: AFTER.setdefault(code, attack)


def hash_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def change(file: Path, *, at: int = -1) -> None:
    """Flip one bit of a file."""
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def forked(size: int) -> bytes:
    """A checkpoint of another tree under the log's own name and key."""
    storage = MemoryStorage()
    for number in range(size):
        log.accept(storage, numbered_leaf(number))
    log.advance(storage, log_signer(), dice=dice(), cosigners=TimedWitnesses(1_793_600_000))
    made = storage.checkpoint()
    assert made is not None
    return made


# The operator and the past


@after("past-rewritten")
def _(made: Agency) -> list[object]:
    kept = made.copy.parent / "kept"
    kept.write_bytes(forked(7))
    return ["--since", kept]


@after("split-view")
def _(made: Agency) -> None:
    made.file("witnesses", "witness-21", forked(9))


@after("log-shrunk")
def _(made: Agency) -> list[object]:
    kept = made.copy.parent / "kept"
    shutil.copy(made.copy / "checkpoint", kept)
    shutil.copy(made.copy / "checkpoints/12", made.copy / "checkpoint")
    return ["--since", kept]


@after("too-few-witnesses")
def _(made: Agency) -> None:
    note = Note.from_bytes((made.copy / "checkpoint").read_bytes())
    (made.copy / "checkpoint").write_bytes(Note(note.text, note.signatures[:2]).to_bytes())


@after("checkpoint-false")
def _(made: Agency) -> None:
    change(made.copy / "checkpoints/10", at=40)


@after("tile-contradicts-entries")
def _(made: Agency) -> None:
    change(made.copy / "tile/0/000.p/13")


@after("tile-damaged")
def _(made: Agency) -> None:
    shutil.copy(made.copy / "tile/0/000.p/12", made.copy / "tile/0/000.p/13")


@after("entries-missing")
def _(made: Agency) -> None:
    (made.copy / "tile/entries/000.p/13").unlink()


@after("entries-damaged")
def _(made: Agency) -> None:
    file = made.copy / "tile/entries/000.p/13"
    file.write_bytes(file.read_bytes()[:-1])


@before("entry-no-leaf")
def _(made: Agency) -> None:
    entry = b'{"k":"note to self","v":1}'
    made.storage.put_entry(leaf_hash(entry), entry)
    made.publish()


@before("entry-twice")
def _(made: Agency) -> None:
    made.storage.put_entry(
        b"another name".ljust(32), leaf.to_bytes(NoticeLeaf(hash_of(b"what we ask, in English")))
    )
    made.publish()


# Receipts and records


@after("receipt-false")
def _(made: Agency) -> list[object]:
    receipt = json.loads(made.receipt("b learn"))
    receipt["salt"] = "00" * 32
    file = made.copy.parent / "receipt.json"
    file.write_bytes(canonical.encode(receipt))
    return ["--receipt", file]


@before("record-not-signed")
def _(made: Agency) -> None:
    """The agency invents a "given": it can log it, but nobody's key signed it."""
    made.publish(made.decide("invented", 14, purpose=Purpose.LEARN))
    invented = made.openings["invented"]
    agency_key = Ed25519Signer.from_seed("agency", bytes([99]) * 32)
    made.openings["invented"] = replace(invented, signature=agency_key.sign(invented.record.signed_bytes()))


@after("record-not-logged")
def _(made: Agency) -> None:
    made.decide("unlogged", 14, purpose=Purpose.LEARN)
    made.file("openings", "x.json", canonical.encode({"v": 1, **made.openings["unlogged"].to_json()}))


@after("record-unreadable")
def _(made: Agency) -> None:
    made.file("openings", "x.json", b"{}")


@before("notice-not-logged")
def _(made: Agency) -> None:
    made.publish(made.decide("secret", 14, purpose=Purpose.LEARN, notice_hash=hash_of(b"never logged")))


@before("notice-logged-later")
def _(made: Agency) -> None:
    made.publish(made.decide("early", 14, purpose=Purpose.LEARN, notice_hash=hash_of(b"later")))
    made.publish(NoticeLeaf(hash_of(b"later")), documents=(b"later",))


@before("release-before-consent")
def _(made: Agency) -> None:
    learnt = replace(task(), task_id="riverton-places-1", purpose="measure").to_bytes()
    made.publish(TaskLeaf("riverton-places-1", hash_of(learnt)), documents=(learnt,))
    other = release(k=16)
    made.publish(replace(budget(other), task="riverton-places-1"), documents=(other,))


@before("chain-gap")
def _(made: Agency) -> None:
    made.publish(made.decide("gap", 14, purpose=Purpose.LEARN, previous=bytes(32)))


@before("chain-foreign")
def _(made: Agency) -> None:
    made.publish(made.decide("foreign", 14, purpose=Purpose.LEARN, after="c learn"))


@before("chain-forked")
def _(made: Agency) -> None:
    made.publish(made.decide("fork", 11, purpose=Purpose.SUGGEST, after="b learn"))


@before("chain-backdated")
def _(made: Agency) -> None:
    made.publish(
        made.decide("old", 10, purpose=Purpose.LEARN, after="a learn", event_at=made.at - 30 * DAY_S)
    )


@before("record-postdated")
def _(made: Agency) -> None:
    made.publish(made.decide("young", 14, purpose=Purpose.LEARN, event_at=made.at + 9 * DAY_S))


# Erasures


@after("silent-deletion")
def _(made: Agency) -> None:
    made.write_inventory(sorted(opening.entry() for opening in made.openings.values())[1:])


@after("erased-yet-open")
def _(made: Agency) -> None:
    consents = [entry for entry in _entries(made) if entry["k"] == "consent"]
    made.write_inventory(leaf_hash(canonical.encode(entry)) for entry in consents)


@before("erased-too-many")
def _(made: Agency) -> None:
    made.publish(ErasureLeaf(50, bytes(16)))


@before("erasure-unregistered")
def _(made: Agency) -> None:
    made.publish(ErasureLeaf(1, bytes(16)))


@after("erasure-count-differs")
def _(made: Agency) -> None:
    (file,) = (made.officer / "erasures").iterdir()
    file.write_bytes(replace(Erasure.from_bytes(file.read_bytes()), count=2).to_bytes())


@after("erasure-times-impossible")
def _(made: Agency) -> None:
    (file,) = (made.officer / "erasures").iterdir()
    entry = Erasure.from_bytes(file.read_bytes())
    later = entry.completed_at + 9 * DAY_S
    file.write_bytes(replace(entry, requested_at=later, completed_at=later).to_bytes())


@after("erasure-not-logged")
def _(made: Agency) -> None:
    made.file("erasures", f"{'0' * 32}.json", Erasure(1, 1, 2, 0).to_bytes())


@after("erasure-unreadable")
def _(made: Agency) -> None:
    made.file("erasures", f"{'0' * 32}.json", b"[]")


# Openings by officers


@before("access-unregistered")
def _(made: Agency) -> None:
    made.publish(AuditAccessLeaf(1, bytes(16)))


@before("access-count-differs")
def _(made: Agency) -> None:
    access = AccessEntry("officer 8", "curiosity", (bytes(32), bytes([1]) * 32), made.at, bytes(16))
    made.file("accesses", f"{access.nonce.hex()}.json", access.to_bytes())
    made.publish(AuditAccessLeaf(1, access.nonce))


@after("access-not-logged")
def _(made: Agency) -> None:
    access = AccessEntry("officer 8", "curiosity", (bytes(32),), made.at, bytes(16))
    made.file("accesses", f"{access.nonce.hex()}.json", access.to_bytes())


@after("access-unreadable")
def _(made: Agency) -> None:
    made.file("accesses", f"{'0' * 32}.json", b"[]")


@after("opened-unlogged")
def _(made: Agency) -> None:
    """More was opened than was told: the register is cut to one entry, under a leaf of its own."""
    (file,) = (made.officer / "accesses").iterdir()
    access = AccessEntry.from_bytes(file.read_bytes())
    fewer = replace(access, entries=access.entries[:1])
    file.unlink()
    made.file("accesses", f"{fewer.nonce.hex()}.json", fewer.to_bytes())
    made.publish(AuditAccessLeaf(1, fewer.nonce))


# Publications


@before("never-served")
def _(made: Agency) -> None:
    """A bundle for one person's eyes: logged, because devices demand it, and never shown to anybody else."""
    made.publish(BundleLeaf("riverton", 2, hash_of(b"for one person")))


@after("served-other-bytes")
def _(made: Agency) -> None:
    change(made.copy / path_of(hash_of(release())))


@before("released-twice")
def _(made: Agency) -> None:
    again = release(k=16)
    made.publish(budget(again), documents=(again,))


@before("task-not-logged")
def _(made: Agency) -> None:
    other = release(k=16)
    made.publish(replace(budget(other), task="unknown"), documents=(other,))


@before("budget-overspent")
def _(made: Agency) -> None:
    other = release(epsilon_milli=9000)
    made.publish(budget(other, period="2026-W46", epsilon_milli=9000), documents=(other,))


@before("release-differs")
def _(made: Agency) -> None:
    other = release(epsilon_milli=900)
    made.publish(budget(other, period="2026-W46"), documents=(other,))


@before("release-under-k")
def _(made: Agency) -> None:
    other = release(k=5)
    made.publish(budget(other, period="2026-W46"), documents=(other,))


@before("release-unusable")
def _(made: Agency) -> None:
    """A cell under the release's own k."""
    other = release().replace(b",41]", b",3]")
    made.publish(budget(other, period="2026-W46"), documents=(other,))


@before("task-unreadable")
def _(made: Agency) -> None:
    made.publish(TaskLeaf("odd", hash_of(b"odd")), documents=(b"odd",))
    other = release(k=16)
    made.publish(replace(budget(other), task="odd"), documents=(other,))


@before("manifest-unreadable")
def _(made: Agency) -> None:
    made.publish(BundleLeaf("riverton", 2, hash_of(b"odd")), documents=(b"odd",))


@before("bundle-keys-not-logged")
def _(made: Agency) -> None:
    text = manifest(2, keys=b"other keys")
    made.publish(BundleLeaf("riverton", 2, hash_of(text)), documents=(text,))


@after("key-not-listed")
def _(made: Agency) -> None:
    """The log changes its key and tells nobody: only the list in the log is another one now."""
    listed = json.loads(keys_document())
    other = str(Ed25519Signer.from_seed(log_signer().key.name, bytes([77]) * 32).key)
    text = canonical.encode({**listed, "log": [other]})
    shutil.rmtree(made.copy)
    fresh = Agency(made.copy, made.officer)
    fresh.publish(KeysLeaf(hash_of(text)), documents=(text,))


def _entries(made: Agency) -> list[dict[str, object]]:
    from consent_ledger.tiles import read_entries, tiles_of

    size = made.storage.head().clean
    found = (read_entries(tile, made.storage.read) for tile in tiles_of(size) if tile.level < 0)
    return [json.loads(entry) for bundle in found for entry in bundle]


ATTACKS = sorted({**BEFORE, **AFTER})


@pytest.mark.parametrize("code", ATTACKS)
def test_an_attack_is_found(code: str, tmp_path: Path) -> None:
    """The audit names it, and leaves with status 1."""
    made = agency(tmp_path, until=BEFORE.get(code))
    extra = AFTER[code](made) or [] if code in AFTER else []
    result = audit(made, "--out", tmp_path / "report", *extra)
    assert result.exit_code == 1, result.output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    found = {finding["code"] for answer in report["answers"] for finding in answer["findings"]}
    assert code in found


def test_every_finding_has_an_attack() -> None:
    """No finding is there that no test has ever seen."""
    folder = Path(__file__).resolve().parents[2] / "consent_ledger" / "auditing"
    named = {
        code
        for file in folder.glob("*.py")
        for code in re.findall(r"\"([a-z]+(?:-[a-z]+)+)\"", file.read_text())
        if "inding(" in file.read_text()
    }
    assert named - set(ATTACKS) - {"event-not-logged"} == set()
    assert set(ATTACKS) - named == set()


def test_every_finding_is_explained() -> None:
    """The table of findings in docs/formats/audit.md names each code, and no other."""
    page = Path(__file__).resolve().parents[2] / "docs" / "formats" / "audit.md"
    table = page.read_text().split("## Findings")[1].split("##")[0]
    told = {
        code
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", row)
    }
    assert told == {*ATTACKS, "event-not-logged"}
