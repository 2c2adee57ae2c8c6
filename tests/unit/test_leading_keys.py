"""Which partition keys a DynamoDB request names, in each of its forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nearside.local.leading_keys import leading_keys


def row(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "other"}}


@pytest.mark.parametrize(
    ("request_", "keys"),
    [
        ({"TableName": "t", "Key": row("a")}, ["a"]),
        ({"TableName": "t", "Item": {**row("a"), "n": {"N": "1"}}}, ["a"]),
        (
            {
                "TableName": "t",
                "KeyConditionExpression": "#k = :k AND begins_with(sk, :s)",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":k": {"S": "a"}, ":s": {"S": "b"}},
            },
            ["a"],
        ),
        (
            {
                "TableName": "t",
                "KeyConditionExpression": "sk = :s and pk=:k",
                "ExpressionAttributeValues": {":k": {"S": "a"}, ":s": {"S": "b"}},
            },
            ["a"],
        ),
        (
            {
                "TransactItems": [
                    {"Put": {"TableName": "t", "Item": row("a")}},
                    {"ConditionCheck": {"TableName": "t", "Key": row("b")}},
                ]
            },
            ["a", "b"],
        ),
        (
            {
                "RequestItems": {
                    "t": [{"PutRequest": {"Item": row("a")}}, {"DeleteRequest": {"Key": row("b")}}]
                }
            },
            ["a", "b"],
        ),
        ({"RequestItems": {"t": {"Keys": [row("a"), row("b")]}}}, ["a", "b"]),
        ({"TableName": "t"}, []),
        ({"TableName": "unknown", "Key": row("a")}, []),
        ([], []),
    ],
)
def test_every_form_of_request_tells_its_keys(request_: object, keys: list[str]) -> None:
    """One item, a query, a transaction, a batch; a scan has none."""
    assert leading_keys(json.dumps(request_).encode(), {"t": "pk"}.get) == keys


def test_what_is_not_json_has_no_keys() -> None:
    """Whoever answers the request refuses it."""
    assert leading_keys(b"\xff{", {}.get) == []
