"""One set of laws for whoever has an agency's people: in memory, a Cognito pool, and what plays one here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import boto3
import pytest
from moto import mock_aws

from consent_ledger.errors import Refused
from lambdas.agency_team.cognito import PoolPeople
from lambdas.agency_team.memory import MemoryPeople
from lambdas.agency_team.people import People, Standing
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.roles import Role, group
from lambdas.shared.agency.rows import AgencyId

US, THEM = AgencyId("riverton"), AgencyId("lakeside.example")
AUTHOR = frozenset({Role.AUTHOR})


class Office(Protocol):
    """People, and how a deployer puts somebody there who has logged in before."""

    @property
    def people(self) -> People: ...

    def came(self, agency: AgencyId, *roles: Role) -> str: ...


class InMemory:
    def __init__(self) -> None:
        self.people = MemoryPeople()
        self._count = 0

    def came(self, agency: AgencyId, *roles: Role) -> str:
        self._count += 1
        self.people.add(agency, f"sub-{self._count}", *roles)
        return f"sub-{self._count}"


class InCognito:
    """As infra/identity.yaml makes it: the groups of one agency, and no sign-up."""

    def __init__(self) -> None:
        self.client = boto3.client("cognito-idp", region_name="eu-west-1")
        policy = {"MinimumLength": 14, "RequireSymbols": True, "RequireNumbers": True}
        made = self.client.create_user_pool(
            PoolName="people",
            Policies={"PasswordPolicy": policy},
            AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        )
        self.pool = made["UserPool"]["Id"]
        for role in Role:
            self.client.create_group(UserPoolId=self.pool, GroupName=group(US, role))
        self.people = PoolPeople(self.client, self.pool, lambda: "aA1-0123456789-xyz")
        self._count = 0

    def came(self, agency: AgencyId, *roles: Role) -> str:
        self._count += 1
        invited = self.people.invite(agency, f"came-{self._count}", frozenset(roles))
        self.client.admin_set_user_password(
            UserPoolId=self.pool, Username=invited.login, Password="bB2-0123456789-xyz", Permanent=True
        )
        return invited.sub


@pytest.fixture(params=["memory", "cognito"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    if request.param == "memory":
        yield InMemory()
        return
    with mock_aws():
        yield InCognito()


def seen(office: Office, agency: AgencyId) -> dict[str, set[Role]]:
    return {each.sub: set(each.roles) for each in office.people.members(agency)}


def test_somebody_new_has_the_roles_and_has_not_come_yet(office: Office) -> None:
    """With a login and a password for the first time; a group that is not there yet is made."""
    for agency in (US, THEM):
        made = office.people.invite(agency, f"{agency}-1", frozenset({Role.AUTHOR, Role.ANALYST}))
        assert (made.login, bool(made.password)) == (f"{agency}-1", True)
        (member,) = office.people.members(agency)
        assert (member.sub, member.roles) == (made.sub, {Role.AUTHOR, Role.ANALYST})
        assert member.standing is Standing.INVITED


def test_the_same_login_again_is_one_person(office: Office) -> None:
    """A crash in between is mended by asking again; who has logged in is not made anew."""
    office.people.invite(US, "one", AUTHOR)
    again = office.people.invite(US, "one", AUTHOR)
    assert seen(office, US) == {again.sub: {Role.AUTHOR}}


def test_everybody_is_listed_once_in_order(office: Office) -> None:
    """Whatever they have; somebody of no role is none of them."""
    subs = [office.came(US, Role.AUTHOR, Role.APPROVER), office.came(US, Role.DEVELOPER)]
    assert [each.sub for each in office.people.members(US)] == sorted(subs)
    assert {each.standing for each in office.people.members(US)} == {Standing.ACTIVE}


def test_roles_are_taken_and_given(office: Office) -> None:
    """What was not there is not taken, and of what is assigned nothing else is left."""
    sub = office.came(US, Role.AUTHOR, Role.APPROVER)
    office.people.withdraw(US, sub, frozenset({Role.APPROVER, Role.DEVELOPER}))
    assert seen(office, US) == {sub: {Role.AUTHOR}}
    office.people.assign(US, sub, frozenset({Role.DEVELOPER, Role.ANALYST}))
    assert seen(office, US) == {sub: {Role.DEVELOPER, Role.ANALYST}}


def test_who_is_taken_out_is_gone(office: Office) -> None:
    """And cannot be taken out, or given anything, a second time."""
    stays, goes = office.came(US, Role.AUTHOR), office.came(US, Role.APPROVER)
    office.people.remove(US, goes)
    assert seen(office, US) == {stays: {Role.AUTHOR}}
    with pytest.raises(Absent):
        office.people.remove(US, goes)
    with pytest.raises(Absent):
        office.people.assign(US, goes, AUTHOR)


def test_nobody_of_another_agency_can_be_named(office: Office) -> None:
    """Not to change them, not to take them out, not to give them a role here: nobody of that name is here."""
    theirs = office.came(THEM, Role.AUTHOR)
    before = office.people.members(THEM)
    for name in (theirs, group(THEM, Role.AUTHOR), "nobody"):
        with pytest.raises(Absent):
            office.people.remove(US, name)
        with pytest.raises(Absent):
            office.people.withdraw(US, name, AUTHOR)
        with pytest.raises(Absent):
            office.people.assign(US, name, frozenset({Role.APPROVER}))
    assert (seen(office, US), office.people.members(THEM)) == ({}, before)


def test_what_has_come_is_not_made_anew_by_a_name_of_theirs() -> None:
    """A login that is somebody's who has logged in is refused, whoever's it is."""
    with mock_aws():
        office = InCognito()
        office.came(THEM, Role.AUTHOR)
        with pytest.raises(Refused, match="logged in already"):
            office.people.invite(US, "came-1", frozenset({Role.APPROVER}))
        assert seen(office, US) == {}


def test_who_works_for_two_agencies_leaves_one_of_them() -> None:
    """Their token is good for neither; taken out of one, they are what they were in the other."""
    with mock_aws():
        office = InCognito()
        sub = office.came(US, Role.AUTHOR)
        office.client.create_group(UserPoolId=office.pool, GroupName=group(THEM, Role.AUTHOR))
        office.client.admin_add_user_to_group(
            UserPoolId=office.pool, Username="came-1", GroupName=group(THEM, Role.AUTHOR)
        )
        office.people.remove(US, sub)
        assert (seen(office, US), seen(office, THEM)) == ({}, {sub: {Role.AUTHOR}})
