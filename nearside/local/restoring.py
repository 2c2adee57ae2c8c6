"""A deployment from an export: the same tables, objects and keys, on a folder of its own."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.storage.whole_file import PRIVATE, replace_file, sync_folder
from lambdas.shared import clients
from nearside.local.claims import claimed
from nearside.local.export_manifest import ExportManifest
from nearside.local.exporting import APART, ISSUER, KEYS_FILE, Exported, copy_all_private
from nearside.local.ministack import ministack
from nearside.local.ownership import PRIVATE_FOLDER
from nearside.local.services import Services
from nearside.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_BATCH: Final = 25
"""The most rows that DynamoDB takes at once."""


def restore_state(export: Path, state: Path, *, settings: Settings | None = None) -> Exported:
    """Make a state folder of an export, whose files are held against its manifest first.

    What is made is put in place when it is whole, and removed where it cannot become that. Raises `Refused`
    for an export without secrets, whose log nobody could continue, where `state` is already there, and where
    an earlier restore was ended before it was done; `Malformed` or `Untrue` for a damaged export.
    """
    manifest = ExportManifest.read(export)
    manifest.check(export)
    if not manifest.has_secrets:
        raise Refused(
            "export: it has no private keys, so nobody could continue its log; export with --secrets"
        )
    if state.exists():
        raise Refused("state: it is there already; name a new folder")
    made = state.with_name(f"{state.name}.restoring")
    state.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.mkdir(mode=PRIVATE_FOLDER)
    except FileExistsError as error:
        # Whose it is, nobody can tell from here; it may be all that is left of something.
        raise Refused(
            f"state: {made.name} is there, of a restore that was ended; look at it, remove it, restore again"
        ) from error
    try:
        done = _restored(export, made, settings or Settings.read())
        _put_in_place(made, state)
    except BaseException:
        # Made a moment ago, of an export that is whole and still there.
        shutil.rmtree(made, ignore_errors=True)
        raise
    return replace(done, files=len(manifest.files))


def _restored(export: Path, made: Path, settings: Settings) -> Exported:
    (made / "services").mkdir()
    replace_file(made / "services" / KEYS_FILE, (export / APART / KEYS_FILE).read_bytes(), mode=PRIVATE)
    copy_all_private(export / APART / ISSUER, made / ISSUER)
    with claimed(made), ministack(settings, made) as url:
        aws = Services(url).settings
        rows = [
            _restore_table(clients.dynamodb(aws), file)
            for folder in (export / "tables", export / APART / "tables")
            for file in sorted(folder.glob("*.json"))
        ]
        objects = [_restore_bucket(clients.s3(aws), file) for file in (export / "buckets").glob("*.jsonl")]
    return Exported(len(rows), sum(rows), sum(objects), 0, 0)


def _put_in_place(made: Path, state: Path) -> None:
    # An empty folder that somebody made meanwhile would be replaced without a word.
    if state.exists():
        raise Refused("state: it is there already; name a new folder")
    made.rename(state)
    sync_folder(state.parent)


def _restore_table(dynamodb: DynamoDBClient, file: Path) -> int:
    """Make a table and put its rows into it; how many it has."""
    name, shape = file.stem, json.loads(file.read_bytes())
    expires = shape.pop("TimeToLiveAttribute", None)
    dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **shape)
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    if expires is not None:
        asked: Any = {"Enabled": True, "AttributeName": expires}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=asked)
    count = 0
    for batch in _batches(_rows(file.with_suffix(".jsonl"))):
        puts: Any = [{"PutRequest": {"Item": item}} for item in batch]
        while puts:
            puts = dynamodb.batch_write_item(RequestItems={name: puts})["UnprocessedItems"].get(name)
        count += len(batch)
    return count


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as opened:
        for line in opened:
            try:
                yield _read_bytes(json.loads(line)["Item"])
            except (ValueError, KeyError, TypeError) as error:
                raise Malformed("export: a row is not as DynamoDB prints it") from error


def _read_bytes(value: Any) -> Any:
    """Turn DynamoDB's own JSON into what its client takes: binary values as bytes."""
    match value:
        case {"B": str(text), **rest} if not rest:
            return {"B": base64.b64decode(text, validate=True)}
        case {"BS": list(texts), **rest} if not rest:
            return {"BS": [base64.b64decode(text, validate=True) for text in texts]}
        case dict():
            return {name: _read_bytes(each) for name, each in value.items()}
        case list():
            return [_read_bytes(each) for each in value]
        case _:
            return value


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _restore_bucket(s3: S3Client, told: Path) -> int:
    """Make a bucket and put its objects into it; how many it has."""
    name = told.stem
    s3.create_bucket(Bucket=name)
    count = 0
    with told.open(encoding="utf-8") as lines:
        for line in lines:
            about: dict[str, Any] = json.loads(line)
            key = about.pop("Key")
            file = told.with_suffix("").joinpath(*key.split("/"))
            # The manifest vouches for both; a key that leads elsewhere was in no export of ours.
            if not file.resolve().is_relative_to(told.with_suffix("").resolve()):
                raise Untrue("export: an object lies outside its bucket")
            s3.put_object(Bucket=name, Key=key, Body=file.read_bytes(), **about)
            count += 1
    return count
