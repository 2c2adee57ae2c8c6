"""The ledger's table on DynamoDB as whoever restores it writes to it, and a copy of it of before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from lambdas.shared.ledger_storage import DynamoS3Storage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_AT_ONCE: Final = 16


class RestoredTable(DynamoS3Storage):
    """A table of the log that is told what it once knew: whatever is there stays as it is."""

    def __init__(
        self, table: str, bucket: str, *, dynamodb_client: DynamoDBClient, s3_client: S3Client
    ) -> None:
        """Write to this table and bucket."""
        super().__init__(table, bucket, dynamodb_client=dynamodb_client, s3_client=s3_client)
        self._client, self._name = dynamodb_client, table

    def remember(self, entries: Sequence[bytes]) -> None:
        """See `rebuilt_log.Table.remember`; one by one, since the table denies batches of entries."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._remember, entries))

    def wait(self, entry: bytes, leaf: bytes) -> None:
        """See `rebuilt_log.Table.wait`."""
        self._remember(entry)
        name = entry.hex()
        item: Any = {"pk": {"S": f"pending#{name[0]}"}, "sk": {"S": name}, "leaf": {"B": leaf}}
        self._client.put_item(TableName=self._name, Item=item)

    def _remember(self, entry: bytes) -> None:
        item: Any = {"pk": {"S": f"entry#{entry.hex()}"}, "sk": {"S": "entry"}}
        try:
            self._client.put_item(
                TableName=self._name, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return


def pending_in(client: DynamoDBClient, table: str) -> Iterator[bytes]:
    """The leaves that waited for a place in a copy of the table."""
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="begins_with(pk, :pending)",
        ExpressionAttributeValues={":pending": {"S": "pending#"}},
    )
    yield from (bytes(row["leaf"]["B"]) for page in pages for row in page["Items"])
