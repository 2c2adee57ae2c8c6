"""The register of erasures on DynamoDB.

One table (`pk`, `sk` = id in hex): `open` rows hold the entries of an erasure under way, `done` rows what an
officer may know of a finished one. No recovery to a point in time: which entries went together is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from consent_ledger.erasing import OpenErasure
from consent_ledger.erasure import Erasure
from lambdas.shared.ledger_storage import write_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEW = "attribute_not_exists(pk)"
_NUMBERS = ("count", "requested_at", "completed_at", "backup_horizon_days")


class DynamoErasures:
    """An `ErasureRegister` over one table."""

    def __init__(self, table: str, *, dynamodb_client: DynamoDBClient) -> None:
        self._table = table
        self._dynamodb = dynamodb_client

    def begin(self, erasure: OpenErasure) -> OpenErasure | Erasure:
        """See `ErasureRegister.begin`."""
        key = _key("open", erasure.erasure_id)
        row = {
            **key,
            "entries": {"L": [{"B": entry} for entry in erasure.entries]},
            "requested_at": {"N": str(erasure.requested_at)},
        }
        done = _key("done", erasure.erasure_id)
        while True:
            # One transaction: an erasure that somebody completes at this moment must not begin again.
            if write_together(
                self._dynamodb,
                {"ConditionCheck": {"TableName": self._table, "Key": done, "ConditionExpression": _NEW}},
                {"Put": {"TableName": self._table, "Item": row, "ConditionExpression": _NEW}},
            ):
                return erasure
            if (standing := self._row(done)) is not None:
                return _done(standing)
            if (standing := self._row(key)) is not None:
                return _open(standing)

    def fix_count(self, erasure_id: bytes, count: int) -> int:
        """See `ErasureRegister.fix_count`."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key("open", erasure_id),
                UpdateExpression="SET #count = :count",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(#count)",
                ExpressionAttributeNames={"#count": "count"},
                ExpressionAttributeValues={":count": {"N": str(count)}},
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            row = self._row(_key("open", erasure_id)) or self._row(_key("done", erasure_id))
            if row is None or "count" not in row:
                raise
            return int(row["count"]["N"])
        return count

    def complete(self, erasure_id: bytes, erasure: Erasure) -> Erasure:
        """See `ErasureRegister.complete`."""
        numbers = {name: {"N": str(getattr(erasure, name))} for name in _NUMBERS}
        done = _key("done", erasure_id)
        if write_together(
            self._dynamodb,
            {"Put": {"TableName": self._table, "Item": {**done, **numbers}, "ConditionExpression": _NEW}},
            {"Delete": {"TableName": self._table, "Key": _key("open", erasure_id)}},
        ):
            return erasure
        standing = self._row(done)
        return erasure if standing is None else _done(standing)

    def withdraw(self, erasure_id: bytes) -> int | None:
        """See `ErasureRegister.withdraw`."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key("open", erasure_id),
                ConditionExpression="attribute_not_exists(#count)",
                ExpressionAttributeNames={"#count": "count"},
            )
        row = self._row(_key("open", erasure_id)) or self._row(_key("done", erasure_id))
        return int(row["count"]["N"]) if row is not None and "count" in row else None

    def unfinished(self, limit: int) -> tuple[OpenErasure, ...]:
        """See `ErasureRegister.unfinished`."""
        answer = self._dynamodb.query(**self._all("open"), ConsistentRead=True, Limit=limit)
        return tuple(_open(row) for row in answer["Items"])

    def completed(self) -> Iterator[tuple[bytes, Erasure]]:
        """See `ErasureRegister.completed`."""
        for row in self._rows("done"):
            yield bytes.fromhex(row["sk"]["S"]), _done(row)

    def under_way(self) -> Iterator[OpenErasure]:
        """See `ErasureRegister.under_way`."""
        for row in self._rows("open"):
            yield _open(row)

    def _rows(self, state: str) -> Iterator[Any]:
        # Read as they are, not as they were: whoever compares the two lists must miss none between them.
        pages = self._dynamodb.get_paginator("query").paginate(**self._all(state), ConsistentRead=True)
        for page in pages:
            yield from page["Items"]

    def _all(self, state: str) -> Any:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": state}},
        }

    def _row(self, key: dict[str, Any]) -> dict[str, Any] | None:
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return dict(answer["Item"]) if "Item" in answer else None


def _key(state: str, erasure_id: bytes) -> dict[str, Any]:
    return {"pk": {"S": state}, "sk": {"S": erasure_id.hex()}}


def _open(row: Any) -> OpenErasure:
    return OpenErasure(
        bytes.fromhex(row["sk"]["S"]),
        tuple(bytes(entry["B"]) for entry in row["entries"]["L"]),
        int(row["requested_at"]["N"]),
        int(row["count"]["N"]) if "count" in row else None,
    )


def _done(row: Any) -> Erasure:
    return Erasure(**{name: int(row[name]["N"]) for name in _NUMBERS})
