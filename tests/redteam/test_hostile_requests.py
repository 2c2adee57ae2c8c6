"""Whoever sends what no device would is refused in one shape of answer, and nothing of it is kept.

The attacker has the addresses of all citizens' routes, a valid message of each, and a socket.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent_ledger.erasure import EraseRecords, SubjectAuthority, signed_bytes
from edge_client.wire.consent import ConsentAccepted
from edge_client.wire.contribution import Contribution
from edge_client.wire.problem import Problem
from lambdas.shared.measurement.periods import week_of
from nearside.local.stack import Stack
from tests.support.deployed import consent_request, post
from tests.support.examples import MANY, examples
from tests.support.ledger import device_signer
from tests.support.patient import WAIT_S

pytest_plugins = ["tests.support.stack"]
pytestmark = pytest.mark.stack

SEED = "canary-5e1d07"
"""Sent in every place where an attacker can write, and looked for wherever somebody might read."""

ROUTES = ("/consent/events", "/consent/erasures", "/contributions")
REFUSED = {404, 409, 413, 415, 422}


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=WAIT_S) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Attack:
    """A body that no device sends, with the type that it says it is of."""

    name: str
    body: bytes
    content_type: str | None = "application/json"


def attacks() -> Iterator[Attack]:
    yield Attack("nothing", b"")
    yield Attack("no type", b"{}", content_type=None)
    yield Attack("another type", json.dumps({"v": 1}).encode(), content_type=f"text/{SEED}")
    yield Attack("a form", f"v=1&note={SEED}".encode(), content_type="application/x-www-form-urlencoded")
    yield Attack("not text", b"\xff\xfe\x00\x80" * 8)
    yield Attack("no JSON", f"{{'v': {SEED}}}".encode())
    yield Attack("a list", b"[]")
    yield Attack("null", b"null")
    yield Attack("a deep one", b"[" * 1_500 + b"]" * 1_500)
    yield Attack("twice the same key", b'{"v":1,"v":1}')
    yield Attack("no number", b'{"v":NaN}')
    yield Attack("a huge number", b'{"v":' + b"9" * 3_000 + b"}")
    yield Attack("half a letter", b'{"v":1,"note":"\\ud800"}')
    yield Attack("a zero", b'{"v":1,"note":"\\u0000"}')
    yield Attack("a mark of order", b'\xef\xbb\xbf{"v":1}')
    yield Attack("more after its end", f'{{"v":1}} {SEED}'.encode())
    yield Attack("what pages would run", b'{"v":1,"note":"<script>alert(1)</script>"}')
    yield Attack("what a database would", b"""{"v":1,"note":"'; DROP TABLE entries; --"}""")
    yield Attack("too much", b'{"v":1,"note":"' + b"x" * 20_000 + b'"}')
    yield Attack("far too much", b"x" * 7_000_000)
    yield Attack("more than is read", b"x" * 10_500_000)


def check_refused(answer: httpx.Response) -> None:
    """One shape of refusal: no failure of ours, nothing quoted, nothing kept, nothing set."""
    assert answer.status_code in REFUSED, (answer.status_code, answer.text[:200])
    assert "set-cookie" not in answer.headers
    assert SEED not in answer.text
    assert SEED not in str(answer.headers)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("attack", list(attacks()), ids=lambda attack: attack.name)
def test_what_no_device_sends_is_refused(client: httpx.Client, route: str, attack: Attack) -> None:
    """On every route, with a reason of ours for what reached a function."""
    headers = {"user-agent": SEED, "cookie": f"id={SEED}", "referer": f"https://{SEED}.example/"}
    if attack.content_type is not None:
        headers["content-type"] = attack.content_type
    answer = client.post(route, content=attack.body, headers=headers)
    check_refused(answer)
    if len(attack.body) < 6_000_000:
        assert answer.headers["cache-control"] == "no-store"
        assert Problem.from_bytes(answer.content).kind in {"malformed", "untrue", "refused"}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_reaches_a_function(client: httpx.Client, route: str, method: str) -> None:
    """Nor does it say which would."""
    answer = client.request(method, route, content=b"{}", headers={"content-type": "application/json"})
    assert answer.status_code in {403, 404, 405}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/consent/receipts/../events",
        "/consent/receipts/%2e%2e%2fevents",
        "/consent/receipts/" + "0" * 63,
        "/consent/receipts/" + "0" * 65,
        "/consent/receipts/" + "G" * 64,
        "/consent/receipts/" + "A" * 64,
        "/consent/receipts/%00",
        f"/consent/receipts/{SEED}",
        "/consent/receipts/%ff%fe",
        "/ledger/../nearside/" + SEED,
        "/ledger/documents/..%2f..%2fstaging",
        "/ledger/%2e%2e/%2e%2e/etc/passwd",
        "/..%5c..%5cetc%5cpasswd",
        "//etc/passwd",
        "/nearside/riverton/files/..%2f..%2f..%2fbundle.note",
    ],
)
def test_no_path_leads_elsewhere(stack: Stack, path: str) -> None:
    """Sent as they are written: a client would tidy them."""
    parts = urlsplit(stack.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=WAIT_S) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    status = int(answer.split(b" ", 2)[1])
    assert status in {400, 403, 404, 422}
    assert SEED.encode() not in answer
    assert b"root:" not in answer
    assert b"set-cookie" not in answer.lower()


def valid_messages() -> dict[str, bytes]:
    """A message of each route as a device would send it, about nothing that is there."""
    entry = secrets.token_bytes(32)
    signature = device_signer().sign(signed_bytes((entry,)))
    return {
        "/consent/events": consent_request().to_bytes(),
        "/consent/erasures": EraseRecords(
            (entry,), SubjectAuthority(device_signer().key.public_key, signature)
        ).to_bytes(),
        "/contributions": Contribution.nothing(
            "no-such-task", period=week_of(datetime.now(UTC)), report_id=secrets.token_hex(16)
        ).to_bytes(),
    }


@pytest.mark.parametrize("route", ROUTES)
def test_a_changed_byte_is_never_taken_for_the_message(client: httpx.Client, route: str) -> None:
    """Whichever byte, to whichever other: refused, or it says the same, and our side never fails."""
    message = valid_messages()[route]

    @settings(max_examples=examples(MANY), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, len(message) - 1), to=st.integers(0, 255))
    def changed(at: int, to: int) -> None:
        body = message[:at] + bytes([to]) + message[at + 1 :]
        answer = client.post(route, content=body, headers={"content-type": "application/json"})
        if body != message:
            check_refused(answer)

    changed()


def test_the_same_message_again_is_the_same_as_once(stack: Stack) -> None:
    """Whoever caught one and sends it for ever adds nothing to the log."""
    body = consent_request().to_bytes()
    answers = {(each.status_code, each.content) for each in (post(stack, ROUTES[0], body) for _ in range(8))}
    ((status, content),) = answers
    assert (status, len(ConsentAccepted.from_bytes(content).entry)) == (202, 32)


def test_nobody_else_s_page_may_ask(client: httpx.Client) -> None:
    """No route has an answer that a page of another origin could read, before or after it was asked."""
    origin = {"origin": "https://elsewhere.example"}
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for route in ROUTES:
        for answer in (
            client.options(route, headers={**origin, **ask}),
            client.post(route, content=b"{}", headers={**origin, "content-type": "application/json"}),
        ):
            assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_nothing_of_it_is_in_any_log(stack: Stack, client: httpx.Client, stack_state: Path) -> None:
    """After everything above, and once more: the logs hold names, statuses and durations."""
    headers = {"content-type": "application/json", "user-agent": SEED, "x-forwarded-for": SEED}
    sent: tuple[Callable[[], httpx.Response], ...] = (
        lambda: client.post(f"{ROUTES[0]}?q={SEED}", content=SEED.encode(), headers=headers),
        lambda: client.get(f"/consent/receipts/{SEED}", headers=headers),
    )
    for each in sent:
        check_refused(each())
    logged = (stack_state / "functions.log").read_text()
    assert "record-consent" in logged
    for file in stack_state.rglob("*"):
        if file.is_file():
            assert SEED.encode() not in file.read_bytes(), file.name
