"""The authorisers that the templates name, each with the keys of its issuer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from consent_ledger.errors import Malformed
from nearside.local.authorizer import JwtAuthorizer, Keys
from nearside.local.authorizer_keys import check_issuer
from nearside.local.intrinsics import Resolver
from nearside.local.routes import Route


def read_authorizers(
    routes: Iterable[Route],
    resolver: Resolver,
    *,
    keys_of: Callable[[str], Keys],
    now: Callable[[], datetime],
) -> dict[str, JwtAuthorizer]:
    """Make the authorisers of one API's routes, by the name that the routes call them by.

    Raises `Refused` for an issuer that others could speak for, and `Malformed` for one without audience: API
    Gateway takes none either, because any token of the issuer would do.
    """
    made: dict[str, JwtAuthorizer] = {}
    for route in routes:
        guard = route.guard
        if guard is None or guard.name in made:
            continue
        issuer = str(resolver.resolve(guard.issuer, route.function.scope))
        audience = resolver.resolve(guard.audience, route.function.scope)
        if not isinstance(audience, list) or not audience or not all(audience):
            raise Malformed(f"template: {route.function.path} has an authoriser for nobody")
        check_issuer(issuer)
        made[guard.name] = JwtAuthorizer(issuer, tuple(map(str, audience)), keys_of(issuer), now)
    return made
