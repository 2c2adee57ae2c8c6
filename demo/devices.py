"""Scripted devices: the real device code on CPython, over real HTTP, living through journeys with a moved
clock."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import httpx
import httpx_retries
import numpy as np
import onnxruntime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_ledger.claim import SignatureClaim
from consent_ledger.ed25519 import verify_claims
from consent_ledger.errors import Untrue
from consent_ledger.record import Gpc
from edge_client.bundle import Trust
from edge_client.device import Device
from edge_client.dice import Chance, Dice
from edge_client.events import ChoiceMade, PageViewed
from edge_client.in_memory import InMemory
from edge_client.ports import Unreachable
from edge_client.reporting import WEEK_MS, period_at, week_start_ms
from edge_client.scoring import Candidates, History, Question, candidates_of
from edge_client.wire.notice import Notice
from edge_client.wire.paths import ItemId

SECOND_MS = 1000
HOUR_MS = 3600 * SECOND_MS
LOOKS_A_WEEK = 28
TRIES_AGAIN = 3


@dataclass(slots=True)
class ScriptedHost(InMemory):
    """`edge_client.ports.Host` over HTTP and memory; `at_ms` is this device's clock, moved by the script."""

    client: httpx.AsyncClient
    at_ms: int
    proof_tries: int = 30
    shown: dict[str, bytes] = field(default_factory=dict)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    models: dict[str, onnxruntime.InferenceSession] = field(default_factory=dict)
    _model: onnxruntime.InferenceSession | None = None

    async def now_ms(self) -> int:
        """Return the moved clock."""
        return self.at_ms

    async def fetch_public(self, path: str) -> bytes:
        """Return a public file; raises `Unreachable`."""
        answer = await self._send("GET", path, None)
        if answer.status_code != 200:
            raise Unreachable(f"host: answered {answer.status_code}")
        return answer.content

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send `body`; raises `Unreachable`."""
        answer = await self._send("POST", path, body)
        return answer.status_code, answer.content

    async def fetch_proof(self, entry: str) -> str | None:
        """Return the ledger's proof for an entry, waiting some seconds for it."""
        for _ in range(self.proof_tries):
            answer = await self._send("GET", f"/consent/receipts/{entry}", None)
            if answer.status_code == 200:
                return answer.text
            await asyncio.sleep(0.5)
        return None

    async def verify(self, claims: tuple[SignatureClaim, ...]) -> bool:
        """Return whether every signature holds."""
        try:
            verify_claims(claims)
        except Untrue:
            return False
        return bool(claims)

    async def subject(self) -> bytes:
        """Return this device's public consent key."""
        return self.key.public_key().public_bytes_raw()

    async def sign(self, message: bytes) -> bytes:
        """Return the signature of this device's consent key."""
        return self.key.sign(message)

    async def open_model(self, model: bytes) -> None:
        """Make the model ready; devices of one script share the memory of one session."""
        name = hashlib.sha256(model).hexdigest()
        if name not in self.models:
            self.models[name] = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self._model = self.models[name]

    async def try_model(self, model: bytes) -> None:
        """Everything is at hand already."""

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Return the model's answers."""
        return tuple(candidates_of(question, self._score) for question in questions)

    def _score(self, history: History) -> Sequence[float]:
        if self._model is None:
            raise RuntimeError("host: no model is open")
        recent, weights = np.array(history.recent, np.int64), np.array(history.weights, np.float32)
        (scores,) = self._model.run(["scores"], {"recent": recent, "weights": weights})
        return [float(score) for score in np.asarray(scores)]

    async def show(self, kind: str, raw: bytes) -> None:
        """Keep what a page would show."""
        self.shown[kind] = raw

    async def _send(self, method: str, path: str, body: bytes | None) -> httpx.Response:
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            return await self.client.request(method, path, content=body, headers=headers)
        except httpx.TransportError as error:
            raise Unreachable("host: no answer") from error


@dataclass(frozen=True, slots=True)
class Site:
    """The site that scripted devices visit: what its pages name, its notice, and one language."""

    trust: Trust
    controller: str
    notice: Notice
    lang: str


Journey = tuple[ItemId, ...]


class _WhereConnectionsBreak(httpx_retries.Retry):
    """Sends again what was not answered, and nothing because of an answer."""

    def is_retryable_status_code(self, status_code: int) -> bool:
        """Return False: what a server answers is for the device to judge."""
        return False


def patient_client(url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """Return a client that sends a request again when the connection breaks, as a browser does.

    A server may close a connection while it is taken up again. Every request of a device may arrive twice:
    files are only read, and a consent record, a report and an erasure count once. What a server answers is
    final, and nothing is sent again because an answer takes long.
    """
    again = _WhereConnectionsBreak(
        total=TRIES_AGAIN,
        allowed_methods=("GET", "POST"),
        retry_on_exceptions=(httpx.NetworkError, httpx.RemoteProtocolError),
        backoff_factor=0.1,
    )
    return httpx.AsyncClient(
        base_url=url, timeout=30, transport=httpx_retries.RetryTransport(transport, retry=again)
    )


async def live(site: Site, journeys: Sequence[Journey], *, host: ScriptedHost, chance: Chance) -> Device:
    """Let one device accept, live through `journeys` last week, and come back this week until its reports
    left.

    `host.at_ms` is the real time at the start: the bundle is checked against it.
    """
    device = Device(host, trust=site.trust, controller=site.controller, chance=chance)
    await device.open()
    await device.install()
    monday_ms = week_start_ms(period_at(host.at_ms))
    host.at_ms = monday_ms - WEEK_MS + 8 * HOUR_MS
    await device.feed(ChoiceMade(frozenset(site.notice.purposes), site.notice, Gpc.ABSENT, host.at_ms))
    step_ms = 6 * 24 * HOUR_MS // max(1, len(journeys))
    for number, journey in enumerate(journeys):
        host.at_ms = monday_ms - WEEK_MS + 8 * HOUR_MS + number * step_ms
        for item in journey:
            await device.feed(PageViewed(item, site.lang, (), host.at_ms))
            host.at_ms += 20 * SECOND_MS
    for look in range(LOOKS_A_WEEK):
        reporter = device.session.reporter
        if not journeys or (look and reporter is not None and not reporter.outbox):
            break
        host.at_ms = monday_ms + HOUR_MS + look * (WEEK_MS - 2 * HOUR_MS) // LOOKS_A_WEEK
        await device.feed(PageViewed(journeys[-1][0], site.lang, (), host.at_ms))
    await device.settle()
    return device


def deal(journeys: Iterable[Journey], *, devices: int) -> tuple[tuple[Journey, ...], ...]:
    """Deal journeys out to devices, round and round."""
    hands: list[list[Journey]] = [[] for _ in range(devices)]
    for number, journey in enumerate(journeys):
        hands[number % devices].append(journey)
    return tuple(tuple(hand) for hand in hands)


async def replay(
    site: Site,
    journeys: Iterable[Journey],
    *,
    url: str,
    devices: int,
    now_ms: int,
    draw: Callable[[int], bytes],
    progress: Callable[[int], None],
    at_once: int = 8,
) -> tuple[ScriptedHost, ...]:
    """Replay journeys through `devices` devices against the service at `url`; return their hosts.

    `progress` is told how many devices are done; `draw(n)` gives n random bytes.
    """
    gate, done = asyncio.Semaphore(at_once), 0
    dice = Dice(draw)
    models: dict[str, onnxruntime.InferenceSession] = {}

    async def one(client: httpx.AsyncClient, hand: Sequence[Journey]) -> ScriptedHost:
        nonlocal done
        async with gate:
            host = ScriptedHost(client, now_ms, models=models)
            await live(site, hand, host=host, chance=Chance(dice, dice))
            done += 1
            progress(done)
            return host

    async with patient_client(url) as client:
        return tuple(await asyncio.gather(*(one(client, hand) for hand in deal(journeys, devices=devices))))
