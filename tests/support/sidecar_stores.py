"""Every kind of store for sidecars, empty; a module that wants them names this file in `pytest_plugins`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consent_ledger.sidecar import MemorySidecars, Sidecars
from lambdas.shared.sidecar import KmsSidecars

if TYPE_CHECKING:
    from tests.support.ministack import MiniStack


class AwsSidecars(KmsSidecars):
    """The real adapter, with what it was made of at hand."""

    client: Any
    boxes: str
    keys: str


@pytest.fixture
def aws(request: pytest.FixtureRequest) -> AwsSidecars:
    """The real adapter over MiniStack."""
    stack: MiniStack = request.getfixturevalue("ministack")
    kms, client = stack.client("kms"), stack.client("dynamodb")
    key_id = kms.create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    boxes, keys = stack.table("pk"), stack.table("pk")
    made = AwsSidecars(boxes, keys, key_id=key_id, dynamodb_client=client, kms_client=kms)
    made.client, made.boxes, made.keys = client, boxes, keys
    return made


@pytest.fixture(params=["memory", pytest.param("aws", marks=pytest.mark.stack)])
def sidecars(request: pytest.FixtureRequest) -> Sidecars:
    """An empty store of each kind."""
    if request.param == "memory":
        return MemorySidecars()
    store: AwsSidecars = request.getfixturevalue("aws")
    return store
