"""A MiniStack that is ended without a word, and clients that ask it once and are told or not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from nearside.local.ministack import ministack
from nearside.local.names import REGION
from nearside.settings import Settings

CLIENTS = 8
TABLE = "rows"


def kill(*pids: int) -> None:
    """End processes without a word, at once."""
    subprocess.run(["kill", "-KILL", *map(str, pids)], check=False)


@contextmanager
def doomed(state: Path) -> Iterator[tuple[str, int]]:
    """MiniStack on this state, by its address and process id, that will not be there to be stopped."""
    with suppress(ProcessLookupError), ministack(Settings.read(), state) as url:
        yield url, int((state / "ministack.pid").read_text())


def client(url: str, service: str) -> Any:
    """A client that asks once."""
    session = boto3.session.Session(
        aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
    )
    config = Config(
        retries={"total_max_attempts": 1},
        read_timeout=10,
        max_pool_connections=CLIENTS,
        s3={"addressing_style": "path"},
    )
    return session.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]


def create_table(table: Any, *keys: str) -> None:
    """Create the table, with these string keys (partition, then sort)."""
    table.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def rows_of(table: Any) -> dict[str, Any]:
    """Every row of the table by its partition key."""
    pages = table.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}
