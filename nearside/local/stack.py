"""The whole deployment, running: `with local_stack(state) as stack: ...`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, time
from typing import Any, Final

from consent_ledger.checkpoint import LogKeys
from consent_ledger.errors import Refused
from consent_ledger.note import VerifierKey
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from nearside.keys_in_force import keys_in_force, ledger_signer
from nearside.local.apis import read_apis
from nearside.local.asgi import application
from nearside.local.buckets import BucketOrigin
from nearside.local.calls import telling_calls
from nearside.local.claims import HOST, Running, announced, claimed, find_running, listening
from nearside.local.delivery import read_delivery
from nearside.local.function_log import logging_functions
from nearside.local.functions import LocalFunction
from nearside.local.intrinsics import Resolver, check_given
from nearside.local.issuer import address_of, local_issuer
from nearside.local.last_runs import LastRuns
from nearside.local.messages import Answer
from nearside.local.ministack import ministack
from nearside.local.names import LocalValues
from nearside.local.pollers import polling, read_pollers
from nearside.local.pool_callers import callers_of
from nearside.local.routes import Route
from nearside.local.server import serving
from nearside.local.services import Services
from nearside.local.template import Scope, load
from nearside.local.throttling import throttled
from nearside.local.trouble import Trouble
from nearside.local.witnesses import LocalWitness, local_witnesses, parameters_for
from nearside.settings import Settings

_THREADS: Final = 32


@dataclass(frozen=True, slots=True)
class Stack:
    """A running deployment; `outputs` are those of `template.yaml`, `url` is its front door.

    `witnesses` are those that run beside it in this process; `trouble` says when it cannot go on.
    """

    url: str
    endpoint_url: str
    outputs: Mapping[str, str]
    functions: Mapping[str, LocalFunction]
    witnesses: tuple[LocalWitness, ...] = ()
    trouble: Trouble = field(default_factory=Trouble)

    def client(self, service: str) -> Any:
        """Return a boto3 client for one of the deployment's services."""
        return Services(self.endpoint_url).client(service)

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
        return ledger_signer(self.outputs, self.client("kms"))

    def log_keys(self) -> LogKeys:
        """Return what a verifier of the ledger trusts: its key, its witnesses, and how many must cosign."""
        return keys_in_force(self.outputs, self.client("kms")).log_keys()


@contextmanager
def local_stack(
    state: Path,
    *,
    port: int = 0,
    parameters: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Iterator[Stack]:
    """Run the deployment on this machine, its state under `state`, until the body ends.

    `port` 0 takes a free one. Three witnesses run beside it, unless `parameters` name a quorum of their own.
    Raises `Refused` when the port or the state is in use, or a template wants
    what nobody plays here, and `Malformed` when the state or a template is damaged.
    """
    settings = settings or Settings.read()
    template = settings.project / "template.yaml"
    root = load(template, parameters)
    check_given(root)
    with ExitStack() as cleanup:
        front = cleanup.enter_context(listening(port))
        host = f"{HOST}:{front.getsockname()[1]}"
        parameters = {**origins_of(host), **(parameters or {})}
        root = load(template, parameters)
        cleanup.enter_context(claimed(state))
        cleanup.enter_context(logging_functions(state))
        trouble = Trouble()
        services = Services(cleanup.enter_context(ministack(settings, state, died=trouble.tell)))
        issuer = cleanup.enter_context(local_issuer(state, root))
        values = services.values(root, host=host, issuer=issuer.url if issuer else "")
        witnesses: tuple[LocalWitness, ...] = ()
        if "Quorum" not in parameters:
            beside = settings.project / "infra" / "witness.yaml"
            log_key = _log_key(root, values, services)
            witnesses = cleanup.enter_context(local_witnesses(beside, services, log_key=log_key))
            root = load(template, {**parameters, **parameters_for(witnesses)})
        resolver = Resolver(values)
        pool = cleanup.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="function"))
        functions = services.deploy(root, values, pool=pool)
        if issuer is not None and issuer.pool is not None:
            issuer.pool.callers = callers_of(root, resolver, functions)
        s3, sqs = clients.s3(services.settings), clients.sqs(services.settings)

        def limited(answer: Answer, routes: tuple[Route, ...]) -> Answer:
            return throttled(
                answer,
                routes,
                root=root,
                resolver=resolver,
                now=monotonic,
                told=lambda path: functions[path].calls.throttled(),
            )

        delivery = read_delivery(
            root,
            resolver,
            bucket_origin=lambda bucket: BucketOrigin(s3, bucket),
            apis=read_apis(root, resolver, functions, before=limited),
        )
        runs = LastRuns.open(state, now=int(time()))
        pollers = read_pollers(root, resolver, functions=functions, client=sqs, runs=runs)
        cleanup.enter_context(telling_calls(state, {each.name: each.calls for each in functions.values()}))
        cleanup.enter_context(polling(pollers))
        cleanup.enter_context(serving(application(delivery), front))
        named = {name: str(resolver.resolve({"Ref": name}, root)) for name in root.parameters}
        running = Running(f"http://{host}", services.endpoint_url, named)
        cleanup.enter_context(announced(state, running))
        yield _stack(running, root, resolver, functions, witnesses=witnesses, trouble=trouble)


def origins_of(host: str) -> dict[str, str]:
    """Return the parameters that name both origins of one front door: the pages' own, and the devices'.

    Every browser finds what ends in `.localhost` on its own machine.
    """
    return {
        "PagesOrigin": f"http://{host}",
        "DeviceOrigin": f"http://device.localhost:{host.rpartition(':')[2]}",
    }


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
    services = Services(running.endpoint_url)
    values = services.values(root, host=running.url.removeprefix("http://"), issuer=address_of(state))
    with (
        logging_functions(state),
        ThreadPoolExecutor(_THREADS, thread_name_prefix="function") as pool,
    ):
        functions = services.functions_of_the_owner(root, values, pool=pool)
        yield _stack(running, root, Resolver(values), functions)


def _stack(
    running: Running,
    root: Scope,
    resolver: Resolver,
    functions: Mapping[str, LocalFunction],
    *,
    witnesses: tuple[LocalWitness, ...] = (),
    trouble: Trouble | None = None,
) -> Stack:
    outputs = {name: str(resolver.output(root, name)) for name in root.outputs}
    return Stack(
        url=running.url,
        endpoint_url=running.endpoint_url,
        outputs={**outputs, "Url": running.url},
        functions={function.name: function for function in functions.values()},
        witnesses=witnesses,
        trouble=trouble or Trouble(),
    )


def _log_key(root: Scope, values: LocalValues, services: Services) -> VerifierKey:
    """The ledger's verifier key, before the ledger itself is made: its witnesses must know it."""
    resolver = Resolver(values)
    outputs = {name: str(resolver.output(root, name)) for name in ("LedgerOrigin", "LedgerKeyId")}
    return ledger_signer(outputs, clients.kms(services.settings)).key
