"""Writes the ledger's own vectors; published ones are typed in by hand and carry their source.

Run as `python -m tests.support.ledger_vectors`: the files change only when a format does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from consent_ledger import leaf, log
from consent_ledger.purposes import Purpose
from consent_ledger.record import ConsentRecord, Gpc, LegalBasis, Status
from consent_ledger.storage.memory import MemoryStorage
from tests.support.ledger import (
    device_signer,
    log_signer,
    logged,
    numbered_leaf,
    opening,
    receipt_for,
    record,
)

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "ledger"
SOURCE = (
    "made by `python -m tests.support.ledger_vectors`; private keys are 32 equal bytes: log 0x01, device 0x02"
)


def write(name: str, **content: Any) -> None:
    """Write one file of vectors."""
    text = json.dumps({"source": SOURCE, **content}, indent=1, ensure_ascii=False, sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def records() -> list[ConsentRecord]:
    """One record of each purpose and status, with and without a previous event."""
    previous = opening().entry()
    return [
        record(),
        record(purpose=Purpose.LEARN, gpc=Gpc.PRESENT, legal_basis=LegalBasis.GDPR_CONSENT, event_at=0),
        record(purpose=Purpose.MEASURE, status=Status.REFUSED, notice_language="ar", notice_version=12),
        record(purpose=Purpose.REMEMBER, controller="a", event_at=253402300799),
        record(purpose=Purpose.REMIND, status=Status.WITHDRAWN, previous=previous),
        record(status=Status.WITHDRAWN, gpc=Gpc.APPLIED, previous=previous),
        record(purpose=Purpose.PLACE, status=Status.REFUSED, gpc=Gpc.APPLIED, previous=previous),
    ]


def leaves() -> list[leaf.Leaf]:
    """One leaf of each kind."""
    digest = bytes(range(32))
    return [
        opening().leaf(),
        leaf.ErasureLeaf(3, bytes(16)),
        leaf.NoticeLeaf(digest),
        leaf.TaskLeaf("riverton-moves-1", digest),
        leaf.KeysLeaf(digest),
        leaf.BundleLeaf("riverton", 7, digest),
        leaf.AuditAccessLeaf(2, bytes(16)),
        leaf.BudgetLeaf("riverton-moves-1", "2026-W47", 1000, 6, digest),
        leaf.BudgetLeaf("riverton-moves-1", "2019-11-21", None, None, digest),
        leaf.ModelLeaf("riverton", "proposed", digest, digest),
        leaf.ModelLeaf("riverton", "rolled-back", digest, bytes(32)),
    ]


def bad_receipts(good: dict[str, Any]) -> list[dict[str, Any]]:
    """One good receipt with one thing changed, why it must fail, and with which kind of error."""
    swaps: list[tuple[str, str, Callable[[dict[str, Any]], None]]] = []

    def swap(why: str, error: str, change: Callable[[dict[str, Any]], None]) -> None:
        swaps.append((why, error, change))

    def status(value: str) -> Callable[[dict[str, Any]], None]:
        def change(receipt: dict[str, Any]) -> None:
            receipt["record"]["dpv:hasProcess"][0]["dpv:hasConsentStatus"][0]["@type"] = [value]

        return change

    def proof(old: str, new: str) -> Callable[[dict[str, Any]], None]:
        def change(receipt: dict[str, Any]) -> None:
            assert old in receipt["proof"]
            receipt["proof"] = receipt["proof"].replace(old, new, 1)

        return change

    other = receipt_for(opening(1, purpose=Purpose.LEARN))
    stranger = json.loads(receipt_for(opening(0)).to_bytes())
    storage = MemoryStorage()
    logged(storage, *(numbered_leaf(number) for number in range(3)))
    elsewhere = log.proof_for(storage, logged(storage, numbered_leaf(1))[0])
    foreign = device_signer(9).sign(opening().record.signed_bytes())
    first_hash = good["proof"].split("\n")[2]
    signature = bytearray(base64.b64decode(good["signature"]))
    signature[0] ^= 1

    swap("a refusal turned into consent", "Untrue", status("dpv:ConsentRefused"))
    swap("a status outside the vocabulary", "Malformed", status("dpv:ConsentAssumed"))
    swap("another salt", "Untrue", lambda r: r.update(salt="00" * 32))
    swap("a short salt", "Malformed", lambda r: r.update(salt="00" * 31))
    swap("signed by a stranger", "Untrue", lambda r: r.update(signature=base64.b64encode(foreign).decode()))
    swap(
        "one bit of the signature",
        "Untrue",
        lambda r: r.update(signature=base64.b64encode(signature).decode()),
    )
    swap("another entry's leaf", "Untrue", lambda r: r.update(leaf=json.loads(other.to_bytes())["leaf"]))
    swap("another entry's proof", "Untrue", lambda r: r.update(proof=elsewhere))
    swap("another notice in the leaf", "Untrue", lambda r: r["leaf"].update(n="11" * 32))
    swap("a proof hash left out", "Untrue", proof(first_hash + "\n", ""))
    swap("a proof hash repeated", "Untrue", proof(first_hash, first_hash + "\n" + first_hash))
    swap("index beyond the tree", "Untrue", proof("index ", "index 9"))
    swap("index with a leading zero", "Malformed", proof("index ", "index 0"))
    swap("a larger tree than was signed", "Untrue", proof("\n13\n", "\n14\n"))
    swap("another log's name", "Untrue", proof("riverton.example/ledger/2026\n", "other.example/ledger\n"))
    swap("no version of the proof format", "Malformed", proof("@v1", "@v2"))
    swap("an unknown field", "Malformed", lambda r: r.update(extra=True))
    swap("a version of tomorrow", "Malformed", lambda r: r.update(v=2))
    swap("no record", "Malformed", lambda r: r.pop("record"))
    swap("an unknown field in the record", "Malformed", lambda r: r["record"].update({"dpv:hasName": "x"}))
    rows = []
    for why, error, change in swaps:
        changed = json.loads(json.dumps(stranger))
        change(changed)
        rows.append({"why": why, "error": error, "receipt": changed})
    return rows


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    write(
        "records.json",
        records=[
            {
                "record": json.loads(made.to_bytes()),
                "canonical_bytes": len(made.to_bytes()),
                "salt": opening(number).salt.hex(),
                "signature": base64.b64encode(device_signer().sign(made.signed_bytes())).decode(),
                "leaf": leaf.to_bytes(_opened(made, number).leaf()).decode(),
                "entry": _opened(made, number).entry().hex(),
            }
            for number, made in enumerate(records())
        ],
    )
    write(
        "leaves.json",
        leaves=[
            {"leaf": leaf.to_bytes(each).decode(), "entry": leaf.hash_of(each).hex()} for each in leaves()
        ],
    )
    made = receipt_for(opening())
    good = json.loads(made.to_bytes())
    write(
        "receipts.json",
        log_key=str(log_signer().key),
        receipts=[good, json.loads(receipt_for(opening(3, status=Status.REFUSED), others=0).to_bytes())],
    )
    write("bad_receipts.json", log_key=str(log_signer().key), receipts=bad_receipts(good))


def _opened(made: ConsentRecord, number: int) -> Any:
    return type(opening())(made, opening(number).salt, device_signer().sign(made.signed_bytes()))


if __name__ == "__main__":
    main()
