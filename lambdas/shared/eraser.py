"""Wires what erasing needs from the variables that its two functions share."""

from __future__ import annotations

import time
from functools import cache

from consent_ledger.erasing import Eraser
from lambdas.shared import clients
from lambdas.shared.erasures import DynamoErasures
from lambdas.shared.ledger_storage import DynamoS3Storage
from lambdas.shared.settings import AwsSettings, variable
from lambdas.shared.sidecar import KmsSidecars


def read_eraser() -> Eraser:
    """Return the eraser that this function's variables name. Raises `SettingMissing`."""
    return _compose(
        AwsSettings.read(),
        ledger=(variable("LEDGER_TABLE"), variable("LEDGER_BUCKET")),
        sidecars=(variable("SIDECAR_TABLE"), variable("SIDECAR_KEY_TABLE"), variable("SIDECAR_KEY_ID")),
        register=variable("ERASURE_TABLE"),
        backup_horizon_days=int(variable("BACKUP_HORIZON_DAYS")),
    )


@cache
def _compose(
    aws: AwsSettings,
    *,
    ledger: tuple[str, str],
    sidecars: tuple[str, str, str],
    register: str,
    backup_horizon_days: int,
) -> Eraser:
    dynamodb = clients.dynamodb(aws)
    table, bucket = ledger
    boxes, keys, key_id = sidecars
    return Eraser(
        ledger=DynamoS3Storage(table, bucket, dynamodb_client=dynamodb, s3_client=clients.s3(aws)),
        sidecars=KmsSidecars(
            boxes, keys, key_id=key_id, dynamodb_client=dynamodb, kms_client=clients.kms(aws)
        ),
        register=DynamoErasures(register, dynamodb_client=dynamodb),
        clock=lambda: int(time.time()),
        backup_horizon_days=backup_horizon_days,
    )
