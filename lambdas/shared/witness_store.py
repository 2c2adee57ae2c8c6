"""A witness's memory on DynamoDB: one row a log, named by the SHA-256 of its origin."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoWitnessStore:
    """A `WitnessStore` over one table with the string key `pk`; many processes may use it at once."""

    def __init__(self, table: str, *, client: DynamoDBClient) -> None:
        self._table = table
        self._client = client

    def latest(self, origin: str) -> bytes | None:
        """See `WitnessStore.latest`."""
        answer = self._client.get_item(TableName=self._table, Key=_key(origin), ConsistentRead=True)
        return bytes(answer["Item"]["note"]["B"]) if "Item" in answer else None

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool:
        """See `WitnessStore.swap`."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if old is not None:
            condition = {
                "ConditionExpression": "note = :old",
                "ExpressionAttributeValues": {":old": {"B": old}},
            }
        try:
            self._client.put_item(
                TableName=self._table, Item={**_key(origin), "note": {"B": new}}, **condition
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(origin: str) -> dict[str, Any]:
    return {"pk": {"S": hashlib.sha256(origin.encode("utf-8")).hexdigest()}}
