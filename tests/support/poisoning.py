"""How many false devices push a page among the first after another one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from consent_ledger.errors import Refused
from edge_client.wire.paths import ItemId
from edge_client.wire.release import Bound, Period, Privacy, Release, Source, Unit
from model_export import train_model
from model_export.learning.evaluate import HIT_AT, query
from model_export.shipping.convert import read_table

Moves = Mapping[tuple[ItemId, ItemId], int]


def place_after(moves: Moves, source: ItemId, target: ItemId, *, k: int) -> int | None:
    """Which place `target` has after `source` in the model of these moves: 0 is the first; None for none."""
    release = Release.of(
        moves,
        site="riverton",
        source=Source.CONTRIBUTIONS,
        period=Period("2026-W47", "2026-W47"),
        privacy=Privacy(k),
        bound=Bound(Unit.DEVICE_WEEK, 1),
    )
    try:
        model = train_model(release)
    except Refused:
        return None
    pages = model.trained.pages
    if source not in pages or target not in pages:
        return None
    scores = read_table(model.onnx_bytes).scores(*query((pages.index(source),))).copy()
    scores[pages.index(source)] = -np.inf
    return int(np.flatnonzero(np.argsort(-scores, kind="stable") == pages.index(target))[0])


def devices_needed(moves: Moves, source: ItemId, target: ItemId, *, k: int, most: int) -> int:
    """The fewest reports of (`source`, `target`), each from another device, that put it among the first five.

    Raises ValueError when `most` do not suffice.
    """

    def suffices(devices: int) -> bool:
        false = {(source, target): moves.get((source, target), 0) + devices}
        place = place_after({**moves, **false}, source, target, k=k)
        return place is not None and place < HIT_AT

    if not suffices(most):
        raise ValueError("poisoning: not even that many devices are enough")
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return high
