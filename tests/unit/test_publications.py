"""What leaves name by a hash: documents in their place, and the list of keys in force."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consent_ledger import documents
from consent_ledger.checkpoint import LogKeys
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import (
    KINDS,
    AuditAccessLeaf,
    BudgetLeaf,
    BundleLeaf,
    ConsentLeaf,
    ErasureLeaf,
    KeysLeaf,
    Leaf,
    ModelLeaf,
    NoticeLeaf,
    TaskLeaf,
    hash_of,
    to_bytes,
)
from consent_ledger.note import VerifierKey
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.manifest import FILE_NAMES, FileEntry, Manifest
from tests.support import publication_vectors
from tests.support.measuring import TASK

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "publications"
ERRORS = {"Malformed": Malformed, "Untrue": Untrue}
TEXTS = [f"document {number}".encode() for number in range(7)]
NAMED = [hashlib.sha256(text).digest() for text in TEXTS]
NAMING: tuple[Leaf, ...] = (
    NoticeLeaf(NAMED[0]),
    TaskLeaf("t", NAMED[1]),
    KeysLeaf(NAMED[2]),
    BundleLeaf("riverton", 1, NAMED[3]),
    BudgetLeaf("t", "2026-W47", 1000, 6, NAMED[4]),
    ModelLeaf("riverton", "proposed", NAMED[5], NAMED[5]),
    ModelLeaf("riverton", "approved", NAMED[5], NAMED[6]),
)
SILENT: tuple[Leaf, ...] = (
    ConsentLeaf(bytes(32), NAMED[0]),
    ErasureLeaf(1, bytes(16)),
    AuditAccessLeaf(1, bytes(16)),
)


def rows(name: str, key: str) -> list[Any]:
    content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert content["source"]
    return [pytest.param(row, id=row.get("why") or row["what"]) for row in content[key]]


def test_every_kind_of_leaf_names_a_document_or_says_that_it_has_none() -> None:
    """The hash is the leaf's own; kinds about single people have no document."""
    assert {leaf.kind for leaf in (*NAMING, *SILENT)} == set(KINDS)
    assert [documents.hash_named_by(leaf) for leaf in NAMING] == NAMED
    assert {documents.hash_named_by(leaf) for leaf in SILENT} == {None}


def test_documents_lie_under_their_hash() -> None:
    """In lower-case hex, and nowhere else."""
    assert documents.path_of(NAMED[0]) == f"documents/{NAMED[0].hex()}"
    with pytest.raises(Malformed, match="32 bytes"):
        documents.path_of(NAMED[0][:-1])


def test_the_documents_of_leaves_are_all_there_and_no_others() -> None:
    """One that is missing would be a leaf never served; one besides would be published by mistake."""
    paths = documents.gather((*NAMING, *SILENT), TEXTS)
    assert paths == {documents.path_of(named): text for named, text in zip(NAMED, TEXTS, strict=True)}
    assert documents.gather(SILENT, ()) == {}
    for missing in range(len(TEXTS)):
        with pytest.raises(Untrue, match="not here"):
            documents.gather(NAMING, TEXTS[:missing] + TEXTS[missing + 1 :])
    with pytest.raises(Untrue, match="nothing names"):
        documents.gather(NAMING, [*TEXTS, b"private"])


def manifest_of(tasks: bytes) -> bytes:
    """The text of a manifest that names this list of tasks."""
    files = {
        name: FileEntry(hashlib.sha256(tasks if name == "tasks.json" else name.encode()).hexdigest(), 1)
        for name in FILE_NAMES
    }
    return replace(publication_vectors.manifests()[0][1], files=files).to_bytes()


def test_a_manifest_names_the_list_of_its_tasks() -> None:
    """It is served with the manifest, whether or not it is given; a manifest that no leaf names brings none,
    and what the list's bytes spell, or other files of the bundle are, is named by nobody."""
    tasks = b"names " + NAMED[0].hex().encode()
    manifest = manifest_of(tasks)
    leaf = BundleLeaf("riverton", 1, hashlib.sha256(manifest).digest())
    assert documents.names(manifest) == (hashlib.sha256(tasks).digest(),)
    assert documents.names(tasks) == documents.names(manifest[:-2]) == ()
    assert set(documents.gather((leaf,), (tasks, manifest)).values()) == {tasks, manifest}
    assert set(documents.gather((leaf,), (manifest,)).values()) == {manifest}
    for one_too_many in (TEXTS[0], b"rules.json", b"catalogue.json"):
        with pytest.raises(Untrue, match="nothing names"):
            documents.gather((leaf,), (tasks, manifest, one_too_many))
    with pytest.raises(Untrue, match="nothing names"):
        documents.gather((), (manifest, tasks))


def test_a_document_that_two_leaves_name_is_one_document() -> None:
    """Two sites may show the same notice."""
    twice = (NoticeLeaf(NAMED[0]), NoticeLeaf(NAMED[0]))
    assert list(documents.gather(twice, [TEXTS[0], TEXTS[0]]).values()) == [TEXTS[0]]


def test_a_document_is_what_its_hash_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other bytes are untrue, however alike; more than the most is malformed before it is hashed."""
    assert documents.check(TEXTS[0], NAMED[0]) == TEXTS[0]
    for other in (b"", TEXTS[0] + b" ", TEXTS[0][:-1], TEXTS[1]):
        with pytest.raises(Untrue, match="not the bytes"):
            documents.check(other, NAMED[0])
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", len(TEXTS[0]) - 1)
    with pytest.raises(Malformed, match="too long"):
        documents.check(TEXTS[0], NAMED[0])


@pytest.mark.parametrize("row", rows("keys.json", "lists"))
def test_a_key_list_prints_back(row: dict[str, str]) -> None:
    """Byte for byte, and its hash is the one that the leaf names."""
    raw = row["text"].encode()
    assert KeyList.from_bytes(raw).to_bytes() == raw
    assert hashlib.sha256(raw).hexdigest() == row["sha256"]


@pytest.mark.parametrize("row", rows("bad_keys.json", "lists"))
def test_what_is_no_key_list_is_refused(row: dict[str, str]) -> None:
    """One wrong field, another order, another spelling."""
    with pytest.raises(ERRORS[row["error"]], match=r"^(key list|canonical json|verifier key)(: [a-z]+)?: "):
        KeyList.from_bytes(row["text"].encode())


@pytest.mark.parametrize("row", rows("manifests.json", "manifests"))
def test_a_manifest_prints_back(row: dict[str, str]) -> None:
    """Byte for byte, and its hash is the one that the leaf names."""
    assert str(Manifest.parse(row["text"])) == row["text"]
    assert hashlib.sha256(Manifest.parse(row["text"]).to_bytes()).hexdigest() == row["sha256"]


@pytest.mark.parametrize("row", rows("bad_manifests.json", "manifests"))
def test_what_is_no_manifest_is_refused(row: dict[str, str]) -> None:
    """One wrong field, another spelling, too long."""
    with pytest.raises(ERRORS[row["error"]], match=r"^(manifest|canonical json)(: [a-z_0-9]+)?: "):
        Manifest.parse(row["text"])


@pytest.mark.parametrize("row", rows("bundles.json", "bundles"))
def test_a_bundle_prints_back_and_holds(row: dict[str, str]) -> None:
    """The leaf follows from the manifest, the proof is of that leaf, and both signatures hold."""
    content = json.loads((FOLDER / "bundles.json").read_text(encoding="utf-8"))
    bundle = PublishedBundle.from_bytes(row["text"].encode())
    assert bundle.to_bytes().decode() == row["text"]
    assert to_bytes(bundle.leaf).decode() == row["leaf"]
    _, claims = bundle.proof.check(hash_of(bundle.leaf), LogKeys.parse(content["log_key"]))
    verify_claims((*bundle.note.claims((VerifierKey.parse(content["agency_key"]),)), *claims))


@pytest.mark.parametrize("row", rows("bad_bundles.json", "bundles"))
def test_what_is_no_bundle_is_refused(row: dict[str, str]) -> None:
    """A part that is missing, unknown or unreadable."""
    with pytest.raises(ERRORS[row["error"]]):
        PublishedBundle.from_bytes(row["text"].encode())


def test_the_vectors_are_what_the_formats_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody edits them by hand, and a format does not change unseen."""
    monkeypatch.setattr(publication_vectors, "FOLDER", tmp_path)
    publication_vectors.main()
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made == {file.name: file.read_bytes() for file in FOLDER.iterdir()}


def test_the_same_keys_are_the_same_bytes_in_whatever_order_they_came() -> None:
    """A deployment that names them in another order has not changed its keys."""
    (row,) = [each.values[0] for each in rows("keys.json", "lists") if each.id == "two of three witnesses"]
    listed = KeyList.from_bytes(row["text"].encode())
    again = KeyList.of(
        listed.origin, listed.log, witnesses=listed.witnesses[::-1], quorum=2, bundles=listed.bundles
    )
    assert again == listed
    assert again.log_keys() == LogKeys(listed.origin, listed.log, listed.witnesses, 2)


def test_the_document_names_every_field() -> None:
    """Of the manifest, a task and a key list; and no others."""
    docs = FOLDER.parent.parent.parent / "docs/formats"
    bundle, ledger = ((docs / name).read_text(encoding="utf-8") for name in ("bundle.md", "ledger.md"))
    (manifest,) = [each.values[0] for each in rows("manifests.json", "manifests") if "first" in str(each.id)]
    (keys,) = [each.values[0] for each in rows("keys.json", "lists") if each.id == "a log alone"]
    for text, heading, fields in (
        (bundle, "## The manifest", json.loads(manifest["text"].split("\n")[1])),
        (bundle, "## Tasks", TASK.to_value()),
        (ledger, "A **key list**", json.loads(keys["text"])),
    ):
        table = text.split(heading, 1)[1].split("| --- | --- |", 1)[1].split("\n\n", 1)[0]
        first = [line.split("|")[1] for line in table.splitlines() if line]
        named = {name for cell in first for name in re.findall(r"`([a-z_]+)`", cell)}
        # The one field that is there only while a model is on trial.
        assert named - ({"canary"} if heading == "## The manifest" else set()) == set(fields)
