"""Three witnesses on this machine, each a stack of `infra/witness.yaml` of its own.

They have keys, tables, roles and addresses of their own, and one operator: they protect against accidents and
leaked keys, not against whoever runs them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final
from uuid import uuid4

from consent_ledger.cosignature import WitnessKey
from consent_ledger.note import VerifierKey
from lambdas.shared import clients
from lambdas.shared.kms_signer import KmsSigner
from nearside.local.asgi import application
from nearside.local.claims import HOST, listening
from nearside.local.functions import LocalFunction
from nearside.local.gateway import Gateway
from nearside.local.intrinsics import Resolver
from nearside.local.routes import read_routes
from nearside.local.server import serving
from nearside.local.services import Services
from nearside.local.template import load
from nearside.local.throttling import throttled

WITNESSES: Final = 3
QUORUM: Final = 2
_THREADS: Final = 8


@dataclass(frozen=True, slots=True)
class LocalWitness:
    """A running witness; `outputs` are those of `infra/witness.yaml`."""

    url: str
    key: WitnessKey
    outputs: Mapping[str, str]
    function: LocalFunction


@contextmanager
def local_witnesses(
    template: Path, services: Services, *, log_key: VerifierKey
) -> Iterator[tuple[LocalWitness, ...]]:
    """Run three witnesses of one log until the body ends. Raises as `local_stack`."""
    with ExitStack() as cleanup:
        # Threads of their own: a publisher that waits for a witness must not hold what the witness needs.
        pool = cleanup.enter_context(ThreadPoolExecutor(_THREADS, thread_name_prefix="witness function"))
        yield tuple(
            cleanup.enter_context(_witness(template, services, number=number, log_key=log_key, pool=pool))
            for number in range(1, WITNESSES + 1)
        )


def parameters_for(witnesses: tuple[LocalWitness, ...]) -> dict[str, str]:
    """Return the root template's parameters that name the witnesses."""
    return {
        "WitnessUrls": ",".join(witness.url for witness in witnesses),
        "WitnessKeys": ",".join(str(witness.key) for witness in witnesses),
        "Quorum": str(QUORUM),
    }


@contextmanager
def _witness(
    template: Path, services: Services, *, number: int, log_key: VerifierKey, pool: ThreadPoolExecutor
) -> Iterator[LocalWitness]:
    name = f"{log_key.name.partition('/')[0]}/witness/{number}"
    root = load(template, {"WitnessName": name, "LogKeys": str(log_key)}, stack=f"witness{number}")
    with listening(0) as front:
        host = f"{HOST}:{front.getsockname()[1]}"
        values = services.values(root, host=host)
        functions = services.deploy(root, values, pool=pool)
        (function,) = functions.values()
        routes = read_routes(root)
        gateway = throttled(
            Gateway(routes, functions, now=lambda: datetime.now(UTC), new_id=lambda: str(uuid4())),
            routes,
            root=root,
            resolver=Resolver(values),
            now=monotonic,
            told=lambda _: function.calls.throttled(),
        )
        outputs = {each: str(Resolver(values).output(root, each)) for each in root.outputs if each != "Url"}
        key = KmsSigner(name, outputs["WitnessKeyId"], clients.kms(services.settings)).key
        with serving(application(gateway), front):
            yield LocalWitness(
                url=f"http://{host}",
                key=WitnessKey(key.name, key.public_key),
                outputs={**outputs, "Url": f"http://{host}"},
                function=function,
            )
