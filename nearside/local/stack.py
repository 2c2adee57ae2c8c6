"""The whole deployment, running: `with local_stack(state) as stack: ...`."""

from __future__ import annotations

import fcntl
import json
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import boto3

from consent_ledger.errors import Malformed, Refused
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.logs import logging_to
from lambdas.shared.settings import AwsSettings
from nearside.local.asgi import application
from nearside.local.buckets import BucketOrigin
from nearside.local.delivery import read_delivery
from nearside.local.functions import LocalFunction, make_functions
from nearside.local.gateway import Gateway
from nearside.local.intrinsics import Resolver
from nearside.local.ministack import HOST, ministack
from nearside.local.names import REGION, LocalValues
from nearside.local.pollers import polling, read_pollers
from nearside.local.resources import make_keys, make_resources
from nearside.local.routes import read_routes
from nearside.local.server import serving
from nearside.local.template import load
from nearside.settings import Settings

_THREADS: Final = 32
_FORMAT: Final = 1
_ANYBODY: Final = "test"
"""The name and the password of everybody: what plays AWS here has one account and asks nobody."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A running deployment; `outputs` are those of `template.yaml`, `url` is its front door."""

    url: str
    endpoint_url: str
    outputs: Mapping[str, str]
    functions: Mapping[str, LocalFunction]

    def client(self, service: str) -> Any:
        """Return a boto3 client for one of the deployment's services."""
        session = boto3.session.Session(
            aws_access_key_id=_ANYBODY, aws_secret_access_key=_ANYBODY, region_name=REGION
        )
        return session.client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]  # any service

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """Call the function whose handler lies in `lambdas/<name>`; whatever it raises comes through."""
        if name not in self.functions:
            raise Refused(f"stack: no function {name}")
        return self.functions[name].invoke(event)

    def signer(self, output: str, name: str) -> KmsSigner:
        """Return the signer with the key that an output names, signing as `name`."""
        return KmsSigner(name, self.outputs[output], self.client("kms"))

    def ledger_signer(self) -> KmsSigner:
        """Return the signer of checkpoints; `str(signer.key)` is the ledger's verifier key."""
        return self.signer("LedgerKeyId", self.outputs["LedgerOrigin"])


@contextmanager
def local_stack(
    state: Path,
    *,
    port: int = 0,
    parameters: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Iterator[Stack]:
    """Run the deployment on this machine, its state under `state`, until the body ends.

    `port` 0 takes a free one. Raises `Refused` when the port or the state is in use, or a template wants
    what nobody plays here, and `Malformed` when the state or a template is damaged.
    """
    settings = settings or Settings.read()
    root = load(settings.project / "template.yaml", parameters)
    routes = read_routes(root)
    with ExitStack() as cleanup:
        front = cleanup.enter_context(_listening(port))
        host = f"{HOST}:{front.getsockname()[1]}"
        cleanup.enter_context(_claimed(state))
        log = cleanup.enter_context((state / "functions.log").open("a", buffering=1, encoding="utf-8"))
        cleanup.enter_context(logging_to(log))
        endpoint_url = cleanup.enter_context(ministack(settings, state))
        aws = AwsSettings(REGION, endpoint_url, access_key=_ANYBODY, secret_key=_ANYBODY)
        s3, sqs = clients.s3(aws), clients.sqs(aws)
        values = LocalValues(endpoint_url, host, make_keys(root, clients.kms(aws)))
        resolver = Resolver(values)
        make_resources(root, values, dynamodb=clients.dynamodb(aws), s3=s3, sqs=sqs)
        pool = cleanup.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="function"))
        functions = make_functions(root, resolver, inherited=_lambda_variables(endpoint_url), pool=pool)
        delivery = read_delivery(
            root,
            resolver,
            bucket_origin=lambda bucket: BucketOrigin(s3, bucket),
            api=Gateway(routes, functions, now=lambda: datetime.now(UTC), new_id=lambda: str(uuid4())),
        )
        pollers = read_pollers(root, resolver, functions=functions, client=sqs)
        cleanup.enter_context(polling(pollers))
        cleanup.enter_context(serving(application(delivery), front))
        outputs = {name: str(resolver.output(root, name)) for name in root.outputs}
        url = f"http://{host}"
        yield Stack(
            url=url,
            endpoint_url=endpoint_url,
            outputs={**outputs, "Url": url},
            functions={function.name: function for function in functions.values()},
        )


def _lambda_variables(endpoint_url: str) -> dict[str, str]:
    return {
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": _ANYBODY,
        "AWS_SECRET_ACCESS_KEY": _ANYBODY,
    }


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Take the port before anything else is started. Raises `Refused` when it is in use."""
    with socket.socket() as front:
        front.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            front.bind((HOST, port))
            front.listen(512)
        except OSError as error:
            raise Refused(f"port: {port} is in use; choose another with --port") from error
        yield front


@contextmanager
def _claimed(state: Path) -> Iterator[None]:
    """Hold the state folder for this process alone. Raises `Refused` or `Malformed`."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("wb")
    except OSError as error:
        raise Refused("state: the folder cannot be written") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("state: another process is using this folder") from error
        _check_format(state / "format.json")
        yield


def _check_format(file: Path) -> None:
    if not file.exists():
        file.write_text(json.dumps({"v": _FORMAT}))
        return
    try:
        version = json.loads(file.read_bytes())["v"]
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("state: format.json is damaged; this may not be a folder of ours") from error
    if version != _FORMAT:
        raise Refused("state: written by another version; move the folder away to begin anew")
