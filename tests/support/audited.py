"""A small agency's whole history as an auditor finds it: a log in a folder, and the officer's own folder."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consent_ledger import canonical, leaf, log
from consent_ledger.auditing.access import AccessEntry
from consent_ledger.cosignature import WitnessKey, cosign
from consent_ledger.documents import path_of
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.erasure import Erasure
from consent_ledger.keys import KeyList
from consent_ledger.leaf import (
    AuditAccessLeaf,
    BudgetLeaf,
    BundleLeaf,
    ErasureLeaf,
    KeysLeaf,
    Leaf,
    NoticeLeaf,
    TaskLeaf,
)
from consent_ledger.merkle import NodeReader
from consent_ledger.note import Note
from consent_ledger.purposes import Purpose
from consent_ledger.receipt import Opening, Receipt
from consent_ledger.record import Gpc, Status
from consent_ledger.storage.file import FileStorage
from consent_ledger.tlog_proof import TlogProof
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Mechanism, Period, Privacy, Release, Source, Unit
from edge_client.wire.task import MeasurementTask, TaskKind, print_tasks
from tests.support.ledger import dice, log_signer, record

DAY_S = 24 * 60 * 60
BEGINS_AT = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
NOTICE = b"what we ask, in English"
TASK = "riverton-moves-1"


def witness_signers() -> tuple[Ed25519Signer, ...]:
    """Three witnesses."""
    return tuple(
        Ed25519Signer.from_seed(f"witness-{seed}.example", bytes([seed]) * 32) for seed in (21, 22, 23)
    )


def witness_keys() -> tuple[WitnessKey, ...]:
    """Their keys."""
    return tuple(WitnessKey(each.key.name, each.key.public_key) for each in witness_signers())


@dataclass(slots=True)
class TimedWitnesses:
    """Cosigns everything at the time that the clock shows; what a `log.Cosigners` does."""

    at: int

    def suffice(self, note: Note) -> bool:
        """Whether all three signed."""
        return len(note.signatures) > len(witness_signers())

    def cosign(self, note: Note, *, known: int, node: NodeReader) -> Note:
        """All three, a second apart."""
        for late, signer in enumerate(witness_signers()):
            note = cosign(note, signer, cosigned_at=self.at + late)
        return note


@dataclass
class Agency:
    """An agency with its log in `copy` and its officer's folder in `officer`; the clock is moved by hand."""

    copy: Path
    officer: Path
    at: int = BEGINS_AT
    openings: dict[str, Opening] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.storage = FileStorage(self.copy)

    def publish(self, *leaves: Leaf, documents: tuple[bytes, ...] = ()) -> list[bytes]:
        """Put documents in their place, log leaves, and publish; return the leaf hashes."""
        for data in documents:
            self.storage.write_once(path_of(hashlib.sha256(data).digest()), data)
        entries = [log.accept(self.storage, leaf.to_bytes(each)) for each in leaves]
        log.advance(self.storage, log_signer(), dice=dice(), cosigners=TimedWitnesses(self.at))
        return entries

    def pass_days(self, days: int) -> None:
        """Move the clock on."""
        self.at += days * DAY_S

    def decide(
        self,
        name: str,
        device: int,
        *,
        purpose: Purpose,
        status: Status = Status.GIVEN,
        gpc: Gpc = Gpc.ABSENT,
        after: str | None = None,
        **changes: Any,
    ) -> Leaf:
        """One decision by the device with this number, kept under `name`; returns the leaf to publish."""
        signer = Ed25519Signer.from_seed("device", bytes([device]) * 32)
        fields: dict[str, Any] = {
            "record_id": f"6f1c2a34-5b6d-4e7f-8a9b-{len(self.openings):012x}",
            "subject_key": signer.key.public_key,
            "purpose": purpose,
            "status": status,
            "gpc": gpc,
            "notice_hash": hashlib.sha256(NOTICE).digest(),
            "event_at": self.at - 60,
            "previous": None if after is None else self.openings[after].entry(),
        }
        made = record(**{**fields, **changes})
        opening = Opening(made, hashlib.sha256(name.encode()).digest(), signer.sign(made.signed_bytes()))
        self.openings[name] = opening
        return opening.leaf()

    def erase(self, *names: str) -> None:
        """Erase records: register, leaf, and no opening any more."""
        nonce = hashlib.sha256("".join(names).encode()).digest()[:16]
        entry = Erasure(len(names), self.at - 30, self.at - 29, 0)
        self.file("erasures", f"{nonce.hex()}.json", entry.to_bytes())
        self.publish(ErasureLeaf(len(names), nonce))
        for name in names:
            del self.openings[name]

    def open_records(self, *, reason: str, by: str = "officer 7") -> None:
        """Log that every record is opened, then open them, and list what still opens."""
        entries = tuple(sorted(opening.entry() for opening in self.openings.values()))
        access = AccessEntry(by, reason, entries, self.at - 10, secrets.token_bytes(16))
        self.file("accesses", f"{access.nonce.hex()}.json", access.to_bytes())
        self.publish(AuditAccessLeaf(len(entries), access.nonce))
        for opening in self.openings.values():
            data = canonical.encode({"v": 1, **opening.to_json()})
            self.file("openings", f"{opening.entry().hex()}.json", data)
        self.write_inventory(entries)

    def write_inventory(self, entries: Iterable[bytes], *, begun_at: int | None = None) -> None:
        """List what still opens, begun when so many entries were published and ended now."""
        lines = "".join(f"{entry.hex()}\n" for entry in sorted(entries))
        until = self.storage.head().size
        begun_at = until if begun_at is None else begun_at
        self.file("", "inventory", f"{begun_at} {until}\n{lines}".encode())

    def file(self, register: str, name: str, data: bytes) -> Path:
        """Write one file of the officer's folder."""
        place = self.officer / register / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return place

    def receipt(self, name: str) -> bytes:
        """The receipt of a decision."""
        opening = self.openings[name]
        proof = log.proof_for(self.storage, opening.entry())
        assert proof is not None
        return Receipt(opening, opening.leaf(), TlogProof.parse(proof)).to_bytes()


def keys_document() -> bytes:
    """The keys in force."""
    bundles = Ed25519Signer.from_seed("riverton.example/bundles", bytes([31]) * 32).key
    keys = KeyList.of(
        log_signer().key.name, [log_signer().key], witnesses=witness_keys(), quorum=2, bundles=[bundles]
    )
    return keys.to_bytes()


def task() -> MeasurementTask:
    """The one task."""
    return MeasurementTask(
        task_id=TASK,
        kind=TaskKind.PAGE_PAIRS,
        site="riverton",
        pages_hash="ab" * 32,
        pages=2,
        pairs_per_week=4,
        k=10,
        epsilon_milli=1000,
        delta_exp=6,
        purpose="learn",
        sentence="Each week this device adds 4 page pairs, or nothing, to a count.",
    )


def release(*, k: int = 15, epsilon_milli: int = 1000) -> bytes:
    """A release of the task's first week."""
    made = Release.of(
        {(ItemId("/"), ItemId("/tax")): 141},
        site="riverton",
        source=Source.CONTRIBUTIONS,
        period=Period("2026-W45", "2026-W45"),
        privacy=Privacy(k=k, mechanism=Mechanism.DISCRETE_LAPLACE, epsilon_milli=epsilon_milli, delta_exp=6),
        bound=Bound(Unit.DEVICE_WEEK, 4),
    )
    return made.to_bytes()


def manifest(version: int = 1, *, keys: bytes | None = None) -> bytes:
    """The text of a bundle's manifest."""
    tasks = print_tasks((task(),))
    fields = {
        "v": 1,
        "site": "riverton",
        "version": version,
        "previous": None,
        "not_before": BEGINS_AT,
        "expires": BEGINS_AT + 30 * DAY_S,
        "min_client": "0.1.0",
        "keys": hashlib.sha256(keys or keys_document()).hexdigest(),
        "files": {"tasks.json": {"sha256": hashlib.sha256(tasks).hexdigest(), "bytes": len(tasks)}},
        "code": {"loader.js": "cd" * 32},
    }
    return b"nearside bundle riverton\n" + canonical.encode(fields) + b"\n"


def budget(data: bytes, *, period: str = "2026-W45", epsilon_milli: int | None = 1000) -> BudgetLeaf:
    """The leaf of a release."""
    delta_exp = None if epsilon_milli is None else 6
    return BudgetLeaf(TASK, period, epsilon_milli, delta_exp, hashlib.sha256(data).digest())


def agency(
    folder: Path, *, until: Callable[[Agency], object] | None = None, reason: str = "yearly audit"
) -> Agency:
    """Ten days of an honest agency; `until` may do something else before the officer opens the records."""
    made = Agency(folder / "copy", folder / "officer")
    made.publish(
        KeysLeaf(hashlib.sha256(keys_document()).digest()),
        NoticeLeaf(hashlib.sha256(NOTICE).digest()),
        TaskLeaf(TASK, hashlib.sha256(task().to_bytes()).digest()),
        BundleLeaf("riverton", 1, hashlib.sha256(manifest()).digest()),
        documents=(keys_document(), NOTICE, task().to_bytes(), manifest(), print_tasks((task(),))),
    )
    made.pass_days(1)
    made.publish(
        made.decide("a suggest", 10, purpose=Purpose.SUGGEST),
        made.decide("a learn", 10, purpose=Purpose.LEARN, after="a suggest"),
        made.decide("b learn", 11, purpose=Purpose.LEARN),
        made.decide("c learn", 12, purpose=Purpose.LEARN, status=Status.REFUSED, gpc=Gpc.PRESENT),
        made.decide("d learn", 13, purpose=Purpose.LEARN),
    )
    made.pass_days(2)
    made.publish(
        made.decide(
            "b off", 11, purpose=Purpose.LEARN, status=Status.WITHDRAWN, gpc=Gpc.APPLIED, after="b learn"
        )
    )
    made.pass_days(5)
    made.publish(budget(release()), documents=(release(),))
    made.pass_days(1)
    made.erase("d learn")
    if until is not None:
        until(made)
    made.pass_days(1)
    made.open_records(reason=reason)
    return made
