"""The rows of orders that wait, on the agencies' table: read and written as all rows are, and taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdas.shared.agency.dynamo import DynamoRows, key_of
from lambdas.shared.agency.rows import AgencyId, Place, Row, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoWaiting:
    """`WaitingRows` on one DynamoDB table."""

    client: DynamoDBClient
    table: str

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        """See `WaitingRows.page`."""
        return DynamoRows(self.client, self.table).page(agency, place, after=after, limit=limit)

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        """See `WaitingRows.write`."""
        return DynamoRows(self.client, self.table).write(agency, *writes)

    def drop(self, agency: AgencyId, place: Place, name: str) -> None:
        """See `WaitingRows.drop`."""
        self.client.delete_item(TableName=self.table, Key=key_of(agency, place, name))
