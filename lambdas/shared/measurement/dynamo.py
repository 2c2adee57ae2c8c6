"""`Batches` on one DynamoDB table, keys `pk` and `sk`.

| row | pk | sk | attributes |
| --- | --- | --- | --- |
| task | `task#<task>` | `task` | `task` (canonical JSON), `catalogue` (hex) |
| batch of a week | `week#<period>` | `<task>` | |
| report id | `report#<id>` | `<task>#<period>` | `expires_at` (Unix seconds) |
| state of a shard | `batch#<task>#<period>#<shard>` | `state` | `closed` |
| sum in a shard | `batch#<task>#<period>#<shard>` | `cell#<from>#<to>` | `n`, `expires_at` |
| seed of a batch | `batch#<task>#<period>#seed` | `seed` | `seed` (32 bytes), `expires_at` |

The table drops rows after `expires_at`; sums go before that, with their release.
One transaction writes the report's id and adds one to a sum; no row ever holds both, and the shard is
drawn at random, so that nothing joins an id to a pair of pages.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from consent_ledger.errors import Refused
from edge_client.wire.contribution import Contribution
from edge_client.wire.task import MeasurementTask
from lambdas.shared.measurement.periods import kept_until, sums_kept_until
from lambdas.shared.measurement.ports import Added, RegisteredTask

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS: Final = 16
"""Transactions on one shard's state row exclude one another: more shards, more contributions a second."""

_ABSENT: Final = "attribute_not_exists(pk)"
_ATTEMPTS: Final = 5
_IN_THE_WAY: Final = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


@dataclass(frozen=True, slots=True)
class DynamoBatches:
    """Batches that every function instance shares; `below(n)` draws a whole number from 0 to n - 1."""

    client: DynamoDBClient
    table: str
    below: Callable[[int], int]

    def register(self, task: RegisteredTask, period: str) -> RegisteredTask:
        """Keep a task unless one of its id is kept already, and that it has a batch in the period."""
        self.client.put_item(TableName=self.table, Item=_key(f"week#{period}", task.task.task_id))
        item = {
            **_key(f"task#{task.task.task_id}", "task"),
            "task": {"B": task.task.to_bytes()},
            "catalogue": {"S": task.catalogue},
        }
        try:
            self.client.put_item(
                TableName=self.table, Item=item, ConditionExpression="attribute_not_exists(pk)"
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return self.registered(task.task.task_id) or task
        return task

    def registered(self, task_id: str) -> RegisteredTask | None:
        """Return the task of that id."""
        answer = self.client.get_item(
            TableName=self.table, Key=_key(f"task#{task_id}", "task"), ConsistentRead=True
        )
        item = answer.get("Item")
        if item is None:
            return None
        return RegisteredTask(MeasurementTask.from_bytes(bytes(item["task"]["B"])), item["catalogue"]["S"])

    def tasks_of(self, period: str) -> tuple[str, ...]:
        """List the ids of the tasks that have a batch in the period, sorted."""
        return tuple(item["sk"]["S"] for item in self._rows(f"week#{period}"))

    def add(self, contribution: Contribution) -> Added:
        """Add a contribution in one transaction: its id is new, its shard is open, its sum grows by one."""
        for _ in range(_ATTEMPTS):
            shard = _shard(contribution.task, contribution.period, self.below(SHARDS))
            try:
                self.client.transact_write_items(TransactItems=self._transaction(contribution, shard))
            except ClientError as error:
                reasons = _reasons(error)
                if reasons[0] == "ConditionalCheckFailed":
                    return Added.REPLAYED
                if reasons[1] == "ConditionalCheckFailed":
                    return Added.CLOSED
                if not _IN_THE_WAY & set(reasons):
                    raise
            else:
                return Added.NEW
        return Added.BUSY

    def close(self, task_id: str, period: str) -> None:
        """Close every shard; a transaction that is under way either comes before or fails."""
        for number in range(SHARDS):
            self.client.update_item(
                TableName=self.table,
                Key=_key(_shard(task_id, period, number), "state"),
                UpdateExpression="SET closed = :yes",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )

    def counts(self, task_id: str, period: str) -> Mapping[tuple[int, int], int]:
        """Return the sums of a closed batch, added over its shards."""
        sums: Counter[tuple[int, int]] = Counter()
        for number in range(SHARDS):
            closed = False
            for item in self._rows(_shard(task_id, period, number)):
                if item["sk"]["S"] == "state":
                    closed = item["closed"]["BOOL"]
                else:
                    _, source, target = item["sk"]["S"].split("#")
                    sums[int(source), int(target)] += int(item["n"]["N"])
            if not closed:
                raise Refused("batch: still open")
        return dict(sums)

    def seed(self, task_id: str, period: str) -> bytes:
        """Return the 32 secret bytes of a batch, drawn at the first call and kept as long as its sums."""
        answer = self.client.update_item(
            TableName=self.table,
            Key=_seed(task_id, period),
            UpdateExpression="SET seed = if_not_exists(seed, :fresh), expires_at = :until",
            ExpressionAttributeValues={
                ":fresh": {"B": secrets.token_bytes(32)},
                ":until": {"N": str(sums_kept_until(period))},
            },
            ReturnValues="ALL_NEW",
        )
        return bytes(answer["Attributes"]["seed"]["B"])

    def discard(self, task_id: str, period: str) -> None:
        """Destroy the sums of a closed batch, shard by shard, and its seed after them."""
        self.counts(task_id, period)
        for number in range(SHARDS):
            for item in self._rows(_shard(task_id, period, number)):
                if item["sk"]["S"] != "state":
                    self.client.delete_item(TableName=self.table, Key=_key(item["pk"]["S"], item["sk"]["S"]))
        self.client.delete_item(TableName=self.table, Key=_seed(task_id, period))

    def _transaction(self, contribution: Contribution, shard: str) -> Any:
        batch = f"{contribution.task}#{contribution.period}"
        report = {
            **_key(f"report#{contribution.report_id}", batch),
            "expires_at": {"N": str(kept_until(contribution.period))},
        }
        return [
            {"Put": {"TableName": self.table, "Item": report, "ConditionExpression": _ABSENT}},
            {
                "ConditionCheck": {
                    "TableName": self.table,
                    "Key": _key(shard, "state"),
                    "ConditionExpression": "attribute_not_exists(closed)",
                }
            },
            {
                "Update": {
                    "TableName": self.table,
                    "Key": _key(shard, f"cell#{contribution.source}#{contribution.target}"),
                    "UpdateExpression": "ADD n :one SET expires_at = :until",
                    "ExpressionAttributeValues": {
                        ":one": {"N": "1"},
                        ":until": {"N": str(sums_kept_until(contribution.period))},
                    },
                }
            },
        ]

    def _rows(self, pk: str) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]


def _key(pk: str, sk: str) -> Any:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _shard(task_id: str, period: str, number: int) -> str:
    return f"batch#{task_id}#{period}#{number}"


def _seed(task_id: str, period: str) -> Any:
    return _key(f"batch#{task_id}#{period}#seed", "seed")


def _reasons(error: ClientError) -> list[str]:
    # Anything but a cancelled transaction has no reasons of its own and is not ours to judge.
    cancelled: Any = error.response.get("CancellationReasons")
    if not cancelled:
        code = error.response["Error"]["Code"]
        return ["None", "None", "TransactionConflict" if code == "TransactionInProgressException" else code]
    return [reason.get("Code", "None") for reason in cancelled]
