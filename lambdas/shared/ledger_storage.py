"""The log on DynamoDB and S3.

One table (`pk`, `sk`): `entry#<hash>` rows stay for ever, `pending#<shard>` rows until they are settled,
`index#<hash>` rows hold places, and one `head` row decides the order. Files lie in the bucket: what the world
may read under `ledger/`, staged batches under `staging/`.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from consent_ledger.log import Dice
from consent_ledger.storage.ports import Head

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

PUBLIC_PREFIX = "ledger/"
IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, max-age=2"
_TEXT = "text/plain; charset=utf-8"
_SHARDS = "0123456789abcdef"
_REST = 63  # hex digits of a leaf hash behind the one that names its shard
_BATCH_ROWS = 12  # each settles with two writes, and BatchWriteItem takes 25
_TRIES = 10
_HEAD_KEY = {"pk": {"S": "head"}, "sk": {"S": "head"}}


class DynamoS3Storage:
    """A `Storage` over one table and one bucket; any number of processes may use them at once."""

    def __init__(
        self,
        table: str,
        bucket: str,
        *,
        dynamodb_client: DynamoDBClient,
        s3_client: S3Client,
        dice: Dice = secrets.randbelow,
    ) -> None:
        self._table = table
        self._bucket = bucket
        self._dynamodb = dynamodb_client
        self._s3 = s3_client
        self._dice = dice

    def put_entry(self, entry: bytes, leaf: bytes) -> bool:
        """See `Storage.put_entry`."""
        name = entry.hex()
        known = {"pk": {"S": f"entry#{name}"}, "sk": {"S": "entry"}}
        pending = {"pk": {"S": f"pending#{name[0]}"}, "sk": {"S": name}, "leaf": {"B": leaf}}
        new = "attribute_not_exists(pk)"
        return write_together(
            self._dynamodb,
            {"Put": {"TableName": self._table, "Item": known, "ConditionExpression": new}},
            {"Put": {"TableName": self._table, "Item": pending}},
        )

    def pending(self, limit: int) -> tuple[bytes, ...]:
        """See `Storage.pending`; shards take turns and begin anywhere, so that nothing waits for ever."""
        shards = [self._pending_shard(shard, limit) for shard in _SHARDS]
        turns = (leaf for row in zip_longest(*shards) for leaf in row if leaf is not None)
        return tuple(turns)[:limit]

    def head(self) -> Head:
        """See `Storage.head`."""
        row = self._row(_HEAD_KEY)
        if row is None:
            return Head()
        return Head(int(row["size"]["N"]), int(row["clean"]["N"]), row["staged"]["S"])

    def swap_head(self, old: Head, new: Head) -> bool:
        """See `Storage.swap_head`."""
        values: dict[str, Any] = {}
        condition = "attribute_not_exists(pk)"
        if old != Head():
            condition = "#size = :size AND #clean = :clean AND #staged = :staged"
            values = {f":{name}": value for name, value in _head_fields(old).items()}
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={**_HEAD_KEY, **_head_fields(new)},
                ConditionExpression=condition,
                **_when(values, ExpressionAttributeValues=values),
                **_when(values, ExpressionAttributeNames={f"#{n}": n for n in ("size", "clean", "staged")}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def settle(self, first: int, entries: Sequence[bytes]) -> None:
        """See `Storage.settle`."""
        for start in range(0, len(entries), _BATCH_ROWS):
            requests: list[Any] = []
            for index, entry in enumerate(entries[start : start + _BATCH_ROWS], start=first + start):
                name = entry.hex()
                place = {"pk": {"S": f"index#{name}"}, "sk": {"S": "index"}, "index": {"N": str(index)}}
                pending = {"pk": {"S": f"pending#{name[0]}"}, "sk": {"S": name}}
                requests += [{"PutRequest": {"Item": place}}, {"DeleteRequest": {"Key": pending}}]
            self._write_all(requests)

    def index_of(self, entry: bytes) -> int | None:
        """See `Storage.index_of`."""
        row = self._row({"pk": {"S": f"index#{entry.hex()}"}, "sk": {"S": "index"}})
        return None if row is None else int(row["index"]["N"])

    def knows(self, entry: bytes) -> bool:
        """See `Storage.knows`."""
        return self._row({"pk": {"S": f"entry#{entry.hex()}"}, "sk": {"S": "entry"}}) is not None

    def write_once(self, path: str, data: bytes) -> None:
        """See `Storage.write_once`."""
        kind = _TEXT if path.startswith("checkpoints/") else "application/octet-stream"
        written = self._put_object(path, data, kind, IMMUTABLE, IfNoneMatch="*")
        if not written and self.read(path) != data:
            raise FileExistsError(path)

    def read(self, path: str) -> bytes | None:
        """See `Storage.read`."""
        found = self._object(path)
        return None if found is None else found[0]

    def checkpoint(self) -> bytes | None:
        """See `Storage.checkpoint`."""
        return self.read("checkpoint")

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> bool:
        """See `Storage.swap_checkpoint`."""
        found = self._object("checkpoint")
        if (None if found is None else found[0]) != old:
            return False
        condition = {"IfNoneMatch": "*"} if found is None else {"IfMatch": found[1]}
        return self._put_object("checkpoint", new, _TEXT, SHORT, **condition)

    def _pending_shard(self, shard: str, limit: int) -> list[bytes]:
        leaves, more = self._pending_where("pk = :pk", shard, limit)
        if not more:
            return leaves
        # Whoever floods the log can choose leaf hashes by trying: from the lowest on, those that are
        # pending behind a flood would never have their turn. So from anywhere on, and round the end.
        start = f"{shard}{self._dice(16**_REST):0{_REST}x}"
        leaves, _ = self._pending_where("pk = :pk AND sk >= :start", shard, limit, start=start)
        if len(leaves) < limit:
            left = limit - len(leaves)
            leaves += self._pending_where("pk = :pk AND sk < :start", shard, left, start=start)[0]
        return leaves

    def _pending_where(
        self, condition: str, shard: str, limit: int, *, start: str | None = None
    ) -> tuple[list[bytes], bool]:
        """At most `limit` pending leaves of a shard that meet a condition, and whether there may be more."""
        values: dict[str, Any] = {":pk": {"S": f"pending#{shard}"}}
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values if start is None else {**values, ":start": {"S": start}},
            ConsistentRead=True,
            Limit=limit,
        )
        return [bytes(row["leaf"]["B"]) for row in answer["Items"]], "LastEvaluatedKey" in answer

    def _row(self, key: dict[str, Any]) -> dict[str, Any] | None:
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return dict(answer["Item"]) if "Item" in answer else None

    def _write_all(self, requests: list[Any]) -> None:
        for _ in _tries():
            answer = self._dynamodb.batch_write_item(RequestItems={self._table: requests})
            requests = list(answer.get("UnprocessedItems", {}).get(self._table, []))
            if not requests:
                return
        raise TimeoutError("ledger storage: writes stay unprocessed")

    def _object(self, path: str) -> tuple[bytes, str] | None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=_key(path))
        except self._s3.exceptions.NoSuchKey:
            return None
        return answer["Body"].read(), answer["ETag"]

    def _put_object(self, path: str, data: bytes, kind: str, cache: str, **condition: str) -> bool:
        """Whether the write met its condition; conflicts with a write under way are tried again."""
        for _ in _tries():
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=_key(path),
                    Body=data,
                    ContentType=kind,
                    CacheControl=cache,
                    **condition,  # type: ignore[arg-type]  # IfMatch or IfNoneMatch
                )
                return True
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in ("PreconditionFailed", "412", "NoSuchKey"):
                    return False
                if code not in ("ConditionalRequestConflict", "409"):
                    raise
        raise TimeoutError("ledger storage: too many conflicting writes")


def write_together(client: DynamoDBClient, *items: Any) -> bool:
    """Write all items of a transaction or none; False when a condition does not hold.

    A transaction that meets another one is tried again; raises `TimeoutError` when that goes on for long.
    """
    for _ in _tries():
        try:
            client.transact_write_items(TransactItems=items)
            return True
        except ClientError as error:
            codes = _cancellation(error)
            if "ConditionalCheckFailed" in codes:
                return False
            if "TransactionConflict" not in codes:
                raise
    raise TimeoutError("ledger storage: too many conflicting writes")


def _key(path: str) -> str:
    return path if path.startswith("staging/") else PUBLIC_PREFIX + path


def _head_fields(head: Head) -> dict[str, Any]:
    return {"size": {"N": str(head.size)}, "clean": {"N": str(head.clean)}, "staged": {"S": head.staged}}


def _when(wanted: object, **arguments: Any) -> dict[str, Any]:
    return arguments if wanted else {}


def _cancellation(error: ClientError) -> set[str]:
    if error.response["Error"]["Code"] in ("TransactionConflictException", "TransactionInProgressException"):
        return {"TransactionConflict"}
    response: dict[str, Any] = dict(error.response)
    return {reason.get("Code", "") for reason in response.get("CancellationReasons", [])}


def _tries(sleep: Callable[[float], None] = time.sleep) -> Iterator[int]:
    """Turns to try in, each after a longer wait of random length."""
    for turn in range(_TRIES):
        yield turn
        sleep(random.uniform(0, 0.01 * 2**turn))  # noqa: S311  # only spreads retries over time
