"""What the device's code needs from the world, and nothing more."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from consent_ledger.claim import SignatureClaim
from edge_client.scoring import Candidates, Question


class Host(Protocol):
    """The rim of a device: a browser worker, a scripted device, or a test's recorder.

    `kind` in storage calls is one of profile, told, signals, decided, reporter, book, pins, arm; `exclusive`
    keeps every other worker of this device away from them. `fetch_public` reads files that are the same for
    everyone; `post` and `fetch_proof` are the only ways out with anything else. Network failures raise
    `Unreachable`.
    """

    async def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        ...

    async def fetch_public(self, path: str) -> bytes:
        """Return a public file of the site's own origin."""
        ...

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send `body`; return status and answer."""
        ...

    async def fetch_proof(self, entry: str) -> str | None:
        """Return the tlog-proof text of a logged entry, or None while there is none."""
        ...

    async def verify(self, claims: tuple[SignatureClaim, ...]) -> bool:
        """Return whether every Ed25519 signature holds."""
        ...

    async def subject(self) -> bytes:
        """Return the 32-byte public half of this device's consent key, made on first use."""
        ...

    async def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of this device's consent key."""
        ...

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Return what holds this device's storage for one worker alone; it is never entered twice at once."""
        ...

    async def load(self, kind: str) -> bytes | None:
        """Return what was saved, or None."""
        ...

    async def save(self, kind: str, raw: bytes) -> None:
        """Keep bytes on this device; raises `Unkept`, and what was there before stays."""
        ...

    async def erase(self, kind: str) -> None:
        """Remove bytes from this device; raises `Unkept`."""
        ...

    async def open_model(self, model: bytes) -> None:
        """Make ready to score with an ONNX model; what was ready stays so when it raises `Unusable`."""
        ...

    async def try_model(self, model: bytes) -> None:
        """Fetch all that this model needs to run, and leave what is open as it is; it may turn out unusable.

        Every device does so alike, so that nobody sees by its requests which of two models it uses.
        """
        ...

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Return the model's answer to each question, as `edge_client.scoring.candidates_of` says it."""
        ...

    async def show(self, kind: str, raw: bytes) -> None:
        """Hand JSON to the page; `kind` is plan, collect, profile, decisions, checked, receipts,
        taken or state."""
        ...


class Unreachable(Exception):
    """The network did not answer; nothing was lost, try again at the next page."""


class Unusable(Exception):
    """A model that this device's runtime cannot open."""


class Unkept(Exception):
    """This device's storage takes nothing: it is full, or gone."""
