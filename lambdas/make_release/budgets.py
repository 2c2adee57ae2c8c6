"""`Budgets` on one DynamoDB table, key `pk`: the population.

Attributes: `budget` (canonical JSON, as `docs/formats/budget.md` has it) and `revision`, which each write
raises by one if nobody else has. Rows have no end: what was lost of a device's privacy stays lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoBudgets:
    """Budgets that every function instance shares."""

    client: DynamoDBClient
    table: str

    def read(self, population: str) -> tuple[bytes, int] | None:
        """Return a population's budget and its revision, as of all writes before; None before the first."""
        answer = self.client.get_item(
            TableName=self.table, Key={"pk": {"S": population}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else (bytes(item["budget"]["B"]), int(item["revision"]["N"]))

    def write(self, population: str, data: bytes, *, after: int) -> bool:
        """Write a budget as the revision after this one, 0 for none; say no when another came first."""
        condition: Any = (
            {"ConditionExpression": "attribute_not_exists(pk)"}
            if after == 0
            else {
                "ConditionExpression": "revision = :after",
                "ExpressionAttributeValues": {":after": {"N": str(after)}},
            }
        )
        item: Any = {"pk": {"S": population}, "budget": {"B": data}, "revision": {"N": str(after + 1)}}
        try:
            self.client.put_item(TableName=self.table, Item=item, **condition)
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True
