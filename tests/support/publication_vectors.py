"""Writes the vectors of what is published and logged by hash: key lists, documents, manifests, bundles.

Run as `python -m tests.support.publication_vectors`: the files change only when a format does.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.keys import MAX_KEYS, KeyList

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "publications"
SOURCE = "made by `python -m tests.support.publication_vectors`; private keys are 32 equal bytes"
ORIGIN = "riverton.example/ledger/2026"
BUNDLES = "riverton.example/bundles"


def write(name: str, **content: Any) -> None:
    """Write one file of vectors."""
    text = json.dumps({"source": SOURCE, **content}, indent=1, ensure_ascii=False, sort_keys=True)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def signer(name: str, byte: int) -> Ed25519Signer:
    """A signer whose seed is 32 times one byte."""
    return Ed25519Signer.from_seed(name, bytes([byte]) * 32)


def witness(number: int) -> WitnessKey:
    """The key of one witness."""
    name = f"witness-{number}.example"
    return WitnessKey(name, signer(name, 0x10 + number).key.public_key)


def key_lists() -> list[tuple[str, KeyList]]:
    """Key lists that are as they should be."""
    log, bundles = signer(ORIGIN, 1).key, signer(BUNDLES, 3).key
    three = [witness(number) for number in (1, 2, 3)]
    return [
        ("a log alone", KeyList.of(ORIGIN, [log])),
        ("a log and its bundles", KeyList.of(ORIGIN, [log], bundles=[bundles])),
        (
            "two of three witnesses",
            KeyList.of(ORIGIN, [log], witnesses=three, quorum=2, bundles=[bundles]),
        ),
        ("two log keys, one coming after the other", KeyList.of(ORIGIN, [log, signer(ORIGIN, 2).key])),
        ("witnesses that are asked and not needed", KeyList.of(ORIGIN, [log], witnesses=three)),
    ]


def bad_key_lists() -> list[tuple[str, bytes]]:
    """Key lists that must be refused, each for one reason."""
    sound = key_lists()[2][1]
    fields: dict[str, Any] = json.loads(sound.to_bytes())
    log, witnesses = fields["log"], fields["witnesses"]
    crowd = [str(WitnessKey(f"w{number:03}", bytes(32))) for number in range(MAX_KEYS + 1)]
    changes: list[tuple[str, dict[str, Any]]] = [
        ("another version", {"v": 2}),
        ("an unknown field", {"more": 1}),
        ("a log without a key", {"log": []}),
        ("keys out of order", {"witnesses": witnesses[::-1]}),
        ("a key twice", {"witnesses": [witnesses[0], *witnesses]}),
        ("a log key of another name", {"log": fields["bundles"]}),
        ("a log key of another log", {"origin": "elsewhere.example/ledger/2026"}),
        ("an empty origin", {"origin": ""}),
        ("a witness key that is a signer's", {"witnesses": log}),
        ("a signer's key that is a witness's", {"bundles": witnesses[:1]}),
        ("a quorum of more than there are", {"quorum": 4}),
        ("a quorum below nothing", {"quorum": -1}),
        ("a quorum in words", {"quorum": "2"}),
        ("a key that is no text", {"bundles": [1]}),
        ("a key id of another key", {"log": [log[0].replace("+", "+0", 1)]}),
        ("keys that are no list", {"bundles": {}}),
        ("too many keys", {"witnesses": sorted(crowd)}),
    ]
    cases = [(why, canonical.encode(fields | change)) for why, change in changes]
    for name in fields:
        missing = {key: value for key, value in fields.items() if key != name}
        cases.append((f"without {name}", canonical.encode(missing)))
    raw = sound.to_bytes()
    return [
        *cases,
        ("a space", raw.replace(b",", b", ", 1)),
        ("a newline at the end", raw + b"\n"),
        ("nothing", b""),
        ("a list", b"[]"),
    ]


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    write(
        "keys.json",
        lists=[
            {
                "what": what,
                "text": each.to_bytes().decode(),
                "sha256": hashlib.sha256(each.to_bytes()).hexdigest(),
            }
            for what, each in key_lists()
        ],
    )
    write(
        "bad_keys.json",
        lists=[{"why": why, "error": "Malformed", "text": raw.decode()} for why, raw in bad_key_lists()],
    )


if __name__ == "__main__":
    main()
