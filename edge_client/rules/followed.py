"""What a citizen follows brings up by itself: of each topic the one page that suits a slot best.

A guess of the model's gives way to what the citizen said, and no further than to half of a slot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from edge_client.bundle import Bundle
from edge_client.rules.inputs import Inputs
from edge_client.wire.rules import Level, SlotRule

Followed = Mapping[str, tuple[int, ...]]


def followed_in(inputs: Inputs, bundle: Bundle) -> Followed:
    """Return by topic the indexes of what may still be suggested of it: neither looked at nor refused."""
    if not inputs.followed:
        return {}
    found: dict[str, list[int]] = {topic: [] for topic in inputs.followed}
    for index, item in enumerate(bundle.catalogue.items):
        wanted = item.topic in found and index not in inputs.looked_at and index not in inputs.refused
        if wanted and item.lang == inputs.lang:
            found[item.topic].append(index)
    return {topic: tuple(indexes) for topic, indexes in found.items()}


def best_followed(
    slot: SlotRule,
    followed: Followed,
    *,
    scores: Mapping[int, float],
    eligible: bytes,
    left_out: Collection[int],
) -> tuple[int, ...]:
    """Return at most one index of each topic, the best score first, for half of the places of a slot where
    the model has the rest; where scores say nothing, what stands first in the catalogue."""
    if slot.level is not Level.MODEL or not followed:
        return ()

    def place(index: int) -> tuple[float, int]:
        return -scores.get(index, 0.0), index

    fitting = (
        [index for index in indexes if eligible[index] and index not in left_out]
        for indexes in followed.values()
    )
    best = sorted((min(indexes, key=place) for indexes in fitting if indexes), key=place)
    return tuple(best[: slot.count // 2])
