"""One set of laws for whoever has an agency's people: in memory, a Cognito pool, and what plays one here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from consent_ledger.errors import Refused
from lambdas.agency_team import cognito, memory
from lambdas.agency_team.change import TAKES_S
from lambdas.agency_team.cognito import PoolPeople
from lambdas.agency_team.memory import MemoryPeople
from lambdas.agency_team.people import Invited, People, Standing
from lambdas.shared import clients
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.roles import Role, group
from lambdas.shared.agency.rows import AgencyId
from lambdas.shared.settings import AwsSettings
from nearside.local.asgi import application
from nearside.local.claims import HOST, listening
from nearside.local.issuer_people import People as People_
from nearside.local.issuer_people import Person
from nearside.local.issuer_pool import SERVICE, Caller, Pool
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.names import REGION
from nearside.local.server import serving
from nearside.local.signed_requests import SignedBy
from tests.support import patient
from tests.support.templates import functions, listed, role_of, statements

US, THEM = AgencyId("riverton"), AgencyId("lakeside.example")
AUTHOR = frozenset({Role.AUTHOR})


class Office(Protocol):
    """People, and how a deployer puts somebody there who has logged in before."""

    @property
    def people(self) -> People: ...

    def came(self, agency: AgencyId, *roles: Role) -> str: ...

    def comes(self, made: Invited) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.people = MemoryPeople()
        self._count = 0

    def came(self, agency: AgencyId, *roles: Role) -> str:
        self._count += 1
        self.people.add(agency, f"sub-{self._count}", *roles)
        return f"sub-{self._count}"

    def comes(self, made: Invited) -> None:
        self.people.add(US, made.sub, Role.AUTHOR)


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
        login = f"came-{self._count}"
        # By a deployer, who asks nobody how many there are.
        made = self.client.admin_create_user(UserPoolId=self.pool, Username=login)["User"]
        sub = next(str(each["Value"]) for each in made["Attributes"] if each["Name"] == "sub")
        for role in roles:
            name = group(agency, role)
            with suppress(self.client.exceptions.GroupExistsException):
                self.client.create_group(UserPoolId=self.pool, GroupName=name)
            self.client.admin_add_user_to_group(UserPoolId=self.pool, Username=login, GroupName=name)
        self.comes(Invited(sub, login, ""))
        return sub

    def comes(self, made: Invited) -> None:
        self.client.admin_set_user_password(
            UserPoolId=self.pool, Username=made.login, Password="bB2-0123456789-xyz", Permanent=True
        )


class InPlay:
    """As functions reach the pool of one machine: over HTTP, by a key of their own."""

    def __init__(self, file: Path, url: str, pool: Pool) -> None:
        self.file = People_(file)
        self.pool = pool
        aws = AwsSettings(REGION, url, access_key="function", secret_key="its secret")
        self.people = PoolPeople(clients.cognito(aws), pool.name, lambda: "none is asked for")

    def came(self, agency: AgencyId, *roles: Role) -> str:
        made = Person(str(uuid4()), agency, frozenset(roles))
        self.file.add(made)
        return made.sub

    def comes(self, made: Invited) -> None:
        # Whoever was made a moment ago can be made again, until the process ends that made them.
        self.pool._new.clear()


@contextmanager
def played(file: Path) -> Iterator[tuple[str, Pool]]:
    """A served pool, which its one function may ask for anything."""
    pool = Pool("nearside-identity-people", People_(file))
    pool.callers = {"function": Caller("its secret", lambda action, resource: True)}
    with listening(0) as front, serving(application(pool), front):
        yield f"http://{HOST}:{front.getsockname()[1]}", pool


@pytest.fixture(params=["memory", "cognito", "played"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    if request.param == "memory":
        yield InMemory()
        return
    if request.param == "played":
        with played(tmp_path / "people.json") as (url, pool):
            yield InPlay(tmp_path / "people.json", url, pool)
        return
    with mock_aws():
        yield InCognito()


def seen(office: Office, agency: AgencyId) -> dict[str, set[Role]]:
    return {each.sub: set(each.roles) for each in office.people.members(agency)}


def test_somebody_new_has_the_roles_and_has_not_come_yet(office: Office) -> None:
    """With a login and a password for the first time; a group that is not there yet is made."""
    for agency in (US, THEM):
        made = office.people.invite(agency, f"{agency}-1", frozenset({Role.AUTHOR, Role.ANALYST}))
        # What is played here asks for no password, so that whoever is invited has come.
        is_asked = not isinstance(office, InPlay)
        assert (made.login, bool(made.password)) == (f"{agency}-1", is_asked)
        (member,) = office.people.members(agency)
        assert (member.sub, member.roles) == (made.sub, {Role.AUTHOR, Role.ANALYST})
        assert member.standing is (Standing.INVITED if is_asked else Standing.ACTIVE)


def test_the_same_login_again_is_one_person(office: Office) -> None:
    """A crash in between is mended by asking again; who has logged in is not made anew."""
    office.people.invite(US, "one", AUTHOR)
    again = office.people.invite(US, "one", AUTHOR)
    assert seen(office, US) == {again.sub: {Role.AUTHOR}}
    office.comes(again)
    with pytest.raises(Refused, match="logged in already"):
        office.people.invite(US, "one", AUTHOR)
    assert seen(office, US) == {again.sub: {Role.AUTHOR}}


def test_nobody_comes_beyond_the_most_and_anybody_goes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is one too many, as a deployer can make them, is listed and taken out like everybody; who was
    half made is made again. Another agency's people are not counted."""
    for module in (cognito, memory):
        monkeypatch.setattr(module, "MOST_PEOPLE", 2)
    office.came(THEM, Role.AUTHOR)
    office.came(US, Role.AUTHOR)
    office.people.invite(US, "last", AUTHOR)
    last = office.people.invite(US, "last", AUTHOR)
    with pytest.raises(Refused, match="too many people"):
        office.people.invite(US, "beyond", AUTHOR)
    beyond = office.came(US, Role.AUTHOR, Role.APPROVER)
    assert len(seen(office, US)) == 3
    office.people.withdraw(US, beyond, frozenset({Role.APPROVER}))
    office.people.assign(US, last.sub, frozenset({Role.DEVELOPER}))
    for sub in (beyond, last.sub):
        office.people.remove(US, sub)
    assert office.people.invite(US, "beyond", AUTHOR).sub in seen(office, US)


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


@pytest.mark.parametrize(
    ("access_key", "secret", "says"),
    [("function", "another", "AccessDenied"), ("nobody", "its secret", "AccessDenied")],
)
def test_the_played_pool_answers_nobody_but_who_signs(
    tmp_path: Path, access_key: str, secret: str, says: str
) -> None:
    """Neither an unsigned request, as any page or process of this machine can send, nor one signed by another
    key, nor one of another day, nor one for what the role does not allow."""
    with played(tmp_path / "people.json") as (url, pool):
        client = clients.cognito(AwsSettings(REGION, url, access_key=access_key, secret_key=secret))
        with pytest.raises(ClientError, match=says):
            client.admin_create_user(UserPoolId=pool.name, Username="x")
        target = {"x-amz-target": "AWSCognitoIdentityProviderService.AdminCreateUser"}
        body = json.dumps({"UserPoolId": pool.name, "Username": "x"})
        unsigned = patient.post(url, content=body, headers=target)
        assert (unsigned.status_code, unsigned.json()) == (400, {"__type": "AccessDeniedException"})
        mine = clients.cognito(AwsSettings(REGION, url, access_key="function", secret_key="its secret"))
        now, pool.now = pool.now, lambda: datetime(2031, 1, 1, tzinfo=UTC)
        with pytest.raises(ClientError, match="AccessDenied"):
            mine.admin_create_user(UserPoolId=pool.name, Username="x")
        pool.now = now
        pool.callers = {"function": Caller("its secret", lambda action, _: "Delete" not in action)}
        mine.admin_create_user(UserPoolId=pool.name, Username="x")
        with pytest.raises(ClientError, match="AccessDenied"):
            mine.admin_delete_user(UserPoolId=pool.name, Username="x")
        with pytest.raises(ClientError, match="ResourceNotFound"):
            mine.admin_create_user(UserPoolId="another", Username="y")


def test_a_signature_is_of_the_body_that_was_sent() -> None:
    """Whoever hears a request cannot send another one with its signature."""
    heard: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        heard.append(request)
        return HttpResponse(200, {"content-type": "application/x-amz-json-1.1"}, b"{}")

    with listening(0) as front, serving(application(answer), front):
        url = f"http://{HOST}:{front.getsockname()[1]}"
        aws = AwsSettings(REGION, url, access_key="function", secret_key="its secret")
        clients.cognito(aws).admin_delete_user(UserPoolId="pool", Username="x")
    (sent,) = heard
    check, now = SignedBy(SERVICE, {"function": "its secret"}), datetime.now(UTC)
    assert check(sent, now=now) == "function"
    for forged in (
        replace(sent, body=sent.body.replace(b'"x"', b'"y"')),
        replace(sent, headers={**sent.headers, "x-amz-target": f"{SERVICE}.AdminCreateUser"}),
        replace(sent, headers={**sent.headers, "host": "elsewhere"}),
        replace(sent, headers={**sent.headers, "authorization": ""}),
    ):
        assert check(forged, now=now) is None
    assert SignedBy("s3", {"function": "its secret"})(sent, now=now) is None


def test_the_function_ends_before_another_may_begin() -> None:
    """So that no change is under way at the issuer when the next one is decided."""
    (function,) = [each for each in functions() if each.logical_id == "AgencyTeamFunction"]
    assert function.properties["Timeout"] < TAKES_S


def test_the_role_may_do_what_is_asked_of_a_pool_and_nothing_else() -> None:
    """Every verb with all that can be in its way: each action that the template grants was used, and no
    other; on the one pool."""
    asked: set[str] = set()
    with mock_aws():
        office = InCognito()
        events = office.client.meta.events
        events.register("before-call", lambda model, **_: asked.add(f"cognito-idp:{model.name}"))
        made = office.people.invite(THEM, "one", AUTHOR)
        made = office.people.invite(THEM, "one", AUTHOR)
        office.people.assign(THEM, made.sub, frozenset({Role.ANALYST}))
        office.people.remove(THEM, made.sub)
    (function,) = [each for each in functions() if each.logical_id == "AgencyTeamFunction"]
    (granted,) = [
        each
        for each in statements(role_of(function))
        if any(action.startswith("cognito-idp:") for action in listed(each["Action"]))
    ]
    assert asked == set(granted["Action"])
    assert granted["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/${PeoplePool}"
    }
