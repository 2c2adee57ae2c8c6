"""Flow 1, from files that were found sound to the bundle that every device fetches.

Files -> manifest, signed -> public files -> documents -> leaves of the ledger -> proof -> `bundle.json`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from consent_ledger.errors import Refused
from consent_ledger.keys import KeyList
from consent_ledger.note import Signer
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.manifest import FLOWS, FileEntry, Manifest
from edge_client.wire.rules import Rules
from lambdas.shared.publishing.bundle_files import BundleFiles
from lambdas.shared.publishing.device_code import read_device_code
from lambdas.shared.publishing.flow_lint import check_flows
from lambdas.shared.publishing.flow_telling import check_telling
from lambdas.shared.publishing.live_bundle import (
    Log,
    Overtaken,
    Seen,
    Shelf,
    entries_of,
    last_of,
    path_of_note,
    see,
    serve,
)

DAY_S = 24 * 60 * 60
LIFETIME_S = 30 * DAY_S
MIN_CLIENT = "0.1.0"


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


def publish(
    files: BundleFiles,
    *,
    shelf: Shelf,
    signer: Signer,
    log: Log,
    keys: KeyList,
    now: int,
    seen: Seen | None = None,
    is_stop: bool = False,
) -> Published:
    """Publish the files as the site's next bundle; `now` is in Unix seconds.

    `seen` is what was signed last before the files were made of what is live; whoever does not say so builds
    upon whatever is live by now. Of two who build upon the same, one publishes. `is_stop` says that nothing
    changes but what is silent: that is not kept from anybody by a flow that is out of date since.

    `keys` are those in force, logged with the bundle; the code that devices run is read from the shelf.
    Documents and content-addressed files come first and `bundle.json` last, so that a crash leaves the bundle
    before it live, and whole. Raises `Overtaken` when somebody else was faster, `Refused` when the signer's
    key is not in force or a flow is not fit to be published, or does not fit the rules, `Untrue` when the
    code on the shelf contradicts itself, `Malformed` when the manifest would be too long to be signed.
    """
    if signer.key not in keys.bundles:
        raise Refused("bundle: the key that signs it is not among the keys in force")
    seen = seen or see(shelf, files.site)
    if FLOWS in files.by_name and not is_stop:
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
    if not shelf.replace(path_of_note(files.site), note.to_bytes(), before=seen.note):
        raise Overtaken("bundle: somebody else published meanwhile")
    bundle = PublishedBundle.of(note, log(leaves, documents))
    serve(bundle, shelf=shelf, keys=keys)
    return Published(
        manifest.version,
        bundle.manifest_hash.hex(),
        index=bundle.proof.index,
        keys_hash=manifest.keys,
        documents=len(set(documents)),
        code_files=len(manifest.code),
    )
