"""Sidecars on DynamoDB: each box under a key of its own, each key wrapped by KMS.

Two tables (`pk` = leaf hash in hex): boxes, and wrapped keys. The key table must have neither backups nor
point-in-time recovery: destroying the key is what makes an erasure true.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.errors import Untrue
from consent_ledger.receipt import Opening
from consent_ledger.sidecar import NONCE_BYTES, SealedOpening, associated_data, pack, unpack
from lambdas.shared.ledger_storage import write_together

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient

_NEW = "attribute_not_exists(pk)"


class KmsSidecars:
    """`Sidecars` over two tables and one symmetric KMS key."""

    def __init__(
        self,
        boxes_table: str,
        keys_table: str,
        *,
        key_id: str,
        dynamodb_client: DynamoDBClient,
        kms_client: KMSClient,
    ) -> None:
        self._boxes = boxes_table
        self._keys = keys_table
        self._key_id = key_id
        self._dynamodb = dynamodb_client
        self._kms = kms_client

    def put(self, entry: bytes, opening: Opening) -> None:
        """See `Sidecars.put`."""
        # The row of a destroyed key stays: a request replayed after its erasure must not bring it back.
        if self._row(self._keys, entry) is not None:
            return
        answer = self._kms.generate_data_key(
            KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=_context(entry)
        )
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(answer["Plaintext"]).encrypt(nonce, pack(opening), associated_data(entry))
        box = {**_key(entry), "box": {"B": SealedOpening(nonce, sealed).to_bytes()}}
        key = {**_key(entry), "wrapped_key": {"B": answer["CiphertextBlob"]}}
        # False means that another request for the same entry was faster: then its box stands.
        write_together(
            self._dynamodb,
            {"Put": {"TableName": self._keys, "Item": key, "ConditionExpression": _NEW}},
            {"Put": {"TableName": self._boxes, "Item": box}},
        )

    def open(self, entry: bytes) -> Opening | None:
        """See `Sidecars.open`; raises `Untrue` when the box is not the one that was sealed for this entry."""
        key, box = self._row(self._keys, entry), self._row(self._boxes, entry)
        if key is None or box is None or "wrapped_key" not in key:
            return None
        answer = self._kms.decrypt(
            KeyId=self._key_id,
            CiphertextBlob=bytes(key["wrapped_key"]["B"]),
            EncryptionContext=_context(entry),
        )
        sealed = SealedOpening.from_bytes(bytes(box["box"]["B"]))
        try:
            plain = AESGCM(answer["Plaintext"]).decrypt(
                sealed.nonce, sealed.ciphertext, associated_data(entry)
            )
        except InvalidTag:
            raise Untrue("sidecar: does not open with its key") from None
        return unpack(plain)

    def destroy(self, entry: bytes, erasure: bytes) -> bool:
        """See `Sidecars.destroy`."""
        done = write_together(
            self._dynamodb,
            {
                "Update": {
                    "TableName": self._keys,
                    "Key": _key(entry),
                    "UpdateExpression": "SET erased_by = :erasure REMOVE wrapped_key",
                    "ConditionExpression": "attribute_exists(wrapped_key)",
                    "ExpressionAttributeValues": {":erasure": {"B": erasure}},
                }
            },
            {"Delete": {"TableName": self._boxes, "Key": _key(entry)}},
        )
        if done:
            return True
        row = self._row(self._keys, entry)
        return row is not None and "erased_by" in row and bytes(row["erased_by"]["B"]) == erasure

    def part(self, entry: bytes, erasure: bytes) -> None:
        """See `Sidecars.part`; the row itself stays."""
        with suppress(self._dynamodb.exceptions.ConditionalCheckFailedException):
            self._dynamodb.update_item(
                TableName=self._keys,
                Key=_key(entry),
                UpdateExpression="REMOVE erased_by",
                ConditionExpression="erased_by = :erasure",
                ExpressionAttributeValues={":erasure": {"B": erasure}},
            )

    def sealed(self) -> Iterator[bytes]:
        """See `Sidecars.sealed`; both tables are scanned: either may hold what the other lost."""
        boxes = {row["pk"]["S"] for row in self._scan(self._boxes)}
        for row in self._scan(self._keys, FilterExpression="attribute_exists(wrapped_key)"):
            if row["pk"]["S"] in boxes:
                yield bytes.fromhex(row["pk"]["S"])

    def _scan(self, table: str, **condition: str) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=table,
            ProjectionExpression="pk",
            ConsistentRead=True,
            **condition,  # type: ignore[arg-type]  # FilterExpression alone
        )
        for page in pages:
            yield from page["Items"]

    def _row(self, table: str, entry: bytes) -> dict[str, Any] | None:
        answer = self._dynamodb.get_item(TableName=table, Key=_key(entry), ConsistentRead=True)
        return dict(answer["Item"]) if "Item" in answer else None


def _key(entry: bytes) -> dict[str, Any]:
    return {"pk": {"S": entry.hex()}}


def _context(entry: bytes) -> dict[str, str]:
    return {"entry": entry.hex()}
