"""Flow 1, from an agency's files to the bundle that every device fetches.

Files -> checks -> manifest, signed -> a leaf of the ledger -> proof -> public files, `bundle.json` last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.leaf import BundleLeaf, Leaf, NoticeLeaf, TaskLeaf
from consent_ledger.note import Note, Signer, sign_note
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.rules import Rules
from edge_client.wire.task import MeasurementTask, TaskKind, print_tasks
from nearside.trained_model import read_model

DAY_S = 24 * 60 * 60
LIFETIME_S = 30 * DAY_S
MIN_CLIENT = "0.1.0"


@dataclass(frozen=True, slots=True)
class LearningTerms:
    """What a site asks devices to add to a count: bound a week, smallest count, and privacy parameters.

    `epsilon_milli` is thousandths of epsilon; delta is 10^-`delta_exp`.
    """

    pairs_per_week: int = 4
    k: int = 10
    epsilon_milli: int = 1000
    delta_exp: int = 6


@dataclass(frozen=True, slots=True)
class BundleFiles:
    """The files of a bundle, parsed once and found sound; `by_name` holds their exact bytes."""

    site: str
    by_name: Mapping[str, bytes]
    notices: Notices
    tasks: tuple[MeasurementTask, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What is live now."""

    version: int
    manifest_hash: str
    index: int


class Shelf(Protocol):
    """Where public files lie; paths begin with `nearside/`."""

    def read(self, path: str) -> bytes | None:
        """Return a file, or None."""
        ...

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        """Put a file where everyone can fetch it."""
        ...


def gather(
    *, catalogue: bytes, rules: bytes, notices: list[canonical.Json], model: Path, terms: LearningTerms
) -> BundleFiles:
    """Read and check every file of a bundle.

    Raises `Malformed` with the file and the field that is wrong, `Untrue` for a model of other pages.
    """
    with _reading("catalogue.json"):
        items = Catalogue.parse(catalogue)
    with _reading("rules.json"):
        Rules.parse(rules)
    with _reading("notices"):
        words = canonical.encode({"v": 1, "notices": notices})
        asked = Notices.parse(words)
    task = learning_task(items, terms)
    with _reading("model.json"):
        trained = read_model(model, items)
    return BundleFiles(
        site=items.site,
        by_name={
            "catalogue.json": catalogue,
            "rules.json": rules,
            "notices.json": words,
            "tasks.json": print_tasks((task,)),
            "model.onnx": trained.onnx,
            "model.json": trained.card,
        },
        notices=asked,
        tasks=(task,),
    )


def learning_task(catalogue: Catalogue, terms: LearningTerms) -> MeasurementTask:
    """Return the site's learning task; its id ends in a hash of everything else in it.

    A task never changes under its id: new pages, terms or words are a new task, with a budget of its own.
    """
    family = f"{catalogue.site}-moves"
    unnamed = MeasurementTask(
        task_id=family,
        kind=TaskKind.PAGE_PAIRS,
        site=catalogue.site,
        pages_hash=hash_pages(catalogue.pages),
        pages=len(catalogue.items),
        pairs_per_week=terms.pairs_per_week,
        k=terms.k,
        epsilon_milli=terms.epsilon_milli,
        delta_exp=terms.delta_exp,
        purpose="learn",
        sentence=f"Each week this device adds {terms.pairs_per_week} page pairs, or nothing, to a count.",
    )
    return replace(unnamed, task_id=f"{family}-{hashlib.sha256(unnamed.to_bytes()).hexdigest()[:8]}")


def publish(
    files: BundleFiles, *, shelf: Shelf, signer: Signer, log: Callable[[tuple[Leaf, ...]], str], now: int
) -> Published:
    """Publish the files as the site's next bundle; `now` is in Unix seconds.

    `log` appends leaves to the ledger and returns the tlog-proof text of the last one. Content-addressed
    files come first and `bundle.json` last, so that a crash leaves the bundle before it live, and whole.
    """
    before = live_manifest(shelf, files.site)
    manifest = Manifest(
        site=files.site,
        version=before[0].version + 1 if before else 1,
        previous=before[1] if before else None,
        not_before=now - DAY_S,  # devices' clocks differ
        expires=now + LIFETIME_S,
        min_client=MIN_CLIENT,
        files={
            name: FileEntry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in files.by_name.items()
        },
    )
    note = sign_note(str(manifest), signer)
    digest = hashlib.sha256(str(manifest).encode()).digest()
    leaves: tuple[Leaf, ...] = (
        *(NoticeLeaf(bytes.fromhex(notice.sha256)) for notice in files.notices.by_lang.values()),
        *(TaskLeaf(task.task_id, hashlib.sha256(task.to_bytes()).digest()) for task in files.tasks),
        BundleLeaf(files.site, manifest.version, digest),
    )
    proof = log(leaves)
    for name, raw in files.by_name.items():
        shelf.write(f"nearside/{files.site}/files/{manifest.files[name].sha256}", raw, immutable=True)
    bundle = canonical.encode({"v": 1, "manifest": note.to_bytes().decode(), "proof": proof})
    shelf.write(f"nearside/{files.site}/bundle.json", bundle, immutable=False)
    index = int(proof.split("\nindex ", 1)[1].split("\n", 1)[0])
    return Published(manifest.version, digest.hex(), index)


def live_manifest(shelf: Shelf, site: str) -> tuple[Manifest, str] | None:
    """Return the live manifest and its SHA-256 in hex, or None before the first bundle. Raises
    `Malformed`."""
    raw = shelf.read(f"nearside/{site}/bundle.json")
    if raw is None:
        return None
    match canonical.decode(raw):
        case {"v": 1, "manifest": str(text), **_rest}:
            note = Note.from_bytes(text.encode())
            return Manifest.parse(note.text), hashlib.sha256(note.text.encode()).hexdigest()
        case _:
            raise Malformed("bundle: not a manifest and a proof")


@contextmanager
def _reading(file: str) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        raise Malformed(f"{file}: {error}") from error
