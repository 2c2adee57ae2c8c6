"""The stage of a preview: a device whose storage is in memory, whose clock is the preview's, and from which
nothing leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from consent_ledger.claim import SignatureClaim
from consent_ledger.errors import Refused
from edge_client.bundle import Bundle, Trust
from edge_client.canary import OUT, Arm, ModelName
from edge_client.device import Device
from edge_client.dice import Chance
from edge_client.events import BundleOpened
from edge_client.in_memory import InMemory
from edge_client.ports import Host, Unreachable
from edge_client.preview.token import Preview
from edge_client.scoring import Candidates, Question

NOBODY: Final = bytes(32)
"""The consent key of a device on a stage: nobody's, and nothing that it signs holds."""


@dataclass(slots=True)
class StagedHost(InMemory):
    """`edge_client.ports.Host` over another one, of which it uses what leaves no trace: public files, sums,
    the model and the page. Its clock is `shift_ms` ahead of the other's."""

    _host: Host
    shift_ms: int = 0

    async def now_ms(self) -> int:
        """Return the preview's time in Unix milliseconds."""
        return await self._host.now_ms() + self.shift_ms

    async def fetch_public(self, path: str) -> bytes:
        """Return a public file; raises `Unreachable`."""
        return await self._host.fetch_public(path)

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Send nothing: raises `Unreachable`."""
        raise Unreachable("preview: nothing is sent")

    async def fetch_proof(self, entry: str) -> str | None:
        """Ask nobody."""
        return None

    async def verify(self, claims: tuple[SignatureClaim, ...]) -> bool:
        """Return whether every signature holds."""
        return await self._host.verify(claims)

    async def subject(self) -> bytes:
        """Return nobody's key: this device's own is neither used nor made."""
        return NOBODY

    async def sign(self, message: bytes) -> bytes:
        """Return a signature that does not hold."""
        return bytes(64)

    async def open_model(self, model: bytes) -> None:
        """Make what runs this model ready for it; raises `Unusable`."""
        await self._host.open_model(model)

    async def try_model(self, model: bytes) -> None:
        """Fetch what runs this model."""
        await self._host.try_model(model)

    async def candidates(self, questions: tuple[Question, ...]) -> tuple[Candidates, ...]:
        """Return the model's answers."""
        return await self._host.candidates(questions)

    async def show(self, kind: str, raw: bytes) -> None:
        """Hand JSON to the page."""
        await self._host.show(kind, raw)


async def staged(
    preview: Preview, host: Host, *, shift_ms: int, trust: Trust, controller: str, chance: Chance
) -> tuple[Device, StagedHost]:
    """Open a device that is the persona's, with the site's bundle as it is live now.

    `shift_ms` is how far the preview's clock is ahead of the real one. Raises as `Device.install`, and
    `Refused` where a variant is wanted and no model is on trial.
    """
    stage = StagedHost(host)
    device = Device(stage, trust=trust, controller=controller, chance=chance)
    await device.open()
    # By the real clock: what is live today is looked at, whenever the preview is set.
    bundle = await device.install()
    stage.kept |= preview.persona.kept(await host.now_ms() + shift_ms)
    if preview.variant is not None:
        stage.kept["arm"] = _arm(preview.variant, bundle).to_bytes()
    stage.shift_ms = shift_ms
    await device.feed(BundleOpened(moved(bundle, shift_ms)))
    return device, stage


def moved(bundle: Bundle, shift_ms: int) -> Bundle:
    """Return the bundle, good for as long after the preview's time as it is after now."""
    manifest = bundle.manifest
    later = replace(manifest, expires=manifest.expires + max(0, -(-shift_ms // 1000)))
    return replace(bundle, manifest=later)


def _arm(variant: ModelName, bundle: Bundle) -> Arm:
    if bundle.canary is None:
        raise Refused("preview: no model is on trial here")
    return Arm(bundle.canary.proposal, OUT if variant is ModelName.LIVE else 0)
