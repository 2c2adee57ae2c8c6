"""Each function may do what it must, and what an attacker inside it would want next is denied."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from nearside.local.stack import Stack
from tests.support import denied_calls, denied_to_agency, denied_to_learning
from tests.support.denied_calls import row

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack

DENIED = (*denied_calls.DENIED, *denied_to_learning.DENIED, *denied_to_agency.DENIED)


def attempt(stack: Stack, function: str, service: str, call: Callable[[Any], object]) -> str:
    """Make one AWS call under a function's own identity; return the error's code, or "allowed"."""
    variables = stack.functions[function].variables
    session = boto3.session.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    )
    try:
        call(session.client(service, endpoint_url=stack.endpoint_url))
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"


@pytest.mark.parametrize(
    ("function", "service", "call"), [case[1:] for case in DENIED], ids=[case[0] for case in DENIED]
)
def test_what_a_function_has_no_need_of_is_denied(
    stack: Stack, *, function: str, service: str, call: Callable[[Any, Stack], object]
) -> None:
    """Roles are enforced here by the same policies that are deployed."""
    code = attempt(stack, function, service, lambda client: call(client, stack))
    assert code in {"AccessDenied", "AccessDeniedException"}


def test_a_function_is_allowed_what_its_role_names(stack: Stack) -> None:
    """The denials above are not those of an identity that can do nothing."""
    assert attempt(
        stack,
        "publish_checkpoint",
        "kms",
        lambda kms: kms.sign(
            KeyId=stack.outputs["LedgerKeyId"], Message=b"x", SigningAlgorithm="ED25519_SHA_512"
        ),
    ) == "allowed"  # fmt: skip


def test_a_release_may_be_served_where_nothing_is_yet(stack: Stack) -> None:
    """Once, and then it stays."""

    def put(s3: Any) -> object:
        return s3.put_object(Bucket=stack.outputs["LedgerBucket"], Key=key, Body=b"x", IfNoneMatch="*")

    key = f"ledger/documents/{secrets.token_hex(32)}"
    assert attempt(stack, "make_release", "s3", put) == "allowed"
    assert attempt(stack, "make_release", "s3", put) == "PreconditionFailed"


def test_a_budget_may_be_read_and_written_once_a_revision(stack: Stack) -> None:
    """The site's own, by whoever releases."""
    table, site = stack.outputs["BudgetTable"], stack.outputs["Site"]

    def write(db: Any) -> object:
        item = {"pk": {"S": site}, "budget": {"B": b"{}"}, "revision": {"N": "1"}}
        return db.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")

    def read(db: Any) -> object:
        return db.get_item(TableName=table, Key={"pk": {"S": site}}, ConsistentRead=True)

    # Other tests of this deployment may have released before.
    stack.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": site}})
    assert attempt(stack, "make_release", "dynamodb", read) == "allowed"
    assert attempt(stack, "make_release", "dynamodb", write) == "allowed"
    assert attempt(stack, "make_release", "dynamodb", write) == "ConditionalCheckFailedException"
    stack.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": site}})


@pytest.mark.parametrize("function", ["make_release", "add_contribution"])
def test_functions_that_read_the_bundle_may_know_who_signs_it(stack: Stack, function: str) -> None:
    """The public half of the agency's key, and of no other."""

    def ask(output: str) -> str:
        return attempt(stack, function, "kms", lambda kms: kms.get_public_key(KeyId=stack.outputs[output]))

    assert ask("AgencyKeyId") == "allowed"
    assert ask("LedgerKeyId") in {"AccessDenied", "AccessDeniedException"}


@pytest.mark.parametrize(
    ("function", "output", "key"),
    [
        ("sequence", "LedgerTable", row("head", "head")),
        ("publish_checkpoint", "LedgerTable", row("head", "head")),
        ("read_receipt", "LedgerTable", row("index#0", "index")),
        ("add_contribution", "MeasurementTable", row("task#t", "task")),
        ("finish_erasures", "ErasureTable", row("open", "0")),
    ],
)
def test_a_function_is_allowed_the_rows_that_its_role_names(
    stack: Stack, *, function: str, output: str, key: dict[str, dict[str, str]]
) -> None:
    """Nor those of a role that can read no row at all."""
    done = attempt(
        stack,
        function,
        "dynamodb",
        lambda db: db.get_item(TableName=stack.outputs[output], Key=key),
    )
    assert done == "allowed"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    """Every listening socket of this process and of MiniStack is on the loopback interface."""
    state = Path(stack.functions["health"].variables["AWS_ENDPOINT_URL"]).name
    assert state.startswith("127.0.0.1:")
    ours = {os.getpid(), *children(os.getpid())}
    sockets = {
        os.readlink(link).removeprefix("socket:[").removesuffix("]")
        for pid in ours
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.exists() or link.is_symlink()
    }
    listening = [
        fields[1].partition(":")[0]
        for table in ("tcp", "tcp6")
        for fields in (line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        if fields[3] == "0A" and fields[9] in sockets
    ]
    assert len(listening) >= 2
    assert set(listening) == {"0100007F"}


def children(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        found |= {int(child) for child in (task / "children").read_text().split()}
    return found
