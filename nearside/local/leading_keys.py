"""The partition keys that a DynamoDB request names, for policies that speak of `dynamodb:LeadingKeys`.

MiniStack evaluates policies without this condition key, and a `ForAllValues` condition on a key that is not
there holds for everything. Standard library only: it runs under the Python that has MiniStack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

_EQUALS: Final = re.compile(r"([#\w.-]+)\s*=\s*(:\w+)")


def leading_keys(body: bytes, partition_key: Callable[[str], str | None]) -> list[str]:
    """List the values of partition keys in a request's JSON body, none for a request that names none.

    `partition_key` returns the name of a table's partition key. The keys of a transaction or of a batch
    come together, where AWS asks for each of a transaction's by itself: a role that passes here passes there.
    """
    try:
        request = json.loads(body)
    except ValueError:
        return []
    if not isinstance(request, dict):
        return []
    return [
        str(value)
        for table, keys in _named(request)
        for value in _values(keys.get(partition_key(table) or ""))
    ]


def _named(request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through tables and the attributes that hold a key."""
    for item in request.get("TransactItems", ()):
        for operation in item.values():
            yield from _named(operation)
    for table, rows in request.get("RequestItems", {}).items():
        for row in rows["Keys"] if isinstance(rows, dict) else rows:
            keys = row.get("PutRequest", {}).get("Item") or row.get("DeleteRequest", {}).get("Key") or row
            yield table, keys
    table = request.get("TableName")
    if isinstance(table, str):
        yield table, request.get("Key") or request.get("Item") or _asked(request)


def _asked(request: dict[str, Any]) -> dict[str, Any]:
    names = request.get("ExpressionAttributeNames", {})
    values = request.get("ExpressionAttributeValues", {})
    found = _EQUALS.findall(request.get("KeyConditionExpression", ""))
    return {names.get(name, name): values.get(value) for name, value in found}


def _values(attribute: Any) -> Iterator[Any]:
    if isinstance(attribute, dict):
        yield from attribute.values()
