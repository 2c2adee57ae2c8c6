"""`AgencyRows` on one DynamoDB table, keys `pk` and `sk`.

| row | pk | sk | attributes |
| --- | --- | --- | --- |
| any | `<agency>#<kind>#<list>` | its name | `revision`, `body` (canonical JSON), `expires_at` (Unix s) |

The agency comes first in every partition key, and no agency's name has a `#`: no key of one is another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdas.shared.agency.rows import AgencyId, Place, Row, Write, check_writes, is_name
from lambdas.shared.ledger_storage import write_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoRows:
    """Rows that every function instance shares."""

    client: DynamoDBClient
    table: str

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        """See `AgencyRows.read`."""
        if not is_name(name):
            return None
        answer = self.client.get_item(
            TableName=self.table, Key=key_of(agency, place, name), ConsistentRead=True
        )
        return _row(answer["Item"]) if "Item" in answer else None

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        """See `AgencyRows.page`."""
        return self._found(agency, place, beyond=("sk > :edge", after), limit=limit, forward=True)

    def page_back(self, agency: AgencyId, place: Place, *, before: str | None, limit: int) -> tuple[Row, ...]:
        """See `AgencyRows.page_back`."""
        if before == "":
            return ()
        return self._found(agency, place, beyond=("sk < :edge", before or ""), limit=limit, forward=False)

    def last(self, agency: AgencyId, place: Place) -> Row | None:
        """See `AgencyRows.last`."""
        return next(iter(self.page_back(agency, place, before=None, limit=1)), None)

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        """See `AgencyRows.write`."""
        check_writes(writes)
        return write_together(self.client, *(self._put(agency, each) for each in writes))

    def _found(
        self, agency: AgencyId, place: Place, *, beyond: tuple[str, str], limit: int, forward: bool
    ) -> tuple[Row, ...]:
        """Rows beyond an edge, "" for none; an answer ends at a megabyte, so one page may take several."""
        condition, edge = beyond
        found: list[Row] = []
        start: dict[str, Any] = {}
        while len(found) < limit:
            answer = self.client.query(
                TableName=self.table,
                KeyConditionExpression=f"pk = :pk AND {condition}" if edge else "pk = :pk",
                ExpressionAttributeValues={
                    ":pk": {"S": _pk(agency, place)},
                    **({":edge": {"S": edge}} if edge else {}),
                },
                ConsistentRead=True,
                ScanIndexForward=forward,
                Limit=limit - len(found),
                **start,
            )
            found += [_row(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return tuple(found)

    def _put(self, agency: AgencyId, write: Write) -> Any:
        item = {
            **key_of(agency, write.place, write.name),
            "revision": {"N": str(write.after + 1)},
            "body": {"B": write.body},
            **({"expires_at": {"N": str(write.expires_at)}} if write.expires_at is not None else {}),
        }
        put: dict[str, Any] = {"TableName": self.table, "Item": item}
        if write.after:
            condition = {
                "ConditionExpression": "revision = :after",
                "ExpressionAttributeValues": {":after": {"N": str(write.after)}},
            }
        else:
            condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        return {"Put": {**put, **condition}}


def _pk(agency: AgencyId, place: Place) -> str:
    if not agency or "#" in agency:
        raise ValueError("agency rows: no name of an agency")
    return f"{agency}#{place}"


def key_of(agency: AgencyId, place: Place, name: str) -> dict[str, Any]:
    """Return a row's key. Raises `ValueError` for no name of an agency."""
    return {"pk": {"S": _pk(agency, place)}, "sk": {"S": name}}


def _row(item: Any) -> Row:
    expires = item.get("expires_at")
    return Row(
        name=item["sk"]["S"],
        revision=int(item["revision"]["N"]),
        body=bytes(item["body"]["B"]),
        expires_at=int(expires["N"]) if expires else None,
    )
