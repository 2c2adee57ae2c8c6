"""Which model this device uses now: drawn for where a canary is new, forgotten where one is over."""

from __future__ import annotations

from edge_client.canary import Arm, ModelName
from edge_client.dice import Dice
from edge_client.effects import Effect, EraseArm, OpenModel, SaveArm
from edge_client.wire.manifest import Canary


def settle(
    arm: Arm | None, using: ModelName, *, canary: Canary | None, dice: Dice
) -> tuple[Arm | None, ModelName, tuple[Effect, ...]]:
    """Return the arm, the model to use, and what is to be done for it; `using` is the one that is open."""
    kept = still_of(arm, canary)
    if canary is not None and kept is None:
        kept = Arm.drawn(canary, dice)
    effects: list[Effect] = []
    if kept != arm:
        effects.append(EraseArm() if kept is None else SaveArm(kept))
    wanted = ModelName.LIVE if kept is None else kept.model(canary)
    if wanted is not using:
        # Another page's worker may have drawn since, or the share may have grown.
        effects.append(OpenModel(wanted))
    return kept, wanted, tuple(effects)


def still_of(arm: Arm | None, canary: Canary | None) -> Arm | None:
    """Return the arm if it was drawn for this canary."""
    return arm if arm is not None and arm.is_of(canary) else None


def forgotten(arm: Arm | None) -> tuple[Effect, ...]:
    """Say what is to be done so that nothing is left of an arm."""
    return () if arm is None else (EraseArm(),)
