"""Everything that an operator needs to leave: tables, buckets, keys and the ledger, in formats of others.

    tables/NAME.json            how DynamoDB describes the table: its keys, its indexes, its time to live
    tables/NAME.jsonl           its rows, one {"Item": ...} a line, as DynamoDB exports and imports them
    buckets/NAME/...            its objects, each under its key
    buckets/NAME.jsonl          what is said of each object: its type, how long it may be kept
    keys/NAME.pem               the public half of a signing key
    keys/verifier.txt           the ledger's verifier key, as auditors are given it
    ledger/                     a copy of the public log, checked while it was made
    secret/                     only where asked for: private keys, who works for an agency, and exact sums
                                that no release told

What erasures destroy later is not destroyed in an export: whoever keeps one with secrets keeps that too.
Messages in queues are not exported: whatever they wake, or order, the clock calls or sends again.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from consent_ledger.checkpoint import Checkpoint, LogKeys
from consent_ledger.errors import Malformed, Refused
from consent_ledger.note import Note
from consent_ledger.storage.whole_file import PRIVATE, replace_file
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from nearside.local.claims import check_set_up, claimed
from nearside.local.export_manifest import ExportManifest
from nearside.local.ministack import ministack
from nearside.local.services import Services
from nearside.local.state_folder import bucket_folder
from nearside.public_log.folder import FolderLog
from nearside.public_log.layout import CHECKPOINT
from nearside.public_log.mirror import mirror
from nearside.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client

OURS: Final = "nearside-"
EXACT_SUMS: Final = frozenset({"nearside-measurement-measurementtable"})
"""Tables whose rows are sums without noise, until a release destroys them."""

APART: Final = "secret"
KEYS_FILE: Final = "kms.json"
ISSUER: Final = "issuer"
"""Who works for which agency, and what their tokens are signed with (`issuer.py`)."""

_OBJECT: Final = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentType", "Metadata")
_SHAPE: Final = ("AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes")
_OF_AN_INDEX: Final = ("IndexName", "KeySchema", "Projection")


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds."""

    tables: int
    rows: int
    objects: int
    entries: int
    files: int


def export_state(state: Path, out: Path, *, secrets: bool, settings: Settings | None = None) -> Exported:
    """Write everything that a folder keeps into a new folder, and its manifest last.

    Raises `Refused` while something runs on the folder, for one that was never set up, and where `out` has
    anything in it; `Malformed` or `Untrue` when the state is damaged, or its ledger does not hold.
    """
    check_set_up(state)
    if out.exists() and any(out.iterdir()):
        raise Refused("export: the folder is not empty; name a new one")
    out.mkdir(parents=True, exist_ok=True)
    # Whatever is below is its owner's alone, also what others wrote down as readable.
    out.chmod(0o700)
    if secrets:
        (out / APART).mkdir(mode=0o700)
    with claimed(state), ministack(settings or Settings.read(), state) as url:
        aws = Services(url).settings
        tables = list(_export_tables(clients.dynamodb(aws), out, secrets=secrets))
        objects = sum(_export_buckets(clients.s3(aws), out))
        entries = _export_keys_and_ledger(state, clients.kms(aws), out)
        if secrets:
            # As it is on disk before any answer: MiniStack gives private keys to nobody, as AWS does not.
            copy_private(state / "services" / KEYS_FILE, out / APART / KEYS_FILE)
            copy_all_private(state / ISSUER, out / APART / ISSUER)
    manifest = ExportManifest.of(out, made_at=int(time.time()), has_secrets=secrets)
    manifest.write(out)
    return Exported(len(tables), sum(tables), objects, entries, len(manifest.files))


def _export_tables(dynamodb: DynamoDBClient, out: Path, *, secrets: bool) -> Iterator[int]:
    """Export every table of ours; how many rows each has."""
    for name in sorted(each for each in dynamodb.list_tables()["TableNames"] if each.startswith(OURS)):
        if name in EXACT_SUMS and not secrets:
            continue
        folder = out / APART / "tables" if name in EXACT_SUMS else out / "tables"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        described: Any = dynamodb.describe_table(TableName=name)["Table"]
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        shape = {each: described[each] for each in _SHAPE if described.get(each)}
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            if kind in shape:
                shape[kind] = [{each: index[each] for each in _OF_AN_INDEX} for index in shape[kind]]
        if "AttributeName" in ttl:
            shape["TimeToLiveAttribute"] = ttl["AttributeName"]
        (folder / f"{name}.json").write_text(json.dumps(shape, indent=1, sort_keys=True), encoding="utf-8")
        yield _write_rows(dynamodb, name, folder / f"{name}.jsonl")


def _write_rows(dynamodb: DynamoDBClient, name: str, file: Path) -> int:
    count = 0
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        for page in dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
            for item in page["Items"]:
                opened.write(json.dumps({"Item": item}, default=_print_bytes, sort_keys=True) + "\n")
                count += 1
    return count


def _print_bytes(value: object) -> str:
    """DynamoDB's own JSON has binary values in base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError("export: a row holds what DynamoDB does not know")


def _export_buckets(s3: S3Client, out: Path) -> Iterator[int]:
    """Export every bucket of ours; how many objects each has."""
    for name in sorted(each["Name"] for each in s3.list_buckets()["Buckets"]):
        if not name.startswith(OURS):
            continue
        (out / "buckets" / name).mkdir(parents=True)
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        with (out / "buckets" / f"{name}.jsonl").open("w", encoding="utf-8") as told:
            for key in sorted(keys):
                found: Any = s3.get_object(Bucket=name, Key=key)
                _write_object(out / "buckets" / name, key, found["Body"].read())
                about = {each: found[each] for each in _OBJECT if found.get(each)}
                told.write(json.dumps({"Key": key, **about}, sort_keys=True) + "\n")
        yield len(keys)


def _write_object(folder: Path, key: str, data: bytes) -> None:
    parts = key.split("/")
    if not all(parts) or {".", ".."} & set(parts) or "\0" in key or "\\" in key:
        raise Malformed("export: an object has a key that is no path")
    file = folder.joinpath(*parts)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _export_keys_and_ledger(state: Path, kms: KMSClient, out: Path) -> int:
    """Export public halves and the public log; how many entries it has."""
    (out / "keys").mkdir()
    names = {
        alias["AliasName"].removeprefix("alias/"): alias["TargetKeyId"]
        for page in kms.get_paginator("list_aliases").paginate()
        for alias in page["Aliases"]
        if alias["AliasName"].startswith(f"alias/{OURS}") and "TargetKeyId" in alias
    }
    for name, key_id in sorted(names.items()):
        if kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyUsage"] == "SIGN_VERIFY":
            (out / "keys" / f"{name}.pem").write_bytes(_pem(kms.get_public_key(KeyId=key_id)["PublicKey"]))
    folder = bucket_folder(state, "Ledger/LedgerBucket") / "ledger"
    source = FolderLog(folder)
    data = source.read(CHECKPOINT)
    if data is None:
        return 0
    origin = Checkpoint.parse(Note.from_bytes(data).text).origin
    verifier = str(KmsSigner(origin, names[f"{OURS}ledger-ledgerkey"], kms).key)
    (out / "keys" / "verifier.txt").write_text(f"{verifier}\n", encoding="ascii")
    copied = mirror(source, out / "ledger", trusted=LogKeys.parse(verifier))
    # What a next run of the mirror would need; a copy that is whole needs none of it.
    shutil.rmtree(out / "ledger" / "state")
    return copied.checkpoint.size


def _pem(der: bytes) -> bytes:
    lines = base64.encodebytes(der).replace(b"\n", b"")
    rows = b"\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    return b"-----BEGIN PUBLIC KEY-----\n" + rows + b"\n-----END PUBLIC KEY-----\n"


def copy_private(source: Path, target: Path) -> None:
    """Copy a file into one that its owner alone may read, in folders that nobody else may enter."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(target, source.read_bytes(), mode=PRIVATE)


def copy_all_private(source: Path, target: Path) -> None:
    """Copy every file below a folder in the same way; nothing where there is none."""
    for file in sorted(source.rglob("*")):
        if file.is_file():
            copy_private(file, target / file.relative_to(source))
