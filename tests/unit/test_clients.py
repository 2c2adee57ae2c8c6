"""Clients of many identities in one process, as on one machine, cost next to nothing each."""

from __future__ import annotations

import tracemalloc

from lambdas.shared import clients
from lambdas.shared.settings import AwsSettings
from nearside.local.services import Services

MOST_BYTES = 3 * 2**20


def settings(number: int) -> AwsSettings:
    return AwsSettings(
        "eu-west-1", "http://127.0.0.1:9", access_key=f"role-{number}", secret_key="of the test"
    )


def test_a_further_identity_reads_no_service_again() -> None:
    """What AWS's services are is read once: four clients more hold three megabytes at most, not forty."""
    made = (clients.dynamodb, clients.s3, clients.sqs, clients.kms)
    for make in made:
        make(settings(1))
    tracemalloc.start()
    try:
        for make in made:
            make(settings(2))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held <= MOST_BYTES


def test_the_owners_clients_read_none_again_either() -> None:
    """The account's owner asks for clients of any service, again and again."""
    services = Services("http://127.0.0.1:9")
    services.client("iam")
    tracemalloc.start()
    try:
        services.client("iam")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most <= MOST_BYTES


def test_each_identity_has_its_own_client() -> None:
    """Credentials are not shared with what is; the same identity has one client."""
    one, other = clients.s3(settings(1)), clients.s3(settings(2))
    assert one is clients.s3(settings(1)) is not other
    keys = [client._request_signer._credentials.access_key for client in (one, other)]  # type: ignore[attr-defined]  # nothing public tells
    assert keys == ["role-1", "role-2"]
