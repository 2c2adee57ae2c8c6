"""Flow 1, from an agency's files to the bundle that every device fetches.

Files -> checks -> manifest, signed -> public files -> documents -> leaves of the ledger -> proof ->
`bundle.json`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import available_timezones

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from consent_ledger.keys import KeyList
from consent_ledger.note import Signer
from edge_client.rules.compile import check_rules
from edge_client.wire.archetypes import Archetypes
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.candidates import Candidates
from edge_client.wire.catalogue import Catalogue, hash_pages
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.manifest import (
    ARCHETYPES,
    CANDIDATES,
    FLOWS,
    REMINDERS,
    Canary,
    FileEntry,
    Manifest,
)
from edge_client.wire.notice import Notices
from edge_client.wire.reminders import Reminders
from edge_client.wire.rules import Rules
from edge_client.wire.task import MeasurementTask, TaskKind, print_tasks
from nearside.device_code import read_device_code
from nearside.flow_lint import check_flows
from nearside.flow_telling import check_telling
from nearside.live_bundle import Log, Shelf, entries_of, last_of, path_of_bundle, path_of_note
from nearside.site_clocks import clock_problems
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
    """The files of a bundle, parsed once and found sound; `by_name` holds their exact bytes.

    With a `canary` they hold its model and card too.
    """

    site: str
    by_name: Mapping[str, bytes]
    notices: Notices
    tasks: tuple[MeasurementTask, ...]
    canary: Canary | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What is live now: `index` is the bundle's place in the log; `keys_hash` names the keys in force.

    `documents` counts what the log's leaves name and the ledger serves, `code_files` what devices run.
    """

    version: int
    manifest_hash: str
    index: int
    keys_hash: str
    documents: int
    code_files: int


def gather(
    *,
    catalogue: bytes,
    rules: bytes,
    notices: list[canonical.Json],
    model: Path,
    terms: LearningTerms,
    candidates: bytes | None = None,
    archetypes: bytes | None = None,
    flows: bytes | None = None,
    reminders: bytes | None = None,
) -> BundleFiles:
    """Read and check every file of a bundle; those with a default are optional.

    Raises `Malformed` with the file and the field that is wrong, `Untrue` for a model, candidates or
    archetypes of other pages, and for archetypes of sensitive ones, `Refused` for rules that do not compile.
    """
    with _reading("catalogue.json"):
        items = Catalogue.parse(catalogue)
    with _reading("rules.json"):
        limits = Rules.parse(rules)
    with _reading("notices"):
        words = canonical.encode({"v": 1, "notices": notices})
        asked = Notices.parse(words)
    task = learning_task(items, terms)
    with _reading("model.json"):
        trained = read_model(model, items)
    public: dict[str, bytes] = {}
    if candidates is not None:
        with _reading(CANDIDATES):
            Candidates.parse(candidates).check_pages(items.pages)
        public[CANDIDATES] = candidates
    groups: Archetypes | None = None
    if archetypes is not None:
        with _reading(ARCHETYPES):
            groups = Archetypes.parse(archetypes)
            groups.check_catalogue(items)
            groups.check_sensitive(items, limits)
        public[ARCHETYPES] = archetypes
    if flows is not None:
        with _reading(FLOWS):
            parse_flows(flows)
        public[FLOWS] = flows
    if reminders is not None:
        with _reading(REMINDERS):
            if Reminders.parse(reminders).zone not in available_timezones():
                raise Malformed("reminders: zone is none of the time zone database")
        public[REMINDERS] = reminders
    check_rules(limits, items, groups)
    for problem in clock_problems(limits):
        raise Refused(str(problem))
    return BundleFiles(
        site=items.site,
        by_name={
            "catalogue.json": catalogue,
            "rules.json": rules,
            "notices.json": words,
            "tasks.json": print_tasks((task,)),
            "model.onnx": trained.onnx,
            "model.json": trained.card,
            **public,
        },
        notices=asked,
        tasks=(task,),
    )


def learning_task(catalogue: Catalogue, terms: LearningTerms) -> MeasurementTask:
    """Return the site's learning task; its id ends in a hash of everything else in it.

    A task never changes under its id: new pages, terms or words are a new task. Its releases spend of the
    same budget as those before it: the devices are the same.
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
    files: BundleFiles, *, shelf: Shelf, signer: Signer, log: Log, keys: KeyList, now: int
) -> Published:
    """Publish the files as the site's next bundle; `now` is in Unix seconds.

    `keys` are those in force, logged with the bundle; the code that devices run is read from the shelf.
    Documents and content-addressed files come first and `bundle.json` last, so that a crash leaves the bundle
    before it live, and whole. Raises `Refused` when the signer's key is not in force or a flow is not
    fit to be published, or does not fit the rules, `Untrue` when the code on the shelf contradicts itself,
    `Malformed` when the manifest would be too long to be signed.
    """
    if signer.key not in keys.bundles:
        raise Refused("bundle: the key that signs it is not among the keys in force")
    if FLOWS in files.by_name:
        flows = parse_flows(files.by_name[FLOWS])
        check_flows(flows, today=datetime.fromtimestamp(now, UTC).date())
        check_telling(
            flows,
            rules=Rules.parse(files.by_name["rules.json"]),
            catalogue=Catalogue.parse(files.by_name["catalogue.json"]),
        )
    before = last_of(shelf, files.site, log=log, keys=keys)
    code = read_device_code(shelf)
    listed = keys.to_bytes()
    manifest = Manifest(
        site=files.site,
        version=before.version + 1 if before else 1,
        previous=before.manifest_hash.hex() if before else None,
        not_before=now - DAY_S,  # devices' clocks differ
        expires=now + LIFETIME_S,
        min_client=MIN_CLIENT,
        keys=hashlib.sha256(listed).hexdigest(),
        files={
            name: FileEntry(hashlib.sha256(raw).hexdigest(), len(raw)) for name, raw in files.by_name.items()
        },
        code=code.hashes,
        canary=files.canary,
    )
    note = sign_manifest(manifest, signer)
    leaves, documents = entries_of(manifest, files.by_name, listed=listed)
    for raw in (*files.by_name.values(), *code.replaceable.values(), listed):
        # What the next deployment replaces under its own name stays here for whoever audits this bundle.
        name = hashlib.sha256(raw).hexdigest()
        shelf.write(f"nearside/{files.site}/files/{name}", raw, immutable=True)
    shelf.write(path_of_note(files.site), note.to_bytes(), immutable=False)
    bundle = PublishedBundle.of(note, log(leaves, documents))
    shelf.write(path_of_bundle(files.site), bundle.to_bytes(), immutable=False)
    return Published(
        manifest.version,
        bundle.manifest_hash.hex(),
        index=bundle.proof.index,
        keys_hash=manifest.keys,
        documents=len(set(documents)),
        code_files=len(manifest.code),
    )


@contextmanager
def _reading(file: str) -> Iterator[None]:
    try:
        yield
    except Malformed as error:
        raise Malformed(f"{file}: {error}") from error
