"""Woken by messages or by the schedule, whose contents mean nothing: wire the service, publish once."""

from __future__ import annotations

from functools import cache
from time import monotonic_ns
from typing import Any

from consent_ledger.cosignature import WitnessKey
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.quorum import Peer, Quorum
from lambdas.publish_checkpoint.service import PublishCheckpointService
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.logs import log_event
from lambdas.shared.settings import AwsSettings, listed, variable
from lambdas.shared.witness_client import poster, together


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Publish once; when that fails, all messages come back."""
    service = compose(
        AwsSettings.read(),
        ledger=(variable("LEDGER_TABLE"), variable("LEDGER_BUCKET")),
        key_id=variable("LEDGER_KEY_ID"),
        origin=variable("LEDGER_ORIGIN"),
        witnesses=(listed("WITNESS_URLS"), listed("WITNESS_KEYS")),
        quorum=int(variable("QUORUM")),
    )
    started_ns = monotonic_ns()
    try:
        size = service.publish()
    except Refused:
        log_event("publish-waits", duration_us=(monotonic_ns() - started_ns) // 1000)
        raise
    except Untrue:
        log_event("publish-stopped", duration_us=(monotonic_ns() - started_ns) // 1000)
        raise
    log_event(
        "publish",
        woken=len(event.get("Records", ())),
        size=size,
        duration_us=(monotonic_ns() - started_ns) // 1000,
    )
    return {"batchItemFailures": []}


@cache
def compose(
    aws: AwsSettings,
    *,
    ledger: tuple[str, str],
    key_id: str,
    origin: str,
    witnesses: tuple[tuple[str, ...], tuple[str, ...]],
    quorum: int,
) -> PublishCheckpointService:
    """Wire the service; `ledger` is table and bucket, `witnesses` addresses and keys, in one order.

    Raises `Malformed` for a key or an address that is none, and for more of one than of the other.
    """
    table, bucket = ledger
    urls, vkeys = witnesses
    if len(urls) != len(vkeys):
        raise Malformed("settings: not as many keys of witnesses as addresses")
    peers = tuple(Peer(WitnessKey.parse(vkey), poster(url)) for url, vkey in zip(urls, vkeys, strict=True))
    return PublishCheckpointService(
        ledger=DynamoS3Storage(
            table, bucket, dynamodb_client=clients.dynamodb(aws), s3_client=clients.s3(aws)
        ),
        signer=KmsSigner(origin, key_id, clients.kms(aws)),
        cosigners=Quorum(peers, quorum, verify_claims, together),
    )
