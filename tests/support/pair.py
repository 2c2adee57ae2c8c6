"""A real device and the real services, joined by a wire that records every byte."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_ledger.claim import SignatureClaim
from consent_ledger.ed25519 import verify_claims
from consent_ledger.erasing import Eraser, MemoryErasures
from consent_ledger.erasure import EraseRecords
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.record import Gpc
from consent_ledger.sidecar import MemorySidecars
from edge_client.device import CONSENT_PATH, CONTRIBUTION_PATH, ERASURE_PATH, Device
from edge_client.dice import Chance, Dice
from edge_client.events import ChoiceMade, ItemDismissed, PageViewed
from edge_client.in_memory import InMemory
from edge_client.ports import Unreachable
from edge_client.rules.facts import NO_CONTEXT, Context
from edge_client.scoring import Candidates, Question, candidates_of
from edge_client.wire.consent import RecordConsent
from edge_client.wire.contribution import Contribution
from edge_client.wire.paths import ItemId
from edge_client.wire.problem import Problem
from edge_client.wire.task import parse_tasks
from lambdas.add_contribution.service import AddContributionService, Outcome
from lambdas.erase_consent.service import EraseConsentService
from lambdas.read_receipt.service import ReadReceiptService
from lambdas.record_consent.service import RecordConsentService
from lambdas.shared.measurement.memory import MemoryBatches
from lambdas.shared.measurement.ports import RegisteredTask
from tests.support.city import CONTROLLER, NOW_MS, SITE, City, NeighbourModel, catalogue, notice


@dataclass(frozen=True)
class Request:
    """One request as the network sees it."""

    method: str
    path: str
    body: bytes = b""


@dataclass
class Services:
    """The functions' services over memory, behind the same paths as in the templates."""

    city: City
    now_ms: Callable[[], int]
    batches: MemoryBatches = field(default_factory=MemoryBatches)
    down: bool = False

    def __post_init__(self) -> None:
        self.sidecars = MemorySidecars()
        self.consent = RecordConsentService(
            controller=CONTROLLER,
            ledger=self.city.ledger,
            sidecars=self.sidecars,
            verify=verify_claims,
            wake=self.city.turn,
        )
        self.receipts = ReadReceiptService(self.city.ledger)
        eraser = Eraser(
            self.city.ledger,
            self.sidecars,
            MemoryErasures(),
            clock=lambda: self.now_ms() // 1000,
            backup_horizon_days=0,
        )
        self.erasures = EraseConsentService(eraser, verify=verify_claims, wake=self.city.turn)
        self.contributions = AddContributionService(
            announced=self,
            batches=self.batches,
            now=lambda: datetime.fromtimestamp(self.now_ms() / 1000, UTC),
        )

    def tasks(self) -> dict[str, RegisteredTask]:
        """Return the tasks of the live bundle."""
        tasks = parse_tasks(self.city.files().by_name["tasks.json"])
        return {task.task_id: RegisteredTask(task, "0" * 64) for task in tasks}

    def answer(self, request: Request) -> tuple[int, bytes]:
        """Answer a request as the functions' handlers do."""
        if self.down:
            raise Unreachable("host: no answer")
        try:
            if request.path == CONSENT_PATH:
                return 202, self.consent.record(RecordConsent.from_bytes(request.body)).to_bytes()
            if request.path == ERASURE_PATH:
                return 202, self.erasures.erase(EraseRecords.from_bytes(request.body)).to_bytes()
            if request.path == CONTRIBUTION_PATH:
                outcome = self.contributions.add(Contribution.from_bytes(request.body))
                statuses = {Outcome.ACCEPTED: 202, Outcome.PERIOD_CLOSED: 409, Outcome.UNKNOWN_TASK: 404}
                return statuses.get(outcome, 503), b"{}"
            if request.path.startswith("/consent/receipts/"):
                proof = self.receipts.proof(request.path.rsplit("/", 1)[1])
                return (200, proof.encode()) if proof else (404, b"")
        except Malformed as error:
            return 422, Problem("malformed", str(error)).to_bytes()
        except Untrue as error:
            return 422, Problem("untrue", str(error)).to_bytes()
        except Refused as error:
            return 409, Problem("refused", str(error)).to_bytes()
        body = self.city.shelf.read(request.path.removeprefix("/"))
        return (200, body) if body is not None else (404, b"")


@dataclass
class PairedHost(InMemory):
    """`edge_client.ports.Host` whose network is the services, and whose wire is recorded."""

    services: Services
    at_ms: int = NOW_MS
    key: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"d" * 32))
    wire: list[Request] = field(default_factory=list)
    shown: list[tuple[str, bytes]] = field(default_factory=list)
    model: NeighbourModel | None = None
    tried: list[bytes] = field(default_factory=list)

    async def now_ms(self) -> int:
        return self.at_ms

    def _send(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        request = Request(method, path, body)
        self.wire.append(request)
        return self.services.answer(request)

    async def fetch_public(self, path: str) -> bytes:
        status, body = self._send("GET", path)
        if status != 200:
            raise Unreachable("host: no such file")
        return body

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        return self._send("POST", path, body)

    async def fetch_proof(self, entry: str) -> str | None:
        try:
            status, body = self._send("GET", f"/consent/receipts/{entry}")
        except Unreachable:
            return None
        return body.decode() if status == 200 else None

    async def verify(self, claims: tuple[SignatureClaim, ...]) -> bool:
        try:
            verify_claims(claims)
        except Untrue:
            return False
        return True

    async def subject(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    async def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    async def open_model(self, model: bytes) -> None:
        self.model = NeighbourModel(len(catalogue().items))

    async def try_model(self, model: bytes) -> None:
        self.tried.append(model)

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        if self.model is None:
            raise AssertionError("asked before a model was opened")
        return tuple(candidates_of(question, self.model.score) for question in questions)

    async def show(self, kind: str, raw: bytes) -> None:
        self.shown.append((kind, raw))


def seeded(seed: int) -> Dice:
    """Return dice that fall alike for the same seed."""
    source = random.Random(seed)
    return Dice(source.randbytes)


@dataclass
class Pair:
    """One citizen's device and the services."""

    city: City
    seed: int = 0
    host: PairedHost = field(init=False)
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.host = PairedHost(Services(self.city, now_ms=lambda: self.host.at_ms))
        self.device = self._device()

    def _device(self) -> Device:
        chance = Chance(visible=seeded(self.seed), hidden=seeded(self.seed + 1))
        return Device(self.host, trust=self.city.trust, controller=CONTROLLER, chance=chance)

    async def open(self) -> Pair:
        """Open the device and install the bundle."""
        await self.device.open()
        await self.device.install()
        return self

    async def reopen(self) -> None:
        """Close the browser and open it again: only what was saved is left."""
        self.device = self._device()
        await self.open()

    async def choose(self, *given: str) -> None:
        """Choose what is allowed."""
        await self.device.feed(ChoiceMade(frozenset(given), notice(), Gpc.ABSENT, self.host.at_ms))
        await self.device.settle()

    async def view(
        self,
        *items: str,
        gap_ms: int = 60_000,
        links: tuple[str, ...] = (),
        context: Context = NO_CONTEXT,
        shown: tuple[str, ...] = (),
    ) -> None:
        """Look at pages, one a minute."""
        for item in items:
            ids = tuple(ItemId(link) for link in links), tuple(ItemId(each) for each in shown)
            await self.device.feed(PageViewed(ItemId(item), "en", ids[0], self.host.at_ms, ids[1], context))
            self.host.at_ms += gap_ms
        await self.device.settle()

    async def dismiss(self, item: str) -> None:
        """Say "not relevant"."""
        await self.device.feed(ItemDismissed(ItemId(item), self.host.at_ms))

    def plans(self) -> list[bytes]:
        """Return every plan shown so far."""
        return [raw for kind, raw in self.host.shown if kind == "plan"]


__all__ = ["NOW_MS", "SITE", "City", "Pair", "PairedHost", "Request", "Services", "seeded"]
