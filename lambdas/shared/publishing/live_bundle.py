"""The live bundle, for whoever builds upon it: signed by the agency, in the log, and nothing after it.

Whoever can write to the site's bucket has no key of the agency's, and must not be lent one: what lies there
is not signed again before it was checked. A bundle is written down signed before it is logged, so that what
a crash interrupted is finished, and the log never holds a bundle that nobody can bring to devices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from consent_ledger import log as ledger
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import BundleLeaf, KeysLeaf, Leaf, NoticeLeaf, TaskLeaf, hash_of
from consent_ledger.note import Note
from consent_ledger.storage.ports import Storage
from edge_client.wire.bundle import PublishedBundle
from edge_client.wire.manifest import Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.task import parse_tasks
from lambdas.shared.standing import bundles_since, check_newest

_TRIES: Final = 5


class NotInTime(Refused):
    """The log did not publish what it took in; it will, and whoever waits may come again."""


class Overtaken(NotInTime):
    """Somebody else published meanwhile; whoever comes again builds upon that."""


class Shelf(Protocol):
    """Where public files lie; paths begin with `nearside/`."""

    def read(self, path: str) -> bytes | None:
        """Return a file as browsers get it, or None."""
        ...

    def paths(self, prefix: str) -> Iterable[str]:
        """List the paths of all files that begin with `prefix`."""
        ...

    def write(self, path: str, data: bytes, *, immutable: bool) -> None:
        """Put a file where everyone can fetch it."""
        ...

    def replace(self, path: str, data: bytes, *, before: bytes | None) -> bool:
        """Put a file in the place of one with the bytes `before`, or where there is none for None.

        False where something else is there; of two who do so at once, one does.
        """
        ...


class Log(Protocol):
    """The ledger, as whoever publishes sees it."""

    @property
    def storage(self) -> Storage:
        """Where the published log is read."""
        ...

    def __call__(self, leaves: tuple[Leaf, ...], documents: tuple[bytes, ...], /) -> str:
        """Serve the documents that the leaves name, then append the leaves.

        Returns the tlog-proof text of the last leaf. Raises `Untrue` when a document is missing or too many,
        `NotInTime` while the leaves are not published.
        """
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What was signed last, as somebody saw it before they looked at what is live; None for nothing.

    Whoever signs the next bundle does so in its place: where somebody else was faster, that is noticed.
    """

    note: bytes | None


@dataclass(frozen=True, slots=True)
class Last:
    """The last bundle of a site, which the next one follows."""

    version: int
    manifest_hash: bytes


def live_bundle(shelf: Shelf, site: str, *, log: Log, keys: KeyList) -> PublishedBundle | None:
    """Return the live bundle, or None before the first.

    `keys` are those in force. Raises `Malformed`, and `Untrue` for a bundle that no such key signed, that the
    log does not hold, or after which it holds another of the site.
    """
    raw = shelf.read(path_of_bundle(site))
    trusted = keys.log_keys()
    if raw is None:
        if bundles_since(0, site=site, storage=log.storage, trusted=trusted):
            raise Untrue("bundle: none is live, and the public log holds one")
        return None
    bundle = PublishedBundle.from_bytes(raw)
    _check_signed(bundle.note, bundle.manifest, site=site, keys=keys)
    check_newest(bundle.leaf, storage=log.storage, trusted=trusted)
    return bundle


def finish(shelf: Shelf, site: str, *, log: Log, keys: KeyList) -> PublishedBundle | None:
    """Make live what was signed last, if a crash or somebody else's hand kept it from that; return it.

    None before the first bundle. Raises as `live_bundle` does where the last bundle of the log is not to be
    found, and `Refused` when the log takes nothing in.
    """
    written = _written_down(shelf, site, keys)
    try:
        live = live_bundle(shelf, site, log=log, keys=keys)
    except (Malformed, Untrue):
        if written is None or not _is_newest(_leaf_of(written[1]), log=log, keys=keys):
            raise
        proof = ledger.proof_for(log.storage, hash_of(_leaf_of(written[1])))
    else:
        if written is None or not _follows(written[1], live):
            return live
        files = {name: _read(shelf, site, entry.sha256) for name, entry in written[1].files.items()}
        listed = _read(shelf, site, written[1].keys)
        proof = log(*entries_of(written[1], files, listed=listed))
    if proof is None:
        raise Untrue("bundle: the public log holds it no longer")
    bundle = PublishedBundle.of(written[0], proof)
    serve(bundle, shelf=shelf, keys=keys)
    return bundle


def see(shelf: Shelf, site: str) -> Seen:
    """Look at what was signed last."""
    return Seen(shelf.read(path_of_note(site)))


def serve(bundle: PublishedBundle, *, shelf: Shelf, keys: KeyList) -> None:
    """Bring a bundle of the log to devices, where none that follows it is there already.

    Whoever is slow takes nothing back. Raises `Overtaken` where others write all the time.
    """
    path = path_of_bundle(bundle.manifest.site)
    for _ in range(_TRIES):
        before = shelf.read(path)
        if before is not None and _is_later(before, bundle, keys):
            return
        if shelf.replace(path, bundle.to_bytes(), before=before):
            return
    raise Overtaken("bundle: others publish all the time")


def last_of(shelf: Shelf, site: str, *, log: Log, keys: KeyList) -> Last | None:
    """Return what the site's next bundle follows, None for the first; nothing of it is built upon.

    What was signed last is finished first. Where that cannot be, the log alone tells: a key may have gone out
    of force, or somebody wrote to the bucket. Raises `Refused` when the log takes nothing in.
    """
    try:
        live = finish(shelf, site, log=log, keys=keys)
    except (Malformed, Untrue):
        last = None
        for _, leaf in bundles_since(0, site=site, storage=log.storage, trusted=keys.log_keys()):
            version = 0 if last is None else last.version
            # Whatever else got into the log under this name: versions rise by one.
            if version <= leaf.version <= version + 1:
                last = Last(leaf.version, leaf.manifest_hash)
        return last
    return None if live is None else Last(live.manifest.version, live.manifest_hash)


def entries_of(
    manifest: Manifest, files: Mapping[str, bytes], *, listed: bytes
) -> tuple[tuple[Leaf, ...], tuple[bytes, ...]]:
    """What a bundle adds to the log, itself last, and the documents that these leaves name.

    `listed` are the keys in force, as they are logged.
    """
    notices = [notice.words for notice in Notices.parse(files["notices.json"]).by_lang.values()]
    tasks = [(task.task_id, task.to_bytes()) for task in parse_tasks(files["tasks.json"])]
    leaves: tuple[Leaf, ...] = (
        *(NoticeLeaf(hashlib.sha256(words).digest()) for words in notices),
        *(TaskLeaf(task_id, hashlib.sha256(raw).digest()) for task_id, raw in tasks),
        KeysLeaf(hashlib.sha256(listed).digest()),
        _leaf_of(manifest),
    )
    # The list of tasks is the manifest's: with it a copy of the log alone tells which were live.
    announced = files["tasks.json"]
    return leaves, (*notices, *(raw for _, raw in tasks), announced, listed, manifest.to_bytes())


def path_of_bundle(site: str) -> str:
    """Where devices fetch a site's bundle."""
    return f"nearside/{site}/bundle.json"


def path_of_note(site: str) -> str:
    """Where the manifest that was signed last lies, from before it is logged."""
    return f"nearside/{site}/bundle.note"


def _written_down(shelf: Shelf, site: str, keys: KeyList) -> tuple[Note, Manifest] | None:
    """What was signed last, None where there is nothing, or something that no key in force signed."""
    raw = shelf.read(path_of_note(site))
    if raw is None:
        return None
    try:
        note = Note.from_bytes(raw)
        manifest = Manifest.parse(note.text)
        _check_signed(note, manifest, site=site, keys=keys)
    except (Malformed, Untrue):
        return None
    return note, manifest


def _is_later(raw: bytes, bundle: PublishedBundle, keys: KeyList) -> bool:
    """Whether what is served is of the agency, and of a later version; or this very bundle."""
    try:
        served = PublishedBundle.from_bytes(raw)
        _check_signed(served.note, served.manifest, site=bundle.manifest.site, keys=keys)
    except (Malformed, Untrue):
        return False
    if served.manifest.version == bundle.manifest.version:
        return raw == bundle.to_bytes()
    return served.manifest.version > bundle.manifest.version


def _check_signed(note: Note, manifest: Manifest, *, site: str, keys: KeyList) -> None:
    if manifest.site != site:
        raise Untrue("bundle: made for another site")
    verify_claims(note.claims(keys.bundles))


def _is_newest(bundle: BundleLeaf, *, log: Log, keys: KeyList) -> bool:
    try:
        check_newest(bundle, storage=log.storage, trusted=keys.log_keys())
    except Untrue:
        return False
    return True


def _follows(manifest: Manifest, live: PublishedBundle | None) -> bool:
    """Whether a manifest was signed upon what is live: then nothing of it reached anybody yet."""
    version, previous = (0, None) if live is None else (live.manifest.version, live.manifest_hash.hex())
    return (manifest.version, manifest.previous) == (version + 1, previous)


def _leaf_of(manifest: Manifest) -> BundleLeaf:
    return BundleLeaf(manifest.site, manifest.version, hashlib.sha256(manifest.to_bytes()).digest())


def _read(shelf: Shelf, site: str, sha256: str) -> bytes:
    data = shelf.read(f"nearside/{site}/files/{sha256}")
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        raise Untrue("bundle: a file that it names is missing or is another")
    return data
