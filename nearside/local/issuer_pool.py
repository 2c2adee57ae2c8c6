"""Plays what the agency API asks of a user pool: the operations on people of Cognito's API that it uses.

They lead to the same file as `nearside team`. There are no passwords here: who is invited has logged in, and
a token for them is signed by a command. Each operation asks for the right that the caller's role must have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.agency.roles import Role, group, read_groups
from nearside.local.issuer_people import People, Person
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.names import ACCOUNT, REGION
from nearside.local.signed_requests import SignedBy

SERVICE: Final = "cognito-idp"
ENDPOINT: Final = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
"""The variable by which the SDK, and a function, finds where this service is."""

_TARGET: Final = "AWSCognitoIdentityProviderService."
_JSON: Final = {"content-type": "application/x-amz-json-1.1", "cache-control": "no-store"}
_HAS_COME, _IS_NEW = "CONFIRMED", "FORCE_CHANGE_PASSWORD"


class Told(Exception):
    """An error that Cognito names so."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who may call: the secret of an access key, and which actions its role allows on which resources."""

    secret: str
    allows: Callable[[str, str], bool]


@dataclass(slots=True)
class Pool:
    """One pool, called `name`, of these people; nobody may call it until `callers` says who."""

    name: str
    people: People
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    callers: Mapping[str, Caller] = field(default_factory=dict)
    _new: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; which of Cognito's errors it is, is said as the SDK reads it."""
        try:
            operation = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
            asked = _read(request.body)
            self._check(request, operation, str(asked.get("UserPoolId", "")))
            with self._lock:
                answer = _OPERATIONS[operation](self, asked)
        except Told as error:
            return HttpResponse(400, _JSON, json.dumps({"__type": str(error)}).encode())
        except (Malformed, Refused) as error:
            told = {"__type": "InvalidParameterException", "message": str(error)}
            return HttpResponse(400, _JSON, json.dumps(told).encode())
        return HttpResponse(200, _JSON, json.dumps(answer).encode())

    def _check(self, request: HttpRequest, operation: str, pool: str) -> None:
        secrets = {name: each.secret for name, each in self.callers.items()}
        signer = SignedBy(SERVICE, secrets)(request, now=self.now())
        arn = f"arn:aws:{SERVICE}:{REGION}:{ACCOUNT}:userpool/{pool}"
        if signer is None or not self.callers[signer].allows(f"{SERVICE}:{operation}", arn):
            raise Told("AccessDeniedException")
        if operation not in _OPERATIONS or pool != self.name:
            raise Told("ResourceNotFoundException")

    def create(self, asked: Mapping[str, Any]) -> Any:
        """AdminCreateUser: whoever is in no group yet is known to this process alone."""
        sub = _sub(asked)
        if sub in self._new or self._person(sub) is not None:
            raise Told("UsernameExistsException")
        self._new.add(sub)
        return {"User": _user(sub, _HAS_COME)}

    def get(self, asked: Mapping[str, Any]) -> Any:
        """AdminGetUser: whoever was made a moment ago can be made again."""
        sub = self._known(asked)
        shown = _user(sub, _IS_NEW if sub in self._new else _HAS_COME)
        return {**shown, "UserAttributes": shown["Attributes"]}

    def delete(self, asked: Mapping[str, Any]) -> Any:
        """AdminDeleteUser."""
        sub = self._known(asked)
        if self._person(sub) is not None:
            self.people.remove(sub)
        self._new.discard(sub)
        return {}

    def add(self, asked: Mapping[str, Any]) -> Any:
        """AdminAddUserToGroup: somebody here is of one agency alone."""
        sub, (agency, role) = self._known(asked), _named(asked)
        self.people.give(sub, agency, role)
        return {}

    def take(self, asked: Mapping[str, Any]) -> Any:
        """AdminRemoveUserFromGroup."""
        sub, (agency, role) = self._known(asked), _named(asked)
        found = self._person(sub)
        if found is not None and found.agency == agency:
            self.people.take(sub, role)
            if self._person(sub) is None:
                self._new.add(sub)
        return {}

    def groups(self, asked: Mapping[str, Any]) -> Any:
        """AdminListGroupsForUser."""
        found = self._person(self._known(asked))
        return {"Groups": [{"GroupName": name} for name in (found.groups if found else ())]}

    def sign_out(self, asked: Mapping[str, Any]) -> Any:
        """AdminUserGlobalSignOut: nothing here renews a token."""
        self._known(asked)
        return {}

    def group(self, asked: Mapping[str, Any]) -> Any:
        """CreateGroup: every group of an agency and a role is there."""
        _named(asked)
        return {"Group": {"GroupName": asked["GroupName"]}}

    def members(self, asked: Mapping[str, Any]) -> Any:
        """ListUsersInGroup, in one page."""
        agency, role = _named(asked)
        found = [each for each in self.people.all() if each.agency == agency and role in each.roles]
        return {"Users": [_user(each.sub, _HAS_COME) for each in found]}

    def _person(self, sub: str) -> Person | None:
        return next((each for each in self.people.all() if each.sub == sub), None)

    def _known(self, asked: Mapping[str, Any]) -> str:
        sub = _sub(asked)
        if sub not in self._new and self._person(sub) is None:
            raise Told("UserNotFoundException")
        return sub


_OPERATIONS: Final[Mapping[str, Callable[[Pool, Mapping[str, Any]], Any]]] = {
    "AdminAddUserToGroup": Pool.add,
    "AdminCreateUser": Pool.create,
    "AdminDeleteUser": Pool.delete,
    "AdminGetUser": Pool.get,
    "AdminListGroupsForUser": Pool.groups,
    "AdminRemoveUserFromGroup": Pool.take,
    "AdminUserGlobalSignOut": Pool.sign_out,
    "CreateGroup": Pool.group,
    "ListUsersInGroup": Pool.members,
}


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        raise Told("SerializationException") from None
    if not isinstance(value, dict):
        raise Told("SerializationException")
    return value


def _sub(asked: Mapping[str, Any]) -> str:
    """A login is made an id of, always the same; people are known by their ids otherwise."""
    login = str(asked.get("Username", ""))
    try:
        return str(UUID(login))
    except ValueError:
        return str(uuid5(NAMESPACE_OID, login))


def _named(asked: Mapping[str, Any]) -> tuple[str, Role]:
    agency, roles = read_groups((str(asked.get("GroupName", "")),))
    (role,) = roles
    group(agency, role)
    return agency, role


def _user(sub: str, status: str) -> dict[str, Any]:
    return {
        "Username": sub,
        "Attributes": [{"Name": "sub", "Value": sub}],
        "Enabled": True,
        "UserStatus": status,
    }
