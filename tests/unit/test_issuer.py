"""The issuer of one machine: whose tokens the gateway takes, what it keeps, and who can make it sign."""

from __future__ import annotations

import json
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

import jwt
import pytest
from click.testing import CliRunner, Result

from consent_ledger import canonical
from consent_ledger.errors import Malformed, Refused
from lambdas.shared.agency.roles import Role, Scope, caller_of
from nearside.cli import main
from nearside.local.authorizer import Authorised, Forbidden, JwtAuthorizer, Unauthorised
from nearside.local.authorizer_keys import IssuerKeys, over_http
from nearside.local.claims import listening
from nearside.local.issuer import Issuer, address_of, local_issuer
from nearside.local.issuer_keys import LONGEST_TOKEN_S, ROTATE_AFTER_S, KeyFolder
from nearside.local.issuer_people import People, Person
from nearside.local.messages import HttpRequest
from nearside.local.template import Resource, load
from nearside.local.template import Scope as Stack
from tests.support import patient
from tests.support.templates import ROOT
from tests.support.tokens import rsa

CLIENT = "nearside-console"


def stack() -> Stack:
    """Templates with a pool that has one client."""
    scope = Stack((), Path("t"), None, {}, {}, {}, {})
    scope.resources["Console"] = Resource(scope, "Console", "AWS::Cognito::UserPoolClient", None, {})
    return scope


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a deployment that was started once."""
    made = tmp_path_factory.mktemp("issuer")
    with local_issuer(made, stack()):
        pass
    return made


@pytest.fixture
def state(prepared: Path, tmp_path: Path) -> Path:
    """Such a folder, for one test to change."""
    return shutil.copytree(prepared, tmp_path / "state")


def person(*roles: Role, agency: str = "riverton") -> Person:
    return Person(str(uuid4()), agency, frozenset(roles or {Role.AUTHOR}))


def authorise(state: Path, token: str, *scopes: str, at: float | None = None) -> Authorised:
    """What the gateway makes of a token, with keys that it asks the issuer for."""
    issuer = Issuer.of(state)
    now = datetime.fromtimestamp(time() if at is None else at, UTC)
    keys = IssuerKeys(issuer.url, lambda url: asked(issuer, url), monotonic)
    return JwtAuthorizer(issuer.url, (CLIENT,), keys, lambda: now).authorise(f"Bearer {token}", scopes)


def asked(issuer: Issuer, url: str) -> bytes:
    """What the issuer answers, without a network."""
    answer = issuer(HttpRequest("GET", url.removeprefix(issuer.url)))
    assert answer.status == 200
    return answer.body


def made_before(folder: Path) -> KeyFolder:
    """A folder of keys whose next ones are there already: to make one takes a while."""
    names = iter("abc")
    return KeyFolder(folder, lambda: rsa(next(names)))


def nearside(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["team", arguments[0], "--state", str(state), *arguments[1:]])


def test_its_tokens_are_taken_for_whom_they_are_of(state: Path) -> None:
    """From adding somebody to the caller that a function sees, by the keys that the issuer tells."""
    id_ = nearside(state, "add", "--agency", "riverton", "--role", "approver").output.strip()
    token = nearside(state, "token", id_).output.strip()
    let_in = authorise(state, token, Scope.APPROVE)
    caller = caller_of({"requestContext": {"authorizer": let_in.context()}})
    assert (caller.sub, caller.agency, caller.roles) == (id_, "riverton", {Role.APPROVER})
    assert caller.scopes == {Scope.READ, Scope.APPROVE, Scope.PUBLISH}
    with pytest.raises(Forbidden):
        authorise(state, token, Scope.VETO)


def test_a_token_is_good_for_an_hour_at_most(state: Path) -> None:
    """And for less where less was asked for."""
    issuer, somebody, now = Issuer.of(state), person(), int(time())
    token = issuer.token(somebody, now=now, seconds=LONGEST_TOKEN_S)
    assert authorise(state, token, at=now + 3599).claims["exp"] == now + 3600
    with pytest.raises(Unauthorised, match="expired"):
        authorise(state, token, at=now + 3600)
    for seconds in (0, -1, 3601):
        with pytest.raises(Refused, match="hour"):
            issuer.token(somebody, now=now, seconds=seconds)
    assert nearside(state, "token", somebody.sub, "--minutes", "61").exit_code == 2


def test_a_token_is_good_for_no_more_than_the_roles(state: Path) -> None:
    """What was asked for in vain is refused, and not left out in silence."""
    issuer, author = Issuer.of(state), person(Role.AUTHOR)
    narrow = issuer.token(author, now=int(time()), seconds=60, scopes=frozenset({Scope.READ}))
    assert jwt.decode(narrow, options={"verify_signature": False})["scope"] == "agency/read"
    with pytest.raises(Refused, match="scope"):
        issuer.token(author, now=int(time()), seconds=60, scopes=frozenset({Scope.READ, Scope.APPROVE}))


def test_nothing_that_is_served_makes_a_token(prepared: Path) -> None:
    """Two public documents, no private part in them, and nothing else by any method."""
    with local_issuer(prepared, stack()) as issuer:
        assert issuer is not None
        for path in (
            "/",
            "/token",
            "/oauth2/token",
            "/.well-known/jwks.json/..",
            "/.well-known/../issuer.json",
        ):
            assert patient.get(issuer.url + path).status_code == 404
        for method in ("POST", "PUT", "DELETE"):
            assert patient.request(method, f"{issuer.url}/.well-known/jwks.json").status_code == 404
        kid = issuer.keys.newest().kid
        key = IssuerKeys(issuer.url, over_http, monotonic).find(kid)
        assert key is not None
        assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}


def test_what_it_keeps_is_its_owner_s_alone(state: Path) -> None:
    """Keys, people and settings; a key that others may read is not used."""
    nearside(state, "add", "--agency", "riverton", "--role", "author")
    files = [file for file in (state / "issuer").rglob("*") if file.is_file() and file.suffix != ".lock"]
    assert sorted(file.suffix for file in files) == [".json", ".json", ".pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    (key,) = (state / "issuer" / "keys").glob("*.pem")
    key.chmod(0o640)
    with pytest.raises(Refused, match="others"):
        Issuer.of(state).keys.newest()


def test_no_name_of_anybody_is_kept(state: Path) -> None:
    """An id, an agency, roles: that is all there is room for."""
    id_ = nearside(
        state, "add", "--agency", "riverton", "--role", "author", "--role", "analyst"
    ).output.strip()
    kept = json.loads((state / "issuer" / "people.json").read_bytes())
    assert kept == {"people": [{"agency": "riverton", "roles": ["analyst", "author"], "sub": id_}], "v": 1}
    assert nearside(state, "list").output == f"{id_}  riverton  analyst, author\n"


def test_whoever_was_removed_gets_no_token(state: Path) -> None:
    """Nor somebody who was never there."""
    id_ = nearside(state, "add", "--agency", "riverton", "--role", "author").output.strip()
    assert nearside(state, "remove", id_).exit_code == 0
    for gone in (id_, str(uuid4()), "../keys"):
        done = nearside(state, "token", gone)
        assert (done.exit_code, done.output) == (2, "Error: team: nobody has this id\n")
        assert nearside(state, "remove", gone).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--agency", "River Ton", "--role", "author"),
        ("--agency", "", "--role", "author"),
        ("--agency", "a:approver b", "--role", "author"),
        ("--agency", "riverton", "--role", "privacy-officer", "--role", "author"),
        ("--agency", "riverton", "--role", "king"),
        ("--agency", "riverton"),
    ],
)
def test_nobody_is_added_who_could_be_no_caller(state: Path, arguments: tuple[str, ...]) -> None:
    """What a function would refuse is refused before there is a token of it."""
    assert nearside(state, "add", *arguments).exit_code == 2
    assert Issuer.of(state).people.all() == ()


def test_two_who_add_at_once_both_add(tmp_path: Path) -> None:
    """One after the other: no change is lost."""
    people = People(tmp_path / "people.json")
    added = [person() for _ in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(People(tmp_path / "people.json").add, added))
    assert {each.sub for each in people.all()} == {each.sub for each in added}
    with pytest.raises(Refused, match="taken"):
        people.add(added[0])


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"[]",
        b'{"people":[],"v":2}',
        b'{"people":{},"v":1}',
        b'{"people":[{"agency":"a","roles":["king"],"sub":"00000000-0000-0000-0000-000000000000"}],"v":1}',
        b'{"people":[{"agency":"a","roles":[[]],"sub":"00000000-0000-0000-0000-000000000000"}],"v":1}',
        b'{"people":[{"agency":"a","roles":["author"],"sub":"jo@example.org"}],"v":1}',
        b'{"people":[{"agency":"a","roles":[],"sub":"00000000-0000-0000-0000-000000000000"}],"v":1}',
        b'{"people":[{"agency":"a","name":"Jo","roles":["author"],"sub":"0"}],"v":1}',
    ],
)
def test_a_damaged_file_of_people_is_nobody_s(tmp_path: Path, kept: bytes) -> None:
    """A mistake in it gives nobody a role."""
    (tmp_path / "people.json").write_bytes(kept)
    with pytest.raises((Malformed, Refused)):
        People(tmp_path / "people.json").all()


def test_a_new_key_signs_and_the_old_one_is_taken_until_its_tokens_end(tmp_path: Path) -> None:
    """An hour after the change nothing can hang on it any more, and its file is gone."""
    folder = made_before(tmp_path)
    folder.keep_current(1000)
    (first,) = folder.all()
    folder.keep_current(1000 + ROTATE_AFTER_S - 1)
    assert [key.kid for key in folder.all()] == [first.kid]
    rotated_at = 1000 + ROTATE_AFTER_S
    folder.keep_current(rotated_at)
    assert folder.newest().kid != first.kid
    folder.keep_current(rotated_at + LONGEST_TOKEN_S)
    assert [key.kid for key in folder.all()][1:] == [first.kid]
    folder.keep_current(rotated_at + LONGEST_TOKEN_S + 1)
    assert first.kid not in [key.kid for key in folder.all()]


def test_two_keys_of_one_second_are_two_keys(tmp_path: Path) -> None:
    """Whoever rotates twice loses none, and signs by the last."""
    folder = made_before(tmp_path)
    made = [folder.rotate(1000), folder.rotate(1000), folder.rotate(900)]
    assert [key.kid for key in folder.all()] == [key.kid for key in reversed(made)]


def test_tokens_outlive_a_rotation_but_not_one_that_ends_them(state: Path) -> None:
    """The gateway that runs learns of both by asking."""
    issuer, now = Issuer.of(state), int(time())
    before = issuer.token(person(), now=now, seconds=600)
    made_before(issuer.keys.folder).rotate(now)
    after = issuer.token(person(), now=now, seconds=600)
    assert authorise(state, before)
    assert authorise(state, after)
    assert nearside(state, "rotate", "--end-tokens").exit_code == 0
    for token in (before, after):
        with pytest.raises(Unauthorised, match="no key"):
            authorise(state, token)
    assert authorise(state, issuer.token(person(), now=now, seconds=600))


def test_damaged_and_foreign_keys_sign_nothing(tmp_path: Path) -> None:
    """What is no RSA key of 2048 bits is said to be none."""
    folder = made_before(tmp_path)
    with pytest.raises(Refused, match="no signing key"):
        folder.newest()
    folder.rotate(1000)
    (file,) = tmp_path.glob("*.pem")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(Malformed, match="damaged"):
        folder.newest()


def test_a_damaged_key_stops_the_start(state: Path) -> None:
    """With what to do about it, and not by refusing everybody's token."""
    (file,) = (state / "issuer" / "keys").glob("*.pem")
    file.write_bytes(b"")
    with pytest.raises(Malformed, match="delete its file"), local_issuer(state, stack()):
        pass


def test_it_is_found_where_it_was_after_a_restart(state: Path) -> None:
    """Tokens that are out name its address; where another process has the port, it takes another one."""
    before = address_of(state)
    with listening(0) as taken:
        (state / "issuer" / "issuer.json").write_bytes(
            canonical.encode({"audience": CLIENT, "port": taken.getsockname()[1]})
        )
        with local_issuer(state, stack()) as moved:
            assert moved is not None
            assert moved.url not in {before, f"http://127.0.0.1:{taken.getsockname()[1]}"}
    for _ in range(5):
        # Somebody else may take the port meanwhile, but not every time.
        was = address_of(state)
        with local_issuer(state, stack()):
            if address_of(state) == was:
                return
    pytest.fail("it never came back where it was")


def test_where_people_are_another_issuer_s_there_is_none_here(state: Path) -> None:
    """And a command that would sign for one says so; keys and people stay for the day that it comes back."""
    assert nearside(state, "list").exit_code == 0
    with local_issuer(state, Stack((), Path("t"), None, {}, {}, {}, {})) as none:
        assert none is None
    assert address_of(state) == ""
    done = nearside(state, "list")
    assert (done.exit_code, "none of this machine" in done.output) == (2, True)
    assert KeyFolder(state / "issuer" / "keys").newest()


def test_a_pool_that_the_parameters_leave_out_is_none(tmp_path: Path) -> None:
    """The deployment's own templates, with another issuer named."""
    others = {"OidcIssuer": "https://sso.example.org/staff", "OidcAudience": "agency-api"}
    with local_issuer(tmp_path, load(ROOT / "template.yaml", others)) as none:
        assert none is None
    assert list(tmp_path.iterdir()) == []


def test_another_machine_s_issuer_signs_nothing_here(state: Path, tmp_path: Path) -> None:
    """Its tokens name the same client and even the same address: the key is not one of ours."""
    posing = Issuer(tmp_path / "other", Issuer.of(state).url, CLIENT)
    made_before(posing.keys.folder).rotate(1000)
    token = posing.token(person(), now=int(time()), seconds=600)
    with pytest.raises(Unauthorised, match="no key"):
        authorise(state, token)
