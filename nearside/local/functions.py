"""Functions in this process, each under its own environment and its own time limit."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import Any, Final, TypeAlias
from uuid import uuid4

from consent_ledger.errors import Malformed
from lambdas.shared.logs import log_event, log_failure
from lambdas.shared.settings import environment
from nearside.local.calls import Calls
from nearside.local.function_log import FUNCTION
from nearside.local.intrinsics import Resolver
from nearside.local.names import physical_name
from nearside.local.template import Resource, Scope, walk

COLD_START_S: Final = 10.0
"""How long Lambda lets a function start up before its own time begins (its documented init phase)."""

Handler: TypeAlias = Callable[[dict[str, Any], object], Any]


@dataclass(frozen=True, slots=True)
class LocalContext:
    """What Lambda passes beside the event, and that nobody meters how long a call takes here."""

    function_name: str
    aws_request_id: str
    memory_limit_in_mb: int
    deadline_s: float
    is_metered: bool = False

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run."""
        return max(0, int((self.deadline_s - monotonic()) * 1000))


@dataclass(frozen=True, slots=True)
class LocalFunction:
    """One function; `name` is the folder of its handler, such as `record_consent`."""

    name: str
    physical_name: str
    handler: Handler
    variables: Mapping[str, str]
    timeout_s: int
    memory_mb: int
    pool: ThreadPoolExecutor
    cold_start_s: float = 0.0
    warm: Event = field(default_factory=Event)
    calls: Calls = field(default_factory=Calls)

    def invoke(self, event: dict[str, Any]) -> Any:
        """Call the handler and return its result; whatever it raises comes through.

        Raises `TimeoutError` when its time is up; the thread itself runs on, its result is dropped. Until a
        call has ended the function is cold and has `cold_start_s` more, as Lambda does not count a start-up.
        """
        cold = 0.0 if self.warm.is_set() else self.cold_start_s
        started, failed = monotonic(), True
        try:
            result = self.pool.submit(self._call, event).result(timeout=self.timeout_s + cold)
            failed = _is_failure(result)
            return result
        except TimeoutError:
            with environment(self.variables):
                log_event("timed-out", limit_s=self.timeout_s)
            raise
        finally:
            self.calls.ended(int((monotonic() - started) * 1000), failed=failed)

    def _call(self, event: dict[str, Any]) -> Any:
        context = LocalContext(
            self.physical_name, str(uuid4()), self.memory_mb, deadline_s=monotonic() + self.timeout_s
        )
        with environment(self.variables):
            try:
                return self.handler(event, context)
            except Exception as error:
                log_failure(error)
                raise
            finally:
                self.warm.set()


def make_functions(
    root: Scope,
    resolver: Resolver,
    *,
    inherited: Callable[[Resource], Mapping[str, str]],
    pool: ThreadPoolExecutor,
) -> dict[str, LocalFunction]:
    """Make every function, by its resource's path; `inherited` are the variables that Lambda itself sets."""
    return {
        resource.path: _function(resource, resolver, inherited(resource), pool)
        for resource in walk(root)
        if resource.type == "AWS::Serverless::Function" and resolver.exists(resource)
    }


def _is_failure(result: Any) -> bool:
    """Whether a function answered that it could not: to whoever looks after it that is an error too."""
    status = result.get("statusCode") if isinstance(result, dict) else None
    return isinstance(status, int) and status >= 500


def _function(
    resource: Resource, resolver: Resolver, inherited: Mapping[str, str], pool: ThreadPoolExecutor
) -> LocalFunction:
    written = {
        name: value for name, value in resource.properties.items() if name not in {"Role", "LoggingConfig"}
    }
    properties = resolver.resolve(written, resource.scope)
    variables = properties.get("Environment", {}).get("Variables", {})
    module, _, attribute = properties["Handler"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise Malformed(f"template: {resource.path} names a handler that is not there") from error
    return LocalFunction(
        name=module.split(".")[-2],
        physical_name=physical_name(resource),
        handler=handler,
        variables={
            **inherited,
            **{name: str(value) for name, value in variables.items()},
            "AWS_LAMBDA_FUNCTION_NAME": physical_name(resource),
            FUNCTION: module.split(".")[-2],
        },
        timeout_s=properties.get("Timeout", 3),
        memory_mb=properties.get("MemorySize", 128),
        pool=pool,
        cold_start_s=COLD_START_S,
    )
