"""An issuer's keys are found where it says, kept for a while, and not asked for at every stranger's wish."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import pytest

from consent_ledger.errors import Malformed, Refused
from nearside.local.asgi import application
from nearside.local.authorizer_keys import (
    KEEP_S,
    LAST_S,
    REFETCH_S,
    IssuerKeys,
    check_issuer,
    over_http,
    read_keys,
)
from nearside.local.claims import listening
from nearside.local.messages import HttpRequest, HttpResponse
from nearside.local.server import serving

ISSUER = "https://login.example.org/staff"


@dataclass(slots=True)
class World:
    """An issuer that can be down or lie, a clock, and what was fetched."""

    keys: list[Any] = field(default_factory=lambda: [{"kid": "a"}, {"kid": "b"}])
    discovery: dict[str, Any] = field(
        default_factory=lambda: {"issuer": ISSUER, "jwks_uri": "https://keys.example.org/staff"}
    )
    is_down: bool = False
    seconds: float = 0.0
    fetched: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if self.is_down:
            raise Refused("issuer: no answer")
        found = self.discovery if url.endswith("/openid-configuration") else {"keys": self.keys}
        return json.dumps(found).encode()

    def issuer_keys(self, issuer: str = ISSUER) -> IssuerKeys:
        return IssuerKeys(issuer, self.fetch, lambda: self.seconds)


@pytest.fixture
def world() -> World:
    return World()


def test_keys_are_found_by_the_discovery_document(world: World) -> None:
    """And asked for once, whatever is looked for afterwards."""
    keys = world.issuer_keys()
    assert [keys.find("a"), keys.find("b")] == [{"kid": "a"}, {"kid": "b"}]
    assert world.fetched == [f"{ISSUER}/.well-known/openid-configuration", "https://keys.example.org/staff"]


def test_unknown_keys_have_the_issuer_asked_seldom(world: World) -> None:
    """Ten thousand tokens with keys of their own cost an issuer one question in ten seconds."""
    keys = world.issuer_keys()
    for number in range(10_000):
        world.seconds += 0.001
        assert keys.find(f"unknown-{number}") is None
    assert len(world.fetched) == 2
    assert keys.find("a") is not None
    world.seconds += REFETCH_S
    assert keys.find("unknown") is None
    assert len(world.fetched) == 4


def test_a_new_key_is_taken_once_a_token_names_it(world: World) -> None:
    """As soon as the issuer may be asked again."""
    keys = world.issuer_keys()
    assert keys.find("c") is None
    world.keys.append({"kid": "c"})
    assert keys.find("c") is None
    world.seconds += REFETCH_S
    assert keys.find("c") == {"kid": "c"}


def test_a_key_that_was_taken_back_is_forgotten(world: World) -> None:
    """After as long as keys are kept, though every token that is sent names a known one."""
    keys = world.issuer_keys()
    assert keys.find("a") is not None
    del world.keys[0]
    world.seconds += KEEP_S - 1
    assert keys.find("a") is not None
    world.seconds += 1
    assert keys.find("a") is None
    assert keys.find("b") is not None


def test_while_an_issuer_is_down_its_keys_are_used_no_longer_than_there(world: World) -> None:
    """Two hours, and then nobody is let in; once it answers, everybody is again."""
    keys = world.issuer_keys()
    assert keys.find("a") is not None
    world.is_down = True
    world.seconds = LAST_S - 1
    assert keys.find("a") is not None
    world.seconds = LAST_S
    assert keys.find("a") is None
    world.is_down, world.seconds = False, LAST_S + REFETCH_S
    assert keys.find("a") is not None


def test_an_issuer_that_never_answered_has_no_keys(world: World) -> None:
    """Nobody is let in by what could not be asked."""
    world.is_down = True
    assert world.issuer_keys().find("a") is None


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://login.example.org/citizens", "jwks_uri": "https://keys.example.org/staff"},
        {"jwks_uri": "https://keys.example.org/staff"},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": "http://keys.example.org/staff"},
        {"issuer": ISSUER, "jwks_uri": "http://127.0.0.1:80/keys"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER, "jwks_uri": ["https://keys.example.org/staff"]},
    ],
)
def test_a_document_of_somebody_else_names_no_keys(world: World, discovery: dict[str, Any]) -> None:
    """It must say who it is (OpenID Connect Discovery 1.0, section 4.3), and where by https."""
    world.discovery = discovery
    assert world.issuer_keys().find("a") is None
    assert world.fetched == [f"{ISSUER}/.well-known/openid-configuration"]


def test_an_issuer_of_this_machine_has_its_keys_there(world: World) -> None:
    """And is not sent elsewhere for them."""
    local = "http://127.0.0.1:4000"
    world.discovery = {"issuer": local, "jwks_uri": f"{local}/jwks.json"}
    assert world.issuer_keys(local).find("a") is not None
    world.discovery["jwks_uri"] = "http://127.0.0.1:4000.attacker.example/jwks.json"
    assert world.issuer_keys(local).find("a") is None


@pytest.mark.parametrize("waited", [REFETCH_S, KEEP_S])
def test_whoever_names_a_known_key_never_waits(world: World, waited: float) -> None:
    """Not even while a stranger's unknown one has the issuer asked, and it takes its time."""
    asked, go_on = Event(), Event()
    keys = world.issuer_keys()
    assert keys.find("a") is not None
    world.seconds += waited

    def slow(url: str) -> bytes:
        asked.set()
        assert go_on.wait(60)
        return world.fetch(url)

    keys.fetch = slow
    stranger = Thread(target=keys.find, args=("unknown",))
    stranger.start()
    assert asked.wait(60)
    assert keys.find("a") is not None
    go_on.set()
    stranger.join()


def test_of_two_keys_with_one_id_neither_is_taken() -> None:
    """Nor one without an id: no token could name it."""
    listed = [{"kid": "a", "n": 1}, {"kid": "a", "n": 2}, {"n": 3}, {"kid": 7}, "x", {"kid": "b"}]
    assert read_keys(json.dumps({"keys": listed}).encode()) == {"b": {"kid": "b"}}


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"keys":{}}', b"\xff", b"[" * 100_000])
def test_what_is_no_set_of_keys_is_malformed(data: bytes) -> None:
    """Whatever an issuer, or somebody in its place, answers."""
    with pytest.raises(Malformed):
        read_keys(data)


@pytest.mark.parametrize(
    "issuer",
    ["", "http://login.example.org", "http://127.0.0.1", "http://127.0.0.1:80@a.example", "ftp://a",
     "http://localhost:1", "https://a?b", "https://a#b", "https://user@a", "https://a b"],
)  # fmt: skip
def test_an_issuer_that_others_could_speak_for_is_refused(issuer: str) -> None:
    """Anyone on the way could answer for an address without TLS."""
    with pytest.raises(Refused):
        check_issuer(issuer)


def test_issuers_by_https_and_of_this_machine_are_taken() -> None:
    """A user pool's, an agency's own with a port and a path, and the local one's."""
    check_issuer("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab3dEf7Gh")
    check_issuer("https://sso.example.org:8443/realms/staff")
    check_issuer("http://127.0.0.1:4000")


@pytest.fixture
def answering() -> Iterator[tuple[str, dict[str, HttpResponse]]]:
    """A server on this machine, and what it answers by path."""
    answers: dict[str, HttpResponse] = {}

    def answer(request: HttpRequest) -> HttpResponse:
        return answers.get(request.path, HttpResponse(404))

    with listening(0) as front, serving(application(answer), front):
        yield f"http://127.0.0.1:{front.getsockname()[1]}", answers


def test_documents_are_fetched_as_they_are(answering: tuple[str, dict[str, HttpResponse]]) -> None:
    """No redirect is followed, nothing endless is read, and a failure is one of ours."""
    url, answers = answering
    answers["/good"] = HttpResponse(200, {}, b"{}")
    answers["/moved"] = HttpResponse(302, {"location": f"{url}/good"})
    answers["/long"] = HttpResponse(200, {}, b" " * 300_000)
    assert over_http(f"{url}/good") == b"{}"
    for path in ("moved", "long", "missing"):
        with pytest.raises(Refused):
            over_http(f"{url}/{path}")
    for nowhere in ("http://127.0.0.1:1/", "http://[", "gopher://127.0.0.1/"):
        with pytest.raises(Refused):
            over_http(nowhere)
