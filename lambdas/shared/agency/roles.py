"""Who somebody is to an agency, and what that lets them do: roles, scopes, and the caller of a request.

Only claims of a token that the gateway has checked are read, never a header, a path, a query or a body.
Groups are named `<agency>:<role>`, so that every issuer that can tell groups can tell both
(docs/adr/0040-who-somebody-is-comes-with-the-token.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from consent_ledger.errors import Refused

_AGENCY: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?")
# What issuers call people, less what an address of e-mail is told by: this is kept for ever in the audit.
_SUBJECT: Final = re.compile(r"[A-Za-z0-9._|:/=+~-]{1,255}")
_GROUP_CLAIMS: Final = ("cognito:groups", "groups")
_SCOPE_CLAIMS: Final = ("scope", "scp")


class Role(StrEnum):
    """What somebody is in an agency."""

    AUTHOR = "author"
    ANALYST = "analyst"
    APPROVER = "approver"
    PRIVACY_OFFICER = "privacy-officer"
    DEVELOPER = "developer"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What a token can be good for; routes ask for one of these."""

    READ = "agency/read"
    EDIT = "agency/edit"
    APPROVE = "agency/approve"
    VETO = "agency/veto"
    PUBLISH = "agency/publish"
    MEASURE = "agency/measure"
    TEAM = "agency/team"
    PEOPLE = "agency/people"


SCOPES: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        Role.AUTHOR: frozenset({Scope.READ, Scope.EDIT}),
        Role.ANALYST: frozenset({Scope.READ, Scope.MEASURE}),
        Role.APPROVER: frozenset({Scope.READ, Scope.APPROVE, Scope.PUBLISH}),
        Role.PRIVACY_OFFICER: frozenset({Scope.READ, Scope.MEASURE, Scope.VETO, Scope.TEAM}),
        Role.DEVELOPER: frozenset({Scope.READ, Scope.PUBLISH}),
        Role.ADMINISTRATOR: frozenset({Scope.READ, Scope.TEAM, Scope.PEOPLE}),
    }
)
"""What each role is good for; whoever has several has the scopes of all."""

ALONE: Final[Mapping[Role, str]] = MappingProxyType(
    {
        # Whoever may stop the others is none of them (GDPR, article 38(6)).
        Role.PRIVACY_OFFICER: "a privacy officer with another role",
        # Nor is whoever has a say in what the others may do.
        Role.ADMINISTRATOR: "an administrator with another role",
    }
)
"""The roles that nobody has beside another, and what is said of one who does."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request: what the issuer calls them, their one agency, and their roles there.

    `scopes` are those that both the roles and the token give: a token may be good for less than the person.
    """

    sub: str
    agency: str
    roles: frozenset[Role]
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Say whether the caller may do what asks for this scope."""
        return scope in self.scopes


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Return who sent a request, by the claims in API Gateway's event (payload format 2.0).

    Raises `Refused` without claims, for a token that is no access token, for a subject that could be an
    address of e-mail, without a role, for roles in several agencies or roles that are not known, and where
    two claims could both be the groups.
    """
    claims = _claims(event)
    if claims.get("token_use", "access") != "access":
        raise Refused("caller: not an access token")
    sub = claims.get("sub")
    if not isinstance(sub, str) or _SUBJECT.fullmatch(sub) is None:
        raise Refused("caller: no subject that can be kept")
    agency, roles = read_groups(_groups(claims))
    granted = frozenset[Scope]().union(*(SCOPES[role] for role in roles))
    asked = frozenset(name for claim in _SCOPE_CLAIMS for name in listed(claims.get(claim, "")))
    return Caller(sub, agency, roles, frozenset(scope for scope in granted if scope in asked))


def read_groups(groups: tuple[str, ...]) -> tuple[str, frozenset[Role]]:
    """Return the one agency and the roles that groups name. Raises `Refused` as `caller_of`.

    A group without a colon is some other system's, and nothing to us.
    """
    named = [group.partition(":") for group in groups if ":" in group]
    agencies = {agency for agency, _, _ in named}
    if len(agencies) != 1:
        raise Refused("caller: not of one agency")
    (agency,) = agencies
    if _AGENCY.fullmatch(agency) is None:
        raise Refused("caller: not the name of an agency")
    known = {str(role): role for role in Role}
    if any(role not in known for _, _, role in named):
        raise Refused("caller: a role that is not known")
    roles = frozenset(known[role] for _, _, role in named)
    for role, why in ALONE.items():
        if role in roles and len(roles) > 1:
            raise Refused(f"caller: {why}")
    return agency, roles


def group(agency: str, role: Role) -> str:
    """Name the group of those who have a role in an agency. Raises `Refused` for what is no agency's name."""
    name = f"{agency}:{role}"
    read_groups((name,))
    return name


def listed(text: object) -> tuple[str, ...]:
    """Return the words of a claim as API Gateway prints it: `a b`, or `[a b]` for what was a list."""
    if not isinstance(text, str):
        raise Refused("caller: a claim is not a text")
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    return tuple(inner.split())


def _claims(event: Mapping[str, Any]) -> Mapping[str, Any]:
    match event:
        case {"requestContext": {"authorizer": {"jwt": {"claims": dict(claims)}}}}:
            return claims
        case _:
            raise Refused("caller: nobody was authorised")


def _groups(claims: Mapping[str, Any]) -> tuple[str, ...]:
    found = [claim for claim in _GROUP_CLAIMS if claim in claims]
    if len(found) != 1:
        raise Refused("caller: not one claim of groups")
    return listed(claims[found[0]])
