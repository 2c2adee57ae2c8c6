"""`Settled` on the budgets' table: which release was made of a batch, by its SHA-256.

One row for a release, key `pk`: `release#<site>#<task>#<period>`, with `digest` (32 bytes). It is written
before the release can be seen, once, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoSettled:
    """The releases that were made of one site's batches, as every function instance sees them."""

    client: DynamoDBClient
    table: str
    site: str

    def digest(self, task_id: str, period: str) -> bytes | None:
        """Return the SHA-256 of the batch's one release, as of all writes before; None before it."""
        item = self.client.get_item(
            TableName=self.table, Key={"pk": {"S": self._row(task_id, period)}}, ConsistentRead=True
        ).get("Item")
        return None if item is None else bytes(item["digest"]["B"])

    def settle(self, task_id: str, period: str, *, digest: bytes) -> bool:
        """Let the release with this SHA-256 be the batch's one; say no when there is one already."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item={"pk": {"S": self._row(task_id, period)}, "digest": {"B": digest}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _row(self, task_id: str, period: str) -> str:
        return f"release#{self.site}#{task_id}#{period}"
