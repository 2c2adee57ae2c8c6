"""The device in a browser's worker: this module alone knows JavaScript."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from js import Object, Uint8Array
from pyodide.ffi import JsException, to_js

from consent_ledger.checkpoint import LogKeys
from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.note import VerifierKey
from edge_client.apart import Tab, TabHost
from edge_client.bundle import Trust
from edge_client.crossing import Crossing, read_answers
from edge_client.device import Device
from edge_client.dice import Chance, Dice
from edge_client.events import (
    ForSomeoneElse,
    ItemDismissed,
    ProfileCleared,
    SignalsNoticed,
)
from edge_client.page_messages import NEEDS_BUNDLE, choice_of, event_of, said_of
from edge_client.ports import Host, Unkept, Unreachable, Unusable
from edge_client.preview.stage import staged
from edge_client.preview.token import Preview
from edge_client.preview.traced import traced
from edge_client.scoring import MOST_CANDIDATES, Candidates, Question
from edge_client.signals.noted import noted_of
from edge_client.wire.paths import scrub_path

REFRESH_MS = 5 * 60 * 1000


class BrowserHost:
    """`edge_client.ports.Host` over the worker's `host.js`."""

    def __init__(self, host: Any) -> None:
        self._js = host

    async def now_ms(self) -> int:
        """Return the browser's clock in Unix milliseconds."""
        return int(self._js.now())

    async def fetch_public(self, path: str) -> bytes:
        """Return a public file; raises `Unreachable`."""
        try:
            return bytes((await self._js.fetchPublic(path)).to_bytes())
        except JsException:
            raise Unreachable("host: a public file did not arrive") from None

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send `body`; raises `Unreachable`."""
        try:
            answer = await self._js.post(path, _uint8(body))
        except JsException:
            raise Unreachable("host: no answer") from None
        return int(answer.status), bytes(answer.body.to_bytes())

    async def fetch_proof(self, entry: str) -> str | None:
        """Return the ledger's proof for an entry, waiting some seconds for it."""
        try:
            text = await self._js.fetchProof(entry)
        except JsException:
            return None
        return None if text is None else str(text)

    async def verify(self, claims: tuple[SignatureClaim, ...]) -> bool:
        """Return whether WebCrypto finds every signature to hold."""
        values = [
            {
                "publicKey": _uint8(claim.public_key),
                "message": _uint8(claim.message),
                "signature": _uint8(claim.signature),
            }
            for claim in claims
        ]
        return bool(claims) and bool(await self._js.verify(_objects(values)))

    async def subject(self) -> bytes:
        """Return this device's public consent key."""
        return bytes((await self._js.subject()).to_bytes())

    async def sign(self, message: bytes) -> bytes:
        """Return the signature of this device's consent key, which WebCrypto never hands out."""
        return bytes((await self._js.sign(_uint8(message))).to_bytes())

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold this origin's lock (Web Locks), which every worker of the device takes."""
        release = await self._js.acquire()
        try:
            yield
        finally:
            release()

    async def load(self, kind: str) -> bytes | None:
        """Return what this browser kept."""
        kept = await self._js.load(kind)
        return bytes(kept.to_bytes()) if kept is not None else None

    async def save(self, kind: str, raw: bytes) -> None:
        """Keep bytes in this browser; raises `Unkept`."""
        try:
            await self._js.save(kind, _uint8(raw))
        except JsException:
            raise Unkept("host: the storage is full, or gone") from None

    async def erase(self, kind: str) -> None:
        """Remove bytes from this browser; raises `Unkept`."""
        try:
            await self._js.erase(kind)
        except JsException:
            raise Unkept("host: the storage is gone") from None

    async def open_model(self, model: bytes) -> None:
        """Make what runs this model ready for it; raises `Unusable`."""
        try:
            await self._js.openModel(_uint8(model))
        except JsException:
            raise Unusable("host: the model does not run here") from None

    async def try_model(self, model: bytes) -> None:
        """Fetch what runs this model."""
        await self._js.tryModel(_uint8(model))

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Return the model's answers, computed in this worker: all questions cross over at once."""
        asked = Crossing.of(questions)
        if not asked.pages:
            return ()
        found = self._js.candidates(
            to_js(asked.numbers), to_js(asked.weights), to_js(asked.masks), asked.pages, MOST_CANDIDATES
        )
        # Our own kernel answers at once; ONNX Runtime Web, which runs what the kernel does not know, later.
        answer = await found if isinstance(found, Awaitable) else found
        return read_answers(bytes(answer.to_bytes()), questions)

    async def show(self, kind: str, raw: bytes) -> None:
        """Hand JSON text to every page that is open."""
        self._js.show(kind, raw.decode())


class Line:
    """What a page may say to the device."""

    def __init__(self, device: Device, host: Host, *, is_staged: bool = False) -> None:
        self._device = device
        self._host = host
        self._is_staged = is_staged
        self._installed_ms: int | None = None

    async def receive(self, kind: str, text: str) -> None:
        """Handle one message of a page; `text` is JSON.

        With every message comes what the citizen last decided: the newest choice, when everything was to be
        forgotten, which visit was for someone else, and what was called not relevant. It is taken in first,
        so that a page view that waited for its turn counts under the choice that holds now.
        """
        message = json.loads(text)
        await self._take_in(message["told"])
        if kind in NEEDS_BUNDLE:
            await self._install()
        if kind == "trace":
            await self._host.show("trace", await traced(self._device.session, self._host))
            return
        await self._hear(message["told"].get("said"))
        await self._notice(message["told"].get("noticed"))
        event = event_of(kind, message, at_ms=await self._host.now_ms())
        if event is not None:
            await self._device.feed(event)
            await self._compare(message["told"]["choice"])

    async def _compare(self, choice: dict[str, Any] | None) -> None:
        """Say that a choice is lost which pages believe to be taken in: this device's storage is, and with it
        the book."""
        is_settled = choice is not None and choice["notice"] is None and choice.get("ever") is True
        if choice is not None and is_settled and self._device.session.book.chosen_ms < choice["at"]:
            await self._host.show("state", f"lost-{int(choice['at'])}".encode())

    async def _take_in(self, told: dict[str, Any]) -> None:
        choice = told["choice"]
        if choice is not None and choice["notice"] is not None:
            await self._device.feed(choice_of(choice))
        if told["forgot"]:
            await self._device.feed(ProfileCleared(int(told["forgot"])))
        if told.get("another"):
            since_ms, at_ms = map(int, told["another"])
            await self._device.feed(ForSomeoneElse(at_ms, since_ms))
        for item in told["dismissed"]:
            await self._device.feed(ItemDismissed(scrub_path(item), await self._host.now_ms()))
        # Said before the plan that follows: a page takes no plan while something is still to be forgotten.
        taken = {"forgot": told["forgot"], "dismissed": [scrub_path(item) for item in told["dismissed"]]}
        await self._host.show("taken", json.dumps(taken).encode())

    async def _hear(self, rows: object) -> None:
        """Take in what the citizen told of topics, pins and answers, as soon as there are rules to ask it."""
        if not rows:
            return
        await self._install()
        if self._device.session.bundle is not None:
            for event in said_of(rows, at_ms=await self._host.now_ms()):
                await self._device.feed(event)
            taken = {"forgot": 0, "dismissed": [], "said": rows}
            await self._host.show("taken", json.dumps(taken).encode())

    async def _notice(self, rows: object) -> None:
        """Take in what pages noticed, before a view that may begin another session; said when it is done."""
        if rows and self._device.session.bundle is not None:
            await self._device.feed(SignalsNoticed(noted_of(rows), await self._host.now_ms()))
            taken = {"forgot": 0, "dismissed": [], "noticed": rows}
            await self._host.show("taken", json.dumps(taken).encode())

    async def _install(self) -> None:
        """Make sure of a bundle, and look for a newer one every five minutes: a kill switch must reach this
        worker. A preview has the one that it began with."""
        if self._is_staged:
            return
        now = await self._host.now_ms()
        if self._installed_ms is not None and 0 <= now - self._installed_ms < REFRESH_MS:
            return
        try:
            await self._device.install()
            self._installed_ms = now
        except (Unreachable, Unusable, Malformed, Untrue, Refused) as error:
            await self._host.show("state", f"bundle-{type(error).__name__}".encode())


async def start(host: Any, trust_text: str) -> Line:
    """Open the device for the keys that the agency's page names; called once by the worker."""
    named = json.loads(trust_text)
    trust = Trust(named["site"], VerifierKey.parse(named["agencyKey"]), LogKeys.from_text(named["ledgerKey"]))
    browser = BrowserHost(host)
    dice = Dice(lambda count: host.random(count).to_bytes())
    controller, chance = str(named["controller"]), Chance(dice, dice)
    if "preview" in named:
        preview, shift_ms = Preview.parse(named["preview"]["text"]), int(named["preview"]["shift_ms"])
        device, stage = await staged(
            preview, browser, shift_ms=shift_ms, trust=trust, controller=controller, chance=chance
        )
        return Line(device, stage, is_staged=True)
    own = TabHost(browser, Tab.of(named["tab"])) if "tab" in named else browser
    device = Device(own, trust=trust, controller=controller, chance=chance)
    await device.open()
    return Line(device, own)


def _uint8(raw: bytes) -> Any:
    return Uint8Array.new(to_js(raw))


def _objects(values: list[dict[str, Any]]) -> Any:
    return to_js(values, dict_converter=Object.fromEntries)
