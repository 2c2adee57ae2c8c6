"""Writes the vectors of what is published and logged by hash: key lists, documents, manifests, bundles.

Run as `python -m tests.support.publication_vectors`: the files change only when a format does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from consent_ledger import canonical
from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import Ed25519Signer
from consent_ledger.keys import MAX_KEYS, KeyList
from consent_ledger.leaf import BundleLeaf, to_bytes
from consent_ledger.log import accept, advance, proof_for
from consent_ledger.storage.memory import MemoryStorage
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.manifest import (
    CANARY_NAMES,
    FILE_NAMES,
    MAX_CODE_FILES,
    MAX_FILE_BYTES,
    Canary,
    FileEntry,
    Manifest,
)

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


def manifests() -> list[tuple[str, Manifest]]:
    """Manifests that are as they should be."""
    runtime = "runtime/0123456789abcdef/"
    first = Manifest(
        site="riverton",
        version=1,
        previous=None,
        not_before=1_795_000_000,
        expires=1_797_592_000,
        min_client="0.1.0",
        keys=hashlib.sha256(key_lists()[1][1].to_bytes()).hexdigest(),
        files={name: FileEntry(hashlib.sha256(name.encode()).hexdigest(), len(name)) for name in FILE_NAMES},
        code={
            path: hashlib.sha256(path.encode()).hexdigest()
            for path in ("loader.js", f"{runtime}edge_client.whl", f"{runtime}worker.js")
        },
    )
    return [
        ("a first bundle", first),
        (
            "one that follows",
            replace(first, version=2, previous=hashlib.sha256(first.to_bytes()).hexdigest()),
        ),
        ("no code on the shelf", replace(first, code={})),
        ("no files", replace(first, files={})),
        (
            "a model on trial with one device in twenty",
            replace(
                first,
                files={
                    **first.files,
                    **{
                        name: FileEntry(hashlib.sha256(name.encode()).hexdigest(), 1) for name in CANARY_NAMES
                    },
                },
                canary=Canary(50, hashlib.sha256(b"proposal").hexdigest()),
            ),
        ),
    ]


def bad_manifests() -> list[tuple[str, str]]:
    """Texts that are no manifest, each for one reason."""
    sound = str(manifests()[0][1])
    head, line, _ = sound.split("\n")
    fields: dict[str, Any] = json.loads(line)
    entry = fields["files"]["rules.json"]
    changes: list[tuple[str, dict[str, Any]]] = [
        ("another version of the format", {"v": 2}),
        ("an unknown field", {"more": 1}),
        ("a site in capitals", {"site": "Riverton"}),
        ("version nought", {"version": 0}),
        ("a version in words", {"version": "1"}),
        ("a version that is true", {"version": True}),
        ("a previous that is no hash", {"previous": "ab"}),
        ("a previous in capitals", {"previous": "AB" * 32}),
        ("a time before time", {"not_before": -1}),
        ("a time that is none", {"expires": None}),
        ("an empty client", {"min_client": ""}),
        ("keys that are none", {"keys": None}),
        ("keys that are no hash", {"keys": "cd" * 31}),
        ("files as a list", {"files": []}),
        ("a file that no device knows", {"files": {"more.json": entry}}),
        ("a file without a size", {"files": {"rules.json": {"sha256": entry["sha256"]}}}),
        ("a file with an address", {"files": {"rules.json": entry | {"url": "/x"}}}),
        ("a file below nothing", {"files": {"rules.json": entry | {"bytes": -1}}}),
        ("a file too large", {"files": {"rules.json": entry | {"bytes": MAX_FILE_BYTES + 1}}}),
        ("a file whose hash is short", {"files": {"rules.json": entry | {"sha256": "0" * 63}}}),
        ("code as a list", {"code": []}),
        ("code outside its folder", {"code": {"../loader.js": "0" * 64}}),
        ("code from the root", {"code": {"/loader.js": "0" * 64}}),
        ("code with a folder of no name", {"code": {"runtime//worker.js": "0" * 64}}),
        ("code in a hidden file", {"code": {".loader.js": "0" * 64}}),
        ("code with a query", {"code": {"loader.js?x": "0" * 64}}),
        ("code of no hash", {"code": {"loader.js": None}}),
        ("code as an entry of a file", {"code": {"loader.js": entry}}),
        ("too many files of code", {"code": {str(at): "0" * 64 for at in range(MAX_CODE_FILES + 1)}}),
        ("a canary without its files", {"canary": {"share_milli": 50, "proposal": "0" * 64}}),
        ("a model on trial without a canary", {"files": fields["files"] | {"canary.onnx": entry}}),
    ]
    trial = dict.fromkeys(CANARY_NAMES, entry)
    canaries: list[tuple[str, dict[str, Any]]] = [
        ("a canary of nobody", {"share_milli": 0, "proposal": "0" * 64}),
        ("a canary of more than everybody", {"share_milli": 1001, "proposal": "0" * 64}),
        ("a canary of half a thousandth", {"share_milli": "0.5", "proposal": "0" * 64}),
        ("a canary of no proposal", {"share_milli": 50}),
        ("a canary that names a person", {"share_milli": 50, "proposal": "0" * 64, "device": "a"}),
    ]
    changes += [(why, {"files": fields["files"] | trial, "canary": canary}) for why, canary in canaries]
    changes += [
        ("a canary of nothing", {"files": fields["files"] | trial, "canary": None}),
        (
            "a canary without its card",
            {
                "files": fields["files"] | {"canary.onnx": entry},
                "canary": {"share_milli": 50, "proposal": "0" * 64},
            },
        ),
    ]

    def spelt(value: dict[str, Any]) -> str:
        return f"{head}\n{canonical.encode(value).decode()}\n"

    cases = [(why, spelt(fields | change)) for why, change in changes]
    for name in fields:
        cases.append((f"without {name}", spelt({key: each for key, each in fields.items() if key != name})))
    return [
        *cases,
        ("another site in its head", sound.replace("bundle riverton", "bundle elsewhere", 1)),
        ("no head", line + "\n"),
        ("no newline at its end", sound[:-1]),
        ("two newlines at its end", sound + "\n"),
        ("a space", sound.replace(",", ", ", 1)),
        (
            "longer than a key signs",
            spelt(fields | {"code": {"x" * 190 + str(at): "0" * 64 for at in range(20)}}),
        ),
    ]


def bundle() -> PublishedBundle:
    """A bundle that is signed, logged and proven."""
    manifest = manifests()[0][1]
    named = BundleLeaf(manifest.site, manifest.version, hashlib.sha256(manifest.to_bytes()).digest())
    storage = MemoryStorage()
    entry = accept(storage, to_bytes(named))
    advance(storage, signer(ORIGIN, 1), dice=lambda _: 0)
    proof = proof_for(storage, entry)
    if proof is None:
        raise AssertionError("the log did not take the bundle in")
    return PublishedBundle.of(sign_manifest(manifest, signer(BUNDLES, 3)), proof)


def bad_bundles() -> list[tuple[str, str]]:
    """Texts that are no `bundle.json`, each for one reason."""
    sound = bundle().to_bytes().decode()
    fields: dict[str, Any] = json.loads(sound)
    unsigned = fields["manifest"].partition("\n\n")[0] + "\n"
    changes: list[tuple[str, dict[str, Any]]] = [
        ("another version of the format", {"v": 2}),
        ("an unknown field", {"more": 1}),
        ("a manifest without a signature", {"manifest": unsigned}),
        ("a manifest that is none", {"manifest": None}),
        ("a signed text that is no manifest", {"manifest": "text\n\n" + fields["manifest"].split("\n\n")[1]}),
        ("words for a proof", {"proof": "believe us\n"}),
        ("no proof", {"proof": ""}),
        ("a proof that is none", {"proof": 1}),
    ]
    cases = [(why, canonical.encode(fields | change).decode()) for why, change in changes]
    for name in fields:
        missing = {key: value for key, value in fields.items() if key != name}
        cases.append((f"without {name}", canonical.encode(missing).decode()))
    return [*cases, ("a newline at its end", sound + "\n"), ("a space", sound.replace(":", ": ", 1))]


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
        "manifests.json",
        manifests=[
            {"what": what, "text": str(each), "sha256": hashlib.sha256(each.to_bytes()).hexdigest()}
            for what, each in manifests()
        ],
    )
    write(
        "bad_manifests.json",
        manifests=[{"why": why, "error": "Malformed", "text": text} for why, text in bad_manifests()],
    )
    made = bundle()
    write(
        "bundles.json",
        agency_key=str(signer(BUNDLES, 3).key),
        log_key=str(signer(ORIGIN, 1).key),
        bundles=[
            {
                "what": "signed, logged and proven",
                "text": made.to_bytes().decode(),
                "leaf": to_bytes(made.leaf).decode(),
            }
        ],
    )
    write(
        "bad_bundles.json",
        bundles=[{"why": why, "error": "Malformed", "text": text} for why, text in bad_bundles()],
    )
    write(
        "bad_keys.json",
        lists=[{"why": why, "error": "Malformed", "text": raw.decode()} for why, raw in bad_key_lists()],
    )


if __name__ == "__main__":
    main()
