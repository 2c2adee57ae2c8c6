"""What tests do to a running deployment: send a choice, wait for its proof, announce a task."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from typing import Any

import httpx

from consent_ledger.leaf import BundleLeaf
from edge_client.wire.bundle import PublishedBundle, sign_manifest
from edge_client.wire.catalogue import Catalogue, CatalogueItem, ItemKind, hash_pages
from edge_client.wire.consent import RecordConsent
from edge_client.wire.manifest import FileEntry, Manifest
from edge_client.wire.paths import ItemId
from edge_client.wire.task import MeasurementTask, TaskKind, print_tasks
from nearside.deployment import Deployment
from nearside.local.stack import Stack
from tests.support import patient
from tests.support.ledger import device_signer, record

JSON = {"content-type": "application/json"}
# No receipt takes so long, however busy the machine is.
PATIENCE_S = 60
PAGES = ("/", "/bins", "/parking", "/parking/permit")


def consent_request(**changes: Any) -> RecordConsent:
    """A new choice for suggestions, signed by the test's device."""
    made = record(record_id=str(uuid.uuid4()), controller="riverton", **changes)
    return RecordConsent(made, secrets.token_bytes(32), device_signer().sign(made.signed_bytes()))


def post(stack: Stack, path: str, body: bytes, **headers: str) -> httpx.Response:
    """Send JSON to the deployment."""
    return patient.post(stack.url + path, content=body, headers={**JSON, **headers})


def wait_for_proof(stack: Stack, entry: bytes) -> str:
    """The published proof of an entry, which is there within seconds, or later on a busy machine."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = patient.get(f"{stack.url}/consent/receipts/{entry.hex()}")
        if answer.status_code == 200:
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            return answer.text
        assert (answer.status_code, answer.headers["retry-after"]) == (404, "1")
        time.sleep(0.1)
    raise AssertionError(f"no receipt within {PATIENCE_S} s")


def publish_task(stack: Stack, task_id: str, *, pairs: int = 1) -> MeasurementTask:
    """Put a signed bundle with one task where devices and functions look for it."""
    items = tuple(
        CatalogueItem(ItemId(page), page, "summary", "topic", ItemKind.INFORMATION, "en") for page in PAGES
    )
    catalogue = Catalogue("riverton", items)
    task = MeasurementTask(
        task_id=task_id,
        kind=TaskKind.PAGE_PAIRS,
        site="riverton",
        pages_hash=hash_pages(catalogue.pages),
        pages=len(PAGES),
        pairs_per_week=pairs,
        k=10,
        epsilon_milli=8000,
        delta_exp=6,
        purpose="learn",
        sentence="Each week this device adds one page pair, or nothing, to a count.",
    )
    files = {"catalogue.json": catalogue.to_bytes(), "tasks.json": print_tasks((task,))}
    s3, bucket = stack.client("s3"), stack.outputs["SiteBucket"]
    entries = {}
    for name, data in files.items():
        digest = hashlib.sha256(data).hexdigest()
        entries[name] = FileEntry(digest, len(data))
        s3.put_object(Bucket=bucket, Key=f"nearside/riverton/files/{digest}", Body=data)
    manifest = Manifest("riverton", 1, None, 0, 2_000_000_000, "0.1.0", "00" * 32, entries, {})
    deployment = Deployment.of(stack)
    note = sign_manifest(manifest, deployment.agency_signer())
    named = BundleLeaf("riverton", 1, hashlib.sha256(manifest.to_bytes()).digest())
    bundle = PublishedBundle.of(note, deployment.log((named,), (manifest.to_bytes(),)))
    s3.put_object(Bucket=bucket, Key="nearside/riverton/bundle.json", Body=bundle.to_bytes())
    return task
