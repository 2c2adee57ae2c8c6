"""The whole deployment, running: `with local_stack(state) as stack: ...`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import boto3

from consent_ledger.errors import Refused
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from lambdas.shared.logs import logging_to
from lambdas.shared.settings import AwsSettings
from nearside.local.asgi import application
from nearside.local.buckets import BucketOrigin
from nearside.local.claims import HOST, Running, announced, claimed, find_running, listening
from nearside.local.delivery import read_delivery
from nearside.local.functions import LocalFunction, make_functions
from nearside.local.gateway import Gateway
from nearside.local.identities import Identity, make_identities
from nearside.local.intrinsics import Resolver
from nearside.local.ministack import ministack
from nearside.local.names import REGION, LocalValues
from nearside.local.pollers import polling, read_pollers
from nearside.local.resources import make_keys, make_resources
from nearside.local.routes import read_routes
from nearside.local.server import serving
from nearside.local.template import Scope, load
from nearside.settings import Settings

_THREADS: Final = 32
_ANYBODY: Final = "test"
"""Name and password of the account's owner, as MiniStack has them; functions have identities of their own."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A running deployment; `outputs` are those of `template.yaml`, `url` is its front door."""

    url: str
    endpoint_url: str
    outputs: Mapping[str, str]
    functions: Mapping[str, LocalFunction]

    def client(self, service: str) -> Any:
        """Return a boto3 client for one of the deployment's services."""
        return _session().client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]  # any service

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
        front = cleanup.enter_context(listening(port))
        host = f"{HOST}:{front.getsockname()[1]}"
        cleanup.enter_context(claimed(state))
        cleanup.enter_context(_logging(state))
        endpoint_url = cleanup.enter_context(ministack(settings, state))
        aws = _aws(endpoint_url)
        values = LocalValues(endpoint_url, host, make_keys(root, clients.kms(aws)))
        resolver = Resolver(values)
        s3, sqs = clients.s3(aws), clients.sqs(aws)
        make_resources(root, values, dynamodb=clients.dynamodb(aws), s3=s3, sqs=sqs)
        pool = cleanup.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="function"))
        identities = make_identities(root, resolver, _session().client("iam", endpoint_url=endpoint_url))
        functions = make_functions(
            root,
            resolver,
            inherited=lambda each: _lambda_variables(endpoint_url, identities[each.path]),
            pool=pool,
        )
        delivery = read_delivery(
            root,
            resolver,
            bucket_origin=lambda bucket: BucketOrigin(s3, bucket),
            api=Gateway(routes, functions, now=lambda: datetime.now(UTC), new_id=lambda: str(uuid4())),
        )
        pollers = read_pollers(root, resolver, functions=functions, client=sqs)
        cleanup.enter_context(polling(pollers))
        cleanup.enter_context(serving(application(delivery), front))
        named = {name: str(resolver.resolve({"Ref": name}, root)) for name in root.parameters}
        running = Running(f"http://{host}", endpoint_url, named)
        cleanup.enter_context(announced(state, running))
        yield _stack(running, root, resolver, functions)


@contextmanager
def open_stack(state: Path, *, parameters: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Join the deployment that runs on `state`, or run one until the body ends.

    Whoever joins calls functions in a process of its own and with the rights of whoever called it, on the
    tables and buckets of the other.
    Raises as `local_stack`, and `Refused` when what runs there has other `parameters`.
    """
    running = find_running(state)
    if running is None:
        with local_stack(state, parameters=parameters) as stack:
            yield stack
        return
    running.check(parameters or {})
    root = load(Settings.read().project / "template.yaml", running.parameters)
    host = running.url.removeprefix("http://")
    resolver = Resolver(
        LocalValues(running.endpoint_url, host, make_keys(root, clients.kms(_aws(running.endpoint_url))))
    )
    with (
        _logging(state),
        ThreadPoolExecutor(_THREADS, thread_name_prefix="function") as pool,
    ):
        inherited = _lambda_variables(running.endpoint_url, Identity(_ANYBODY, _ANYBODY))
        functions = make_functions(root, resolver, inherited=lambda _: inherited, pool=pool)
        yield _stack(running, root, resolver, functions)


@contextmanager
def _logging(state: Path) -> Iterator[None]:
    try:
        log = (state / "functions.log").open("a", buffering=1, encoding="utf-8")
    except OSError as error:
        raise Refused("state: functions.log cannot be written") from error
    with log, logging_to(log):
        yield


def _stack(
    running: Running, root: Scope, resolver: Resolver, functions: Mapping[str, LocalFunction]
) -> Stack:
    outputs = {name: str(resolver.output(root, name)) for name in root.outputs}
    return Stack(
        url=running.url,
        endpoint_url=running.endpoint_url,
        outputs={**outputs, "Url": running.url},
        functions={function.name: function for function in functions.values()},
    )


def _aws(endpoint_url: str) -> AwsSettings:
    return AwsSettings(REGION, endpoint_url, access_key=_ANYBODY, secret_key=_ANYBODY)


def _session() -> boto3.session.Session:
    return boto3.session.Session(
        aws_access_key_id=_ANYBODY, aws_secret_access_key=_ANYBODY, region_name=REGION
    )


def _lambda_variables(endpoint_url: str, identity: Identity) -> dict[str, str]:
    return {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint_url, **identity.variables()}
