"""How the deployment on a folder is: what runs, was called, waits, is published, and is left of the disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from consent_ledger.checkpoint import Checkpoint
from consent_ledger.errors import Malformed, Refused
from consent_ledger.note import Note
from edge_client.wire.bundle import PublishedBundle
from lambdas.shared import clients
from nearside.local.calls import CALLS, Called, read_calls
from nearside.local.claims import Running, check_set_up, find_running, is_claimed
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.services import Services
from nearside.local.state_folder import bucket_folder, size_of
from nearside.local.template import load, walk
from nearside.local.unsaved import Unsaved, unsaved_of
from nearside.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Queue:
    """How many messages wait in a queue, and are worked on; `is_dead` where others give theirs up to it."""

    name: str
    waiting: int
    taken: int
    is_dead: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a folder; `ledger_size` and `bundles` also where nothing runs on it.

    `bundles` are the versions that are live, by site. `unsaved` is what is not on disk and should be,
    `is_held` whether a process has the folder, which may not have finished starting.
    """

    running: Running | None
    functions: Mapping[str, Called]
    queues: tuple[Queue, ...]
    ledger: str | None
    ledger_size: int
    bundles: Mapping[str, int]
    state_bytes: int
    free_bytes: int
    unsaved: Unsaved | None
    is_held: bool

    def to_json(self) -> dict[str, Any]:
        """Return the same as values that JSON has."""
        return {"v": 1, **asdict(self)}


def status_of(state: Path) -> Status:
    """Look at a folder, changing nothing. Raises `Refused` where no deployment was ever set up."""
    check_set_up(state)
    running = find_running(state)
    checkpoint = _checkpoint(state)
    return Status(
        running=running,
        functions=_functions(state) if running else {},
        queues=_queues(running),
        ledger=checkpoint.origin if checkpoint else None,
        ledger_size=checkpoint.size if checkpoint else 0,
        bundles=_bundles(state),
        state_bytes=size_of(state),
        free_bytes=shutil.disk_usage(state).free,
        unsaved=unsaved_of(running.endpoint_url) if running else None,
        is_held=is_claimed(state),
    )


def _functions(state: Path) -> dict[str, Called]:
    try:
        return read_calls((state / CALLS).read_bytes())
    except FileNotFoundError:
        return {}


def _checkpoint(state: Path) -> Checkpoint | None:
    try:
        data = (bucket_folder(state, "Ledger/LedgerBucket") / "ledger" / "checkpoint").read_bytes()
    except FileNotFoundError:
        return None
    return Checkpoint.parse(Note.from_bytes(data).text)


def _bundles(state: Path) -> dict[str, int]:
    found = {}
    folder = bucket_folder(state, "Publishing/SiteBucket") / "nearside"
    for file in sorted(folder.glob("*/bundle.json")):
        try:
            found[file.parent.name] = PublishedBundle.from_bytes(file.read_bytes()).manifest.version
        except (FileNotFoundError, Malformed):
            continue
    return found


def _queues(running: Running | None) -> tuple[Queue, ...]:
    if running is None:
        return ()
    sqs = clients.sqs(Services(running.endpoint_url).settings)
    try:
        return _queues_of(sqs, _named_by_functions(running))
    except (BotoCoreError, ClientError) as error:
        raise Refused("status: the deployment's services do not answer") from error


def _named_by_functions(running: Running) -> frozenset[str]:
    """The ARNs of the queues that take what functions failed at where nobody waited."""
    root = load(Settings.read().project / "template.yaml", running.parameters)
    resolver = Resolver(LocalValues(running.endpoint_url, "", {}))
    return frozenset(
        resolver.resolve(function.properties["DeadLetterQueue"]["TargetArn"], function.scope)
        for function in walk(root)
        if "DeadLetterQueue" in function.properties and resolver.exists(function)
    )


def _queues_of(sqs: SQSClient, dead: frozenset[str]) -> tuple[Queue, ...]:
    asked = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for url in sqs.list_queues().get("QueueUrls", [])
    }
    targets = {
        json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
        for attributes in asked.values()
        if "RedrivePolicy" in attributes
    }
    return tuple(
        Queue(
            name=url.rpartition("/")[2],
            waiting=int(attributes["ApproximateNumberOfMessages"]),
            taken=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
            is_dead=attributes["QueueArn"] in targets | dead,
        )
        for url, attributes in sorted(asked.items())
    )
