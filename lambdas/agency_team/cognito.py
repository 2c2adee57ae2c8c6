"""`People` of a Cognito user pool: a group is an agency and a role, and a person is a name that tells nobody.

Somebody is looked for in the groups of the caller's agency alone, and never in the pool: whoever is in none
of them cannot be named, by whatever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consent_ledger.errors import Refused
from lambdas.agency_team.people import MOST_PEOPLE, Invited, Member, Standing
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.roles import Role, group
from lambdas.shared.agency.rows import AgencyId

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_NEVER_LOGGED_IN = "FORCE_CHANGE_PASSWORD"


@dataclass(frozen=True, slots=True)
class _Found:
    """Somebody of a group: the name by which the pool is asked about them, and who they are."""

    login: str
    member: Member


@dataclass(frozen=True, slots=True)
class PoolPeople:
    """The people of one pool; `new_password` returns one that its policy takes."""

    client: CognitoIdentityProviderClient
    pool: str
    new_password: Callable[[], str]

    def members(self, agency: AgencyId) -> tuple[Member, ...]:
        """See `People.members`."""
        return tuple(each.member for each in self._all(agency))

    def invite(self, agency: AgencyId, login: str, roles: frozenset[Role]) -> Invited:
        """See `People.invite`."""
        if len(self._all(agency)) >= MOST_PEOPLE and not self._is_there(login):
            raise Refused("team: too many people")
        password = self.new_password()
        try:
            made = self._make(login, password)
        except self.client.exceptions.UsernameExistsException:
            there = self.client.admin_get_user(UserPoolId=self.pool, Username=login)
            if there["UserStatus"] != _NEVER_LOGGED_IN:
                raise Refused("team: they have logged in already") from None
            self.client.admin_delete_user(UserPoolId=self.pool, Username=login)
            made = self._make(login, password)
        for role in sorted(roles):
            self._into(agency, role, login)
        asked_for = made["UserStatus"] == _NEVER_LOGGED_IN
        return Invited(_sub(made), login, password if asked_for else "")

    def withdraw(self, agency: AgencyId, sub: str, roles: frozenset[Role]) -> None:
        """See `People.withdraw`."""
        self._out_of(agency, self._find(agency, sub), roles)

    def assign(self, agency: AgencyId, sub: str, roles: frozenset[Role]) -> None:
        """See `People.assign`."""
        found = self._find(agency, sub)
        for role in sorted(roles - found.member.roles):
            self._into(agency, role, found.login)
        self._out_of(agency, found, frozenset(Role) - roles)

    def remove(self, agency: AgencyId, sub: str) -> None:
        """See `People.remove`; whoever works for another agency of the pool too is taken out of this one."""
        found = self._find(agency, sub)
        pages = self.client.get_paginator("admin_list_groups_for_user").paginate(
            UserPoolId=self.pool, Username=found.login
        )
        names = [each["GroupName"] for page in pages for each in page["Groups"]]
        if any(":" in name and name.partition(":")[0] != agency for name in names):
            self._out_of(agency, found, found.member.roles)
            return
        self.client.admin_user_global_sign_out(UserPoolId=self.pool, Username=found.login)
        self.client.admin_delete_user(UserPoolId=self.pool, Username=found.login)

    def _all(self, agency: AgencyId) -> tuple[_Found, ...]:
        found: dict[str, _Found] = {}
        for role in Role:
            for user in self._of(group(agency, role)):
                sub = _sub(user)
                before = found[sub].member.roles if sub in found else frozenset()
                found[sub] = _Found(user["Username"], Member(sub, before | {role}, _standing(user)))
        return tuple(found[sub] for sub in sorted(found))

    def _of(self, name: str) -> list[Any]:
        pages = self.client.get_paginator("list_users_in_group").paginate(
            UserPoolId=self.pool, GroupName=name
        )
        try:
            return [user for page in pages for user in page["Users"]]
        except self.client.exceptions.ResourceNotFoundException:
            # The groups of agencies other than the deployment's own are made when somebody comes into them.
            return []

    def _find(self, agency: AgencyId, sub: str) -> _Found:
        for each in self._all(agency):
            if each.member.sub == sub:
                return each
        raise Absent

    def _is_there(self, login: str) -> bool:
        try:
            self.client.admin_get_user(UserPoolId=self.pool, Username=login)
        except self.client.exceptions.UserNotFoundException:
            return False
        return True

    def _make(self, login: str, password: str) -> Any:
        return self.client.admin_create_user(
            UserPoolId=self.pool, Username=login, TemporaryPassword=password, MessageAction="SUPPRESS"
        )["User"]

    def _out_of(self, agency: AgencyId, found: _Found, roles: frozenset[Role]) -> None:
        for role in sorted(roles & found.member.roles):
            self.client.admin_remove_user_from_group(
                UserPoolId=self.pool, Username=found.login, GroupName=group(agency, role)
            )

    def _into(self, agency: AgencyId, role: Role, login: str) -> None:
        name = group(agency, role)
        try:
            self.client.admin_add_user_to_group(UserPoolId=self.pool, Username=login, GroupName=name)
        except self.client.exceptions.ResourceNotFoundException:
            self.client.create_group(UserPoolId=self.pool, GroupName=name)
            self.client.admin_add_user_to_group(UserPoolId=self.pool, Username=login, GroupName=name)


def _sub(user: Any) -> str:
    told = user.get("Attributes") or user.get("UserAttributes") or []
    return next(str(each["Value"]) for each in told if each["Name"] == "sub")


def _standing(user: Any) -> Standing:
    if not user["Enabled"]:
        return Standing.SHUT_OUT
    return Standing.INVITED if user["UserStatus"] == _NEVER_LOGGED_IN else Standing.ACTIVE
