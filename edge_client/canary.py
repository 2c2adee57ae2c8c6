"""The arm of a canary: whether this device is among those that try a model, by a draw of its own.

Every device fetches the same two models; which of them it uses is known to nobody else. A device draws once
for a canary and keeps the draw, so that a share that grows takes more devices in and sends none back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from edge_client.dice import Dice
from edge_client.wire.manifest import WHOLE_MILLI, Canary

OUT: Final = WHOLE_MILLI
"""The draw of a device that no share takes in: the model on trial does not run on it."""


class ModelName(StrEnum):
    """The models that a bundle may carry."""

    LIVE = "live"
    TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Arm:
    """One draw for one canary: `draw` is from 0 to 999, or `OUT`; `proposal` says which canary it is for."""

    proposal: str
    draw: int

    @classmethod
    def drawn(cls, canary: Canary, dice: Dice) -> Arm:
        """Draw for a canary, whatever its share is."""
        return cls(canary.proposal, dice.below(WHOLE_MILLI))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Arm:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        match canonical.decode(raw):
            case {"v": 1, "proposal": str(proposal), "draw": int(draw), **rest} if (
                not rest and 0 <= draw <= OUT
            ):
                return cls(proposal, draw)
            case _:
                raise Malformed("arm: not version 1")

    def to_bytes(self) -> bytes:
        """Print canonical JSON for the browser's own storage."""
        return canonical.encode({"v": 1, "proposal": self.proposal, "draw": self.draw})

    def is_of(self, canary: Canary | None) -> bool:
        """Say whether it was drawn for this canary."""
        return canary is not None and canary.proposal == self.proposal

    def model(self, canary: Canary | None) -> ModelName:
        """Name the model that this device uses while the canary is what it is."""
        if canary is None or not self.is_of(canary) or self.draw >= canary.share_milli:
            return ModelName.LIVE
        return ModelName.TRIAL

    def without_trial(self) -> Arm:
        """Return the arm of a device that the model on trial does not run on."""
        return Arm(self.proposal, OUT)


def tried(arm: Arm | None, canary: Canary | None) -> Json:
    """Say for the panel how many devices try a model, whether this is one, and whether the model runs here as
    far as was tried; None without a trial."""
    if canary is None:
        return None
    used = arm is not None and arm.model(canary) is ModelName.TRIAL
    runs = arm is None or not arm.is_of(canary) or arm.draw != OUT
    return {"share_milli": canary.share_milli, "used": used, "runs": runs}
