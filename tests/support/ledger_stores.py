"""An empty store of the log of each kind: in memory, in a folder, and on DynamoDB and S3.

A test module that wants each in turn names this file and `tests.support.ministack` in `pytest_plugins`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consent_ledger.storage.file import FileStorage
from consent_ledger.storage.memory import MemoryStorage
from consent_ledger.storage.ports import Storage
from lambdas.shared.ledger_storage import DynamoS3Storage

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack


@pytest.fixture(
    params=["memory", "file", pytest.param("dynamo", marks=pytest.mark.stack)],
)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty store of each kind."""
    match request.param:
        case "memory":
            return MemoryStorage()
        case "file":
            return FileStorage(tmp_path / "ledger")
        case _:
            stack: MiniStack = request.getfixturevalue("ministack")
            return DynamoS3Storage(
                stack.table("pk", "sk"),
                stack.bucket(),
                dynamodb_client=stack.client("dynamodb"),
                s3_client=stack.client("s3"),
            )
