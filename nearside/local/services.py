"""The AWS that is played here: its clients, and what a stack of templates becomes on it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from lambdas.shared import clients
from lambdas.shared.settings import AwsSettings
from nearside.local.functions import LocalFunction, make_functions
from nearside.local.identities import Identity, make_identities
from nearside.local.intrinsics import Resolver
from nearside.local.issuer_pool import ENDPOINT
from nearside.local.names import REGION, LocalValues
from nearside.local.resources import make_keys, make_resources
from nearside.local.template import Scope

_ANYBODY: Final = "test"
"""Name and password of the account's owner, as MiniStack has them; functions have identities of their own."""


@dataclass(frozen=True, slots=True)
class Services:
    """AWS at `endpoint_url`, as the account's owner reaches it."""

    endpoint_url: str

    @property
    def settings(self) -> AwsSettings:
        """Where AWS is, and the owner's credentials."""
        return AwsSettings(REGION, self.endpoint_url, access_key=_ANYBODY, secret_key=_ANYBODY)

    def client(self, service: str) -> Any:
        """Return a boto3 client for any service."""
        session = clients.session(self.settings)
        client = session.client(service, endpoint_url=self.endpoint_url)  # type: ignore[call-overload]  # any service
        _ = client.exceptions  # before threads share it, as in lambdas.shared.clients
        return client

    def values(self, root: Scope, *, host: str, issuer: str = "") -> LocalValues:
        """Make the keys of a stack, unless they are there, and return what its resources are called."""
        keys = make_keys(root, clients.kms(self.settings))
        return LocalValues(self.endpoint_url, host, keys, issuer)

    def deploy(
        self, root: Scope, values: LocalValues, *, pool: ThreadPoolExecutor
    ) -> dict[str, LocalFunction]:
        """Make a stack's tables, buckets and queues; return its functions, each with a role of its own.

        Raises `Malformed` for a resource that nobody plays here, or a function without a role.
        """
        aws, resolver = self.settings, Resolver(values)
        make_resources(root, values, dynamodb=clients.dynamodb(aws), s3=clients.s3(aws), sqs=clients.sqs(aws))
        identities = make_identities(root, resolver, self.client("iam"))
        return make_functions(
            root, resolver, inherited=lambda each: self._variables(identities[each.path], values), pool=pool
        )

    def functions_of_the_owner(
        self, root: Scope, values: LocalValues, *, pool: ThreadPoolExecutor
    ) -> dict[str, LocalFunction]:
        """Return the functions of a stack that is there, with the rights of whoever asks."""
        owner = self._variables(Identity(_ANYBODY, _ANYBODY), values)
        return make_functions(root, Resolver(values), inherited=lambda _: owner, pool=pool)

    def _variables(self, identity: Identity, values: LocalValues) -> Mapping[str, str]:
        return {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            **({ENDPOINT: values.issuer} if values.issuer else {}),
            **identity.variables(),
        }
